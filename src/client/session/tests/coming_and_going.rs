//! Getting in, losing the line, coming back, leaving.

use super::{GREETING, Play};
use crate::client::event::Trouble;
use crate::client::session::asking::GOODBYE_PATIENCE;
use crate::client::session::{HURRIED_PAUSE, PONG_PATIENCE, SILENCE_BEFORE_PING};
use crate::wire::{Code, Text};
use std::time::Duration;

#[test]
fn a_lost_line_comes_back_into_the_same_room() {
    let mut play = Play::anna();
    play.type_in("/join maths");
    play.hear(&[
        "@3 OK b.9",
        "LEFT b.9 5 lobby anna moved maths",
        "ROOM b.10 5 maths 1000",
    ]);
    play.done.clear();
    play.type_in("unsure");
    play.type_in("later");
    play.expect(&["> @4 SAY unsure"]);
    play.lose();
    play.expect(&["= settled 1: Unsure", "= lost: Broken"]);
    play.wait();
    play.session.connected(None, play.now);
    play.hear(&[
        GREETING,
        "@5 OK c.1",
        "WELCOME c.1 5 * anna hello",
        "ROOM c.2 5 lobby 1",
    ]);
    play.expect(&[
        "= connecting",
        "connect",
        "> @5 NAME anna",
        "= now, mine: WELCOME c.1 5 * anna hello",
        "= now, mine: ROOM c.2 5 lobby 1",
        "> @6 JOIN maths",
    ]);
    play.hear(&["@6 OK c.3", "ROOM c.4 5 maths 300"]);
    play.expect(&["> @7 SAY later", "= now, mine: ROOM c.4 5 maths 300"]);
}

#[test]
fn a_ghost_is_waited_for_with_growing_pauses() {
    let mut play = Play::anna();
    play.come_back();
    play.expect(&["> @3 NAME anna"]);
    let mut pauses = Vec::new();
    for tag in 3..8 {
        play.hear(&[&format!("@{tag} ERROR name-taken somebody has that name")]);
        play.expect(&["= held: anna"]);
        pauses.push(play.wait());
        play.expect(&[&format!("> @{} NAME anna", tag + 1)]);
    }
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert!(pauses[4] >= Duration::from_secs(4), "{pauses:?}");
    play.hear(&[
        "@8 OK b.70",
        "WELCOME b.70 5 * anna hello",
        "ROOM b.71 5 lobby 999",
    ]);
    play.expect(&[
        "= now, mine: WELCOME b.70 5 * anna hello",
        "= now, mine: ROOM b.71 5 lobby 999",
    ]);
}

#[test]
fn a_taken_name_is_asked_again_even_after_the_server_has_closed() {
    let mut play = Play::new("anna");
    play.session.connected(None, play.now);
    play.hear(&[GREETING, "@1 ERROR name-taken somebody has that name"]);
    play.expect(&["> @1 NAME anna", "= refused: anna name-taken"]);
    play.type_in("/name bert");
    play.expect(&["> @2 NAME bert"]);
    play.hear(&["@2 ERROR name-reserved no"]);
    let refused = "Refused { code: Code(\"name-reserved\"), sentence: \"no\" }";
    play.expect(&[
        "= refused: bert name-reserved",
        &format!("= settled 0: {refused}"),
    ]);
    play.hear(&["BYE name-late no name within 60 seconds"]);
    play.expect(&["close"]);
    play.type_in("/name carl");
    play.expect(&["= connecting", "connect"]);
    play.session.connected(None, play.now);
    play.hear(&[GREETING, "@3 OK b.1"]);
    play.expect(&[
        "> @3 NAME carl",
        "= settled 1: Done(Some(Id { boot: b, count: 1 }))",
    ]);
}

#[test]
fn a_name_changed_is_the_one_to_come_back_with() {
    let mut play = Play::anna();
    play.hear(&["RENAMED b.9 5 lobby anna carla"]);
    play.expect(&["= now, mine: RENAMED b.9 5 lobby anna carla"]);
    assert_eq!(play.session.place().name().unwrap().as_str(), "carla");
    play.come_back();
    play.expect(&["> @3 NAME carla"]);
}

