//! What the log is told. Never what people said, to the room or to one another.

use std::fmt;
use std::net::IpAddr;

use crate::wire::{Code, Name, Room};

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A person has come in.
    Came {
        /// From where.
        address: IpAddr,
        /// As whom.
        name: Name,
    },
    /// A person has moved.
    Moved {
        /// Who.
        name: Name,
        /// Where to.
        room: Room,
    },
    /// A person has another name.
    Renamed {
        /// The old one.
        old: Name,
        /// The new one.
        new: Name,
    },
    /// A connection has ended, or was closed.
    Ended {
        /// From where it came.
        address: IpAddr,
        /// Whose it was, where it had a name.
        name: Option<Name>,
        /// Why.
        code: Code,
    },
    /// A connection was not taken.
    Refused {
        /// From where it came.
        address: IpAddr,
        /// Why.
        code: Code,
    },
}

impl Note {
    /// The same for programs: what happened, and its fields by name.
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
