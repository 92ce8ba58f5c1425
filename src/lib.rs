//! chalktalk: a real-time chat for the people on one network, in the standard library alone.
//!
//! The modules, in reading order:
//!
//! 1. [`wire`]: what a line is and what it says.
//! 2. [`clock`] and [`sanitise`]: local times; what of other people's text may be shown, and how wide it is.
//! 3. [`secure`]: a join code, and Noise under the lines.
//! 4. [`transport`]: how bytes get onto a connection and off it, plain or sealed, and who is shown them.
//! 5. [`server`]: names, rooms, and who gets what in which order.
//! 6. [`client`]: the client without a screen: for plain mode, a screen in front of it, bots and tests.
//! 7. [`ui_term`]: the chat as a person sees it in a terminal.
//!
//! Wings, which none of the above knows:
//!
//! - [`proxy`]: a proxy that disturbs, reproducibly.
//! - [`play`]: transcripts: a conversation as a file that runs.
//! - [`trace`]: what was read, what was written, and what it was taken for, line by line.
//! - [`discovery`]: which chats are on this network.
//! - `relay`: rooms that span servers, by an engine between them.
//!
//! And [`cli`], which knows all of them.
#![forbid(unsafe_code)]

mod words;
mod file;
pub mod wire;
pub mod clock;
pub mod sanitise;
pub mod secure;
pub mod transport;
pub mod server;
pub mod client;
pub mod ui_term;
#[cfg(feature = "play")]
pub mod proxy;
#[cfg(feature = "play")]
pub mod play;
pub mod trace;
#[cfg(feature = "discovery")]
pub mod discovery;
#[cfg(feature = "relay")]
mod relay;
pub mod cli;
