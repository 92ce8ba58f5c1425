//! The dispatcher: the one entrance to the hub, and what brings its lines to the sockets.
//!
//! Delivering is a *role*, held by one thread at a time. Its holder takes the whole round that waits and delivers it;
//! meanwhile the next one gathers, so rounds grow by themselves under load and the cost of a message falls. Whoever
//! leaves something at the hub either takes the role, for one round, or knows that its holder will look again.
//!
//! - When things are quiet the thread that left something delivers it itself: no switch of threads, which is most of
//!   the way to ten people.
//! - When the role was free for less than [`QUIET`] it calls the dispatcher's own thread instead. Without that the
//!   rounds of a busy room stay short, because a round of fifty writes is over before the next message.
//! - While that thread delivers short rounds it also reads for those who speak ([`polling`](super::polling)).
//!
//! A reader waits for its turn while the round is full, first come first served, and a turn is bounded. Turns that cost
//! little to deliver come before those that cost much: with thirty people who say long lines to a room of two hundred,
//! a pair in another room waited up to 400 ms in one queue, 10 to 30 ms in two. A `Condvar` wakes in no order, so
//! those who wait stand in the queue and its first is unparked. Departures, the clock and the operator never wait: what
//! waits can always be taken back.
//!
//! Invariants: something waits only while the role is held or its thread is called (`leave` and the end of a round
//! decide both under the hub's lock) · under that lock nothing is written, spawned or waited for · locks are taken in
//! the order hub, outbox, never back · memory is at most the round's bound, as much again in the round being
//! delivered, and the backlogs.
//!
//! Ruled out, measured on two cores with 1000 members: a writer thread for each connection (a seventeenth of the
//! deliveries), and letting every sender write to all (under half, and one stalled member stalls its senders).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::hub::{Hub, Now};
use super::inbound::{Inbound, Turn};
use super::limits::Limits;
use super::log::Log;
use super::outbox::{Failure, Peer, lock};
use super::outgoing::{ConnectionId, Outgoing, Round, Unread};
use super::polling::{Polled, Polling};
use super::round::{Delivered, Members};
use crate::wire::{Code, UnixMs};

#[cfg(test)]
mod tests;

/// How long the role must have been free for a visitor to take it.
const QUIET: Duration = Duration::from_micros(100);

/// What the hub's lock guards.
struct State {
    hub: Hub,
    outgoing: Outgoing,
    role: Role,
    /// Connections that the hub knows and no round has met yet.
    arrivals: Vec<Arc<Peer>>,
    /// The last round, for its memory.
    used: Round,
    queue: Queue,
    polling: Polling,
    /// When to look at those who are behind, where anybody is.
    next_look: Option<Instant>,
}

/// Readers that wait for their turn.
#[derive(Default)]
struct Queue {
    /// Whose turn costs little, before the others. They cannot keep those waiting: a round has room for hundreds.
    light: VecDeque<Thread>,
    heavy: VecDeque<Thread>,
}

impl Queue {
    /// True if nobody has to go before one that comes now.
    fn is_clear(&self, light: bool) -> bool {
        self.light.is_empty() && (light || self.heavy.is_empty())
    }

    fn join(&mut self, light: bool) {
        let queue = if light {
            &mut self.light
        } else {
            &mut self.heavy
        };
        queue.push_back(thread::current());
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.light.len() + self.heavy.len()
    }

    fn first(&self) -> Option<&Thread> {
        self.light.front().or(self.heavy.front())
    }

    fn leave(&mut self) {
        let _first = self.light.pop_front().or_else(|| self.heavy.pop_front());
    }
}

/// Who delivers.
enum Role {
    /// Nobody, since then; and nothing waits.
    Free { since: Instant },
    /// The dispatcher's thread is to.
    Called,
    /// Somebody does.
    Held,
    /// Nobody ever again: the server has stopped.
    Dismissed,
}

/// Guards the hub, and delivers what it leaves.
pub(super) struct Dispatcher {
    state: Mutex<State>,
    called: Condvar,
    /// Locked by the role's holder alone.
    members: Mutex<Members>,
    /// Closed connections, and when they are cut if they have not ended by then.
    lingering: Mutex<Vec<(Instant, Weak<Peer>)>>,
    started: Instant,
    limits: Limits,
    log: Log,
}

impl Dispatcher {
    pub(super) fn new(hub: Hub, log: Log) -> Arc<Dispatcher> {
        let limits = hub.limits().clone();
        let started = Instant::now();
        Arc::new(Dispatcher {
            state: Mutex::new(State {
                hub,
                outgoing: Outgoing::default(),
                role: Role::Free { since: started },
                arrivals: Vec::new(),
                used: Round::default(),
                queue: Queue::default(),
                polling: Polling::default(),
                next_look: None,
            }),
            called: Condvar::new(),
            members: Mutex::default(),
            lingering: Mutex::default(),
            started,
            limits,
            log,
        })
    }

