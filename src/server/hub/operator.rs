//! What the operator does to the chat, and sees of it. How it is typed and answered stands in
//! [`operator`](crate::server::operator), and what was decided in [`moderation`](crate::server::moderation).

use std::net::IpAddr;

use super::{Context, Hub, Login, Now, Origin, Session};
use crate::server::moderation::Ban;
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::wire::{Code, EventKind, Fault, Name, Phrase, Request, Room, Text};

impl Hub {
    /// Why a connection does not come in with this first name; `None` if it does, or is inside already.
    pub(super) fn turns_away(&self, id: ConnectionId, first: &Request, now: Now) -> Option<Fault> {
        let session = self.sessions.get(&id)?;
        let (Login::Unnamed { .. }, Request::Name(name)) = (&session.login, first) else {
            return None;
        };
        let from = Origin::exact(session.address);
        self.moderation.turns_away(name, from, now.monotonic)
    }

    /// Rejects what a muted person wants others to see, names of people and of rooms among it.
    pub(super) fn hears(&self, request: &Request, context: &Context<'_>) -> Result<(), Fault> {
        let is_seen = match request {
            Request::Say(_) | Request::Do(_) | Request::Tell(..) | Request::Topic(_) => true,
            Request::Name(_) | Request::Quit(Some(_)) => true,
            // To read where others are is no news; a room that begins shows its name.
            Request::Join(room) => !self.room_ids.contains_key(&room.folded()),
            Request::Quit(None) | Request::Who(_) | Request::Rooms | Request::History(_) => false,
            Request::Replay(_) | Request::Ping(_) | Request::Pong(_) | Request::Help => false,
        };
        // Mostly nobody is muted, and this is asked for each line that is said.
        if !is_seen || self.moderation.muted.is_empty() {
            return Ok(());
        }
        let sentence = "the operator has muted you: you may read, and leave";
        let name = self.named(context.id).map(|me| me.name.folded());
        match name.is_some_and(|name| self.moderation.muted.contains_key(&name)) {
            true => Err(Fault::new(Code::MUTED, sentence)),
            false => Ok(()),
        }
    }

    /// Sends the operator's words to everyone.
    pub fn announce(&mut self, text: &Text, now: Now, out: &mut Outgoing) {
        let notice = self.event(now, EventKind::Notice(None, text.clone()));
        for &room in self.rooms.keys() {
            out.to_room(room, |line| notice.encode(line));
        }
    }

    /// Closes the connection of the person whom a ban is about, or all from its address if it names nobody. Returns how
    /// many.
    pub fn throw_out(&mut self, ban: &Ban, now: Now, out: &mut Outgoing) -> usize {
        let is_meant = |session: &Session| match (&ban.name, &session.login) {
            (Some(_), Login::Named { name, .. }) => ban.is_about(Some(name), None),
            (Some(_), Login::Unnamed { .. }) => false,
            (None, _) => ban.is_about(None, Some(Origin::exact(session.address))),
        };
        let all = self.sessions.iter();
        let all = all.filter(|(_, session)| is_meant(session));
        let all: Vec<(ConnectionId, IpAddr)> = all.map(|(id, who)| (*id, who.address)).collect();
        let rest = ban.rest(now.monotonic);
        for &(id, from) in &all {
            if let Some(me) = self.named(id) {
                self.moderation.renamed(&me.name, None, Origin::exact(from));
            }
            let sentence = format!("the operator has thrown you out {rest}");
            let fault = Fault::new(Code::KICKED, sentence);
            self.end(id, fault, Phrase::new(&rest).ok(), now, out);
        }
        all.len()
    }

    /// Lets nobody in from now on but those who are inside, should they lose their connection.
    pub fn lock(&mut self) {
        let all = self.everybody();
        let inside = all.map(|(name, _, from)| (name.folded(), Origin::exact(from)));
        self.moderation.inside = Some(inside.collect());
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
