//! A message in rows of a given width.
//!
//! Holds: every character but spaces at the end of a row comes out, once and in order; each
//! row but one holding a single too wide character fits; there is progress in a pane of one
//! column, where it is easy to hang.
//!
//! A long word of printable ASCII (a URL, a checksum) flows over the edge of the screen
//! without being placed anew, so that a terminal knows its rows as one and copies it whole.
//! Such a row begins in column 0 with a letter, digit or sign of ASCII; every other row is
//! indented. So a line of the program's own can be told by a mark in column 0 that is not
//! ASCII.
//!
//! Ruled out: the line breaking of UAX #14 (tables larger than the rest of the program, for
//! hyphens and dashes); between wide characters a row may break anywhere.

use super::cluster::clusters;
use super::style::Style;
use crate::sanitise::Part;
use crate::sanitise::width::{width, width_of};

/// A piece of what is to be wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Sanitised text.
    Text(&'a str, Style),
    /// What follows begins a row.
    Break,
}

/// The pieces of a sanitised message; what is marked is drawn in reverse.
#[must_use]
pub fn pieces<'a>(parts: &'a [Part<'_>], style: Style) -> Vec<Piece<'a>> {
    let piece = |part: &'a Part<'_>| match part {
        Part::Text(text) => Piece::Text(text, style),
        Part::Marked(name) => Piece::Text(name, style.reversed()),
        Part::Break => Piece::Break,
    };
    parts.iter().map(piece).collect()
}

/// What there is to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pane {
    /// Cells of a row; 0 is taken for 1.
    pub columns: usize,
    /// Cells at the start of the first row that are taken already.
    pub first: usize,
    /// Cells at the start of other rows that stay free; at most half a row.
    pub indent: usize,
    /// What is to the right of it.
    pub edge: Edge,
}

/// What a pane ends at on its right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The last column of the screen, over which text can flow.
    Screen,
    /// Something else on the screen.
    Other,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins.
    pub begins: Begins,
    /// What stands in it; no two neighbours of one style.
    pub spans: Vec<Span>,
}

/// Where a row begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// In this column.
    At(usize),
    /// In column 0, without being placed: the row above flows over into it.
    Flowing,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it is drawn.
    pub style: Style,
}

/// Wraps a message; never into no row at all.
#[must_use]
pub fn wrap(pieces: &[Piece<'_>], pane: Pane) -> Vec<Row> {
    let mut rows = Rows::new(pane);
    let mut word = Vec::new();
    for piece in pieces {
        match *piece {
            Piece::Break => {
                rows.word(&mut word);
                rows.line_break();
            }
            Piece::Text(text, style) => {
                for cluster in clusters(text) {
                    rows.take(&mut word, Cell::new(cluster, style));
                }
            }
        }
    }
    rows.word(&mut word);
    rows.end_line();
    rows.rows
}

/// A character with its marks.
#[derive(Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    style: Style,
    width: usize,
}

impl<'a> Cell<'a> {
    fn new(text: &'a str, style: Style) -> Self {
        let width = width_of(text);
        Self { text, style, width }
    }
}

/// The rows so far, the last of which is being filled.
struct Rows<'a> {
    pane: Pane,
    rows: Vec<Row>,
    /// Cells from the left edge of the pane to the end of the last row.
    column: usize,
    /// Spaces that will stand before the next word, if that stays in this row.
    spaces: Vec<Cell<'a>>,
    /// Whether the line has no word yet, so that spaces indent it.
    is_line_start: bool,
}

impl<'a> Rows<'a> {
    fn new(pane: Pane) -> Self {
        let columns = pane.columns.max(1);
        let indent = pane.indent.min(columns / 2);
        let mut rows = Self {
            pane: Pane {
                columns,
                indent,
                ..pane
            },
            rows: Vec::new(),
            column: 0,
            spaces: Vec::new(),
            is_line_start: true,
        };
        rows.begin(Begins::At(pane.first.min(columns)));
        rows
    }

