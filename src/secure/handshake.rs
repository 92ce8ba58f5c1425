//! From a fresh connection to two ciphers: both sides as state machines that do no input or
//! output.
//!
//! ```text
//! server: CHALKTALK 1 noise <public key, 64 hex digits> LF
//! client: NOISE 1 LF, 00 30, message 1 (48 bytes)
//! server: 00 30, message 2 (48 bytes)
//! client: 00 10, its first frame, empty (16 bytes)
//! ```
//!
//! Both lines are bound into the handshake as its prologue, so altering one breaks it. Every
//! length is known, and compared, not obeyed. Each side takes bytes in whatever pieces they
//! come, uses no byte that is not its own, and gives two halves when it is through. The
//! client's empty frame is what admits it: message 1 could be a recording, the frame could not.

mod client;
mod server;

pub use client::{ClientHandshake, JoinError};
pub use server::{Refusal, ServerHandshake};

use super::aead::TAG_BYTES;
use super::frames::{LENGTH_BYTES, Opener, Sealer};
use super::noise::{Ciphers, MESSAGE_BYTES, Refused};

/// The two halves of a connection that is through its handshake.
pub struct Halves {
    /// The writing half.
    pub sealer: Sealer,
    /// The reading half.
    pub opener: Opener,
}

impl From<Ciphers> for Halves {
    fn from(ciphers: Ciphers) -> Self {
        Self {
            sealer: Sealer::new(ciphers.sending),
            opener: Opener::new(ciphers.receiving),
        }
    }
}

/// A length and the `N` bytes that it must announce, as they come.
struct Piece<const N: usize> {
    bytes: Vec<u8>,
}

type Message = Piece<MESSAGE_BYTES>;
type FirstFrame = Piece<TAG_BYTES>;

impl<const N: usize> Piece<N> {
    fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Moves its bytes off the front of `input`; the `N` bytes, once all are there.
    fn take(&mut self, input: &mut &[u8]) -> Result<Option<&[u8]>, Refused> {
        let missing = LENGTH_BYTES + N - self.bytes.len();
        let (taken, rest) = input.split_at(missing.min(input.len()));
        self.bytes.extend_from_slice(taken);
        *input = rest;
        let announced = u16::try_from(N).map_err(|_| Refused)?.to_be_bytes();
        let mut begun = self.bytes.iter().zip(&announced);
        if !begun.all(|(byte, right)| byte == right) {
            return Err(Refused);
        }
        let whole = self.bytes.len() == LENGTH_BYTES + N;
        Ok(whole.then(|| &self.bytes[LENGTH_BYTES..]))
    }
}
