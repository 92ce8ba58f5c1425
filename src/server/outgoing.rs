//! What is to be sent, in order: the hub writes it, the postman walks it.
//!
//! Every byte to a peer is an entry here, and so is every change of who is in a room. So the order of the list is
//! the order of everything: a newcomer gets exactly what was said after its coming, and a join costs the same
//! in a room of three and of three thousand.
//!
//! A line for a room is encoded once, however many get it, and the lines of one round are one buffer, a *run*, so
//! that each member costs one write. An entry for one connection remembers how far into its room's run it
//! stands. Ruled out: cutting the run there. With tagged requests, where every `OK` falls between two lines
//! of the room, that made one run a message and cost twice the time.

use std::collections::BTreeMap;
use std::ops::Range;

/// A connection. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// A room while it lasts. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomId(pub u64);

/// A run this long takes no more lines: what waits for a slow peer is counted in whole runs.
const RUN_BYTES_MAX: usize = 64 * 1024;

/// One thing to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// From here on there is this connection.
    Open(ConnectionId),
    /// From here on it gets what is for this room.
    Subscribe(ConnectionId, RoomId),
    /// From here on it no longer does.
    Unsubscribe(ConnectionId),
    /// The run of this number, for all members of its room.
    Run(usize),
    /// A part of [`Round::singles`], for one connection.
    One {
        /// For whom.
        to: ConnectionId,
        /// Which bytes: whole lines.
        bytes: Range<usize>,
        /// Which run it stands in, and before which byte of it; the run comes earlier in the list.
        within: Option<(usize, usize)>,
    },
    /// The connection ends, and its last line is this part of [`Round::singles`].
    Close {
        /// Whose end.
        of: ConnectionId,
        /// The last line.
        bytes: Range<usize>,
        /// What becomes of what it has not read yet.
        unread: Unread,
    },
}

/// What becomes of lines that a closed connection was slow to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Sent all the same: the peer leaves in peace, and has asked for them.
    Sent,
    /// Dropped, all but the rest of a line that was begun.
    Dropped,
}

/// The lines of one room in one round.
#[derive(Debug)]
pub struct Run {
    /// For the members of this room.
    pub room: RoomId,
    /// Whole lines.
    pub bytes: Vec<u8>,
}

/// All that was waiting when the postman came.
#[derive(Debug, Default)]
pub struct Round {
    /// What to do, in order.
    pub entries: Vec<Entry>,
    /// What [`Entry::Run`] names.
    pub runs: Vec<Run>,
    /// What [`Entry::One`] and [`Entry::Close`] point into.
    pub singles: Vec<u8>,
}

/// The list while it is being written.
#[derive(Debug, Default)]
pub struct Outgoing {
    round: Round,
    /// The runs that still take lines.
    open: BTreeMap<RoomId, usize>,
    run_bytes: usize,
    /// Buffers of rounds that are over.
    spare: Vec<Vec<u8>>,
}

impl Outgoing {
    /// Is nothing waiting?
    pub fn is_empty(&self) -> bool {
        self.round.entries.is_empty()
    }

    /// How much is waiting, in bytes, the list itself included.
    pub fn bytes(&self) -> usize {
        self.run_bytes
            + self.round.singles.len()
            + self.round.entries.len() * std::mem::size_of::<Entry>()
    }

    /// Takes all that is waiting, and leaves an empty list that uses the memory of `used` again.
    pub fn take(&mut self, used: Round) -> Round {
        self.open.clear();
        self.run_bytes = 0;
        let mut empty = used;
        empty.entries.clear();
        empty.singles.clear();
        // A round after a storm must not hold the storm's memory for ever.
        empty.entries.shrink_to(1024);
        empty.singles.shrink_to(RUN_BYTES_MAX);
        let small = empty
            .runs
            .drain(..)
            .map(|run| run.bytes)
            .filter(|b| b.capacity() <= 2 * RUN_BYTES_MAX);
        self.spare.extend(small);
        self.spare.truncate(2);
        std::mem::replace(&mut self.round, empty)
    }

    /// There is this connection.
    pub fn open(&mut self, connection: ConnectionId) {
        self.round.entries.push(Entry::Open(connection));
    }

    /// It enters the room.
    pub fn subscribe(&mut self, connection: ConnectionId, room: RoomId) {
        self.open.remove(&room);
        self.round.entries.push(Entry::Subscribe(connection, room));
    }

    /// It leaves the room.
    pub fn unsubscribe(&mut self, connection: ConnectionId, room: RoomId) {
        self.open.remove(&room);
        self.round.entries.push(Entry::Unsubscribe(connection));
    }

