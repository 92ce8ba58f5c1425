//! The client without a screen: for plain mode, for a screen in front of it, for bots and tests.
//!
//! ```no_run
//! use chalktalk::client::{Client, Command, Settings, plain};
//!
//! let (client, events) = Client::connect(Settings::new("anna")?)?;
//! client.send(Command::parse("hello, everyone")?.expect("words"));
//! for event in events {
//!     if let Some(line) = plain::line(&event, "this machine") {
//!         println!("{line}");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Client`] is a handle on a thread that runs a [`session`] on a connection, opens the connection again where
//! it breaks, and tells what happens. Commands go in and never wait; events come out and may, which slows the
//! server's stream and nothing else. Everything a client knows it tells: there is no state to ask for, so none
//! to share. A caller who wants to know where one is feeds its events to a [`Place`].

mod address;
mod command;
mod connection;
mod event;
mod handle;
mod place;
pub mod plain;
pub mod session;

pub use address::Address;
pub use command::{COMMANDS, Command};
pub(crate) use command::{LINE_ENDS, behind_blanks, own_name, own_room};
pub use connection::{Connection, Met};
pub use event::{Ending, Event, Happened, Line, Outcome, Row, Ticket, Trouble, When, Whose};
pub use handle::{Client, Operator, Settings};
pub use place::{PEOPLE_MAX, Place};

#[cfg(test)]
mod tests;
