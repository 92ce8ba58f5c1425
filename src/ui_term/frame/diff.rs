//! From one frame to the next, in as few words as are safe.

use super::{BLANK, COLUMN_RULE, Cell, Frame, RIGHT_HALF};
use crate::ui_term::escape;
use crate::ui_term::style::Style;
use std::ops::Range;
use std::rc::Rc;

/// What to say to a terminal that shows `old` so that it shows `new`: nothing, or one
/// update. Without `old`, or after a change of size, everything is drawn.
#[must_use]
pub fn diff(old: Option<&Frame>, new: &Frame) -> String {
    let old = old.filter(|old| old.size == new.size);
    let mut pen = Pen {
        out: escape::BEGIN_UPDATE.to_owned(),
        style: Style::PLAIN,
        link: None,
        edge: escape::FLOW_OVER_EDGE,
    };
    if old.is_none() {
        pen.out.push_str(escape::PLAIN);
    }
    let untouched = pen.out.len();
    let mut first = 0;
    while first < new.size.rows {
        let rows = new.rows_of_line(first);
        first = rows.end;
        let is_same = |row: usize| {
            old.is_some_and(|old| {
                old.row(row) == new.row(row) && old.flows.get(row) == new.flows.get(row)
            })
        };
        if !rows.clone().all(is_same) {
            pen.line(new, rows);
        }
    }
    let is_still = old.is_some_and(|old| old.cursor == new.cursor);
    if new.cells.is_empty() || (is_still && pen.out.len() == untouched) {
        return String::new();
    }
    escape::cursor_to(&mut pen.out, new.cursor.row, new.cursor.column);
    pen.out + escape::END_UPDATE
}

/// What has been said so far, and how the terminal now draws.
struct Pen {
    out: String,
    style: Style,
    link: Option<Rc<str>>,
    edge: &'static str,
}

impl Pen {
    /// Draws all rows of a line in one run, over the edge of the screen where no doubt stands there. Where a guess can
    /// be wrong, they are blanked before.
    fn line(&mut self, frame: &Frame, rows: Range<usize>) {
        let is_certain = |cell: Option<&Cell>| cell.is_some_and(Cell::is_certain);
        let is_plain = rows.len() == 1 && frame.row(rows.start).iter().all(Cell::is_certain);
        for row in rows.clone().filter(|_| !is_plain) {
            escape::cursor_to(&mut self.out, row, 0);
            self.out.push_str(escape::CLEAR_TO_END_OF_LINE);
        }
        let last = rows.end - 1;
        let mut flows = false;
        for row in rows {
            let mut cells = frame.row(row);
            if !flows || !is_certain(cells.first()) {
                escape::cursor_to(&mut self.out, row, 0);
            }
            flows = is_certain(cells.iter().rfind(|cell| cell.c != RIGHT_HALF));
            let ends_blank = cells.last() == Some(&BLANK);
            if row == last {
                let end = cells.iter().rposition(|cell| *cell != BLANK);
                cells = cells
                    .get(..end.map_or(0, |end| end + 1))
                    .unwrap_or_default();
            }
            self.cells(cells);
            if is_plain && ends_blank {
                self.out.push_str(escape::CLEAR_TO_END_OF_LINE);
            }
        }
    }

    /// Draws the cells of a row, and goes back to the plain style. From a doubtful one on
    /// nothing can run over the edge but the last cell.
    fn cells(&mut self, cells: &[Cell]) {
        let last = cells.iter().rposition(|cell| cell.c != RIGHT_HALF);
        let flows_on = cells.iter().any(Cell::is_joined);
        let mut is_placed = true;
        let drawn = cells.iter().enumerate();
        for (column, cell) in drawn.filter(|(_, cell)| cell.c != RIGHT_HALF) {
            if !is_placed && (!flows_on || COLUMN_RULE.contains(cell.c)) {
                escape::cursor_to_column(&mut self.out, column);
                is_placed = true;
            }
            is_placed &= cell.is_certain();
            if !is_placed {
                self.edge(escape::STOP_AT_EDGE);
            } else if last == Some(column) {
                self.edge(escape::FLOW_OVER_EDGE);
            }
            self.style(cell.style);
            self.link(cell.link.as_ref());
            cell.write(&mut self.out);
        }
        self.edge(escape::FLOW_OVER_EDGE);
        self.style(Style::PLAIN);
        self.link(None);
    }

    /// Says what is to happen at the right edge, if it is not what happens already.
    fn edge(&mut self, edge: &'static str) {
        if edge != self.edge {
            self.out.push_str(edge);
            self.edge = edge;
        }
    }

    fn link(&mut self, link: Option<&Rc<str>>) {
        if link != self.link.as_ref() {
            escape::link(&mut self.out, link.map(|address| &**address));
            self.link = link.cloned();
        }
    }

    fn style(&mut self, style: Style) {
        if style != self.style {
            style.write(&mut self.out);
            self.style = style;
        }
    }
}
