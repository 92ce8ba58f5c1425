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
use super::link::link;
use super::style::Style;
use crate::sanitise::Part;
use crate::sanitise::width::{width, width_of};
use std::ops::Range;
use std::rc::Rc;

/// What there is to draw on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pane {
    /// Cells of a row; 0 is taken for 1.
    pub columns: usize,
    /// Cells at the start of the first row that are taken already.
    pub first: usize,
    /// Cells at the start of other rows that stay free; at most half a row.
    pub indent: usize,
    /// Whether it ends at the last column of the screen, over which text can flow.
    pub flows: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins.
    pub column: usize,
    /// Whether the row above flows over into it, without its being placed.
    pub flows: bool,
    /// What stands in it; no two neighbours that look and lead alike.
    pub spans: Vec<Span>,
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it is drawn.
    pub style: Style,
    /// Where it leads.
    pub link: Option<Rc<str>>,
}

impl Row {
    /// What stands in it.
    #[must_use]
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

impl Span {
    /// Text that leads nowhere.
    #[must_use]
    pub fn new(text: String, style: Style) -> Self {
        let link = None;
        Self { text, style, link }
    }
}

/// Wraps sanitised text; never into no row at all. What is marked is drawn in reverse.
#[must_use]
pub fn wrap(parts: &[(Part<'_>, Style)], pane: Pane) -> Vec<Row> {
    let mut rows = Rows::new(pane);
    for (part, style) in parts {
        let (text, style) = match part {
            Part::Text(text) => (&**text, *style),
            Part::Marked(name) => (&**name, style.reversed()),
            Part::Break => {
                rows.end_line();
                rows.begin_row();
                continue;
            }
        };
        clusters(text).for_each(|cluster| rows.take(Cell::new(cluster, style)));
    }
    rows.end_line();
    rows.rows
}

/// A character with its marks.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'a> {
    text: &'a str,
    style: Style,
    width: usize,
}

impl<'a> Cell<'a> {
    pub(crate) fn new(text: &'a str, style: Style) -> Self {
        let width = width_of(text);
        Self { text, style, width }
    }
}

/// The rows so far, the last of which is being filled.
pub(crate) struct Rows<'a> {
    pane: Pane,
    pub(crate) rows: Vec<Row>,
    /// Cells from the left edge of the pane to the end of the last row.
    pub(crate) column: usize,
    /// Spaces that will stand before the next word, if that stays in this row.
    spaces: Vec<Cell<'a>>,
    word: Vec<Cell<'a>>,
    /// Where the next character leads.
    link: Option<Rc<str>>,
    /// Whether the line has no word yet, so that spaces indent it.
    is_line_start: bool,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(pane: Pane) -> Self {
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
            word: Vec::new(),
            link: None,
            is_line_start: true,
        };
        rows.begin(pane.first.min(columns), false);
        rows
    }

    /// Adds a character to the word, or ends it.
    fn take(&mut self, cell: Cell<'a>) {
        if cell.text == " " {
            self.end_word();
            self.spaces.push(cell);
        } else if cell.text.chars().next().is_some_and(|c| width(c) > 1) {
            self.end_word();
            self.word.push(cell);
            self.end_word();
        } else {
            self.word.push(cell);
        }
    }

    /// Puts the word where it fits, or as much of it as does.
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() {
            return;
        }
        if std::mem::take(&mut self.is_line_start) {
            self.put_spaces();
        }
        let width: usize = word.iter().map(|cell| cell.width).sum();
        let whole = self.pane.columns - self.pane.indent;
        let fits = self.spaces.len() + width <= self.left();
        if fits || (width > whole && self.spaces.len() < self.left()) {
            self.put_spaces();
        } else {
            self.begin_row();
        }
        let flows = self.pane.flows && width > whole && word.iter().all(can_flow);
        let link = link_in(&word);
        for (at, cell) in word.into_iter().enumerate() {
            let link = link.as_ref().filter(|(cells, _)| cells.contains(&at));
            self.link = link.map(|(_, address)| Rc::clone(address));
            if flows && self.left() == 0 {
                self.begin(0, true);
            }
            if cell.width <= whole {
                self.put(cell);
            } else {
                // Too wide for any row: between its parts.
                let parts = cell.text.split_inclusive(|_: char| true);
                parts.for_each(|part| self.put(Cell::new(part, cell.style)));
            }
        }
        self.link = None;
    }

    /// Puts a character into the row, or into the next where it finds no room; a row with nothing in it takes any.
    pub(crate) fn put(&mut self, cell: Cell<'_>) {
        let is_blank = self.rows.last().is_some_and(|row| row.spans.is_empty());
        if cell.width > self.left() && !(is_blank && self.column <= self.pane.indent) {
            self.begin_row();
        }
        self.column += cell.width;
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        match row.spans.last_mut() {
            Some(span) if span.style == cell.style && span.link == self.link => {
                span.text.push_str(cell.text);
            }
            _ => row.spans.push(Span {
                link: self.link.clone(),
                ..Span::new(cell.text.to_owned(), cell.style)
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

    pub(crate) fn left(&self) -> usize {
        self.pane.columns.saturating_sub(self.column)
    }

    pub(crate) fn begin_row(&mut self) {
        self.spaces.clear();
        self.begin(self.pane.indent, false);
    }

    fn begin(&mut self, column: usize, flows: bool) {
        self.column = column;
        self.rows.push(Row {
            column,
            flows,
            spans: Vec::new(),
        });
    }

    fn end_line(&mut self) {
        self.end_word();
        self.put_spaces();
        self.is_line_start = true;
    }
}

/// The characters of a word that are a link, and where it leads. What is marked in it may not be what was written.
fn link_in(word: &[Cell<'_>]) -> Option<(Range<usize>, Rc<str>)> {
    let looks_alike = word.windows(2).all(|pair| pair[0].style == pair[1].style);
    if !looks_alike || !word.iter().any(|cell| cell.text == ":") {
        return None;
    }
    let text: String = word.iter().map(|cell| cell.text).collect();
    let (bytes, address) = link(&text)?;
    let mut starts = word.iter().scan(0, |at, cell| {
        *at += cell.text.len();
        Some(*at - cell.text.len())
    });
    let first = starts.position(|at| at == bytes.start)?;
    let more = starts.take_while(|at| *at < bytes.end).count();
    Some((first..first + 1 + more, address.into()))
}

/// Whether a word of such characters can flow over the edge: one cell each, beyond doubt.
fn can_flow(cell: &Cell<'_>) -> bool {
    cell.text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
