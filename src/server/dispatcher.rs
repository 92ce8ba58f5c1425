//! The dispatcher: guards the hub with one lock, and brings what the hub writes to the sockets.
//!
//! Delivering is a *role*, held by one thread at a time. The holder takes everything that waits, a *round*, and
//! delivers it without the lock. Meanwhile the next round gathers. So rounds grow under load by themselves, and a
//! message costs less the more there are. A thread that leaves something at the hub takes the role for one round, or
//! knows that its holder will look again.
//!
//! - While things are quiet, the thread that left something delivers it itself. That saves a switch of threads, which
//!   is most of what it takes to reach ten people.
//! - If the role was free for less than [`QUIET`], it calls the dispatcher's own thread instead. Otherwise the rounds
//!   of a busy room would stay short, because a round of fifty writes is over before the next message arrives.
//! - While that thread delivers short rounds, it also reads for those who speak ([`polling`](super::polling)).
//!
//! While the round is full, readers wait for their turn: first come, first served among the light turns and among the
//! heavy ones, and the light ones first, to whom half of a round is left. With thirty people who say long lines to a
//! room of two hundred, a pair in another room waited up to 400 ms when all stood in one queue, up to 130 ms when
//! heavy turns could fill a round, where memory was slow to be had, and 1 to 11 ms now. A `Condvar` wakes
//! threads in no order, so the waiting threads stand in a queue of our own and its first is unparked. The clock, the
//! operator, arrivals and closings never wait.
//!
//! Invariants:
//! - Something waits only while the role is held or its thread is called. `leave` and the end of a round decide both
//!   under the hub's lock.
//! - Under that lock nothing is written, spawned or waited for, and no other lock is taken. The members' lock comes
//!   before an outbox's.
//! - Memory is at most one round's bound, as much again in the round being delivered, and the backlogs.
//!
//! Ruled out, measured on two cores with 1000 members: a writer thread for each connection (a seventeenth of the
//! deliveries), and letting every sender write to all (under half, and one stalled member stalls its senders).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::hub::{Hub, Now};
use super::inbound::{Inbound, Turn};
use super::limits::Limits;
use super::log::Log;
use super::outbox::{Peer, lock};
use super::outgoing::{Outgoing, Round};
use super::polling::{Polled, Polling};
use super::round::Members;
use crate::clock;

#[cfg(test)]
mod tests;

/// How long the role must have been free before a reader takes it.
const QUIET: Duration = Duration::from_micros(100);
/// Light turns that may overtake a heavy one. Bounded, so that heavy ones are not starved.
const PASSED_MAX: u8 = 8;
/// How long the dispatcher's thread sleeps if nothing is due; a call wakes it earlier.
const A_WHILE: Duration = Duration::from_secs(3600);

/// What the hub's lock guards.
struct State {
    hub: Hub,
    outgoing: Outgoing,
    role: Role,
    /// Connections that the hub has admitted and no round has seen yet.
    arrivals: Vec<Arc<Peer>>,
    /// The last round, kept to reuse its memory.
    used: Round,
    queue: Queue,
    polling: Polling,
    /// When to look at those who are behind; `None` while nobody is.
    next_look: Option<Instant>,
}

/// Readers that wait for their turn.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Thread>,
    /// How many of them have a light turn; these stand in front.
    light: usize,
    /// How many light turns have overtaken the first heavy one.
    passed: u8,
}

impl Queue {
    /// True if a thread that arrives now need not wait for others.
    fn is_clear(&self, light: bool) -> bool {
        let may_pass = light && self.light == 0 && self.passed < PASSED_MAX;
        self.waiting.is_empty() || may_pass
    }

    /// Whose turn it is, as an index into the queue.
    fn first(&self) -> usize {
        // Behind the light ones stands the first heavy one.
        let enough = self.passed >= PASSED_MAX;
        if enough { self.light } else { 0 }
    }

    /// Records that a turn begins: of this thread in the queue, or of one that did not have to wait.
    fn take_turn(&mut self, first: Option<usize>) {
        let heavy_waits = self.waiting.len() > self.light;
        let is_light = first.is_none_or(|place| place < self.light);
        if let Some(place) = first {
            self.waiting.remove(place);
            self.light -= usize::from(is_light);
        }
        let passed = is_light && heavy_waits;
        self.passed = if passed { self.passed + 1 } else { 0 };
    }

    /// Queues the current thread, the light ones in front of the heavy.
    fn join(&mut self, light: bool) {
        let place = match light {
            true => self.light,
            false => self.waiting.len(),
        };
        self.waiting.insert(place, thread::current());
        self.light += usize::from(light);
    }
}

impl State {
    /// The reader whose turn it is, if the round has room for it.
    fn next(&self, limits: &Limits) -> Option<&Thread> {
        let first = self.queue.first();
        let light = first < self.queue.light;
        let next = self.queue.waiting.get(first);
        next.filter(|_| !self.outgoing.is_full(light, limits))
    }
}

