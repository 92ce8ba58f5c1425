//! One round: walking what was waiting, in order, and one vectored write for each member that gets something.
//!
//! Only whoever holds the postman's role is here. Because comings and goings are entries among the others, the table
//! of members is right at every point of the walk, without asking the hub.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::letters::{Letters, Piece, Source};
use super::means::{Failed, Means};
use super::peer::{Outcome, Peer};
use crate::server::outgoing::{ConnectionId, Entry, RoomId, Round, Unread};
use crate::wire::Code;

/// What the postman knows: who is where.
#[derive(Default)]
pub(super) struct Rounds {
    /// Every open connection, at a place that stays its own.
    members: Vec<Option<Member>>,
    free: Vec<usize>,
    places: HashMap<ConnectionId, usize>,
    rooms: HashMap<RoomId, Vec<usize>>,
    /// Places with something to write.
    due: Vec<usize>,
}

struct Member {
    peer: Arc<Peer>,
    /// The room, and where in its list of members.
    seat: Option<(RoomId, usize)>,
    /// What it gets in this round, in order.
    pieces: Vec<Piece>,
}

/// What a round leaves behind.
pub(super) struct Walked {
    /// Its memory.
    pub(super) used: Round,
    /// Whom it could not be delivered to.
    pub(super) failed: Vec<Failed>,
    /// Who was closed, and what becomes of what each has not read.
    pub(super) closed: Vec<(Arc<Peer>, Unread)>,
}

impl Rounds {
    /// Delivers a round.
    pub(super) fn walk(
        &mut self,
        round: Round,
        arrivals: Vec<Arc<Peer>>,
        means: &Arc<Means>,
    ) -> Walked {
        let Round {
            mut entries,
            mut runs,
            singles,
        } = round;
        let mut letters = Letters::new(runs.drain(..), singles);
        let mut arrivals = arrivals.into_iter();
        let mut closed = Vec::new();
        for entry in entries.drain(..) {
            match entry {
                Entry::Open(id) => {
                    if let Some(peer) = arrivals.next() {
                        debug_assert_eq!(peer.id(), id);
                        self.open(peer);
                    }
                }
                Entry::Subscribe(id, room) => self.subscribe(id, room),
                Entry::Unsubscribe(id) => self.unsubscribe(id),
                Entry::Run(run) => self.for_room(run, &letters),
                Entry::One { to, bytes, within } => self.for_one(to, bytes, within),
                Entry::Close { of, bytes, unread } => {
                    closed.extend(self.close(of, bytes, unread, &mut letters, means));
                }
            }
        }
        let failed = self.write_all(&mut letters, means);
        let singles = std::mem::take(&mut letters.singles);
        runs.extend(letters.unshared());
        Walked {
            used: Round {
                entries,
                runs,
                singles,
            },
            failed,
            closed,
        }
    }

    fn open(&mut self, peer: Arc<Peer>) {
        let id = peer.id();
        let member = Some(Member {
            peer,
            seat: None,
            pieces: Vec::with_capacity(1),
        });
        let place = match self.free.pop() {
            Some(place) => {
                self.members[place] = member;
                place
            }
            None => {
                self.members.push(member);
                self.members.len() - 1
            }
        };
        self.places.insert(id, place);
    }

    fn member(&mut self, id: ConnectionId) -> Option<(usize, &mut Member)> {
        let place = *self.places.get(&id)?;
        Some((place, self.members[place].as_mut()?))
    }

    fn subscribe(&mut self, id: ConnectionId, room: RoomId) {
        let Some(&place) = self.places.get(&id) else {
            return;
        };
        let seats = self.rooms.entry(room).or_default();
        if let Some(member) = &mut self.members[place] {
            member.seat = Some((room, seats.len()));
            seats.push(place);
        }
    }

