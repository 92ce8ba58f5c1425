//! Why the program did not do what it was called for.

/// Said on stderr, and told by the exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments, or what the environment says, make no sense: exit code 2.
    Usage(String),
    /// They do, but it failed: exit code 1.
    Failed(String),
}
