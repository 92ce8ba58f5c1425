//! The chat as a person sees it in a terminal.
//!
//! The modules, each pure and none knowing the network:
//!
//! 1. [`escape`]: every sequence that is said to a terminal.
//! 2. [`keys`]: from the bytes of a keyboard to keys.
//! 3. [`cluster`]: where the cursor may stand in a text.

pub mod escape;
pub mod style;
pub mod keys;
pub mod cluster;
