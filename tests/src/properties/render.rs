//! What holds of the whole screen, whatever happens and whatever its size.

use crate::chat::Chat;
use chalktalk::client::{Event as Told, Happened, Outcome, Ticket, When, Whose};
use chalktalk::ui_term::keys::{Decoder, Key};
use chalktalk::ui_term::render::title;
use chalktalk::wire::{Code, EventKind, Id, Name, Phrase, Room, Text, UnixMs};
use std::time::Duration;

/// Something that happens.
#[derive(Debug, Clone)]
pub enum Act {
    /// A key.
    Key(Key),
    /// Somebody says this, in a way that the number chooses.
    Said(u8, String),
    /// The connection breaks.
    Lost,
    /// The newest sent command is settled, in a way that the number chooses.
    Settled(u8),
    /// Time passes.
    Wait(u16),
    /// The window has another size.
    Size(u8, u8),
}

/// After each act the screen shows what was drawn, says nothing unknown to the terminal, and
/// has the cursor on it; the title has no control character.
pub fn any_screen_is_harmless(acts: &[Act]) {
    let mut chat = Chat::joined(8, 30);
    let mut count = 1000;
    for act in acts {
        count += 1;
        match act {
            Act::Key(key) => chat.press(key.clone()),
            Act::Said(how, text) => chat.tell(told(count, *how, text)),
            Act::Lost => chat.lose(Duration::from_secs(2)),
            Act::Settled(how) => chat.settle(u64::from(how / 4), outcome(*how)),
            Act::Wait(ms) => chat.wait(u64::from(*ms)),
            Act::Size(rows, columns) => chat.resize(usize::from(*rows), usize::from(*columns)),
        }
        let window = title(chat.model());
        assert!(!window.contains(|c: char| c.is_control()), "{window:?}");
        let screen = chat.screen();
        assert_eq!(screen.faults(), &[] as &[String], "after {act:?}");
    }
}

/// More acts find nothing new, and take long.
const ACTS_MAX: usize = 60;

/// Any bytes as acts: 0xFE ends one, and its first byte says which it is.
#[must_use]
pub fn acts(bytes: &[u8]) -> Vec<Act> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut acts = Vec::new();
    for part in bytes.split(|byte| *byte == 0xfe) {
        match part {
            [0, rows, columns, ..] => acts.push(Act::Size(rows % 60, columns % 200)),
            [1, ..] => acts.push(Act::Lost),
            [2, how, ..] => acts.push(Act::Settled(*how)),
            [3, quarters, ..] => acts.push(Act::Wait(u16::from(*quarters) * 250)),
            [4, how, said @ ..] => acts.push(Act::Said(*how, text(said))),
            [_, typed @ ..] => {
                let mut keys = Vec::new();
                let mut decoder = Decoder::default();
                decoder.feed(typed, Duration::ZERO, &mut keys);
                decoder.tick(Duration::from_secs(2), &mut keys);
                acts.extend(keys.into_iter().map(Act::Key));
            }
            [] => {}
        }
    }
    acts.truncate(ACTS_MAX);
    acts
}

fn told(count: u64, how: u8, text: &str) -> Told {
    let name = |name| Name::parse(name).unwrap();
    let room = Room::lobby;
    let phrase = || Some(Phrase::cut(text));
    let what = match how % 8 {
        0 => EventKind::Told(name("bert"), name("anna"), Text::cut(text)),
        1 => EventKind::Topic(room(), name("bert"), phrase()),
        2 => EventKind::Left(room(), name("bert"), Code::parse("quit").unwrap(), phrase()),
        3 => EventKind::Notice(None, Text::cut(text)),
        4 => EventKind::Room(room(), 3, phrase()),
        5 => EventKind::Came(room(), name("bert")),
        _ => EventKind::Said(room(), name("bert"), Text::cut(text)),
    };
    Told::Happened(Happened {
        id: Id::parse(&format!("b.{count}")).unwrap(),
        time: UnixMs(count * 20_000_000),
        what,
        when: if how % 16 < 12 { When::Now } else { When::Past },
        whose: match how % 32 {
            31 => Whose::Mine(Some(Ticket(u64::from(how / 32)))),
            _ => Whose::Others,
        },
    })
}

fn outcome(how: u8) -> Outcome {
    match how % 4 {
        0 => Outcome::Done(None),
        1 => Outcome::Unsure,
        2 => Outcome::Unsent,
        _ => Outcome::Refused {
            code: Code::NO_SUCH_NAME,
            sentence: Text::cut("\u{1b}[2Jnobody\u{202e}"),
        },
    }
}
