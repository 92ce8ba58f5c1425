//! Delivering a round: what was said since the last one, to everybody it is for, in one write each.
//!
//! Each member has a cursor: how much of its room's buffer it has been given. A step for one connection first moves its
//! cursor to where the step stands, and at the end everybody's moves to the end of the buffer. Who is in which room
//! is therefore right at every point, and nobody has to ask the hub.
//!
//! Only whoever holds the dispatcher's role is here, so nothing here is shared. Those who are behind are looked at
//! from here too, each at a time of its own: often while it takes something, seldom while it does not. Only time tells
//! when a socket has room again, for the standard library has no `poll`; nothing else here waits for time.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::IoSlice;
use std::ops::Range;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::limits::Limits;
use super::outbox::{Peer, too_slow};
use super::outgoing::{ConnectionId, RoomId, Round, Step, StepKind, Unread};
use crate::wire::Fault;

/// After this time one that is behind and took something is looked at again.
const LOOK_SOON: Duration = Duration::from_millis(1);
/// Looked at in one go: together they may be written 4 MiB, and then whoever speaks comes first.
const LOOKS_MAX: usize = 16;
/// The longest time between two looks: the pause doubles while nothing is taken, being as long as that has lasted.
const LOOK_LATE: Duration = Duration::from_millis(64);

/// Everybody who is connected, and where.
#[derive(Default)]
pub(super) struct Members {
    all: HashMap<ConnectionId, Member>,
    rooms: HashMap<RoomId, Vec<ConnectionId>>,
    /// Those that did not take all they were sent.
    behind: HashMap<ConnectionId, Behind>,
    /// Closed connections, and when they are cut if they have not ended by then.
    lingering: Vec<(Instant, Weak<Peer>)>,
}

struct Member {
    peer: Arc<Peer>,
    /// Its room, and where it is in the list of the room's members.
    seat: Option<(RoomId, usize)>,
    /// How much of its room's buffer it has been given in this round.
    cursor: usize,
    /// What it gets in this round, up to the cursor: parts of a room's buffer, or of the direct lines.
    slices: Vec<(Option<RoomId>, Range<usize>)>,
}

struct Behind {
    peer: Arc<Peer>,
    /// When to look again.
    next: Instant,
    /// When it last took something.
    since: Instant,
}

/// What comes of a round that is on its way.
#[derive(Default)]
struct Delivery<'a> {
    /// Members that get something besides what is said in their room, or no longer get that.
    told: Vec<ConnectionId>,
    /// Those that have not taken all of it.
    slow: Vec<Arc<Peer>>,
    /// Who has to be closed, and why.
    failed: Vec<(ConnectionId, Fault)>,
    /// What one member gets; empty between two.
    lines: Vec<IoSlice<'a>>,
}

impl Member {
    fn catch_up(&mut self, at: usize) {
        if let Some((room, _)) = self.seat
            && self.cursor < at
        {
            self.slices.push((Some(room), self.cursor..at));
            self.cursor = at;
        }
    }
}

impl<'a> Delivery<'a> {
    /// Writes what a member gets of this round, at last what was said in its room since.
    fn send(&mut self, member: &mut Member, rest: &'a [u8], round: &'a Round, limits: &Limits) {
        // Not kept: of thousands of quiet connections each would hold on to some.
        for (room, bytes) in std::mem::take(&mut member.slices) {
            let buffer = room.map_or(&round.direct, |room| &round.rooms[&room]);
            self.lines.push(IoSlice::new(&buffer[bytes]));
        }
        if !rest.is_empty() {
            self.lines.push(IoSlice::new(rest));
        }
        if self.lines.is_empty() {
            return;
        }
        let peer = &member.peer;
        match peer.send(&mut self.lines, limits.slow_bytes_max) {
            Ok(false) => {}
            Ok(true) => self.slow.push(Arc::clone(peer)),
            Err(fault) => self.failed.push((peer.id(), fault)),
        }
        self.lines.clear();
    }
}

impl Members {
    /// Delivers a round, of which these connections are new, and looks at those who are behind and whose time has
    /// come. Returns who has to be closed, and why.
    pub(super) fn deliver(
        &mut self,
        round: &Round,
        arrivals: Vec<Arc<Peer>>,
        limits: &Limits,
    ) -> Vec<(ConnectionId, Fault)> {
        for peer in arrivals {
            self.all.entry(peer.id()).or_insert(Member {
                peer,
                seat: None,
                cursor: 0,
                slices: Vec::new(),
            });
        }
        let mut delivery = Delivery::default();
        for step in &round.steps {
            self.step(step, &mut delivery, round, limits);
        }
        // Those who get little do not wait for those who get much.
        let mut rooms: Vec<_> = round.rooms.iter().collect();
        rooms.sort_unstable_by_key(|(_, buffer)| buffer.len());
        for (room, buffer) in rooms {
            for who in self.rooms.get(room).into_iter().flatten() {
                if let Some(member) = self.all.get_mut(who) {
                    let cursor = std::mem::take(&mut member.cursor);
                    delivery.send(member, &buffer[cursor..], round, limits);
                }
            }
        }
        for who in std::mem::take(&mut delivery.told) {
            if let Some(member) = self.all.get_mut(&who) {
                delivery.send(member, &[], round, limits);
            }
        }
        let (slow, mut failed) = (delivery.slow, delivery.failed);
        if !slow.is_empty() || !self.behind.is_empty() {
            let since = Instant::now();
            let next = since + LOOK_SOON;
            for peer in slow {
                let behind = Behind { peer, next, since };
                self.behind.entry(behind.peer.id()).or_insert(behind);
            }
            self.keep_to_the_limit_of_all(limits, &mut failed);
            self.look(limits, &mut failed);
        }
        failed
    }

