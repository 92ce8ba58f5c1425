//! chalktalk: a real-time chat for the people on one network, in the standard library alone.
//!
//! The modules, in reading order:
//!
//! 1. [`wire`]: what a line is and what it says.
//! 2. [`sanitise`]: what of other people's text may be shown, and how wide it is.
//! 3. [`server`]: names, rooms, and who gets what in which order.
//! 4. [`ui_term`]: the chat as a person sees it in a terminal.
#![forbid(unsafe_code)]

pub mod wire;
pub mod sanitise;
pub mod server;
pub mod ui_term;
