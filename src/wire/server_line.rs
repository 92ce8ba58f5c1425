//! Server lines: greeting, replies, rows and events.
//!
//! Each verb is one row of two tables: first the lines that are no events, then the events, which all carry an id
//! and a time before the fields of their row. Verbs are read in capitals only.
//!
//! Ruled out: one table for both. An [`Event`] is encoded and kept on its own, without being a [`ServerLine`] first.

use super::fault::{Code, Fault};
use super::fields::{Field, Fields, Read, verbs};
use super::line::{Tag, Tagged, push_tag};
use super::name::{Id, Name, Room, UnixMs};
use super::text::{Phrase, Text};

/// The kind of bytes that follow the greeting: 1 to 16 of `a-z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode(String);

impl Mode {
    /// Plain lines.
    pub fn open() -> Mode {
        Mode("open".into())
    }

    /// Plain lines inside sealed frames.
    pub fn noise() -> Mode {
        Mode("noise".into())
    }

    /// Parses a mode, known or not; `None` if it breaks the grammar.
    pub fn parse(text: &str) -> Option<Mode> {
        let fits = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        fits.then(|| Mode(text.to_owned()))
    }

    /// The mode as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(fields: &mut Fields<'_>) -> Result<Mode, Fault> {
        let word = fields.word("a mode")?;
        Mode::parse(word).ok_or_else(|| Fault::new(Code::BAD_CODE, "a mode is 1 to 16 of a-z"))
    }
}

