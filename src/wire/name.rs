//! Names of people and of rooms, and the ids that name events.
//!
//! A name is shown beside everything its bearer says, so it holds only characters that the sanitiser shows
//! unchanged, and two names that a reader cannot tell apart should not both exist. std knows case, so names are
//! compared folded, fullwidth and mathematical letters as the plain ones. It knows neither normal forms nor look-alikes,
//! so a name takes composed letters only, and letters of only one of the alphabets that look alike. A whole name in Cyrillic
//! that reads like one in Latin stays possible.
//!
//! Ruled out: `char::is_alphanumeric`. It accepts invisible letters and rejects the vowel signs of half of Asia.

mod letters;

use std::fmt;
use std::sync::Arc;

use super::fault::{Code, Fault};
use super::text::parse_number;
use letters::{alphabet, has_foreign_mark, has_hidden, plain};

/// Longest name, in characters (code points).
pub const NAME_CHARS_MAX: usize = 24;
/// Longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A person's name. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// A room's name, under the same rules. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Room(Arc<str>);

/// A name or room in the form in which names are compared: plain letters, upper-cased, then lower-cased.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folded(Box<str>);

/// Checks the rules; the error is a sentence about `what`, "a name" or "a room's name".
fn check(text: &str, what: &str) -> Result<(), String> {
    let plain: String = text.chars().map(plain).collect();
    let mut alphabets = text.chars().filter_map(alphabet);
    let one = alphabets.next();
    let rule = match plain.chars().next() {
        None => "has at least one character",
        _ if text.len() > NAME_BYTES_MAX || text.chars().count() > NAME_CHARS_MAX => {
            return Err(format!(
                "{what} has at most {NAME_CHARS_MAX} characters and {NAME_BYTES_MAX} bytes; choose a shorter one"
            ));
        }
        _ if plain.contains(|c: char| c.is_whitespace() || c == '\\') => {
            "holds no space and no backslash; try a hyphen"
        }
        Some(first @ ('@' | '/' | ':' | '*' | '#' | '-')) => {
            return Err(format!("{what} does not begin with {first}"));
        }
        _ if plain.contains('@') => "holds no @: that tells where somebody of another server is",
        _ if has_hidden(text) => "holds only characters that can be seen and told apart",
        _ if text.contains(|c| matches!(c, '\u{300}'..='\u{36f}')) => {
            "holds no combining accent; write the accented letter as one character"
        }
        _ if has_foreign_mark(text) => {
            "holds no mark on a letter of another alphabet, or on a digit or sign"
        }
        _ if alphabets.any(|other| Some(other) != one) => {
            "holds letters of one alphabet alone, as Latin, Greek or Cyrillic"
        }
        _ => return Ok(()),
    };
    Err(format!("{what} {rule}"))
}

fn fold(text: &str) -> Folded {
    if text.is_ascii() {
        return Folded(text.to_ascii_lowercase().into());
    }
    // Upper case first: that is what makes ß and ss, ſ and s, ς and σ the same. The joiners and the picture selector
    // are dropped: they only change how their neighbours are drawn, and often not even that.
    let plain: String = text.chars().map(plain).collect();
    let cased = plain.to_uppercase().to_lowercase();
    let seen = |c: &char| !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    Folded(cased.chars().filter(seen).collect())
}

macro_rules! name_type {
    ($type:ident, $what:literal, $code:expr) => {
        impl $type {
            /// Parses a name.
            ///
            /// # Errors
            /// The rule that the name breaks.
            pub fn parse(text: &str) -> Result<$type, Fault> {
                check(text, $what).map_err(|sentence| Fault::new($code, sentence))?;
                Ok($type(text.into()))
            }

            /// The name as its first user spelled it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form in which names are compared.
            pub fn folded(&self) -> Folded {
                fold(&self.0)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name_type!(Name, "a name", Code::BAD_NAME);
name_type!(Room, "a room's name", Code::BAD_ROOM);

impl Name {
    /// True if nobody may have this name, because people would take its bearer for the server or for themselves.
    pub fn is_reserved(&self) -> bool {
        ["server", "system", "operator", "you", "chalktalk"].contains(&&*self.folded().0)
    }

    /// True for the name of a relay, under which words of people on other servers are said.
    pub fn is_of_relay(&self) -> bool {
        self.folded().0.starts_with('~')
    }
}

impl Room {
    /// The room everybody is in at first, and the only one that never ends.
    pub fn lobby() -> Room {
        Room("lobby".into())
    }
}

/// Milliseconds since 1970-01-01 00:00 UTC, as the server's clock had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub u64);

/// A name for one start of a server: 1 to 16 of `a-z` and `0-9`, only ever compared for equality.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Boot {
    bytes: [u8; Boot::CHARS_MAX],
    len: u8,
}

impl Boot {
    const CHARS_MAX: usize = 16;

    /// Parses a boot; `None` if it breaks the grammar.
    pub fn parse(text: &str) -> Option<Boot> {
        let is_of_boot = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9');
        if text.is_empty() || !text.bytes().all(is_of_boot) {
            return None;
        }
        let mut bytes = [0; Self::CHARS_MAX];
        let written = bytes.get_mut(..text.len())?;
        written.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok()?;
        Some(Boot { bytes, len })
    }

    /// Makes a boot of eight characters out of 40 random bits.
    pub fn from_seed(seed: u64) -> Boot {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; Self::CHARS_MAX];
        for (digit, byte) in bytes[..8].iter_mut().enumerate() {
            *byte = ALPHABET[usize::from((seed >> (5 * digit)).to_le_bytes()[0] & 31)];
        }
        Boot { bytes, len: 8 }
    }

    /// The boot as it stands on the wire.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Debug for Boot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The id of an event: which start of the server, and which event of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// The start of the server; compared for equality only.
    pub boot: Boot,
    /// The number of the event; rises with every event of one boot.
    pub count: u64,
}

impl Id {
    /// Parses `boot.count`; `None` if it breaks the grammar.
    pub fn parse(text: &str) -> Option<Id> {
        let (boot, count) = text.split_once('.')?;
        Some(Id {
            boot: Boot::parse(boot)?,
            count: parse_number(count)?,
        })
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.boot.as_str(), self.count)
    }
}

#[cfg(test)]
mod tests;
