//! What is to be sent, in order: the hub writes it, the dispatcher delivers it.
//!
//! A room has one buffer, to which each line is appended once, however many get it. Whatever concerns one connection
//! is a *step*, and a step says how much of the room's buffer comes before it. So there is one order for everybody,
//! a newcomer gets exactly what was said after it came, entering a room costs the same however full it is, and the
//! lines of a round reach each member in one write.
//!
//! [`Outgoing`] keeps its own record of who is in which room: a step must name the buffer that its connection reads at
//! that moment, and the hub's record has changed a line earlier.
//!
//! Ruled out: a list with an entry for each line (walking it costs a member and a line each time), and a buffer that
//! is cut at every step (with tagged requests, where an `OK` falls between any two lines, each line would be a write).

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::limits::Limits;

/// A connection. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A room while it lasts. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u64);

/// What a step costs to deliver, as bytes: about the time of a look-up and a write.
const STEP_DELIVERY_BYTES: usize = 1024;
/// Memory of a buffer that is kept for the next round.
const KEPT_BYTES_MAX: usize = 128 * 1024;

/// Something that concerns one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The connection.
    pub who: ConnectionId,
    /// How much of its room's buffer comes before it, in bytes.
    pub at: usize,
    /// What happens to it.
    pub what: StepKind,
}

/// What happens to a connection at a step. Lines are whole, and a part of [`Round::direct`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// It gets what is said in this room from here on.
    Entered(RoomId),
    /// It gets what was said up to here, and no more.
    Left,
    /// It alone gets this.
    Told(Range<usize>),
    /// It ends, with this last line. It is in no room any more.
    Closed(Range<usize>, Unread),
}

/// What happens to lines that a closed connection has not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Sent all the same: the peer has quit in an orderly way, and may still read them.
    Sent,
    /// Dropped, except the rest of a line that was begun: half a line would run into the next.
    Dropped,
}

/// All that waited when the dispatcher took it.
#[derive(Debug, Default)]
pub struct Round {
    /// What was said in each room: whole lines.
    pub rooms: BTreeMap<RoomId, Vec<u8>>,
    /// What is for single connections: whole lines.
    pub direct: Vec<u8>,
    /// What concerns single connections, in order.
    pub steps: Vec<Step>,
}

/// The round that gathers.
#[derive(Debug, Default)]
pub struct Outgoing {
    round: Round,
    /// The bytes in the rooms' buffers.
    room_bytes: usize,
    /// What this round costs to deliver: each line as often as it is written.
    delivery_bytes: usize,
    /// The room of each connection that is in one.
    seats: HashMap<ConnectionId, RoomId>,
    /// The number of people in each room.
    members: HashMap<RoomId, usize>,
}

