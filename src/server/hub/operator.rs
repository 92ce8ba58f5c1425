//! What the operator does to the chat, and sees of it. How it is typed and answered stands in
//! [`operator`](crate::server::operator), and what was decided in [`moderation`](crate::server::moderation).

use std::net::IpAddr;
use std::time::Duration;

use super::{Hub, Login, Now, Origin, Session};
use crate::server::moderation::{Moderation, Whom};
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::wire::{Code, EventKind, Fault, Name, Phrase, Request, Room, Text};

impl Hub {
    /// What the operator has decided.
    pub fn moderation(&mut self) -> &mut Moderation {
        &mut self.moderation
    }

    /// Why a connection that gives this as its first name does not come in; `None` if it does. Who is inside passes.
    pub(super) fn turns_away(
        &self,
        id: ConnectionId,
        request: &Request,
        now: Duration,
    ) -> Option<Fault> {
        let session = self.sessions.get(&id)?;
        let (Login::Unnamed { .. }, Request::Name(name)) = (&session.login, request) else {
            return None;
        };
        let origin = Origin::of(session.address);
        self.moderation.turns_away(name, origin, now)
    }

    /// Sends the operator's words to everyone.
    pub fn announce(&mut self, text: &Text, now: Now, out: &mut Outgoing) {
        let notice = self.event(now, EventKind::Notice(None, text.clone()));
        for &room in self.rooms.keys() {
            out.to_room(room, |line| notice.encode(line));
        }
    }

    /// Tells the room of a person something about them; nobody if they are not here.
    pub fn tell_of(&mut self, name: &Name, sentence: &str, now: Now, out: &mut Outgoing) {
        let id = self.names.get(&name.folded());
        if let Some(me) = id.and_then(|id| self.named(*id)) {
            let notice = self.notice(me.room, sentence, now);
            out.to_room(me.room_id, |line| notice.encode(line));
        }
    }

    /// Closes the connections of these people, and says for how long they are kept out. Returns how many.
    pub fn throw_out(&mut self, whom: &Whom, rest: &str, now: Now, out: &mut Outgoing) -> usize {
        let ids: Vec<ConnectionId> = match whom {
            Whom::Name(name) => self
                .names
                .get(&name.folded())
                .copied()
                .into_iter()
                .collect(),
            Whom::Address(address) => {
                let is_from =
                    |session: &Session| Origin::of(session.address) == Origin::of(*address);
                let from = self.sessions.iter().filter(|(_, session)| is_from(session));
                from.map(|(id, _)| *id).collect()
            }
        };
        for &id in &ids {
            if let Some(me) = self.named(id) {
                self.moderation.renamed(&me.name, None);
            }
            let sentence = format!("the operator has thrown you out {rest}");
            let fault = Fault::new(Code::KICKED, sentence.trim_end());
            self.end(id, fault, Phrase::new(rest).ok(), now, out);
        }
        ids.len()
    }

    /// Lets nobody new come in from now on.
    pub fn lock(&mut self) {
        let inside = self.names.iter().filter_map(|(name, id)| {
            let session = self.sessions.get(id)?;
            Some((name.clone(), Origin::of(session.address)))
        });
        self.moderation.lock(inside.collect());
    }

    /// True if there is a room of that name.
    pub fn has_room(&self, room: &Room) -> bool {
        self.room_ids.contains_key(&room.folded())
    }

    /// Sets or removes the topic of a room that there is, under the name of the operator.
    pub fn set_topic(&mut self, room: &Room, topic: Option<Phrase>, now: Now, out: &mut Outgoing) {
        let id = self.room_ids.get(&room.folded()).copied();
        let room = id.and_then(|id| self.rooms.get_mut(&id));
        let operator = Name::parse("operator");
        if let (Some(id), Some(room), Ok(operator)) = (id, room, operator) {
            room.topic.clone_from(&topic);
            let event = EventKind::Topic(room.name.clone(), operator, topic);
            self.tell_room(id, event, now, out);
        }
    }

    /// Everybody who has a name, in order of name, with their room and address.
    pub fn everybody(&self) -> impl Iterator<Item = (&Name, &Room, IpAddr)> {
        self.names.values().filter_map(|id| {
            let session = self.sessions.get(id)?;
            let Login::Named { name, room } = &session.login else {
                return None;
            };
            Some((name, &self.rooms.get(room)?.name, session.address))
        })
    }

    /// The number of connections, named or not.
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }
}
