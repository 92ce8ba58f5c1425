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

pub use model::{Bell, Closed, Palette, Start};
pub use unfit::Unfit;

use crate::client::plain::AskName;
use crate::client::{Connection, Settings};
use std::io::{self, Write};

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

/// Says why there is no screen. That there is no terminal at all needs no word.
pub fn tell(unfit: &Unfit) {
    if !matches!(unfit, Unfit::NoTerminal) {
        // Where stderr is closed, plain lines explain themselves.
        let _ = writeln!(io::stderr(), "chalktalk: {unfit}; plain lines instead");
    }
}

/// Is this the child process in which [`prepare`] returns?
#[cfg(unix)]
pub fn is_prepared() -> bool {
    tty::is_supervised()
}

/// There is no screen on this system yet.
#[cfg(not(unix))]
pub fn is_prepared() -> bool {
    false
}

/// Comes in, then chats in the whole window until the person leaves or is sent away. The terminal is as before then,
/// and after whatever else. In a process that is prepared.
///
/// # Errors
/// Why this terminal cannot show it; the connection is gone then, or was not taken.
#[cfg(unix)]
pub fn run(
    start: Start,
    settings: Settings,
    connection: &mut Option<Connection>,
    ask_name: AskName<'_>,
) -> Result<Closed, Unfit> {
    running::run(start, settings, connection, ask_name)
}

/// There is no screen on this system yet.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn run(
    _start: Start,
    _settings: Settings,
    _connection: &mut Option<Connection>,
    _ask_name: AskName<'_>,
) -> Result<Closed, Unfit> {
    Err(Unfit::NoTerminal)
}
