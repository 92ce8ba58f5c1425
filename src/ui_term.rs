//! The chat as a person sees it in a terminal.
//!
//! The modules, each pure and none knowing the network:
//!
//! 1. [`escape`]: every sequence that is said to a terminal.
//! 2. [`style`]: how a cell looks.
//! 3. [`keys`]: from the bytes of a keyboard to keys.
//! 4. [`cluster`]: where the cursor may stand in a text.
//! 5. [`editor`]: the text that is being typed.
//! 6. [`wrap`]: a message in rows.
//! 7. [`frame`]: the whole screen as a value, and how to get from one to the next.

pub mod escape;
pub mod style;
pub mod keys;
pub mod cluster;
pub mod editor;
pub mod wrap;
pub mod frame;
