//! Delivering a round: what was said since the last one, to everybody it is for, in one write each.
//!
//! Each member has a cursor: how much of its room's buffer it has been given. A step for one connection first moves its
//! cursor to where the step stands, and at the end everybody's moves to the end of the buffer. Who is in which room
//! is therefore right at every point, and nobody has to ask the hub.
//!
//! Only whoever holds the dispatcher's role is here, so nothing here is shared. Those who are behind are looked at
//! from here too, each at a time of its own: often while it takes something, seldom while it does not. Only time tells
//! when a socket has room again, for the standard library has no `poll`; nothing else here waits for time.

use std::collections::HashMap;
use std::io::IoSlice;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::limits::Limits;
use super::outbox::{Drained, Failure, Peer};
use super::outgoing::{ConnectionId, RoomId, Round, Step, Unread};

/// After this time one that is behind and took something is looked at again.
const LOOK_SOON: Duration = Duration::from_millis(1);
/// The longest time between two looks: the pause doubles while nothing is taken.
const LOOK_LATE: Duration = Duration::from_millis(64);

/// Everybody who is connected, and where.
#[derive(Default)]
pub(super) struct Members {
    all: HashMap<ConnectionId, Member>,
    rooms: HashMap<RoomId, Vec<ConnectionId>>,
    behind: Vec<Behind>,
}

struct Member {
    peer: Arc<Peer>,
    room: Option<RoomId>,
    /// Where in the list of its room's members.
    seat: usize,
    /// How much of its room's buffer it has been given in this round.
    cursor: usize,
    /// What it gets in this round, up to the cursor.
    slices: Vec<Slice>,
}

/// A part of a round.
enum Slice {
    Room(RoomId, Range<usize>),
    Direct(Range<usize>),
}

/// One that did not take all it was sent.
struct Behind {
    peer: Arc<Peer>,
    /// When to look again.
    next: Instant,
    pause: Duration,
    /// When it last took something.
    since: Instant,
}

/// What became of a round.
#[derive(Default)]
pub(super) struct Delivered {
    /// Who has to be closed.
    pub(super) failed: Vec<(ConnectionId, Failure)>,
    /// Who was closed, and whether what it had not read is still sent.
    pub(super) closed: Vec<(Arc<Peer>, Unread)>,
}

/// A round on its way.
struct Delivery<'a> {
    round: &'a Round,
    limits: &'a Limits,
    /// Members that get something besides what is said in their room, or no longer get that.
    told: Vec<ConnectionId>,
    fell_behind: Vec<Behind>,
    delivered: Delivered,
    /// What one member gets; empty between two.
    lines: Vec<IoSlice<'a>>,
}

impl Member {
    fn catch_up(&mut self, at: usize) {
        if let Some(room) = self.room
            && self.cursor < at
        {
            self.slices.push(Slice::Room(room, self.cursor..at));
            self.cursor = at;
        }
    }
}

impl<'a> Delivery<'a> {
    /// Writes what a member gets of this round, at last what was said in its room since.
    fn send(&mut self, member: &mut Member, rest: &'a [u8]) {
        let round = self.round;
        // Not kept: of thousands of quiet connections each would hold on to some.
        let slices = std::mem::take(&mut member.slices).into_iter();
        let bytes = slices.map(|slice| match slice {
            Slice::Room(room, bytes) => &round.rooms[&room][bytes],
            Slice::Direct(bytes) => &round.direct[bytes],
        });
        let rest = Some(rest).filter(|rest| !rest.is_empty());
        self.lines.extend(bytes.chain(rest).map(IoSlice::new));
        if self.lines.is_empty() {
            return;
        }
        let sent = member.peer.send(&self.lines, self.limits.slow_bytes_max);
        self.lines.clear();
        if sent.fell_behind {
            self.fell_behind.push(Behind::new(&member.peer));
        }
        if let Some(failure) = sent.failure {
            self.delivered.failed.push((member.peer.id(), failure));
        }
    }
}

impl Members {
    /// Delivers a round; these connections are new in it.
    pub(super) fn deliver(
        &mut self,
        round: &Round,
        arrivals: Vec<Arc<Peer>>,
        limits: &Limits,
    ) -> Delivered {
        for peer in arrivals {
            let member = Member {
                peer,
                room: None,
                seat: 0,
                cursor: 0,
                slices: Vec::new(),
            };
            self.all.insert(member.peer.id(), member);
        }
        let mut delivery = Delivery {
            round,
            limits,
            told: Vec::new(),
            fell_behind: Vec::new(),
            delivered: Delivered::default(),
            lines: Vec::new(),
        };
        for step in &round.steps {
            self.step(step, &mut delivery);
        }
        // Those who get little do not wait for those who get much.
        let mut rooms: Vec<_> = round.rooms.iter().collect();
        rooms.sort_unstable_by_key(|(_, buffer)| buffer.len());
        for (room, buffer) in rooms {
            for who in self.rooms.get(room).into_iter().flatten() {
                if let Some(member) = self.all.get_mut(who) {
                    let cursor = std::mem::take(&mut member.cursor);
                    delivery.send(member, &buffer[cursor..]);
                }
            }
        }
        for who in std::mem::take(&mut delivery.told) {
            if let Some(member) = self.all.get_mut(&who) {
                delivery.send(member, &[]);
            }
        }
        self.behind.append(&mut delivery.fell_behind);
        let mut delivered = delivery.delivered;
        self.keep_to_the_limit_of_all(&mut delivered, limits);
        delivered
    }

