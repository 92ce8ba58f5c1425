//! The post: the one entrance to the hub, and what brings its letters to the sockets.
//!
//! The *postman* is a role, held by one thread at a time, and its holder alone delivers. It takes all that is
//! waiting at once and walks it in order; while it walks, more gathers, so the batches grow by themselves under load
//! and the cost of a message falls. Whoever leaves something at the hub either takes the role, for one round, or
//! knows that its holder will look again.
//!
//! - When things are quiet the thread that left something delivers it itself: no switch of threads, which is most of
//!   the way to ten people.
//! - When the role was free for less than [`QUIET`] it calls the postman's own thread instead. Without that
//!   the rounds of a busy room stay short, because a round of fifty writes is over before the next message.
//! - While that thread walks short rounds, several readers that have nothing in hand lend it their [`ears`], and are
//!   not woken for each line.
//!
//! Invariants: entries wait only while the role is held or its thread is called (`leave` and the end of a round
//! decide both under the hub's lock) · under that lock nothing is written, spawned or waited for, except by a reader
//! that does not hold the role, for room in the list · locks are taken in the order hub, outbox, never back · memory
//! is at most the list's bound, as much again in the round being walked, and what the couriers hold.
//!
//! Ruled out, measured on two cores with 1000 members: a writer thread for each connection (a seventeenth of
//! the deliveries), and letting every sender write to all (under half, and one stalled member stalls its senders).

mod courier;
pub(super) mod ears;
mod letters;
pub(super) mod means;
mod outbox;
pub(super) mod peer;
mod round;

#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::hub::{Hub, Now};
use super::limits::Limits;
use super::log::Log;
use super::outgoing::{Outgoing, Round, Unread};
use crate::wire::{Code, UnixMs};
use ears::{Ear, Ears, Heard, Lending};
use means::{Failed, Means, Spawn, lock};
use peer::Peer;
use round::{Rounds, Walked};

/// How long the role must have been free for a visitor to take it.
const QUIET: Duration = Duration::from_micros(100);

/// What the hub's lock guards.
struct Desk {
    hub: Hub,
    outgoing: Outgoing,
    role: Role,
    /// Connections that the hub knows and the postman has yet to meet.
    arrivals: Vec<Arc<Peer>>,
    /// The last round, for its memory.
    used: Round,
    readers_waiting: usize,
    lending: Lending,
}

/// Who delivers?
enum Role {
    /// Nobody, since then; and nothing waits.
    Free { since: Instant },
    /// The postman's thread is to.
    Called,
    /// Somebody does.
    Held,
    /// Nobody ever again: the server has stopped.
    Dismissed,
}

/// See the module.
pub(super) struct Post {
    desk: Mutex<Desk>,
    called: Condvar,
    cleared: Condvar,
    rounds: Mutex<Rounds>,
    lingering: Mutex<Vec<(Instant, Weak<Peer>)>>,
    started: Instant,
    means: Arc<Means>,
    log: Log,
}

impl Post {
    pub(super) fn new(hub: Hub, outgoing: Outgoing, log: Log, spawn: Spawn) -> Arc<Post> {
        let limits = hub.limits().clone();
        let started = Instant::now();
        let desk = Desk {
            hub,
            outgoing,
            role: Role::Free { since: started },
            arrivals: Vec::new(),
            used: Round::default(),
            readers_waiting: 0,
            lending: Lending::default(),
        };
        Arc::new_cyclic(|post: &Weak<Post>| {
            let office = Weak::clone(post);
            let report = move |failed| {
                if let Some(post) = office.upgrade() {
                    post.enter(|hub, out, now| close(hub, failed, now, out));
                }
            };
            Post {
                desk: Mutex::new(desk),
                called: Condvar::new(),
                cleared: Condvar::new(),
                rounds: Mutex::default(),
                lingering: Mutex::default(),
                started,
                means: Arc::new(Means {
                    limits,
                    spawn,
                    couriered: AtomicUsize::new(0),
                    report: Box::new(report),
                }),
                log,
            }
        })
    }

