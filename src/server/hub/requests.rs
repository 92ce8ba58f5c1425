//! What each verb does, except SAY and DO, which stand in [`hub`](super) with the way of a message.
//!
//! A handler returns a [`Reply`], which says whether its request still lacks its `OK`, or a [`Fault`] if it rejects the
//! request. Within an answer rows come before their `OK`, and an `OK` with an id before the event of that id. A handler
//! that rejects has changed nothing and sent nothing.
//!
//! Ruled out: a trait with a type for each verb. All share one state, so each would be handed the whole hub anyway, and
//! the dispatch, which can be read at a glance, would be spread over as many files.

use super::{Context, Hub, Liveness, Login, Named, Note, Now, Origin, Reply, WHISPERERS_MAX};
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::wire::{Code, Event, EventKind, Fault, Name, Phrase, Request, Room, ServerLine, Text};

impl Hub {
    /// NAME: logs in the first time, and later changes the name.
    pub(super) fn name(&mut self, name: &Name, context: &mut Context<'_>) -> Result<Reply, Fault> {
        let banned = self.moderation.kept_out(name, None, context.now.monotonic);
        // Whoever has a login on the server's machine is trusted to say who said what elsewhere.
        let from = self.sessions.get(&context.id).map(|me| me.address);
        let is_here = from.is_some_and(|from| from.to_canonical().is_loopback());
        if name.is_reserved() || banned.is_some() || (name.is_of_relay() && !is_here) {
            let rest = banned.map_or(String::new(), |rest| format!(" {rest}"));
            let sentence = format!("nobody may be called {name}{rest}; choose another name");
            return Err(Fault::new(Code::NAME_RESERVED, sentence));
        }
        // Its own name in another case is taken by nobody else.
        let owner = self.names.get(&name.folded()).copied();
        let other = owner.filter(|&owner| owner != context.id);
        if let Some(Named { name, .. }) = other.and_then(|other| self.named(other)) {
            let sentence = format!("somebody is called {name} already; choose another name");
            return Err(Fault::new(Code::NAME_TAKEN, sentence));
        }
        match self.named(context.id) {
            None => Ok(self.log_in(name, context)),
            Some(me) if me.name == *name => {
                let sentence = format!("you are called {name} already");
                Err(Fault::new(Code::NO_CHANGE, sentence))
            }
            Some(me) => Ok(self.rename(me, name, context)),
        }
    }

    /// The order a client can rely on: OK, WELCOME, ROOM, history, CAME.
    fn log_in(&mut self, name: &Name, context: &mut Context<'_>) -> Reply {
        let reply = self.ok_with_next_id(context);
        if let Some(session) = self.sessions.get_mut(&context.id) {
            let (name, room, address) = (name.clone(), self.lobby, session.address);
            self.names.insert(name.folded(), context.id);
            self.admission.leave(context.id, Origin::of(address));
            let came = Note::Came(name.clone(), address);
            session.login = Login::Named { name, room };
            self.note(came);
        }
        let hint = Text::cut("To speak: SAY hello everyone. HELP lists the rest.");
        let welcome = self.event(context.now, EventKind::Welcome(name.clone(), hint));
        context.tell(context.id, &welcome);
        // Not charged: the newcomer has not asked for the lobby's history, and after a long one could not speak for
        // seconds. It comes once to a connection, and connections have a rate of their own.
        let _history = self.enter_room(context.id, self.lobby, context.now, context.out);
        reply
    }

    /// Both maps are keyed by the folded name, so both entries move.
    fn rename(&mut self, me: Named, new: &Name, context: &mut Context<'_>) -> Reply {
        let reply = self.ok_with_next_id(context);
        let (old, folded) = (me.name.folded(), new.folded());
        if let Some(room) = self.rooms.get_mut(&me.room_id) {
            room.members.remove(&old);
            room.members.insert(folded.clone(), context.id);
        }
        self.names.remove(&old);
        self.names.insert(folded, context.id);
        if let Some(session) = self.sessions.get_mut(&context.id) {
            let (name, room) = (new.clone(), me.room_id);
            session.login = Login::Named { name, room };
            let from = Origin::exact(session.address);
            self.moderation.renamed(&me.name, Some(new), from);
        }
        self.note(Note::Renamed(me.name.clone(), new.clone()));
        let renamed = EventKind::Renamed(me.room, me.name, new.clone());
        self.tell_room(me.room_id, renamed, context.now, context.out);
        reply
    }

    /// TELL: both get the event, and no history keeps it.
    pub(super) fn tell(
        &mut self,
        me: Named,
        to: &Name,
        text: &Text,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let other = self.names.get(&to.folded()).copied();
        let Some((other, to)) = other.and_then(|id| Some((id, self.named(id)?.name))) else {
            let sentence = format!("{to} is not here; WHO lists who is");
            return Err(Fault::new(Code::NO_SUCH_NAME, sentence));
        };
        let reply = self.ok_with_next_id(context);
        let told = self.event(context.now, EventKind::Told(me.name, to, text.clone()));
        context.tell(context.id, &told);
        if other != context.id {
            context.tell(other, &told);
            if let Some(session) = self.sessions.get_mut(&other)
                && session.whispers.len() < WHISPERERS_MAX
            {
                session.whispers.insert(context.id);
            }
        }
        Ok(reply)
    }