    fn unsubscribe(&mut self, id: ConnectionId) {
        let Some((_, member)) = self.member(id) else {
            return;
        };
        let Some((room, seat)) = member.seat.take() else {
            return;
        };
        let Some(seats) = self.rooms.get_mut(&room) else {
            return;
        };
        seats.swap_remove(seat);
        if seats.is_empty() {
            self.rooms.remove(&room);
            return;
        }
        if let Some(&moved) = seats.get(seat)
            && let Some(member) = &mut self.members[moved]
        {
            member.seat = Some((room, seat));
        }
    }

    fn for_room(&mut self, run: usize, letters: &Letters) {
        let (room, piece) = letters.whole_run(run);
        for &place in self.rooms.get(&room).into_iter().flatten() {
            if let Some(member) = &mut self.members[place] {
                if member.pieces.is_empty() {
                    self.due.push(place);
                }
                member.pieces.push(piece.clone());
            }
        }
    }

    /// The run that the bytes stand in was handed out whole when the walk came by it: it is parted here.
    fn for_one(&mut self, to: ConnectionId, bytes: Range<usize>, within: Option<(usize, usize)>) {
        let Some((place, member)) = self.member(to) else {
            return;
        };
        let due = member.pieces.is_empty();
        let single = Piece {
            source: Source::Singles,
            bytes,
        };
        let parted = member
            .pieces
            .last_mut()
            .zip(within)
            .and_then(|(last, (run, at))| {
                let rest = at..last.bytes.end;
                let inside =
                    last.source == Source::Run(run) && !rest.is_empty() && at >= last.bytes.start;
                inside.then(|| {
                    last.bytes.end = at;
                    Piece {
                        source: last.source,
                        bytes: rest,
                    }
                })
            });
        member.pieces.push(single);
        member.pieces.extend(parted);
        if due {
            self.due.push(place);
        }
    }

    fn write_all(&mut self, letters: &mut Letters, means: &Arc<Means>) -> Vec<Failed> {
        let mut failed = Vec::new();
        for &place in &self.due {
            let Some(member) = &mut self.members[place] else {
                continue;
            };
            if member.pieces.is_empty() {
                continue;
            }
            let outcome = member.peer.post(&member.pieces, letters, means);
            member.pieces.clear();
            // Most rounds bring one piece; four would cost each quiet connection a tenth of a kilobyte.
            member.pieces.shrink_to(1);
            let id = member.peer.id();
            match outcome {
                Outcome::Taken => {}
                Outcome::Broken => failed.push(Failed {
                    id,
                    code: Code::LOST,
                }),
                Outcome::TooSlow => failed.push(Failed {
                    id,
                    code: Code::TOO_SLOW,
                }),
            }
        }
        self.due.clear();
        failed.extend(self.largest_too_much(means));
        failed
    }

    /// All couriers together have a limit. Over it the largest goes first: most likely it will not catch up, and it
    /// frees the most.
    fn largest_too_much(&self, means: &Means) -> Option<Failed> {
        if means.couriered.load(Ordering::Relaxed) <= means.limits.slow_bytes_all_max {
            return None;
        }
        let peers = self.members.iter().flatten().map(|member| &member.peer);
        // What waits may be of those who have left already: nobody here can free that, and who has nothing waiting
        // frees nothing.
        let peers = peers.filter(|peer| peer.waiting_bytes() > 0);
        let largest = peers.max_by_key(|peer| peer.waiting_bytes())?;
        largest.outbox().give_up();
        Some(Failed {
            id: largest.id(),
            code: Code::TOO_SLOW,
        })
    }

    fn close(
        &mut self,
        id: ConnectionId,
        last: Range<usize>,
        unread: Unread,
        letters: &mut Letters,
        means: &Arc<Means>,
    ) -> Option<(Arc<Peer>, Unread)> {
        let place = self.places.remove(&id)?;
        let mut member = self.members[place].take()?;
        self.free.push(place);
        member.pieces.push(Piece {
            source: Source::Singles,
            bytes: last,
        });
        let unread = member.peer.end(&member.pieces, unread, letters, means);
        Some((member.peer, unread))
    }
}
