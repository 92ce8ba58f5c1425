//! A hub with people who are known by a word, and a clock that goes when it is told to.
//!
//! A story is text. A line of it is something done, and below it stands what everybody got of it:
//!
//! ```text
//! anna> SAY hi
//! anna bert< SAID b.7 0 lobby anna hi
//! ```
//!
//! What is done: `anna opens`, `anna opens from ADDRESS`, `anna> LINE`, `anna ends`, `anna breaks`, `anna has no more`,
//! `5 s pass`, `5 ms pass`, `5 s without us` (the server is stopped, and its clock with it), `the wall says 5`,
//! `kick anna WORDS`, `announce TEXT`, `stop`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::super::{Hub, Note, Now, Verdict};
use crate::server::limits::Limits;
use crate::server::outgoing::{ConnectionId, Outgoing, RoomId, Round, Step, StepKind, Unread};
use crate::wire::{Boot, Code, Mode, Name, Phrase, Request, Text, UnixMs};

/// See the module.
pub(super) struct House {
    pub(super) hub: Hub,
    pub(super) out: Outgoing,
    pub(super) now: Now,
    people: BTreeMap<ConnectionId, String>,
    /// In which room each is, as the steps say.
    seats: BTreeMap<ConnectionId, RoomId>,
    /// Who was closed, and what became of what they had not read.
    pub(super) closed: BTreeMap<String, Unread>,
    /// What the log was told.
    pub(super) notes: Vec<Note>,
}

impl House {
    pub(super) fn new(limits: Limits) -> House {
        House {
            hub: Hub::new(Boot::parse("b").unwrap(), limits),
            out: Outgoing::default(),
            now: Now::default(),
            people: BTreeMap::new(),
            seats: BTreeMap::new(),
            closed: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// A house with these people in the lobby. Each used up three ids: WELCOME, ROOM and CAME.
    pub(super) fn with(people: &str, limits: Limits) -> House {
        let mut house = House::new(limits);
        house.come(people);
        house
    }

    /// These people come into the lobby; what is sent of it is looked at elsewhere.
    pub(super) fn come(&mut self, people: &str) {
        for person in people.split_whitespace() {
            self.act(&format!("{person} opens"));
            self.act(&format!("{person}> NAME {person}"));
        }
        self.letters();
    }

    /// Does what the story does, and wants everybody to get what it says.
    #[track_caller]
    pub(super) fn story(&mut self, story: &str) {
        let lines = story.lines().map(str::trim_start);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let mut told = String::new();
        for action in lines.iter().filter(|line| !is_letter(line)) {
            let _ = writeln!(told, "{action}");
            if let Some(verdict) = self.act(action) {
                let _ = writeln!(told, "{verdict}");
            }
            told.push_str(&self.letters());
        }
        let expected = lines.join("\n") + "\n";
        assert!(told == expected, "it went\n\n{told}\nand not\n\n{expected}");
    }

    /// Sends a line, and leaves what comes of it in the list.
    pub(super) fn quietly(&mut self, person: &str, line: &str) {
        assert_eq!(self.line(person, line), None);
    }

    /// One line of a story, and what everybody got of it.
    pub(super) fn act_and_tell(&mut self, action: &str) -> String {
        self.act(action);
        self.letters()
    }

    /// One line of a story, whatever it brings.
    pub(super) fn act_and_forget(&mut self, action: &str) {
        self.act(action);
        self.letters();
    }

    /// What came of sending a line, for tests that do not tell a story.
    pub(super) fn sends(&mut self, person: &str, line: &str) -> String {
        let verdict = self.act(&format!("{person}> {line}"));
        let verdict = verdict.map_or_else(String::new, |verdict| verdict + "\n");
        verdict + &self.letters()
    }

    /// Bytes came, and no line.
    pub(super) fn hear(&mut self, person: &str, bytes: usize) {
        let id = self.id(person);
        self.hub.heard(id, bytes, self.now, &mut self.out);
    }

    fn id(&self, person: &str) -> ConnectionId {
        let mut people = self.people.iter();
        let found = people.rfind(|(_, name)| *name == person);
        *found.unwrap_or_else(|| panic!("nobody is {person}")).0
    }

    /// One line of a story. What it returns is a line too.
    fn act(&mut self, action: &str) -> Option<String> {
        if let Some((person, line)) = action.split_once("> ") {
            return self.line(person, line);
        }
        let (first, rest) = action.split_once(' ').unwrap_or((action, ""));
        match (first, rest) {
            ("kick", rest) => return self.kick(rest),
            ("announce", text) => {
                let text = Text::new(text).unwrap();
                self.hub.announce(&text, self.now, &mut self.out);
            }
            ("stop", _) => self.hub.stop("good night", &mut self.out),
            ("the", rest) => self.now.unix = UnixMs(number(rest.trim_start_matches("wall says "))),
            (time, "s pass") => self.pass(Duration::from_secs(number(time))),
            (time, "ms pass") => self.pass(Duration::from_millis(number(time))),
            (time, "s without us") => self.jump(Duration::from_secs(number(time))),
            (person, "opens") => return self.open(person, "192.0.2.1"),
            (person, "ends") => self.gone(person, Code::QUIT),
            (person, "breaks") => self.gone(person, Code::LOST),
            (person, "has no more") => self.hub.drained(self.id(person)),
            (person, rest) => {
                let from = rest.strip_prefix("opens from ");
                return self.open(person, from.unwrap_or_else(|| panic!("{action}?")));
            }
        }
        None
    }

    fn open(&mut self, person: &str, address: &str) -> Option<String> {
        let address: IpAddr = address.parse().unwrap();
        match self.hub.opened(address, self.now, &mut self.out) {
            Ok(id) => {
                self.hub.greet(id, Mode::open(), &mut self.out);
                self.people.insert(id, person.to_owned());
                None
            }
            Err(fault) => Some(format!("{person}< (refused: {})", fault.code)),
        }
    }

    fn line(&mut self, person: &str, line: &str) -> Option<String> {
        let id = self.id(person);
        self.hub.heard(id, line.len() + 1, self.now, &mut self.out);
        let asked = Request::decode(line);
        match self.hub.handle(id, &asked, self.now, &mut self.out) {
            Verdict::Handled => None,
            Verdict::Owes(time) => Some(format!("{person}< (owes {} ms)", time.as_millis())),
            Verdict::Gone => Some(format!("{person}< (gone)")),
        }
    }

    fn gone(&mut self, person: &str, code: Code) {
        let id = self.id(person);
        self.hub.gone(id, code, self.now, &mut self.out);
    }

    fn kick(&mut self, whom: &str) -> Option<String> {
        let (name, words) = whom.split_once(' ').unwrap_or((whom, ""));
        let words = Phrase::new(words).ok();
        let name = Name::parse(name).unwrap();
        let found = self.hub.kick(&name, words, self.now, &mut self.out);
        (!found).then(|| "kick< (nobody)".to_owned())
    }

    /// Time passes, and the clock comes by as often as it should.
    fn pass(&mut self, time: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let step = left.min(self.hub.limits().tick());
            self.jump(step);
            left -= step;
        }
    }

    /// Time passes, and the clock comes by when it has.
    pub(super) fn jump(&mut self, time: Duration) {
        self.now.monotonic += time;
        self.now.unix.0 += u64::try_from(time.as_millis()).unwrap();
        self.hub.tick(self.now, &mut self.out);
    }

    /// Delivers what waits. Who got the same stands together.
    pub(super) fn letters(&mut self) -> String {
        self.hub.check();
        self.notes.extend(self.hub.take_notes());
        let round = self.out.take(Round::default());
        let mut got: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, lines) in self.walk(&round) {
            got.entry(lines).or_default().push(self.people[&id].clone());
        }
        let mut told: Vec<_> = got
            .into_iter()
            .map(|(lines, people)| (people, lines))
            .collect();
        told.sort();
        let mut text = String::new();
        for (people, lines) in told {
            for line in lines.lines() {
                let _ = writeln!(text, "{}< {line}", people.join(" "));
            }
        }
        text
    }

