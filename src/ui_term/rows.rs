//! The log in rows.
//!
//! Every row of the program's making has a bar beside it, that no text of others can have
//! in the same column: their rows are indented further, and a long word that flows over the
//! edge into column 0 is of ASCII alone. So nobody can say something that looks like a
//! message of somebody else, or like a line of the program.

use super::look::{FAINT, MENTIONING, MINE, PRIVATE, TROUBLE, fit, of_name};
use super::model::{Body, Entry, Move, Offset, Reading, Sort};
use super::style::Style;
use super::wrap::{Pane, Row, Span, wrap};
use crate::client::When;
use crate::sanitise::width::width_of;
use crate::sanitise::{Kind, Part, parts};
use std::borrow::Cow;

/// Narrower panes show no times.
const COLUMNS_WITH_TIMES: usize = 48;
/// Narrower panes have no room for bars.
const COLUMNS_WITH_BARS: usize = 8;
/// Cells of a time.
const TIME_CELLS: usize = 5;
/// Rows of a message; of a longer one the first are shown, and how many there are.
const MESSAGE_ROWS_MAX: usize = 12;
/// Names of those who came and went that one line tells.
const MOVES_TOLD_MAX: usize = 12;

/// The rows of an entry, and of what is to be drawn above it; none beyond the newest.
pub(crate) fn rows(reading: &Reading, index: usize, pane: Pane) -> Vec<Row> {
    let minute = |entry: &Entry| reading.offset.minute(entry.time);
    let Some(entry) = reading.log.get(index) else {
        return Vec::new();
    };
    let before = index.checked_sub(1).and_then(|at| reading.log.get(at));
    let (minute, minute_before) = (minute(entry), before.map(minute));
    let mut rows = Vec::new();
    if minute_before.is_none_or(|before| before.day() != minute.day()) {
        rows.push(rule(&minute.day().shown(), pane.columns));
    }
    if reading.first_unread == Some(entry.seq) {
        rows.push(rule("not read yet", pane.columns));
    }
    let time = (minute_before != Some(minute)).then(|| minute.shown());
    let mut message = message(entry, pane);
    let hidden = message.len().saturating_sub(MESSAGE_ROWS_MAX - 1);
    if is_long(entry, &message) && reading.opened != Some(entry.seq) {
        message.truncate(MESSAGE_ROWS_MAX - 1);
        let gutter = gutter('⋮', None, pane.columns);
        let told = format!("{gutter}{hidden} more rows, M-o opens");
        message.push(of_program(fit(&told, pane.columns)));
    }
    if let Some(row) = message.first_mut() {
        row.column = 0;
        row.spans
            .insert(0, beside(reading, entry, time, pane.columns));
    }
    rows.append(&mut message);
    rows
}

/// All rows of what an entry says; the first has room for what stands beside it.
fn message(entry: &Entry, pane: Pane) -> Vec<Row> {
    let first = gutter(' ', None, pane.columns).chars().count();
    let indent = first + 2;
    let pane = Pane {
        first,
        indent,
        ..pane
    };
    wrap(&shown(&words(&entry.body)), pane)
}

fn is_long(entry: &Entry, message: &[Row]) -> bool {
    let is_told = matches!(entry.body, Body::Moves(_) | Body::Note(_));
    message.len() > MESSAGE_ROWS_MAX && !is_told
}

/// Whether an entry is a message of which only the first rows are shown until somebody opens it.
pub(crate) fn folds(reading: &Reading, index: usize, pane: Pane) -> bool {
    let entry = reading.log.get(index);
    entry.is_some_and(|entry| is_long(entry, &message(entry, pane)))
}

/// A line across, with words in it.
pub(crate) fn rule(words: &str, columns: usize) -> Row {
    let head = format!("── {} ", fit(words, columns.saturating_sub(5)));
    let rest = columns.saturating_sub(width_of(&head));
    of_program(head + &"─".repeat(rest))
}

/// A row of the program's own.
fn of_program(text: String) -> Row {
    Row {
        column: 0,
        flows: false,
        spans: vec![Span::new(text, FAINT)],
    }
}

