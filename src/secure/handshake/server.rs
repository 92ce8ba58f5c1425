//! The server's side.

use std::sync::Arc;

use super::{FirstFrame, Halves, Message};
use crate::secure::frames::LENGTH_BYTES;
use crate::secure::identity::Identity;
use crate::secure::lines::{CLIENT_LINE, compare, prologue};
use crate::secure::noise::{Ciphers, MESSAGE_BYTES, Refused, Responder};
use crate::secure::x25519::PrivateKey;

/// One connection's handshake. [`Identity::line`] is sent before it is fed anything.
pub struct ServerHandshake {
    identity: Arc<Identity>,
    stage: Stage,
}

enum Stage {
    /// So many bytes of the client's line have come.
    Line(usize, PrivateKey),
    Message(Message, PrivateKey),
    Confirmation(FirstFrame, Ciphers),
    Over,
}

/// Why a client is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its first line is another: it gets [`Refusal::sentence`] and is closed.
    NotNoise,
    /// The handshake failed: a wrong secret, a recording, an altered byte. It is closed without
    /// a word, and counted.
    Silent,
}

impl Refusal {
    /// The one thing said to a client that does not speak this protocol.
    #[must_use]
    pub fn sentence(self) -> Option<&'static str> {
        match self {
            Self::NotNoise => Some("this chat is encrypted: join it with chalktalk and its code"),
            Self::Silent => None,
        }
    }
}

impl From<Refused> for Refusal {
    fn from(_: Refused) -> Self {
        Self::Silent
    }
}

impl ServerHandshake {
    /// The ephemeral key is random, and used for this connection only.
    #[must_use]
    pub fn new(identity: Arc<Identity>, ephemeral: PrivateKey) -> Self {
        Self {
            identity,
            stage: Stage::Line(0, ephemeral),
        }
    }

    /// Takes from the front of `input` what belongs to the handshake, and appends to `out` what
    /// is to be sent now. `None` means that more must come; with the halves, what is left of
    /// `input` is the opener's.
    ///
    /// Computing waits for its turn among the connections of this server.
    ///
    /// # Errors
    /// A [`Refusal`]: the connection is to be closed. Further calls fail too.
    pub fn read(
        &mut self,
        input: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Halves>, Refusal> {
        loop {
            let stage = std::mem::replace(&mut self.stage, Stage::Over);
            self.stage = match stage {
                Stage::Line(seen, ephemeral) => match compare(CLIENT_LINE, seen, input)
                    .ok_or(Refusal::NotNoise)?
                {
                    seen if seen == CLIENT_LINE.len() => Stage::Message(Message::new(), ephemeral),
                    seen => Stage::Line(seen, ephemeral),
                },
                Stage::Message(mut message, ephemeral) => match message.take(input)? {
                    Some(whole) => {
                        let ciphers = self.answer(whole, &ephemeral, out)?;
                        Stage::Confirmation(FirstFrame::new(), ciphers)
                    }
                    None => Stage::Message(message, ephemeral),
                },
                Stage::Confirmation(mut frame, ciphers) => match frame.take(input)? {
                    Some(whole) => return confirmed(whole, ciphers).map(Some),
                    None => Stage::Confirmation(frame, ciphers),
                },
                Stage::Over => return Err(Refusal::Silent),
            };
            if input.is_empty() {
                return Ok(None);
            }
        }
    }

    fn answer(
        &self,
        message: &[u8],
        ephemeral: &PrivateKey,
        out: &mut Vec<u8>,
    ) -> Result<Ciphers, Refusal> {
        let _turn = self.identity.turn();
        let prologue = prologue(self.identity.line());
        let (pair, psk) = (self.identity.pair(), self.identity.psk());
        // Payloads are empty on both sides; a tag over nothing is still a tag.
        let started = Responder::start(&prologue, pair, psk, message, &mut Vec::new());
        let Ok(responder) = started else {
            waste_an_answer(ephemeral);
            return Err(Refusal::Silent);
        };
        let mut answer = Vec::with_capacity(MESSAGE_BYTES);
        let ciphers = responder.finish(ephemeral, &[], &mut answer)?;
        let length = u16::try_from(answer.len()).map_err(|_| Refused)?;
        out.reserve(LENGTH_BYTES + answer.len());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&answer);
        Ok(ciphers)
    }
}

/// The two multiplications of an answer, for nobody: a guess at the secret takes its turn for as
/// long as an admission does. That makes guesses three times as slow, and only those.
fn waste_an_answer(ephemeral: &PrivateKey) {
    std::hint::black_box(ephemeral.shared(&ephemeral.public()));
}

fn confirmed(frame: &[u8], mut ciphers: Ciphers) -> Result<Halves, Refusal> {
    let mut empty = frame.to_vec();
    ciphers.receiving.open(&[], &mut empty, 0)?;
    Ok(ciphers.into())
}
