//! Which events have been seen: after a line broke, a room's history repeats some.
//!
//! News come with rising counts, so one number tells what is new. History does not: on entering a room it tells
//! of the time before, with lower counts than the last of the room one left. So there each room has a number of
//! its own, up to which one was there.

use crate::wire::{Folded, Id, Room};
use std::collections::VecDeque;

/// Rooms remembered, in one boot each; the one not heard of for longest is forgotten, and its history shown again.
const ROOMS_MAX: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The last event that came as news.
    news: Option<Id>,
    /// The last event seen of each room, the room heard of last at the end.
    rooms: VecDeque<(Folded, Id)>,
}

impl Seen {
    /// Something happened just now; in this room, where it is of the kind that history keeps. Is it new?
    pub(super) fn news(&mut self, id: Id, kept_in: Option<&Room>) -> bool {
        if is_up_to(id, self.news) {
            return false;
        }
        self.news = Some(id);
        if let Some(room) = kept_in {
            self.past(id, room);
        }
        true
    }

    /// The room's history has this. Is it new?
    pub(crate) fn past(&mut self, id: Id, room: &Room) -> bool {
        let room = room.folded();
        let known = |(other, last): &(Folded, Id)| *other == room && last.boot == id.boot;
        let at = self.rooms.iter().rposition(known);
        let last = at.and_then(|at| Some(self.rooms.remove(at)?.1));
        if self.rooms.len() >= ROOMS_MAX {
            self.rooms.pop_front();
        }
        let is_new = !is_up_to(id, last);
        self.rooms
            .push_back((room, last.filter(|_| !is_new).unwrap_or(id)));
        is_new
    }
}

/// Counts are of one start of the server: those of another say nothing.
fn is_up_to(id: Id, last: Option<Id>) -> bool {
    last.is_some_and(|last| last.boot == id.boot && id.count <= last.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> Id {
        Id::parse(text).unwrap()
    }

    fn room(text: &str) -> Room {
        Room::parse(text).unwrap()
    }

    #[test]
    fn news_rise_within_a_boot() {
        let mut seen = Seen::default();
        for (text, expected) in [
            ("a.0", true),
            ("a.0", false),
            ("a.5", true),
            ("a.4", false),
            ("b.1", true),
            ("b.1", false),
            ("b.18446744073709551615", true),
            ("b.18446744073709551615", false),
        ] {
            assert_eq!(seen.news(id(text), None), expected, "{text}");
        }
    }

    #[test]
    fn the_past_of_another_room_is_new_and_of_the_same_is_not() {
        let mut seen = Seen::default();
        let (lobby, maths) = (room("lobby"), room("maths"));
        assert!(seen.past(id("a.2"), &lobby));
        assert!(seen.news(id("a.9"), Some(&lobby)));
        assert!(seen.past(id("a.3"), &maths));
        assert!(!seen.past(id("a.2"), &room("LOBBY")));
        assert!(!seen.past(id("a.9"), &lobby));
        assert!(seen.past(id("a.12"), &lobby));
        assert!(seen.past(id("b.1"), &lobby));
        assert!(!seen.past(id("a.12"), &lobby));
    }

    #[test]
    fn endless_rooms_are_forgotten() {
        let mut seen = Seen::default();
        for count in 0..10 * ROOMS_MAX as u64 {
            seen.past(Id { count, ..id("a.0") }, &room(&format!("r{count}")));
        }
        assert_eq!(seen.rooms.len(), ROOMS_MAX);
    }
}