    /// Enters the hub, and sees to it that what was left there is delivered.
    pub(super) fn enter<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T,
    ) -> T {
        self.visit(lock(&self.desk), act)
    }

    /// The same for a reader: waits while more is waiting to be delivered than the limit. Departures, the clock and
    /// the operator never wait, so that what waits can always be taken back.
    pub(super) fn enter_when_clear<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T,
    ) -> T {
        let mut desk = lock(&self.desk);
        while desk.outgoing.bytes() > self.limits().outgoing_bytes_max {
            desk.readers_waiting += 1;
            desk = self
                .cleared
                .wait(desk)
                .unwrap_or_else(|_| std::process::abort());
            desk.readers_waiting -= 1;
        }
        self.visit(desk, act)
    }

    /// The same for one who brings a connection.
    pub(super) fn arrive(
        self: &Arc<Self>,
        open: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> Option<Arc<Peer>>,
    ) -> Option<Arc<Peer>> {
        let mut desk = lock(&self.desk);
        let now = self.now();
        let Desk {
            hub,
            outgoing,
            arrivals,
            ..
        } = &mut *desk;
        let peer = open(hub, outgoing, now);
        arrivals.extend(peer.clone());
        self.leave(desk);
        peer
    }

    /// By a reader that has handed in what it had: lends its ear, if the postman's thread takes it, and waits to have
    /// it back.
    #[inline(never)]
    pub(super) fn lend(&self, peer: &Arc<Peer>, ear: Ear) -> (Ear, Heard) {
        if !ear.reader.is_plain_and_untraced() {
            return (ear, Heard::Nothing);
        }
        let lent = {
            let mut desk = lock(&self.desk);
            // Before that every read counts against what one may send without a name.
            if desk.hub.is_named(peer.id()) {
                desk.lending.lend(peer, ear)
            } else {
                Err(ear)
            }
        };
        match lent {
            Ok(returned) => returned.recv().unwrap_or_else(|_| std::process::abort()),
            Err(ear) => (ear, Heard::Nothing),
        }
    }

    fn visit<T>(
        self: &Arc<Self>,
        mut desk: MutexGuard<'_, Desk>,
        act: impl FnOnce(&mut Hub, &mut Outgoing, Now) -> T,
    ) -> T {
        let now = self.now();
        let Desk { hub, outgoing, .. } = &mut *desk;
        let done = act(hub, outgoing, now);
        self.leave(desk);
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

    /// Whoever leaves entries takes the role or wakes it: every way out of the hub ends here.
    fn leave(self: &Arc<Self>, mut desk: MutexGuard<'_, Desk>) {
        let notes = desk.hub.take_notes();
        let mine = !desk.outgoing.is_empty() && self.take_or_call(&mut desk);
        let letters = mine.then(|| self.take(&mut desk));
        drop(desk);
        for note in notes {
            self.log.note(note);
        }
        if let Some((round, arrivals)) = letters {
            let held = Held(self);
            self.deliver(round, arrivals);
            drop(held);
        }
    }

    /// Takes the role if it is free and things are quiet; otherwise sees to it that its holder looks.
    fn take_or_call(&self, desk: &mut Desk) -> bool {
        match desk.role {
            Role::Called | Role::Held | Role::Dismissed => false,
            Role::Free { since } if since.elapsed() >= QUIET => {
                desk.role = Role::Held;
                true
            }
            Role::Free { .. } => {
                desk.role = Role::Called;
                self.called.notify_one();
                false
            }
        }
    }

    fn take(&self, desk: &mut Desk) -> (Round, Vec<Arc<Peer>>) {
        let used = std::mem::take(&mut desk.used);
        let round = desk.outgoing.take(used);
        if desk.readers_waiting > 0 {
            self.cleared.notify_all();
        }
        (round, std::mem::take(&mut desk.arrivals))
    }

    /// One round, by whoever holds the role.
    fn deliver(self: &Arc<Self>, round: Round, arrivals: Vec<Arc<Peer>>) {
        let Walked {
            used,
            failed,
            closed,
        } = lock(&self.rounds).walk(round, arrivals, &self.means);
        self.linger(closed);
        let mut desk = lock(&self.desk);
        desk.used = used;
        let now = self.now();
        let Desk { hub, outgoing, .. } = &mut *desk;
        for failed in failed {
            close(hub, failed, now, outgoing);
        }
    }

    /// These are closed; should they not end by themselves, the clock will.
    fn linger(&self, closed: Vec<(Arc<Peer>, Unread)>) {
        if closed.is_empty() {
            return;
        }
        let now = Instant::now();
        let limits = self.limits();
        lock(&self.lingering).extend(closed.into_iter().map(|(peer, unread)| match unread {
            Unread::Sent => (now + limits.stall_max, Arc::downgrade(&peer)),
            Unread::Dropped => (now + limits.linger_max, Arc::downgrade(&peer)),
        }));
    }

    /// Ends the postman's thread; nothing is delivered after that.
    pub(super) fn dismiss_postman(&self) {
        lock(&self.desk).role = Role::Dismissed;
        self.called.notify_one();
    }

    /// The postman's thread.
    pub(super) fn run(self: &Arc<Self>) {
        loop {
            let mut desk = lock(&self.desk);
            while !matches!(desk.role, Role::Called) {
                if let Role::Dismissed = desk.role {
                    return;
                }
                desk = self
                    .called
                    .wait(desk)
                    .unwrap_or_else(|_| std::process::abort());
            }
            desk.role = Role::Held;
            let held = Held(self);
            let mut ears = Ears::default();
            while !desk.outgoing.is_empty() {
                let notes = desk.hub.take_notes();
                let (round, arrivals) = self.take(&mut desk);
                drop(desk);
                for note in notes {
                    self.log.note(note);
                }
                let begun = Instant::now();
                self.deliver(round, arrivals);
                let took = begun.elapsed();
                ears.listen();
                desk = lock(&self.desk);
                let now = self.now();
                let Desk {
                    hub,
                    outgoing,
                    lending,
                    ..
                } = &mut *desk;
                ears.hand_in(lending, took, hub, outgoing, now);
            }
            ears.close(&mut desk.lending);
            drop(desk);
            ears.give_back();
            drop(held);
        }
    }

    /// Time has passed.
    pub(super) fn tick(self: &Arc<Self>) {
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
        &self.means.limits
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn spawn(&self, name: String, run: Box<dyn FnOnce() + Send>) -> std::io::Result<()> {
        (self.means.spawn)(name, run)
    }
}

/// The hub is told of a connection that could not be written to.
fn close(hub: &mut Hub, failed: Failed, now: Now, out: &mut Outgoing) {
    let slow = failed.code == Code::TOO_SLOW;
    let sentence = if slow {
        "you did not read what was sent to you"
    } else {
        "the connection broke"
    };
    hub.close(failed.id, failed.code, sentence, now, out);
}

/// Gives the role back on any way out: frees it, or calls the thread if something came meanwhile. "Nothing waits"
/// and "free" are one step.
struct Held<'a>(&'a Arc<Post>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut desk = lock(&self.0.desk);
        if let Role::Dismissed = desk.role {
        } else if desk.outgoing.is_empty() {
            desk.role = Role::Free {
                since: Instant::now(),
            };
        } else {
            desk.role = Role::Called;
            self.0.called.notify_one();
        }
    }
}
