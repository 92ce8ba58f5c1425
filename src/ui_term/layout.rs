//! What stands where on a screen of any size. On a low one the title goes first, then the
//! status line, then the log; the input line stays.

use super::look::BAR;
use super::model::{Input, PeoplePane, Window};
use super::typing::Typing;
use super::wrap::{Pane, Row, wrap};
use crate::sanitise::{Part, plain_line};
use std::ops::Range;

/// A narrower screen shows the people only when asked to.
const COLUMNS_FOR_PEOPLE: usize = 72;
/// A narrower one never does.
const COLUMNS_FOR_PEOPLE_MIN: usize = 24;
/// Cells of the people pane on a wide screen, with the line beside it.
const PEOPLE_CELLS: usize = 20;
/// Rows that the input takes at most: so many, and one in so many.
const INPUT_ROWS_MAX: usize = 8;
const INPUT_SHARE: usize = 3;
/// Lower screens have no status line, or no title.
const ROWS_FOR_STATUS: usize = 3;
const ROWS_FOR_TITLE: usize = 4;
/// Newest rows that stay visible below what is scrolled back to; on lower logs fewer.
const TAIL_ROWS_MAX: usize = 5;
const TAIL_SHARE: usize = 3;

/// Where everything stands; rows are counted from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) title: Option<usize>,
    pub(crate) log: Range<usize>,
    /// The log's columns.
    pub(crate) pane: Pane,
    /// The columns of the people pane, the line on its left included.
    pub(crate) people: Option<Range<usize>>,
    /// One row, or as many as the hint takes.
    pub(crate) status: Range<usize>,
    /// What is to be said there in place of what waits.
    pub(crate) hint: Vec<String>,
    pub(crate) input: Range<usize>,
    /// What stands there; not all of it may have room.
    pub(crate) typing: Typing,
}

impl Layout {
    pub(crate) fn of(window: &Window, input: &Input) -> Self {
        let size = window.size;
        let typing = Typing::of(input, size.columns);
        let hint = hint(input, size.columns);
        let most = (size.rows / INPUT_SHARE).clamp(1, INPUT_ROWS_MAX);
        let input_rows = typing.rows.len().clamp(1, most).min(size.rows);
        let input = size.rows - input_rows..size.rows;
        let title = (size.rows >= ROWS_FOR_TITLE).then_some(0);
        let top = title.map_or(0, |row| row + 1);
        let status_rows = match hint.len() {
            0 => usize::from(size.rows >= ROWS_FOR_STATUS),
            rows => rows.min(input.start - top),
        };
        let status = input.start - status_rows..input.start;
        let log = top..status.start;
        let people = people(window);
        let pane = Pane {
            columns: people.as_ref().map_or(size.columns, |people| people.start),
            flows: people.is_none(),
            ..Pane::default()
        };
        Self {
            title,
            log,
            pane,
            people,
            status,
            hint,
            input,
            typing,
        }
    }

    /// Rows in which the newest stay visible while one reads further up.
    pub(crate) fn tail_rows(&self) -> usize {
        (self.log.len() / TAIL_SHARE).min(TAIL_ROWS_MAX)
    }

    /// Rows of the log that show what was scrolled to; one row goes to the line below them.
    pub(crate) fn page_rows(&self) -> usize {
        self.log.len().saturating_sub(self.tail_rows() + 1).max(1)
    }
}

/// What was just done or went wrong, or what Tab has to choose from, in rows.
fn hint(input: &Input, columns: usize) -> Vec<String> {
    let choices = input.editor.choices();
    let hint = match &input.notice {
        Some(notice) => plain_line(notice),
        None if choices.is_empty() => return Vec::new(),
        None => choices.join(" "),
    };
    let pane = Pane {
        columns: columns.saturating_sub(1),
        ..Pane::default()
    };
    let rows = wrap(&[(Part::Text(hint.into()), BAR)], pane);
    rows.iter().map(Row::text).collect()
}

/// The columns of the people pane, if it is shown.
pub(crate) fn people(window: &Window) -> Option<Range<usize>> {
    let columns = window.size.columns;
    let is_shown = match window.people {
        PeoplePane::Auto => columns >= COLUMNS_FOR_PEOPLE,
        PeoplePane::Shown => columns >= COLUMNS_FOR_PEOPLE_MIN,
        PeoplePane::Hidden => false,
    };
    let cells = PEOPLE_CELLS.min(columns / 3);
    is_shown.then(|| columns - cells..columns)
}
