//! Why the program did not do what it was called for.

use crate::client::plain;

/// Said on stderr, and told by the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments, or what the environment says, make no sense: exit code 2.
    Usage(String),
    /// They do, but it failed: exit code 1.
    Failed(String),
}

impl From<plain::Failure> for Failure {
    fn from(failure: plain::Failure) -> Failure {
        Failure::Failed(failure.to_string())
    }
}
