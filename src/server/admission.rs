//! Who is let in: anybody, or those who know the code of an encrypted server.
//!
//! The handshake itself is [`crate::secure`]'s, the loop around it [`crate::transport`]'s. This holds what belongs to
//! the server alone: which identity it proves, where its randomness comes from, and how many it has refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::outbox::Peer;
use crate::secure::{Entropy, Identity, PrivateKey, Refusal, ServerHandshake};
use crate::transport::{self, Reader, Trace, Writer};
use crate::wire::{Code, Mode};

/// What goes over the wire.
#[derive(Clone, Default)]
pub enum Security {
    /// The lines as they are.
    #[default]
    Open,
    /// The lines in frames that only who has the code can open.
    Noise(Arc<Noise>),
}

impl Security {
    /// As the greeting names it.
    pub fn mode(&self) -> Mode {
        match self {
            Security::Open => Mode::open(),
            Security::Noise(_) => Mode::noise(),
        }
    }
}

/// What an encrypted server needs: who it is, and randomness.
pub struct Noise {
    identity: Arc<Identity>,
    entropy: Entropy,
    refused: AtomicU64,
}

/// Why a peer is not let in.
pub(super) enum NotIn {
    /// The connection ended, or it had a wrong code or something forged; it is told nothing.
    Silently(Code),
    /// Another protocol than ours; it is told so.
    Told(&'static str),
}

impl Noise {
    /// An encrypted server of this identity.
    pub fn new(identity: Arc<Identity>, entropy: Entropy) -> Noise {
        Noise {
            identity,
            entropy,
            refused: AtomicU64::new(0),
        }
    }

    /// How many did not know the code.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Goes through the whole handshake. Waits as long as the peer does, so one that takes too long is ended by cutting
    /// its socket.
    pub(super) fn admit(&self, peer: &Peer, trace: &Trace) -> Result<(Reader, Writer), NotIn> {
        let gone = |_| NotIn::Silently(Code::LOST);
        let silently = || {
            self.refused.fetch_add(1, Ordering::Relaxed);
            NotIn::Silently(Code::NOT_ADMITTED)
        };
        peer.send_handshake(self.identity.line()).map_err(gone)?;
        // Without randomness nobody gets in: it fails closed.
        let random = self.entropy.bytes().map_err(|_| silently())?;
        let mut handshake =
            ServerHandshake::new(Arc::clone(&self.identity), PrivateKey::from_bytes(random));
        let refused = |refusal: Refusal| refusal.sentence().map_or_else(silently, NotIn::Told);
        // A trace shows what is in the frames, and not how they are agreed on.
        let mut plain = transport::plain(&Trace::default()).0;
        let through = transport::shake_hands(
            |space| peer.read(&mut plain, space).map_err(gone),
            |answer| peer.send_handshake(answer).map_err(gone),
            |input, answer| handshake.read(input, answer).map_err(refused),
        )?;
        let (halves, rest) = through.ok_or(NotIn::Silently(Code::LOST))?;
        transport::sealed(halves, &rest, trace).map_err(|_| silently())
    }
}
