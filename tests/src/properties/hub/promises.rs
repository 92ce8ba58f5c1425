//! The promises of the protocol's page, looked for in what connections have read.

use chalktalk::wire::{
    Code, Event, EventKind, LINE_BYTES_MAX, Name, Room, ServerLine, Tag, Tagged, Text,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;

type Line = Tagged<ServerLine>;

/// What one connection has read, with what it knows from that of itself.
struct Reader {
    lines: Vec<Line>,
    /// Events as they happened: those shown again as history are not among them.
    events: Vec<Event>,
    stays: Vec<Stay>,
    name: Option<Name>,
}

/// The time that one connection was in one room.
struct Stay {
    room: Room,
    /// The id of ROOM.
    from: u64,
    /// That of LEFT.
    to: Option<u64>,
    /// Whom comings and goings are told, and from which event on.
    told: BTreeMap<u64, Told>,
}

/// Whom a room's comings and goings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    ToAll,
    ToTheOne,
}

impl Stay {
    /// Whom the last of these events was told, if it was a coming or a going.
    fn told(&self, events: impl RangeBounds<u64>) -> Option<Told> {
        self.told.range(events).next_back().map(|(_, told)| *told)
    }

    /// A NOTICE to the room: what it says holds from the coming or going on that it follows.
    fn is_noticed(&mut self, event: &Event, notice: &str) {
        let count = event.id.count;
        let told = if notice.starts_with("more than ") {
            Told::ToTheOne
        } else {
            Told::ToAll
        };
        let news = self.told(..) != Some(told);
        let newcomer = told == Told::ToTheOne && self.from + 2 == count;
        assert!(news || newcomer, "told already: {event:?}");
        self.told.insert(count - 1, told);
    }
}

/// Looks for the promises in what each connection has read and in the tags of what it asked; and those who are
/// there should be whom these lines tell of. Comings and goings are told in rooms of up to so many people.
pub fn kept(streams: &[(&[u8], &[Tag])], mut people: Vec<(Name, Room)>, announced_max: usize) {
    let mut happened: BTreeMap<u64, Event> = BTreeMap::new();
    let mut readers = Vec::new();
    for (bytes, asked) in streams {
        let reader = Reader::of(bytes, announced_max);
        every_tag_is_answered_once(&reader.lines, asked);
        answers_come_before_events(&reader.lines);
        for event in &reader.events {
            let same = happened
                .entry(event.id.count)
                .or_insert_with(|| event.clone());
            assert_eq!(same, event, "one id, one event");
        }
        readers.push(reader);
    }
    let mut here = Vec::new();
    for reader in &readers {
        history_is_what_happened(&reader.lines, &happened);
        for stay in &reader.stays {
            nothing_is_missing(reader, stay, &happened);
        }
        whisper_is_for_two(reader);
        let stay = reader.stays.last().filter(|stay| stay.to.is_none());
        here.extend(reader.name.clone().zip(stay.map(|stay| stay.room.clone())));
    }
    here.sort();
    people.sort();
    assert_eq!(here, people, "everybody knows where they are and who");
}

impl Reader {
    fn of(bytes: &[u8], announced_max: usize) -> Reader {
        let mut reader = Reader {
            lines: lines_of(bytes),
            events: Vec::new(),
            stays: Vec::new(),
            name: None,
        };
        let mut past = false;
        for at in 0..reader.lines.len() {
            match reader.lines[at].body.clone() {
                ServerLine::HistoryBegins(..) => past = true,
                ServerLine::HistoryEnds(_) => past = false,
                ServerLine::Event(event) if past => {
                    let last = reader.events.last().map(|last| last.id.count);
                    assert!(
                        Some(event.id.count) <= last,
                        "history is what one has not missed: {event:?}"
                    );
                }
                ServerLine::Event(event) => reader.happens(event, announced_max),
                ServerLine::Bye { .. } => {
                    assert_eq!(at + 1, reader.lines.len(), "BYE is the last line");
                    reader.ends();
                }
                ServerLine::Greeting { .. } => assert_eq!(at, 0, "the greeting comes first"),
                _ => assert_ne!(at, 0, "the greeting comes first"),
            }
        }
        assert!(!past, "history has an end");
        reader
    }

