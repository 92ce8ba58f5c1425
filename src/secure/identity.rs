//! Who a server is: its keys, and everything that follows from them, computed once at start.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::code::{Fingerprint, JoinCode, SECRET_BYTES, Secret};
use super::lines::server_line;
use super::noise::PSK_BYTES;
use super::x25519::{self, PrivateKey, PublicKey};

/// Random bytes that make a new pair of keys.
pub const KEYS_BYTES: usize = x25519::KEY_BYTES + SECRET_BYTES;

/// What a key file holds. Whoever has it can play the server and let people in, until a new code
/// is made; sessions that were recorded stay closed to him.
#[derive(Clone)]
pub struct Keys {
    /// The server's half of every handshake.
    pub private: PrivateKey,
    /// What a joiner must know.
    pub secret: Secret,
}

impl Keys {
    /// Keys made of random bytes, which must be used for nothing else.
    #[must_use]
    pub fn from_random(bytes: &[u8; KEYS_BYTES]) -> Self {
        let [private @ .., s0, s1, s2, s3, s4] = *bytes;
        Self {
            private: PrivateKey::from_bytes(private),
            secret: Secret::from_bytes([s0, s1, s2, s3, s4]),
        }
    }
}

/// A server's keys and what they give. All its connections share one.
pub struct Identity {
    private: PrivateKey,
    public: PublicKey,
    psk: [u8; PSK_BYTES],
    code: JoinCode,
    line: Vec<u8>,
    turn: Mutex<()>,
}

impl Identity {
    /// Takes about 3 ms, for the fingerprint.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        let public = keys.private.public();
        Self {
            psk: keys.secret.psk(&public),
            code: JoinCode {
                fingerprint: Fingerprint::of(&public),
                secret: keys.secret,
            },
            line: server_line(&public),
            private: keys.private,
            public,
            turn: Mutex::new(()),
        }
    }

    /// What people need to join.
    #[must_use]
    pub fn code(&self) -> &JoinCode {
        &self.code
    }

    /// The server's public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The server's first line, LF included, sent to everybody before anything is read.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    pub(super) fn pair(&self) -> (&PrivateKey, &PublicKey) {
        (&self.private, &self.public)
    }

    pub(super) fn psk(&self) -> &[u8; PSK_BYTES] {
        &self.psk
    }

    /// Held while a handshake is computed, so that one is at a time: a flood of guesses takes
    /// one core at most, and the rate of guesses has the bound that `docs/SECURITY.md` states.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
