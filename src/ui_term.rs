//! The chat as a person sees it in a terminal.
//!
//! One loop over one queue: keys, what the client tells, changes of size, ticks. Each goes
//! through [`update`], then [`render`](render::render) makes a frame of the model, and what
//! differs from the frame before goes to the terminal in one write. The queue is emptied
//! before anything is drawn, so a thousand messages cost a thousand updates and one frame.
//!
//! The modules, those below pure and none but [`run`]'s own knowing the system:
//!
//! 1. [`escape`]: every sequence that is said to a terminal.
//! 2. [`style`]: how a cell looks.
//! 3. [`keys`]: from the bytes of a keyboard to keys.
//! 4. [`cluster`]: where the cursor may stand in a text.
//! 5. [`editor`]: the text that is being typed.
//! 6. [`wrap`]: a message in rows.
//! 7. [`frame`]: the whole screen as a value, and how to get from one to the next.
//! 8. [`model`]: all that the screen shows, as one value; [`help`]: what one can press.
//! 9. [`mod@render`]: from the model to a frame.
//! 10. [`mod@update`]: from a key or an event to the next model.

pub mod escape;
mod unfit;
pub mod style;
pub mod keys;
pub mod cluster;
pub mod editor;
pub mod wrap;
pub mod frame;
pub mod help;
pub mod model;
mod look;
mod rows;
mod typing;
mod layout;
mod scroll;
pub mod render;
pub mod update;
#[cfg(unix)]
mod tty;
#[cfg(unix)]
mod running;

pub use model::{Bell, Palette, Start};
pub use unfit::Unfit;

use std::process::ExitCode;

/// Makes sure that the terminal is put back whatever kills the program, for which this process
/// becomes another one: on success it returns in a child process of the same arguments. To be
/// called before anything is begun that cannot be begun again.
///
/// # Errors
/// Why this terminal cannot show the chat; then nothing has happened yet.
#[cfg(unix)]
pub fn prepare() -> Result<(), Unfit> {
    running::prepare()
}

/// There is no screen on this system yet.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn prepare() -> Result<(), Unfit> {
    Err(Unfit::NoTerminal)
}

/// Chats until the person leaves. The terminal is as before then, and after whatever else.
/// Does what [`prepare`] does, if that was not called.
///
/// # Errors
/// Why this terminal cannot show it; then nothing has happened yet.
#[cfg(unix)]
pub fn run(start: Start) -> Result<ExitCode, Unfit> {
    running::run(start)
}

/// There is no screen on this system yet.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn run(_start: Start) -> Result<ExitCode, Unfit> {
    Err(Unfit::NoTerminal)
}
