//! What is written of what passes.

use super::{Passed, Recording};
use crate::play::parse::parse;
use crate::play::text::Vars;
use crate::proxy::plan::Direction::{ToClient, ToServer};
use std::time::Duration;

/// Who, and what: `+` comes, `>` is sent, `<` comes back, `|` ends, `!` is torn; a number is seconds that pass.
fn recorded(mut recording: Recording, passed: &[(u64, &str)]) -> String {
    let mut at = Duration::ZERO;
    for (who, what) in passed {
        let (kind, bytes) = what.split_at(1);
        let bytes = || bytes.as_bytes().to_vec();
        let passed = match kind {
            "+" => Passed::Connects,
            ">" => Passed::Bytes(ToServer, bytes()),
            "<" => Passed::Bytes(ToClient, bytes()),
            "|" if bytes() == b">" => Passed::Ends(ToServer),
            "|" => Passed::Ends(ToClient),
            "!" if bytes() == b">" => Passed::Torn(ToServer),
            "!" => Passed::Torn(ToClient),
            seconds => {
                at += Duration::from_secs(seconds.parse().unwrap());
                continue;
            }
        };
        recording.hear(*who, at, passed);
    }
    let text = recording.to_string();
    let read = parse("a.chat", &text, &mut |_| Err(String::new()), &Vars::new());
    assert!(read.is_ok(), "{read:?}\n{text}");
    text.split_once("deadline 10 s\n").unwrap().1.to_owned()
}

#[track_caller]
fn check(passed: &[(u64, &str)], expected: &str) {
    assert_eq!(recorded(Recording::default(), passed), expected);
}

#[test]
fn people_are_called_as_they_say_unless_somebody_is_or_nobody_can_be() {
    let passed = [
        (1, "+"),
        (1, "<who?\n"),
        (1, ">anna\n"),
        (2, "+"),
        (2, ">@1 NAME anna\n"),
        (1, "|>"),
        (1, "|<"),
        (3, "+"),
        (3, ">NICK anna\n"),
        (4, "+"),
        (4, ">PING\n"),
        (5, "+"),
        (5, "<who?\n"),
        (5, ">the\n"),
    ];
    check(
        &passed,
        "\nanna connects\nanna gets: who?\n\nanna sends: anna\nanna-2 connects\nanna-2 sends: @1 NAME anna\n\
         anna half-closes\nanna gets the end\n\nanna connects\nanna sends: NICK anna\nclient4 connects\n\
         client4 sends: PING\nclient5 connects\nclient5 gets: who?\n\nclient5 sends: the\n",
    );
}

#[test]
fn lines_are_whole_and_prompts_and_halves_are_told() {
    let passed = [
        (1, "+"),
        (1, "<login: "),
        (1, ">an"),
        (1, ">na"),
        (1, "<\nHel"),
        (1, "<lo\n\n"),
        (1, ">x\r\n\n"),
        (1, ">y"),
        (1, "|>"),
        (1, "<bye"),
        (1, "|<"),
        (1, ">z"),
    ];
    check(
        &passed,
        "\nanna connects\nanna gets part: login:\\x20\n\nanna sends bytes: anna\n\
         anna gets an empty line\nanna gets: Hello\nanna gets an empty line\n\n\
         anna sends: x\\r\nanna sends an empty line\nanna sends bytes: y\nanna half-closes\n\
         anna gets part: bye\nanna gets the end\n",
    );
    let passed = [
        (1, "+"),
        (1, ">a\r\n>b\n"),
        (1, "<c\r\n"),
        (1, "!>"),
        (2, "+"),
        (2, "!<"),
    ];
    check(
        &passed,
        "lines end with \\r\\n\n\nclient1 connects\nclient1 sends: a\nclient1 sends bytes: >b\\n\n\
         client1 gets: c\n\nclient1 closes\nclient2 connects\nclient2 skips to the end\n",
    );
}

