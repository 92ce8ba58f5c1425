//! The client's side.

use std::fmt;

use super::{Halves, Message};
use crate::secure::code::Secret;
use crate::secure::lines::{CLIENT_LINE, compare, prologue, server_line};
use crate::secure::noise::{Initiator, MESSAGE_BYTES, Refused};
use crate::secure::x25519::{PrivateKey, PublicKey};

/// Why a client does not join. Each is one of its own sentences: nothing that came in the clear
/// is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// It is not the server with the key expected.
    OtherServer,
    /// It ended the connection instead of answering.
    NotAdmitted,
    /// Its answer proves nothing: it does not have the key it claims, or somebody is between.
    Forged,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherServer => "another server answers than the one expected",
            Self::NotAdmitted => {
                "the server did not accept the code; ask for it again, a new one may have been made"
            }
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

/// One connection's handshake, with the one server whose key is given. The client says nothing
/// before that server's line is read.
pub struct ClientHandshake {
    server: PublicKey,
    secret: Secret,
    stage: Stage,
}

enum Stage {
    /// So many bytes of the server's line have come.
    Line(usize, PrivateKey),
    Message(Message, Initiator),
    Over(JoinError),
}

impl ClientHandshake {
    /// The ephemeral key is random, and used for this connection only.
    #[must_use]
    pub fn new(server: PublicKey, secret: Secret, ephemeral: PrivateKey) -> Self {
        Self {
            server,
            secret,
            stage: Stage::Line(0, ephemeral),
        }
    }

    /// Takes from the front of `input` what belongs to the handshake, and appends to `out` what
    /// is to be sent now. `None` means that more must come; with the halves, what is left of
    /// `input` is the opener's.
    ///
    /// # Errors
    /// A [`JoinError`]: the connection is to be closed. Further calls give the same.
    pub fn read(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Halves>, JoinError> {
        let result = self.step(input, out);
        if let Err(error) = &result {
            self.stage = Stage::Over(*error);
        }
        result
    }

    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<Option<Halves>, JoinError> {
        let line = server_line(&self.server);
        loop {
            let stage = std::mem::replace(&mut self.stage, Stage::Over(JoinError::Forged));
            self.stage = match stage {
                Stage::Line(seen, ephemeral) => {
                    match compare(&line, seen, input).ok_or(JoinError::OtherServer)? {
                        seen if seen == line.len() => self.begin(&line, ephemeral, out)?,
                        seen => Stage::Line(seen, ephemeral),
                    }
                }
                Stage::Message(mut message, initiator) => match message.take(input)? {
                    Some(whole) => {
                        let mut halves = Halves::from(initiator.finish(whole, &mut Vec::new())?);
                        halves.sealer.frame(&[], out);
                        return Ok(Some(halves));
                    }
                    None => Stage::Message(message, initiator),
                },
                Stage::Over(error) => return Err(error),
            };
            if input.is_empty() {
                return Ok(None);
            }
        }
    }

    fn begin(
        &self,
        line: &[u8],
        ephemeral: PrivateKey,
        out: &mut Vec<u8>,
    ) -> Result<Stage, JoinError> {
        let (prologue, psk) = (prologue(line), self.secret.psk(&self.server));
        let mut message = Vec::with_capacity(MESSAGE_BYTES);
        let initiator =
            Initiator::start(&prologue, &self.server, &psk, ephemeral, &[], &mut message)?;
        let length = u16::try_from(message.len()).map_err(|_| Refused)?;
        out.extend_from_slice(CLIENT_LINE);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&message);
        Ok(Stage::Message(Message::new(), initiator))
    }
}