/// Who delivers.
enum Role {
    /// Nobody since then, and nothing waits.
    Free { since: Instant },
    /// The dispatcher's thread, which has been woken and has yet to begin.
    Called,
    /// The thread that holds it, now.
    Held,
    /// Nobody any more: the server has stopped.
    Dismissed,
}

/// Guards the hub, and delivers what it writes.
pub(super) struct Dispatcher {
    state: Mutex<State>,
    /// Wakes the dispatcher's thread.
    called: Condvar,
    /// Locked by the role's holder for a round, and for a moment by the clock.
    members: Mutex<Members>,
    started: Instant,
    pub(super) limits: Limits,
    pub(super) log: Log,
}

impl Dispatcher {
    pub(super) fn new(hub: Hub, log: Log) -> Arc<Dispatcher> {
        let limits = hub.limits().clone();
        let started = Instant::now();
        let state = Mutex::new(State {
            hub,
            outgoing: Outgoing::default(),
            role: Role::Free { since: started },
            arrivals: Vec::new(),
            used: Round::default(),
            queue: Queue::default(),
            polling: Polling::default(),
            next_look: None,
        });
        Arc::new(Dispatcher {
            state,
            called: Condvar::new(),
            members: Mutex::default(),
            started,
            limits,
            log,
        })
    }

    /// Calls the hub under its lock, and makes sure that what it wrote is delivered.
    pub(super) fn enter<T>(&self, act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T) -> T {
        self.arrive(|hub, out, _, now| act(hub, out, now))
    }

    /// The same, for connections that have just arrived, which `act` adds to the list.
    pub(super) fn arrive<T>(
        &self,
        act: impl FnOnce(&mut Hub, &mut Outgoing, &mut Vec<Arc<Peer>>, Now) -> T,
    ) -> T {
        let mut state = lock(&self.state);
        let now = self.now();
        let all = &mut *state;
        let done = act(&mut all.hub, &mut all.outgoing, &mut all.arrivals, now);
        self.leave(state);
        done
    }

    /// Runs on a reader's thread: serves one connection to its end.
    pub(super) fn serve(&self, mut inbound: Inbound) {
        loop {
            inbound.read();
            match self.hand_in(&mut inbound) {
                Turn::Done | Turn::More => {}
                Turn::Owes(time) => inbound.pay(time),
                Turn::Closed => return inbound.discard(self.limits.linger_bytes_max),
                Turn::Gone => return,
            }
        }
    }

    /// Hands in what a reader has read, when its turn has come. If the dispatcher is polling, it may take the inbound
    /// over; then this blocks until it gives the inbound back.
    fn hand_in(&self, inbound: &mut Inbound) -> Turn {
        let mut state = self.turn(inbound);
        let now = self.now();
        let all = &mut *state;
        let turn = inbound.hand_in(&mut all.hub, &mut all.outgoing, now);
        // Offered only while somebody delivers: an idle dispatcher has nothing to poll for.
        let taken = match (turn, &all.role) {
            (Turn::Done, Role::Held) => all.polling.offer(inbound, &all.hub),
            _ => None,
        };
        self.leave(state);
        let Some(returned) = taken else {
            return turn;
        };
        let (returned, turn) = returned.recv().unwrap_or_else(|_| std::process::abort());
        inbound.put_back(returned);
        turn
    }

