//! Plays transcripts against a hub in memory: no socket, no thread, and a clock that goes only while somebody waits.
//!
//! An hour takes a millisecond, and a deadline is met to the millisecond, so this is where rules about time are proved.
//! What is sent is delivered when somebody looks: a round holds all that happened since. How the kernel cuts bytes, who
//! is slow, and what a thread does are not to be seen here.

mod person;
mod wait;

use crate::properties::hub::letters::Letters;
use chalktalk::cli::limits_of;
use chalktalk::play::parse::parse;
use chalktalk::play::report::brief;
use chalktalk::play::run::DEADLINE;
use chalktalk::play::script::{Act, Deed, Demand, Script, Step};
use chalktalk::play::text::{Text, Vars};
use chalktalk::server::Limits;
use chalktalk::server::hub::{Hub, Now};
use chalktalk::server::operator::Operator;
use chalktalk::server::outgoing::{Outgoing, Round};
use chalktalk::wire::{Boot, Code, Mode, ServerLine, Text as Words, UnixMs};
use person::Person;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

/// When the clock on the wall begins.
const MORNING: UnixMs = UnixMs(1_795_338_300_000);

/// A hub, the people a transcript speaks of, and what the transcript knows.
pub struct Memory {
    /// The hub, for what no transcript can say.
    pub hub: Hub,
    /// What waits to be delivered.
    pub out: Outgoing,
    /// What time it is.
    pub now: Now,
    /// Where those who connect come from: this machine, as with a real server.
    pub from: IpAddr,
    next_tick: Duration,
    letters: Letters,
    people: BTreeMap<String, Person>,
    /// What was played until now.
    played: String,
    steps: usize,
    vars: Vars,
    deadline: Duration,
    line_end: Vec<u8>,
    fence: (Option<Text>, Option<Text>),
}

/// The folder of the suite.
#[must_use]
pub fn transcripts() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts"))
}

/// Plays a file of the suite.
///
/// # Errors
/// Where it does not hold: the place, what was expected, and what came.
pub fn play(file: &str) -> Result<(), String> {
    let script = read(file, &text_of(file)?)?;
    let limits = limits_of(script.flags).map_err(|why| format!("{file}: {why}"))?;
    Memory::new(limits).steps(&script.steps)
}

fn read(file: &str, text: &str) -> Result<Script, String> {
    parse(file, text, &mut text_of, &Vars::new()).map_err(|mistake| mistake.to_string())
}

fn text_of(file: &str) -> Result<String, String> {
    std::fs::read_to_string(transcripts().join(file)).map_err(|error| error.to_string())
}

impl Memory {
    /// An empty chat.
    #[must_use]
    pub fn new(limits: Limits) -> Memory {
        Memory {
            hub: Hub::new(Boot::parse("b").expect("a boot"), limits),
            out: Outgoing::default(),
            now: Now {
                unix: MORNING,
                ..Now::default()
            },
            from: Ipv4Addr::LOCALHOST.into(),
            next_tick: Duration::ZERO,
            letters: Letters::default(),
            people: BTreeMap::new(),
            played: String::new(),
            steps: 0,
            vars: Vars::new(),
            deadline: DEADLINE,
            line_end: b"\n".to_vec(),
            fence: (None, None),
        }
    }

    /// Goes on with this, behind all that was played before. Flags are for whole files.
    ///
    /// # Panics
    /// Where it does not hold.
    #[track_caller]
    pub fn goes_on(&mut self, text: &str) {
        // What the source is indented by is no part of it.
        let text = format!("{}\n", text.trim_end());
        let indents = text
            .lines()
            .skip(1)
            .map(|line| line.len() - line.trim_start().len());
        let margin = format!("\n{}", " ".repeat(indents.min().unwrap_or(0)));
        self.played += &text.replace(&margin, "\n");
        let script = read("(goes on)", &self.played).unwrap_or_else(|mistake| panic!("{mistake}"));
        let before = std::mem::replace(&mut self.steps, script.steps.len());
        if let Err(fault) = self.steps(&script.steps[before..]) {
            panic!("{fault}");
        }
    }

    /// The server stands still: time passes, and the clock comes by when it has.
    pub fn stands_still(&mut self, time: Duration) {
        self.clock(self.now.monotonic + time);
        self.hub.tick(self.now, &mut self.out);
        self.next_tick = self.now.monotonic + self.hub.limits().tick();
    }

    /// The operator types this. Gives the answer, good or bad.
    pub fn obeys(&mut self, typed: &str) -> String {
        let mut operator = Operator {
            hub: &mut self.hub,
            out: &mut self.out,
            now: self.now,
            is_own: |address| address.is_loopback(),
        };
        let (Ok(answer) | Err(answer)) = operator.obey(typed);
        answer
    }

