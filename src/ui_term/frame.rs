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

use super::style::Style;
use crate::sanitise::width::{is_emoji, width};
use std::ops::Range;

/// Rows and columns of a screen; either may be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// From top to bottom.
    pub rows: usize,
    /// From left to right.
    pub columns: usize,
}

/// A cell, counted from 0 at the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// From the top.
    pub row: usize,
    /// From the left.
    pub column: usize,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Glyph {
    Char(char),
    /// A character and its marks.
    Marked(Box<str>),
    /// Nothing: the character to the left takes two cells.
    RightHalf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    glyph: Glyph,
    style: Style,
}

const BLANK: Cell = Cell {
    glyph: Glyph::Char(' '),
    style: Style::PLAIN,
};

/// A picture of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    cells: Vec<Cell>,
    /// For each row, how it is joined to the one above.
    joints: Vec<Joint>,
    cursor: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Apart,
    Flowing,
}

impl Frame {
    /// A blank screen with the cursor at the top left.
    #[must_use]
    pub fn blank(size: Size) -> Self {
        Self {
            size,
            cells: vec![BLANK; size.rows * size.columns],
            joints: vec![Joint::Apart; size.rows],
            cursor: Place::default(),
        }
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// Where the cursor stands.
    #[must_use]
    pub fn cursor(&self) -> Place {
        self.cursor
    }

    /// Places the cursor, as near as the screen allows.
    pub fn place_cursor(&mut self, place: Place) {
        self.cursor = Place {
            row: place.row.min(self.size.rows.saturating_sub(1)),
            column: place.column.min(self.size.columns.saturating_sub(1)),
        };
    }

    /// Draws text from a place on, to the end of the row at most, and gives the column
    /// behind it. A character that would be cut is not drawn.
    pub fn put(&mut self, place: Place, text: &str, style: Style) -> usize {
        self.put_until(place, self.size.columns, text, style)
    }

    /// Draws text from a place on, up to a column, and gives the column behind it.
    pub fn put_until(&mut self, place: Place, end: usize, text: &str, style: Style) -> usize {
        let end = end.min(self.size.columns);
        let mut column = place.column;
        if place.row >= self.size.rows {
            return column;
        }
        let row = place.row * self.size.columns;
        for c in text.chars().filter(|c| !c.is_control()) {
            match width(c) {
                0 if column > place.column => self.add_mark(row..row + column, c),
                0 => {}
                cells if column + cells > end => break,
                cells => {
                    self.set(
                        row + column,
                        cells,
                        Cell {
                            glyph: Glyph::Char(c),
                            style,
                        },
                    );
                    column += cells;
                }
            }
        }
        column
    }

    /// Joins a row to the one above, the last cell of which must be drawn: the terminal is
    /// to know both as one line, that one has grown too long for a row.
    pub fn flow_from_above(&mut self, row: usize) {
        if row > 0
            && let Some(joint) = self.joints.get_mut(row)
        {
            *joint = Joint::Flowing;
        }
    }

    /// The text of a row, blanks at its end left out. Empty beyond the last row.
    #[must_use]
    pub fn text_of(&self, row: usize) -> String {
        let mut text = String::new();
        for cell in self.row(row) {
            cell.glyph.write(&mut text);
        }
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// Fills one or two cells. What loses a half to them becomes blank.
    fn set(&mut self, at: usize, cells: usize, cell: Cell) {
        self.blank_half(at.checked_sub(1), at);
        self.blank_half(Some(at + cells), at + cells);
        if let Some(filled) = self.cells.get_mut(at..at + cells) {
            let style = cell.style;
            filled.fill(Cell {
                glyph: Glyph::RightHalf,
                style,
            });
            if let Some(first) = filled.first_mut() {
                *first = cell;
            }
        }
    }

    /// Blanks a cell if a wide character stands across the edge on its right or in it.
    fn blank_half(&mut self, remaining: Option<usize>, edge: usize) {
        let is_cut = self
            .cells
            .get(edge)
            .is_some_and(|cell| cell.glyph == Glyph::RightHalf);
        if is_cut && let Some(cell) = remaining.and_then(|at| self.cells.get_mut(at)) {
            cell.glyph = Glyph::Char(' ');
        }
    }

    /// Adds a mark to the last character of some cells.
    fn add_mark(&mut self, cells: Range<usize>, mark: char) {
        let cells = self.cells.get_mut(cells).unwrap_or_default();
        let last = cells
            .iter_mut()
            .rfind(|cell| cell.glyph != Glyph::RightHalf);
        if let Some(cell) = last {
            let mut text = String::new();
            cell.glyph.write(&mut text);
            text.push(mark);
            cell.glyph = Glyph::Marked(text.into());
        }
    }

    fn row(&self, row: usize) -> &[Cell] {
        let start = row.saturating_mul(self.size.columns);
        let end = start.saturating_add(self.size.columns);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The rows that one line takes, of which `first` is the first.
    fn rows_of_line(&self, first: usize) -> Range<usize> {
        let below = self.joints.get(first + 1..).unwrap_or_default();
        let flowing = below.iter().take_while(|joint| **joint == Joint::Flowing);
        first..first + 1 + flowing.count()
    }

    fn same_row(&self, other: &Self, row: usize) -> bool {
        self.row(row) == other.row(row) && self.joints.get(row) == other.joints.get(row)
    }
}

impl Glyph {
    fn write(&self, out: &mut String) {
        match self {
            Self::Char(c) => out.push(*c),
            Self::Marked(text) => out.push_str(text),
            Self::RightHalf => {}
        }
    }

    /// Whether all terminals move the cursor as far as we think.
    fn is_certain(&self) -> bool {
        match self {
            Self::Char(c) => c.is_ascii() || (*c < '\u{10000}' && !is_emoji(*c)),
            Self::Marked(_) => false,
            Self::RightHalf => true,
        }
    }
}

#[cfg(test)]
mod tests;
