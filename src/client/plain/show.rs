//! What plain mode shows: one line for an event, and never a control sequence.
//!
//! Names and rooms hold only what is shown as it is; everything else that others wrote goes through the
//! sanitiser here.

use crate::client::event::{Event, Happened, Line, Row, When, Whose};
use crate::sanitise::plain_line;
use crate::wire::{Code, EventKind, Name, Phrase, Room};
use std::fmt::Display;

/// Names told on entering a room.
const PEOPLE_TOLD_MAX: usize = 20;

/// What the first character of a line tells. No name begins with any of the marks, so nobody can say something that looks
/// like one of them.
pub const MARKS: &str = "  anna: hi              anna said hi to the room
  - anna waves          done in the room
  @ anna -> bert: hi    anna said hi to bert alone
  * bert came           something happened, told by the server
  : anna: hi            the past: what follows is a line as above
  # not sent: hi        from this program itself: answers, errors, the connection";

/// The line for an event, without its end; `None` where there is nothing to tell. The place is the other end. Its first
/// character is one of the [`MARKS`].
pub fn line(event: &Event, place: &str) -> Option<String> {
    match event {
        Event::Happened(happened) => self::happened(happened),
        Event::Line(line) => connection(line, place),
        Event::People(room, people) => Some(here(room, people)),
        Event::Row(_, row) => Some(self::row(row)),
        Event::Settled(..) | Event::Help | Event::Ended(_) => None,
    }
}

/// What others wrote, fit to be shown.
fn shown(text: &impl Display) -> String {
    plain_line(&text.to_string())
}

fn happened(happened: &Happened) -> Option<String> {
    let line = match (&happened.what, happened.whose) {
        (EventKind::Welcome(name, _), _) => format!("* welcome, {name}"),
        (EventKind::Room(room, count, topic), _) => {
            format!("* you are in {room}, {}", people(*count, topic.as_ref()))
        }
        (EventKind::Said(_, name, text), _) => format!("{name}: {}", shown(text)),
        (EventKind::Did(_, name, text), _) => format!("- {name} {}", shown(text)),
        (EventKind::Told(from, to, text), _) => format!("@ {from} -> {to}: {}", shown(text)),
        // That one has come or gone oneself is told by ROOM, or by the end.
        (EventKind::Came(..) | EventKind::Left(..), Whose::Mine(_)) => return None,
        (EventKind::Came(_, name), Whose::Others) => format!("* {name} came"),
        (EventKind::Left(_, name, code, words), Whose::Others) => {
            format!("* {name} {}", how_left(code, words.as_ref()))
        }
        (EventKind::Renamed(_, old, new), _) => format!("* {old} is now {new}"),
        (EventKind::Topic(_, name, Some(topic)), _) => {
            format!("* {name} set the topic: {}", shown(topic))
        }
        (EventKind::Topic(_, name, None), _) => format!("* {name} removed the topic"),
        (EventKind::Notice(_, text), _) => format!("* the server says: {}", shown(text)),
    };
    match happened.when {
        When::Now => Some(line),
        When::Past => Some(format!(": {line}")),
    }
}

/// How somebody left, in the words that stand behind the name.
pub fn how_left(code: &Code, words: Option<&Phrase>) -> String {
    match (code.as_str(), words.map(shown)) {
        ("moved", Some(room)) => format!("moved to {room}"),
        ("quit", Some(words)) => format!("left: {words}"),
        ("quit" | "moved", None) => "left".into(),
        ("lost", _) => "lost the connection".into(),
        (code, Some(words)) => format!("left ({code}): {words}"),
        (code, None) => format!("left ({code})"),
    }
}

/// What who hosts is told before leaving.
pub fn host_leaves(others: usize) -> String {
    format!("the chat ends with you, for others too ({others}): once more, and you leave")
}

fn connection(line: &Line, place: &str) -> Option<String> {
    Some(match line {
        // Told with more than is known here.
        Line::Connecting => return None,
        Line::Lost { trouble, retry_in } => format!(
            "# {}; trying again in {:.1} s",
            plain_line(&trouble.sentence(&place)),
            retry_in.as_secs_f32()
        ),
        Line::NameHeld { name, retry_in } => format!(
            "# the name {name} is still held, most likely by your own lost connection; trying again in {:.1} s",
            retry_in.as_secs_f32()
        ),
        Line::Doubted => "# this is another network than before, and the chat is open: it may be \
                           somebody else's; /yes sends what waits, /quit leaves"
            .to_owned(),
        Line::NameRefused { name, sentence, .. } => {
            format!("# you cannot be called {name}: {}", shown(sentence))
        }
    })
}

fn here(room: &Room, names: &[Name]) -> String {
    let told = names.iter().take(PEOPLE_TOLD_MAX).map(Name::as_str);
    let told = told.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(PEOPLE_TOLD_MAX) {
        0 => format!("* in {room}: {told}"),
        more => format!("* in {room}: {told} and {more} more; /who lists them"),
    }
}

fn row(row: &Row) -> String {
    match row {
        Row::Person(room, name) => format!("# {name} is in {room}"),
        Row::Room(room, count, topic) => {
            format!("# {room}: {}", people(*count, topic.as_ref()))
        }
        Row::Topic(room, Some(topic)) => format!("# the topic of {room}: {}", shown(topic)),
        Row::Answer(answer) => format!("# {}", plain_line(answer)),
        Row::Topic(room, None) => format!("# {room} has no topic"),
        Row::Ignored(names) if names.is_empty() => "# ignored: nobody".to_owned(),
        Row::Ignored(names) => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!("# ignored: {}", names.join(", "))
        }
    }
}

