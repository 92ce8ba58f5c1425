//! The whole screen as a value, and what to say to a terminal to get from one to the next.
//!
//! Holds: nothing is drawn beyond the screen, whatever its size; no control character gets
//! into a cell; the text that [`diff`] gives is one update, which moves nothing but the
//! changed lines. Where terminals disagree about how far a character moves the cursor, the
//! cursor is placed anew behind it, the line is blanked first and cannot run over the edge,
//! so that a wrong guess costs a gap and not the rest of the screen.
//!
//! Ruled out: changed cells only (half the bytes, and the cursor's position after every
//! emoji becomes a guess); blanking the screen (it can be seen).

mod diff;

pub use diff::diff;

use super::cluster::ZERO_WIDTH_JOINER;
use super::style::Style;
use crate::sanitise::width::{is_emoji, is_spacing_mark, width};
use std::ops::Range;
use std::rc::Rc;

/// Rows and columns of a screen; either may be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// From top to bottom.
    pub rows: usize,
    /// From left to right.
    pub columns: usize,
}

/// A cell, counted from 0 at the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// From the top.
    pub row: usize,
    /// From the left.
    pub column: usize,
}

impl Position {
    /// In this row, in this column.
    #[must_use]
    pub const fn at(row: usize, column: usize) -> Self {
        Self { row, column }
    }
}

/// Stands between the columns of a screen.
pub(crate) const COLUMN_RULE: &str = "│";

/// Stands in a cell of which the character to the left takes two.
const RIGHT_HALF: char = '\0';

/// What is wide here is so only in newer versions of Unicode.
const NEWLY_WIDE: Range<char> = '\u{1160}'..'\u{2e80}';

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    c: char,
    /// What few characters carry.
    marks: Option<Box<str>>,
    style: Style,
    /// Where it leads.
    link: Option<Rc<str>>,
}

const BLANK: Cell = Cell {
    c: ' ',
    marks: None,
    style: Style::PLAIN,
    link: None,
};

/// A picture of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    cells: Vec<Cell>,
    /// For each row, whether the one above flows over into it.
    flows: Vec<bool>,
    cursor: Position,
}

impl Frame {
    /// A blank screen with the cursor at the top left.
    #[must_use]
    pub fn blank(size: Size) -> Self {
        Self {
            size,
            cells: vec![BLANK; size.rows * size.columns],
            flows: vec![false; size.rows],
            cursor: Position::default(),
        }
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Where the cursor stands.
    #[must_use]
    pub fn cursor(&self) -> Position {
        self.cursor
    }

    /// Places the cursor, as near as the screen allows.
    pub fn place_cursor(&mut self, position: Position) {
        self.cursor = Position {
            row: position.row.min(self.size.rows.saturating_sub(1)),
            column: position.column.min(self.size.columns.saturating_sub(1)),
        };
    }

    /// Draws text from a position on, to the end of the row at most, and gives the column
    /// behind it. A character that would be cut is not drawn.
    pub fn put(&mut self, position: Position, text: &str, style: Style) -> usize {
        self.put_until(position, self.size.columns, text, style)
    }

    /// Draws text from a position on, up to a column, and gives the column behind it.
    pub fn put_until(&mut self, position: Position, end: usize, text: &str, style: Style) -> usize {
        let end = end.min(self.size.columns);
        let mut column = position.column;
        if position.row >= self.size.rows {
            return column;
        }
        let row = position.row * self.size.columns;
        for c in text.chars().filter(|c| !c.is_control()) {
            match width(c) {
                0 if column > position.column => self.add_mark(row..row + column, c),
                0 => {}
                cells if column + cells > end => break,
                cells => {
                    self.set(row + column, cells, c, style);
                    column += cells;
                }
            }
        }
        column
    }

    /// Lets some cells of a row lead to an address.
    pub fn link(&mut self, row: usize, columns: Range<usize>, address: &Rc<str>) {
        let start = row.saturating_mul(self.size.columns);
        let columns = start + columns.start..start + columns.end.min(self.size.columns);
        for cell in self.cells.get_mut(columns).unwrap_or_default() {
            cell.link = Some(Rc::clone(address));
        }
    }

    /// Joins a row to the one above, the last cell of which must be drawn: the terminal is
    /// to know both as one line, that one has grown too long for a row.
    pub fn flow_from_above(&mut self, row: usize) {
        if row > 0
            && let Some(flows) = self.flows.get_mut(row)
        {
            *flows = true;
        }
    }

    /// Takes all colours away, as people ask for with `NO_COLOR`.
    pub fn drop_colours(&mut self) {
        for cell in &mut self.cells {
            cell.style = cell.style.coloured(None);
        }
    }

    /// The text of a row, blanks at its end left out. Empty beyond the last row.
    #[must_use]
    pub fn text_of(&self, row: usize) -> String {
        let mut text = String::new();
        let cells = self.row(row).iter().filter(|cell| cell.c != RIGHT_HALF);
        cells.for_each(|cell| cell.write(&mut text));
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// Fills one or two cells. What loses a half to them becomes blank.
    fn set(&mut self, at: usize, cells: usize, c: char, style: Style) {
        for (edge, other_half) in [(at, at.wrapping_sub(1)), (at + cells, at + cells)] {
            let cut = self.cells.get(edge).filter(|cell| cell.c == RIGHT_HALF);
            if cut.is_some()
                && let Some(cell) = self.cells.get_mut(other_half)
            {
                (cell.c, cell.marks) = (' ', None);
            }
        }
        let filled = self.cells.iter_mut().skip(at).take(cells);
        for (cell, c) in filled.zip([c, RIGHT_HALF]) {
            *cell = Cell { c, style, ..BLANK };
        }
    }

    /// Adds a mark to the last character of some cells.
    fn add_mark(&mut self, cells: Range<usize>, mark: char) {
        let cells = self.cells.get_mut(cells).unwrap_or_default();
        if let Some(cell) = cells.iter_mut().rfind(|cell| cell.c != RIGHT_HALF) {
            let mut marks = cell.marks.take().unwrap_or_default().into_string();
            marks.push(mark);
            cell.marks = Some(marks.into());
        }
    }

    fn row(&self, row: usize) -> &[Cell] {
        let start = row.saturating_mul(self.size.columns);
        let end = start.saturating_add(self.size.columns);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The rows that one line takes, of which `first` is the first.
    fn rows_of_line(&self, first: usize) -> Range<usize> {
        let below = self.flows.iter().skip(first + 1);
        first..first + 1 + below.take_while(|flows| **flows).count()
    }
}

impl Cell {
    fn write(&self, out: &mut String) {
        out.push(self.c);
        out.push_str(self.marks.as_deref().unwrap_or_default());
    }

    /// Whether a letter is joined to the one behind it. Some terminals then put both into one place, and a row flows as they
    /// show it: placed anew, what is behind would stand off.
    fn is_joined(&self) -> bool {
        let marks = self.marks.as_deref().unwrap_or_default();
        marks.contains(ZERO_WIDTH_JOINER) && !is_emoji(self.c)
    }

    /// Whether all terminals move the cursor as far as we think.
    fn is_certain(&self) -> bool {
        let c = self.c;
        let is_plain = c.is_ascii() || (c < '\u{10000}' && !is_emoji(c) && !is_spacing_mark(c));
        let is_new = NEWLY_WIDE.contains(&c) && width(c) > 1;
        is_plain && !is_new && self.marks.is_none()
    }
}

#[cfg(test)]
mod tests;
