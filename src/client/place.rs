//! Where one is: under which name, in which room, on which topic, with whom.
//!
//! Kept by feeding it every [`Event`]; the session has one, and a screen in another thread keeps its own in the
//! same way, without asking anybody. Holds at most [`PEOPLE_MAX`] people, whatever a server claims.

use super::event::{Event, Happened, When};
use crate::wire::{EventKind, Folded, Name, Phrase, Room};
use std::collections::BTreeMap;

/// People remembered of one room.
pub const PEOPLE_MAX: usize = 4096;

/// Where one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    name: Option<Name>,
    room: Option<Room>,
    topic: Option<Phrase>,
    people: BTreeMap<Folded, Name>,
}

impl Place {
    /// One's own name; `None` before the first welcome.
    pub fn name(&self) -> Option<&Name> {
        self.name.as_ref()
    }

    /// The room one is in, or was in when the line broke.
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// Its topic.
    pub fn topic(&self) -> Option<&Phrase> {
        self.topic.as_ref()
    }

    /// The people known to be in it, in order of name. Not all of them, where the room is too large for its
    /// comings and goings to be told.
    pub fn people(&self) -> impl Iterator<Item = &Name> {
        self.people.values()
    }

    /// Is this one's own name?
    pub fn is_me(&self, name: &Name) -> bool {
        self.name.as_ref().map(Name::folded) == Some(name.folded())
    }

    /// Takes in what was told.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Happened(happened) if happened.when == When::Now => self.happened(happened),
            Event::People(room, people) if self.is_here(room) => self.see(people),
            _ => {}
        }
    }

    fn happened(&mut self, happened: &Happened) {
        match &happened.what {
            EventKind::Welcome(name, _) => self.name = Some(name.clone()),
            EventKind::Room(room, _, topic) => self.enter(room, topic.as_ref()),
            EventKind::Came(room, name) if self.is_here(room) => self.add(name),
            EventKind::Left(room, name, ..) if self.is_here(room) => {
                self.people.remove(&name.folded());
            }
            EventKind::Renamed(room, old, new) if self.is_here(room) => self.rename(old, new),
            EventKind::Topic(room, _, topic) if self.is_here(room) => self.topic.clone_from(topic),
            _ => {}
        }
    }

    /// Is this the room one is in?
    pub fn is_here(&self, room: &Room) -> bool {
        self.room.as_ref().map(Room::folded) == Some(room.folded())
    }

    fn enter(&mut self, room: &Room, topic: Option<&Phrase>) {
        self.room = Some(room.clone());
        self.topic = topic.cloned();
        let me = self.name.clone();
        self.see(me.as_slice());
    }

    fn see(&mut self, people: &[Name]) {
        self.people.clear();
        people.iter().for_each(|name| self.add(name));
    }

    fn add(&mut self, name: &Name) {
        if self.people.len() < PEOPLE_MAX {
            self.people.insert(name.folded(), name.clone());
        }
    }

    fn rename(&mut self, old: &Name, new: &Name) {
        if self.is_me(old) {
            self.name = Some(new.clone());
        }
        self.people.remove(&old.folded());
        self.add(new);
    }
}
