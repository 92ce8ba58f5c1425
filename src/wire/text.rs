//! What people say. Kept as it is written on the wire: see the module above for why.

use std::fmt;

use super::escape::{escape, is_plain, unescape};
use super::fault::{Code, Fault};

/// Longest text, in bytes as written: an event line must have room for its id, time, room and names.
pub const TEXT_BYTES_MAX: usize = 15 * 1024;
/// Longest phrase, in bytes as written: topics, goodbyes and fences are not speeches.
pub const PHRASE_BYTES_MAX: usize = 512;

/// At least one character of anything, at most [`TEXT_BYTES_MAX`] as written.
pub type Text = Words<TEXT_BYTES_MAX>;
/// At least one character of anything, at most [`PHRASE_BYTES_MAX`] as written.
pub type Phrase = Words<PHRASE_BYTES_MAX>;

/// A text of 1 to `MAX` bytes as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Words<const MAX: usize> {
    written: Box<str>,
}

/// Why a string cannot be a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It has no character.
    Empty,
    /// It is too long, by so many bytes as written.
    TooLong {
        /// Bytes as written.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextError::Empty => f.write_str("a text has at least one character"),
            TextError::TooLong { bytes, bytes_max } => {
                write!(
                    f,
                    "a text of {bytes} bytes as written, and {bytes_max} is the most; send it in parts"
                )
            }
        }
    }
}

impl std::error::Error for TextError {}

impl<const MAX: usize> Words<MAX> {
    /// Takes any string.
    ///
    /// # Errors
    /// Where it is empty or, escaped, too long.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let mut written = String::with_capacity(text.len());
        escape(text, &mut written);
        Self::sized(&written)?;
        Ok(Self {
            written: written.into_boxed_str(),
        })
    }

    /// Takes any string that is known to fit; one that does not is cut, an empty one becomes a dash. For
    /// sentences of our own that hold something of a peer's.
    pub fn cut(text: &str) -> Self {
        let mut written = String::new();
        for c in text.chars() {
            let before = written.len();
            escape(c.encode_utf8(&mut [0; 4]), &mut written);
            if written.len() > MAX {
                written.truncate(before);
                break;
            }
        }
        if written.is_empty() {
            written.push('-');
        }
        Self {
            written: written.into_boxed_str(),
        }
    }

    /// Takes a text as it stands on the wire. The columns of its errors count within it.
    pub(super) fn decode(written: &str) -> Result<Self, Fault> {
        Self::sized(written).map_err(|error| match error {
            TextError::Empty => Fault::new(Code::MISSING_FIELD, error.to_string()),
            TextError::TooLong { .. } => Fault::new(Code::TEXT_TOO_LONG, error.to_string()),
        })?;
        if !is_plain(written.as_bytes()) {
            // Only asked whether it is right: its spelling is what is kept.
            unescape(written)?;
        }
        Ok(Self {
            written: written.into(),
        })
    }

    fn sized(written: &str) -> Result<(), TextError> {
        match written.len() {
            0 => Err(TextError::Empty),
            bytes if bytes > MAX => Err(TextError::TooLong {
                bytes,
                bytes_max: MAX,
            }),
            _ => Ok(()),
        }
    }

    /// The text as it stands on the wire.
    pub fn written(&self) -> &str {
        &self.written
    }
}

/// The text itself, unescaped. Not fit to be shown: that is the sanitiser's work.
impl<const MAX: usize> fmt::Display for Words<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only a right spelling is ever held.
        f.write_str(unescape(&self.written).as_deref().unwrap_or(&self.written))
    }
}

impl<const MAX: usize> fmt::Debug for Words<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.written, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_of_the_spelling() {
        assert!(Phrase::new(&"a".repeat(512)).is_ok());
        assert_eq!(
            Phrase::new(&"a".repeat(513)),
            Err(TextError::TooLong {
                bytes: 513,
                bytes_max: 512
            })
        );
        assert!(Phrase::new(&"\n".repeat(256)).is_ok());
        assert_eq!(
            Phrase::new(&"\n".repeat(257)),
            Err(TextError::TooLong {
                bytes: 514,
                bytes_max: 512
            })
        );
        assert_eq!(Text::new(""), Err(TextError::Empty));
    }

    #[test]
    fn cutting_leaves_whole_escapes_and_whole_characters() {
        assert_eq!(Phrase::cut(&"\x1b".repeat(200)).written().len(), 510);
        assert_eq!(Phrase::cut(&"é".repeat(300)).to_string(), "é".repeat(256));
        assert_eq!(Phrase::cut("").written(), "-");
    }
}
