//! Screens, drawn: that whoever chats always sees who else can read along.
#![forbid(unsafe_code)]

use chalktalk::client::{Address, Outcome, Over, Row, Seal, Way};
use chalktalk::secure::{Entropy, PublicKey, Secret, Trust};
use chalktalk::ui_term::Start;
use chalktalk::wire::{Name, Room};
use chalktalk_tests::chat::Chat;
use std::sync::Arc;
use std::time::Duration;

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

fn seal() -> Seal {
    let trust = Trust::Remembered {
        server: PublicKey::from_bytes([7; 32]),
        secret: Secret::from_bytes([7; 5]),
    };
    Seal::new(trust, Arc::new(Entropy::open().unwrap()))
}

fn open() -> Way {
    Way::default()
}

fn noise() -> Way {
    Way {
        seal: Some(seal()),
        ..Way::default()
    }
}

fn over_ssh() -> Way {
    let over = Over {
        program: "/usr/bin/ssh".to_owned(),
        arguments: vec!["host".to_owned()],
    };
    Way {
        over: Some(over),
        ..Way::default()
    }
}

/// anna, in the lobby, alone.
fn joined(rows: usize, columns: usize, way: Way) -> Chat {
    let start = Start {
        address: Address::parse("10.0.0.7").ok(),
        way,
        name: Some(name("anna")),
        ..Start::default()
    };
    let mut chat = Chat::started(rows, columns, start);
    chat.line("WELCOME * anna hello");
    chat.line("ROOM lobby 1 tea");
    chat
}

#[track_caller]
fn shows(row: usize, chat: &mut Chat, expected: &str) {
    assert_eq!(chat.screen().text_of(row), expected);
}

#[test]
fn the_title_says_what_lies_between() {
    let noise_row = " lobby: tea       noise 10.0.0.7:24255 connected";
    shows(0, &mut joined(8, 49, noise()), noise_row);
    let open_row = " lobby: tea        open 10.0.0.7:24255 connected";
    shows(0, &mut joined(8, 49, open()), open_row);
    let ssh_row = " lobby: tea                   over ssh connected";
    shows(0, &mut joined(8, 49, over_ssh()), ssh_row);
}

#[test]
fn on_a_narrow_screen_the_mode_is_the_last_to_go() {
    shows(
        0,
        &mut joined(8, 40, noise()),
        " lobby: tea        noise 10.0.0.7:24255",
    );
    shows(0, &mut joined(8, 24, noise()), " lobby: tea       noise");
    shows(0, &mut joined(8, 14, noise()), " lobb…  noise");
    let mut chat = joined(8, 34, noise());
    chat.lose(Duration::from_secs(3));
    shows(0, &mut chat, " lobby: …  LINE LOST, again in 3 s");
}

#[test]
fn on_a_low_screen_the_mode_stands_with_the_people() {
    shows(
        1,
        &mut joined(3, 40, noise()),
        " anna     noise, 1 person here, F1 help",
    );
    shows(1, &mut joined(3, 20, noise()), " anna         noise");
}

#[test]
fn who_asks_who_is_here_is_told_what_lies_between() {
    for (way, expected) in [
        (open(), "at 10.0.0.7:24255 (open)"),
        (noise(), "at 10.0.0.7:24255 (noise)"),
        (over_ssh(), "at the other end of ssh (over ssh)"),
    ] {
        let mut chat = joined(8, 60, way);
        chat.row(5, Row::Person(Room::lobby(), name("anna")));
        chat.settle(5, Outcome::Done(None));
        let drawn = chat.screen().drawn();
        assert!(drawn.contains("· in lobby: anna "), "{drawn}");
        assert!(drawn.contains(expected), "{drawn}");
    }
}
