//! The chat as a person sees it in a terminal.
//!
//! One loop over one queue: keys, what the client tells, changes of size, ticks. Each goes
//! through [`update`], then [`render`](render::render) makes a frame of the model, and what
//! differs from the frame before goes to the terminal in one write. The queue is emptied
//! before anything is drawn, so a thousand messages cost a thousand updates and one frame.
//!
//! The modules, lowest first; all but the last three are pure:
//!
//! 1. [`escape`]: every sequence that is said to a terminal.
//! 2. [`style`]: how a cell looks.
//! 3. [`keys`]: from the bytes of a keyboard to keys.
//! 4. [`cluster`]: where the cursor may stand in a text.
//! 5. [`editor`]: the text that is being typed.
//! 6. `link`: addresses of the web in a word; [`wrap`]: a message in rows.
//! 7. [`frame`]: the whole screen as a value, and how to get from one to the next.
//! 8. [`model`]: all that the screen shows, as one value; [`help`]: what can be pressed.
//! 9. `look`, `rows`, `typing`, `layout`, `scroll`: which style what has, the log and the input
//!    in rows, what stands where, reading further up.
//! 10. [`mod@render`]: from the model to a frame.
//! 11. [`mod@update`]: from a key or an event to the next model.
//! 12. `tty`: the terminal itself.
//! 13. `running`: the loop; `absent` stands in for it where there is no terminal to set up.
//! 14. `plain`: the lines of plain mode, in a terminal's width.

pub mod escape;
pub mod style;
pub mod keys;
pub mod cluster;
pub mod editor;
mod link;
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
#[cfg(not(unix))]
mod absent;
mod plain;

#[cfg(not(unix))]
use absent::size;
#[cfg(not(unix))]
pub use absent::{is_prepared, prepare, run};
pub use model::{Bell, Closed, Palette, Start};
pub(crate) use plain::Plain;
#[cfg(unix)]
pub use running::{is_prepared, prepare, run};
#[cfg(unix)]
use tty::size;
