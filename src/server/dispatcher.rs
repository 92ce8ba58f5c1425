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
//! a pair in another room waited up to 400 ms where all came in one order, and mostly 10 to 45 ms now. A `Condvar` wakes
//! in no order, so those who wait stand in a queue and its first is unparked. The clock, the operator, arrivals and those
//! who have to be closed never wait: what waits can always be taken back.
//!
//! Invariants: something waits only while the role is held or its thread is called (`leave` and the end of a round
//! decide both under the hub's lock) · under that lock nothing is written, spawned or waited for · the hub's lock
//! is never held together with another, and members come before an outbox · memory is at most the round's bound, as much again in the round being
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
use super::outbox::{Peer, lock};
use super::outgoing::{Outgoing, Round};
use super::polling::{Polled, Polling};
use super::round::Members;
use crate::wire::UnixMs;

#[cfg(test)]
mod tests;

/// How long the role must have been free for a visitor to take it.
const QUIET: Duration = Duration::from_micros(100);
/// Light turns that may come before a heavy one: an answer can be long where the question was short.
const PASSED_MAX: u8 = 8;
/// How long the dispatcher's thread waits where nothing is due; it is called before.
const A_WHILE: Duration = Duration::from_secs(3600);

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
    waiting: VecDeque<Thread>,
    /// The first so many have a turn that costs little.
    light: usize,
    /// So many light turns have come before the heavy one that waits first.
    passed: u8,
}

impl Queue {
    /// True if nobody has to go before one that comes now.
    fn is_clear(&self, light: bool) -> bool {
        let may_pass = light && self.light == 0 && self.passed < PASSED_MAX;
        self.waiting.is_empty() || may_pass
    }

    /// Whose turn it is, as a place in the queue.
    fn first(&self) -> usize {
        let enough = self.passed >= PASSED_MAX;
        if enough { self.light } else { 0 }
    }

    /// A turn is taken: the first one's, or that of one that need not wait.
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

    fn join(&mut self, light: bool) {
        let place = match light {
            true => self.light,
            false => self.waiting.len(),
        };
        self.waiting.insert(place, thread::current());
        self.light += usize::from(light);
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

    /// Enters the hub, and sees to it that what was left there is delivered.
    pub(super) fn enter<T>(&self, act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T) -> T {
        self.arrive(|hub, out, _, now| act(hub, out, now))
    }

    /// Enters the hub with connections, which are added to the list.
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

    /// A reader's thread: serves its connection to the end.
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

    /// Hands in what a reader has read, when its turn has come. Where the dispatcher's thread reads for those who
    /// speak, it takes over, and this returns when there is something for the reader to do again.
    fn hand_in(&self, inbound: &mut Inbound) -> Turn {
        let mut state = self.turn(inbound);
        let now = self.now();
        let all = &mut *state;
        let turn = inbound.hand_in(&mut all.hub, &mut all.outgoing, now);
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

    /// Waits while the round is full, and while others wait who come before.
    fn turn(&self, inbound: &Inbound) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let light = inbound.is_light(&state.outgoing);
        if state.queue.is_clear(light) && !state.outgoing.is_full(&self.limits) {
            state.queue.take_turn(None);
            return state;
        }
        state.queue.join(light);
        let me = thread::current().id();
        loop {
            drop(state);
            // Whoever makes room wakes the first; one that is woken before this does not park at all.
            thread::park();
            state = lock(&self.state);
            let first = state.queue.first();
            let is_first = state.queue.waiting.get(first).map(Thread::id) == Some(me);
            if is_first && !state.outgoing.is_full(&self.limits) {
                state.queue.take_turn(Some(first));
                return state;
            }
        }
    }

    /// Read under the hub's lock, so that the times of events rise as their ids do.
    fn now(&self) -> Now {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since_1970.unwrap_or_default().as_millis();
        let unix = UnixMs(u64::try_from(millis).unwrap_or(u64::MAX));
        let monotonic = self.started.elapsed();
        Now { monotonic, unix }
    }

    /// Whoever leaves something takes the role or calls its thread: every way out of the hub ends here.
    ///
    /// The role is taken if it is free and things are quiet. Otherwise its holder, or the thread that is called, will
    /// look again.
    fn leave(&self, mut state: MutexGuard<'_, State>) {
        self.wake_next(&state);
        if let Role::Free { since } = state.role
            && !state.outgoing.is_empty()
        {
            if since.elapsed() >= QUIET {
                state.role = Role::Held;
                let held = Held(self);
                drop(self.deliver(state, || ()));
                return drop(held);
            }
            state.role = Role::Called;
            self.called.notify_one();
        }
        self.unlock(state);
    }

    /// Leaves the hub, and then tells the log what happened there.
    fn unlock(&self, mut state: MutexGuard<'_, State>) {
        let notes = state.hub.take_notes();
        drop(state);
        notes.iter().for_each(|note| self.log.note(note));
    }

    /// Wakes the reader whose turn it is.
    fn wake_next(&self, state: &State) {
        if let Some(next) = state.queue.waiting.get(state.queue.first())
            && !state.outgoing.is_full(&self.limits)
        {
            next.unpark();
        }
    }

    /// Delivers all that waits, as the role's holder, and tells the hub who has to be closed. Meanwhile the hub is free
    /// for the next round. `between` is for what else has to be done without its lock.
    fn deliver<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        between: impl FnOnce(),
    ) -> MutexGuard<'a, State> {
        let used = std::mem::take(&mut state.used);
        let round = state.outgoing.take(used);
        let arrivals = std::mem::take(&mut state.arrivals);
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

    /// The dispatcher's thread.
    pub(super) fn run(&self) {
        while let Some(mut state) = self.wait_for_work() {
            state.role = Role::Held;
            let held = Held(self);
            let mut polled = Polled::default();
            // Either something waits, or it is time to look at those who are behind.
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

    /// Waits to be called, or for the time to look at those who are behind; `None` where the server has stopped.
    fn wait_for_work(&self) -> Option<MutexGuard<'_, State>> {
        let mut state = lock(&self.state);
        loop {
            let left = |at: Instant| at.saturating_duration_since(Instant::now());
            let longest = match state.role {
                Role::Dismissed => return None,
                Role::Called => return Some(state),
                Role::Free { .. } => state.next_look.map_or(A_WHILE, left),
                // Its holder calls when it gives it back, if there is anything to do.
                Role::Held => A_WHILE,
            };
            if longest.is_zero() {
                return Some(state);
            }
            let waited = self.called.wait_timeout(state, longest);
            state = waited.unwrap_or_else(|_| std::process::abort()).0;
        }
    }

    /// The clock's thread: everything that has a deadline is looked at here, at most a second late, so that no other
    /// thread needs a timer. Ends with the server.
    pub(super) fn run_clock(dispatcher: &Weak<Dispatcher>) {
        while let Some(this) = dispatcher.upgrade() {
            this.tick();
            let interval = this.limits.tick();
            // Not held while it waits, or the server would never go.
            drop(this);
            thread::park_timeout(interval);
        }
    }

    /// Time has passed.
    pub(super) fn tick(&self) {
        self.enter(|hub, out, now| hub.tick(now, out));
        lock(&self.members).cut_late();
    }
}

/// Gives the role back on any way out: frees it, or calls the thread if something came meanwhile. "Nothing waits"
/// and "free" are one step.
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
        // For those who are behind the thread has to wait for another time than before.
        if matches!(state.role, Role::Called) || state.next_look.is_some() {
            self.0.called.notify_one();
        }
    }
}