#[test]
fn what_the_server_made_up_is_a_variable_and_what_people_said_is_not() {
    let passed = [
        (1, "+"),
        (1, ">call 491701234567 at house2026\n"),
        (1, "<OK abcdefgh.7 1763816400250 491701234567 house2026\n"),
        (1, "<NO abcdefgh.8 1763816400250 abcdefgh.7x\n"),
        (1, ">again abcdefgh.8 7 1763816400250\n"),
        (1, "<token f00dfeed_1, abcdefghij, 123456789\n"),
    ];
    check(
        &passed,
        "\nclient1 connects\nclient1 sends: call 491701234567 at house2026\nclient1 gets:\n    \
         OK $id1 $time2 491701234567 house2026\n    NO $id3 $time4 $id5\n\n\
         client1 sends: again $id3 7 $time4\nclient1 gets: token ${id6}_1, abcdefghij, 123456789\n",
    );
}

#[test]
fn order_is_lost_only_where_several_did_something_before_anything_came() {
    let both = [(1, "+"), (2, "+"), (1, "<hi\n"), (2, "<hi\n")];
    let told = "\na connects\nb connects\na gets: hi\nb gets: hi\n";
    let said = [
        (1, ">a\n"),
        (2, ">b\n"),
        (1, "<a 1763816400250\n"),
        (1, "<b 1763816400250\n"),
        (2, "<a 1763816400250\n"),
    ];
    check(
        &[&both[..], &said].concat(),
        &format!(
            "{told}\na sends: a\nb sends: b\na gets in any order:\n    a $time1\n    b $time2\n\
                  b gets: a $time1\n"
        ),
    );
    let said = [
        (1, ">a\n"),
        (1, "<a\n"),
        (1, "<\n"),
        (2, ">b\n"),
        (1, "<b\n"),
        (1, "<b\n"),
    ];
    check(
        &[&both[..], &said].concat(),
        &format!(
            "{told}\na sends: a\na gets: a\na gets an empty line\n\nb sends: b\n\
                  a gets:\n    b\n    b\n"
        ),
    );
}

#[test]
fn what_comes_by_the_clock_is_left_out_with_its_answer() {
    let passed = [
        (1, "+"),
        (1, ">ECHO\n"),
        (1, "<PING\n"),
        (1, "9"),
        (1, "<PING :x\n"),
        (1, ">PONG :x\n"),
        (1, ">PONG\n"),
    ];
    check(
        &passed,
        "\nclient1 connects\nclient1 sends: ECHO\nclient1 gets: PING\n\nclient1 sends: PONG\n",
    );
}

#[test]
fn texts_stay_out_where_they_shall() {
    let passed = [
        (1, "+"),
        (1, "<CHALKTALK 1 open hi\n"),
        (1, ">NAME anna\n"),
        (1, ">SAY my sec"),
        (1, "<\n"),
        (1, ">ret\n"),
        (1, ">my key\n"),
        (1, "<SAID b.1 5 lobby anna my secret\n"),
        (1, "<ERROR unknown-verb my is no verb\n"),
        (1, ">TELL ben my half"),
        (1, "|>"),
    ];
    let text = recorded(Recording::without_texts(), &passed);
    assert!(
        text.contains("SAY text1\n") && text.contains(" anna text1\n"),
        "{text}"
    );
    assert!(
        text.contains("    ERROR unknown-verb * is no verb\n"),
        "{text}"
    );
    assert!(!text.contains("my"), "{text}");
}

#[test]
fn no_word_of_a_text_stays_where_another_server_says_it_again() {
    let passed = [
        (1, "+"),
        (1, ">NICK anna door\n"),
        (1, ">set secret k\u{e9}y. 12345678901\n"),
        (1, "<+OK anna\n"),
        (1, "<: secret k\u{e9}y, said anna (NO \"secret\")\n"),
        (1, "<SECRET k\u{e9}y1 1763816400250 12345678901 door\n"),
    ];
    let text = recorded(Recording::without_texts(), &passed);
    let expected = "\nanna connects\nanna sends: NICK anna text1\nanna sends: text2\nanna gets:\n    +OK anna\n    \
                    : *, said anna (NO \"*\")\n    SECRET k\u{e9}y1 $time1 $time2 *\n";
    assert_eq!(text, expected);
}
