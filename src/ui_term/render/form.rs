//! The form that asks where to join, and under which name.

use crate::sanitise::{Kind, parts};
use crate::ui_term::editor::Editor;
use crate::ui_term::frame::{Frame, Place};
use crate::ui_term::look::{BAR, FAINT, TROUBLE, fit};
use crate::ui_term::model::{Focus, Line, Model};
use crate::ui_term::style::Style;
use crate::ui_term::typing::Typing;
use crate::ui_term::wrap::{Pane, wrap};

/// Cells of the words before a field.
const LABEL_CELLS: usize = 9;
/// Cells of a field, at most.
const FIELD_CELLS_MAX: usize = 48;
/// On a lower screen only the field being typed into is shown.
const ROWS_FOR_ALL: usize = 6;

pub(super) fn draw(frame: &mut Frame, model: &Model) {
    let size = frame.size();
    if size.rows < ROWS_FOR_ALL {
        return draw_low(frame, model);
    }
    let top = usize::from(size.rows >= 12);
    let head = "chalktalk: a chat for the people on this network";
    frame.put(
        Place {
            row: top,
            column: 1,
        },
        &fit(head, size.columns.saturating_sub(2)),
        Style::BOLD,
    );
    let mut row = top + 2;
    let mut cursor = Place::default();
    for (focus, label) in model.form.asks() {
        let at = Place {
            row,
            column: LABEL_CELLS.min(size.columns / 4),
        };
        frame.put_until(Place { row, column: 1 }, at.column, label, Style::PLAIN);
        let cells = size
            .columns
            .saturating_sub(at.column + 1)
            .min(FIELD_CELLS_MAX);
        let stands = match editor(model, focus) {
            Some(editor) => field(frame, editor, at, "", cells),
            None => button(frame, model, at),
        };
        if focus == model.form.focus {
            cursor = stands;
        }
        row += 1;
        if let Some((_, why)) = model.form.error.as_ref().filter(|(at, _)| *at == focus) {
            row = error(frame, row, why);
        }
    }
    let hint = match model.line {
        Line::Connecting if model.form.error.is_none() => "connecting ..., Esc stops",
        _ => "Tab goes on, Enter joins, C-c leaves",
    };
    let place = Place {
        row: row + 1,
        column: 1,
    };
    frame.put(place, &fit(hint, size.columns.saturating_sub(2)), FAINT);
    frame.place_cursor(cursor);
}

/// What is typed into there; nothing is into a button.
fn editor(model: &Model, focus: Focus) -> Option<&Editor> {
    match focus {
        Focus::Server => Some(&model.form.server),
        Focus::Code => model.form.code.as_ref(),
        Focus::Name => Some(&model.form.name),
        Focus::Join => None,
    }
}

/// One field alone.
fn draw_low(frame: &mut Frame, model: &Model) {
    let (editor, prompt) = match (model.form.focus, &model.form.code) {
        (Focus::Server, _) => (&model.form.server, "Server: "),
        (Focus::Code, Some(code)) => (code, "Code: "),
        _ => (&model.form.name, "Name: "),
    };
    let columns = frame.size().columns;
    field(frame, editor, Place::default(), prompt, columns);
    if let Some((_, why)) = &model.form.error {
        error(frame, 1, why);
    }
}

/// A field of one row, of which the part around the cursor is shown; gives the cursor's place.
fn field(frame: &mut Frame, editor: &Editor, at: Place, prompt: &str, cells: usize) -> Place {
    let typing = Typing::of(editor, prompt, cells.max(1));
    let place = Place {
        row: at.row,
        column: at.column + typing.cursor.column,
    };
    let end = at.column + cells;
    let mut column = at.column;
    for span in typing
        .rows
        .get(typing.cursor.row)
        .into_iter()
        .flat_map(|row| &row.spans)
    {
        let place = Place {
            row: at.row,
            column,
        };
        column = frame.put_until(place, end, &span.text, span.style);
    }
    let rest = Place {
        row: at.row,
        column,
    };
    let blank = " ".repeat(end.saturating_sub(column));
    frame.put_until(rest, end, &blank, Style::PLAIN);
    frame.place_cursor(place);
    place
}

fn button(frame: &mut Frame, model: &Model, at: Place) -> Place {
    let part = match model.form.focus {
        Focus::Join => BAR,
        _ => Style::BOLD,
    };
    frame.put(at, "[ Join ]", part);
    Place {
        column: at.column + 2,
        ..at
    }
}

/// What is wrong, in as many rows as it takes; gives the row behind them.
fn error(frame: &mut Frame, row: usize, why: &str) -> usize {
    let columns = frame.size().columns;
    let indent = LABEL_CELLS.min(columns / 4);
    let parts = parts(why, Kind::Inline);
    let pane = Pane {
        columns: columns.saturating_sub(1),
        first: indent,
        indent,
        flows: false,
    };
    let parts: Vec<_> = parts.into_iter().map(|part| (part, TROUBLE)).collect();
    let rows = wrap(&parts, pane);
    for (row, wrapped) in (row..).zip(&rows) {
        let mut column = wrapped.column;
        for span in &wrapped.spans {
            column = frame.put(Place { row, column }, &span.text, span.style);
        }
    }
    row + rows.len()
}