    fn happens(&mut self, event: Event, announced_max: usize) {
        let last = self.events.last().map_or(0, |last| last.id.count);
        assert!(event.id.count > last, "ids rise: {last} and then {event:?}");
        let mine = |name: &Name| self.name.as_ref() == Some(name);
        match &event.what {
            EventKind::Welcome(name, _) => {
                assert_eq!(self.name, None, "one is welcomed once");
                self.name = Some(name.clone());
            }
            EventKind::Renamed(_, old, new) if mine(old) => self.name = Some(new.clone()),
            EventKind::Room(room, people, _) => {
                let out = self.stays.last().is_none_or(|stay| stay.to.is_some());
                assert!(out, "one leaves a room before one enters another");
                let told = if *people <= announced_max as u64 {
                    Told::ToAll
                } else {
                    Told::ToTheOne
                };
                self.stays.push(Stay {
                    room: room.clone(),
                    from: event.id.count,
                    to: None,
                    told: BTreeMap::from([(event.id.count, told)]),
                });
            }
            EventKind::Left(_, name, ..) if mine(name) => {
                let stay = self.stays.last_mut().expect("a room");
                stay.to = Some(event.id.count);
            }
            EventKind::Notice(Some(_), text) => {
                let stay = self.stays.last_mut().expect("a room");
                stay.is_noticed(&event, &text.to_string());
            }
            _ => {}
        }
        if !matches!(event.what, EventKind::Welcome(..)) {
            let stay = self
                .stays
                .last()
                .expect("who has no name yet sees no event");
            let here = room_of(&event.what).is_none_or(|room| *room == stay.room);
            let still = stay.to.is_none_or(|to| to == event.id.count);
            assert!(here && still, "one sees only one's own room: {event:?}");
        }
        self.events.push(event);
    }

    fn ends(&mut self) {
        let stops = |line: &Line| matches!(&line.body, ServerLine::Bye { code, .. } if *code == Code::STOPPING);
        let told = self.lines.last().is_some_and(stops);
        if let Some(stay) = self.stays.last_mut() {
            // Only when all go at once is nobody told.
            assert!(told != stay.to.is_some(), "who leaves is seen to leave");
            stay.to.get_or_insert(u64::MAX);
        }
    }
}

fn lines_of(bytes: &[u8]) -> Vec<Line> {
    let decoded = |line: &[u8]| {
        assert!(line.len() <= LINE_BYTES_MAX, "{} bytes", line.len());
        let (end, text) = line.split_last().expect("a line");
        assert_eq!(*end, b'\n');
        let text = std::str::from_utf8(text).expect("UTF-8");
        let line = ServerLine::decode(text);
        line.unwrap_or_else(|fault| panic!("{fault}: {text}"))
    };
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.map(decoded).collect()
}

/// One `OK` or `ERROR` for each tagged request that was handled, the last line with that tag, in the order asked.
fn every_tag_is_answered_once(lines: &[Line], asked: &[Tag]) {
    let is_last = |line: &&Line| matches!(line.body, ServerLine::Ok(_) | ServerLine::Error { .. });
    let answers = lines
        .iter()
        .filter(is_last)
        .filter_map(|line| line.tag.clone());
    assert_eq!(answers.collect::<Vec<_>>(), asked);
    let mut open: Option<&Tag> = None;
    for line in lines.iter().filter(|line| line.tag.is_some()) {
        assert!(
            open.is_none() || open == line.tag.as_ref(),
            "one answer after the other"
        );
        open = if is_last(&line) {
            None
        } else {
            line.tag.as_ref()
        };
    }
    assert_eq!(open, None, "an answer ends with OK or ERROR");
}

/// What an `OK` names is still to come, and does.
fn answers_come_before_events(lines: &[Line]) {
    let mut promised = None;
    let mut past = false;
    for line in lines {
        match &line.body {
            ServerLine::Ok(Some(id)) => {
                assert_eq!(promised, None, "the one before has come");
                promised = Some(*id);
            }
            ServerLine::HistoryBegins(..) => past = true,
            ServerLine::HistoryEnds(_) => past = false,
            ServerLine::Event(event) if !past && promised.is_some() => {
                assert_eq!(
                    promised.take(),
                    Some(event.id),
                    "OK comes right before its event"
                );
            }
            _ => {}
        }
    }
    assert_eq!(promised, None);
}

