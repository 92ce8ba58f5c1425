//! The promises that hold for every input, one function each.

pub mod sanitise;
pub mod client;
pub mod secure;
pub mod discovery;
pub mod keys;
pub mod editor;
pub mod wrap;
pub mod frame;
pub mod render;
pub mod transcript;
pub mod picture;
pub mod wire;
pub mod hub;