    /// Time passes, and the clock comes by.
    pub fn waits(&mut self, time: Duration) {
        let until = self.now.monotonic + time;
        while self.now.monotonic < until {
            self.pass(until);
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            if let Act::Repeat(times, steps) = &step.act {
                let before = self.vars.clone();
                for round in 1..=*times {
                    let round = round.to_string().into_bytes();
                    self.vars.insert("round".to_owned(), round);
                    self.steps(steps)?;
                    self.vars.clone_from(&before);
                }
                continue;
            }
            if let Act::AtOnce(steps) = &step.act {
                self.steps(steps)?;
                continue;
            }
            self.act(&step.act).map_err(|got| {
                let known =
                    |(name, value): (&String, &Vec<u8>)| format!("\n  ${name} is {}", brief(value));
                let known: String = self.vars.iter().map(known).collect();
                format!(
                    "{}: expected {}\n  but came {got}{known}",
                    step.place, step.act
                )
            })?;
            self.hub.check();
        }
        Ok(())
    }

    fn act(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Person(name, deed) => return self.deed(name, deed),
            Act::Repeat(..) | Act::AtOnce(..) => unreachable!("its steps are played"),
            Act::OneOf(..) | Act::GetSame(..) => return Err("nothing, in memory".to_owned()),
            Act::Deadline(time) => self.deadline = *time,
            Act::LinesEnd(end) => self.line_end = end.bytes(&self.vars)?,
            Act::FenceSends(text) => self.fence.0 = Some(text.clone()),
            Act::FenceGets(pattern) => self.fence.1 = Some(pattern.clone()),
            Act::Server(Demand::Restart) => {
                self.deliver();
                let limits = self.hub.limits().clone();
                self.hub = Hub::new(Boot::parse("c").expect("a boot"), limits);
                self.letters = Letters::default();
                self.people.values_mut().for_each(Person::is_cut);
            }
            Act::Server(..) => return Err("no process, in memory".to_owned()),
            Act::Network(_) => return Err("no network, in memory".to_owned()),
        }
        Ok(())
    }

    fn deed(&mut self, name: &str, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Connect => self.connect(name),
            Deed::Send(text) | Deed::SendAsTaken(text) => self.send_line(name, text)?,
            Deed::SendBytes(text) | Deed::SendBytesAsTaken(text) => {
                let bytes = text.bytes(&self.vars)?;
                self.send(name, &bytes);
            }
            Deed::Close | Deed::HalfClose => self.ends(name, Code::QUIT),
            Deed::Reset => {
                self.deliver();
                if self.people[name].unread().is_empty() {
                    return Err("nothing that could be left unread".to_owned());
                }
                self.ends(name, Code::LOST);
            }
            wait => return self.wait(name, wait),
        }
        Ok(())
    }

    fn connect(&mut self, name: &str) {
        let person = match self.hub.opened(self.from, self.now, &mut self.out) {
            Ok(id) => {
                self.hub.greet(id, Mode::open(), &mut self.out);
                Person::new(id)
            }
            Err(fault) => {
                let mut line = Vec::new();
                let bye = ServerLine::Bye {
                    code: fault.code,
                    sentence: Words::cut(&fault.sentence),
                };
                bye.encode(None, &mut line);
                Person::refused(line)
            }
        };
        self.people.insert(name.to_owned(), person);
    }

    fn send_line(&mut self, name: &str, text: &Text) -> Result<(), String> {
        let mut bytes = text.bytes(&self.vars)?;
        bytes.extend_from_slice(&self.line_end);
        self.send(name, &bytes);
        Ok(())
    }

    fn send(&mut self, name: &str, bytes: &[u8]) {
        let person = self.people.get_mut(name).expect("somebody");
        person.read(bytes);
        person.hand_in(&mut self.hub, &mut self.out, self.now);
    }

    fn ends(&mut self, name: &str, code: Code) {
        let person = self.people.get_mut(name).expect("somebody");
        person.ends(code);
        person.hand_in(&mut self.hub, &mut self.out, self.now);
    }

    /// Gives everybody what was sent until now.
    fn deliver(&mut self) {
        self.letters.deliver(&self.out.take(Round::default()));
        let letters = &mut self.letters;
        self.people
            .values_mut()
            .for_each(|person| person.is_given(letters));
    }

    /// Time passes up to the next moment at which something may happen, and no further than that.
    fn pass(&mut self, until: Duration) {
        let payments = self.people.values().filter_map(Person::pays_at);
        let next = payments.chain([self.next_tick]).min();
        self.clock(until.min(next.unwrap_or(until)).max(self.now.monotonic));
        for person in self.people.values_mut() {
            if person.pays_at().is_some_and(|at| at <= self.now.monotonic) {
                person.hand_in(&mut self.hub, &mut self.out, self.now);
            }
        }
        if self.next_tick <= self.now.monotonic {
            self.next_tick += self.hub.limits().tick();
            self.hub.tick(self.now, &mut self.out);
        }
    }

    fn clock(&mut self, to: Duration) {
        self.now.monotonic = to;
        let ms = u64::try_from(to.as_millis()).expect("a few years");
        self.now.unix = UnixMs(MORNING.0 + ms);
    }
}
