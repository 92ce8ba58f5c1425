//! Discovery: which chats are on this network.
//!
//! A server that wants to be found answers questions; whoever looks for one asks everybody
//! within reach. The other way round, servers that announce themselves, was ruled out: all
//! listeners of a machine would have to share one port, which the standard library cannot ask
//! for, and a silent network is no worse for it.
//!
//! Nothing that comes from here is proven: anybody on the network can answer. So answers are
//! listed for a person to choose from, and whether an encrypted server is the right one is told
//! by its code. Discovery that fails stops nothing else.
//!
//! A wing: the chat does not know it. The packets are in `docs/PROTOCOL.md`.
//!
//! In reading order: what is sent, how often, what is made of the answers, whom to ask; then the
//! two ends with their sockets, and what the program does with them.

mod packet;
mod allowance;
mod gathered;
mod network;
mod responder;
mod finder;
pub(crate) mod cli;

pub use allowance::{ANSWERS_PER_SECOND_MAX, Allowance, TOTAL_PER_SECOND_MAX};
pub use finder::{Attempt, Search, find};
pub use gathered::{Found, Gathered};
pub use network::{Target, networks, own_address, targets};
pub use packet::{ANSWER_BYTES_MAX, Answer, ChatName, Nonce, QUESTION_BYTES, Question};
pub use responder::{Presence, Responder};
