//! Delivers a round: what was said since the last one, to everybody it is for, in one write each.
//!
//! Each member has a cursor: how much of its room's buffer it has been given. A step for one connection first moves its
//! cursor to where the step stands; at the end every cursor moves to the end of the buffer. So it is known at every
//! point who is in which room, without asking the hub.
//!
//! Only the thread that holds the dispatcher's role runs this, so nothing here is shared. A write takes what fits and
//! never blocks; a member that did not take everything is *behind*. With `poll` or `epoll` the kernel would say when
//! its socket has room again. The standard library has neither, so those who are behind are looked at from time to
//! time: often while they take something, seldom while they do not.
//!
//! Ruled out: a write for each line. A system call costs more than copying a line, and a round holds many.

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

/// The shortest time between two looks, for a member that took something.
const LOOK_SOON: Duration = Duration::from_millis(1);
/// Members looked at in one go. Together they may be written 4 MiB; then the next round comes first.
const LOOKS_MAX: usize = 16;
/// The longest time between two looks. The pause is as long as nothing has been taken, so it doubles until here.
const LOOK_LATE: Duration = Duration::from_millis(64);

/// Everybody who is connected, and where.
#[derive(Default)]
pub(super) struct Members {
    all: HashMap<ConnectionId, Member>,
    rooms: HashMap<RoomId, Vec<ConnectionId>>,
    /// Those that did not take all they were sent.
    behind: HashMap<ConnectionId, Behind>,
    /// Closed connections, and when they are cut if the peer has not hung up by then. `Weak`: this keeps none alive.
    lingering: Vec<(Instant, Weak<Peer>)>,
}

struct Member {
    peer: Arc<Peer>,
    /// Its room, and its index in the room's list of members.
    seat: Option<(RoomId, usize)>,
    /// How much of its room's buffer it has been given in this round.
    cursor: usize,
    /// What it gets in this round, up to the cursor: ranges of a room's buffer, or of the direct lines.
    slices: Vec<(Option<RoomId>, Range<usize>)>,
}

struct Behind {
    peer: Arc<Peer>,
    /// When to look again.
    next: Instant,
    /// When it last took something.
    since: Instant,
}

/// A round that is being delivered.
#[derive(Default)]
struct Delivery<'a> {
    /// Members that get something besides the lines of their room, or that have left it.
    told: Vec<ConnectionId>,
    /// Those that have not taken all they were sent.
    slow: Vec<Arc<Peer>>,
    /// Those that have to be closed, and why.
    failed: Vec<(ConnectionId, Fault)>,
    /// The slices for one member; empty between two, and kept for its memory.
    lines: Vec<IoSlice<'a>>,
}

