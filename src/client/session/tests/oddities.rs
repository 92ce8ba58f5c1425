//! Servers that no one would write, and sizes.

use super::Play;
use crate::client::place::PEOPLE_MAX;
use crate::client::session::asking::WAITING_MAX;
use crate::client::session::lines::ANSWERED_MAX;
use crate::wire::{Code, Fault, LINE_BYTES_MAX, Refusal, TEXT_BYTES_MAX};

#[test]
fn no_line_is_too_odd() {
    let mut play = Play::anna();
    let odd = [
        "",
        " ",
        "@",
        "@1",
        "@3 OK",
        "OK b",
        "NEWS b.9 5 lobby x",
        "SAID",
        "SAID b.9 5 lobby",
        "SAID b.9 5 lobby bert \\x",
        "BYE",
        "CHALKTALK 1 open again",
        "HISTORY lobby -1",
        "@2 SAID b.9 5 lobby bert x",
        "PONG x",
        "ROOMS lobby 1",
        "HELP x",
        "END nowhere",
    ];
    play.hear(&odd);
    let refused = |code| {
        let fault = Fault::new(code, "no line");
        Err(Refusal { tag: None, fault })
    };
    play.session.line(&refused(Code::NOT_UTF8), play.now);
    play.expect(&[]);
    play.session.line(&refused(Code::LINE_TOO_LONG), play.now);
    play.expect(&["close", "= lost: EndlessLine"]);
}

#[test]
fn an_answer_that_cannot_be_read_is_still_the_answer() {
    let mut play = Play::anna();
    play.type_in("one");
    play.type_in("two");
    play.hear(&["@3 NEWS x", "@3 ERROR no-sentence"]);
    play.expect(&["> @3 SAY one", "= settled 0: Unsure", "> @4 SAY two"]);
}

#[test]
fn nothing_a_server_repeats_makes_it_grow() {
    let mut play = Play::anna();
    play.type_in("/who");
    for number in 0..5000_u64 {
        let id = number + 100;
        play.hear(&[
            &format!("CAME b.{id}1 5 lobby p{number}"),
            &format!("@3 WHO lobby p{number}"),
            &format!("HISTORY r{number} 18446744073709551615"),
            &format!("SAID b.{id}2 5 r{number} bert x"),
            "PING x",
        ]);
        play.done.clear();
    }
    let place = play.session.place();
    assert_eq!(place.people().count(), PEOPLE_MAX);
    for number in 0..1000 {
        play.type_in("hi");
        assert!(play.session.waiting.len() <= WAITING_MAX, "{number}");
    }
    play.hear(&["@3 OK"]);
    for tag in 4..200 {
        play.hear(&[&format!("@{tag} OK z.{tag}")]);
        assert!(play.session.answered.len() <= ANSWERED_MAX);
    }
    assert!(play.done.iter().any(|done| done.contains("Unsent")));
    assert_eq!(play.session.answered.len(), ANSWERED_MAX);
}

#[test]
fn the_longest_message_fits_a_line() {
    let mut play = Play::anna();
    play.type_in(&format!(
        "/msg {} {}",
        "😀".repeat(16),
        "a".repeat(TEXT_BYTES_MAX)
    ));
    let line = play.done[0].strip_prefix("> ").unwrap();
    assert!(line.len() < LINE_BYTES_MAX, "{}", line.len());
}