/// Between HISTORY and END: as many events as it says, oldest first, as they were when they happened.
fn history_is_what_happened(lines: &[Line], happened: &BTreeMap<u64, Event>) {
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let ServerLine::HistoryBegins(room, count) = &line.body else {
            continue;
        };
        let mut last = 0;
        for _ in 0..*count {
            let shown = lines.next().expect("as many as it says");
            assert_eq!(shown.tag, line.tag);
            let ServerLine::Event(event) = &shown.body else {
                panic!("{shown:?} in history");
            };
            assert!(event.id.count > last, "oldest first");
            last = event.id.count;
            let kept = is_kept(&event.what) && room_of(&event.what) == Some(room);
            assert!(kept, "{event:?} in history");
            // The operator needs nobody in a room to set its topic.
            let doer = event.what.doer().map(Name::as_str);
            let seen = happened.get(&event.id.count);
            let unseen = seen.is_none() && doer == Some("operator");
            assert!(unseen || seen == Some(event), "{event:?} is {seen:?}");
        }
        let end = lines.next().expect("an end");
        assert_eq!(
            (&end.tag, &end.body),
            (&line.tag, &ServerLine::HistoryEnds(room.clone()))
        );
    }
}

/// While somebody was in a room it has read all that anybody has read of it. Since the order of ids is the order of
/// everyone's events, all have read it in the same order.
fn nothing_is_missing(reader: &Reader, stay: &Stay, happened: &BTreeMap<u64, Event>) {
    let counts = |event: &&Event| {
        let count = event.id.count;
        let told_to_all = match event.what {
            EventKind::Said(..)
            | EventKind::Did(..)
            | EventKind::Renamed(..)
            | EventKind::Topic(..) => true,
            // One is told alone that a whisper may not have arrived; the rest is for everybody.
            EventKind::Notice(None, ref text) => !is_about_a_whisper(text),
            EventKind::Came(..) | EventKind::Left(..) => stay.told(..=count) == Some(Told::ToAll),
            // Of a room that was large already, only its newcomers are told so.
            EventKind::Notice(Some(_), _) => {
                let before = stay.told(..count.saturating_sub(1));
                before == Some(Told::ToAll) || stay.told(..=count) == Some(Told::ToAll)
            }
            EventKind::Welcome(..) | EventKind::Room(..) | EventKind::Told(..) => false,
        };
        let here = room_of(&event.what).is_none_or(|room| *room == stay.room);
        let then = count > stay.from && stay.to.is_none_or(|to| count <= to);
        told_to_all && here && then
    };
    let id = |event: &Event| event.id.count;
    let all: Vec<_> = happened.values().filter(counts).map(id).collect();
    let mine: Vec<_> = reader.events.iter().filter(counts).map(id).collect();
    assert_eq!(mine, all, "of {} from {} on", stay.room, stay.from);
}

/// Nobody reads what was told to others.
fn whisper_is_for_two(reader: &Reader) {
    let mut names = BTreeSet::new();
    for event in &reader.events {
        match &event.what {
            EventKind::Welcome(name, _) => drop(names.insert(name.clone())),
            EventKind::Renamed(_, old, new) if names.contains(old) => {
                names.insert(new.clone());
            }
            EventKind::Told(from, to, _) => {
                assert!(names.contains(from) || names.contains(to), "{event:?}");
            }
            _ => {}
        }
    }
}

/// What those are told who whispered to somebody whose connection turned out dead.
fn is_about_a_whisper(text: &Text) -> bool {
    text.to_string().contains(" may not have arrived: ")
}

/// Of whom the history of a room may tell. Every kind stands here, so that a new one is thought of.
fn is_kept(what: &EventKind) -> bool {
    match what {
        EventKind::Said(..) | EventKind::Did(..) => true,
        EventKind::Renamed(..) | EventKind::Topic(..) => true,
        EventKind::Welcome(..) | EventKind::Room(..) | EventKind::Told(..) => false,
        EventKind::Came(..) | EventKind::Left(..) | EventKind::Notice(..) => false,
    }
}

/// The room in which it happened, if it has one.
fn room_of(what: &EventKind) -> Option<&Room> {
    match what {
        EventKind::Welcome(..) | EventKind::Told(..) => None,
        EventKind::Room(room, ..) | EventKind::Said(room, ..) => Some(room),
        EventKind::Did(room, ..) | EventKind::Came(room, _) => Some(room),
        EventKind::Left(room, ..) | EventKind::Renamed(room, ..) | EventKind::Topic(room, ..) => {
            Some(room)
        }
        EventKind::Notice(room, _) => room.as_ref(),
    }
}
