//! Encryption: a join code that names a server and lets one in, and Noise NKpsk0 under the
//! line protocol.
//!
//! A wing below [`transport`](crate::transport): everything here is bytes in, bytes out. It knows no socket, no
//! thread of its own and nothing of the chat, takes randomness as an argument, and could be
//! deleted without touching wire, hub or screen. Only [`entropy`], [`key_file`] and [`known`] touch
//! the system, and they touch nothing else; [`prompt`] is handed its lines, and what `serve` has of all
//! this, `sealing`, stands above the server.
//!
//! The primitives are written here because the standard library has none, and are held against
//! public vectors. They are **not audited**; what that means for whom, and what each mode gives
//! and does not give, stands in `docs/SECURITY.md`. Writing bindings to a system's library was
//! ruled out: that needs `unsafe`, and a library that is not everywhere.
//!
//! In reading order, the primitives first:

pub mod hex;
pub mod blake2s;
mod chacha20;
mod poly1305;
pub mod aead;
mod field;
pub mod x25519;
pub mod noise;
pub mod frames;
pub mod code;
pub mod link;
mod lines;
pub mod identity;
pub mod handshake;
pub mod entropy;
pub mod key_file;
pub mod addresses;
pub mod known;
pub mod trust;
pub mod prompt;
pub(crate) mod sealing;

pub use addresses::Addresses;
pub use code::{CodeError, JoinCode, Secret};
pub use entropy::{Entropy, EntropyError};
pub use frames::{FrameError, Opener, Sealer};
pub use handshake::{ClientHandshake, Halves, JoinError, Refusal, ServerHandshake};
pub use identity::{Identity, Keys};
pub use known::Known;
pub use link::{Link, LinkError};
pub use noise::Refused;
pub use x25519::{PrivateKey, PublicKey};
