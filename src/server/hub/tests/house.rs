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
//! `5 s pass`, `5 ms pass`, `the wall says 5`, `kick anna WORDS`, `announce TEXT`, `stop`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::super::{Hub, Note, Now, Verdict};
use crate::server::limits::Limits;
use crate::server::outgoing::{ConnectionId, Entry, Outgoing, RoomId, Round, Unread};
use crate::wire::{Boot, Code, Mode, Name, Phrase, Request, Text, UnixMs};

/// See the module.
pub(super) struct House {
    pub(super) hub: Hub,
    pub(super) out: Outgoing,
    pub(super) now: Now,
    people: BTreeMap<ConnectionId, String>,
    /// Who gets what is for a room, as the entries say.
    seats: BTreeMap<RoomId, BTreeSet<ConnectionId>>,
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

    fn pass(&mut self, time: Duration) {
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

    /// What each connection gets of a round. The simple way: every line has a place, which is that of its run in the
    /// list and its own in the run, and each connection's lines are put in order of it.
    fn walk(&mut self, round: &Round) -> BTreeMap<ConnectionId, String> {
        let mut lines: BTreeMap<ConnectionId, Vec<(Place, String)>> = BTreeMap::new();
        let mut put = |id: ConnectionId, place: Place, bytes: &[u8]| {
            let line = String::from_utf8(bytes.to_vec()).unwrap();
            lines.entry(id).or_default().push((place, line));
        };
        let mut starts = BTreeMap::new();
        for (at, entry) in round.entries.iter().enumerate() {
            match entry {
                Entry::Open(_) => {}
                Entry::Subscribe(id, room) => {
                    self.seats.entry(*room).or_default().insert(*id);
                }
                Entry::Unsubscribe(id) => self.seats.values_mut().for_each(|seats| {
                    seats.remove(id);
                }),
                Entry::Run(run) => {
                    starts.insert(*run, at);
                    let run = &round.runs[*run];
                    for id in self.seats.get(&run.room).into_iter().flatten() {
                        let mut offset = 0;
                        for line in run.bytes.split_inclusive(|byte| *byte == b'\n') {
                            put(*id, (at, offset, 1), line);
                            offset += line.len();
                        }
                    }
                }
                Entry::One { to, bytes, within } => {
                    let place =
                        within.map_or((at, 0, 0), |(run, offset)| (starts[&run], offset, 0));
                    put(*to, place, &round.singles[bytes.clone()]);
                }
                Entry::Close { of, bytes, unread } => {
                    self.closed.insert(self.people[of].clone(), *unread);
                    put(*of, (at, 0, 0), &round.singles[bytes.clone()]);
                }
            }
        }
        let in_order = |mut letters: Vec<(Place, String)>| {
            letters.sort_by_key(|(place, _)| *place);
            letters.into_iter().map(|(_, line)| line).collect()
        };
        lines
            .into_iter()
            .map(|(id, letters)| (id, in_order(letters)))
            .collect()
    }
}

/// The entry, the byte in its run, and whether a line that stands there itself comes first.
type Place = (usize, usize, u8);

fn is_letter(line: &str) -> bool {
    line.find(['<', '>'])
        .is_some_and(|at| line.as_bytes()[at] == b'<')
}

fn number(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text} is no number"))
}
