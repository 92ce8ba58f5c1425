//! What of other people's text may be shown, and as what.
//!
//! Terminals answer some sequences as if the reader had typed, and obey control characters
//! even as two-byte UTF-8, so nothing that a peer wrote (messages, names, rooms, topics,
//! reasons, errors, titles) reaches a screen but through here. Holds of whatever comes out:
//! no control character, nothing that reorders what stands around it, nothing invisible
//! that could make two texts look the same or a text look empty; printable ASCII is left
//! untouched, and showing a shown text again changes nothing.
//!
//! Ruled out: `char::is_control` as the whole test (it lets the bidirectional overrides and
//! all invisible characters pass); refusing such text (a person who pastes a log would lose
//! the message); dropping what is dangerous without a trace (readers should see that someone
//! tried); allowing only characters known today (new scripts would be unreadable for years).

mod class;
pub mod width;
mod width_table;

use class::{Class, PICTURE_SELECTOR, caret, class, uses_joiners};
use std::borrow::Cow;
use width::{is_emoji, is_spacing_mark, width};

/// Marks and joiners that one character may carry; more climb over the lines above.
const MARKS_PER_BASE_MAX: u8 = 4;
/// Cells from one tab stop to the next, counted from the start of the text or line.
const TAB_CELLS: usize = 4;
/// A dotted circle: what carries a combining mark that has nothing to stand on.
const MARK_BEARER: char = '\u{25cc}';
/// A digit in a box is the digit, the picture selector and this mark.
const KEYCAP: char = '\u{20e3}';
/// What stands for a text of which nothing can be shown.
const EMPTY: &str = "<empty>";
/// What a line break becomes where a whole message takes one line.
const BREAK_IN_PLAIN_LINE: &str = " / ";

/// Where a text will be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message: line breaks are kept, as [`Part::Break`].
    Message,
    /// A name, room, topic or reason within a line: a line break becomes a space.
    Inline,
}

/// A piece of text that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// Shown as it is.
    Text(Cow<'a, str>),
    /// Stands for what may not be shown, such as `^A` or `<RLO>`: shown in reverse where
    /// there are styles, so that nobody can fake it by typing it.
    Marked(Cow<'static, str>),
    /// The rest goes on a new line, indented. Only in a [`Kind::Message`].
    Break,
}

/// What is to be shown for a text, never nothing.
#[must_use]
pub fn parts(text: &str, kind: Kind) -> Vec<Part<'_>> {
    if is_printable_ascii(text) {
        return vec![Part::Text(Cow::Borrowed(text))];
    }
    let mut shown = Shown::new(kind);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        shown.take(c, rest.peek().copied());
    }
    shown.finish()
}

/// A text as one plain line, for output without styles: what may not be shown stands there
/// as `^A` or `<RLO>`, a line break as ` / `.
#[must_use]
pub fn plain_line(text: &str) -> String {
    if is_printable_ascii(text) {
        return text.to_owned();
    }
    let parts = parts(text, Kind::Message);
    parts.iter().map(Part::as_plain).collect()
}

/// Whether showing a text within a line gives exactly itself. Never true of an empty text.
#[must_use]
pub fn shown_unchanged(text: &str) -> bool {
    is_printable_ascii(text)
        || matches!(parts(text, Kind::Inline).as_slice(), [Part::Text(shown)] if shown == text)
}

/// Most texts: one look at their bytes, and no copy. An empty text is not among them.
fn is_printable_ascii(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

impl Part<'_> {
    fn as_plain(&self) -> &str {
        match self {
            Part::Text(text) => text,
            Part::Marked(text) => text,
            Part::Break => BREAK_IN_PLAIN_LINE,
        }
    }
}

/// The text shown so far, and what the next character must know of it.
struct Shown {
    kind: Kind,
    parts: Vec<Part<'static>>,
    /// The text not yet in `parts`.
    run: String,
    /// Cells from the start of the line.
    column: usize,
    /// The last character that was no mark, if a mark may stand on it.
    base: Option<char>,
    /// Marks that `base` carries.
    marks: u8,
    /// The last character of `run`.
    last: Option<char>,
}

impl Shown {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            parts: Vec::new(),
            run: String::new(),
            column: 0,
            base: None,
            marks: 0,
            last: None,
        }
    }

    fn take(&mut self, c: char, next: Option<char>) {
        match class(c) {
            Class::Shown if width(c) == 0 || is_spacing_mark(c) => self.mark(c),
            Class::Shown => self.base(c),
            Class::Break => self.line_break(),
            Class::Tab => self.tab(),
            Class::Return if next == Some('\n') => {}
            Class::Return => self.marked(caret(c)),
            Class::Joiner => self.joiner(c, next),
            Class::PictureSelector => self.picture_selector(next),
            Class::Dropped => {}
            Class::Marked(name) => self.marked(name),
        }
    }

    fn push(&mut self, c: char) {
        self.run.push(c);
        self.column += width(c);
        self.last = Some(c);
    }

    fn base(&mut self, c: char) {
        self.push(c);
        self.base = Some(c);
        self.marks = 0;
    }

    fn mark(&mut self, c: char) {
        if self.base.is_none() {
            self.base(MARK_BEARER);
        }
        if self.marks < MARKS_PER_BASE_MAX {
            self.marks += 1;
            self.push(c);
        }
    }

    fn tab(&mut self) {
        for _ in 0..TAB_CELLS - self.column % TAB_CELLS {
            self.base(' ');
        }
    }

    /// Kept where it can change a shape: between emoji, and in the scripts that use it,
    /// between letters or after a mark (a virama). Elsewhere it is invisible.
    fn joiner(&mut self, c: char, next: Option<char>) {
        let Some((base, last)) = self.base.zip(self.last) else {
            return;
        };
        let next = next.filter(|next| matches!(class(*next), Class::Shown));
        let joins_emoji =
            (is_emoji(last) || last == PICTURE_SELECTOR) && next.is_some_and(is_emoji);
        let follows_mark = self.marks > 0 && width(last) == 0;
        let joins_letters = uses_joiners(base) && (follows_mark || next.is_some_and(uses_joiners));
        let is_first = !matches!(last, '\u{200c}' | '\u{200d}');
        if is_first && (joins_emoji || joins_letters) {
            self.mark(c);
        }
    }

    /// Kept after what would be drawn as a letter without it, and within a boxed digit.
    fn picture_selector(&mut self, next: Option<char>) {
        let boxes = |last: char| matches!(last, '0'..='9' | '#' | '*') && next == Some(KEYCAP);
        let turns = |last: char| is_emoji(last) && width(last) == 1;
        if self.last.is_some_and(|last| boxes(last) || turns(last)) {
            self.push(PICTURE_SELECTOR);
        }
    }

    fn line_break(&mut self) {
        match self.kind {
            Kind::Inline => self.base(' '),
            Kind::Message => {
                self.end_run();
                self.parts.push(Part::Break);
                self.column = 0;
            }
        }
    }

    fn marked(&mut self, name: Cow<'static, str>) {
        self.end_run();
        self.column += name.len();
        self.parts.push(Part::Marked(name));
    }

    fn end_run(&mut self) {
        self.base = None;
        self.last = None;
        if !self.run.is_empty() {
            self.parts
                .push(Part::Text(std::mem::take(&mut self.run).into()));
        }
    }

    fn finish(mut self) -> Vec<Part<'static>> {
        self.end_run();
        if self.parts.is_empty() {
            self.parts.push(Part::Marked(EMPTY.into()));
        }
        self.parts
    }
}

#[cfg(test)]
mod tests;
