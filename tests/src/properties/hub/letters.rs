//! What each connection reads, made out of the list in the simple way.
//!
//! Every line has a place: that of its run in the list, and its own in the run. What is for one connection stands
//! at the place it names, or at its own in the list. Each connection's lines are then put in order of their places.

use chalktalk::server::outgoing::{ConnectionId, Entry, RoomId, Round};
use std::collections::{BTreeMap, BTreeSet};

/// The entry, the byte in its run, and 1 for the line of the run that stands there, which what names the place
/// comes before.
type Place = (usize, usize, u8);

/// What was delivered so far.
#[derive(Debug, Default)]
pub struct Letters {
    /// All that each connection has read.
    pub streams: BTreeMap<ConnectionId, Vec<u8>>,
    seats: BTreeMap<ConnectionId, RoomId>,
    closed: BTreeSet<ConnectionId>,
}

impl Letters {
    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.streams.len() - self.closed.len()
    }

    /// Walks a round.
    pub fn deliver(&mut self, round: &Round) {
        let mut letters: Vec<(ConnectionId, Place, &[u8])> = Vec::new();
        let mut starts = BTreeMap::new();
        for (at, entry) in round.entries.iter().enumerate() {
            match entry {
                Entry::Open(id) => {
                    let before = self.streams.insert(*id, Vec::new());
                    assert_eq!(before, None, "a connection opens once");
                }
                Entry::Subscribe(id, room) => {
                    self.is_open(*id);
                    let before = self.seats.insert(*id, *room);
                    assert_eq!(before, None, "a connection is in one room");
                }
                Entry::Unsubscribe(id) => {
                    assert!(self.seats.remove(id).is_some(), "it was in a room");
                }
                Entry::Run(run) => {
                    starts.insert(*run, at);
                    let run = &round.runs[*run];
                    let seats = self.seats.iter().filter(|(_, room)| **room == run.room);
                    for (id, _) in seats {
                        let lines = run.bytes.split_inclusive(|byte| *byte == b'\n');
                        letters.extend(lines.scan(0, |offset, line| {
                            let place = (at, *offset, 1);
                            *offset += line.len();
                            Some((*id, place, line))
                        }));
                    }
                }
                Entry::One { to, bytes, within } => {
                    self.is_open(*to);
                    let place = within.map_or((at, 0, 0), |(run, offset)| {
                        let room = round.runs[run].room;
                        assert_eq!(self.seats.get(to), Some(&room), "it is in that room");
                        (starts[&run], offset, 0)
                    });
                    letters.push((*to, place, &round.singles[bytes.clone()]));
                }
                Entry::Close { of, bytes, .. } => {
                    self.is_open(*of);
                    assert_eq!(self.seats.get(of), None, "it has left its room");
                    self.closed.insert(*of);
                    letters.push((*of, (at, 0, 0), &round.singles[bytes.clone()]));
                }
            }
        }
        letters.sort_by_key(|(_, place, _)| *place);
        for (id, _, bytes) in letters {
            self.streams.entry(id).or_default().extend_from_slice(bytes);
        }
    }

    fn is_open(&self, id: ConnectionId) {
        let open = self.streams.contains_key(&id) && !self.closed.contains(&id);
        assert!(open, "nothing is for a connection that is not there");
    }
}