/// How many there are in a room, and on which topic.
fn people(count: u64, topic: Option<&Phrase>) -> String {
    let topic = topic.map_or(String::new(), |topic| format!(", topic: {}", shown(topic)));
    match count {
        1 => format!("1 person{topic}"),
        count => format!("{count} people{topic}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::event::{Ticket, Trouble};
    use crate::wire::{ServerLine, Text};
    use std::time::Duration;

    fn shown_as(server_line: &str, when: When, whose: Whose) -> Option<String> {
        let ServerLine::Event(event) = ServerLine::decode(server_line).unwrap().body else {
            panic!("{server_line}")
        };
        let happened = Happened {
            id: event.id,
            time: event.time,
            what: event.what,
            when,
            whose,
        };
        line(&Event::Happened(happened), "here")
    }

    #[track_caller]
    fn check(server_line: &str, expected: &str) {
        let others = shown_as(server_line, When::Now, Whose::Others);
        assert_eq!(others.as_deref(), Some(expected));
        let past = shown_as(server_line, When::Past, Whose::Others);
        assert_eq!(past, Some(format!(": {expected}")));
        assert!(MARKS.lines().all(|row| row.starts_with("  ")), "in columns");
        let mark = expected.split(' ').next().unwrap_or_default();
        let is_row = |row: &str| row.trim_start().starts_with(mark);
        assert!(mark.ends_with(':') || MARKS.lines().any(is_row), "{mark}");
    }

    #[test]
    fn one_event_is_one_line() {
        check("SAID b.1 5 lobby anna hi", "anna: hi");
        check(r"SAID b.1 5 lobby anna two\nlines", "anna: two / lines");
        check(r"SAID b.1 5 lobby anna \u{1b}[2J\u{9b}", "anna: ^[[2J<9B>");
        check("SAID b.1 5 lobby anna * bert left", "anna: * bert left");
        check("DID b.1 5 lobby anna waves", "- anna waves");
        check("TOLD b.1 5 * anna bert psst", "@ anna -> bert: psst");
        check("WELCOME b.1 5 * anna Say hello", "* welcome, anna");
        check(
            "ROOM b.1 5 lobby 2 tea",
            "* you are in lobby, 2 people, topic: tea",
        );
        check("ROOM b.1 5 lobby 1", "* you are in lobby, 1 person");
        check("CAME b.1 5 lobby bert", "* bert came");
        check("LEFT b.1 5 lobby bert moved maths", "* bert moved to maths");
        check("LEFT b.1 5 lobby bert quit", "* bert left");
        check(r"LEFT b.1 5 lobby bert quit a\nb", "* bert left: a / b");
        check("LEFT b.1 5 lobby bert lost", "* bert lost the connection");
        check(
            "LEFT b.1 5 lobby bert kicked rude",
            "* bert left (kicked): rude",
        );
        check("LEFT b.1 5 lobby bert too-slow", "* bert left (too-slow)");
        check("RENAMED b.1 5 lobby bert Bert", "* bert is now Bert");
        check("TOPIC b.1 5 lobby bert tea", "* bert set the topic: tea");
        check("TOPIC b.1 5 lobby bert", "* bert removed the topic");
        check(
            r"NOTICE b.1 5 * \u{202e}"
                .replace(r"\u{202e}", "\u{202e}")
                .as_str(),
            "* the server says: <RLO>",
        );
    }

    #[test]
    fn ones_own_coming_and_going_is_told_otherwise() {
        for line in ["CAME b.1 5 lobby anna", "LEFT b.1 5 lobby anna moved maths"] {
            let mine = Whose::Mine(Some(Ticket(1)));
            assert_eq!(shown_as(line, When::Now, mine), None);
        }
    }

    #[test]
    fn answers_and_the_connection_are_marked_as_ours() {
        #[track_caller]
        fn check(event: &Event, expected: &str) {
            assert_eq!(line(event, "here").as_deref(), Some(expected));
        }
        let name = |name: &str| Name::parse(name).unwrap();
        let lobby = Room::lobby;
        let evil = Phrase::new("\u{1b}c").ok();
        let row = |row| Event::Row(Ticket(1), row);
        check(
            &row(Row::Person(lobby(), name("bert"))),
            "# bert is in lobby",
        );
        check(
            &row(Row::Room(lobby(), 1, evil.clone())),
            "# lobby: 1 person, topic: ^[c",
        );
        check(&row(Row::Topic(lobby(), evil)), "# the topic of lobby: ^[c");
        check(&row(Row::Topic(lobby(), None)), "# lobby has no topic");
        check(
            &Event::People(lobby(), vec![name("a"), name("b")]),
            "* in lobby: a, b",
        );
        let many = (0..23).map(|n| name(&format!("p{n}"))).collect();
        let told = line(&Event::People(lobby(), many), "here").unwrap();
        assert!(
            told.ends_with("p18, p19 and 3 more; /who lists them"),
            "{told}"
        );
        let closed = Trouble::Closed {
            code: Code::STOPPING,
            sentence: Text::new("\u{7}bye").unwrap(),
        };
        let lost = Line::Lost {
            trouble: closed,
            retry_in: Duration::from_millis(1234),
        };
        check(
            &Event::Line(lost),
            "# the server closed the connection: ^Gbye; trying again in 1.2 s",
        );
    }
}