#[test]
fn quitting_comes_after_what_was_asked_before() {
    let mut play = Play::anna();
    play.type_in("last words");
    play.type_in("/quit see you");
    play.expect(&["> @3 SAY last words"]);
    play.hear(&["@3 OK b.9"]);
    play.expect(&[
        "= settled 0: Done(Some(Id { boot: b, count: 9 }))",
        "> @4 QUIT see you",
    ]);
    play.hear(&[
        "@4 OK b.10",
        "LEFT b.10 5 lobby anna quit see you",
        "BYE quit until",
    ]);
    play.expect(&[
        "= settled 1: Done(Some(Id { boot: b, count: 10 }))",
        "= now, mine by 1: LEFT b.10 5 lobby anna quit see you",
        "close",
        "= ended: Left",
    ]);
    play.type_in("too late");
    play.expect(&["= settled 2: Unsent"]);
}

#[test]
fn quitting_does_not_wait_for_a_server_that_is_gone() {
    let mut play = Play::anna();
    play.type_in("/quit");
    play.expect(&["> @3 QUIT"]);
    assert_eq!(play.wait(), GOODBYE_PATIENCE);
    play.expect(&["close", "= settled 0: Done(None)", "= ended: Left"]);

    let mut play = Play::anna();
    play.type_in("stuck");
    play.type_in("/quit");
    play.type_in("/quit");
    play.expect(&[
        "> @3 SAY stuck",
        "close",
        "= settled 0: Unsure",
        "= settled 1: Done(None)",
        "= settled 2: Done(None)",
        "= ended: Left",
    ]);

    let mut play = Play::anna();
    play.lose();
    play.type_in("never sent");
    play.type_in("/quit");
    play.expect(&[
        "= lost: Broken",
        "close",
        "= settled 0: Unsent",
        "= settled 1: Done(None)",
        "= ended: Left",
    ]);
}

#[test]
fn a_line_that_never_was_up_ends_it() {
    #[track_caller]
    fn check(lines: &[&str], expected: &Trouble) {
        let mut play = Play::new("anna");
        play.session.connected(None, play.now);
        play.hear(lines);
        play.done.retain(|done| !done.starts_with('>'));
        play.expect(&["close", &format!("= ended: Failed({expected:?})")]);
        assert!(play.session.is_ended());
    }
    let full = Trouble::Closed {
        code: Code::SERVER_FULL,
        sentence: Text::new("come back later").unwrap(),
    };
    check(&["BYE server-full come back later"], &full);
    check(&[GREETING, "BYE server-full come back later"], &full);

    let mut play = Play::new("anna");
    play.session.broken(Trouble::NobodyListens, play.now);
    play.expect(&["= ended: Failed(NobodyListens)"]);

    let mut play = Play::new("anna");
    play.session.connected(None, play.now);
    assert_eq!(play.wait(), SILENCE_BEFORE_PING);
    assert_eq!(play.wait(), PONG_PATIENCE);
    play.expect(&[
        "> @1 NAME anna",
        "> PING",
        "close",
        "= ended: Failed(Silent)",
    ]);
}

/// Back at a server of this boot, while this machine has that address; before, it had 10.0.0.5.
fn back(typed: &[&str], boot: &str, from: [u8; 4]) -> Play {
    let mut play = Play::anna();
    play.session.sure.from = Some([10, 0, 0, 5].into());
    play.lose();
    typed.iter().for_each(|typed| play.type_in(typed));
    play.wait();
    play.session.connected(Some(from.into()), play.now);
    let welcome = format!("WELCOME {boot}.70 5 * anna hello");
    let room = format!("ROOM {boot}.71 5 lobby 999");
    play.hear(&[GREETING, &format!("@3 OK {boot}.70"), &welcome, &room]);
    play.done.retain(|done| !done.starts_with("= now"));
    play
}

const BACK: [&str; 4] = [
    "= lost: Broken",
    "= connecting",
    "connect",
    "> @3 NAME anna",
];