    /// What each connection gets of a round, the simple way: step by step, and at last the rest of its room.
    fn walk(&mut self, round: &Round) -> BTreeMap<ConnectionId, String> {
        let mut got: BTreeMap<ConnectionId, Vec<u8>> = BTreeMap::new();
        let mut cursors: BTreeMap<ConnectionId, usize> = BTreeMap::new();
        let mut catch_up = |seat: Option<&RoomId>, who, at: usize, got: &mut Vec<u8>| {
            if let Some(buffer) = seat.and_then(|room| round.rooms.get(room)) {
                let cursor = cursors.entry(who).or_default();
                got.extend_from_slice(&buffer[std::mem::replace(cursor, at)..at]);
            } else {
                cursors.insert(who, at);
            }
        };
        for step in &round.steps {
            let Step { who, at, what } = step;
            match what {
                StepKind::Entered(room) => {
                    catch_up(None, *who, *at, &mut Vec::new());
                    assert_eq!(self.seats.insert(*who, *room), None, "it is in one room");
                }
                StepKind::Left => {
                    let got = got.entry(*who).or_default();
                    catch_up(self.seats.remove(who).as_ref(), *who, *at, got);
                }
                StepKind::Told(line) => {
                    let got = got.entry(*who).or_default();
                    catch_up(self.seats.get(who), *who, *at, got);
                    got.extend_from_slice(&round.direct[line.clone()]);
                }
                StepKind::Closed(line, unread) => {
                    assert_eq!(self.seats.get(who), None, "it has left its room");
                    self.closed.insert(self.people[who].clone(), *unread);
                    let last = &round.direct[line.clone()];
                    got.entry(*who).or_default().extend_from_slice(last);
                }
            }
        }
        for (who, room) in &self.seats {
            let end = round.rooms.get(room).map_or(0, Vec::len);
            catch_up(Some(room), *who, end, got.entry(*who).or_default());
        }
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let got = got.into_iter().filter(|(_, bytes)| !bytes.is_empty());
        got.map(|(who, bytes)| (who, text(bytes))).collect()
    }
}

fn is_letter(line: &str) -> bool {
    line.find(['<', '>'])
        .is_some_and(|at| line.as_bytes()[at] == b'<')
}

fn number(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no number"))
}
