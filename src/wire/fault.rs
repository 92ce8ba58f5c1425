//! Faults: what is wrong with a line, for programs (a code) and for people (a sentence and a column).
//!
//! A code is part of the protocol and never changes; a sentence may. Ruled out: an enum of codes. A client meets the
//! codes of newer servers, and must be able to hold them and show them.

use std::borrow::Cow;
use std::fmt;

/// A code of an error, of a closing, or of why somebody left: 1 to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(Cow<'static, str>);

macro_rules! codes {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        impl Code {
            $(#[doc = $about] pub const $name: Code = Code(Cow::Borrowed($text));)*
            /// Every code of this version of the protocol.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];
        }
    };
}

codes! {
    EMPTY_LINE = "empty-line", "Nothing stands before the LF.";
    NOT_UTF8 = "not-utf8", "The line is not UTF-8.";
    CONTROL_CHARACTER = "control-character", "A control character stands in the line unescaped.";
    BAD_ESCAPE = "bad-escape", "An escape is unknown, cut, or was not needed.";
    BAD_TAG = "bad-tag", "The `@` at the start is not followed by a tag and a verb.";
    UNKNOWN_VERB = "unknown-verb", "There is no such verb.";
    MISSING_FIELD = "missing-field", "The verb wants more, or two spaces stand together.";
    EXTRA_FIELD = "extra-field", "Something stands after the last field.";
    BAD_NAME = "bad-name", "Breaks a rule for names.";
    BAD_ROOM = "bad-room", "Breaks a rule for rooms.";
    BAD_NUMBER = "bad-number", "Not a number of the grammar.";
    BAD_ID = "bad-id", "Not an id of the grammar; only ever found by a client.";
    BAD_CODE = "bad-code", "Not a code of the grammar; only ever found by a client.";
    TEXT_TOO_LONG = "text-too-long", "A text or phrase is over its limit.";
    NAME_FIRST = "name-first", "The verb wants a name, and none was given yet.";
    NAME_TAKEN = "name-taken", "Somebody has that name.";
    NAME_RESERVED = "name-reserved", "Nobody may have that name.";
    NO_SUCH_NAME = "no-such-name", "Nobody on the server has that name.";
    NO_SUCH_ROOM = "no-such-room", "Nobody is in that room.";
    TOO_MANY_ROOMS = "too-many-rooms", "The server takes no more rooms.";
    MUTED = "muted", "The operator lets nobody hear this person.";
    NO_CHANGE = "no-change", "That is the name, room or topic already.";
    MOVED = "moved", "Left for another room.";
    LOST = "lost", "The connection broke.";
    QUIT = "quit", "Asked to leave, or the input ended.";
    KICKED = "kicked", "Thrown out, or kept out, by the operator.";
    LOCKED = "locked", "Nobody new comes in.";
    STOPPING = "stopping", "The server ends.";
    LINE_TOO_LONG = "line-too-long", "More bytes without an LF than a line may have.";
    NAME_LATE = "name-late", "No name was given in time.";
    TOO_MUCH_UNNAMED = "too-much-unnamed", "Too many bytes or lines before a name.";
    DISPLACED = "displaced", "No name yet, and the place was needed for somebody else.";
    FOREIGN_PROTOCOL = "foreign-protocol", "The first bytes are those of HTTP, TLS or SSH.";
    TOO_FAST = "too-fast", "In debt to the rate limit for too long.";
    TOO_SLOW = "too-slow", "Did not read what was sent.";
    TIMED_OUT = "timed-out", "Answered a PING once, and then fell silent.";
    SERVER_FULL = "server-full", "The server takes no more connections.";
    TOO_MANY_CONNECTS = "too-many-connects", "Too many new connections from one address.";
    ENCRYPTED = "encrypted", "The server is encrypted, and its code was not used.";
    NOT_ADMITTED = "not-admitted", "The code was wrong; only ever seen in a log.";
    NO_THREAD = "no-thread", "No thread could be started for the connection.";
}

impl Code {
    /// Parses a code, known or not; `None` if it breaks the grammar.
    pub fn parse(text: &str) -> Option<Code> {
        let is_of_code = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let fits = (1..=32).contains(&text.len()) && text.bytes().all(is_of_code);
        fits.then(|| Code(Cow::Owned(text.to_owned())))
    }

    /// The code as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A fault of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault, for programs.
    pub code: Code,
    /// A lower-case phrase for people: what is wrong and what to do about it.
    pub sentence: String,
    /// The character at fault, counted from 1 over the whole line, if there is one to point at.
    pub column: Option<usize>,
}

impl Fault {
    /// Makes a fault that has no column.
    pub fn new(code: Code, sentence: impl Into<String>) -> Fault {
        Fault {
            code,
            sentence: sentence.into(),
            column: None,
        }
    }

    /// Makes a fault at a column, counted from 1.
    pub fn at(code: Code, column: usize, sentence: impl Into<String>) -> Fault {
        Fault {
            code,
            sentence: sentence.into(),
            column: Some(column),
        }
    }
}

/// The sentence and the column, as `ERROR` carries them.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        self.column
            .map_or(Ok(()), |column| write!(f, " (column {column})"))
    }
}

impl std::error::Error for Fault {}
