//! In which manner one talks in plain mode, and what can go wrong.

use crate::wire::Name;
use std::fmt;
use std::io;
use std::time::Duration;

/// Asks a person for another name, and says why; none where nobody can be asked.
pub type AskName<'a> = &'a mut dyn FnMut(&str) -> Option<Name>;

/// How long a lost line is waited for by what has something left to do before it leaves.
pub(super) const LOST_PATIENCE: Duration = Duration::from_secs(60);

/// What to do at the end of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// Leave.
    #[default]
    Leave,
    /// Go on listening.
    Stay,
}

/// Who gives the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typist {
    /// Somebody at a keyboard, who can be asked again and sees what became of everything.
    Person,
    /// A pipe or a file: a refused name ends it, and its exit code tells whether all was done.
    Script,
}

/// Why plain mode ended otherwise than as asked for.
#[derive(Debug)]
pub enum Failure {
    /// There was no getting in, or the server wanted one gone: a sentence, fit to be shown.
    Ended(String),
    /// A script's name was refused: a sentence, fit to be shown.
    Name(String),
    /// So many lines of a script were not done, or may not have been.
    NotDone(usize),
    /// The line was lost, and did not come back while something was left to do.
    GaveUp,
    /// The output failed otherwise than by being closed.
    Output(io::Error),
    /// The system gives no thread.
    Start(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Ended(sentence) => f.write_str(sentence),
            Failure::Name(sentence) => write!(f, "{sentence} (--name NAME)"),
            Failure::NotDone(1) => f.write_str("1 line was not done; the output says which"),
            Failure::NotDone(lines) => {
                write!(f, "{lines} lines were not done; the output says which")
            }
            Failure::GaveUp => write!(
                f,
                "the server did not come back within {} s; the output says what was not done",
                LOST_PATIENCE.as_secs()
            ),
            Failure::Output(error) => write!(f, "the output cannot be written: {error}"),
            Failure::Start(error) => write!(f, "the client cannot be started: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