impl Outgoing {
    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.room_bytes == 0 && self.round.steps.is_empty()
    }

    /// What the round holds, in bytes, the list of steps included.
    pub fn bytes(&self) -> usize {
        let steps = self.round.steps.len() * std::mem::size_of::<Step>();
        self.room_bytes + self.round.direct.len() + steps
    }

    /// What the round will cost to deliver, in bytes: each line times the members who get it, counted when the line is
    /// appended.
    pub fn delivery_bytes(&self) -> usize {
        self.delivery_bytes
    }

    /// True if a reader has to wait: the round would take too much memory, or too long to deliver. The time matters
    /// only if there is another room, whose members would wait for lines that they do not get. Half of it is left to
    /// light turns: what a pair says to each other is in the very next round, however much a crowd says.
    pub fn is_full(&self, light: bool, limits: &Limits) -> bool {
        let others_wait = self.members.len() > 1;
        let share = if light { 1 } else { 2 };
        self.bytes() > limits.outgoing_bytes_max
            || (others_wait && self.delivery_bytes > limits.delivery_bytes_max / share)
    }

    /// How many members get what the connection says to its room.
    pub fn audience(&self, who: ConnectionId) -> usize {
        let members = self.seats.get(&who).and_then(|room| self.members.get(room));
        members.copied().unwrap_or(0)
    }

    /// Takes the round, and begins an empty one in the memory of `used`.
    pub fn take(&mut self, used: Round) -> Round {
        let mut empty = used;
        // A room that was quiet for a round frees its buffer; one that speaks reuses it, so nothing is allocated.
        empty.rooms.retain(|_, buffer| !buffer.is_empty());
        for buffer in empty.rooms.values_mut() {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES_MAX);
        }
        empty.direct.clear();
        empty.direct.shrink_to(KEPT_BYTES_MAX);
        empty.steps.clear();
        empty.steps.shrink_to(1024);
        (self.room_bytes, self.delivery_bytes) = (0, 0);
        std::mem::replace(&mut self.round, empty)
    }

    /// Records that the connection enters the room; it must be in no other.
    pub fn entered(&mut self, who: ConnectionId, room: RoomId) {
        self.seats.insert(who, room);
        *self.members.entry(room).or_default() += 1;
        self.step(who, self.at(who), StepKind::Entered(room));
    }

    /// Records that the connection leaves its room.
    pub fn left(&mut self, who: ConnectionId) {
        let at = self.at(who);
        let Some(room) = self.seats.remove(&who) else {
            return;
        };
        if let Some(members) = self.members.get_mut(&room) {
            *members -= 1;
            if *members == 0 {
                self.members.remove(&room);
            }
        }
        self.step(who, at, StepKind::Left);
    }

    /// Appends a line for a room, which `write` writes. Returns the line.
    pub fn to_room(&mut self, room: RoomId, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let buffer = self.round.rooms.entry(room).or_default();
        let start = buffer.len();
        write(buffer);
        let bytes = buffer.len() - start;
        self.room_bytes += bytes;
        self.delivery_bytes += bytes * self.members.get(&room).copied().unwrap_or(0);
        &buffer[start..]
    }

    /// Appends lines for one connection, which `write` writes. Returns their bytes.
    pub fn to_one(&mut self, who: ConnectionId, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        let (at, line) = (self.at(who), self.direct(write));
        let bytes = line.len();
        // Joins the step before if nothing came between, as for the rows of an answer: one slice instead of many.
        if let Some(last) = self.round.steps.last_mut()
            && let StepKind::Told(before) = &mut last.what
            && (last.who, last.at, before.end) == (who, at, line.start)
        {
            before.end = line.end;
        } else {
            self.step(who, at, StepKind::Told(line));
        }
        bytes
    }

    /// Ends the connection with a last line. It leaves its room, if it is in one.
    pub fn closed(&mut self, who: ConnectionId, unread: Unread, write: impl FnOnce(&mut Vec<u8>)) {
        self.left(who);
        let line = self.direct(write);
        self.step(who, 0, StepKind::Closed(line, unread));
    }

    fn step(&mut self, who: ConnectionId, at: usize, what: StepKind) {
        self.delivery_bytes += STEP_DELIVERY_BYTES;
        self.round.steps.push(Step { who, at, what });
    }

    /// The length of its room's buffer; 0 if it is in no room.
    fn at(&self, who: ConnectionId) -> usize {
        let room = self.seats.get(&who);
        let buffer = room.and_then(|room| self.round.rooms.get(room));
        buffer.map_or(0, Vec::len)
    }

    /// Appends lines that only one connection gets.
    fn direct(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.round.direct.len();
        write(&mut self.round.direct);
        let end = self.round.direct.len();
        self.delivery_bytes += end - start;
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(1);
    const ME: ConnectionId = ConnectionId(7);

    fn line(text: &'static str) -> impl FnOnce(&mut Vec<u8>) {
        move |out| out.extend_from_slice(text.as_bytes())
    }

    #[test]
    fn a_step_knows_its_place_among_the_lines_of_the_room() {
        let mut outgoing = Outgoing::default();
        outgoing.to_room(ROOM, line("before\n"));
        outgoing.entered(ME, ROOM);
        outgoing.to_room(ROOM, line("one\n"));
        outgoing.to_one(ME, line("OK\n"));
        outgoing.to_one(ME, line("OK\n"));
        outgoing.to_room(ROOM, line("two\n"));
        outgoing.closed(ME, Unread::Sent, line("BYE\n"));
        let round = outgoing.take(Round::default());
        assert_eq!(round.rooms[&ROOM], b"before\none\ntwo\n");
        assert_eq!(round.direct, b"OK\nOK\nBYE\n");
        let step = |at, what| Step { who: ME, at, what };
        assert_eq!(
            round.steps,
            [
                step(7, StepKind::Entered(ROOM)),
                step(11, StepKind::Told(0..6)),
                step(15, StepKind::Left),
                step(0, StepKind::Closed(6..10, Unread::Sent)),
            ]
        );
        assert!(outgoing.is_empty());
        assert_eq!((outgoing.bytes(), outgoing.delivery_bytes()), (0, 0));
    }

    #[test]
    fn a_line_costs_as_much_as_those_who_get_it() {
        let mut outgoing = Outgoing::default();
        for n in 0..3 {
            outgoing.entered(ConnectionId(n), ROOM);
        }
        outgoing.take(Round::default());
        outgoing.to_room(ROOM, line("ten bytes\n"));
        assert_eq!(outgoing.delivery_bytes(), 30);
        outgoing.left(ConnectionId(0));
        // What was counted stays as it was.
        assert_eq!(outgoing.delivery_bytes(), 30 + STEP_DELIVERY_BYTES);
        outgoing.to_room(ROOM, line("ten bytes\n"));
        assert_eq!(outgoing.delivery_bytes(), 50 + STEP_DELIVERY_BYTES);
        outgoing.to_one(ME, line("OK\n"));
        assert_eq!(outgoing.delivery_bytes(), 53 + 2 * STEP_DELIVERY_BYTES);
    }

    #[test]
    fn a_round_is_bounded_in_bytes_and_where_others_would_wait_in_deliveries() {
        let limits = Limits {
            outgoing_bytes_max: 1000,
            delivery_bytes_max: 3000,
            ..Limits::default()
        };
        let mut outgoing = Outgoing::default();
        for n in 0..100 {
            outgoing.entered(ConnectionId(n), ROOM);
        }
        outgoing.take(Round::default());
        for _ in 0..4 {
            outgoing.to_room(ROOM, line("ten bytes\n"));
        }
        assert!(!outgoing.is_full(true, &limits), "nobody else is there");
        outgoing.entered(ME, RoomId(2));
        assert!(outgoing.is_full(true, &limits));
        outgoing.take(Round::default());
        assert!(!outgoing.is_full(false, &limits));
        for _ in 0..2 {
            outgoing.to_room(ROOM, line("ten bytes\n"));
        }
        assert!(
            outgoing.is_full(false, &limits),
            "half is left to light ones"
        );
        assert!(!outgoing.is_full(true, &limits));
        outgoing.take(Round::default());
        outgoing.to_one(ME, |out| out.resize(out.len() + 1001, b'a'));
        assert!(outgoing.is_full(true, &limits));
    }

    #[test]
    fn a_room_that_speaks_keeps_its_buffer_and_one_that_is_quiet_does_not() {
        let mut outgoing = Outgoing::default();
        outgoing.to_room(ROOM, line("once\n"));
        let round = outgoing.take(Round::default());
        outgoing.to_room(RoomId(2), line("other\n"));
        let round = outgoing.take(round);
        assert_eq!(round.rooms.len(), 1);
        outgoing.to_room(ROOM, line("again\n"));
        let round = outgoing.take(round);
        assert_eq!(round.rooms[&ROOM], b"again\n");
        let quiet = outgoing.take(round);
        outgoing.take(quiet);
        assert_eq!(outgoing.take(Round::default()).rooms.len(), 0);
    }
}
