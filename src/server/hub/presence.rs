//! Coming and going: who is told, and in which order; and how rooms begin and end.

use std::collections::BTreeMap;

use super::{History, Hub, Login, Named, Now, Presence, RoomState};
use crate::server::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::wire::{Code, Phrase, Room, ServerLine, Tag, Text, What, push_tag};

impl Hub {
    /// Brings a named session into a room: it is told where it is and what it has missed, and then all are told that it
    /// has come. Returns the bytes that it alone was told.
    pub(super) fn come(
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

        // Before anything else: from here on it gets what the room gets.
        out.entered(id, room_id);
        let entered = self.event(now, What::Room(room.clone(), people as u64, topic));
        let mut told = out.to_one(id, |line| entered.encode(line));
        told += self.replay(id, room_id, None, replay, out);
        let came = self.event(now, What::Came(room.clone(), name));
        match self.presence(room_id) {
            Presence::Announced => drop(out.to_room(room_id, |line| came.encode(line))),
            Presence::Quiet => told += out.to_one(id, |line| came.encode(line)),
        }
        self.keep_presence(room_id, now, out);
        told
    }

    /// Takes a session out of its room, if it is in one: it is told that it leaves, and gets no more of the room. An
    /// empty room ends, the lobby excepted.
    pub(super) fn go(
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
        let Named {
            name,
            room,
            room_id,
        } = me;
        let Some(state) = self.rooms.get_mut(&room_id) else {
            return;
        };
        state.members.remove(&name.folded());
        let empty = state.members.is_empty();
        let left = self.event(now, What::Left(room.clone(), name, code.clone(), words));
        match self.presence(room_id) {
            Presence::Announced => drop(out.to_room(room_id, |line| left.encode(line))),
            Presence::Quiet => drop(out.to_one(id, |line| left.encode(line))),
        }
        // Behind its own LEFT, so that it gets that line and none after it.
        out.left(id);
        if empty && room_id != self.lobby {
            self.rooms.remove(&room_id);
            self.room_ids.remove(&room.folded());
        }
        self.keep_presence(room_id, now, out);
    }

    fn presence(&self, room: RoomId) -> Presence {
        let room = self.rooms.get(&room);
        room.map_or(Presence::Announced, |room| room.presence)
    }

    /// Falls quiet in a room that has grown large and begins again in one that has shrunk, and says so. The two
    /// sizes differ, so that a room at the border is not told at every step.
    fn keep_presence(&mut self, room_id: RoomId, now: Now, out: &mut Outgoing) {
        let Some(room) = self.rooms.get_mut(&room_id) else {
            return;
        };
        let (many, few) = (
            self.limits.announced_people_max,
            self.limits.announced_again_people,
        );
        let (next, sentence) = match room.presence {
            Presence::Announced if room.members.len() > many => (
                Presence::Quiet,
                format!(
                    "more than {many} people are here: comings and goings are not told any more"
                ),
            ),
            Presence::Quiet if room.members.len() < few => (
                Presence::Announced,
                format!("fewer than {few} people are here: comings and goings are told again"),
            ),
            Presence::Announced | Presence::Quiet => return,
        };
        room.presence = next;
        let name = room.name.clone();
        let notice = self.event(now, What::Notice(Some(name), Text::cut(&sentence)));
        out.to_room(room_id, |line| notice.encode(line));
    }

    /// Shows a session the last events of a room, between a begin and an end. Returns their bytes.
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

    /// The room of that name, as it was first written. It begins if it does not exist.
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
            presence: Presence::Announced,
        };
        self.rooms.insert(id, room);
        (id, name.clone())
    }
}