    fn step<'a>(
        &mut self,
        step: &Step,
        delivery: &mut Delivery<'a>,
        round: &'a Round,
        limits: &Limits,
    ) {
        let (who, at) = (step.who, step.at);
        let Some(member) = self.all.get_mut(&who) else {
            return;
        };
        match &step.what {
            StepKind::Entered(room) => {
                let seats = self.rooms.entry(*room).or_default();
                (member.seat, member.cursor) = (Some((*room, seats.len())), at);
                seats.push(who);
            }
            StepKind::Left => {
                member.catch_up(at);
                member.cursor = 0;
                delivery.told.push(who);
                self.leave(who);
            }
            StepKind::Told(line) => {
                member.catch_up(at);
                member.slices.push((None, line.clone()));
                delivery.told.push(who);
            }
            StepKind::Closed(line, unread) => {
                delivery.send(member, &[], round, limits);
                let peer = Arc::clone(&member.peer);
                self.all.remove(&who);
                let is_behind = peer.end(&round.direct[line.clone()], *unread);
                let linger = match (unread, is_behind) {
                    (Unread::Sent, true) => limits.stall_max,
                    _ => limits.linger_max,
                };
                let late = Instant::now() + linger;
                self.lingering.push((late, Arc::downgrade(&peer)));
                if is_behind {
                    delivery.slow.push(peer);
                }
            }
        }
    }

    /// Takes it out of its room. The last of the list takes its seat, so that a thousand may leave at once.
    fn leave(&mut self, who: ConnectionId) {
        if let Some(member) = self.all.get_mut(&who)
            && let Some((room, seat)) = member.seat.take()
            && let Some(seats) = self.rooms.get_mut(&room)
        {
            seats.swap_remove(seat);
            if seats.is_empty() {
                self.rooms.remove(&room);
            } else if let Some(moved) = seats.get(seat).and_then(|moved| self.all.get_mut(moved)) {
                moved.seat = Some((room, seat));
            }
        }
    }

    /// All who are behind have a limit together. Over it those who have left give way first; then the largest go: most
    /// likely they will not catch up, and they free the most.
    fn keep_to_the_limit_of_all(&self, limits: &Limits, failed: &mut Vec<(ConnectionId, Fault)>) {
        let bytes = |behind: &Behind| behind.peer.backlog_bytes();
        let all = || self.behind.values().map(bytes).sum::<usize>();
        if all() <= limits.slow_bytes_all_max {
            return;
        }
        let is_open = |behind: &&Behind| !behind.peer.forget_unread();
        let open = self.behind.values().filter(is_open);
        let mut open: Vec<_> = open.map(|behind| (bytes(behind), &behind.peer)).collect();
        open.sort_unstable_by_key(|(bytes, _)| Reverse(*bytes));
        let mut left = all();
        for (bytes, peer) in open {
            if left <= limits.slow_bytes_all_max {
                break;
            }
            if peer.give_up() {
                failed.push((peer.id(), too_slow()));
            }
            left = left.saturating_sub(bytes);
        }
    }

    /// Looks at those who are behind and whose time has come: often while one takes something, seldom while it does
    /// not, and one that takes nothing for too long has to be closed.
    fn look(&mut self, limits: &Limits, failed: &mut Vec<(ConnectionId, Fault)>) {
        let now = Instant::now();
        let mut looks = 0;
        self.behind.retain(|id, behind| {
            // The others stay due, and those who had their look are not for a while.
            if behind.next > now || looks == LOOKS_MAX {
                return true;
            }
            looks += 1;
            match behind.peer.drain(&mut behind.since) {
                Ok(false) => return false,
                Ok(true) => {
                    if now - behind.since >= limits.stall_max && behind.peer.give_up() {
                        failed.push((*id, too_slow()));
                    }
                }
                Err(fault) => {
                    failed.push((*id, fault));
                    return false;
                }
            }
            behind.next = now + (now - behind.since).clamp(LOOK_SOON, LOOK_LATE);
            true
        });
    }

    /// When to look next; `None` while nobody is behind.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.behind.values().map(|behind| behind.next).min()
    }

    /// Cuts the connections that were closed and have not ended in time.
    pub(super) fn cut_late(&mut self) {
        let now = Instant::now();
        self.lingering
            .retain(|(deadline, peer)| match peer.upgrade() {
                Some(peer) if *deadline <= now => {
                    peer.cut();
                    false
                }
                peer => peer.is_some(),
            });
    }
}
