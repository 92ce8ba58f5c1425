//! From what a server reads and decides to a transcript that plays.
//!
//! A server decides under one lock, so its decisions have an order, and what belongs to one request stands together
//! in it: a *turn*. A turn is written whole, first the lines that were sent and then what everybody got for them.
//! Playing waits for all of that before the next is sent, so the server decides in the same order again, however the
//! lines raced when they were recorded. To write down the reads and writes of each connection looks simpler; but
//! which of two requests came first at the hub cannot be seen there.

use super::line::{pattern, pattern_but_why};
use crate::play::parse::parse;
use crate::play::text::Text;
use crate::tap::Decision;
use crate::wire::Name;
use std::collections::BTreeMap;

/// Lines that caused nothing are told with the next that does; so many of one person are kept until then.
const SILENT_MAX: usize = 64;

/// Endings that come of what was sent, and come again when that is sent again.
const BY_WHAT_WAS_SENT: [&str; 3] = ["line-too-long", "foreign-protocol", "too-much-unnamed"];

/// What has happened so far, as far as it matters for what comes.
#[derive(Debug, Default)]
pub(super) struct Story {
    people: BTreeMap<u64, Person>,
    turn: Turn,
    /// The server has ended, and so has the transcript.
    is_over: bool,
}

/// What was decided since nobody else's line was handled.
#[derive(Debug, Default)]
struct Turn {
    /// Whose lines were handled.
    asked: Vec<(u64, Vec<u8>)>,
    /// Who got which lines for it.
    got: Vec<(u64, Vec<u8>)>,
}

impl Turn {
    fn gets(&mut self, id: u64, lines: &[u8]) {
        self.got.extend(each(lines).map(|line| (id, line.to_vec())));
    }
}

/// What is to be written of a turn.
#[derive(Debug, Default)]
struct Page {
    sent: String,
    /// Stands behind what everybody got.
    ends: String,
    /// When this is played, somebody leaves for another reason.
    is_why_open: bool,
}

impl Page {
    fn sends_bytes(&mut self, name: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.sent += &format!("{name} sends bytes: {}\n", Text::from(bytes));
        }
    }

    /// A connection can be reset over an unread byte only; and somebody else must see it, or nobody knows when the
    /// server has. With a proxy on the way, what is torn away may arrive as an end.
    fn is_lost(&mut self, name: &str, half: &[u8], is_seen: bool) {
        self.is_why_open = true;
        if is_seen {
            self.sent += &format!("{name} sends: PING unread\n");
            self.sends_bytes(name, half);
            self.sent += &format!("{name} resets\n");
        } else {
            self.sends_bytes(name, half);
            self.sent += &format!("{name} half-closes\n{name} skips to the end\n");
        }
    }
}

#[derive(Debug, Default)]
struct Person {
    /// As the transcript calls her; not before she is in it.
    name: Option<String>,
    is_greeted: bool,
    room: Option<u64>,
    /// What she has sent and nobody has handled.
    sent: Vec<u8>,
    /// Lines that were handled and caused nothing: written with her next.
    silent: Vec<Vec<u8>>,
    /// She leaves in this turn, for this reason.
    leaves: Option<String>,
}

impl Story {
    /// This was read from a connection.
    pub(super) fn read(&mut self, connection: u64, bytes: &[u8]) {
        if let Some(person) = self.people.get_mut(&connection) {
            person.sent.extend_from_slice(bytes);
        }
    }

    /// This was decided. Returns what is to be written.
    pub(super) fn decided(&mut self, decision: Decision<'_>) -> String {
        match decision {
            _ if self.is_over => {}
            Decision::Opened(id) => drop(self.people.insert(id, Person::default())),
            Decision::Entered(id, room) => self.moves(id, Some(room)),
            Decision::Left(id) => self.moves(id, None),
            Decision::ToRoom(room, lines) => self.all_get(room, lines),
            Decision::ToOne(id, lines) => self.gets(id, lines),
            Decision::Handled(id) => self.was_handled(id),
            Decision::Closed(id, bye) => self.closes(id, bye),
            Decision::Done => return self.turn_over(),
        }
        String::new()
    }

    fn moves(&mut self, id: u64, room: Option<u64>) {
        if let Some(person) = self.people.get_mut(&id) {
            person.room = room;
        }
    }

