//! What a room remembers, for how long, and who is shown it.

use super::super::History;
use super::house::House;
use crate::server::limits::Limits;

/// The lines that somebody who comes in now is shown between HISTORY and END, without their ids.
fn shown(house: &mut House, before: &str) -> Vec<String> {
    house.act_and_forget("newcomer opens");
    if !before.is_empty() {
        house.act_and_forget(&format!("newcomer> {before}"));
    }
    let told = house.sends("newcomer", "NAME newcomer");
    house.act_and_forget("newcomer ends");
    let mine = told
        .lines()
        .filter_map(|line| line.strip_prefix("newcomer< "));
    let mut mine = mine.skip_while(|line| !line.starts_with("HISTORY "));
    let count: usize = mine
        .next()
        .and_then(|line| line.split(' ').nth(2))
        .unwrap()
        .parse()
        .unwrap();
    let lines: Vec<_> = mine.take_while(|line| !line.starts_with("END ")).collect();
    assert_eq!(lines.len(), count, "{told}");
    let without_id = |line: &str| line.split(' ').skip(3).collect::<Vec<_>>().join(" ");
    lines.into_iter().map(without_id).collect()
}

fn said(count: usize, limits: Limits) -> House {
    let mut house = House::with("anna", limits.lifted());
    for number in 0..count {
        house.sends("anna", &format!("SAY {number}"));
    }
    house
}

#[test]
fn the_last_two_hundred_events_are_kept() {
    let mut house = said(200, Limits::default());
    assert_eq!(
        shown(&mut house, "").first().map(String::as_str),
        Some("lobby anna 0")
    );
    house.sends("anna", "SAY one more");
    let kept = shown(&mut house, "");
    assert_eq!(kept.len(), 200);
    assert_eq!(
        (kept[0].as_str(), kept[199].as_str()),
        ("lobby anna 1", "lobby anna one more")
    );
}

#[test]
fn long_ones_are_kept_up_to_a_quarter_of_a_mebibyte() {
    let mut house = said(0, Limits::default());
    for number in 0..30 {
        house.sends("anna", &format!("SAY {number:02}{}", "a".repeat(14_998)));
    }
    // An event of such a text is a few bytes longer than the text; 17 of them fit.
    let kept = shown(&mut house, "");
    assert_eq!(kept.len(), 17);
    assert!(kept[0].starts_with("lobby anna 13a"));
}

#[test]
fn a_newcomer_says_how_much_it_wants_to_see() {
    let mut house = said(5, Limits::default());
    assert_eq!(shown(&mut house, "REPLAY 0"), Vec::<String>::new());
    assert_eq!(
        shown(&mut house, "REPLAY 2"),
        ["lobby anna 3", "lobby anna 4"]
    );
    assert_eq!(shown(&mut house, "REPLAY 18446744073709551615").len(), 5);
    assert_eq!(shown(&mut house, "").len(), 5);
}

#[test]
fn replay_holds_for_every_room_one_enters_from_then_on() {
    let mut house = said(3, Limits::default());
    house.come("bert");
    house.story(
        "
        bert> REPLAY 1
        bert> JOIN maths
        anna< LEFT b.10 0 lobby bert moved maths
        bert< LEFT b.10 0 lobby bert moved maths
        bert< ROOM b.11 0 maths 1
        bert< HISTORY maths 0
        bert< END maths
        bert< CAME b.12 0 maths bert
        bert> JOIN lobby
        anna< CAME b.15 0 lobby bert
        bert< LEFT b.13 0 maths bert moved lobby
        bert< ROOM b.14 0 lobby 2
        bert< HISTORY lobby 1
        bert< SAID b.6 0 lobby anna 2
        bert< END lobby
        bert< CAME b.15 0 lobby bert
        bert> @1 HISTORY 2
        bert< @1 HISTORY lobby 2
        bert< @1 SAID b.5 0 lobby anna 1
        bert< @1 SAID b.6 0 lobby anna 2
        bert< @1 END lobby
        bert< @1 OK
        ",
    );
}

#[test]
fn only_what_was_said_names_and_topics_are_remembered() {
    let mut house = House::with("anna bert", Limits::default());
    for line in [
        "SAY hi",
        "TELL bert a secret",
        "TOPIC tea",
        "NAME Anna",
        "JOIN maths",
        "SAY elsewhere",
        "JOIN lobby",
    ] {
        house.sends("anna", line);
    }
    house.act_and_forget("announce the server stops at five");
    house.act_and_forget("bert ends");
    assert_eq!(
        shown(&mut house, ""),
        ["lobby anna hi", "lobby anna tea", "lobby anna Anna"]
    );
}

#[test]
fn a_room_that_ended_has_forgotten() {
    let mut house = House::with("anna", Limits::default());
    for line in ["JOIN maths", "SAY secret", "TOPIC secret", "JOIN lobby"] {
        house.sends("anna", line);
    }
    let told = house.sends("anna", "JOIN maths");
    assert!(
        told.contains("anna< HISTORY maths 0\n") && !told.contains("secret"),
        "{told}"
    );
}

#[test]
fn both_bounds_hold_and_the_oldest_go() {
    let limits = Limits {
        history_events_max: 3,
        history_bytes_max: 10,
        ..Limits::default()
    };
    let mut history = History::default();
    for line in ["a\n", "b\n", "c\n", "d\n"] {
        history.push(line.as_bytes(), &limits);
    }
    assert_eq!(
        history.last(10).collect::<Vec<_>>(),
        [b"b\n", b"c\n", b"d\n"]
    );
    assert_eq!(history.last(1).collect::<Vec<_>>(), [b"d\n"]);
    assert_eq!(history.last(0).len(), 0);
    history.push(b"seven\n", &limits);
    assert_eq!(
        history.last(10).collect::<Vec<_>>(),
        [b"c\n".as_slice(), b"d\n", b"seven\n"]
    );
    history.push(b"more than ten\n", &limits);
    assert_eq!(history.last(10).len(), 0);
}
