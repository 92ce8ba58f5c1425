//! The form that all lines share: an optional tag, a verb, fields, and a text at the end.

use std::fmt;
use std::sync::Arc;

use super::escape::{is_control, is_plain, raw_control};
use super::fault::{Code, Fault};
use super::number;
use super::text::{Phrase, Words};
use super::{Id, LINE_BYTES_MAX, Name, NameError, Room, TAG_CHARS_MAX, UnixMs};

/// What a client puts before a request to know its answer by: 1 to 32 of letters, digits and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Arc<str>);

impl Tag {
    /// Parses a tag, without its `@`; `None` where it breaks the grammar.
    pub fn parse(text: &str) -> Option<Tag> {
        let fits = (1..=TAG_CHARS_MAX).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            .then(|| Tag(text.into()))
    }

    /// The tag of a line that is not read further: its sender waits for the answer that carries it.
    pub(super) fn leading(line: &str) -> Option<Tag> {
        let (tag, _) = line.strip_prefix('@')?.split_once(' ')?;
        Tag::parse(tag)
    }

    /// The tag, without its `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something that may stand behind a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged<T> {
    /// The tag, where there is one.
    pub tag: Option<Tag>,
    /// What it stands before.
    pub body: T,
}

impl<T> Tagged<T> {
    /// Without a tag.
    pub fn bare(body: T) -> Tagged<T> {
        Tagged { tag: None, body }
    }
}

/// Appends `@tag ` where there is a tag.
pub fn push_tag(tag: Option<&Tag>, out: &mut Vec<u8>) {
    if let Some(tag) = tag {
        out.push(b'@');
        out.extend_from_slice(tag.0.as_bytes());
        out.push(b' ');
    }
}

/// Appends a verb and its fields.
pub(super) fn push(out: &mut Vec<u8>, verb: &str, fields: &[&str]) {
    out.extend_from_slice(verb.as_bytes());
    for field in fields {
        out.push(b' ');
        out.extend_from_slice(field.as_bytes());
    }
}

/// The same with a phrase at the end, where there is one.
pub(super) fn push_with(out: &mut Vec<u8>, verb: &str, fields: &[&str], phrase: Option<&Phrase>) {
    push(out, verb, fields);
    if let Some(phrase) = phrase {
        push(out, "", &[phrase.written()]);
    }
}

/// A line that is being taken apart from the left.
pub(super) struct Fields<'a> {
    line: &'a str,
    /// What is left, behind its space; `None` where the line has ended.
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Takes a line without its end.
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
        Ok(Fields {
            line,
            rest: Some(line),
        })
    }

    /// The tag, where the line begins with `@`.
    pub(super) fn tag(&mut self) -> Result<Option<Tag>, Fault> {
        let Some(marked) = self.line.strip_prefix('@') else {
            return Ok(None);
        };
        let (text, rest) = marked.split_once(' ').ok_or_else(|| bad_tag(self.line))?;
        let tag = Tag::parse(text).ok_or_else(|| bad_tag(self.line))?;
        self.rest = Some(rest);
        Ok(Some(tag))
    }

    /// All that is left, as it stands.
    pub(super) fn rest(&self) -> &'a str {
        self.rest.unwrap_or_default()
    }

    /// Is anything left?
    pub(super) fn more(&self) -> bool {
        self.rest.is_some()
    }

    /// The next word.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, Fault> {
        let rest = self
            .rest
            .ok_or_else(|| self.missing(self.line.chars().count() + 1, what))?;
        let (word, rest) = rest
            .split_once(' ')
            .map_or((rest, None), |(word, rest)| (word, Some(rest)));
        if word.is_empty() {
            return Err(self.missing(self.column(word), what));
        }
        self.rest = rest;
        Ok(word)
    }

    fn missing(&self, column: usize, what: &str) -> Fault {
        Fault::at(
            Code::MISSING_FIELD,
            column,
            format!("{what} is missing here; one space stands between two fields"),
        )
    }

    /// The text that ends the line.
    pub(super) fn text<const MAX: usize>(&mut self, what: &str) -> Result<Words<MAX>, Fault> {
        let rest = self
            .rest
            .take()
            .ok_or_else(|| self.missing(self.line.chars().count() + 1, what))?;
        Words::decode(rest).map_err(|mut fault| {
            if fault.code == Code::MISSING_FIELD {
                return self.missing(self.column(rest), what);
            }
            fault.column = Some(fault.column.unwrap_or(1) + self.column(rest) - 1);
            fault
        })
    }

    /// The text that ends the line, where it goes on.
    pub(super) fn text_if_more<const MAX: usize>(
        &mut self,
        what: &str,
    ) -> Result<Option<Words<MAX>>, Fault> {
        if self.more() {
            self.text(what).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A person's name.
    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        self.parsed("a name", |word| {
            Name::parse(word).map_err(|why| name_fault(Code::BAD_NAME, why))
        })
    }

    /// A room's name.
    pub(super) fn room(&mut self) -> Result<Room, Fault> {
        self.parsed("a room", |word| {
            Room::parse(word).map_err(|why| name_fault(Code::BAD_ROOM, why))
        })
    }

    /// A room, or `*`.
    pub(super) fn room_or_star(&mut self) -> Result<Option<Room>, Fault> {
        self.parsed("a room", |word| match word {
            "*" => Ok(None),
            _ => Room::parse(word)
                .map(Some)
                .map_err(|why| name_fault(Code::BAD_ROOM, why)),
        })
    }

    /// The `*` of an event that has no room.
    pub(super) fn star(&mut self) -> Result<(), Fault> {
        self.parsed("*", |word| match word {
            "*" => Ok(()),
            _ => Err(Fault::new(
                Code::BAD_ROOM,
                "this has no room, * stands here",
            )),
        })
    }

    pub(super) fn number(&mut self) -> Result<u64, Fault> {
        const GRAMMAR: &str =
            "a number is written in the digits 0 to 9, without sign or leading zero";
        self.parsed("a number", |word| {
            number::parse(word).ok_or_else(|| Fault::new(Code::BAD_NUMBER, GRAMMAR))
        })
    }

    pub(super) fn id(&mut self) -> Result<Id, Fault> {
        self.parsed("an id", |word| {
            Id::parse(word).ok_or_else(|| Fault::new(Code::BAD_ID, "an id is boot.count"))
        })
    }

    pub(super) fn time(&mut self) -> Result<UnixMs, Fault> {
        self.number().map(UnixMs)
    }

    pub(super) fn code(&mut self) -> Result<Code, Fault> {
        self.parsed("a code", |word| {
            Code::parse(word)
                .ok_or_else(|| Fault::new(Code::BAD_CODE, "a code is 1 to 32 of a-z, 0-9 and -"))
        })
    }

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

    /// Nothing may be left.
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

    /// Where a part of the line stands, in characters counted from 1.
    fn column(&self, part: &str) -> usize {
        let bytes = part.as_ptr().addr() - self.line.as_ptr().addr();
        self.line.get(..bytes).unwrap_or_default().chars().count() + 1
    }
}

fn name_fault(code: Code, why: NameError) -> Fault {
    let sentence = why.to_string();
    let sentence = if code == Code::BAD_ROOM {
        sentence.replacen("a name", "a room's name", 1)
    } else {
        sentence
    };
    Fault::new(code, sentence)
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
