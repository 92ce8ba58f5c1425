//! Random histories of the hub.

use chalktalk::server::Limits;
use chalktalk_tests::memory::{self, Memory};
use chalktalk_tests::properties::hub::any_history_keeps_the_promises;
use chalktalk_tests::properties::hub::step::Step;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

/// Few names and rooms, so that people meet, and some that are one when folded.
const WORDS: &[&str] = &[
    "anna", "Anna", "bert", "cleo", "straße", "STRASSE", "lobby", "Maths", "maths", "art",
    "server", "*",
];

/// One of the words between the bars.
fn one_of(words: &'static str) -> impl Strategy<Value = String> + Clone {
    select(words.split('|').collect::<Vec<_>>()).prop_map(str::to_owned)
}

/// Most often what can be done, else anything.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let word = select(WORDS);
    let text = prop_oneof![
        3 => one_of("hi| two  words |a\\nb|\\u{1b}|日本"),
        1 => (1..400_usize).prop_map(|length| "long".repeat(length)),
    ];
    let number = one_of("0|1|3|200|18446744073709551615|01");
    let form = one_of(
        "SAY …|SAY …|SAY …|DO …|DO …|TELL $ …|JOIN $|JOIN $|NAME $|NAME $|TOPIC|TOPIC …|WHO|WHO $|\
         ROOMS|HISTORY|HISTORY #|REPLAY #|PING …|PONG|HELP|QUIT …|QUIT|SAY|DO|$|",
    );
    let tag = prop_oneof![1 => Just(String::new()), 1 => "@[a-c]{1,2} "];
    let parts = (tag, form, word, text, number);
    let well_formed = parts.prop_map(|(tag, form, word, text, number)| {
        tag + &form
            .replace('$', word)
            .replace('#', &number)
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

/// What an operator types: mostly what can be done.
fn order() -> impl Strategy<Value = String> {
    let form = one_of(
        "kick $|kick $ 0|kick $ 1|kick $ x|ban $|ban @|unban $|unban @|bans|mute $|mute $|unmute $|\
         lock|unlock|unlock|say tea|topic tea|topic $ tea|topic -|who|help|kock $|lock $|",
    );
    let from = one_of("192.0.2.1|192.0.2.2|::ffff:192.0.2.3|::1/64");
    (form, select(WORDS), from)
        .prop_map(|(form, name, from)| form.replace('$', name).replace('@', &from))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..4_u8).prop_map(Step::Opens),
        8 => (who(), select(WORDS)).prop_map(|(who, name)| Step::Sends(who, format!("NAME {name}").into_bytes())),
        40 => (who(), line()).prop_map(|(who, line)| Step::Sends(who, line)),
        1 => (who(), 0..150_u16).prop_map(|(who, bytes)| Step::SendsSome(who, bytes)),
        2 => who().prop_map(Step::Ends),
        1 => who().prop_map(Step::Breaks),
        1 => who().prop_map(Step::IsClosed),
        1 => who().prop_map(Step::HasNoMore),
        3 => order().prop_map(Step::Orders),
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
    let text = b"+1\n+2\na> NAME anna\nb> NAME bert\na> SAY hi\n=\nb~500\nkick anna 1\nsay tea\n@1500\nwall 7\nb.\n?\nb-\na!\na#\nstop";
    let steps = Step::all_of(text);
    assert_eq!(steps.len(), 16);
    any_history_keeps_the_promises(&steps);
}

/// The transcripts that a hub in memory cannot play, and why.
const WANT_SOCKETS: [(&str, &str); 2] = [
    (
        "a-slow-reader.chat",
        "in memory nobody is slow: what is sent has come",
    ),
    (
        "many-at-once.chat",
        "in memory one thing happens after the other",
    ),
];

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
    for file in [suite(""), suite("in-memory/")].concat() {
        match (memory::play(&file), wants_sockets(&file)) {
            (Err(fault), false) => faults.push(fault),
            (Ok(()), true) => faults.push(format!("{file} can be played in memory")),
            (Ok(()), false) | (Err(_), true) => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A hub that is patient for two seconds, and bears six seconds of silence. Ticks are half a second apart.
fn impatient() -> Memory {
    Memory::new(Limits {
        ping_after: Duration::from_secs(2),
        silence_max: Duration::from_secs(6),
        ..Limits::default()
    })
}

const STOPPED: Duration = Duration::from_secs(7);

#[test]
fn while_the_server_stood_still_nobody_was_silent() {
    let mut chat = impatient();
    chat.goes_on(
        "include parts/anna-and-bert.chat
         carl connects
         carl gets: CHALKTALK *
         anna and bert send: PONG
         deadline 1 ms
         anna gets nothing for 1999 ms
         anna and bert get: PING 2
        ",
    );
    chat.stands_still(STOPPED);
    // Of each time that it stood still half a second counts, as between any two ticks.
    chat.goes_on(
        "bert sends: PONG
         bert gets nothing for 1999 ms
         bert gets: PING 11
         anna gets nothing for 1499 ms
         anna gets: LEFT * * lobby anna timed-out
         carl gets nothing for 53999 ms
         carl gets: BYE name-late *
        ",
    );
}

#[test]
fn who_is_really_silent_goes_in_its_time_however_often_the_server_stood_still() {
    let mut chat = impatient();
    chat.goes_on("include parts/anna.chat\nanna sends: PONG\n");
    (0..11).for_each(|_| chat.stands_still(STOPPED));
    assert_eq!(chat.hub.connections(), 1);
    chat.stands_still(STOPPED);
    assert_eq!(chat.hub.connections(), 0);
    // What is a little late is an ordinary tick.
    chat.goes_on("anna skips to the end\nanna connects\nanna sends: NAME anna\nanna sends: PONG\n");
    (0..8).for_each(|_| chat.stands_still(Duration::from_millis(750)));
    assert_eq!(chat.hub.connections(), 0);
}

#[test]
fn while_the_server_stood_still_no_debt_could_be_paid() {
    let mut chat = Memory::new(Limits::default());
    chat.goes_on("include parts/anna.chat\nanna sends bytes: \\{PING\\n*1000}\n");
    chat.stands_still(Duration::from_secs(600));
    // It has earned what it was in debt for, and a minute has not passed.
    chat.goes_on("repeat 200 times\n  anna gets: PONG\ndeadline 1 s\n");
}

/// What is there for the log.
fn notes(chat: &mut Memory) -> Vec<String> {
    let notes = chat.hub.take_notes().into_iter();
    notes.map(|note| note.to_string()).collect()
}

/// A hub that takes so many connections.
fn small(connections_max: usize) -> Memory {
    Memory::new(Limits {
        connections_max,
        ..Limits::default()
    })
}

#[test]
fn the_log_is_told_who_came_and_went_and_never_what_was_said() {
    let mut chat = small(2);
    chat.goes_on(
        "anna, bert and carl connect
         anna sends:
           NAME anna
           SAY a secret
           TELL anna a secret
           TOPIC a secret
           JOIN maths
           NAME Anna
           QUIT a secret
         deadline 60 s
         bert skips to the end
         bert connects
         bert gets: CHALKTALK *
         bert gets nothing for 2 s
        ",
    );
    assert_eq!(
        notes(&mut chat),
        [
            "anna came from 127.0.0.1",
            "anna moved to maths",
            "anna is now Anna",
            "Anna left (quit) from 127.0.0.1",
            "refused 127.0.0.1 before a name (server-full)",
            "closed 127.0.0.1 before a name (name-late)",
        ]
    );
}

#[test]
fn who_had_no_name_is_counted_and_told_once_a_second() {
    let mut chat = small(2);
    chat.goes_on(
        "anna and bert connect
         anna sends: NAME anna
         anna skips to: CAME * * lobby anna
         repeat 30 times
           carl connects
           carl gets: BYE server-full *
           carl gets the end
         anna gets nothing for 700 ms
        ",
    );
    chat.from = "::1".parse().expect("an address");
    chat.goes_on(
        "carl connects
         carl gets: BYE server-full *
         bert closes
         anna gets nothing for 5 s
        ",
    );
    assert_eq!(
        notes(&mut chat),
        [
            "anna came from 127.0.0.1",
            "closed 127.0.0.1 before a name (quit)",
            "refused 31 before a name (server-full), the last from ::1",
        ]
    );
}

/// Connections, each from its address, to a hub that takes four, and who had to go for the last: `-` is the last itself.
#[track_caller]
fn displaces(addresses: &[&str], expected: &str) {
    let mut chat = small(4);
    let (last, first) = addresses.split_last().expect("a newcomer");
    for (at, address) in first.iter().enumerate() {
        chat.from = address.parse().expect("an address");
        let come = format!(
            "p{at} connects
             p{at} sends: NAME p{at}
             p{at} skips to: CAME * * lobby p{at}
             p{at} gets nothing for 1 s
            "
        );
        chat.goes_on(&come);
    }
    // The first has spoken last.
    chat.goes_on("p0 sends: PING x\np0 skips to: PONG x\n");
    chat.from = last.parse().expect("an address");
    chat.goes_on("new connects\n");
    match expected {
        "-" => chat.goes_on("new gets: BYE server-full *\nnew gets the end\n"),
        gone => chat.goes_on(&format!(
            "new gets: CHALKTALK *
             {gone} skips to: BYE displaced the server is full; *
             {gone} gets the end
             new sends: NAME new
             new skips to: CAME * * lobby new
            "
        )),
    }
}

#[test]
fn a_full_server_makes_room_at_the_cost_of_the_address_with_the_most() {
    let [a, b, c] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    // The longest silent of the largest, not the first to come, which has spoken since.
    displaces(&[a, a, a, a, b], "p1");
    displaces(&[a, a, a, b, c], "p1");
    displaces(&[b, a, a, a, b], "p1");
    displaces(&[b, a, a, a, c], "p1");
    // Its own never, nor where all have their share.
    displaces(&[a, a, a, a, a], "-");
    displaces(&[a, a, b, b, a], "-");
    displaces(&[b, a, a, b, c], "p1");
    displaces(&[a, b, c, "192.0.2.4", "192.0.2.5"], "-");
    // An IPv6 network is one, and so is this machine.
    let [one, two] = ["2001:db8::1", "2001:db8::ffff:2"];
    displaces(&[one, two, one, two, a], "p1");
    displaces(&[one, two, one, two, "2001:db8::3"], "-");
    displaces(&["::ffff:192.0.2.1", a, a, a, a], "-");
    displaces(&["::1", "127.0.0.1", "::1", "127.0.0.1", "::1"], "-");
}

#[test]
fn who_may_not_come_in_displaces_nobody() {
    let mut chat = small(2);
    chat.goes_on("anna and bert connect\n");
    chat.from = [192, 0, 2, 1].into();
    for (barred, free) in [("lock", "unlock"), ("ban 192.0.2.1", "unban 192.0.2.1")] {
        chat.obeys(barred);
        chat.goes_on("carl connects\ncarl gets: BYE server-full *\ncarl gets the end\n");
        chat.obeys(free);
    }
    chat.goes_on("carl connects\ncarl gets: CHALKTALK *\n");
    chat.goes_on("anna skips to: BYE displaced *\n");
}

#[test]
fn a_relays_name_is_given_on_the_servers_own_machine_alone() {
    let mut chat = Memory::new(Limits::default());
    for (at, from) in ["127.0.0.1", "::1", "::ffff:127.0.0.9"].iter().enumerate() {
        chat.from = from.parse().expect("an address");
        chat.goes_on(&format!(
            "r{at} connects\nr{at} sends: NAME ~r{at}\nr{at} skips to: CAME * * lobby ~r{at}\n"
        ));
    }
    for (at, from) in ["192.0.2.5", "2001:db8::1"].iter().enumerate() {
        chat.from = from.parse().expect("an address");
        chat.goes_on(&format!("p{at} connects\np{at} gets: CHALKTALK *\n"));
        for name in ["~lobby", "～lobby", "∼lobby", "˜lobby", "〜lobby", "~"] {
            chat.goes_on(&format!(
                "p{at} sends: NAME {name}\np{at} gets: ERROR name-reserved nobody may be called *\n"
            ));
        }
        chat.goes_on(&format!(
            "p{at} sends: NAME p{at}~\np{at} skips to: CAME *\n"
        ));
    }
}