    /// A line for a room; `write` appends it. Returns the line.
    pub fn to_room(&mut self, room: RoomId, write: impl FnOnce(&mut Vec<u8>)) -> &[u8] {
        let run = self.open_run(room);
        let bytes = &mut self.round.runs[run].bytes;
        let start = bytes.len();
        write(bytes);
        self.run_bytes += bytes.len() - start;
        &self.round.runs[run].bytes[start..]
    }

    fn open_run(&mut self, room: RoomId) -> usize {
        if let Some(&run) = self.open.get(&room)
            && self.round.runs[run].bytes.len() < RUN_BYTES_MAX
        {
            return run;
        }
        let run = self.round.runs.len();
        let mut bytes = self.spare.pop().unwrap_or_default();
        bytes.clear();
        self.round.runs.push(Run { room, bytes });
        self.round.entries.push(Entry::Run(run));
        self.open.insert(room, run);
        run
    }

    /// Lines for one connection, which is in this room; `write` appends them. Returns how many bytes.
    pub fn to_one(
        &mut self,
        to: ConnectionId,
        in_room: Option<RoomId>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> usize {
        let bytes = self.single(write);
        let length = bytes.len();
        let within = in_room
            .and_then(|room| self.open.get(&room))
            .map(|&run| (run, self.round.runs[run].bytes.len()));
        if let Some(Entry::One {
            to: last,
            bytes: before,
            within: stood,
        }) = self.round.entries.last_mut()
            && (*last, before.end, *stood) == (to, bytes.start, within)
        {
            before.end = bytes.end;
        } else {
            self.round.entries.push(Entry::One { to, bytes, within });
        }
        length
    }

    /// The last line of a connection; it is in no room any more.
    pub fn close(&mut self, of: ConnectionId, unread: Unread, write: impl FnOnce(&mut Vec<u8>)) {
        let bytes = self.single(write);
        self.round.entries.push(Entry::Close { of, bytes, unread });
    }

    fn single(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<usize> {
        let start = self.round.singles.len();
        write(&mut self.round.singles);
        start..self.round.singles.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(1);

    fn line(text: &'static str) -> impl FnOnce(&mut Vec<u8>) {
        move |out| out.extend_from_slice(text.as_bytes())
    }

    #[test]
    fn lines_of_a_room_share_a_run_and_an_answer_remembers_its_place_in_it() {
        let mut outgoing = Outgoing::default();
        let me = ConnectionId(7);
        outgoing.to_room(ROOM, line("one\n"));
        outgoing.to_one(me, Some(ROOM), line("OK\n"));
        outgoing.to_one(me, Some(ROOM), line("OK\n"));
        outgoing.to_room(ROOM, line("two\n"));
        let round = outgoing.take(Round::default());
        assert_eq!(round.runs.len(), 1);
        assert_eq!(round.runs[0].bytes, b"one\ntwo\n");
        assert_eq!(
            round.entries,
            [
                Entry::Run(0),
                Entry::One {
                    to: me,
                    bytes: 0..6,
                    within: Some((0, 4))
                }
            ]
        );
        assert!(outgoing.is_empty());
        assert_eq!(outgoing.bytes(), 0);
    }

    #[test]
    fn a_change_of_members_ends_the_run() {
        let mut outgoing = Outgoing::default();
        outgoing.to_room(ROOM, line("before\n"));
        outgoing.subscribe(ConnectionId(1), ROOM);
        outgoing.to_one(ConnectionId(1), Some(ROOM), line("history\n"));
        outgoing.to_room(ROOM, line("after\n"));
        outgoing.unsubscribe(ConnectionId(1), ROOM);
        outgoing.to_room(ROOM, line("gone\n"));
        let round = outgoing.take(Round::default());
        let runs: Vec<_> = round.runs.iter().map(|run| run.bytes.as_slice()).collect();
        assert_eq!(runs, [b"before\n".as_slice(), b"after\n", b"gone\n"]);
        assert_eq!(round.entries.len(), 6);
        assert_eq!(
            round.entries[2],
            Entry::One {
                to: ConnectionId(1),
                bytes: 0..8,
                within: None
            }
        );
    }

    #[test]
    fn a_long_run_is_cut() {
        let mut outgoing = Outgoing::default();
        for _ in 0..3 {
            outgoing.to_room(ROOM, |out| out.resize(out.len() + RUN_BYTES_MAX - 1, b'a'));
        }
        assert!(outgoing.bytes() >= 3 * (RUN_BYTES_MAX - 1));
        assert_eq!(outgoing.take(Round::default()).runs.len(), 2);
    }
}