    fn step(&mut self, step: &Step, delivery: &mut Delivery<'_>) {
        match step {
            Step::Entered { who, room, at } => {
                if let Some(member) = self.all.get_mut(who) {
                    let seats = self.rooms.entry(*room).or_default();
                    (member.room, member.seat, member.cursor) = (Some(*room), seats.len(), *at);
                    seats.push(*who);
                }
            }
            Step::Left { who, at } => {
                if let Some(member) = self.all.get_mut(who) {
                    member.catch_up(*at);
                    member.cursor = 0;
                    delivery.told.push(*who);
                }
                self.leave(*who);
            }
            Step::Told { who, at, line } => {
                if let Some(member) = self.all.get_mut(who) {
                    member.catch_up(*at);
                    member.slices.push(Slice::Direct(line.clone()));
                    delivery.told.push(*who);
                }
            }
            Step::Closed { who, line, unread } => {
                if let Some(mut member) = self.all.remove(who) {
                    delivery.send(&mut member, &[]);
                    let last = &delivery.round.direct[line.clone()];
                    if member.peer.end(last, *unread) {
                        delivery.fell_behind.push(Behind::new(&member.peer));
                    }
                    delivery.delivered.closed.push((member.peer, *unread));
                }
            }
        }
    }

    /// Takes it out of its room. The last of the list takes its seat, so that a thousand may leave at once.
    fn leave(&mut self, who: ConnectionId) {
        let Some(member) = self.all.get_mut(&who) else {
            return;
        };
        let (Some(room), seat) = (member.room.take(), member.seat) else {
            return;
        };
        let Some(seats) = self.rooms.get_mut(&room) else {
            return;
        };
        seats.swap_remove(seat);
        if seats.is_empty() {
            self.rooms.remove(&room);
        } else if let Some(moved) = seats.get(seat).and_then(|moved| self.all.get_mut(moved)) {
            moved.seat = seat;
        }
    }

    /// All who are behind have a limit together. Over it those who have left give way first; then the largest goes:
    /// most likely it will not catch up, and it frees the most.
    fn keep_to_the_limit_of_all(&mut self, delivered: &mut Delivered, limits: &Limits) {
        let all = |behind: &[Behind]| -> usize {
            let bytes = behind.iter().map(|behind| behind.peer.backlog_bytes());
            bytes.sum()
        };
        if all(&self.behind) <= limits.slow_bytes_all_max {
            return;
        }
        let open = |behind: &&Behind| !behind.peer.forget_unread();
        let open: Vec<_> = self.behind.iter().filter(open).collect();
        let largest = open.iter().max_by_key(|behind| behind.peer.backlog_bytes());
        if all(&self.behind) > limits.slow_bytes_all_max
            && let Some(Behind { peer, .. }) = largest
            && peer.give_up()
        {
            delivered.failed.push((peer.id(), Failure::TooSlow));
        }
    }

    /// Looks at those who are behind and whose time has come.
    /// Returns who has to be closed.
    pub(super) fn look(&mut self, limits: &Limits) -> Vec<(ConnectionId, Failure)> {
        let now = Instant::now();
        let mut failed = Vec::new();
        self.behind.retain_mut(|behind| {
            if behind.next > now {
                return true;
            }
            match behind.peer.drain() {
                Ok(Drained::All) => return false,
                Ok(Drained::Some) => {
                    (behind.pause, behind.since) = (LOOK_SOON, now);
                }
                Ok(Drained::Nothing) => {
                    behind.pause = (behind.pause * 2).min(LOOK_LATE);
                    if now - behind.since >= limits.stall_max && behind.peer.give_up() {
                        failed.push((behind.peer.id(), Failure::TooSlow));
                    }
                }
                Err(failure) => {
                    failed.push((behind.peer.id(), failure));
                    return false;
                }
            }
            behind.next = now + behind.pause;
            true
        });
        failed
    }

    /// When to look next; `None` while nobody is behind.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.behind.iter().map(|behind| behind.next).min()
    }
}

impl Behind {
    fn new(peer: &Arc<Peer>) -> Behind {
        let now = Instant::now();
        Behind {
            peer: Arc::clone(peer),
            next: now + LOOK_SOON,
            pause: LOOK_SOON,
            since: now,
        }
    }
}
