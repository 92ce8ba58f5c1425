//! Random histories of the hub.

use chalktalk::wire::{Name, Phrase, Text};
use chalktalk_tests::memory;
use chalktalk_tests::properties::hub::any_history_keeps_the_promises;
use chalktalk_tests::properties::hub::step::Step;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Few names and rooms, so that people meet, and some that are one when folded.
const WORDS: &[&str] = &[
    "anna", "Anna", "bert", "cleo", "straße", "STRASSE", "lobby", "Maths", "maths", "art",
    "server", "*",
];

/// Most often what can be done, else anything.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let word = select(WORDS);
    let text = prop_oneof![
        3 => select(vec!["hi", " two  words ", "a\\nb", "\\u{1b}", "日本"]).prop_map(str::to_owned),
        1 => (1..400_usize).prop_map(|length| "long".repeat(length)),
    ];
    let number = select(vec!["0", "1", "3", "200", "18446744073709551615", "01"]);
    let form = select(vec![
        "SAY …",
        "SAY …",
        "SAY …",
        "TELL $ …",
        "JOIN $",
        "JOIN $",
        "NAME $",
        "NAME $",
        "TOPIC",
        "TOPIC …",
        "WHO",
        "WHO $",
        "ROOMS",
        "HISTORY",
        "HISTORY #",
        "REPLAY #",
        "PING …",
        "PONG",
        "HELP",
        "QUIT …",
        "QUIT",
        "SAY",
        "$",
        "",
    ]);
    let tag = prop_oneof![1 => Just(String::new()), 1 => "@[a-c]{1,2} "];
    let parts = (tag, form, word, text, number);
    let well_formed = parts.prop_map(|(tag, form, word, text, number)| {
        tag + &form
            .replace('$', word)
            .replace('#', number)
            .replace('…', &text)
    });
    let crooked = (
        well_formed.clone(),
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|(line, at, byte)| {
            let mut bytes = line.into_bytes();
            let at = at.index(bytes.len() + 1);
            bytes.insert(at, byte);
            bytes.retain(|byte| *byte != b'\n');
            bytes
        });
    prop_oneof![9 => well_formed.prop_map(String::into_bytes), 1 => crooked]
}

fn who() -> impl Strategy<Value = u8> {
    0..12_u8
}

fn step() -> impl Strategy<Value = Step> {
    let name = select(WORDS).prop_filter_map("a name", |word| Name::parse(word).ok());
    let words = proptest::option::of(Just(Phrase::cut("out\x07")));
    prop_oneof![
        8 => (1..4_u8).prop_map(Step::Opens),
        8 => (who(), select(WORDS)).prop_map(|(who, name)| Step::Sends(who, format!("NAME {name}").into_bytes())),
        40 => (who(), line()).prop_map(|(who, line)| Step::Sends(who, line)),
        1 => (who(), 0..150_u16).prop_map(|(who, bytes)| Step::SendsSome(who, bytes)),
        2 => who().prop_map(Step::Ends),
        1 => who().prop_map(Step::Breaks),
        1 => who().prop_map(Step::IsClosed),
        1 => who().prop_map(Step::HasNoMore),
        1 => (name, words).prop_map(|(name, words)| Step::IsKicked(name, words)),
        1 => Just(Step::Announces(Text::cut("tea"))),
        4 => select(vec![0, 100, 999, 1_000, 20_000, 60_000, 200_000]).prop_map(Step::Passes),
        1 => any::<u64>().prop_map(Step::WallJumps),
        6 => Just(Step::Delivers),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let stop = prop_oneof![4 => Just(None), 1 => Just(Some(Step::Stops))];
    let before = vec(step(), 0..150);
    let after = vec(step(), 0..10);
    (before, stop, after)
        .prop_map(|(before, stop, after)| before.into_iter().chain(stop).chain(after).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_history_of_the_hub_keeps_the_promises(steps in steps()) {
        any_history_keeps_the_promises(&steps);
    }
}

/// A text as it stands in a corpus, so that this test fails should its form not be read any more.
#[test]
fn a_history_can_be_written_down() {
    let text = b"+1\n+2\na> NAME anna\nb> NAME bert\na> SAY hi\n=\nb~500\nkick anna why\nsay tea\n@1500\nwall 7\nb.\n?\nb-\na!\na#\nstop";
    let steps = Step::all_of(text);
    assert_eq!(steps.len(), 16);
    any_history_keeps_the_promises(&steps);
}

/// The transcripts that a hub in memory cannot play, and why.
const WANT_SOCKETS: [(&str, &str); 1] = [(
    "a-slow-reader.chat",
    "in memory nobody is slow: what is sent has come",
)];

/// The files of this folder of the suite.
fn suite(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(memory::transcripts().join(folder)).expect("a folder");
    let names = entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("UTF-8")
    });
    names
        .filter(|name| name.ends_with(".chat"))
        .map(|name| format!("{folder}{name}"))
        .collect()
}

#[test]
fn the_hub_does_what_the_protocol_says() {
    let wants_sockets = |file: &String| WANT_SOCKETS.iter().any(|(name, _)| name == file);
    let mut faults = Vec::new();
    for file in suite("") {
        match (memory::play(&file), wants_sockets(&file)) {
            (Err(fault), false) => faults.push(fault),
            (Ok(()), true) => faults.push(format!("{file} can be played in memory")),
            (Ok(()), false) | (Err(_), true) => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
