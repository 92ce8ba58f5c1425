//! What each connection reads, made out of rounds in the simple way: step by step, and at last the rest of its room.

use chalktalk::server::outgoing::{ConnectionId, RoomId, Round, Step, StepKind, Unread};
use std::collections::{BTreeMap, BTreeSet};

/// What was delivered so far.
#[derive(Debug, Default)]
pub struct Letters {
    /// All that each connection has read.
    pub streams: BTreeMap<ConnectionId, Vec<u8>>,
    /// In which room each is, and how much of its buffer it has read in this round.
    seats: BTreeMap<ConnectionId, (RoomId, usize)>,
    /// Who has got its last line.
    pub closed: BTreeSet<ConnectionId>,
}

impl Letters {
    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.streams.len() - self.closed.len()
    }

    /// Walks a round.
    pub fn deliver(&mut self, round: &Round) {
        for step in &round.steps {
            let Step { who, at, what } = step;
            match what {
                StepKind::Entered(room) => {
                    self.is_open(*who);
                    let before = self.seats.insert(*who, (*room, *at));
                    assert_eq!(before, None, "a connection is in one room");
                }
                StepKind::Left => {
                    self.read_to(*who, *at, round);
                    assert!(self.seats.remove(who).is_some(), "it was in a room");
                }
                StepKind::Told(line) => {
                    self.is_open(*who);
                    self.read_to(*who, *at, round);
                    self.read(*who, &round.direct[line.clone()]);
                }
                StepKind::Closed(line, unread) => {
                    self.is_open(*who);
                    let last = &round.direct[line.clone()];
                    let peaceful = ["BYE quit ", "BYE stopping "];
                    let peaceful = peaceful.iter().any(|bye| last.starts_with(bye.as_bytes()));
                    let expected = if peaceful {
                        Unread::Sent
                    } else {
                        Unread::Dropped
                    };
                    assert_eq!(*unread, expected, "who leaves in peace may read to the end");
                    assert_eq!(self.seats.get(who), None, "it has left its room");
                    self.read(*who, &round.direct[line.clone()]);
                    self.closed.insert(*who);
                }
            }
        }
        for (who, (room, _)) in self.seats.clone() {
            self.read_to(who, round.rooms.get(&room).map_or(0, Vec::len), round);
            self.seats.insert(who, (room, 0));
        }
    }

    fn read_to(&mut self, who: ConnectionId, at: usize, round: &Round) {
        let Some((room, cursor)) = self.seats.get_mut(&who) else {
            return assert_eq!(at, 0, "it is in no room");
        };
        let from = std::mem::replace(cursor, at);
        if let Some(buffer) = round.rooms.get(room) {
            self.read(who, &buffer[from..at]);
        }
    }

    fn read(&mut self, who: ConnectionId, bytes: &[u8]) {
        self.streams
            .entry(who)
            .or_default()
            .extend_from_slice(bytes);
    }

    fn is_open(&self, who: ConnectionId) {
        let closed = self.closed.contains(&who);
        assert!(!closed, "nothing is for a connection that is not there");
    }
}
