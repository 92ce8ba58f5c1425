//! The client's side.

use std::fmt;

use super::{Halves, Message};
use crate::secure::code::{Fingerprint, JoinCode, Secret};
use crate::secure::lines::{CLIENT_LINE, SERVER_LINE_BYTES, parse_server_line, prologue};
use crate::secure::noise::{Initiator, MESSAGE_BYTES, Refused};
use crate::secure::x25519::{PrivateKey, PublicKey};

/// Whom a client is willing to talk to.
#[derive(Clone)]
pub enum Trust {
    /// The server whose key has the code's fingerprint.
    Code(JoinCode),
    /// The server with exactly this key, remembered from an earlier time.
    Remembered {
        /// Its public key.
        server: PublicKey,
        /// The secret half of its code.
        secret: Secret,
    },
}

/// A connection that is through: the server knew its private key, and this side the secret.
pub struct Joined {
    /// The server's public key, to be remembered.
    pub server: PublicKey,
    /// The two halves.
    pub halves: Halves,
}

/// Why a client does not join. Each is one of its own sentences: nothing that came in the clear
/// is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// The server does not encrypt, and a code was given.
    Open,
    /// It speaks another version, or mode, of the protocol.
    OtherVersion,
    /// It closes this connection with a reason, as one that is full does.
    TurnedAway,
    /// Its first line is not of this protocol.
    Foreign,
    /// Its key is not the one expected.
    OtherServer,
    /// It ended the connection instead of answering.
    NotAdmitted,
    /// It ended the connection before its first line was whole.
    Silent,
    /// Its answer proves nothing: it does not have the key it claims, or somebody is between.
    Forged,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => {
                "that server is open, not encrypted; to join it all the same, give --open and no code"
            }
            Self::OtherVersion => {
                "that server speaks another version of chalktalk; use the same on both sides"
            }
            Self::TurnedAway => "the server takes no more connections now; try again in a minute",
            Self::Foreign => "what answers there is not a chalktalk server",
            Self::OtherServer => "this code is for another server, or a new one was made",
            Self::NotAdmitted => {
                "the server did not accept the code; ask for it again, a new one may have been made"
            }
            Self::Silent => "the server ended the connection at once; try again",
            Self::Forged => "the server could not prove that it is the one the code names",
        })
    }
}

impl std::error::Error for JoinError {}

impl From<Refused> for JoinError {
    fn from(_: Refused) -> Self {
        Self::Forged
    }
}

/// One connection's handshake. The client says nothing before the server's line is read.
pub struct ClientHandshake(Stage);

enum Stage {
    Line(Vec<u8>, Trust, PrivateKey),
    Message(Message, PublicKey, Initiator),
    Over(JoinError),
}

impl ClientHandshake {
    /// The ephemeral key is random, and used for this connection only.
    #[must_use]
    pub fn new(trust: Trust, ephemeral: PrivateKey) -> Self {
        Self(Stage::Line(Vec::new(), trust, ephemeral))
    }

    /// Takes from the front of `input` what belongs to the handshake, and appends to `out` what
    /// is to be sent now. `None` means that more must come; once joined, what is left of
    /// `input` is the opener's.
    ///
    /// # Errors
    /// A [`JoinError`]: the connection is to be closed. Further calls give the same.
    pub fn read(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Joined>, JoinError> {
        let result = self.step(input, out);
        if let Err(error) = &result {
            self.0 = Stage::Over(*error);
        }
        result
    }

    /// What it means that the server ended the connection now.
    #[must_use]
    pub fn ended(&self) -> JoinError {
        match &self.0 {
            Stage::Line(..) => JoinError::Silent,
            Stage::Message(..) => JoinError::NotAdmitted,
            Stage::Over(error) => *error,
        }
    }

    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Option<Joined>, JoinError> {
        loop {
            let stage = std::mem::replace(&mut self.0, Stage::Over(JoinError::Forged));
            self.0 = match stage {
                Stage::Line(mut line, trust, ephemeral) => {
                    if take_line(&mut line, input) {
                        greet(&line, &trust, ephemeral, out)?
                    } else {
                        Stage::Line(line, trust, ephemeral)
                    }
                }
                Stage::Message(mut message, server, initiator) => match message.take(input)? {
                    Some(whole) => return joined(whole, server, initiator, out).map(Some),
                    None => Stage::Message(message, server, initiator),
                },
                Stage::Over(error) => return Err(error),
            };
            if input.is_empty() {
                return Ok(None);
            }
        }
    }
}

/// Moves bytes off the front of `input` up to the line's end, or to where it must have ended;
/// whether that is reached.
fn take_line(line: &mut Vec<u8>, input: &mut &[u8]) -> bool {
    let room = (SERVER_LINE_BYTES - line.len()).min(input.len());
    let end = input[..room].iter().position(|byte| *byte == b'\n');
    let (taken, rest) = input.split_at(end.map_or(room, |at| at + 1));
    line.extend_from_slice(taken);
    *input = rest;
    end.is_some() || line.len() == SERVER_LINE_BYTES
}

fn greet(
    line: &[u8],
    trust: &Trust,
    ephemeral: PrivateKey,
    out: &mut Vec<u8>,
) -> Result<Stage, JoinError> {
    let server = parse_server_line(line).ok_or_else(|| what_else(line))?;
    let (expected, secret) = match trust {
        Trust::Code(code) => (Fingerprint::of(&server) == code.fingerprint, &code.secret),
        Trust::Remembered {
            server: key,
            secret,
        } => (server == *key, secret),
    };
    if !expected {
        return Err(JoinError::OtherServer);
    }
    let mut message = Vec::with_capacity(MESSAGE_BYTES);
    let prologue = prologue(line);
    let psk = secret.psk(&server);
    let initiator = Initiator::start(&prologue, &server, &psk, ephemeral, &[], &mut message)?;
    let length = u16::try_from(message.len()).map_err(|_| Refused)?;
    out.extend_from_slice(CLIENT_LINE);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&message);
    Ok(Stage::Message(Message::new(), server, initiator))
}

fn joined(
    message: &[u8],
    server: PublicKey,
    initiator: Initiator,
    out: &mut Vec<u8>,
) -> Result<Joined, JoinError> {
    let mut halves = Halves::from(initiator.finish(message, &mut Vec::new())?);
    halves.sealer.frame(&[], out);
    Ok(Joined { server, halves })
}

/// What it is, if not an encrypted chat of this version.
fn what_else(line: &[u8]) -> JoinError {
    if line.starts_with(b"CHALKTALK 1 open ") {
        JoinError::Open
    } else if line.starts_with(b"CHALKTALK ") {
        JoinError::OtherVersion
    } else if line.starts_with(b"BYE ") {
        JoinError::TurnedAway
    } else {
        JoinError::Foreign
    }
}
