//! chalktalk: a real-time chat for the people on one network, in the standard library alone.
//!
//! The modules, in reading order:
//!
#![forbid(unsafe_code)]
