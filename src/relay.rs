//! The wing beyond one server: what is said in a room here is said in the same room at every server that relays to the same
//! engine, as `anna@north: hi`. The engine is NATS; `docs/SCALING.md` says when to use it and what it promises.
//!
//! A relay is a client as any other, one for each room, and what it says is said under its own name, the room's with a
//! `~` before it. That name is a lock too: a second relay in the same room finds it taken. A server gives such names only
//! to those who connect from its own machine, and a name with `@` to nobody, so neither can be had by hand.
//!
//! What holds: what a relay has said is never passed on again; each message arrives at most once, those of one server in
//! their order; nobody waits for a relay or an engine that is slow, and what is dropped for that is told.
//!
//! Ruled out: a verb with which a relay speaks under other people's names. The server would have to know whom to
//! believe, and each client, that somebody speaks who is not here.

pub(crate) mod cli;
mod engine;
mod message;
mod nats;

use crate::client::session::Seen;
use crate::client::{Client, Ending, Event, Happened, Line, Outcome, Whose, plain};
use crate::wire::{EventKind, Name, Room};
use engine::{Engine, lost, say};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Messages that may wait to be said in a room here. Each is at most a line, so that is 4 MiB.
const WAITING_MAX: usize = 256;

/// A room here.
struct Desk {
    /// What this server is called elsewhere.
    here: Name,
    room: Room,
    subject: String,
    engine: Arc<Engine>,
    /// How much of what was said elsewhere is to be said here, and is not settled.
    waiting: AtomicUsize,
}

impl Desk {
    /// Says here what was said elsewhere. Never waits.
    fn take(&self, client: &Client, seen: &mut Seen, payload: &[u8]) {
        if self.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            return lost("too much waits for the server");
        }
        match message::inward(&self.here, &self.room, seen, payload) {
            Ok(command) => {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                client.send(command);
            }
            Err(why) => lost(&why),
        }
    }

    /// Takes in what happens in the room, or to the connection.
    ///
    /// # Errors
    /// There is no going on.
    fn hear(&self, event: Event) -> Result<(), String> {
        match event {
            Event::Happened(happened) => return self.happened(happened),
            Event::Settled(_, outcome) => {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                match outcome {
                    Outcome::Done(_) => {}
                    Outcome::Refused { sentence, .. } => lost(&sentence.to_string()),
                    Outcome::Unsure => lost("the connection broke; it may have been said"),
                    Outcome::Unsent => lost("there is no connection to the server"),
                }
            }
            Event::Ended(Ending::Failed(trouble)) => return Err(trouble.to_string()),
            Event::Line(Line::NameRefused { name, sentence, .. }) => {
                return Err(format!("{name} is here already, or not for us: {sentence}"));
            }
            Event::Line(_) => plain::line(&event, "the server")
                .iter()
                .for_each(|line| say(line)),
            Event::Ended(Ending::Left) | Event::People(..) | Event::Row(..) | Event::Help => {}
        }
        Ok(())
    }

    fn happened(&self, happened: Happened) -> Result<(), String> {
        let room = &self.room;
        match (&happened.what, happened.whose) {
            (EventKind::Room(entered, ..), _) if entered.folded() == room.folded() => {
                say(&format!("relaying {room}"));
            }
            (what @ EventKind::Said(..), Whose::Mine(_)) if !message::is_said_in(room, what) => {
                return Err(format!("the server lets nobody into {room}"));
            }
            _ => {}
        }
        if let Some(payload) = message::outward(&self.here, room, happened) {
            self.engine.publish(&self.subject, &payload);
        }
        Ok(())
    }
}
