//! A tap: for whoever wants to see each read and each write of a connection as it happened, and what was decided.
//!
//! The server and the client call it where they read, write, decode and decide, and nowhere else; without one they
//! ask a single `Option`. What is shown, and how, is not known here.

use std::fmt;
use std::sync::Arc;

/// Sees what goes over connections. Called from the threads that read and write, which wait for it.
pub trait Tap: Send + Sync {
    /// One `read` has brought these bytes; none at the end of the input.
    fn read(&self, connection: u64, bytes: &[u8]);
    /// One `write` has taken these bytes; none where nothing fitted.
    fn wrote(&self, connection: u64, bytes: &[u8]);
    /// A whole line was decoded: what it was taken for, or what is wrong with it.
    fn decoded(&self, connection: u64, line: Result<&str, &str>);
    /// The server has decided this. Called under its one lock, so in the order of everything: never wait here.
    fn decided(&self, _: Decision<'_>) {}
}

/// What a server decides about its connections; rooms are numbers here. Bytes are whole lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// There is this connection.
    Opened(u64),
    /// From here on the connection gets what is for this room.
    Entered(u64, u64),
    /// From here on it no longer does.
    Left(u64),
    /// For everybody in this room.
    ToRoom(u64, &'a [u8]),
    /// For one connection.
    ToOne(u64, &'a [u8]),
    /// The connection ends, with this last line.
    Closed(u64, &'a [u8]),
    /// One more line of this connection was handled, and what it caused is told.
    Handled(u64),
    /// What was decided at once is told: nobody else's line was handled in between.
    Done,
}

/// A tap that may be there.
#[derive(Clone, Default)]
pub struct Taps(Option<Arc<dyn Tap>>);

impl Taps {
    /// One that is.
    pub fn new(tap: Arc<dyn Tap>) -> Taps {
        Taps(Some(tap))
    }

    /// Both of them, this one first.
    #[must_use]
    pub fn and(self, other: Taps) -> Taps {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Taps::new(Arc::new(Both(one, other))),
            (one, other) => Taps(one.or(other)),
        }
    }

    /// The tap, if there is one.
    pub fn get(&self) -> Option<&dyn Tap> {
        self.0.as_deref()
    }
}

struct Both(Arc<dyn Tap>, Arc<dyn Tap>);

impl Tap for Both {
    fn read(&self, connection: u64, bytes: &[u8]) {
        self.0.read(connection, bytes);
        self.1.read(connection, bytes);
    }

    fn wrote(&self, connection: u64, bytes: &[u8]) {
        self.0.wrote(connection, bytes);
        self.1.wrote(connection, bytes);
    }

    fn decoded(&self, connection: u64, line: Result<&str, &str>) {
        self.0.decoded(connection, line);
        self.1.decoded(connection, line);
    }

    fn decided(&self, decision: Decision<'_>) {
        self.0.decided(decision);
        self.1.decided(decision);
    }
}

impl fmt::Debug for Taps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Taps(on)"
        } else {
            "Taps(off)"
        })
    }
}
