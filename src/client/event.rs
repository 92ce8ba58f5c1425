//! What a client tells whoever uses it: one closed enum, with all that a screen, a script or a bot needs.
//!
//! What happened in the chat is the wire's own [`EventKind`]; beside it stand the things only a client can know,
//! whether it is past and whose it is, as enums. What other people wrote in it (texts, phrases, sentences) is
//! raw: to show it, [`sanitise`](crate::sanitise) it.

use crate::secure::JoinError;
use crate::wire::{Code, EventKind, Id, Name, Phrase, Room, Text, UnixMs};
use std::fmt;
use std::time::Duration;

/// Names one command that was sent, so that its answers can be told from others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Something to be shown, or to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Something happened in the chat.
    Happened(Happened),
    /// The connection is in another state.
    Line(Line),
    /// All who are in this room now. Comings and goings after it are in [`Event::Happened`].
    People(Room, Vec<Name>),
    /// A row of the answer to a command.
    Row(Ticket, Row),
    /// A command is done with. Comes once for each.
    Settled(Ticket, Outcome),
    /// The user asks what can be typed.
    Help,
    /// It is over: nothing comes after this.
    Ended(Ending),
}

/// Something that happened in the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Which event it is.
    pub id: Id,
    /// When it happened, by the server's clock.
    pub time: UnixMs,
    /// What, where, and who.
    pub what: EventKind,
    /// News or history?
    pub when: When,
    /// Whose doing is it?
    pub whose: Whose,
}

/// News or history?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It has just happened.
    Now,
    /// It is the room's history, and was not shown before; or it was asked for.
    Past,
}

/// Whose doing is it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Done under one's own name; by this command, where it is known to be.
    Mine(Option<Ticket>),
    /// Somebody else's, or the server's.
    Others,
}

/// The state of the connection. That it is up is said by [`EventKind::Welcome`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The server is being asked.
    Connecting,
    /// It broke. What is sent from now on waits.
    Lost {
        /// Why.
        trouble: Trouble,
        /// When the next attempt is, from now.
        retry_in: Duration,
    },
    /// The name is still held, most likely by one's own lost connection.
    NameHeld {
        /// The name.
        name: Name,
        /// When it is asked for again, from now.
        retry_in: Duration,
    },
    /// It is up again, but to an open server on another network, which may be somebody else's: what waits to be sent
    /// is sent after [`Command::Yes`](super::Command::Yes).
    Doubted,
    /// The server does not give this name: another one is wanted, with [`Command::Name`](super::Command::Name).
    NameRefused {
        /// The name.
        name: Name,
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
}

/// A row of the answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// This person is in this room.
    Person(Room, Name),
    /// This room exists: how many people, which topic.
    Room(Room, u64, Option<Phrase>),
    /// The topic of the room one is in.
    Topic(Room, Option<Phrase>),
    /// What the server in this process answers to whoever hosts.
    Answer(String),
    /// These are ignored, as this client was asked to.
    Ignored(Vec<Name>),
}

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the id of the first event it causes, where it causes any.
    Done(Option<Id>),
    /// Not done.
    Refused {
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
    /// The connection broke before the answer came: it may have been done, or not.
    Unsure,
    /// Not sent, and it never will be.
    Unsent,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As was asked for.
    Left,
    /// There was no getting in, or the server wants one gone.
    Failed(Trouble),
}

/// What is wrong with the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody knows a host of that name.
    NoSuchHost,
    /// The host is there, and nobody listens.
    NobodyListens,
    /// Something else kept the connection from being made, in the system's words.
    Unreachable(String),
    /// No answer within the time a connection may take.
    NoAnswer,
    /// The first line was not a greeting.
    NotChalktalk,
    /// The server speaks another version of the protocol, or in another mode.
    OtherVersion(u64),
    /// The server is encrypted, and it was to be an open one.
    Encrypted,
    /// Another server answers than the one that was joined, or the same one without encryption.
    OtherServer,
    /// A code was given, and this is why it does not lead in.
    NotJoined(JoinError),
    /// What came was not what the server sealed.
    Altered,
    /// It broke.
    Broken,
    /// Nothing was heard for too long, not even the answer to a ping.
    Silent,
    /// It did not take what was sent to it.
    Stuck,
    /// It sent a line without end.
    EndlessLine,
    /// The server closed it, and said why.
    Closed {
        /// For programs.
        code: Code,
        /// For people.
        sentence: Text,
    },
    /// The client itself could not go on, in the system's words.
    Own(String),
}

/// For people, where the address need not be named.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(&"its address"))
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// Would it be the same after a pause?
    pub(super) fn is_final(&self) -> bool {
        match self {
            Trouble::Closed { code, .. } => *code == Code::KICKED,
            Trouble::NotJoined(_) => true,
            _ => false,
        }
    }

    /// What is wrong and what to do, for people, in one line. What the server wrote in it is raw.
    pub fn sentence(&self, address: &impl fmt::Display) -> String {
        match self {
            Trouble::NoSuchHost => {
                format!("{address}: no host is called so; check the spelling, or use its number")
            }
            Trouble::NobodyListens => format!(
                "nobody listens on {address}; start a server there with chalktalk serve, or join another with chalktalk join HOST:PORT"
            ),
            Trouble::Unreachable(why) => format!("{address} cannot be reached: {why}"),
            Trouble::NoAnswer => format!(
                "{address} does not answer; check the address, the network and the firewall"
            ),
            Trouble::NotChalktalk => {
                format!("what listens on {address} is not chalktalk; check the port")
            }
            Trouble::OtherVersion(version) => format!(
                "the server at {address} speaks version {version} of the protocol or a mode of it that this program does not; use the same release on both sides"
            ),
            Trouble::Encrypted => format!(
                "the chat at {address} is encrypted: its host has the code, which chalktalk join asks for at a terminal, and takes from CHALKTALK_CODE elsewhere"
            ),
            Trouble::OtherServer => {
                format!("what answers at {address} is not the chat that was joined there")
            }
            Trouble::NotJoined(error) => format!("{address}: {error}"),
            Trouble::Altered => "the connection was ended: something was altered on its way".into(),
            Trouble::Broken => "the connection broke".into(),
            Trouble::Silent => "the server has fallen silent".into(),
            Trouble::Stuck => "the server does not take what is sent to it".into(),
            Trouble::EndlessLine => "the server sent a line without end".into(),
            Trouble::Closed { code, sentence } if *code == Code::KICKED => {
                format!("you were sent away: {sentence}")
            }
            Trouble::Closed { sentence, .. } => {
                format!("the server closed the connection: {sentence}")
            }
            Trouble::Own(why) => format!("this machine could not go on: {why}"),
        }
    }
}
