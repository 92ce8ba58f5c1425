//! What can happen to a screen, and what it may ask to be done.

use crate::client::{self, Command, Ticket};
use crate::ui_term::frame::Size;
use crate::ui_term::keys::Key;
use crate::ui_term::model::Offset;
use crate::wire::UnixMs;
use std::time::Duration;

/// Everything that can happen to a screen.
#[derive(Debug)]
pub enum Event {
    /// Somebody pressed a key, or pasted.
    Key(Key),
    /// The client tells something.
    Server(client::Event),
    /// What an effect asked to be sent has this ticket.
    Sent(Ticket, Command),
    /// So many others are in the chat, which ends with this screen.
    Others(usize),
    /// The screen has this size.
    Size(Size),
    /// The local time is so far from UTC now.
    Offset(Offset),
    /// So much time has passed since the start, and clocks show this.
    Tick {
        /// Since the start.
        now: Duration,
        /// The time of day.
        wall: UnixMs,
    },
}

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Send a command, and tell its ticket.
    Send(Command),
    /// Try a lost line at once.
    Hurry,
    /// Make a sound.
    Ring,
    /// Draw everything anew, whatever the terminal shows and whatever modes it is in.
    Redraw,
    /// Give the terminal back until the program is to go on.
    Suspend,
    /// Show these plain lines instead of the screen.
    ShowPlain(Vec<String>),
    /// End.
    Leave,
}
