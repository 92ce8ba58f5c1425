//! What is known of one connection.

use std::net::IpAddr;
use std::time::Duration;

use super::rate::Bucket;
use crate::server::outgoing::RoomId;
use crate::wire::Name;

/// One connection.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) address: IpAddr,
    pub(super) stage: Stage,
    /// When something last came from it.
    pub(super) heard: Duration,
    pub(super) pulse: Pulse,
    pub(super) spent: Bucket,
    /// Since when its requests have had to wait without a break.
    pub(super) debt_since: Option<Duration>,
    /// How many past events it wants to see on entering a room.
    pub(super) replay: usize,
}

/// How far it has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// It has not said who it is.
    Unnamed {
        since: Duration,
        bytes: usize,
        lines: u32,
    },
    /// It is somebody, and somewhere.
    Named { name: Name, room: RoomId },
}

/// Does it answer pings?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// It was never asked, or has said something since.
    Unknown,
    /// It was asked and has said nothing since. It is not asked again: at `nc` a person would read it.
    Asked,
    /// It has answered before, so its silence means something.
    Answers,
    /// It has answered before, and was asked again.
    AskedAgain,
}

impl Person {
    pub(super) fn new(address: IpAddr, now: Duration) -> Person {
        Person {
            address,
            stage: Stage::Unnamed {
                since: now,
                bytes: 0,
                lines: 0,
            },
            heard: now,
            pulse: Pulse::Unknown,
            spent: Bucket::default(),
            debt_since: None,
            replay: usize::MAX,
        }
    }

    /// Something came from it.
    pub(super) fn hear(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
        self.pulse = match self.pulse {
            Pulse::Unknown | Pulse::Asked => Pulse::Unknown,
            Pulse::Answers | Pulse::AskedAgain => Pulse::Answers,
        };
    }

    pub(super) fn has_answered(&self) -> bool {
        matches!(self.pulse, Pulse::Answers | Pulse::AskedAgain)
    }

    /// Has it been silent for so long that it is to be asked? Then it counts as asked.
    pub(super) fn is_due_a_ping(&mut self, silence: Duration, after: Duration) -> bool {
        let asked = match self.pulse {
            Pulse::Unknown => Pulse::Asked,
            Pulse::Answers => Pulse::AskedAgain,
            Pulse::Asked | Pulse::AskedAgain => return false,
        };
        let due = silence >= after;
        if due {
            self.pulse = asked;
        }
        due
    }
}