    fn all_get(&mut self, room: u64, lines: &[u8]) {
        for (&id, person) in &self.people {
            if person.room == Some(room) {
                self.turn.gets(id, lines);
            }
        }
    }

    fn gets(&mut self, id: u64, lines: &[u8]) {
        match self.people.get_mut(&id) {
            None => {}
            // It is written when she is first heard of.
            Some(person) if !person.is_greeted => person.is_greeted = true,
            Some(_) => self
                .turn
                .got
                .extend(each(lines).map(|line| (id, line.to_vec()))),
        }
    }

    fn was_handled(&mut self, id: u64) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        let end = person.sent.iter().position(|&byte| byte == b'\n');
        let rest = person.sent.split_off(end.map_or(0, |end| end + 1));
        let line = std::mem::replace(&mut person.sent, rest);
        self.turn
            .asked
            .extend(each(&line).map(|line| (id, line.to_vec())));
    }

    fn closes(&mut self, id: u64, bye: &[u8]) {
        if let Some(person) = self.people.get_mut(&id) {
            if person.is_greeted {
                self.turn.gets(id, bye);
            }
            let code = bye.split(|byte| b" \n".contains(byte)).nth(1);
            let code = String::from_utf8_lossy(code.unwrap_or_default());
            person.leaves = Some(code.into_owned());
        }
    }

    /// The turn is over: what is to be written of it.
    fn turn_over(&mut self) -> String {
        let mut turn = std::mem::take(&mut self.turn);
        let leaving = self
            .people
            .iter()
            .filter(|(_, person)| person.leaves.is_some());
        let leaving: Vec<u64> = leaving.map(|(&id, _)| id).collect();
        if self.reasons(&leaving).any(|code| code == "stopping") {
            self.is_over = true;
            return "\n# The server was stopped.\n".to_owned();
        }
        if turn.asked.is_empty() {
            // Whether somebody is there is asked after a silence, and playing knows none.
            turn.got.retain(|(_, line)| !line.starts_with(b"PING"));
        }
        let mut page = Page::default();
        if turn.got.is_empty() {
            for (id, line) in std::mem::take(&mut turn.asked) {
                let silent = &mut self.people.entry(id).or_default().silent;
                if silent.len() < SILENT_MAX {
                    silent.push(line);
                } else {
                    self.sends(id, &line, &turn, &mut page);
                }
            }
        } else if turn.asked.is_empty() && leaving.is_empty() {
            self.comment(&turn, &mut page);
        } else {
            for (id, line) in &turn.asked {
                self.sends(*id, line, &turn, &mut page);
            }
            for &id in &leaving {
                self.leaves(id, &mut turn, &mut page);
            }
            let spell = if page.is_why_open {
                pattern_but_why
            } else {
                pattern
            };
            page.sent += &self.gotten(&turn, spell);
        }
        self.people.retain(|_, person| person.leaves.is_none());
        match page.sent.is_empty() {
            true => String::new(),
            false => format!("\n{}{}", page.sent, page.ends),
        }
    }

    fn reasons<'a>(&'a self, leaving: &'a [u64]) -> impl Iterator<Item = &'a str> {
        let people = leaving.iter().filter_map(|id| self.people.get(id));
        people.filter_map(|person| person.leaves.as_deref())
    }

    /// What nobody in the transcript has caused.
    fn comment(&self, turn: &Turn, page: &mut Page) {
        let told = self.gotten(turn, pattern);
        page.sent += "# By nobody here, so it does not come again:\n";
        told.lines()
            .for_each(|line| page.sent += &format!("# {line}\n"));
    }

    fn sends(&mut self, id: u64, line: &[u8], turn: &Turn, page: &mut Page) {
        let name = self.introduced(id, turn, page);
        let silent = self
            .people
            .get_mut(&id)
            .map(|person| std::mem::take(&mut person.silent));
        for line in silent.iter().flatten().map(Vec::as_slice).chain([line]) {
            page.sent += &match line {
                [] => format!("{name} sends an empty line\n"),
                line => format!("{name} sends: {}\n", Text::from(line)),
            };
        }
    }

    /// How she is called; who connects now if nothing was heard of her before.
    fn introduced(&mut self, id: u64, turn: &Turn, page: &mut Page) -> String {
        let Some(person) = self.people.get(&id) else {
            return String::new();
        };
        if let Some(name) = &person.name {
            return name.clone();
        }
        let asked = turn.asked.iter().filter(|(whose, _)| *whose == id);
        let asked = person.silent.iter().chain(asked.map(|(_, line)| line));
        let asked = asked.map(Vec::as_slice).chain(each(&person.sent));
        let wanted: Vec<String> = asked.filter_map(name_in).collect();
        let first = wanted.first().map_or("guest", String::as_str).to_owned();
        let others = (2_u64..).map(|number| format!("{first}-{number}"));
        let people = &self.people;
        let is_free = |name: &String| {
            people
                .values()
                .all(|other| other.name.as_ref() != Some(name))
        };
        let mut names = wanted.into_iter().chain([first.clone()]).chain(others);
        let name = names.find(is_free).unwrap_or_default();
        page.sent += &format!("{name} connects\n{name} gets: CHALKTALK 1 *\n");
        self.people.entry(id).or_default().name = Some(name.clone());
        name
    }

    /// Says how she leaves.
    fn leaves(&mut self, id: u64, turn: &mut Turn, page: &mut Page) {
        let Some(person) = self.people.get(&id).filter(|person| person.is_greeted) else {
            return;
        };
        let code = person.leaves.clone().unwrap_or_default();
        let sent = person.sent.clone();
        let half = sent
            .rsplit(|&byte| byte == b'\n')
            .next()
            .unwrap_or_default();
        let name = self.introduced(id, turn, page);
        match code.as_str() {
            "quit" if !turn.asked.is_empty() => {}
            "quit" => {
                page.sends_bytes(&name, half);
                page.sent += &format!("{name} half-closes\n");
            }
            "lost" => {
                turn.got.retain(|(whose, _)| *whose != id);
                page.is_lost(&name, half, !turn.got.is_empty());
                return;
            }
            code if BY_WHAT_WAS_SENT.contains(&code) => page.sends_bytes(&name, &sent),
            code => {
                page.is_why_open = true;
                page.sent += &format!("# {name} was closed, {code}; here she leaves by herself.\n");
                page.sent += &format!("{name} half-closes\n");
            }
        }
        page.ends += &format!("{name} gets the end\n");
    }

    /// Who gets what, whoever asked first, and those who get the same in one sentence.
    fn gotten(&self, turn: &Turn, spell: fn(&[u8]) -> String) -> String {
        let askers: Vec<u64> = turn.asked.iter().map(|(id, _)| *id).collect();
        let mut each: Vec<(u64, Vec<String>)> = Vec::new();
        for (id, line) in &turn.got {
            match each.iter_mut().find(|(whose, _)| whose == id) {
                Some((_, lines)) => lines.push(spell(line)),
                None => each.push((*id, vec![spell(line)])),
            }
        }
        each.sort_by_key(|(id, _)| !askers.contains(id));
        let mut groups: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
        for (id, lines) in each {
            let name = self
                .people
                .get(&id)
                .and_then(|person| person.name.as_deref());
            let name = name.unwrap_or_default();
            match groups.iter_mut().find(|(_, same)| *same == lines) {
                Some((names, _)) => names.push(name),
                None => groups.push((vec![name], lines)),
            }
        }
        groups
            .iter()
            .map(|(names, lines)| sentence(names, lines))
            .collect()
    }
}

fn sentence(names: &[&str], lines: &[String]) -> String {
    let who = match names {
        [name] => format!("{name} gets:"),
        [names @ .., last] => format!("{} and {last} get:", names.join(", ")),
        [] => String::new(),
    };
    match lines {
        [line] => format!("{who} {line}\n"),
        lines => format!("{who}\n    {}\n", lines.join("\n    ")),
    }
}

/// The lines among these bytes, without their ends.
fn each(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// The name that a line asks for, where it can be one in a transcript.
fn name_in(line: &[u8]) -> Option<String> {
    let line = str::from_utf8(line).ok()?;
    let words = line.split(' ').skip_while(|word| word.starts_with('@'));
    let (verb, name) = match words.take(2).collect::<Vec<_>>()[..] {
        [verb, name] => (verb, name.trim_end_matches('\r')),
        _ => return None,
    };
    let reads = |name: &str| {
        parse("", &format!("{name} connects\n"), &mut |_| {
            Err(String::new())
        })
    };
    // What could never be a name may be a comment there.
    let is_name = Name::parse(name).is_ok() && reads(name).is_ok();
    (verb.eq_ignore_ascii_case("NAME") && is_name).then(|| name.to_owned())
}
