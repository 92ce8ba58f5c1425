//! A room while it lasts.

use std::collections::BTreeMap;

use super::history::History;
use crate::server::outgoing::ConnectionId;
use crate::wire::{Folded, Phrase, Room};

/// A room: who is in it, and what it remembers.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) room: Room,
    /// In order of name, as WHO lists them.
    pub(super) members: BTreeMap<Folded, ConnectionId>,
    pub(super) topic: Option<Phrase>,
    pub(super) history: History,
    pub(super) presence: Presence,
}

/// Are comings and goings told to the whole room?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Announced,
    /// Not while the room is so large that each line of them would be written a hundred thousand times.
    Quiet,
}
