//! Whether to go on with the server that answers: decided once, on the connection that goes on.
//!
//! The server's first line proves nothing. An encrypted server proves its key in the handshake that follows, so it is
//! enough to decide here which key that has to be. An open one proves nothing ever, so what decides is what was there
//! before. A connection is bound to a [`Pin`], and so is every reconnection.
//!
//! What always holds: with a code in hand nobody goes on in plain. Where an encrypted server ever was, nobody does
//! without `--open`. Who cannot be asked is not asked. What is remembered spares a question, and never opens what
//! would have been refused without it.

use std::fmt;

use super::addresses::Addresses;
use super::code::{Fingerprint, JoinCode, Secret};
use super::known::{Known, Standing};
use super::x25519::PublicKey;

/// What a server's first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// It is open.
    Open,
    /// It is encrypted, and claims to have this key.
    Sealed(PublicKey),
}

/// What a connection is bound to, and each one that replaces it.
#[derive(Clone, PartialEq, Eq)]
pub enum Pin {
    /// An open server.
    Open,
    /// The server that proves to have this key, to which one proves to have this secret.
    Key {
        /// The whole key, not only its fingerprint.
        server: PublicKey,
        /// Of the server's code.
        secret: Secret,
    },
}

impl Pin {
    /// Whether a server that greets so may be the same.
    #[must_use]
    pub fn allows(&self, greeting: &Greeting) -> bool {
        match (self, greeting) {
            (Self::Open, Greeting::Open) => true,
            (Self::Key { server, .. }, Greeting::Sealed(key)) => server == key,
            _ => false,
        }
    }
}

/// A log is no place for a secret.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Key { server, .. } => write!(f, "Key({server:?}, ..)"),
        }
    }
}

/// May a server be open where an encrypted one was?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Open {
    /// Not unless somebody says that it is meant.
    #[default]
    Refused,
    /// Somebody has: `--open`.
    Meant,
}

/// Is there somebody to answer a question?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// At a terminal.
    Present,
    /// It is a script.
    Absent,
}

/// All that is decided upon.
pub struct Meeting<'a> {
    /// What the server says.
    pub greeting: &'a Greeting,
    /// Where it is.
    pub addresses: &'a Addresses,
    /// What the arguments or the environment give.
    pub code: Option<&'a JoinCode>,
    /// What the arguments say.
    pub open: Open,
    /// Whom to ask.
    pub person: Person,
    /// What is remembered.
    pub known: &'a Known,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This connection goes on.
    Go {
        /// What it is bound to.
        pin: Pin,
        /// Something unexpected, to be told.
        told: Option<String>,
    },
    /// That is for a person to say.
    Ask(Question),
    /// It does not; the sentence says why, and what to do.
    Refuse(String),
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// For the code of the server with this key.
    Code {
        /// The reason, as a sentence.
        why: String,
        /// Whose code it has to be.
        server: PublicKey,
    },
    /// Whether to go on, bound to this.
    Trust {
        /// The reason, as a sentence.
        why: String,
        /// What a yes leads to.
        pin: Pin,
    },
}

/// Decides.
#[must_use]
pub fn decide(meeting: &Meeting<'_>) -> Decision {
    match meeting.greeting {
        Greeting::Open => open(meeting),
        Greeting::Sealed(server) => sealed(meeting, *server),
    }
}

fn open(meeting: &Meeting<'_>) -> Decision {
    let (here, known) = (meeting.addresses, meeting.known);
    if meeting.code.is_some() {
        return Decision::Refuse(format!(
            "the chat at {here} is open, and you have given a code: if its host says that it is meant to be open, join it without one, in CHALKTALK_CODE neither"
        ));
    }
    let was = format!("the chat at {here} was encrypted when you last joined it and is open now");
    let told = match (known.was_encrypted(here), meeting.open) {
        (true, Open::Refused) => {
            return Decision::Refuse(format!("{was}: if its host says so, join with --open"));
        }
        (true, Open::Meant) => Some(format!("{was}: what is said can be read on its way")),
        (false, _) => known.beside(here).map(|other| {
            format!(
                "the chat at {here} is open; the encrypted one that you joined there is at {other}"
            )
        }),
    };
    Decision::Go {
        pin: Pin::Open,
        told,
    }
}

fn sealed(meeting: &Meeting<'_>, server: PublicKey) -> Decision {
    let (here, known) = (meeting.addresses, meeting.known);
    let standing = known.standing(here, &server);
    let remembered = known.by_key(&server);
    let elsewhere = remembered.map(|remembered| {
        let last = remembered.last_place();
        format!("the chat at {here} is the one that you last joined at {last}")
    });
    if let Some(code) = meeting.code {
        if Fingerprint::of(&server) != code.fingerprint {
            return Decision::Refuse(format!(
                "the code is not that of the chat at {here}: it is of another chat, or its host has made a new one; ask for it"
            ));
        }
        let secret = code.secret.clone();
        let told = match standing {
            Standing::Same => None,
            Standing::New => elsewhere,
            Standing::Forgotten | Standing::Other => Some(format!(
                "the chat at {here} is not the one that you joined there before, or it has a new code; it is the one of the code that you gave"
            )),
        };
        let pin = Pin::Key { server, secret };
        return Decision::Go { pin, told };
    }
    let other = match standing {
        Standing::Forgotten | Standing::Other => {
            "is not the one that you joined there before, or it has a new code"
        }
        Standing::New | Standing::Same => "is encrypted",
    };
    let Some((remembered, elsewhere)) = remembered.zip(elsewhere) else {
        let why = format!("the chat at {here} {other}: its host has the code");
        return ask(meeting, Question::Code { why, server });
    };
    let secret = remembered.secret.clone();
    let pin = Pin::Key { server, secret };
    match standing {
        Standing::Same => Decision::Go { pin, told: None },
        Standing::New => Decision::Go {
            pin,
            told: Some(elsewhere),
        },
        Standing::Forgotten | Standing::Other => {
            let why = format!("{elsewhere}, and not the one that you joined here before");
            ask(meeting, Question::Trust { why, pin })
        }
    }
}

/// Asks whom there is to ask.
fn ask(meeting: &Meeting<'_>, question: Question) -> Decision {
    if meeting.person == Person::Present {
        return Decision::Ask(question);
    }
    let (Question::Code { why, .. } | Question::Trust { why, .. }) = question;
    let here = meeting.addresses;
    Decision::Refuse(format!(
        "{why}; set CHALKTALK_CODE to its code, or join {here} once at a terminal, where you are asked"
    ))
}
