//! What each verb does. Each returns the bytes of its answer, which its sender pays for.
//!
//! The order within each: `OK` first, with the id of the first event, then the events; rows before their `OK`.

use super::admission::Origin;
use super::note::Note;
use super::person::{Pulse, Stage};
use super::state::{Hub, Now};
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::wire::{Code, Fault, Id, Name, Phrase, Request, Room, ServerLine, Tag, Text, What};

/// A request being answered.
struct Asking<'a> {
    id: ConnectionId,
    tag: Option<&'a Tag>,
    now: Now,
    out: &'a mut Outgoing,
    answered: usize,
}

type Done = Result<(), Fault>;

impl Hub {
    /// Does what was asked for. Returns the bytes of the answer.
    pub(super) fn request(
        &mut self,
        id: ConnectionId,
        tag: Option<&Tag>,
        request: &Request,
        now: Now,
        out: &mut Outgoing,
    ) -> usize {
        let mut asking = Asking {
            id,
            tag,
            now,
            out,
            answered: 0,
        };
        let done = self.answer(request, &mut asking);
        let answered = asking.answered;
        match done {
            Ok(()) => answered,
            Err(fault) => answered + self.refuse(id, tag, &fault, out),
        }
    }

    /// Says what is wrong with a request. Returns the bytes of the answer.
    pub(super) fn refuse(
        &self,
        id: ConnectionId,
        tag: Option<&Tag>,
        fault: &Fault,
        out: &mut Outgoing,
    ) -> usize {
        let error = ServerLine::Error {
            code: fault.code.clone(),
            sentence: Text::cut(&fault.to_string()),
        };
        out.to_one(id, |line| error.encode(tag, line))
    }

    fn answer(&mut self, request: &Request, asking: &mut Asking<'_>) -> Done {
        match request {
            Request::Name(name) => self.name(name, asking),
            Request::Replay(count) => self.replay_from_now(*count, asking),
            Request::Ping(phrase) => self.row(&ServerLine::Pong(phrase.clone()), asking),
            Request::Pong(_) => self.pong(asking),
            Request::Help => self.help(asking),
            Request::Quit(words) => self.quit(words.clone(), asking),
            _ if self.room_of(asking.id).is_none() => Err(Fault::new(
                Code::NAME_FIRST,
                "first say who you are: NAME and your name",
            )),
            Request::Say(text) => self.say(text, asking),
            Request::Tell(name, text) => self.tell(name, text, asking),
            Request::Join(room) => self.join(room, asking),
            Request::Topic(topic) => self.topic(topic.clone(), asking),
            Request::Who(room) => self.who(room.as_ref(), asking),
            Request::Rooms => self.rooms(asking),
            Request::History(count) => self.history(*count, asking),
        }?;
        // These say OK themselves, before the events they cause.
        let said = matches!(
            request,
            Request::Name(_)
                | Request::Say(_)
                | Request::Tell(..)
                | Request::Join(_)
                | Request::Topic(_)
                | Request::Quit(_)
        );
        if said { Ok(()) } else { self.ok(None, asking) }
    }

    fn row(&self, row: &ServerLine, asking: &mut Asking<'_>) -> Done {
        asking.answered += asking
            .out
            .to_one(asking.id, |line| row.encode(asking.tag, line));
        Ok(())
    }

    /// `OK`, where a tag asks for one. The event it names is the next.
    fn ok_for_next_event(&self, asking: &mut Asking<'_>) -> Done {
        let next = Id {
            boot: self.boot,
            count: self.events + 1,
        };
        self.ok(Some(next), asking)
    }

    fn ok(&self, id: Option<Id>, asking: &mut Asking<'_>) -> Done {
        if asking.tag.is_none() {
            Ok(())
        } else {
            self.row(&ServerLine::Ok(id), asking)
        }
    }

