//! What holds of the hub, whatever happens to it in whatever order.
//!
//! The hub is told a random history, and what it leaves in the list is made into what each connection would read,
//! in the simplest way there is. Then the promises of the protocol's page are looked for in those lines alone.

pub mod letters;
pub mod promises;
pub mod step;

use chalktalk::server::hub::{Hub, Now, Verdict};
use chalktalk::server::operator::Operator;
use chalktalk::server::outgoing::{ConnectionId, Outgoing, Round, Step as OutgoingStep};
use chalktalk::server::{Limits, Rate};
use chalktalk::wire::{
    Boot, Code, Fault, LINE_BYTES_MAX, Mode, Refusal, Request, Tag, Tagged, UnixMs,
};
use letters::Letters;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use step::Step;

/// Any history keeps the promises, where limits are never met and where they are met all the time.
pub fn any_history_keeps_the_promises(steps: &[Step]) {
    for limits in [tight(), wide()] {
        let first = played(steps, &limits);
        first.keeps_its_promises();
        let second = played(steps, &limits);
        assert_eq!(
            first.letters.streams, second.letters.streams,
            "the same again"
        );
    }
}

/// Every limit is met by a few steps.
fn tight() -> Limits {
    Limits {
        connections_max: 8,
        unnamed_max: 4,
        unnamed_per_address_max: 3,
        unnamed_lines_max: 4,
        unnamed_bytes_max: 200,
        connects: Some(Rate {
            burst: 4,
            interval: Duration::from_millis(500),
        }),
        requests: Some(Rate {
            burst: 10,
            interval: Duration::from_millis(100),
        }),
        answer_bytes_per_request: 256,
        debt_max: Duration::from_secs(2),
        history_events_max: 5,
        history_bytes_max: 300,
        rooms_max: 3,
        announced_people_max: 3,
        ..Limits::default()
    }
}

/// No limit is met but those on time.
fn wide() -> Limits {
    Limits {
        unnamed_lines_max: u32::MAX,
        unnamed_bytes_max: usize::MAX,
        ..Limits::default().lifted()
    }
}

/// A history, told.
struct Told {
    hub: Hub,
    out: Outgoing,
    now: Now,
    connections: Vec<ConnectionId>,
    /// The tags of what was handled, for each connection.
    asked: BTreeMap<ConnectionId, Vec<Tag>>,
    letters: Letters,
    doors: Doors,
}

/// May somebody still come?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doors {
    Open,
    /// The server has ended; who is still there may be heard of.
    Closed,
}

fn played(steps: &[Step], limits: &Limits) -> Told {
    let boot = Boot::parse("b").expect("a boot");
    let mut told = Told {
        hub: Hub::new(boot, limits.clone()),
        out: Outgoing::default(),
        now: Now::default(),
        connections: Vec::new(),
        asked: BTreeMap::new(),
        letters: Letters::default(),
        doors: Doors::Open,
    };
    for step in steps {
        told.step(step);
        told.hub.check();
    }
    told.deliver();
    told
}

