//! Coming and going: who is told, and in which order.

use std::collections::BTreeMap;

use super::history::History;
use super::person::Stage;
use super::room::{Place, Presence};
use super::state::{Hub, Now};
use crate::server::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::wire::{Code, Phrase, Room, ServerLine, Tag, Text, What, push_tag};

impl Hub {
    /// A named person enters a room: is told what it has missed, and then all are told of the coming. Returns the
    /// bytes of what it was told.
    pub(super) fn come(
        &mut self,
        id: ConnectionId,
        room: RoomId,
        now: Now,
        out: &mut Outgoing,
    ) -> usize {
        let Some(person) = self.people.get_mut(&id) else {
            return 0;
        };
        let Stage::Named {
            name,
            room: where_it_is,
        } = &mut person.stage
        else {
            return 0;
        };
        *where_it_is = room;
        let (name, replay) = (name.clone(), person.replay);
        let Some(place) = self.places.get_mut(&room) else {
            return 0;
        };
        place.members.insert(name.folded(), id);
        let (people, place_name, topic) =
            (place.members.len(), place.room.clone(), place.topic.clone());
        out.entered(id, room);
        let entered = self.event(now, What::Room(place_name.clone(), people as u64, topic));
        let mut told = out.to_one(id, |line| entered.encode(line));
        told += self.replay(id, None, replay, out);
        let came = self.event(now, What::Came(place_name, name));
        match self.presence(room) {
            Presence::Announced => {
                out.to_room(room, |line| came.encode(line));
            }
            Presence::Quiet => told += out.to_one(id, |line| came.encode(line)),
        }
        self.keep_presence(room, now, out);
        told
    }

    /// A person leaves its room, if it is in one: all are told, itself too, and it gets no more of it.
    pub(super) fn go(
        &mut self,
        id: ConnectionId,
        code: &Code,
        words: Option<Phrase>,
        now: Now,
        out: &mut Outgoing,
    ) {
        let (Some(room), Some(name)) = (self.room_of(id), self.person_name(id).cloned()) else {
            return;
        };
        let Some(place) = self.places.get_mut(&room) else {
            return;
        };
        place.members.remove(&name.folded());
        let place_name = place.room.clone();
        let left = self.event(now, What::Left(place_name, name, code.clone(), words));
        match self.presence(room) {
            Presence::Announced => {
                out.to_room(room, |line| left.encode(line));
            }
            Presence::Quiet => {
                out.to_one(id, |line| left.encode(line));
            }
        }
        out.left(id);
        self.end_if_empty(room);
        self.keep_presence(room, now, out);
    }

    fn presence(&self, room: RoomId) -> Presence {
        self.places
            .get(&room)
            .map_or(Presence::Announced, |place| place.presence)
    }

    /// Falls quiet in a room that has grown large and begins again in one that has shrunk, and says so. The two
    /// sizes differ, so that a room at the border is not told at every step.
    fn keep_presence(&mut self, room: RoomId, now: Now, out: &mut Outgoing) {
        let Some(place) = self.places.get_mut(&room) else {
            return;
        };
        let (many, few) = (
            self.limits.announced_people_max,
            self.limits.announced_again_people,
        );
        let (next, sentence) = match place.presence {
            Presence::Announced if place.members.len() > many => (
                Presence::Quiet,
                format!(
                    "more than {many} people are here: comings and goings are not told any more"
                ),
            ),
            Presence::Quiet if place.members.len() < few => (
                Presence::Announced,
                format!("fewer than {few} people are here: comings and goings are told again"),
            ),
            _ => return,
        };
        place.presence = next;
        let place_name = place.room.clone();
        let notice = self.event(now, What::Notice(Some(place_name), Text::cut(&sentence)));
        out.to_room(room, |line| notice.encode(line));
    }

    /// The last events of the room the person is in, between a begin and an end. Returns their bytes.
    pub(super) fn replay(
        &self,
        id: ConnectionId,
        tag: Option<&Tag>,
        at_most: usize,
        out: &mut Outgoing,
    ) -> usize {
        let Some(room) = self.room_of(id) else {
            return 0;
        };
        let Some(place) = self.places.get(&room) else {
            return 0;
        };
        let lines = place.history.last(at_most);
        out.to_one(id, |bytes| {
            ServerLine::HistoryBegins(place.room.clone(), lines.len() as u64).encode(tag, bytes);
            for line in lines {
                push_tag(tag, bytes);
                bytes.extend_from_slice(line);
            }
            ServerLine::HistoryEnds(place.room.clone()).encode(tag, bytes);
        })
    }

    /// The room of that name, which begins where it does not exist.
    pub(super) fn place(&mut self, room: &Room) -> RoomId {
        let folded = room.folded();
        if let Some(&id) = self.by_room.get(&folded) {
            return id;
        }
        let id = RoomId(self.places_made);
        self.places_made += 1;
        let place = Place {
            room: room.clone(),
            members: BTreeMap::new(),
            topic: None,
            history: History::default(),
            presence: Presence::Announced,
        };
        self.places.insert(id, place);
        self.by_room.insert(folded, id);
        id
    }

    /// A room that nobody is in ends, the lobby excepted.
    pub(super) fn end_if_empty(&mut self, id: RoomId) {
        let empty = self
            .places
            .get(&id)
            .is_some_and(|place| place.members.is_empty());
        if empty
            && id != self.lobby
            && let Some(place) = self.places.remove(&id)
        {
            self.by_room.remove(&place.room.folded());
        }
    }
}
