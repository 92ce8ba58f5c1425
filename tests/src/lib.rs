//! What the tests share: the properties, which the fuzz targets run too, and the harness.
//!
//! A property is a plain function that takes any input and panics where a promise is broken.
//! `proptest` draws inputs for it here, the fuzzer looks for them in `fuzz/`; neither is a
//! dependency of this library, so that either can be built without the other.
#![forbid(unsafe_code)]

pub mod harness;
pub mod memory;
pub mod properties;
pub mod screen;
pub mod skipped;
pub mod chat;