    fn name(&mut self, name: &Name, asking: &mut Asking<'_>) -> Done {
        if name.is_reserved() {
            return Err(Fault::new(
                Code::NAME_RESERVED,
                format!("nobody may be called {name}; choose another name"),
            ));
        }
        if self
            .names
            .get(&name.folded())
            .is_some_and(|&owner| owner != asking.id)
        {
            return Err(Fault::new(
                Code::NAME_TAKEN,
                format!("somebody is called {name} already; choose another name"),
            ));
        }
        match self.person_name(asking.id).cloned() {
            None => self.come_in(name, asking),
            Some(old) if old == *name => Err(Fault::new(
                Code::NO_CHANGE,
                format!("you are called {name} already"),
            )),
            Some(old) => self.rename(&old, name, asking),
        }
    }

    fn come_in(&mut self, name: &Name, asking: &mut Asking<'_>) -> Done {
        self.ok_for_next_event(asking)?;
        let Some(person) = self.people.get_mut(&asking.id) else {
            return Ok(());
        };
        let address = person.address;
        person.stage = Stage::Named {
            name: name.clone(),
            room: self.lobby,
        };
        self.names.insert(name.folded(), asking.id);
        self.admission.leave(asking.id, Origin::of(address));
        let hint = Text::cut("To speak: SAY hello everyone. HELP lists the rest.");
        let welcome = self.event(asking.now, What::Welcome(name.clone(), hint));
        asking.answered += asking.out.to_one(asking.id, |line| welcome.encode(line));
        // Not charged: a newcomer has not asked for the lobby's history and could not speak for seconds after a long
        // one. It comes once to a connection, and connections have a rate of their own.
        let _history = self.come(asking.id, self.lobby, asking.now, asking.out);
        self.notes.push(Note::Came {
            address,
            name: name.clone(),
        });
        Ok(())
    }

    fn rename(&mut self, old: &Name, new: &Name, asking: &mut Asking<'_>) -> Done {
        self.ok_for_next_event(asking)?;
        let Some(room) = self.room_of(asking.id) else {
            return Ok(());
        };
        self.names.remove(&old.folded());
        self.names.insert(new.folded(), asking.id);
        if let Some(place) = self.places.get_mut(&room) {
            place.members.remove(&old.folded());
            place.members.insert(new.folded(), asking.id);
        }
        if let Some(person) = self.people.get_mut(&asking.id) {
            person.stage = Stage::Named {
                name: new.clone(),
                room,
            };
        }
        self.notes.push(Note::Renamed {
            old: old.clone(),
            new: new.clone(),
        });
        self.tell_room(asking, |room| What::Renamed(room, old.clone(), new.clone()))
    }

    /// An event for the whole room, which remembers it.
    fn tell_room(&mut self, asking: &mut Asking<'_>, what: impl FnOnce(Room) -> What) -> Done {
        let Some(id) = self.room_of(asking.id) else {
            return Ok(());
        };
        let Some(place) = self.places.get(&id) else {
            return Ok(());
        };
        let event = self.event(asking.now, what(place.room.clone()));
        let line = asking.out.to_room(id, |line| event.encode(line));
        if let Some(place) = self.places.get_mut(&id) {
            place.history.push(line, &self.limits);
        }
        Ok(())
    }

    fn say(&mut self, text: &Text, asking: &mut Asking<'_>) -> Done {
        let Some(name) = self.person_name(asking.id).cloned() else {
            return Ok(());
        };
        self.ok_for_next_event(asking)?;
        self.tell_room(asking, |room| What::Said(room, name, text.clone()))
    }

    fn tell(&mut self, to: &Name, text: &Text, asking: &mut Asking<'_>) -> Done {
        let Some(from) = self.person_name(asking.id).cloned() else {
            return Ok(());
        };
        let Some(&other) = self.names.get(&to.folded()) else {
            return Err(Fault::new(
                Code::NO_SUCH_NAME,
                format!("{to} is not here; WHO lists who is"),
            ));
        };
        // As that person spells it.
        let to = self.person_name(other).unwrap_or(to).clone();
        self.ok_for_next_event(asking)?;
        let told = self.event(asking.now, What::Told(from, to, text.clone()));
        asking.answered += asking.out.to_one(asking.id, |line| told.encode(line));
        if other != asking.id {
            asking.out.to_one(other, |line| told.encode(line));
        }
        Ok(())
    }

