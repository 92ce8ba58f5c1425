//! Entering and leaving rooms: who is told, and in which order; and how rooms begin and end.
//!
//! CAME and LEFT are told to the whole room while at most [`announced_people_max`](crate::server::Limits) are in it,
//! counted after the coming or the leaving. In a larger room only the person who comes or goes is told: if 1,000 people
//! come, each line to each would be half a million lines. A NOTICE says so, to all when the room grows over the limit
//! and to each who comes later; another NOTICE says when the room has shrunk again.
//!
//! The number of people decides, so there is no state that could be wrong. Ruled out: a second, lower limit below which
//! they are told again. It saves a room at the limit some notices, and costs a flag in each room and a rule that nobody
//! can predict from what they see.

use std::collections::BTreeMap;

use super::{History, Hub, Login, Now, RoomState};
use crate::server::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::wire::{Code, Event, EventKind, Phrase, Room, ServerLine, Tag, Text, push_tag};

impl Hub {
    /// Puts a named session into a room. It is told where it is and what it has missed, and then everybody is told that
    /// it has come. Returns the bytes that it alone was sent.
    pub(super) fn enter_room(
        &mut self,
        id: ConnectionId,
        room_id: RoomId,
        now: Now,
        out: &mut Outgoing,
    ) -> usize {
        let (Some(session), Some(room)) =
            (self.sessions.get_mut(&id), self.rooms.get_mut(&room_id))
        else {
            return 0;
        };
        let Login::Named { name, room: seat } = &mut session.login else {
            return 0;
        };
        *seat = room_id;
        room.members.insert(name.folded(), id);
        let (name, replay) = (name.clone(), session.replay);
        let (room, people, topic) = (room.name.clone(), room.members.len(), room.topic.clone());

        // First of all: whatever is said in the room from here on, it gets.
        out.entered(id, room_id);
        let entered = self.event(now, EventKind::Room(room.clone(), people as u64, topic));
        let mut told = out.to_one(id, |line| entered.encode(line));
        told += self.replay(id, room_id, None, replay, out);
        let came = self.event(now, EventKind::Came(room.clone(), name));
        let most = self.limits.announced_people_max;
        if people <= most {
            out.to_room(room_id, |line| came.encode(line));
            return told;
        }
        told += out.to_one(id, |line| came.encode(line));
        let sentence = format!("more than {most} people are here: comings and goings are not told");
        let notice = self.notice(room, &sentence, now);
        // This one has made the room too large: everybody learns of the rule, once.
        if people - 1 == most {
            out.to_room(room_id, |line| notice.encode(line));
        } else {
            told += out.to_one(id, |line| notice.encode(line));
        }
        told
    }

    /// Takes a session out of its room, if it is in one. It is told that it leaves, and gets no more of the room. An
    /// empty room ends, except the lobby.
    pub(super) fn leave_room(
        &mut self,
        id: ConnectionId,
        code: &Code,
        words: Option<Phrase>,
        now: Now,
        out: &mut Outgoing,
    ) {
        let Some(me) = self.named(id) else {
            return;
        };
        let (room, room_id) = (me.room, me.room_id);
        let Some(state) = self.rooms.get_mut(&room_id) else {
            return;
        };
        state.members.remove(&me.name.folded());
        let people = state.members.len();
        let left = EventKind::Left(room.clone(), me.name, code.clone(), words);
        let left = self.event(now, left);
        let most = self.limits.announced_people_max;
        if people <= most {
            out.to_room(room_id, |line| left.encode(line));
        } else {
            out.to_one(id, |line| left.encode(line));
        }
        // After its own LEFT, so that it gets that line and none after it.
        out.left(id);
        if people == 0 && room_id != self.lobby {
            self.rooms.remove(&room_id);
            self.room_ids.remove(&room.folded());
        } else if people == most {
            let sentence =
                format!("no more than {most} people are here: comings and goings are told again");
            let notice = self.notice(room, &sentence, now);
            out.to_room(room_id, |line| notice.encode(line));
        }
    }

    fn notice(&mut self, room: Room, sentence: &str, now: Now) -> Event {
        self.event(now, EventKind::Notice(Some(room), Text::cut(sentence)))
    }

    /// Sends a session the last events of a room, between HISTORY and END. Returns their bytes.
    pub(super) fn replay(
        &self,
        id: ConnectionId,
        room: RoomId,
        tag: Option<&Tag>,
        at_most: usize,
        out: &mut Outgoing,
    ) -> usize {
        let Some(room) = self.rooms.get(&room) else {
            return 0;
        };
        let lines = room.history.last(at_most);
        out.to_one(id, |bytes| {
            ServerLine::HistoryBegins(room.name.clone(), lines.len() as u64).encode(tag, bytes);
            for line in lines {
                push_tag(tag, bytes);
                bytes.extend_from_slice(line);
            }
            ServerLine::HistoryEnds(room.name.clone()).encode(tag, bytes);
        })
    }

    /// Finds the room of that name, or begins it. The name comes back as it was first written.
    pub(super) fn room(&mut self, name: &Room) -> (RoomId, Room) {
        let id = self.room_ids.get(&name.folded());
        if let Some((id, room)) = id.and_then(|id| Some((*id, self.rooms.get(id)?))) {
            return (id, room.name.clone());
        }
        let id = RoomId(self.rooms_begun);
        self.rooms_begun += 1;
        self.room_ids.insert(name.folded(), id);
        let room = RoomState {
            name: name.clone(),
            members: BTreeMap::new(),
            topic: None,
            history: History::default(),
        };
        self.rooms.insert(id, room);
        (id, name.clone())
    }
}
