//! On a system where no terminal can be set up, as on Windows: there is never a screen, and plain lines serve.
//!
//! std has no raw mode, and `stty`, which sets it on Unix, is not there. Ruled out: a helper in PowerShell that calls
//! `SetConsoleMode` for this process. It costs a second at each start, managed machines in schools forbid scripts
//! that compile such calls, and it could not be tried under wine, which has no PowerShell. WSL has the screen.

use super::frame::Size;
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

/// Nobody knows how large it is.
pub(super) fn size() -> Option<Size> {
    None
}
