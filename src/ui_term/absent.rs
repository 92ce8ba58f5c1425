//! On a system where no terminal can be set up yet: there is never a screen, and plain lines serve.

use super::{Closed, Start};
use crate::client::plain::Asking;
use crate::client::{Connection, Settings};

/// There is nothing to prepare.
pub fn prepare(_: &[&str]) {}

/// Never.
pub fn is_prepared() -> bool {
    false
}

/// There is no screen.
pub fn run(_: Start, _: Settings, _: &mut Option<Connection>, _: Asking<'_>) -> Option<Closed> {
    None
}

/// Nobody knows how wide it is.
pub(super) fn columns() -> Option<usize> {
    None
}
