//! What goes through the engine: the line of an event as the server has sent it, behind the name of that server. So what
//! comes is read by the parser of every client, which takes no control character, no bad name and nothing that is cut off.

use crate::client::session::Seen;
use crate::client::{Command, Happened, When, Whose};
use crate::wire::{Event, EventKind, Name, Room, ServerLine, Text};

/// The subject of a room: letters, digits, `-` and `_` stand for themselves, since a dot, a star and a space mean
/// something to the engine.
pub(super) fn subject(prefix: &str, room: &Room) -> String {
    let escaped = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    let [prefix, room] = [prefix, room.as_str()]
        .map(|word| word.to_lowercase().bytes().map(escaped).collect::<String>());
    format!("{prefix}.{room}")
}

/// What others are told of what happened here. Comings, goings and whispers stay at home; so do the past, and what a
/// relay has said.
pub(super) fn outward(origin: &Name, room: &Room, happened: Happened) -> Option<Vec<u8>> {
    let Happened { id, time, what, .. } = happened;
    let is_news = happened.when == When::Now && happened.whose == Whose::Others;
    let is_own = is_news && !what.doer()?.is_of_relay() && is_said_in(room, &what);
    let mut payload = format!("{origin} ").into_bytes();
    Event { id, time, what }.encode(&mut payload);
    // The engine counts bytes, and wants no end of line.
    payload.pop();
    is_own.then_some(payload)
}

/// True for what was said or done in this room.
pub(super) fn is_said_in(room: &Room, what: &EventKind) -> bool {
    let is_said = matches!(what, EventKind::Said(..) | EventKind::Did(..));
    is_said && what.kept_in().map(Room::folded) == Some(room.folded())
}

/// What to say here of what was said elsewhere.
///
/// # Errors
/// It is not said, and this is why.
pub(super) fn inward(
    here: &Name,
    room: &Room,
    seen: &mut Seen,
    payload: &[u8],
) -> Result<Command, String> {
    let (origin, Event { id, what, .. }) =
        read(room, payload).ok_or("what came is not from a relay")?;
    let (name, colon, text, command): (_, _, _, fn(Text) -> Command) = match &what {
        EventKind::Said(_, name, text) => (name, ":", text, Command::Say),
        EventKind::Did(_, name, text) => (name, "", text, Command::Do),
        _ => return Err("what came was not said".into()),
    };
    if origin.folded() == here.folded() {
        return Err(format!("another server is called {origin} too"));
    }
    if name.is_of_relay() || !seen.past(id, room) {
        return Err(format!("what {name}@{origin} said came twice, or late"));
    }
    let said = Text::new(&format!("{name}@{origin}{colon} {text}")).map(command);
    said.map_err(|fault| format!("of {name}@{origin}: {fault}"))
}

