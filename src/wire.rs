//! The wire: what a line is and what it says. `docs/PROTOCOL.md` is this module in prose.
//!
//! Every line is decoded into a value that cannot hold anything invalid, and every value has exactly one spelling:
//! `decode(encode(v)) == v`, and a line that decodes is encoded to that spelling again. Nothing here reads, writes,
//! waits or knows the time; the caller brings the bytes ([`LineReader`]).
//!
//! Ruled out: a length prefix (nobody types one into `nc`), JSON (a parser larger than the server, and three
//! ways to spell each text), and texts kept unescaped: a [`Text`] holds its one encoded spelling, so the server
//! passes on the bytes it was sent without ever unescaping them.
//!
//! Architecture invariant: escaping happens in this module and nowhere else.

mod fault;
mod text;
mod name;
mod line;
mod fields;
mod request;
mod server_line;
mod foreign;

pub use fault::{Code, Fault};
pub use foreign::foreign_protocol;
pub use line::{LineReader, Refusal, Tag, Tagged, push_tag};
pub use name::{Boot, Folded, Id, NAME_BYTES_MAX, NAME_CHARS_MAX, Name, Room, UnixMs};
pub use request::Request;
pub use server_line::{Event, EventKind, Mode, ServerLine};
pub use text::{PHRASE_BYTES_MAX, Phrase, TEXT_BYTES_MAX, Text, Words};
pub use text::{escape, unescape};

/// Longest line in either direction, LF included, in bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Longest tag, in characters, all of which are one byte.
pub const TAG_CHARS_MAX: usize = 32;
/// The protocol's version, as the greeting names it.
pub const VERSION: u64 = 1;
/// The port of a server that is given none: CHALK on a telephone's keys.
pub const PORT: u16 = 24255;
