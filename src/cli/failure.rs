//! Why the program did not do what it was called for.

use crate::secure::EntropyError;
use crate::secure::key_file::KeyFileError;

/// Said on stderr, and told by the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments, or what the environment says, make no sense: exit code 2.
    Usage(String),
    /// They do, but it failed: exit code 1.
    Failed(String),
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Failure {
        let hint = match error {
            KeyFileError::NoPlace => ", or name a key file with --key",
            KeyFileError::Exposed(_) => ", else make a new code with --new-code",
            KeyFileError::Malformed(_) => {
                "; name another with --key, or make a new code with --new-code"
            }
            KeyFileError::Io(..) => "; name another key file with --key, or serve --open",
        };
        Failure::Failed(format!("{error}{hint}"))
    }
}

impl From<EntropyError> for Failure {
    fn from(error: EntropyError) -> Failure {
        Failure::Failed(error.to_string())
    }
}