    /// JOIN: leaves one room and enters another, which begins if it does not exist.
    pub(super) fn join(
        &mut self,
        me: Named,
        room: &Room,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let there = self.room_ids.get(&room.folded()).copied();
        if there == Some(me.room_id) {
            let sentence = format!("you are in {room} already");
            return Err(Fault::new(Code::NO_CHANGE, sentence));
        }
        if there.is_none() && self.rooms.len() >= self.limits.rooms_max {
            let sentence = "there are as many rooms as the server takes; ROOMS lists them";
            return Err(Fault::new(Code::TOO_MANY_ROOMS, sentence));
        }
        let reply = self.ok_with_next_id(context);
        let (there, room) = self.room(room);
        let words = Phrase::new(room.as_str()).ok();
        self.leave_room(context.id, &Code::MOVED, words, context.now, context.out);
        context.answer_bytes += self.enter_room(context.id, there, context.now, context.out);
        self.note(Note::Moved(me.name, room));
        Ok(reply)
    }

    /// TOPIC: sets the room's topic, or removes it.
    pub(super) fn topic(
        &mut self,
        me: Named,
        topic: Option<Phrase>,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let room = self.rooms.get(&me.room_id);
        if room.is_some_and(|room| room.topic == topic) {
            return Err(Fault::new(Code::NO_CHANGE, "the topic is that already"));
        }
        let reply = self.ok_with_next_id(context);
        self.set_topic(&me.room, me.name, topic, context.now, context.out);
        Ok(reply)
    }

    /// Sets the topic of a room, if there is one of that name, for a person or for the operator.
    pub fn set_topic(
        &mut self,
        room: &Room,
        by: Name,
        topic: Option<Phrase>,
        now: Now,
        out: &mut Outgoing,
    ) {
        let (id, room) = self.room(room);
        if let Some(state) = self.rooms.get_mut(&id) {
            state.topic.clone_from(&topic);
        }
        self.tell_room(id, EventKind::Topic(room, by, topic), now, out);
    }

    /// WHO: a row for each person in a room.
    pub(super) fn who(
        &self,
        me: &Named,
        room: Option<&Room>,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let room = self.room_ids.get(&room.unwrap_or(&me.room).folded());
        let Some(room) = room.and_then(|id| self.rooms.get(id)) else {
            let sentence = "there is no such room; ROOMS lists them";
            return Err(Fault::new(Code::NO_SUCH_ROOM, sentence));
        };
        for member in room.members.values().filter_map(|&id| self.named(id)) {
            context.row(&ServerLine::Who(member.room, member.name));
        }
        Ok(Reply::Ok)
    }

    /// ROOMS: a row for each.
    pub(super) fn list_rooms(&self, context: &mut Context<'_>) -> Reply {
        for room in self.room_ids.values().filter_map(|id| self.rooms.get(id)) {
            let (name, topic) = (room.name.clone(), room.topic.clone());
            let people = room.members.len() as u64;
            context.row(&ServerLine::Rooms(name, people, topic));
        }
        Reply::Ok
    }

    /// HISTORY: the events that the room has kept, or the last of them.
    pub(super) fn history(
        &self,
        me: &Named,
        count: Option<u64>,
        context: &mut Context<'_>,
    ) -> Reply {
        let at_most = count.map_or(usize::MAX, saturating);
        context.answer_bytes +=
            self.replay(context.id, me.room_id, context.tag, at_most, context.out);
        Reply::Ok
    }

    /// REPLAY: how much history it is sent on entering a room.
    pub(super) fn set_replay(&mut self, count: u64, context: &mut Context<'_>) -> Reply {
        if let Some(session) = self.sessions.get_mut(&context.id) {
            session.replay = saturating(count);
        }
        Reply::Ok
    }

    /// PING: the same phrase back. It is sent after everything before it, and so is a fence: a client that has the PONG
    /// knows that nothing older is on its way.
    pub(super) fn ping(&self, phrase: Option<Phrase>, context: &mut Context<'_>) -> Reply {
        context.row(&ServerLine::Pong(phrase));
        Reply::Ok
    }

    /// PONG: this peer answers, so from now on its silence means something.
    pub(super) fn pong(&mut self, context: &mut Context<'_>) -> Reply {
        if let Some(session) = self.sessions.get_mut(&context.id) {
            session.liveness = Liveness::Answers;
        }
        Reply::Ok
    }

    /// HELP: a row for each verb.
    pub(super) fn help(&self, context: &mut Context<'_>) -> Reply {
        for (_, about) in Request::verbs() {
            context.row(&ServerLine::Help(Text::cut(about)));
        }
        Reply::Ok
    }

    /// QUIT: leaves, with words for the room. Its `OK` is sent here, since nothing may follow BYE; it has an id if
    /// there is a room to be told.
    pub(super) fn quit(&mut self, words: Option<Phrase>, context: &mut Context<'_>) -> Reply {
        let reply = if self.is_named(context.id) {
            self.ok_with_next_id(context)
        } else {
            context.ok(None);
            Reply::Said
        };
        let farewell = Fault::new(Code::QUIT, "until next time");
        self.end(context.id, farewell, words, context.now, context.out);
        reply
    }
}

impl Context<'_> {
    /// Sends an event to one connection. If that is the asker, it belongs to the answer and is charged.
    fn tell(&mut self, who: ConnectionId, event: &Event) {
        let bytes = self.out.to_one(who, |line| event.encode(line));
        if who == self.id {
            self.answer_bytes += bytes;
        }
    }
}

/// A number of the wire as a number of things in memory.
fn saturating(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
