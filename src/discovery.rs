//! Discovery: which chats are on this network.
//!
//! A server that wants to be found answers questions; a client that looks for one asks everybody within reach. The
//! other way round, servers that announce themselves, was ruled out: all listeners of a machine would have to share
//! one port, which the standard library cannot ask for, and a silent network is no worse for it.
//!
//! Nothing that comes from here is proven: anybody on the network can answer. So answers are listed for a person to
//! choose from, and whether an encrypted server is the right one is told by its code. Discovery that fails stops
//! nothing else.
//!
//! A wing: the chat does not know it. The packets are in `docs/PROTOCOL.md`.
//!
//! In reading order: what is sent, and what is made of the answers; the two ends with their sockets; what the program
//! does with them.

mod packet;
mod finder;
mod responder;
pub(crate) mod cli;

pub use finder::{Search, find, networks};
pub use packet::{Answer, ChatName, Found, PACKET_BYTES, Question, gather};
pub use responder::Responder;