#[test]
fn who_waits_at_a_lost_line_has_it_tried_at_once() {
    let mut play = Play::anna();
    play.lose();
    // The pauses grow.
    for _ in 0..4 {
        play.wait();
        play.lose();
    }
    play.now += Duration::from_secs(1);
    play.session.hurry(play.now);
    assert_eq!(play.wait(), Duration::ZERO);
    play.lose();
    play.session.hurry(play.now);
    assert_eq!(play.wait(), HURRIED_PAUSE);
    play.session.connected(None, play.now);
    play.hear(&[GREETING]);
    for tag in 3..7 {
        play.wait();
        play.hear(&[&format!("@{tag} ERROR name-taken somebody has that name")]);
    }
    play.done.clear();
    for expected in [Duration::ZERO, HURRIED_PAUSE] {
        play.session.hurry(play.now);
        assert_eq!(play.wait(), expected);
        play.hear(&["@7 ERROR name-taken somebody has that name"]);
    }
    play.done.retain(|done| done.starts_with('>'));
    play.expect(&["> @7 NAME anna", "> @8 NAME anna"]);
}

#[test]
fn nothing_that_waits_is_sent_before_the_welcome_of_this_connection() {
    let mut play = Play::anna();
    play.come_back();
    play.done.clear();
    play.type_in("a secret");
    play.hear(&["@3 OK c.1", "ROOM c.2 5 lobby 2", "CAME c.3 5 lobby anna"]);
    let sent = |done: &[String]| done.iter().any(|done| done.contains("secret"));
    assert!(!sent(&play.done), "{:?}", play.done);
    play.hear(&["WELCOME c.4 5 * anna hello", "ROOM c.5 5 lobby 2"]);
    play.hear(&["@4 OK"]);
    assert!(sent(&play.done), "{:?}", play.done);
}

#[test]
fn what_waits_is_sent_on_another_network_only_after_a_yes() {
    let mut play = back(&["a secret"], "c", [192, 168, 0, 9]);
    play.expect(&[&BACK[..], &["= doubted"]].concat());
    play.type_in("and more");
    play.expect(&[]);
    play.type_in("/yes");
    play.expect(&["= settled 2: Done(None)", "> @4 SAY a secret"]);
    // That network is the usual one from now on.
    play.lose();
    play.wait();
    play.session
        .connected(Some([192, 168, 0, 9].into()), play.now);
    play.done.clear();
    play.hear(&[
        GREETING,
        "@5 OK d.1",
        "WELCOME d.1 5 * anna hi",
        "ROOM d.2 5 lobby 999",
    ]);
    assert!(
        play.done.contains(&"> @6 SAY and more".into()),
        "{:?}",
        play.done
    );
}

#[test]
fn without_a_yes_nothing_is_sent_and_no_goodbye_either() {
    let mut play = back(&["a secret"], "c", [192, 168, 0, 9]);
    play.done.clear();
    play.type_in("/quit");
    play.expect(&[
        "close",
        "= settled 0: Unsent",
        "= settled 1: Done(None)",
        "= ended: Left",
    ]);
}

#[test]
fn the_same_server_is_believed_by_another_way_and_another_on_the_same_network() {
    for (boot, from) in [("b", [192, 168, 0, 9]), ("c", [10, 0, 0, 5])] {
        let mut play = back(&["hi"], boot, from);
        play.expect(&[&BACK[..], &["> @4 SAY hi"]].concat());
    }
}

#[test]
fn the_kicked_stay_away_and_others_come_back() {
    let mut play = Play::anna();
    play.hear(&["BYE stopping back in a minute"]);
    assert!(!play.session.is_ended());
    let mut play = Play::anna();
    play.hear(&["BYE kicked enough"]);
    assert!(play.session.is_ended());
}

#[test]
fn behind_each_welcome_its_silence_comes_to_mean_something() {
    let mut play = Play::new("anna");
    play.session.connected(None, play.now);
    play.hear(&[GREETING, "@1 OK b.1", "WELCOME b.1 5 * anna hello"]);
    assert_eq!(play.vouched, 0);
    play.hear(&["ROOM b.2 5 lobby 999"]);
    assert_eq!(play.vouched, 1);
    play.hear(&["LEFT b.3 5 lobby anna moved art", "ROOM b.4 5 art 1"]);
    assert_eq!(play.vouched, 1);
    play.done.clear();
    play.come_back();
    play.hear(&[
        "@3 OK b.5",
        "WELCOME b.5 5 * anna hello",
        "ROOM b.6 5 lobby 1",
    ]);
    assert_eq!(play.vouched, 2);
}
