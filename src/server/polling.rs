//! Reading for those who speak while the dispatcher is busy: to wake a hundred readers for a line each costs more than
//! to look into their sockets between two rounds.
//!
//! A reader that has handed in all it had while the dispatcher's thread delivers gives it its [`Inbound`], and waits to have
//! it back. It has it back with whatever the thread cannot do for it, which is to wait: for its peer (after some rounds
//! of silence), for its rate, for its turn; and when the thread goes to sleep.
//!
//! Only where it saves something: after a long round readers are woken seldom enough, and decode beside the
//! dispatcher instead of after it; few speakers cost little to wake, and what gathers meanwhile makes the rounds longer.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::hub::{Hub, Now};
use super::inbound::{Inbound, Turn};
use super::outgoing::{ConnectionId, Outgoing};

/// What it costs to wake a speaker's reader, all in all. After a round that took longer than to wake all who spoke in it
/// nobody is taken.
const WAKING: Duration = Duration::from_micros(150);
/// Speakers from whom on it is worth while.
const SPEAKERS_MIN: usize = 5;
/// Held at once: to look into so many sockets takes a small part of a round.
const POLLED_MAX: usize = 256;
/// Rounds without a word, after which one is given back.
const SILENT_MAX: u8 = 8;

/// What readers find when they come to offer; guarded by the hub's lock.
#[derive(Default)]
pub(super) struct Polling {
    /// True while the dispatcher's thread takes any.
    open: bool,
    /// Taken since it looked.
    fresh: Vec<Entry>,
    /// How many it holds.
    held: usize,
    /// Who has come since it looked.
    came: Vec<ConnectionId>,
}

/// Those that the dispatcher's thread holds.
#[derive(Default)]
pub(super) struct Polled(Vec<Entry>);

/// An inbound that is polled.
struct Entry {
    inbound: Box<Inbound>,
    /// Why its reader is to have it back.
    turn: Option<Turn>,
    /// Rounds in which nothing came.
    silent: u8,
    back: Sender<(Box<Inbound>, Turn)>,
}

impl Polling {
    /// Takes it, where there is a use for it. The reader then waits for what it gets, not under the lock.
    pub(super) fn offer(
        &mut self,
        inbound: &mut Inbound,
        hub: &Hub,
    ) -> Option<Receiver<(Box<Inbound>, Turn)>> {
        // Before a name every read counts against what may be sent without one.
        if !self.takes(inbound.id()) || !inbound.may_be_polled() || !hub.is_named(inbound.id()) {
            return None;
        }
        let (back, returned) = channel();
        self.fresh.push(Entry {
            inbound: inbound.take_out(),
            turn: None,
            silent: 0,
            back,
        });
        Some(returned)
    }

    #[cfg(test)]
    pub(super) fn fresh(&self) -> usize {
        self.fresh.len()
    }

    fn takes(&mut self, id: ConnectionId) -> bool {
        if self.held + self.fresh.len() >= POLLED_MAX {
            return false;
        }
        // Where visitors deliver, nobody looks at this, and it must not grow.
        if self.came.len() < POLLED_MAX && !self.came.contains(&id) {
            self.came.push(id);
        }
        self.open && self.held + self.came.len() >= SPEAKERS_MIN
    }
}

impl Polled {
    /// After a round, not under the hub's lock: gives back what is to be given back, and reads from the others.
    pub(super) fn read(&mut self) {
        let is_done = |one: &mut Entry| {
            if one.turn.is_none() {
                one.silent += 1;
                if one.inbound.poll() {
                    one.silent = 0;
                }
            }
            one.turn.is_some() || one.silent >= SILENT_MAX
        };
        self.0.extract_if(.., is_done).for_each(Entry::give_back);
    }

    /// Under the hub's lock: hands in what was read, in order, and takes what was offered. `took` is the time of the
    /// round; `is_clear` tells whether one that is light or not may go now, for nobody overtakes those who wait.
    pub(super) fn hand_in(
        &mut self,
        polling: &mut Polling,
        took: Duration,
        is_clear: impl Fn(bool) -> bool,
        hub: &mut Hub,
        out: &mut Outgoing,
        now: Now,
    ) {
        for one in self.0.iter_mut().filter(|one| one.silent == 0) {
            let light = one.inbound.is_light(out);
            let may = is_clear(light) && !out.is_full(light, hub.limits());
            one.turn = match may.then(|| one.inbound.hand_in(hub, out, now)) {
                Some(Turn::Done | Turn::More) => None,
                // For its reader to wait with.
                None => Some(Turn::More),
                turn => turn,
            };
        }
        self.0.append(&mut polling.fresh);
        let speakers = u32::try_from(polling.held + polling.came.len()).unwrap_or(u32::MAX);
        polling.open = took < WAKING * speakers;
        polling.held = self.0.len();
        polling.came.clear();
    }

    /// Under the hub's lock, before the thread sleeps: takes no more.
    pub(super) fn close(&mut self, polling: &mut Polling) {
        self.0.append(&mut polling.fresh);
        *polling = Polling::default();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Gives all back.
    pub(super) fn give_back(self) {
        self.0.into_iter().for_each(Entry::give_back);
    }
}

impl Entry {
    fn give_back(self) {
        // Only a reader that died does not take it, and then the process dies.
        let turn = self.turn.unwrap_or(Turn::More);
        let _ = self.back.send((self.inbound, turn));
    }
}