    /// Waits while the round is full or others are in front, and returns with the hub locked. This is the
    /// backpressure: a reader that waits here does not read, its socket's buffer fills, and TCP stops the sender.
    fn turn(&self, inbound: &Inbound) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let light = inbound.is_light(&state.outgoing);
        if state.queue.is_clear(light) && !state.outgoing.is_full(light, &self.limits) {
            state.queue.take_turn(None);
            return state;
        }
        state.queue.join(light);
        let me = thread::current().id();
        while state.next(&self.limits).map(Thread::id) != Some(me) {
            drop(state);
            // No wake-up is lost between the unlock and this: an `unpark` that comes first makes `park` return at once.
            // It may also return for no reason, so everything is checked again.
            thread::park();
            state = lock(&self.state);
        }
        let first = state.queue.first();
        state.queue.take_turn(Some(first));
        state
    }

    /// Reads both clocks. Called under the hub's lock, so that times rise as ids do.
    fn now(&self) -> Now {
        let (monotonic, unix) = (self.started.elapsed(), clock::now());
        Now { monotonic, unix }
    }

    /// Ends a visit to the hub; every one ends here. If something waits and the role is free, takes the role, or
    /// calls the dispatcher's thread while things are busy. If the role is not free, its holder will look again.
    fn leave(&self, mut state: MutexGuard<'_, State>) {
        self.wake_next(&state);
        if let Role::Free { since } = state.role
            && !state.outgoing.is_empty()
        {
            if since.elapsed() >= QUIET {
                state.role = Role::Held;
                // The lock is released first: dropping `held` takes it again, to free the role.
                let held = Held(self);
                drop(self.deliver(state, || ()));
                return drop(held);
            }
            state.role = Role::Called;
            self.called.notify_one();
        }
        self.unlock(state);
    }

    /// Releases the hub's lock, and only then writes the notes to the log.
    fn unlock(&self, mut state: MutexGuard<'_, State>) {
        let notes = state.hub.take_notes();
        drop(state);
        notes.iter().for_each(|note| self.log.note(note));
    }

    /// Wakes the reader whose turn it is.
    fn wake_next(&self, state: &State) {
        if let Some(next) = state.next(&self.limits) {
            next.unpark();
        }
    }

    /// Delivers all that waits. The caller holds the role. The lock is released meanwhile, since a round may be a
    /// thousand system calls, and taken again to close those whose delivery failed. `between` runs before that, for
    /// what else has to be done without the lock.
    fn deliver<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        between: impl FnOnce(),
    ) -> MutexGuard<'a, State> {
        let used = std::mem::take(&mut state.used);
        // Two rounds take turns: one gathers while the other is delivered, and neither allocates anew.
        let round = state.outgoing.take(used);
        let arrivals = std::mem::take(&mut state.arrivals);
        // The round that gathers is empty now, so there is room for the next turn.
        self.wake_next(&state);
        self.unlock(state);
        let mut members = lock(&self.members);
        let failed = members.deliver(&round, arrivals, &self.limits);
        let next_look = members.next_look();
        drop(members);
        between();
        let mut state = lock(&self.state);
        (state.used, state.next_look) = (round, next_look);
        let now = self.now();
        let all = &mut *state;
        for (id, fault) in failed {
            all.hub.close(id, fault, now, &mut all.outgoing);
        }
        state
    }

    /// Ends the dispatcher's thread; nothing is delivered after that.
    pub(super) fn dismiss(&self) {
        lock(&self.state).role = Role::Dismissed;
        self.called.notify_one();
    }

    /// Runs on the dispatcher's thread.
    pub(super) fn run(&self) {
        while let Some(mut state) = self.wait_for_work() {
            state.role = Role::Held;
            let held = Held(self);
            let mut polled = Polled::default();
            // Either a round waits, or it is time to look at those who are behind.
            let is_due = |at| at <= Instant::now();
            while !state.outgoing.is_empty() || state.next_look.is_some_and(is_due) {
                let begun = Instant::now();
                let mut took = Duration::ZERO;
                state = self.deliver(state, || {
                    took = begun.elapsed();
                    polled.read();
                });
                let (now, all) = (self.now(), &mut *state);
                let (polling, hub, out) = (&mut all.polling, &mut all.hub, &mut all.outgoing);
                let is_clear = |light| all.queue.is_clear(light);
                polled.hand_in(polling, took, is_clear, hub, out, now);
            }
            polled.close(&mut state.polling);
            drop(state);
            polled.give_back();
            drop(held);
        }
    }

    /// Waits to be called, or for the time to look at those who are behind; `None` once the server has stopped.
    fn wait_for_work(&self) -> Option<MutexGuard<'_, State>> {
        let mut state = lock(&self.state);
        loop {
            let left = |at: Instant| at.saturating_duration_since(Instant::now());
            let longest = match state.role {
                Role::Dismissed => return None,
                Role::Called => return Some(state),
                Role::Free { .. } => state.next_look.map_or(A_WHILE, left),
                // Its holder calls this thread when it gives the role back, if there is anything to do.
                Role::Held => A_WHILE,
            };
            if longest.is_zero() {
                return Some(state);
            }
            let waited = self.called.wait_timeout(state, longest);
            state = waited.unwrap_or_else(|_| std::process::abort()).0;
        }
    }

    /// Runs on the clock's thread: checks every deadline, at most a second late, so that no other thread needs a timer.
    /// Ends with the server.
    pub(super) fn run_clock(dispatcher: &Weak<Dispatcher>) {
        while let Some(this) = dispatcher.upgrade() {
            this.tick();
            let interval = this.limits.tick();
            // Only a `Weak` is held while it waits, or the server would never be dropped.
            drop(this);
            thread::park_timeout(interval);
        }
    }

    /// Checks the deadlines of the hub and of closed connections.
    pub(super) fn tick(&self) {
        self.enter(|hub, out, now| hub.tick(now, out));
        lock(&self.members).cut_late();
    }
}

/// Gives the role back when dropped, so on any way out: frees it, or calls the thread if something came meanwhile. Both
/// are decided under the lock, or a line that comes between "nothing waits" and "free" would lie there for ever.
struct Held<'a>(&'a Dispatcher);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        let since = Instant::now();
        state.role = match state.role {
            Role::Dismissed => return,
            _ if state.outgoing.is_empty() => Role::Free { since },
            _ => Role::Called,
        };
        // With somebody behind, the thread has to wake at another time than the one it sleeps until.
        if matches!(state.role, Role::Called) || state.next_look.is_some() {
            self.0.called.notify_one();
        }
    }
}
