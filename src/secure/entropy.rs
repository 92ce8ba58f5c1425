//! Randomness: one byte of `/dev/random`, then `/dev/urandom`, kept open.
//!
//! The byte is not used. Reading it waits until the system has gathered enough to be
//! unpredictable, which `/dev/urandom` alone does not on a machine that has just started. There
//! is no other source: the hasher seeds of the standard library are no substitute, and neither
//! are clocks, addresses or process numbers. What cannot be read is an error, and then there is
//! no key, no code and no encrypted connection.
//!
//! Elsewhere than on Unix the standard library offers no randomness fit for keys: there this
//! always fails.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// An open source of random bytes, fit for keys.
pub struct Entropy {
    source: File,
}

/// There is no randomness fit for keys.
#[derive(Debug)]
pub enum EntropyError {
    /// The system's source cannot be opened or read.
    Unreadable(io::Error),
    /// What stands at its place is no source of randomness.
    NotRandom,
    /// This is no Unix.
    Unsupported,
}

impl fmt::Display for EntropyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(
                f,
                "no randomness from /dev/random and /dev/urandom: {error}"
            ),
            Self::NotRandom => write!(
                f,
                "/dev/random or /dev/urandom is not the system's; no key can be made"
            ),
            Self::Unsupported => write!(
                f,
                "encryption is not there on this system, for want of randomness; use --open, or run chalktalk in WSL"
            ),
        }
    }
}

impl std::error::Error for EntropyError {}

impl From<io::Error> for EntropyError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl Entropy {
    /// Opens the system's source; waits for it, if the system has only just started.
    ///
    /// # Errors
    /// An [`EntropyError`] if there is none.
    pub fn open() -> Result<Self, EntropyError> {
        Self::from_devices(Path::new("/dev/random"), Path::new("/dev/urandom"))
    }

    /// So many random bytes.
    ///
    /// # Errors
    /// [`EntropyError::Unreadable`]; no byte of a short read is ever given.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], EntropyError> {
        let mut bytes = [0; N];
        (&self.source).read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn from_devices(ready: &Path, source: &Path) -> Result<Self, EntropyError> {
        open_device(ready)?.read_exact(&mut [0])?;
        let entropy = Self {
            source: open_device(source)?,
        };
        // A device that always says the same is some other device under this name. Chance does
        // that once in 2^256 starts.
        let (first, second) = (entropy.bytes::<32>()?, entropy.bytes::<32>()?);
        if first == second {
            return Err(EntropyError::NotRandom);
        }
        Ok(entropy)
    }
}

/// In a carelessly made root directory a plain file may stand here, the same for everybody.
#[cfg(unix)]
fn open_device(path: &Path) -> Result<File, EntropyError> {
    use std::os::unix::fs::FileTypeExt as _;

    let device = File::open(path)?;
    if device.metadata()?.file_type().is_char_device() {
        Ok(device)
    } else {
        Err(EntropyError::NotRandom)
    }
}

#[cfg(not(unix))]
fn open_device(_: &Path) -> Result<File, EntropyError> {
    Err(EntropyError::Unsupported)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(ready: &str, source: &str, expected: &str) {
        let error = Entropy::from_devices(Path::new(ready), Path::new(source)).err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains(expected), "{ready}, {source}: {text}");
    }

    #[test]
    fn no_two_draws_are_alike() {
        let entropy = Entropy::open().unwrap();
        assert_ne!(
            entropy.bytes::<32>().unwrap(),
            entropy.bytes::<32>().unwrap()
        );
    }

    #[test]
    fn what_is_no_source_of_randomness_is_refused() {
        refused("/dev/null", "/dev/urandom", "failed to fill");
        refused("/dev/urandom", "/dev/null", "failed to fill");
        refused("/dev/urandom", "/dev/zero", "not the system's");
        refused("/dev/urandom", "/etc/passwd", "not the system's");
        refused("/nowhere", "/dev/urandom", "No such file");
        refused("/dev/urandom", "/nowhere", "No such file");
    }
}