impl Member {
    /// Gives it the lines of its room up to here.
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
    /// Writes to a member what it gets of this round; `rest` is what was said in its room after the last step.
    fn send(&mut self, member: &mut Member, rest: &'a [u8], round: &'a Round, limits: &Limits) {
        // Taken with its memory, of which thousands of quiet connections would otherwise each keep some.
        for (room, bytes) in std::mem::take(&mut member.slices) {
            let buffer = room.map_or(&round.direct, |room| &round.rooms[&room]);
            // A slice of the shared buffer: the line itself is never copied for a member that keeps up.
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
    /// Delivers a round, with the connections that are new in it, and looks at those who are behind and due. Returns
    /// those that have to be closed, and why.
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
        // First those who get nothing that was said in their room, then the rooms that cost least, so that nobody who gets
        // little waits for those who get much.
        for who in std::mem::take(&mut delivery.told) {
            if let Some(member) = self.all.get_mut(&who)
                && member
                    .seat
                    .is_none_or(|(room, _)| !round.rooms.contains_key(&room))
            {
                delivery.send(member, &[], round, limits);
            }
        }
        let members = |(room, buffer)| Some((self.rooms.get(room)?, buffer));
        let mut rooms: Vec<(_, &Vec<u8>)> = round.rooms.iter().filter_map(members).collect();
        rooms.sort_unstable_by_key(|(members, buffer)| members.len() * buffer.len());
        for (members, buffer) in rooms {
            for who in members {
                if let Some(member) = self.all.get_mut(who) {
                    // From the start in the next round, which has a new buffer.
                    let cursor = std::mem::take(&mut member.cursor);
                    delivery.send(member, &buffer[cursor..], round, limits);
                }
            }
        }
        let (slow, mut failed) = (delivery.slow, delivery.failed);
        if !slow.is_empty() || !self.behind.is_empty() {
            let since = Instant::now();
            let next = since + LOOK_SOON;
            for peer in slow {
                // One that was behind already keeps its `since`, or it would never time out.
                let behind = Behind { peer, next, since };
                self.behind.entry(behind.peer.id()).or_insert(behind);
            }
            self.enforce_total_limit(limits, &mut failed);
            self.look(limits, &mut failed);
        }
        failed
    }

    /// Applies a step: gives its connection the lines of the room up to here, and then what the step says.
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
                // The cursor starts here: what was said in the room before is not for it.
                let seats = self.rooms.entry(*room).or_default();
                (member.seat, member.cursor) = (Some((*room, seats.len())), at);
                seats.push(who);
            }
            StepKind::Left => {
                // Up to here it gets the room's lines, its own LEFT among them.
                member.catch_up(at);
                member.cursor = 0;
                delivery.told.push(who);
                self.leave(who);
            }
            StepKind::Told(line) => {
                // The room's lines up to here come first, which keeps the one order.
                member.catch_up(at);
                member.slices.push((None, line.clone()));
                delivery.told.push(who);
            }
            StepKind::Closed(line, unread) => {
                // The one step that writes at once: after it the connection is no member any more.
                delivery.send(member, &[], round, limits);
                let peer = Arc::clone(&member.peer);
                self.all.remove(&who);
                let is_behind = peer.end(&round.direct[line.clone()], *unread);
                // One that quits may take as long to read the rest as a slow peer may; all others get a moment.
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

    /// Takes it out of its room. The last of the list takes its seat, so leaving costs the same in a room of a
    /// thousand.
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

    /// Enforces the limit on all backlogs together. Over it, closed connections lose what they have not read; then
    /// those with the largest backlogs are closed, since they free the most and are the least likely to catch up.
    fn enforce_total_limit(&self, limits: &Limits, failed: &mut Vec<(ConnectionId, Fault)>) {
        let bytes = |behind: &Behind| behind.peer.backlog_bytes();
        let all = || self.behind.values().map(bytes).sum::<usize>();
        if all() <= limits.slow_bytes_all_max {
            return;
        }
        let is_open = |behind: &&Behind| !behind.peer.forget_unread();
        let open = self.behind.values().filter(is_open);
        let mut open: Vec<_> = open.map(|behind| (bytes(behind), &behind.peer)).collect();
        open.sort_unstable_by_key(|(bytes, _)| Reverse(*bytes));
        // Summed up again, without what the closed ones have dropped.
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

    /// Looks at those who are behind and due: writes what fits now, and sets the time of the next look. One that has
    /// taken nothing for too long has to be closed.
    fn look(&mut self, limits: &Limits, failed: &mut Vec<(ConnectionId, Fault)>) {
        let (now, mut looks) = (Instant::now(), 0);
        let mut due: Vec<Instant> = self.behind.values().map(|behind| behind.next).collect();
        due.retain(|next| *next <= now);
        due.sort_unstable();
        let latest = *due.get(LOOKS_MAX - 1).unwrap_or(&now);
        self.behind.retain(|id, behind| {
            // Those over the maximum stay due. They come first next time, before all who were looked at meanwhile.
            if behind.next > latest || looks == LOOKS_MAX {
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

    /// When the next look is due; `None` while nobody is behind.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.behind.values().map(|behind| behind.next).min()
    }

    /// Cuts closed connections whose peer has not hung up in time.
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

#[cfg(test)]
mod tests {
    use super::*;

    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::sync::Mutex;
    use std::sync::mpsc::channel;

    use crate::server::outbox::lock;
    use crate::server::outgoing::Outgoing;
    use crate::transport::{self, Tap, Trace};

    /// Whom was written to, in this order.
    #[derive(Debug, Default)]
    struct Order(Mutex<Vec<u64>>);

    impl Tap for Order {
        fn read(&self, _: u64, _: &[u8]) {}

        fn wrote(&self, connection: u64, _: &[u8]) {
            lock(&self.0).push(connection);
        }

        fn decoded(&self, _: u64, _: Result<&str, &str>) {}
    }

    #[test]
    fn whoever_gets_little_does_not_wait_for_those_who_get_much() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let order = Arc::new(Order::default());
        let (mut members, mut out) = (Members::default(), Outgoing::default());
        let [crowd, pair, quiet] = [0, 1, 2].map(RoomId);
        let mut arrivals = Vec::new();
        for (id, room) in (0..).zip([Some(crowd), Some(crowd), Some(pair), Some(quiet), None]) {
            let tap: Arc<dyn Tap> = order.clone();
            let (_, writer) = transport::plain(&Trace {
                tap: Some(tap),
                connection: id,
            });
            let stream = TcpStream::connect(address).unwrap();
            let (id, alive) = (ConnectionId(id), channel().0);
            arrivals.push(Arc::new(Peer::new(id, stream, Some(writer), alive)));
            if let Some(room) = room {
                out.entered(id, room);
            }
        }
        let limits = Limits::default();
        members.deliver(&out.take(Round::default()), arrivals, &limits);
        let said = |bytes: usize| move |line: &mut Vec<u8>| line.resize(line.len() + bytes, b'x');
        out.to_one(ConnectionId(0), said(2));
        out.to_room(crowd, said(3));
        out.to_one(ConnectionId(4), said(1));
        // More bytes than the crowd's, but for one only.
        out.to_room(pair, said(4));
        out.to_one(ConnectionId(3), said(1));
        members.deliver(&out.take(Round::default()), Vec::new(), &limits);
        assert_eq!(*lock(&order.0), [4, 3, 2, 0, 1]);
    }

    #[test]
    fn whoever_has_been_due_for_longest_is_looked_at_first() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut members, now) = (Members::default(), Instant::now());
        // The one that comes last has been due for longest.
        let all = 10 * LOOKS_MAX as u64;
        let ids = (0..all).map(ConnectionId);
        for (id, due) in ids.zip((0..all).rev()) {
            let stream = stream.try_clone().unwrap();
            let peer = Arc::new(Peer::new(id, stream, None, channel().0));
            let (next, since) = (now - LOOK_LATE + Duration::from_micros(due), now);
            members.behind.insert(id, Behind { peer, next, since });
        }
        for looks in 1..=10 {
            members.look(&Limits::default(), &mut Vec::new());
            // Nothing waits for them, so whoever was looked at is behind no longer.
            let left = all - looks * LOOKS_MAX as u64;
            let mut behind: Vec<_> = members.behind.keys().map(|id| id.0).collect();
            behind.sort_unstable();
            assert_eq!(behind, (0..left).collect::<Vec<_>>());
        }
    }
}