    /// Enters the hub, and sees to it that what was left there is delivered.
    pub(super) fn enter<T>(&self, act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T) -> T {
        self.visit(lock(&self.state), act)
    }

    /// Enters the hub with a connection.
    pub(super) fn arrive<T>(
        &self,
        open: impl FnOnce(&mut Hub, &mut Outgoing, &mut Vec<Arc<Peer>>, Now) -> T,
    ) -> T {
        let mut state = lock(&self.state);
        let now = self.now();
        let State {
            hub,
            outgoing,
            arrivals,
            ..
        } = &mut *state;
        let done = open(hub, outgoing, arrivals, now);
        self.leave(state);
        done
    }

    /// Hands in what a reader has read, when its turn has come. Where the dispatcher's thread reads for those who
    /// speak, it takes over, and this returns when there is something for the reader to do again.
    pub(super) fn hand_in(&self, mut inbound: Box<Inbound>) -> (Box<Inbound>, Turn) {
        let mut state = self.turn(&inbound);
        let now = self.now();
        let State {
            hub,
            outgoing,
            polling,
            ..
        } = &mut *state;
        let turn = inbound.hand_in(hub, outgoing, now);
        let offered = match turn {
            Turn::Done if polling.open => polling.offer(inbound, hub),
            _ => Err(inbound),
        };
        self.leave(state);
        match offered {
            Ok(returned) => {
                let returned = returned.recv();
                returned.unwrap_or_else(|_| std::process::abort())
            }
            Err(inbound) => (inbound, turn),
        }
    }

