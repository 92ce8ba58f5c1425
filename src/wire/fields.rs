//! The fields of a line: reading them from the left, writing them, and [`verbs!`], the table of a kind of line.
//!
//! One space stands between two fields, no field is empty, and a text is the last one and takes all the rest.
//! Every fault found here points at the column where its field begins.
//!
//! Ruled out: splitting a line into a list of fields first, which would allocate; and a list of verbs to read beside
//! a list of verbs to write, since the two can disagree.

use super::fault::{Code, Fault};
use super::line::Tag;
use super::name::{Id, Name, Room, UnixMs};
use super::text::{Words, is_control, is_plain, parse_number, push_number, raw_control};
use super::{LINE_BYTES_MAX, TAG_CHARS_MAX};

/// Defines the verbs of one kind of line, a row each. This one says how `SAY` is spelled, what `HELP` says of it (for
/// requests only), how its fields are read, and how they are written:
///
/// ```text
/// "SAY", "SAY text: say it to everyone in the room",
///     |f| Request::Say(f.text("a text")?), Request::Say(text) => [text];
/// ```
///
/// The rows become a table, `VERBS`, in which `decode` looks a spelling up, and a `match` for `encode`. The `match` is
/// exhaustive, so a variant without a row does not compile, and of one with two the compiler warns. A variant that
/// wraps another kind of line comes last, behind `else`.
macro_rules! verbs {
    (
        $type:ident: $row:ty;
        $($verb:literal $(, $help:literal)?, |$fields:ident| $read:expr, $value:pat => [$($field:expr),*];)*
        $(else $other:pat => $line:ident.$encode:ident;)?
    ) => {
        impl $type {
            const VERBS: &[$row] = &[$(($verb, $($help,)? |$fields| Ok($read))),*];

            /// Appends the verb, the fields of `stamp`, those of the row, and the LF.
            fn push_line(&self, stamp: &[&dyn Field], out: &mut Vec<u8>) {
                match self {
                    $($value => {
                        out.extend_from_slice($verb.as_bytes());
                        stamp.iter().for_each(|field| field.push(out));
                        $($field.push(out);)*
                    })*
                    $($other => return $line.$encode(out),)?
                }
                out.push(b'\n');
            }
        }
    };
}
pub(super) use verbs;

