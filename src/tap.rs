//! A tap: for whoever wants to see each read and each write of a connection as it happened.
//!
//! The server and the client call it where they read, write and decode, and nowhere else; without one they ask a
//! single `Option`. What is shown, and how, is not known here.

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
}

/// A tap that may be there.
#[derive(Clone, Default)]
pub struct Taps(Option<Arc<dyn Tap>>);

impl Taps {
    /// One that is.
    pub fn new(tap: Arc<dyn Tap>) -> Taps {
        Taps(Some(tap))
    }

    /// The tap, if there is one.
    pub fn get(&self) -> Option<&dyn Tap> {
        self.0.as_deref()
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
