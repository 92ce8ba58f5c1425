//! The log, the people beside it, and the input line.

use crate::sanitise::width::width_of;
use crate::ui_term::frame::{Frame, Place};
use crate::ui_term::layout::Layout;
use crate::ui_term::look::{Part, fit, style};
use crate::ui_term::model::{Model, Scroll};
use crate::ui_term::rows::LogRow;
use crate::ui_term::scroll::{entries_below, rows_above};
use crate::ui_term::typing::Typing;
use crate::ui_term::wrap::{Begins, Row};
use std::ops::Range;

pub(super) fn draw(frame: &mut Frame, model: &Model, layout: &Layout) {
    match model.scroll {
        Scroll::Bottom => log(frame, model, layout, Scroll::Bottom, layout.log.clone()),
        scroll => {
            let tail = layout.tail_rows();
            let rule = layout
                .log
                .end
                .saturating_sub(tail + 1)
                .max(layout.log.start);
            log(frame, model, layout, scroll, layout.log.start..rule);
            if layout.log.contains(&rule) {
                let words = format!("{} further down, Esc goes there", entries_below(model));
                self::rule(frame, model, layout, rule, &words);
                let tail = (rule + 1).min(layout.log.end)..layout.log.end;
                log(frame, model, layout, Scroll::Bottom, tail);
            }
        }
    }
    if let Some(columns) = &layout.people {
        people(frame, model, layout, columns.clone());
    }
}

fn log(frame: &mut Frame, model: &Model, layout: &Layout, scroll: Scroll, rows: Range<usize>) {
    let seen = rows_above(model, layout, scroll, rows.len());
    let first = rows.end - seen.len();
    for (row, seen) in (first..).zip(&seen) {
        match seen {
            LogRow::Rule(words) => rule(frame, model, layout, row, words),
            LogRow::First(gutter, look, text) => {
                frame.put(Place { row, column: 0 }, gutter, *look);
                log_row(frame, layout, row, text, rows.start);
            }
            LogRow::Other(text) => log_row(frame, layout, row, text, rows.start),
        }
    }
}

fn log_row(frame: &mut Frame, layout: &Layout, row: usize, text: &Row, first: usize) {
    let mut column = match text.begins {
        Begins::At(column) => column,
        Begins::Flowing => 0,
    };
    for span in &text.spans {
        column = frame.put_until(
            Place { row, column },
            layout.width.columns,
            &span.text,
            span.style,
        );
    }
    // The row above may be out of sight.
    if text.begins == Begins::Flowing && row > first {
        frame.flow_from_above(row);
    }
}

/// A line across the log, with words in it.
fn rule(frame: &mut Frame, model: &Model, layout: &Layout, row: usize, words: &str) {
    let columns = layout.width.columns;
    let look = style(Part::Faint, model.palette);
    let words = fit(words, columns.saturating_sub(5));
    let head = format!("── {words} ");
    let rest = columns.saturating_sub(width_of(&head));
    let line = format!("{head}{}", "─".repeat(rest));
    frame.put_until(Place { row, column: 0 }, columns, &line, look);
}

/// Who is here. Drawn after the log and placed for itself, so that a character of doubtful
/// width beside it moves nothing.
fn people(frame: &mut Frame, model: &Model, layout: &Layout, columns: Range<usize>) {
    let faint = style(Part::Faint, model.palette);
    for row in layout.log.clone() {
        frame.put(
            Place {
                row,
                column: columns.start,
            },
            "│",
            faint,
        );
    }
    let column = columns.start + 2;
    let cells = columns.len().saturating_sub(2);
    let count = model.place.people().count();
    let rows = layout.log.len();
    let shown = if count > rows {
        rows.saturating_sub(1)
    } else {
        count
    };
    for (row, name) in layout.log.clone().zip(model.place.people().take(shown)) {
        let part = if model.place.is_me(name) {
            Part::MyName
        } else {
            Part::Name(name)
        };
        let mut text = name.to_string();
        if let Some((_, whispers)) = model.whispers.iter().find(|(from, _)| from == name) {
            text = format!("{whispers}! {text}");
        }
        frame.put(
            Place { row, column },
            &fit(&text, cells),
            style(part, model.palette),
        );
    }
    if shown < count && rows > 0 {
        let row = layout.log.end - 1;
        let more = format!("and {} more", count - shown);
        frame.put(Place { row, column }, &fit(&more, cells), faint);
    }
}

/// The input, as much of it as has room, the cursor's row always.
pub(super) fn input(frame: &mut Frame, layout: &Layout, typing: &Typing) {
    let room = layout.input.len();
    let first = (typing.cursor.row + 1).saturating_sub(room);
    for (row, spans) in layout.input.clone().zip(typing.rows.iter().skip(first)) {
        let mut column = 0;
        for (text, look) in spans {
            column = frame.put(Place { row, column }, text, *look);
        }
    }
    frame.place_cursor(Place {
        row: layout.input.start + typing.cursor.row.saturating_sub(first),
        column: typing.cursor.column,
    });
}
