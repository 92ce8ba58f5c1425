//! The hub: who is here, under which name, in which room, and what follows from what they ask.
//!
//! A pure state machine: it is told what happened and when, and writes what is to be sent to [`Outgoing`](super::outgoing::Outgoing). It
//! knows no socket, thread, clock, file or chance, so that the same calls give the same bytes, and every rule
//! can be tested with made-up addresses and made-up hours.
//!
//! Invariants, which [`Hub::check`] asserts: a connection is in `people` until it is gone, and its id is never
//! used again; a name belongs to one connection, and each named one is in exactly one room; a room other than
//! the lobby has somebody in it; who has no name is counted by address, and nobody else is.

mod admission;
mod check;
mod history;
mod lifecycle;
mod note;
mod operator;
mod person;
mod presence;
mod rate;
mod requests;
mod room;
mod state;
mod turn;

pub use note::Note;
pub use state::{Hub, Now};
pub use turn::Verdict;

#[cfg(test)]
mod tests;
