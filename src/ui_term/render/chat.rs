//! The log, the people beside it, and the input line.

use crate::ui_term::frame::{COLUMN_RULE, Frame, Position};
use crate::ui_term::layout::Layout;
use crate::ui_term::look::{FAINT, MINE, fit, of_name};
use crate::ui_term::model::{Model, Reading, Scroll};
use crate::ui_term::rows::rule;
use crate::ui_term::scroll::rows_above;
use crate::ui_term::wrap::Row;
use std::ops::Range;

pub(super) fn draw(frame: &mut Frame, model: &Model, layout: &Layout) {
    let (reading, rows) = (&model.reading, layout.log.clone());
    if reading.is_at_bottom() {
        log(frame, reading, layout, Scroll::Bottom, rows);
    } else {
        let end = rows.start + rows.len().saturating_sub(layout.tail_rows() + 1);
        log(frame, reading, layout, reading.scroll, rows.start..end);
        let words = format!("{} further down, Esc goes there", reading.entries_below());
        let columns = layout.pane.columns;
        draw_row(frame, end..rows.end, &rule(&words, columns), columns);
        log(frame, reading, layout, Scroll::Bottom, end + 1..rows.end);
    }
    if let Some(columns) = &layout.people {
        people(frame, model, layout, columns.clone());
    }
}

fn log(frame: &mut Frame, reading: &Reading, layout: &Layout, scroll: Scroll, rows: Range<usize>) {
    let seen = rows_above(reading, layout, scroll, rows.len());
    for (row, seen) in (rows.end - seen.len()..).zip(&seen) {
        draw_row(frame, row..rows.end, seen, layout.pane.columns);
        // The row above may be out of sight.
        if seen.flows && row > rows.start {
            frame.flow_from_above(row);
        }
    }
}

/// Draws a row of text in the first of these, if there is one.
fn draw_row(frame: &mut Frame, rows: Range<usize>, text: &Row, columns: usize) {
    let mut column = text.column;
    for span in text.spans.iter().filter(|_| !rows.is_empty()) {
        let place = Position::at(rows.start, column);
        column = frame.put_until(place, columns, &span.text, span.style);
        if let Some(address) = &span.link {
            frame.link(place.row, place.column..column, address);
        }
    }
}

/// Who is here. Drawn after the log and placed for itself, so that a character of doubtful
/// width beside it moves nothing.
fn people(frame: &mut Frame, model: &Model, layout: &Layout, columns: Range<usize>) {
    let rows = layout.log.clone();
    let count = model.place.people().count();
    let mut people = model.place.people();
    for row in rows.clone() {
        let (text, style) = match people.next() {
            Some(_) if row + 1 == rows.end && count > rows.len() => {
                let more = count + 1 - rows.len();
                (format!("and {more} more"), FAINT)
            }
            Some(name) => {
                let is_me = model.place.is_me(name);
                let style = if is_me { MINE } else { of_name(name) };
                match model.heard.whispers.iter().find(|(from, _)| from == name) {
                    Some((_, whispers)) => (format!("{whispers}! {name}"), style),
                    None => (name.to_string(), style),
                }
            }
            None => (String::new(), FAINT),
        };
        frame.put(Position::at(row, columns.start), COLUMN_RULE, FAINT);
        let text = fit(&text, columns.len().saturating_sub(2));
        frame.put(Position::at(row, columns.start + 2), &text, style);
    }
}

/// The input, as much of it as has room, the cursor's row always.
pub(super) fn input(frame: &mut Frame, layout: &Layout) {
    let (typing, room) = (&layout.typing, layout.input.len());
    let first = (typing.cursor.row + 1).saturating_sub(room);
    let columns = frame.size().columns;
    for (row, text) in layout.input.clone().zip(typing.rows.iter().skip(first)) {
        draw_row(frame, row..row + 1, text, columns);
    }
    let row = layout.input.start + typing.cursor.row.saturating_sub(first);
    frame.place_cursor(Position::at(row, typing.cursor.column));
}