    /// Waits while the round is full, and while others wait who come before.
    fn turn(&self, inbound: &Inbound) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let light = inbound.is_light(&state.outgoing);
        if state.queue.is_clear(light) && !state.outgoing.is_full(&self.limits) {
            return state;
        }
        state.queue.join(light);
        let me = thread::current().id();
        loop {
            let first = state.queue.first().is_some_and(|first| first.id() == me);
            if first && !state.outgoing.is_full(&self.limits) {
                state.queue.leave();
                return state;
            }
            drop(state);
            thread::park();
            state = lock(&self.state);
        }
    }

    fn visit<T>(
        &self,
        mut state: MutexGuard<'_, State>,
        act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T,
    ) -> T {
        let now = self.now();
        let State { hub, outgoing, .. } = &mut *state;
        let done = act(hub, outgoing, now);
        self.leave(state);
        done
    }

    /// Read under the hub's lock, so that the times of events rise as their ids do.
    fn now(&self) -> Now {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Now {
            monotonic: self.started.elapsed(),
            unix: UnixMs(u64::try_from(unix.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// Whoever leaves something takes the role or calls its thread: every way out of the hub ends here.
    fn leave(&self, mut state: MutexGuard<'_, State>) {
        let notes = state.hub.take_notes();
        self.wake_next(&state);
        let mine = !state.outgoing.is_empty() && self.take_or_call(&mut state);
        let taken = mine.then(|| self.take(&mut state));
        drop(state);
        for note in notes {
            self.log.note(note);
        }
        if let Some((round, arrivals)) = taken {
            let held = Held(self);
            let delivered = lock(&self.members).deliver(&round, arrivals, &self.limits);
            drop(self.settle(delivered, Some(round)));
            drop(held);
        }
    }

    /// Wakes the reader whose turn it is.
    fn wake_next(&self, state: &State) {
        if let Some(next) = state.queue.first()
            && !state.outgoing.is_full(&self.limits)
        {
            next.unpark();
        }
    }

    /// Takes the role if it is free and things are quiet; otherwise sees to it that its holder looks.
    fn take_or_call(&self, state: &mut State) -> bool {
        match state.role {
            Role::Called | Role::Held | Role::Dismissed => false,
            Role::Free { since } if since.elapsed() >= QUIET => {
                state.role = Role::Held;
                true
            }
            Role::Free { .. } => {
                state.role = Role::Called;
                self.called.notify_one();
                false
            }
        }
    }

    fn take(&self, state: &mut State) -> (Round, Vec<Arc<Peer>>) {
        let used = std::mem::take(&mut state.used);
        let round = state.outgoing.take(used);
        self.wake_next(state);
        (round, std::mem::take(&mut state.arrivals))
    }

    /// Tells the hub what came of a round or a look.
    fn settle(&self, delivered: Delivered, used: Option<Round>) -> MutexGuard<'_, State> {
        self.linger(delivered.closed);
        let next_look = lock(&self.members).next_look();
        let mut state = lock(&self.state);
        let now = self.now();
        let State { hub, outgoing, .. } = &mut *state;
        for failed in delivered.failed {
            close(hub, failed, now, outgoing);
        }
        state.next_look = next_look;
        if let Some(used) = used {
            state.used = used;
        }
        state
    }

    /// These are closed; should they not end by themselves, the clock will cut them.
    fn linger(&self, closed: Vec<(Arc<Peer>, Unread)>) {
        if closed.is_empty() {
            return;
        }
        let now = Instant::now();
        lock(&self.lingering).extend(closed.into_iter().map(|(peer, unread)| match unread {
            Unread::Sent => (now + self.limits.stall_max, Arc::downgrade(&peer)),
            Unread::Dropped => (now + self.limits.linger_max, Arc::downgrade(&peer)),
        }));
    }

    /// Ends the dispatcher's thread; nothing is delivered after that.
    pub(super) fn dismiss(&self) {
        lock(&self.state).role = Role::Dismissed;
        self.called.notify_one();
    }

    /// The dispatcher's thread.
    pub(super) fn run(&self) {
        while let Some(mut state) = self.wait_for_work() {
            state.role = Role::Held;
            let held = Held(self);
            let mut polled = Polled::default();
            loop {
                let due = state.next_look.is_some_and(|at| at <= Instant::now());
                if !due && state.outgoing.is_empty() {
                    break;
                }
                let notes = state.hub.take_notes();
                let (round, arrivals) = self.take(&mut state);
                drop(state);
                for note in notes {
                    self.log.note(note);
                }
                let begun = Instant::now();
                let mut members = lock(&self.members);
                let mut delivered = members.deliver(&round, arrivals, &self.limits);
                if due {
                    delivered.failed.extend(members.look(&self.limits));
                }
                drop(members);
                let took = begun.elapsed();
                polled.read();
                state = self.settle(delivered, Some(round));
                let now = self.now();
                let State {
                    hub,
                    outgoing,
                    queue,
                    polling,
                    ..
                } = &mut *state;
                let is_clear = |light| queue.is_clear(light);
                polled.hand_in(polling, took, is_clear, hub, outgoing, now);
            }
            polled.close(&mut state.polling);
            drop(state);
            polled.give_back();
            drop(held);
        }
    }

    /// Waits to be called, or for the time to look at those who are behind; `None` where the server has stopped.
    fn wait_for_work(&self) -> Option<MutexGuard<'_, State>> {
        let mut state = lock(&self.state);
        loop {
            let look = state
                .next_look
                .map(|at| at.saturating_duration_since(Instant::now()));
            state = match (&state.role, look) {
                (Role::Dismissed, _) => return None,
                (Role::Called, _) | (Role::Free { .. }, Some(Duration::ZERO)) => {
                    return Some(state);
                }
                (Role::Free { .. }, Some(left)) => {
                    let waited = self.called.wait_timeout(state, left);
                    waited.unwrap_or_else(|_| std::process::abort()).0
                }
                (Role::Free { .. } | Role::Held, _) => {
                    let waited = self.called.wait(state);
                    waited.unwrap_or_else(|_| std::process::abort())
                }
            };
        }
    }

    /// The clock's thread: everything that has a deadline is looked at here, at most a second late, so that no other
    /// thread needs a timer. Ends with the server.
    pub(super) fn run_clock(dispatcher: &Weak<Dispatcher>) {
        while let Some(interval) = dispatcher.upgrade().map(|this| this.limits.tick()) {
            let next = Instant::now() + interval;
            // Parking may end early; nothing else wakes it.
            loop {
                let left = next.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                thread::park_timeout(left);
            }
            if let Some(this) = dispatcher.upgrade() {
                this.tick();
            }
        }
    }

    /// Time has passed.
    pub(super) fn tick(&self) {
        self.enter(|hub, out, now| hub.tick(now, out));
        let now = Instant::now();
        lock(&self.lingering).retain(|(deadline, peer)| {
            let late = *deadline <= now;
            if late && let Some(peer) = peer.upgrade() {
                peer.cut();
            }
            !late && peer.strong_count() > 0
        });
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }
}

/// Tells the hub of a connection that could not be written to.
fn close(hub: &mut Hub, failed: (ConnectionId, Failure), now: Now, out: &mut Outgoing) {
    let (id, failure) = failed;
    let (code, sentence) = match failure {
        Failure::TooSlow => (Code::TOO_SLOW, "you did not read what was sent to you"),
        Failure::Broken => (Code::LOST, "the connection broke"),
    };
    hub.close(id, code, sentence, now, out);
}

/// Gives the role back on any way out: frees it, or calls the thread if something came meanwhile. "Nothing waits"
/// and "free" are one step.
struct Held<'a>(&'a Dispatcher);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if let Role::Dismissed = state.role {
            return;
        }
        state.role = if state.outgoing.is_empty() {
            Role::Free {
                since: Instant::now(),
            }
        } else {
            Role::Called
        };
        if matches!(state.role, Role::Called) || state.next_look.is_some() {
            self.0.called.notify_one();
        }
    }
}
