//! What the log is told: who came and went, and never what people said, to the room or to one another.
//!
//! The hub cannot write a log, for it knows no file and no clock. It keeps notes; the thread that entered it takes them
//! along and writes them when it has released the lock. A note has two forms, a sentence for people and fields for
//! programs. Whoever had no name is counted, and told once a second: it costs nothing to come a thousand times.

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
    /// A person's connection from there has ended, or was closed, and why.
    Ended(Name, IpAddr, Code),
    /// So many connections were not admitted, or ended or were closed before a name: where the last of them came from,
    /// and why.
    Nameless(u64, IpAddr, Code),
}

impl Note {
    /// Tells it to a program: what happened, and its fields by name.
    pub fn tell(&self, tell: impl FnOnce(&str, &[(&str, &dyn Display)])) {
        match self {
            Note::Came(name, from) => tell("came", &[("name", name), ("address", from)]),
            Note::Moved(name, room) => tell("moved", &[("name", name), ("room", room)]),
            Note::Renamed(old, new) => tell("renamed", &[("old", old), ("new", new)]),
            Note::Ended(name, from, code) => tell(
                "ended",
                &[("name", name), ("address", from), ("code", code)],
            ),
            Note::Nameless(count, last, code) => tell(
                nameless(code, "ended"),
                &[("count", count), ("address", last), ("code", code)],
            ),
        }
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Came(name, from) => write!(f, "{name} came from {from}"),
            Note::Moved(name, room) => write!(f, "{name} moved to {room}"),
            Note::Renamed(old, new) => write!(f, "{old} is now {new}"),
            Note::Ended(name, from, code) => write!(f, "{name} left ({code}) from {from}"),
            Note::Nameless(1, from, code) => {
                let what = nameless(code, "closed");
                write!(f, "{what} {from} before a name ({code})")
            }
            Note::Nameless(count, last, code) => {
                let what = nameless(code, "closed");
                write!(
                    f,
                    "{what} {count} before a name ({code}), the last from {last}"
                )
            }
        }
    }
}

/// What became of connections without a name that ended so: those that were not even admitted are called refused.
fn nameless(code: &Code, admitted: &'static str) -> &'static str {
    let refusals = [Code::SERVER_FULL, Code::TOO_MANY_CONNECTS, Code::STOPPING];
    if refusals.contains(code) {
        "refused"
    } else {
        admitted
    }
}
