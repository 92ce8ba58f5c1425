//! The promises that hold for every input, one function each.

pub mod sanitise;