impl Told {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Opens(address) => self.open(*address),
            Step::Sends(who, line) => self.whose(*who, |told, id| told.line(id, line)),
            Step::SendsSome(who, bytes) => {
                self.whose(*who, |told, id| {
                    told.hub
                        .heard(id, usize::from(*bytes), told.now, &mut told.out);
                });
            }
            Step::Ends(who) => self.whose(*who, |told, id| told.gone(id, Code::QUIT)),
            Step::Breaks(who) => self.whose(*who, |told, id| told.gone(id, Code::LOST)),
            Step::IsClosed(who) => self.whose(*who, |told, id| {
                let fault = Fault::new(Code::TOO_SLOW, "you did not read");
                told.hub.close(id, fault, told.now, &mut told.out);
            }),
            Step::HasNoMore(who) => self.whose(*who, |told, id| told.hub.drained(id)),
            Step::Orders(line) => {
                let (hub, out, now) = (&mut self.hub, &mut self.out, self.now);
                let is_own = |address| address == IpAddr::from(Ipv4Addr::new(192, 0, 2, 1));
                let answer = Operator {
                    hub,
                    out,
                    now,
                    is_own,
                }
                .obey(line);
                let (Ok(sentence) | Err(sentence)) = answer;
                assert_ne!(sentence, "", "each is answered");
            }
            Step::Passes(ms) => self.pass(*ms),
            Step::WallJumps(ms) => self.now.unix = UnixMs(*ms),
            Step::Delivers => self.deliver(),
            Step::Stops => {
                self.doors = Doors::Closed;
                self.hub.stop("good night", &mut self.out);
            }
        }
    }

    fn open(&mut self, address: u8) {
        let address = IpAddr::from(Ipv4Addr::new(192, 0, 2, address));
        let Ok(id) = self.hub.opened(address, self.now, &mut self.out) else {
            return;
        };
        assert_eq!(self.doors, Doors::Open, "nobody comes in after the end");
        let last = self.connections.last();
        assert!(last.is_none_or(|last| *last < id), "a new id");
        self.connections.push(id);
        self.hub.greet(id, Mode::open(), &mut self.out);
    }

    /// In ticks, or, if it is long, in one: the server was stopped.
    fn pass(&mut self, ms: u32) {
        const TICK_MS: u32 = 500;
        let mut left = ms;
        while left > 0 {
            let step = if left > 100_000 {
                left
            } else {
                left.min(TICK_MS)
            };
            left -= step;
            self.now.monotonic += Duration::from_millis(u64::from(step));
            self.now.unix.0 = self.now.unix.0.saturating_add(u64::from(step));
            self.hub.tick(self.now, &mut self.out);
        }
    }

    /// One of those that ever came: who is gone may still be heard of.
    fn whose(&mut self, who: u8, act: impl FnOnce(&mut Told, ConnectionId)) {
        let index = usize::from(who).checked_rem(self.connections.len());
        if let Some(id) = index.and_then(|index| self.connections.get(index)).copied() {
            act(self, id);
        }
    }

    fn gone(&mut self, id: ConnectionId, code: Code) {
        self.hub.gone(id, code, self.now, &mut self.out);
    }

    fn line(&mut self, id: ConnectionId, line: &[u8]) {
        let asked = match std::str::from_utf8(line) {
            // What is longer never comes out of a reader of lines.
            _ if line.len() >= LINE_BYTES_MAX => return,
            Ok(line) => Request::decode(line),
            Err(_) => Err(Refusal {
                tag: None,
                fault: Fault::new(Code::NOT_UTF8, "not UTF-8"),
            }),
        };
        self.hub.heard(id, line.len() + 1, self.now, &mut self.out);
        let verdict = self.hub.handle(id, &asked, self.now, &mut self.out);
        let (Ok(Tagged { tag, .. }) | Err(Refusal { tag, .. })) = asked;
        match verdict {
            Verdict::Handled => self.asked.entry(id).or_default().extend(tag),
            Verdict::Owes(time) => assert!(time > Duration::ZERO),
            Verdict::Gone => {}
        }
    }

    fn deliver(&mut self) {
        let bytes = self.out.bytes();
        let round = self.out.take(Round::default());
        let rooms: usize = round.rooms.values().map(Vec::len).sum();
        let steps = round.steps.len() * size_of::<OutgoingStep>();
        assert_eq!(
            bytes,
            rooms + round.direct.len() + steps,
            "what waits is counted"
        );
        assert!(self.out.is_empty() && self.out.bytes() == 0);
        self.letters.deliver(&round);
    }

    fn keeps_its_promises(&self) {
        let people = self.hub.everybody();
        let people = people.map(|(name, room, _)| (name.clone(), room.clone()));
        let none = Vec::new();
        let asked = |id: &ConnectionId| self.asked.get(id).unwrap_or(&none).as_slice();
        let streams = self.letters.streams.iter();
        let streams = streams.map(|(id, bytes)| (bytes.as_slice(), asked(id)));
        let announced_max = self.hub.limits().announced_people_max;
        promises::kept(
            &streams.collect::<Vec<_>>(),
            people.collect(),
            announced_max,
        );
        assert_eq!(
            self.letters.open(),
            self.hub.connections(),
            "who is not closed is there"
        );
    }
}
