//! Servers that nobody would write, and lines that nobody would type.
#![forbid(unsafe_code)]

use chalktalk_tests::properties::client::{
    a_plain_line_cannot_be_forged, a_session_bears_any_bytes, a_session_bears_any_server,
    anything_may_be_typed,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One of the words between the bars.
fn one_of(words: &'static str) -> impl Strategy<Value = String> {
    select(words.split('|').collect::<Vec<_>>()).prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![8 => one_of("anna|Anna|bert|carl|x"), 1 => "[*#@:/a-c<>]{1,25}", 1 => "\\PC{1,8}"]
}

fn room() -> impl Strategy<Value = String> {
    one_of("lobby|Lobby|maths|*")
}

/// Few ids, so that they repeat.
fn stamp() -> impl Strategy<Value = String> {
    (select(vec!["a", "b"]), 0..40_u64).prop_map(|(boot, count)| format!("{boot}.{count} 5"))
}

fn words() -> impl Strategy<Value = String> {
    let hostile = r"hi|two\\nlines|\\u\{1b\}\[2J|\\\\|\u{202e}|: x|\* x|# x|@ a -> b: x";
    prop_oneof![3 => hostile.prop_map(|text| text), 1 => ".{1,20}"]
}

fn event() -> impl Strategy<Value = String> {
    let verb = one_of("WELCOME|ROOM|SAID|SAID|TOLD|CAME|LEFT|RENAMED|TOPIC|NOTICE");
    (verb, stamp(), room(), name(), name(), words()).prop_map(
        |(verb, stamp, room, name, other, words)| match verb.as_str() {
            "WELCOME" => format!("WELCOME {stamp} * {name} {words}"),
            "ROOM" => format!("ROOM {stamp} {room} {} {words}", name.len() * 50),
            "SAID" => format!("SAID {stamp} {room} {name} {words}"),
            "TOLD" => format!("TOLD {stamp} * {name} {other} {words}"),
            "CAME" => format!("CAME {stamp} {room} {name}"),
            "LEFT" => format!("LEFT {stamp} {room} {name} moved {words}"),
            "RENAMED" => format!("RENAMED {stamp} {room} {name} {other}"),
            "TOPIC" => format!("TOPIC {stamp} {room} {name}"),
            _ => format!("NOTICE {stamp} {room} {words}"),
        },
    )
}

/// Answers and the like, most of them to what was asked.
fn reply() -> impl Strategy<Value = String> {
    one_of(
        "@? OK|@? OK|@? OK b.7|@? ERROR name-taken x|@? ERROR no-change x|@? ERROR|@? WHO lobby bert|\
         @? ROOMS maths 3 sums|@? PONG fence|@1 OK|OK|PING|PING x|PONG x|HISTORY lobby 2|HISTORY lobby 99|\
         END lobby|CHALKTALK 1 open hi|NEWS|BYE stopping x|BYE kicked x|BYE quit x",
    )
}

fn typed() -> impl Strategy<Value = String> {
    let commands = "hi|/msg bert hi|/join maths|/who|/rooms|/topic|/topic tea|/topic -|/name carl|\
                    /name anna|/help|/history 3|//x|/nonsense|/msg";
    prop_oneof![
        20 => one_of(commands),
        1 => Just("/quit".to_owned()),
        2 => "/?[a-z]{0,7}\\s{0,2}\\PC{0,20}\\s?",
        1 => any::<String>(),
    ]
}

/// Most plays get in; after that anything goes.
fn play() -> impl Strategy<Value = String> {
    let in_at_once =
        "+\nCHALKTALK 1 open hi\n@? OK b.0\nWELCOME b.0 5 * anna hi\nROOM b.1 5 lobby 9\n";
    let line = prop_oneof![
        8 => event(),
        8 => reply(),
        6 => typed().prop_map(|typed| format!(">{typed}")),
        1 => Just("-".to_owned()),
        2 => Just("~".to_owned()),
        2 => Just("+\nCHALKTALK 1 open hi".to_owned()),
        1 => any::<String>(),
    ];
    (any::<bool>(), vec(line, 0..60)).prop_map(move |(begun, lines)| {
        let begin = if begun { in_at_once } else { "" };
        format!("{begin}{}", lines.join("\n"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn no_server_is_too_odd_for_a_session(play in play()) {
        a_session_bears_any_server(play.as_bytes());
    }

    #[test]
    fn no_bytes_are_too_odd_for_a_session(chunks in vec(vec(any::<u8>(), 0..40), 0..9), play in play(), cut in 1..50_usize) {
        a_session_bears_any_bytes(&chunks.iter().map(Vec::as_slice).collect::<Vec<_>>());
        a_session_bears_any_bytes(&play.as_bytes().chunks(cut).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_typed_is_understood_or_explained(typed in typed()) {
        anything_may_be_typed(&typed);
    }

    #[test]
    fn nobody_forges_a_plain_line(event in event()) {
        a_plain_line_cannot_be_forged(&event);
    }
}

#[test]
fn endless_lines_and_endless_many_are_borne() {
    let endless = vec![b'x'; 100_000];
    a_session_bears_any_bytes(&endless.chunks(999).collect::<Vec<_>>());
    let mut many = String::from(
        "+\nCHALKTALK 1 open hi\n@? OK b.0\nWELCOME b.0 5 * anna hi\nROOM b.1 5 lobby 9\n",
    );
    for number in 0..30_000 {
        let word = if number % 2 == 0 { "CAME" } else { "SAID" };
        many += &format!(
            "{word} b.{} 5 lobby p{number} {}\n>x\n",
            number + 2,
            "y".repeat(number % 2)
        );
        many += &format!(
            "HISTORY r{number} 9\nSAID a.{number} 5 r{number} p x\n@? WHO lobby q{number}\n"
        );
    }
    a_session_bears_any_server(many.as_bytes());
}
