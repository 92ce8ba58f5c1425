//! Chats that were found on the network: only one that has proved a key that is remembered is joined unasked.

use super::failure::Failure;
use super::join::Joined;
use crate::client::{Address, Met};
use crate::discovery::cli::{Found, choose as choose_from};
use crate::secure::known::Known;
use crate::secure::trust::{Decision, Meeting, Open, Person, Pin, decide};
use crate::wire::Mode;
use std::sync::Arc;
use std::time::Instant;

/// A chat, and the connection on which it has proved who it is.
pub(super) type Chosen = (Address, Option<Joined>);

/// A chat on the network; `None` to stay on this machine.
pub(super) fn choose(here: &Address) -> Result<Option<Chosen>, Failure> {
    let mut known = Known::load().map_err(Failure::Failed)?;
    let knows = Arc::new(known.clone());
    let chosen = choose_from(here.port, move |found, by| prove(&knows, found, by))?;
    if let Some((_, Some(joined))) = &chosen {
        joined.remember(&mut known);
    }
    Ok(chosen)
}

/// Meets a chat that was found. Only what its handshake proves counts, and that its first line says what its answer
/// said.
fn prove(known: &Known, found: &Found, deadline: Instant) -> Option<Joined> {
    if *found.mode() == Mode::open() {
        return None;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let address = found.address();
    let met = Met::at(&address, Some(left)).ok()?;
    let decision = decide(&Meeting {
        greeting: &met.greeting,
        addresses: &met.addresses,
        code: None,
        open: Open::Refused,
        person: Person::Absent,
        known,
    });
    match decision {
        Decision::Go { pin, told } if pin != Pin::Open => Joined::on(met, pin, told, None).ok(),
        _ => None,
    }
}