/// A line from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerLine {
    /// The first line.
    Greeting {
        /// The protocol's version.
        version: u64,
        /// The kind of bytes that follow.
        mode: Mode,
        /// For people.
        sentence: Text,
    },
    /// Something happened.
    Event(Event),
    /// A request was done; the id of the first event that it caused, if it caused any.
    Ok(Option<Id>),
    /// A request was not done.
    Error {
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
    /// The answer to a client's ping.
    Pong(Option<Phrase>),
    /// Asks for a [`Request::Pong`](super::Request::Pong).
    Ping(Option<Phrase>),
    /// The last line.
    Bye {
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
    /// A row of WHO.
    Who(Room, Name),
    /// A row of ROOMS: how many people, which topic.
    Rooms(Room, u64, Option<Phrase>),
    /// A row of HELP.
    Help(Text),
    /// So many past events of the room follow.
    HistoryBegins(Room, u64),
    /// The past events have ended.
    HistoryEnds(Room),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which event it is.
    pub id: Id,
    /// When it happened.
    pub time: UnixMs,
    /// What happened, and in which room.
    pub what: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// You are in, under this name.
    Welcome(Name, Text),
    /// You have entered this room; how many are in it, and its topic.
    Room(Room, u64, Option<Phrase>),
    /// A person said something to the room.
    Said(Room, Name, Text),
    /// A person did something in the room.
    Did(Room, Name, Text),
    /// The first said something to the second alone.
    Told(Name, Name, Text),
    /// A person has entered.
    Came(Room, Name),
    /// A person has left: why, and their own or the operator's words, or the room they moved to.
    Left(Room, Name, Code, Option<Phrase>),
    /// The first name became the second.
    Renamed(Room, Name, Name),
    /// A person has set the topic, or removed it.
    Topic(Room, Name, Option<Phrase>),
    /// The server or its operator says something to a room, or to all.
    Notice(Option<Room>, Text),
}

verbs! { ServerLine: (&'static str, Read<ServerLine>);
    "CHALKTALK",
        |f| ServerLine::Greeting {
            version: f.number()?,
            mode: Mode::read(f)?,
            sentence: f.text("a sentence")?,
        },
        ServerLine::Greeting { version, mode, sentence } => [version, mode.as_str(), sentence];
    "OK",
        |f| ServerLine::Ok(f.if_more(Fields::id)?),
        ServerLine::Ok(id) => [id];
    "ERROR",
        |f| ServerLine::Error { code: f.code()?, sentence: f.text("a sentence")? },
        ServerLine::Error { code, sentence } => [code, sentence];
    "PONG",
        |f| ServerLine::Pong(f.if_more(|f| f.text("a phrase"))?),
        ServerLine::Pong(phrase) => [phrase];
    "PING",
        |f| ServerLine::Ping(f.if_more(|f| f.text("a phrase"))?),
        ServerLine::Ping(phrase) => [phrase];
    "BYE",
        |f| ServerLine::Bye { code: f.code()?, sentence: f.text("a sentence")? },
        ServerLine::Bye { code, sentence } => [code, sentence];
    "WHO",
        |f| ServerLine::Who(f.room()?, f.name()?),
        ServerLine::Who(room, name) => [room, name];
    "ROOMS",
        |f| ServerLine::Rooms(f.room()?, f.number()?, f.if_more(|f| f.text("a topic"))?),
        ServerLine::Rooms(room, people, topic) => [room, people, topic];
    "HELP",
        |f| ServerLine::Help(f.text("a text")?),
        ServerLine::Help(text) => [text];
    "HISTORY",
        |f| ServerLine::HistoryBegins(f.room()?, f.number()?),
        ServerLine::HistoryBegins(room, count) => [room, count];
    "END",
        |f| ServerLine::HistoryEnds(f.room()?),
        ServerLine::HistoryEnds(room) => [room];
    else ServerLine::Event(event) => event.encode;
}

verbs! { EventKind: (&'static str, Read<EventKind>);
    "WELCOME",
        |f| { f.star()?; EventKind::Welcome(f.name()?, f.text("a text")?) },
        EventKind::Welcome(name, text) => ["*", name, text];
    "ROOM",
        |f| EventKind::Room(f.room()?, f.number()?, f.if_more(|f| f.text("a topic"))?),
        EventKind::Room(room, people, topic) => [room, people, topic];
    "SAID",
        |f| EventKind::Said(f.room()?, f.name()?, f.text("a text")?),
        EventKind::Said(room, name, text) => [room, name, text];
    "DID",
        |f| EventKind::Did(f.room()?, f.name()?, f.text("a text")?),
        EventKind::Did(room, name, text) => [room, name, text];
    "TOLD",
        |f| { f.star()?; EventKind::Told(f.name()?, f.name()?, f.text("a text")?) },
        EventKind::Told(from, to, text) => ["*", from, to, text];
    "CAME",
        |f| EventKind::Came(f.room()?, f.name()?),
        EventKind::Came(room, name) => [room, name];
    "LEFT",
        |f| EventKind::Left(f.room()?, f.name()?, f.code()?, f.if_more(|f| f.text("words"))?),
        EventKind::Left(room, name, code, words) => [room, name, code, words];
    "RENAMED",
        |f| EventKind::Renamed(f.room()?, f.name()?, f.name()?),
        EventKind::Renamed(room, old, new) => [room, old, new];
    "TOPIC",
        |f| EventKind::Topic(f.room()?, f.name()?, f.if_more(|f| f.text("a topic"))?),
        EventKind::Topic(room, name, topic) => [room, name, topic];
    "NOTICE",
        |f| EventKind::Notice(f.room_or_star()?, f.text("a text")?),
        EventKind::Notice(room, text) => [room.as_ref().map_or("*", Room::as_str), text];
}

impl ServerLine {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// What is wrong with it. [`Code::UNKNOWN_VERB`] is news of a newer server: skip the line.
    pub fn decode(line: &str) -> Result<Tagged<ServerLine>, Fault> {
        let mut fields = Fields::of(line)?;
        let tag = fields.tag()?;
        let word = fields.word("a verb")?;
        let body = match ServerLine::VERBS.iter().find(|(verb, _)| *verb == word) {
            Some((_, read)) => read(&mut fields)?,
            None => ServerLine::Event(Event::decode(word, &mut fields)?),
        };
        fields.end()?;
        if tag.is_some() && !body.may_be_tagged() {
            return Err(Fault::at(Code::BAD_TAG, 1, "this line never has a tag"));
        }
        Ok(Tagged { tag, body })
    }

    /// Makes the last line of a connection, with as much of the sentence as fits.
    pub fn bye(code: Code, sentence: &str) -> ServerLine {
        let sentence = Text::cut(sentence);
        ServerLine::Bye { code, sentence }
    }

    /// True if this may be the answer to a tagged request. An event is one inside a tagged HISTORY.
    fn may_be_tagged(&self) -> bool {
        use ServerLine::*;
        match self {
            Ok(_) | Error { .. } | Pong(_) | Who(..) | Rooms(..) | Help(_) => true,
            HistoryBegins(..) | HistoryEnds(_) | Event(_) => true,
            Greeting { .. } | Ping(_) | Bye { .. } => false,
        }
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, tag: Option<&Tag>, out: &mut Vec<u8>) {
        push_tag(tag, out);
        self.push_line(&[], out);
    }
}

impl Event {
    fn decode(word: &str, fields: &mut Fields<'_>) -> Result<Event, Fault> {
        // Looked up before the id is read: of a verb that we do not know, nothing else is known either.
        let (_, read) = EventKind::VERBS
            .iter()
            .find(|(verb, _)| *verb == word)
            .ok_or_else(|| Fault::new(Code::UNKNOWN_VERB, "no such verb"))?;
        Ok(Event {
            id: fields.id()?,
            time: fields.number().map(UnixMs)?,
            what: read(fields)?,
        })
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.what.push_line(&[&self.id, &self.time], out);
    }
}

impl EventKind {
    /// Who did it, if it was a person.
    pub fn doer(&self) -> Option<&Name> {
        match self {
            EventKind::Said(_, name, _) | EventKind::Did(_, name, _) => Some(name),
            EventKind::Told(name, ..) => Some(name),
            EventKind::Came(_, name) | EventKind::Left(_, name, ..) => Some(name),
            EventKind::Renamed(_, name, _) | EventKind::Topic(_, name, _) => Some(name),
            EventKind::Welcome(..) | EventKind::Room(..) | EventKind::Notice(..) => None,
        }
    }

    /// The room whose history keeps it, if one does.
    pub fn kept_in(&self) -> Option<&Room> {
        match self {
            EventKind::Said(room, ..) | EventKind::Did(room, ..) => Some(room),
            EventKind::Renamed(room, ..) => Some(room),
            EventKind::Topic(room, ..) => Some(room),
            EventKind::Welcome(..) | EventKind::Room(..) | EventKind::Notice(..) => None,
            EventKind::Told(..) | EventKind::Came(..) | EventKind::Left(..) => None,
        }
    }
}

#[cfg(test)]
mod tests;
