//! On a system where no terminal can be set up yet: there is never a screen, and plain lines serve.

use super::{Closed, Start, Unfit};
use crate::client::plain::AskName;
use crate::client::{Connection, Settings};

/// There is no screen.
///
/// # Errors
/// Always.
pub fn prepare() -> Result<(), Unfit> {
    Err(Unfit::NoTerminal)
}

/// Never.
pub fn is_prepared() -> bool {
    false
}

/// There is no screen.
///
/// # Errors
/// Always.
pub fn run(
    _: Start,
    _: Settings,
    _: &mut Option<Connection>,
    _: AskName<'_>,
) -> Result<Closed, Unfit> {
    Err(Unfit::NoTerminal)
}
