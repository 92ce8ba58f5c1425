//! Ids of events and their times.

use std::fmt;

use super::number;

/// Milliseconds since 1970-01-01 00:00 UTC, as the server's clock had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub u64);

/// One start of a server: 1 to 16 of `a-z` and `0-9`, only ever compared for equality.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Boot {
    bytes: [u8; Boot::CHARS_MAX],
    len: u8,
}

/// Not a boot of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BootError;

impl fmt::Display for BootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a boot is 1 to 16 of a-z and 0-9")
    }
}

impl std::error::Error for BootError {}

impl Boot {
    const CHARS_MAX: usize = 16;

    /// Parses a boot.
    ///
    /// # Errors
    /// Where it breaks the grammar.
    pub fn parse(text: &str) -> Result<Boot, BootError> {
        let fits = (1..=Self::CHARS_MAX).contains(&text.len());
        if !fits
            || !text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        {
            return Err(BootError);
        }
        let mut bytes = [0; Self::CHARS_MAX];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Boot {
            bytes,
            len: u8::try_from(text.len()).map_err(|_| BootError)?,
        })
    }

    /// A boot out of 40 random bits: eight characters.
    pub fn from_seed(seed: u64) -> Boot {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let mut bytes = [0; Self::CHARS_MAX];
        for (place, byte) in bytes[..8].iter_mut().enumerate() {
            *byte = ALPHABET[usize::from((seed >> (5 * place)).to_le_bytes()[0] & 31)];
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
    /// Compared for equality only.
    pub boot: Boot,
    /// Rises with every event of one boot.
    pub count: u64,
}

impl Id {
    /// Parses `boot.count`; `None` where it breaks the grammar.
    pub fn parse(text: &str) -> Option<Id> {
        let (boot, count) = text.split_once('.')?;
        Some(Id {
            boot: Boot::parse(boot).ok()?,
            count: number::parse(count)?,
        })
    }

    pub(super) fn push(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.boot.as_str().as_bytes());
        out.push(b'.');
        number::push(self.count, out);
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.boot.as_str(), self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        for good in [
            "b.0",
            "k3v9q2x7.17",
            "abcdefghij012345.18446744073709551615",
        ] {
            assert_eq!(
                Id::parse(good).map(|id| id.to_string()).as_deref(),
                Some(good)
            );
        }
        for bad in [
            "",
            ".",
            "b.",
            ".1",
            "B.1",
            "b.01",
            "b.-1",
            "b-1",
            "abcdefghij0123456.1",
            "b.1.1",
        ] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_seed_makes_a_boot_that_parses() {
        for seed in [0, 1, 0xdead_beef, u64::MAX] {
            let boot = Boot::from_seed(seed);
            assert_eq!(Boot::parse(boot.as_str()), Ok(boot));
        }
        assert_ne!(Boot::from_seed(1), Boot::from_seed(2));
    }
}
