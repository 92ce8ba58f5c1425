//! From one frame to the next, in as few words as are safe.

use super::{BLANK, Cell, Frame, Glyph};
use crate::ui_term::escape;
use crate::ui_term::style::Style;
use std::ops::Range;

/// What to say to a terminal that shows `old` so that it shows `new`: nothing, or one
/// update. Without `old`, or after a change of size, everything is drawn.
#[must_use]
pub fn diff(old: Option<&Frame>, new: &Frame) -> String {
    let old = old.filter(|old| old.size == new.size);
    let mut pen = Pen {
        out: String::new(),
        style: Style::PLAIN,
        edge: escape::FLOW_OVER_EDGE,
    };
    pen.out.push_str(escape::BEGIN_UPDATE);
    if old.is_none() {
        pen.out.push_str(escape::PLAIN);
    }
    let untouched = pen.out.len();
    let mut first = 0;
    while first < new.size.rows {
        let rows = new.rows_of_line(first);
        first = rows.end;
        let is_same = |row: usize| old.is_some_and(|old| old.same_row(new, row));
        if !rows.clone().all(is_same) {
            pen.line(new, rows);
        }
    }
    let is_still = old.is_some_and(|old| old.cursor == new.cursor);
    let is_empty = new.cells.is_empty();
    if is_empty || (is_still && pen.out.len() == untouched) {
        return String::new();
    }
    escape::cursor_to(&mut pen.out, new.cursor.row, new.cursor.column);
    pen.out.push_str(escape::END_UPDATE);
    pen.out
}

/// What has been said so far, and how the terminal now draws.
struct Pen {
    out: String,
    style: Style,
    edge: &'static str,
}

impl Pen {
    /// Draws all rows of a line.
    fn line(&mut self, frame: &Frame, rows: Range<usize>) {
        let first = frame.row(rows.start);
        let is_certain = first.iter().all(|cell| cell.glyph.is_certain());
        if rows.len() > 1 || !is_certain {
            self.blank(rows.clone());
            self.flowing(frame, rows);
        } else {
            escape::cursor_to(&mut self.out, rows.start, 0);
            self.cells(without_end_blanks(first));
            if first.last() == Some(&BLANK) {
                self.out.push_str(escape::CLEAR_TO_END_OF_LINE);
            }
        }
    }

    fn blank(&mut self, rows: Range<usize>) {
        for row in rows {
            escape::cursor_to(&mut self.out, row, 0);
            self.out.push_str(escape::CLEAR_TO_END_OF_LINE);
        }
    }

    /// Draws rows in one run, over the edge of the screen where no doubt stands there.
    fn flowing(&mut self, frame: &Frame, rows: Range<usize>) {
        let is_certain = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.glyph.is_certain());
        let mut flows = false;
        let last = rows.end - 1;
        for row in rows {
            let cells = frame.row(row);
            if !flows || !is_certain(cells.first()) {
                escape::cursor_to(&mut self.out, row, 0);
            }
            self.cells(if row == last {
                without_end_blanks(cells)
            } else {
                cells
            });
            flows = is_certain(cells.iter().rfind(|cell| cell.glyph != Glyph::RightHalf));
        }
    }

    /// Draws the cells of a row, and goes back to the plain style. From a doubtful one on
    /// nothing can run over the edge but the last cell.
    fn cells(&mut self, cells: &[Cell]) {
        let last = cells
            .iter()
            .rposition(|cell| cell.glyph != Glyph::RightHalf);
        let mut is_placed = true;
        for (column, cell) in cells.iter().enumerate() {
            if cell.glyph == Glyph::RightHalf {
                continue;
            }
            if !is_placed {
                escape::cursor_to_column(&mut self.out, column);
            }
            is_placed = cell.glyph.is_certain();
            match is_placed {
                false => self.edge(escape::STOP_AT_EDGE),
                true if last == Some(column) => self.edge(escape::FLOW_OVER_EDGE),
                true => {}
            }
            self.style(cell.style);
            cell.glyph.write(&mut self.out);
        }
        self.edge(escape::FLOW_OVER_EDGE);
        self.style(Style::PLAIN);
    }

    /// Says what is to happen at the right edge, if it is not what happens already.
    fn edge(&mut self, edge: &'static str) {
        if edge != self.edge {
            self.out.push_str(edge);
            self.edge = edge;
        }
    }

    fn style(&mut self, style: Style) {
        if style != self.style {
            style.write(&mut self.out);
            self.style = style;
        }
    }
}

fn without_end_blanks(cells: &[Cell]) -> &[Cell] {
    let len = cells
        .iter()
        .rposition(|cell| *cell != BLANK)
        .map_or(0, |last| last + 1);
    cells.get(..len).unwrap_or_default()
}
