//! Why a terminal may not do for a screen.

use std::fmt;

/// Why there is no screen to be had: plain lines serve instead.
#[derive(Debug)]
pub(super) enum Unfit {
    /// Input or output is not a terminal, or there is none.
    NoTerminal,
    /// `TERM` says that it can do nothing.
    Dumb,
    /// It does not show UTF-8.
    NotUtf8,
    /// Its modes cannot be set, in the system's words.
    NoModes(String),
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTerminal => f.write_str("there is no terminal"),
            Self::Dumb => f.write_str("TERM says that this terminal can place no text"),
            Self::NotUtf8 => f.write_str("this terminal does not show UTF-8"),
            Self::NoModes(why) => write!(f, "this terminal cannot be set up: {why}"),
        }
    }
}