/// Reads the fields behind a verb.
pub(super) type Read<T> = fn(&mut Fields<'_>) -> Result<T, Fault>;

/// A value that is a field of a line.
pub(super) trait Field {
    /// Appends a space and the field; nothing if the field is left out.
    fn push(&self, out: &mut Vec<u8>);
}

impl Field for str {
    fn push(&self, out: &mut Vec<u8>) {
        out.push(b' ');
        out.extend_from_slice(self.as_bytes());
    }
}

impl Field for Name {
    fn push(&self, out: &mut Vec<u8>) {
        self.as_str().push(out);
    }
}

impl Field for Room {
    fn push(&self, out: &mut Vec<u8>) {
        self.as_str().push(out);
    }
}

impl Field for Code {
    fn push(&self, out: &mut Vec<u8>) {
        self.as_str().push(out);
    }
}

impl<const MAX: usize> Field for Words<MAX> {
    fn push(&self, out: &mut Vec<u8>) {
        self.written().push(out);
    }
}

impl Field for u64 {
    fn push(&self, out: &mut Vec<u8>) {
        out.push(b' ');
        push_number(*self, out);
    }
}

impl Field for UnixMs {
    fn push(&self, out: &mut Vec<u8>) {
        self.0.push(out);
    }
}

impl Field for Id {
    fn push(&self, out: &mut Vec<u8>) {
        self.boot.as_str().push(out);
        out.push(b'.');
        push_number(self.count, out);
    }
}

impl<T: Field> Field for Option<T> {
    fn push(&self, out: &mut Vec<u8>) {
        if let Some(field) = self {
            field.push(out);
        }
    }
}

/// A line that is being read from the left.
pub(super) struct Fields<'a> {
    line: &'a str,
    /// What is left, behind its space; `None` at the end of the line.
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Begins to read a line, which comes without its LF.
    ///
    /// # Errors
    /// [`Code::CONTROL_CHARACTER`], [`Code::LINE_TOO_LONG`].
    pub(super) fn of(line: &'a str) -> Result<Fields<'a>, Fault> {
        if line.len() >= LINE_BYTES_MAX {
            return Err(Fault::new(Code::LINE_TOO_LONG, "the line is too long"));
        }
        if !is_plain(line.as_bytes())
            && let Some((index, c)) = line.chars().enumerate().find(|&(_, c)| is_control(c))
        {
            return Err(raw_control(c, index + 1));
        }
        let rest = Some(line);
        Ok(Fields { line, rest })
    }

    /// Reads the tag, if the line begins with `@`.
    pub(super) fn tag(&mut self) -> Result<Option<Tag>, Fault> {
        let Some(marked) = self.line.strip_prefix('@') else {
            return Ok(None);
        };
        let (text, rest) = marked.split_once(' ').ok_or_else(|| bad_tag(self.line))?;
        let tag = Tag::parse(text).ok_or_else(|| bad_tag(self.line))?;
        self.rest = Some(rest);
        Ok(Some(tag))
    }

    /// What is left, as it stands.
    pub(super) fn rest(&self) -> &'a str {
        self.rest.unwrap_or_default()
    }

    /// Reads the next word.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, Fault> {
        let rest = self.rest.ok_or_else(|| self.missing(None, what))?;
        let (word, rest) = rest
            .split_once(' ')
            .map_or((rest, None), |(word, rest)| (word, Some(rest)));
        if word.is_empty() {
            return Err(self.missing(Some(word), what));
        }
        self.rest = rest;
        Ok(word)
    }

    /// The fault of a field that is empty or, behind the end of the line, not there.
    fn missing(&self, empty: Option<&str>, what: &str) -> Fault {
        let end = self.line.chars().count() + 1;
        Fault::at(
            Code::MISSING_FIELD,
            empty.map_or(end, |field| self.column(field)),
            format!("{what} is missing here; one space stands between two fields"),
        )
    }

    /// Reads the text that ends the line.
    pub(super) fn text<const MAX: usize>(&mut self, what: &str) -> Result<Words<MAX>, Fault> {
        let rest = self.rest.take();
        let rest = rest.ok_or_else(|| self.missing(None, what))?;
        Words::decode(rest).map_err(|mut fault| {
            if fault.code == Code::MISSING_FIELD {
                return self.missing(Some(rest), what);
            }
            fault.column = Some(fault.column.unwrap_or(1) + self.column(rest) - 1);
            fault
        })
    }

    /// Reads a field that may be left out, if the line goes on.
    pub(super) fn if_more<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        self.rest.map(|_| read(self)).transpose()
    }

    /// Reads the name of a person.
    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        self.parsed("a name", Name::parse)
    }

    /// Reads the name of a room.
    pub(super) fn room(&mut self) -> Result<Room, Fault> {
        self.parsed("a room", Room::parse)
    }

    /// Reads the name of a room, or `*`.
    pub(super) fn room_or_star(&mut self) -> Result<Option<Room>, Fault> {
        self.parsed("a room", |word| {
            let room = (word != "*").then(|| Room::parse(word));
            room.transpose()
        })
    }

    /// Reads the `*` of an event that has no room.
    pub(super) fn star(&mut self) -> Result<(), Fault> {
        const NO_ROOM: &str = "this has no room, * stands here";
        self.parsed("*", |word| {
            (word == "*")
                .then_some(())
                .ok_or_else(|| Fault::new(Code::BAD_ROOM, NO_ROOM))
        })
    }

    /// Reads a number.
    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        const GRAMMAR: &str =
            "a number is written in the digits 0 to 9, without sign or leading zero";
        self.parsed("a number", |word| {
            parse_number(word).ok_or_else(|| Fault::new(Code::BAD_NUMBER, GRAMMAR))
        })
    }

    /// Reads the id of an event.
    pub(super) fn id(&mut self) -> Result<Id, Fault> {
        self.parsed("an id", |word| {
            Id::parse(word).ok_or_else(|| Fault::new(Code::BAD_ID, "an id is boot.count"))
        })
    }

    /// Reads the code of an error, or of why somebody left.
    pub(super) fn code(&mut self) -> Result<Code, Fault> {
        const GRAMMAR: &str = "a code is 1 to 32 of a-z, 0-9 and -";
        self.parsed("a code", |word| {
            Code::parse(word).ok_or_else(|| Fault::new(Code::BAD_CODE, GRAMMAR))
        })
    }

    /// Reads a word and parses it; a fault gets the word's column.
    fn parsed<T>(
        &mut self,
        what: &str,
        parse: impl FnOnce(&'a str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let word = self.word(what)?;
        parse(word).map_err(|fault| Fault {
            column: Some(self.column(word)),
            ..fault
        })
    }

    /// Checks that nothing is left. A `match`, since `map_or` made the decoding of a SAY about a sixth slower.
    pub(super) fn end(&self) -> Result<(), Fault> {
        match self.rest {
            None => Ok(()),
            Some(rest) => Err(Fault::at(
                Code::EXTRA_FIELD,
                self.column(rest),
                "the line should have ended before this",
            )),
        }
    }

    /// The column where a part of the line stands, in characters counted from 1.
    fn column(&self, part: &str) -> usize {
        let bytes = part.as_ptr().addr() - self.line.as_ptr().addr();
        self.line.get(..bytes).unwrap_or_default().chars().count() + 1
    }
}

fn bad_tag(line: &str) -> Fault {
    let shown: String = line.chars().take(20).collect();
    Fault::at(
        Code::BAD_TAG,
        2,
        format!(
            "a tag is 1 to {TAG_CHARS_MAX} letters, digits or hyphens, and a verb follows it; to say it, SAY {shown}"
        ),
    )
}
