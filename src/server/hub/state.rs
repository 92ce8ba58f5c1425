//! What the hub knows.

use std::collections::BTreeMap;
use std::time::Duration;

use super::admission::Admission;
use super::note::Note;
use super::person::{Person, Stage};
use super::room::Place;
use crate::server::limits::Limits;
use crate::server::outgoing::{ConnectionId, RoomId};
use crate::wire::{Boot, Event, Folded, Id, Name, Room, UnixMs, What};

/// The time of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since the server's start; never goes back.
    pub monotonic: Duration,
    /// As the clock on the wall has it; may jump.
    pub unix: UnixMs,
}

/// The whole state of the chat.
#[derive(Debug)]
pub struct Hub {
    pub(super) limits: Limits,
    pub(super) boot: Boot,
    pub(super) events: u64,
    pub(super) connections: u64,
    pub(super) places_made: u64,
    pub(super) people: BTreeMap<ConnectionId, Person>,
    pub(super) names: BTreeMap<Folded, ConnectionId>,
    pub(super) places: BTreeMap<RoomId, Place>,
    pub(super) by_room: BTreeMap<Folded, RoomId>,
    pub(super) lobby: RoomId,
    pub(super) admission: Admission,
    pub(super) notes: Vec<Note>,
    pub(super) stopped: bool,
}

impl Hub {
    /// An empty house with a lobby. The boot has to be another for each start.
    pub fn new(boot: Boot, limits: Limits) -> Hub {
        let mut hub = Hub {
            limits,
            boot,
            events: 0,
            connections: 0,
            places_made: 0,
            people: BTreeMap::new(),
            names: BTreeMap::new(),
            places: BTreeMap::new(),
            by_room: BTreeMap::new(),
            lobby: RoomId(0),
            admission: Admission::default(),
            notes: Vec::new(),
            stopped: false,
        };
        hub.lobby = hub.place(&Room::lobby());
        hub
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What happened since this was last asked, for the log.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    pub(super) fn event(&mut self, now: Now, what: What) -> Event {
        self.events += 1;
        Event {
            id: Id {
                boot: self.boot,
                count: self.events,
            },
            time: now.unix,
            what,
        }
    }

    pub(super) fn person_name(&self, id: ConnectionId) -> Option<&Name> {
        match &self.people.get(&id)?.stage {
            Stage::Named { name, .. } => Some(name),
            Stage::Unnamed { .. } => None,
        }
    }

    /// Has it said who it is?
    pub fn is_named(&self, id: ConnectionId) -> bool {
        self.room_of(id).is_some()
    }

    pub(super) fn room_of(&self, id: ConnectionId) -> Option<RoomId> {
        match self.people.get(&id)?.stage {
            Stage::Named { room, .. } => Some(room),
            Stage::Unnamed { .. } => None,
        }
    }
}
