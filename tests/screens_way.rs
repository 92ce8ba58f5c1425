//! Screens, drawn: that whoever chats always sees who else can read along.
#![forbid(unsafe_code)]

use chalktalk::client::{
    Address, Ending, Event as Told, Outcome, Row, Seal, Settings, Trouble, Way,
};
use chalktalk::secure::{Entropy, JoinError, PublicKey, Secret, Trust};
use chalktalk::ui_term::Start;
use chalktalk::ui_term::keys::Key;
use chalktalk::ui_term::update::{Effect, Event};
use chalktalk::wire::{Name, Room};
use chalktalk_tests::chat::Chat;
use chalktalk_tests::screen::expect_screen;
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
    let mut chat = joined(8, 40, noise());
    chat.lose(Duration::from_secs(3));
    shows(0, &mut chat, " lobby: tea     LINE LOST, again in 3 s");
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
    ] {
        let mut chat = joined(8, 60, way);
        chat.row(5, Row::Person(Room::lobby(), name("anna")));
        chat.settle(5, Outcome::Done(None));
        let drawn = chat.screen().drawn();
        assert!(drawn.contains("· in lobby: anna "), "{drawn}");
        assert!(drawn.contains(expected), "{drawn}");
    }
}

const CODE: &str = "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9";

/// What was asked for last: the code that was typed, and for whom.
#[track_caller]
fn asked(chat: &mut Chat) -> (Option<String>, Settings) {
    match chat.effects.pop() {
        Some(Effect::FindWay { code, settings }) => (code.map(|code| code.to_string()), settings),
        other => panic!("no way was asked for: {other:?}"),
    }
}

#[track_caller]
fn fails(chat: &mut Chat, trouble: Trouble) {
    chat.tell(Told::Ended(Ending::Failed(trouble)));
}

/// anna has typed another server, which turned out to be encrypted.
fn at_an_encrypted_one(rows: usize, columns: usize) -> Chat {
    let start = Start {
        suggestion: Some(name("anna")),
        ..Start::default()
    };
    let mut chat = Chat::started(rows, columns, start);
    chat.press(Key::BackTab);
    chat.press(Key::Ctrl('u'));
    chat.type_text("10.0.0.7");
    chat.press(Key::Enter);
    let (code, settings) = asked(&mut chat);
    assert_eq!(
        (code, settings.address.to_string().as_str()),
        (None, "10.0.0.7:24255")
    );
    chat.event(Event::Way(Ok(settings)));
    assert!(matches!(chat.effects.pop(), Some(Effect::Connect(_))));
    fails(&mut chat, Trouble::Encrypted);
    chat
}

#[test]
fn a_server_that_turns_out_to_be_encrypted_is_asked_a_code_for() {
    let mut chat = at_an_encrypted_one(10, 52);
    let drawn = chat.screen().drawn();
    expect_screen(
        chat.screen(),
        "
        | chalktalk: a chat for the people on this network   |
        |                                                    |
        | Server  10.0.0.7                                   |
        | Code                                               |
        |         this chat is encrypted: type the code that |
        |         its host has, or paste the link            |
        | Name    anna                                       |
        |         [ Join ]                                   |
        |                                                    |
        | Tab goes on, Enter joins, C-c leaves               |
        ",
    );
    assert_eq!(chat.screen().cursor(), (3, 9), "{drawn}");
    chat.type_text("1ZVW-G4PN-PPMN-3RDX-04HM-ASW8");
    chat.press(Key::Enter);
    let drawn = chat.screen().drawn();
    assert!(
        drawn.contains("a character of the code is wrong"),
        "{drawn}"
    );
    assert!(chat.effects.is_empty(), "nobody is connected to");
    chat.press(Key::Backspace);
    chat.type_text("9");
    chat.press(Key::Enter);
    let (code, mut settings) = asked(&mut chat);
    assert_eq!(code.as_deref(), Some(CODE));
    settings.way.seal = Some(seal());
    chat.event(Event::Way(Ok(settings)));
    chat.line("WELCOME * anna hello");
    chat.line("ROOM lobby 1");
    shows(
        0,
        &mut chat,
        " lobby               noise 10.0.0.7:24255 connected",
    );
}

#[test]
fn a_link_is_a_code_and_a_server() {
    let link = format!("chalktalk://10.0.0.9:5/{CODE}");
    let mut chat = at_an_encrypted_one(10, 60);
    chat.press(Key::Paste(link.clone()));
    chat.press(Key::Enter);
    assert_eq!(asked(&mut chat).0.as_deref(), Some(CODE));
    fails(&mut chat, Trouble::NobodyListens);
    chat.press(Key::Ctrl('u'));
    chat.press(Key::Paste(link));
    chat.press(Key::Enter);
    let (code, settings) = asked(&mut chat);
    assert_eq!(code.as_deref(), Some(CODE));
    assert_eq!(settings.address.to_string(), "10.0.0.9:5");
}

#[test]
fn a_code_that_does_not_fit_is_asked_for_again() {
    let start = Start {
        way: noise(),
        name: Some(name("anna")),
        ..Start::default()
    };
    let mut chat = Chat::started(9, 80, start);
    chat.effects.clear();
    fails(&mut chat, Trouble::NotJoined(JoinError::OtherServer));
    let drawn = chat.screen().drawn();
    assert!(
        drawn.contains("this code is for another server, or a new one was"),
        "{drawn}"
    );
    chat.type_text(CODE);
    chat.press(Key::Enter);
    assert_eq!(asked(&mut chat).0.as_deref(), Some(CODE));
}

#[test]
fn a_way_that_is_not_found_is_no_way_in_the_open() {
    let mut chat = at_an_encrypted_one(10, 60);
    chat.type_text(CODE);
    chat.press(Key::Enter);
    asked(&mut chat);
    chat.event(Event::Way(Err("there is no randomness here".to_owned())));
    let drawn = chat.screen().drawn();
    assert!(drawn.contains("there is no randomness here"), "{drawn}");
    assert!(chat.effects.is_empty());
}