/// The time and the bar.
fn beside(reading: &Reading, entry: &Entry, time: Option<String>, columns: usize) -> Span {
    let is_pointed = reading.pointed == Some(entry.seq);
    let bar = match &entry.body {
        _ if is_pointed => '▶',
        Body::Said {
            when: When::Past, ..
        } => ':',
        Body::Said { sort, .. } if *sort == Sort::Mention => '▌',
        Body::Said { .. } => '│',
        Body::Told { .. } => '█',
        Body::Pending { .. } => '┊',
        Body::Unsaid { .. } => '×',
        Body::Moves(_) | Body::Note(_) => '·',
    };
    let time = match &entry.body {
        Body::Pending { .. } => Some("  …  ".to_owned()),
        _ => time,
    };
    let style = if is_pointed { MINE } else { FAINT };
    Span::new(gutter(bar, time, columns), style)
}

fn gutter(bar: char, time: Option<String>, columns: usize) -> String {
    let time = time.unwrap_or_else(|| " ".repeat(TIME_CELLS));
    match columns {
        COLUMNS_WITH_TIMES.. => format!("{time}{bar} "),
        COLUMNS_WITH_BARS.. => bar.to_string(),
        _ => String::new(),
    }
}

/// An entry's words, each as they are drawn; to be sanitised.
fn words(body: &Body) -> Vec<(Cow<'_, str>, Style)> {
    let plain = |text| (Cow::Borrowed(text), Style::PLAIN);
    match body {
        Body::Said {
            did,
            name,
            text,
            sort,
            ..
        } => {
            let look = match sort {
                Sort::Plain => of_name(name),
                Sort::Mention => MENTIONING,
                Sort::Mine => MINE,
            };
            // A hyphen begins no name, so neither can be taken for the other.
            let (head, between) = match did {
                true => (format!("- {name}"), " "),
                false => (name.to_string(), ": "),
            };
            vec![(head.into(), look), plain(between), plain(text)]
        }
        Body::Told {
            from,
            to,
            text,
            sort,
        } => {
            let head = match sort {
                Sort::Mine => format!("you whisper to {to}:"),
                _ => format!("{from} whispers to you:"),
            };
            vec![(head.into(), PRIVATE), plain(" "), plain(text)]
        }
        Body::Pending { to, text, .. } => {
            let head = match to {
                Some(to) => format!("sending to {to} alone: "),
                None => "sending: ".to_owned(),
            };
            vec![(head.into(), FAINT), (text.into(), FAINT)]
        }
        Body::Unsaid { text, why } => vec![(why.into(), TROUBLE), plain(": "), plain(text)],
        Body::Moves(moves) => vec![(told(moves).into(), FAINT)],
        Body::Note(text) => vec![plain(text)],
    }
}

fn shown<'a>(words: &'a [(Cow<'_, str>, Style)]) -> Vec<(Part<'a>, Style)> {
    let shown = |(text, style): &'a (Cow<'_, str>, Style)| {
        let parts = parts(text, Kind::Message).into_iter();
        parts.map(|part| (part, *style))
    };
    words.iter().flat_map(shown).collect()
}

/// Comings and goings in one line: `anna, bert came; carl left`.
fn told(moves: &[Move]) -> String {
    let (told, more) = moves.split_at(moves.len().min(MOVES_TOLD_MAX));
    let mut groups = Vec::new();
    for group in told.chunk_by(|before, moved| before.how == moved.how) {
        let names: Vec<&str> = group.iter().map(|moved| moved.name.as_str()).collect();
        let how = group.first().map_or("", |moved| &moved.how);
        groups.push(format!("{} {how}", names.join(", ")));
    }
    if !more.is_empty() {
        groups.push(format!("and {} more came or left", more.len()));
    }
    groups.join("; ")
}

/// An entry as plain lines, for copying.
pub(crate) fn plain(offset: Offset, entry: &Entry) -> String {
    let mut text = offset.minute(entry.time).shown() + " ";
    for (part, _) in shown(&words(&entry.body)) {
        text.push_str(match &part {
            Part::Text(words) => words,
            Part::Marked(name) => name,
            Part::Break => "\r\n    ",
        });
    }
    text
}
