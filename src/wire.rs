//! The wire: what a line is and what it says. `docs/PROTOCOL.md` is this module in prose.
//!
//! Every line is decoded into a value that cannot hold anything invalid, and every value has exactly one
//! spelling: `decode(encode(v)) == v`, and whatever decodes re-encodes to that spelling. Nothing here reads,
//! writes, waits or knows the time; whoever has bytes brings them ([`LineReader`]).
//!
//! Ruled out: a length prefix (nobody types one into `nc`), JSON (a parser larger than the server, and three
//! ways to spell each text), and texts kept unescaped: a [`Text`] holds its one encoded spelling, so the server
//! passes on what it was sent without ever unescaping it.
//!
//! Architecture invariant: escaping happens in this module and nowhere else.

mod escape;
mod fault;
mod fields;
mod foreign;
mod id;
mod line;
mod name;
mod number;
mod request;
mod server_line;
mod text;

pub use escape::{escape, unescape};
pub use fault::{Code, Fault};
pub use id::{Boot, BootError, Id, UnixMs};
pub use line::{LineError, LineReader};
pub use name::{Folded, NAME_BYTES_MAX, NAME_CHARS_MAX, Name, NameError, Room};
pub use request::{Refusal, Request, Verb};
pub use server_line::{Event, Mode, ServerLine, What};
pub use text::{PHRASE_BYTES_MAX, Phrase, TEXT_BYTES_MAX, Text, TextError, Words};

/// Longest line in either direction, LF included, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Longest tag, in characters, all of which are one byte.
pub const TAG_CHARS_MAX: usize = 32;
/// The protocol's version, as the greeting names it.
pub const VERSION: u64 = 1;
/// The port a server listens on where none is named: CHALK on a telephone's keys.
pub const PORT: u16 = 24255;

pub use fields::{Tag, Tagged, push_tag};
pub use foreign::foreign_protocol;
