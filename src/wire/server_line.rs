//! What a server sends.

use super::fault::{Code, Fault};
use super::fields::{Fields, Tag, Tagged, push, push_tag, push_with};
use super::number;
use super::text::{Phrase, Text};
use super::{Id, Name, Room, UnixMs};

/// What the greeting says of the bytes that follow: 1 to 16 of `a-z`.
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

    /// Parses a mode, known or not; `None` where it breaks the grammar.
    pub fn parse(text: &str) -> Option<Mode> {
        let fits = (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        fits.then(|| Mode(text.to_owned()))
    }

    /// The mode as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerLine {
    /// The first line.
    Greeting {
        /// The protocol's version.
        version: u64,
        /// What follows.
        mode: Mode,
        /// For people.
        sentence: Text,
    },
    /// Something happened.
    Event(Event),
    /// A request was done; the id of the first event it caused, where it caused any.
    Ok(Option<Id>),
    /// A request was not done.
    Error {
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
    /// The answer to a ping of ours.
    Pong(Option<Phrase>),
    /// To be answered with [`Request::Pong`](super::Request::Pong).
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
    /// They have ended.
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
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// You are in, under this name.
    Welcome(Name, Text),
    /// You have entered this room; how many are in it, and its topic.
    Room(Room, u64, Option<Phrase>),
    /// A person said something to the room.
    Said(Room, Name, Text),
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

impl ServerLine {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// What is wrong with it. [`Code::UNKNOWN_VERB`] is news of a newer server, and to be skipped.
    pub fn decode(line: &str) -> Result<Tagged<ServerLine>, Fault> {
        let mut fields = Fields::of(line)?;
        let tag = fields.tag()?;
        let verb = fields.word("a verb")?;
        let body = ServerLine::body(verb, &mut fields)?;
        fields.end()?;
        let tagged_ever = !matches!(
            body,
            ServerLine::Greeting { .. } | ServerLine::Ping(_) | ServerLine::Bye { .. }
        );
        if tag.is_some() && !tagged_ever {
            return Err(Fault::at(Code::BAD_TAG, 1, "this line never has a tag"));
        }
        Ok(Tagged { tag, body })
    }

    fn body(verb: &str, fields: &mut Fields<'_>) -> Result<ServerLine, Fault> {
        Ok(match verb {
            "CHALKTALK" => ServerLine::Greeting {
                version: fields.number()?,
                mode: mode(fields)?,
                sentence: fields.text("a sentence")?,
            },
            "OK" => ServerLine::Ok(if fields.more() {
                Some(fields.id()?)
            } else {
                None
            }),
            "ERROR" => ServerLine::Error {
                code: fields.code()?,
                sentence: fields.text("a sentence")?,
            },
            "BYE" => ServerLine::Bye {
                code: fields.code()?,
                sentence: fields.text("a sentence")?,
            },
            "PING" => ServerLine::Ping(fields.text_if_more("a phrase")?),
            "PONG" => ServerLine::Pong(fields.text_if_more("a phrase")?),
            "WHO" => ServerLine::Who(fields.room()?, fields.name()?),
            "ROOMS" => ServerLine::Rooms(
                fields.room()?,
                fields.number()?,
                fields.text_if_more("a topic")?,
            ),
            "HELP" => ServerLine::Help(fields.text("a text")?),
            "HISTORY" => ServerLine::HistoryBegins(fields.room()?, fields.number()?),
            "END" => ServerLine::HistoryEnds(fields.room()?),
            _ => ServerLine::Event(Event::decode(verb, fields)?),
        })
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, tag: Option<&Tag>, out: &mut Vec<u8>) {
        push_tag(tag, out);
        match self {
            ServerLine::Greeting {
                version,
                mode,
                sentence,
            } => {
                push(
                    out,
                    "CHALKTALK",
                    &[&version.to_string(), mode.as_str(), sentence.written()],
                );
            }
            ServerLine::Event(event) => return event.encode(out),
            ServerLine::Ok(id) => {
                push(out, "OK", &[]);
                if let Some(id) = id {
                    out.push(b' ');
                    id.push(out);
                }
            }
            ServerLine::Error { code, sentence } => {
                push(out, "ERROR", &[code.as_str(), sentence.written()]);
            }
            ServerLine::Bye { code, sentence } => {
                push(out, "BYE", &[code.as_str(), sentence.written()]);
            }
            ServerLine::Ping(phrase) => push_with(out, "PING", &[], phrase.as_ref()),
            ServerLine::Pong(phrase) => push_with(out, "PONG", &[], phrase.as_ref()),
            ServerLine::Who(room, name) => push(out, "WHO", &[room.as_str(), name.as_str()]),
            ServerLine::Rooms(room, people, topic) => {
                push_with(
                    out,
                    "ROOMS",
                    &[room.as_str(), &people.to_string()],
                    topic.as_ref(),
                );
            }
            ServerLine::Help(text) => push(out, "HELP", &[text.written()]),
            ServerLine::HistoryBegins(room, count) => {
                push(out, "HISTORY", &[room.as_str(), &count.to_string()]);
            }
            ServerLine::HistoryEnds(room) => push(out, "END", &[room.as_str()]),
        }
        out.push(b'\n');
    }
}

fn mode(fields: &mut Fields<'_>) -> Result<Mode, Fault> {
    let word = fields.word("a mode")?;
    Mode::parse(word).ok_or_else(|| Fault::new(Code::BAD_CODE, "a mode is 1 to 16 of a-z"))
}

impl Event {
    fn decode(verb: &str, fields: &mut Fields<'_>) -> Result<Event, Fault> {
        // Asked first: of a verb that is not ours nothing else is known.
        let read =
            What::reader(verb).ok_or_else(|| Fault::new(Code::UNKNOWN_VERB, "no such verb"))?;
        let (id, time) = (fields.id()?, fields.time()?);
        Ok(Event {
            id,
            time,
            what: read(fields)?,
        })
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (verb, room) = self.what.verb_and_room();
        out.extend_from_slice(verb.as_bytes());
        out.push(b' ');
        self.id.push(out);
        out.push(b' ');
        number::push(self.time.0, out);
        out.push(b' ');
        let room = room.map_or("*", Room::as_str);
        match &self.what {
            What::Welcome(name, text) => push(out, room, &[name.as_str(), text.written()]),
            What::Room(_, people, topic) => {
                push_with(out, room, &[&people.to_string()], topic.as_ref());
            }
            What::Said(_, name, text) => push(out, room, &[name.as_str(), text.written()]),
            What::Told(from, to, text) => {
                push(out, room, &[from.as_str(), to.as_str(), text.written()]);
            }
            What::Came(_, name) => push(out, room, &[name.as_str()]),
            What::Left(_, name, code, words) => {
                push_with(out, room, &[name.as_str(), code.as_str()], words.as_ref());
            }
            What::Renamed(_, old, new) => push(out, room, &[old.as_str(), new.as_str()]),
            What::Topic(_, name, topic) => push_with(out, room, &[name.as_str()], topic.as_ref()),
            What::Notice(_, text) => push(out, room, &[text.written()]),
        }
        out.push(b'\n');
    }
}

type Read = fn(&mut Fields<'_>) -> Result<What, Fault>;

impl What {
    fn reader(verb: &str) -> Option<Read> {
        Some(match verb {
            "WELCOME" => |f| {
                f.star()?;
                Ok(What::Welcome(f.name()?, f.text("a text")?))
            },
            "ROOM" => |f| {
                Ok(What::Room(
                    f.room()?,
                    f.number()?,
                    f.text_if_more("a topic")?,
                ))
            },
            "SAID" => |f| Ok(What::Said(f.room()?, f.name()?, f.text("a text")?)),
            "TOLD" => |f| {
                f.star()?;
                Ok(What::Told(f.name()?, f.name()?, f.text("a text")?))
            },
            "CAME" => |f| Ok(What::Came(f.room()?, f.name()?)),
            "LEFT" => |f| {
                Ok(What::Left(
                    f.room()?,
                    f.name()?,
                    f.code()?,
                    f.text_if_more("words")?,
                ))
            },
            "RENAMED" => |f| Ok(What::Renamed(f.room()?, f.name()?, f.name()?)),
            "TOPIC" => |f| {
                Ok(What::Topic(
                    f.room()?,
                    f.name()?,
                    f.text_if_more("a topic")?,
                ))
            },
            "NOTICE" => |f| Ok(What::Notice(f.room_or_star()?, f.text("a text")?)),
            _ => return None,
        })
    }

    fn verb_and_room(&self) -> (&'static str, Option<&Room>) {
        match self {
            What::Welcome(..) => ("WELCOME", None),
            What::Room(room, ..) => ("ROOM", Some(room)),
            What::Said(room, ..) => ("SAID", Some(room)),
            What::Told(..) => ("TOLD", None),
            What::Came(room, _) => ("CAME", Some(room)),
            What::Left(room, ..) => ("LEFT", Some(room)),
            What::Renamed(room, ..) => ("RENAMED", Some(room)),
            What::Topic(room, ..) => ("TOPIC", Some(room)),
            What::Notice(room, _) => ("NOTICE", room.as_ref()),
        }
    }

    /// The room it happened in, where it has one.
    pub fn room(&self) -> Option<&Room> {
        self.verb_and_room().1
    }
}

#[cfg(test)]
mod tests;
