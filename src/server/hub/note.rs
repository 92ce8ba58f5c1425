//! What the log is told: who came and went, and never what people said, to the room or to one another.
//!
//! The hub cannot write a log, for it knows no file and no clock. It keeps notes, and whoever entered it takes them
//! and writes them when the lock is free. A note has two forms, a sentence for people and fields for programs.

use std::fmt;
use std::net::IpAddr;

use crate::wire::{Code, Name, Room};

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A person has come in.
    Came {
        /// Where it comes from.
        address: IpAddr,
        /// The name it gave.
        name: Name,
    },
    /// A person has moved.
    Moved {
        /// Its name.
        name: Name,
        /// The room it is in now.
        room: Room,
    },
    /// A person has another name.
    Renamed {
        /// Its name until now.
        old: Name,
        /// Its name from now on.
        new: Name,
    },
    /// A connection has ended, or was closed.
    Ended {
        /// Where it came from.
        address: IpAddr,
        /// Its name, if it had one.
        name: Option<Name>,
        /// Why.
        code: Code,
    },
    /// A connection was not taken.
    Refused {
        /// Where it came from.
        address: IpAddr,
        /// Why.
        code: Code,
    },
}

impl Note {
    /// Returns the same for programs: what happened, and its fields by name.
    pub fn fields(&self) -> (&'static str, Vec<(&'static str, String)>) {
        match self {
            Note::Came { address, name } => (
                "came",
                vec![("name", name.to_string()), ("address", address.to_string())],
            ),
            Note::Moved { name, room } => (
                "moved",
                vec![("name", name.to_string()), ("room", room.to_string())],
            ),
            Note::Renamed { old, new } => (
                "renamed",
                vec![("old", old.to_string()), ("new", new.to_string())],
            ),
            Note::Ended {
                address,
                name,
                code,
            } => {
                let name = name.as_ref().map(|name| ("name", name.to_string()));
                let rest = [("address", address.to_string()), ("code", code.to_string())];
                ("ended", name.into_iter().chain(rest).collect())
            }
            Note::Refused { address, code } => (
                "refused",
                vec![("address", address.to_string()), ("code", code.to_string())],
            ),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Came { address, name } => write!(f, "{name} came from {address}"),
            Note::Moved { name, room } => write!(f, "{name} moved to {room}"),
            Note::Renamed { old, new } => write!(f, "{old} is now {new}"),
            Note::Ended {
                address,
                name: Some(name),
                code,
            } => write!(f, "{name} left ({code}) from {address}"),
            Note::Ended {
                address,
                name: None,
                code,
            } => write!(f, "closed {address} before a name ({code})"),
            Note::Refused { address, code } => write!(f, "refused {address} ({code})"),
        }
    }
}