    /// Adds a character to the word, or ends it.
    fn take(&mut self, word: &mut Vec<Cell<'a>>, cell: Cell<'a>) {
        if cell.text == " " {
            self.word(word);
            self.spaces.push(cell);
        } else if cell.width > 1 {
            self.word(word);
            word.push(cell);
            self.word(word);
        } else {
            word.push(cell);
        }
    }

    /// Puts a word where it fits, or as much of it as does.
    fn word(&mut self, word: &mut Vec<Cell<'a>>) {
        if word.is_empty() {
            return;
        }
        if self.is_line_start {
            self.put_spaces();
        }
        let width: usize = word.iter().map(|cell| cell.width).sum();
        let whole = self.pane.columns - self.pane.indent;
        if self.spaces.len() + width <= self.left() {
            self.put_spaces();
            word.drain(..).for_each(|cell| self.put(cell));
        } else if width <= whole {
            self.begin_row();
            word.drain(..).for_each(|cell| self.put(cell));
        } else if self.pane.edge == Edge::Screen && word.iter().all(flows) {
            self.flow(word);
        } else {
            self.cut(word, whole);
        }
        self.is_line_start = false;
    }

    /// Lets a word run over the edge of the screen, as often as it takes.
    fn flow(&mut self, word: &mut Vec<Cell<'a>>) {
        if self.spaces.len() < self.left() {
            self.put_spaces();
        } else {
            self.begin_row();
        }
        for cell in word.drain(..) {
            if self.left() == 0 {
                self.begin(Begins::Flowing);
            }
            self.put(cell);
        }
    }

    /// Cuts a word wherever a row ends, and a character too wide for any row between its parts.
    fn cut(&mut self, word: &mut Vec<Cell<'a>>, whole: usize) {
        if self.spaces.len() < self.left() {
            self.put_spaces();
        }
        for cell in word.drain(..) {
            if cell.width <= whole {
                self.put_in_row(cell);
            } else {
                parts_of(cell).for_each(|part| self.put_in_row(part));
            }
        }
    }

    fn put_in_row(&mut self, cell: Cell<'a>) {
        let is_blank = self.rows.last().is_some_and(|row| row.spans.is_empty());
        let is_fresh = is_blank && self.column <= self.pane.indent;
        if cell.width > self.left() && !is_fresh {
            self.begin_row();
        }
        self.put(cell);
    }

    fn put(&mut self, cell: Cell<'a>) {
        self.column += cell.width;
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        match row.spans.last_mut() {
            Some(span) if span.style == cell.style => span.text.push_str(cell.text),
            _ => row.spans.push(Span {
                text: cell.text.to_owned(),
                style: cell.style,
            }),
        }
    }

    /// Puts the waiting spaces; those beyond the row are not seen.
    fn put_spaces(&mut self) {
        for space in std::mem::take(&mut self.spaces) {
            if self.left() > 0 {
                self.put(space);
            }
        }
    }

    fn left(&self) -> usize {
        self.pane.columns.saturating_sub(self.column)
    }

    fn begin_row(&mut self) {
        self.spaces.clear();
        self.begin(Begins::At(self.pane.indent));
    }

    fn begin(&mut self, begins: Begins) {
        self.column = match begins {
            Begins::At(column) => column,
            Begins::Flowing => 0,
        };
        self.rows.push(Row {
            begins,
            spans: Vec::new(),
        });
    }

    fn end_line(&mut self) {
        self.put_spaces();
        self.is_line_start = true;
    }

    fn line_break(&mut self) {
        self.end_line();
        self.begin_row();
    }
}

/// Whether a word of such characters can flow over the edge: one cell each, beyond doubt.
fn flows(cell: &Cell<'_>) -> bool {
    cell.text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The characters of a cluster, each with the marks behind it.
fn parts_of(cell: Cell<'_>) -> impl Iterator<Item = Cell<'_>> {
    let mut rest = cell.text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        chars.next()?;
        let end = chars
            .find(|(_, c)| width(*c) > 0)
            .map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(Cell::new(part, cell.style))
    })
}

#[cfg(test)]
mod tests;