/// At which server it happened, and what was said or done in this room.
fn read(room: &Room, payload: &[u8]) -> Option<(Name, Event)> {
    let (origin, line) = std::str::from_utf8(payload).ok()?.split_once(' ')?;
    let (origin, line) = (Name::parse(origin).ok()?, ServerLine::decode(line).ok()?);
    match line.body {
        ServerLine::Event(event) if is_said_in(room, &event.what) => Some((origin, event)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Id, UnixMs};

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn happened(what: EventKind) -> Happened {
        Happened {
            id: Id::parse("b.7").unwrap(),
            time: UnixMs(9),
            what,
            when: When::Now,
            whose: Whose::Others,
        }
    }

    fn said(name: &str, text: &str) -> EventKind {
        EventKind::Said(Room::lobby(), self::name(name), Text::new(text).unwrap())
    }

    fn out(happened: Happened) -> Option<String> {
        outward(&name("north"), &Room::lobby(), happened)
            .map(|payload| String::from_utf8(payload).unwrap())
    }

    #[track_caller]
    fn refused(payload: impl AsRef<[u8]>, expected: &str) {
        let mut seen = Seen::default();
        let why = inward(&name("south"), &Room::lobby(), &mut seen, payload.as_ref())
            .expect_err(expected);
        assert!(why.contains(expected), "{why}");
    }

    #[test]
    fn what_is_said_goes_out_and_comes_in_under_both_names() {
        let payload = out(happened(said("anna", "hi\nthere"))).unwrap();
        assert_eq!(payload, "north SAID b.7 9 lobby anna hi\\nthere");
        let mut seen = Seen::default();
        let command = inward(
            &name("south"),
            &Room::lobby(),
            &mut seen,
            payload.as_bytes(),
        );
        let text = Text::new("anna@north: hi\nthere").unwrap();
        assert_eq!(command, Ok(Command::Say(text)));
        let did = EventKind::Did(Room::lobby(), name("anna"), Text::new("waves").unwrap());
        let payload = out(happened(did)).unwrap();
        let command = inward(
            &name("south"),
            &Room::lobby(),
            &mut Seen::default(),
            payload.as_bytes(),
        );
        let text = Text::new("anna@north waves").unwrap();
        assert_eq!(command, Ok(Command::Do(text)));
    }

    #[test]
    fn what_is_no_news_or_not_said_to_a_room_or_said_by_a_relay_stays_at_home() {
        let (lobby, anna) = (Room::lobby(), name("anna"));
        let hi = Text::new("hi").unwrap();
        for what in [
            EventKind::Came(lobby.clone(), anna.clone()),
            EventKind::Told(anna.clone(), anna.clone(), hi.clone()),
            EventKind::Notice(Some(lobby), hi.clone()),
            said("~lobby", "anna@south: hi"),
            EventKind::Said(Room::parse("maths").unwrap(), anna, hi),
        ] {
            assert_eq!(out(happened(what)), None);
        }
        let past = Happened {
            when: When::Past,
            ..happened(said("anna", "hi"))
        };
        assert_eq!(out(past), None);
        let mine = Happened {
            whose: Whose::Mine(None),
            ..happened(said("anna", "hi"))
        };
        assert_eq!(out(mine), None);
    }

    #[test]
    fn nothing_that_came_before_is_said_again_nor_what_comes_too_late() {
        let (south, mut seen) = (name("south"), Seen::default());
        let mut check = |payload: &str, is_new: bool| {
            let command = inward(&south, &Room::lobby(), &mut seen, payload.as_bytes());
            assert_eq!(command.is_ok(), is_new, "{payload}: {command:?}");
        };
        check("north SAID b.7 9 lobby anna hi", true);
        check("north SAID b.7 9 lobby anna hi", false);
        check("east SAID b.7 9 lobby anna hi", false);
        check("north SAID b.6 9 lobby anna hi", false);
        check("north SAID b.9 9 lobby anna hi", true);
        check("north SAID c.1 9 lobby anna hi", true);
    }

    #[test]
    fn what_is_hostile_is_said_by_nobody() {
        for foreign in [
            "",
            " ",
            "north",
            "north ",
            "north SAID",
            "north SAID b.7 9 lobby anna",
            "north SAID b.7 9 lobby anna a\nb",
            "north SAID b.7 9 lobby anna a\u{1b}[2J",
            "north SAID b.7 9 lobby anna a\\u{41}",
            "north SAID b.7 9 lobby anna@east hi",
            "north SAID b.7 9 lobby an\u{202e}na hi",
            "no@rth SAID b.7 9 lobby anna hi",
            "north NOTICE b.7 9 lobby hi",
            "north LEFT b.7 9 lobby anna quit",
            "north SAID b.7 9 maths anna hi",
            "north OK",
            "north WONDERED b.7 9 lobby anna hi",
        ] {
            refused(foreign, "not from a relay");
        }
        refused(b"north SAID b.7 9 lobby anna \xff", "not from a relay");
        refused("south SAID b.7 9 lobby anna hi", "called south too");
        refused("SOUTH SAID b.7 9 lobby anna hi", "called SOUTH too");
        refused("north SAID b.7 9 lobby ~lobby hi", "came twice");
        let long = format!("north SAID b.7 9 lobby anna {}", "x".repeat(15 * 1024));
        refused(long, "of anna@north: a text of");
    }

    #[test]
    fn a_room_is_one_word_of_a_subject() {
        #[track_caller]
        fn check(room: &str, expected: &str) {
            assert_eq!(subject("Chalk", &Room::parse(room).unwrap()), expected);
        }
        check("lobby", "chalk.lobby");
        check("Class-4_b", "chalk.class-4_b");
        check("a.>*%", "chalk.a%2e%3e%2a%25");
        check("ÄON", "chalk.%c3%a4on");
    }
}