    fn join(&mut self, room: &Room, asking: &mut Asking<'_>) -> Done {
        let Some(here) = self.room_of(asking.id) else {
            return Ok(());
        };
        let there = self.by_room.get(&room.folded()).copied();
        if there == Some(here) {
            return Err(Fault::new(
                Code::NO_CHANGE,
                format!("you are in {room} already"),
            ));
        }
        if there.is_none() && self.places.len() >= self.limits.rooms_max {
            return Err(Fault::new(
                Code::TOO_MANY_ROOMS,
                "there are as many rooms as the server takes; ROOMS lists them",
            ));
        }
        self.ok_for_next_event(asking)?;
        let there = self.place(room);
        let Some(room) = self.places.get(&there).map(|place| place.room.clone()) else {
            return Ok(());
        };
        self.go(
            asking.id,
            &Code::MOVED,
            Phrase::new(room.as_str()).ok(),
            asking.now,
            asking.out,
        );
        asking.answered += self.come(asking.id, there, asking.now, asking.out);
        if let Some(name) = self.person_name(asking.id).cloned() {
            self.notes.push(Note::Moved { name, room });
        }
        Ok(())
    }

    fn topic(&mut self, topic: Option<Phrase>, asking: &mut Asking<'_>) -> Done {
        let Some(name) = self.person_name(asking.id).cloned() else {
            return Ok(());
        };
        let Some(place) = self
            .room_of(asking.id)
            .and_then(|id| self.places.get_mut(&id))
        else {
            return Ok(());
        };
        if place.topic == topic {
            return Err(Fault::new(Code::NO_CHANGE, "the topic is that already"));
        }
        place.topic.clone_from(&topic);
        self.ok_for_next_event(asking)?;
        self.tell_room(asking, |room| What::Topic(room, name, topic))
    }

    fn who(&mut self, room: Option<&Room>, asking: &mut Asking<'_>) -> Done {
        let id = match room {
            None => self.room_of(asking.id),
            Some(room) => self.by_room.get(&room.folded()).copied(),
        };
        let Some(place) = id.and_then(|id| self.places.get(&id)) else {
            return Err(Fault::new(
                Code::NO_SUCH_ROOM,
                "there is no such room; ROOMS lists them",
            ));
        };
        for name in place
            .members
            .values()
            .filter_map(|&id| self.person_name(id))
        {
            self.row(&ServerLine::Who(place.room.clone(), name.clone()), asking)?;
        }
        Ok(())
    }

    fn rooms(&mut self, asking: &mut Asking<'_>) -> Done {
        for id in self.by_room.values() {
            if let Some(place) = self.places.get(id) {
                let people = place.members.len() as u64;
                self.row(
                    &ServerLine::Rooms(place.room.clone(), people, place.topic.clone()),
                    asking,
                )?;
            }
        }
        Ok(())
    }

    fn history(&mut self, count: Option<u64>, asking: &mut Asking<'_>) -> Done {
        let at_most = count.map_or(usize::MAX, |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        });
        asking.answered += self.replay(asking.id, asking.tag, at_most, asking.out);
        Ok(())
    }

    fn replay_from_now(&mut self, count: u64, asking: &mut Asking<'_>) -> Done {
        if let Some(person) = self.people.get_mut(&asking.id) {
            person.replay = usize::try_from(count).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    fn pong(&mut self, asking: &mut Asking<'_>) -> Done {
        if let Some(person) = self.people.get_mut(&asking.id) {
            person.pulse = Pulse::Answers;
        }
        Ok(())
    }

    fn help(&mut self, asking: &mut Asking<'_>) -> Done {
        for (_, about) in Request::verbs() {
            self.row(&ServerLine::Help(Text::cut(about)), asking)?;
        }
        Ok(())
    }

    fn quit(&mut self, words: Option<Phrase>, asking: &mut Asking<'_>) -> Done {
        match self.room_of(asking.id) {
            Some(_) => self.ok_for_next_event(asking)?,
            None => self.ok(None, asking)?,
        }
        self.end(
            asking.id,
            Code::QUIT,
            words,
            "until next time",
            asking.now,
            asking.out,
        );
        Ok(())
    }
}
