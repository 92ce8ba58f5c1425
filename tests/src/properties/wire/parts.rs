//! Every message that can be made of a handful of words: so that no verb is forgotten, and that the tests with
//! drawn words and those with found ones try the same messages.

use chalktalk::wire::{
    Code, Event, EventKind, Id, Mode, Name, Phrase, Request, Room, ServerLine, Tag, Text, UnixMs,
};
use std::collections::BTreeSet;

/// What messages are made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Of a request and of its answer.
    pub tag: Option<Tag>,
    /// Of a person.
    pub name: Name,
    /// Of another.
    pub other: Name,
    /// Where.
    pub room: Room,
    /// What is said.
    pub text: Text,
    /// A topic, a goodbye, a fence.
    pub phrase: Phrase,
    /// Of an error, or of why somebody left.
    pub code: Code,
    /// Of a greeting.
    pub mode: Mode,
    /// How many.
    pub number: u64,
    /// Of an event.
    pub id: Id,
    /// Of an event.
    pub time: UnixMs,
}

impl Parts {
    /// Parts out of any words: each takes the next word where that is right for it, and otherwise something plain.
    pub fn of(words: &[&str]) -> Parts {
        let mut words = words.iter().copied();
        let mut next = || words.next().unwrap_or_default();
        let or_dash = |text: &str| Text::new(text).unwrap_or_else(|_| Text::cut(text));
        Parts {
            tag: Tag::parse(next()),
            name: Name::parse(next()).unwrap_or_else(|_| Name::parse("anna").expect("a name")),
            other: Name::parse(next()).unwrap_or_else(|_| Name::parse("bert").expect("a name")),
            room: Room::parse(next()).unwrap_or_else(|_| Room::lobby()),
            text: or_dash(next()),
            phrase: Phrase::cut(next()),
            code: Code::parse(next()).unwrap_or(Code::QUIT),
            mode: Mode::parse(next()).unwrap_or_else(Mode::open),
            number: next().parse().unwrap_or(u64::MAX),
            id: Id::parse(next()).unwrap_or_else(|| Id::parse("b.0").expect("an id")),
            time: UnixMs(next().parse().unwrap_or(u64::MAX)),
        }
    }

    /// Every request that can be made of them.
    pub fn requests(&self) -> Vec<Request> {
        let phrase = || Some(self.phrase.clone());
        let requests = vec![
            Request::Name(self.name.clone()),
            Request::Say(self.text.clone()),
            Request::Do(self.text.clone()),
            Request::Tell(self.name.clone(), self.text.clone()),
            Request::Join(self.room.clone()),
            Request::Topic(phrase()),
            Request::Topic(None),
            Request::Who(Some(self.room.clone())),
            Request::Who(None),
            Request::Rooms,
            Request::History(Some(self.number)),
            Request::History(None),
            Request::Replay(self.number),
            Request::Ping(phrase()),
            Request::Ping(None),
            Request::Pong(phrase()),
            Request::Pong(None),
            Request::Help,
            Request::Quit(phrase()),
            Request::Quit(None),
        ];
        let first = |request: &Request| {
            let mut line = Vec::new();
            request.encode(None, &mut line);
            let words = String::from_utf8(line).expect("UTF-8");
            words.split_whitespace().next().map(str::to_owned)
        };
        let made: BTreeSet<_> = requests.iter().filter_map(first).collect();
        let all = Request::verbs().map(|(verb, _)| verb.to_owned());
        assert_eq!(made, all.collect(), "every verb");
        requests
    }

    /// Every line of a server that can be made of them.
    pub fn server_lines(&self) -> Vec<ServerLine> {
        let (code, sentence) = (self.code.clone(), self.text.clone());
        let phrase = || Some(self.phrase.clone());
        let mut lines = vec![
            ServerLine::Greeting {
                version: self.number,
                mode: self.mode.clone(),
                sentence: sentence.clone(),
            },
            ServerLine::Ok(Some(self.id)),
            ServerLine::Ok(None),
            ServerLine::Error {
                code: code.clone(),
                sentence: sentence.clone(),
            },
            ServerLine::Bye { code, sentence },
            ServerLine::Ping(phrase()),
            ServerLine::Ping(None),
            ServerLine::Pong(phrase()),
            ServerLine::Pong(None),
            ServerLine::Who(self.room.clone(), self.name.clone()),
            ServerLine::Rooms(self.room.clone(), self.number, phrase()),
            ServerLine::Rooms(self.room.clone(), self.number, None),
            ServerLine::Help(self.text.clone()),
            ServerLine::HistoryBegins(self.room.clone(), self.number),
            ServerLine::HistoryEnds(self.room.clone()),
        ];
        lines.extend(self.events().into_iter().map(|what| {
            ServerLine::Event(Event {
                id: self.id,
                time: self.time,
                what,
            })
        }));
        let made: BTreeSet<u8> = lines.iter().map(kind).collect();
        assert_eq!(made, (0..KINDS).collect(), "every kind");
        lines
    }

    fn events(&self) -> Vec<EventKind> {
        let (name, other, room) = (
            || self.name.clone(),
            || self.other.clone(),
            || self.room.clone(),
        );
        let (text, phrase) = (|| self.text.clone(), || Some(self.phrase.clone()));
        vec![
            EventKind::Welcome(name(), text()),
            EventKind::Room(room(), self.number, phrase()),
            EventKind::Room(room(), self.number, None),
            EventKind::Said(room(), name(), text()),
            EventKind::Did(room(), name(), text()),
            EventKind::Told(name(), other(), text()),
            EventKind::Came(room(), name()),
            EventKind::Left(room(), name(), self.code.clone(), phrase()),
            EventKind::Left(room(), name(), self.code.clone(), None),
            EventKind::Renamed(room(), name(), other()),
            EventKind::Topic(room(), name(), phrase()),
            EventKind::Topic(room(), name(), None),
            EventKind::Notice(Some(room()), text()),
            EventKind::Notice(None, text()),
        ]
    }

    /// Is it an answer? The others never have a tag.
    pub fn may_be_tagged(line: &ServerLine) -> bool {
        !matches!(
            line,
            ServerLine::Greeting { .. } | ServerLine::Ping(_) | ServerLine::Bye { .. }
        )
    }
}

const KINDS: u8 = 21;

/// Does not compile when a kind is new, so that it is not forgotten above.
fn kind(line: &ServerLine) -> u8 {
    match line {
        ServerLine::Greeting { .. } => 0,
        ServerLine::Ok(_) => 1,
        ServerLine::Error { .. } => 2,
        ServerLine::Bye { .. } => 3,
        ServerLine::Ping(_) => 4,
        ServerLine::Pong(_) => 5,
        ServerLine::Who(..) => 6,
        ServerLine::Rooms(..) => 7,
        ServerLine::Help(_) => 8,
        ServerLine::HistoryBegins(..) => 9,
        ServerLine::HistoryEnds(_) => 10,
        ServerLine::Event(event) => match event.what {
            EventKind::Welcome(..) => 11,
            EventKind::Room(..) => 12,
            EventKind::Said(..) => 13,
            EventKind::Did(..) => 20,
            EventKind::Told(..) => 14,
            EventKind::Came(..) => 15,
            EventKind::Left(..) => 16,
            EventKind::Renamed(..) => 17,
            EventKind::Topic(..) => 18,
            EventKind::Notice(..) => 19,
        },
    }
}
