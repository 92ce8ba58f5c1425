//! What the log is told: who came and went, and never what people said, to the room or to one another.
//!
//! The hub cannot write a log, for it knows no file and no clock. It keeps notes; the thread that entered it takes them
//! along and writes them when it has released the lock. A note has two forms, a sentence for people and fields for
//! programs.

use std::fmt::{self, Display};
use std::net::IpAddr;

use crate::wire::{Code, Name, Room};

/// Something worth a line in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A person has come in under this name, from there.
    Came(Name, IpAddr),
    /// A person has moved to this room.
    Moved(Name, Room),
    /// A person has changed the first name to the second.
    Renamed(Name, Name),
    /// A connection from there has ended, or was closed: its name, if it had one, and why.
    Ended(Option<Name>, IpAddr, Code),
    /// A connection from there was not admitted, and why.
    Refused(IpAddr, Code),
}

impl Note {
    /// Tells it to a program: what happened, and its fields by name.
    pub fn tell(&self, tell: impl FnOnce(&str, &[(&str, &dyn Display)])) {
        match self {
            Note::Came(name, from) => tell("came", &[("name", name), ("address", from)]),
            Note::Moved(name, room) => tell("moved", &[("name", name), ("room", room)]),
            Note::Renamed(old, new) => tell("renamed", &[("old", old), ("new", new)]),
            Note::Ended(Some(name), from, code) => {
                tell(
                    "ended",
                    &[("name", name), ("address", from), ("code", code)],
                );
            }
            Note::Ended(None, from, code) => tell("ended", &[("address", from), ("code", code)]),
            Note::Refused(from, code) => tell("refused", &[("address", from), ("code", code)]),
        }
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Came(name, from) => write!(f, "{name} came from {from}"),
            Note::Moved(name, room) => write!(f, "{name} moved to {room}"),
            Note::Renamed(old, new) => write!(f, "{old} is now {new}"),
            Note::Ended(Some(name), from, code) => write!(f, "{name} left ({code}) from {from}"),
            Note::Ended(None, from, code) => write!(f, "closed {from} before a name ({code})"),
            Note::Refused(from, code) => write!(f, "refused {from} ({code})"),
        }
    }
}
