//! The log in rows.
//!
//! Every row of the program's making has a bar beside it, that no text of others can have
//! in the same column: their rows are indented further, and a long word that flows over the
//! edge into column 0 is of ASCII alone. So nobody can say something that looks like a
//! message of somebody else, or like a line of the program.

use super::look::{Part as Look, style};
use super::model::{Body, Entry, Model, Move, Palette, Sort};
use super::style::Style;
use super::wrap::{Edge, Pane, Piece, Row, pieces, wrap};
use crate::client::When;
use crate::sanitise::{Kind, Part, parts};
use crate::wire::Name;

/// Narrower panes show no times.
const COLUMNS_WITH_TIMES: usize = 48;
/// Narrower panes have no room for bars.
const COLUMNS_WITH_BARS: usize = 8;
/// Cells of a time.
const TIME_CELLS: usize = 5;
/// Names of those who came and went that one line tells.
const MOVES_TOLD_MAX: usize = 12;

/// Where the log is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Width {
    pub(crate) columns: usize,
    pub(crate) edge: Edge,
}

/// A row of the log.
#[derive(Debug)]
pub(crate) enum LogRow {
    /// A line across, with words in it.
    Rule(String),
    /// The first row of an entry: what stands beside it, and the row.
    First(String, Style, Row),
    /// Any other.
    Other(Row),
}

/// The rows of an entry, and of what is to be drawn above it; none beyond the newest.
pub(crate) fn rows(model: &Model, index: usize, width: Width) -> Vec<LogRow> {
    let Some(entry) = model.log.get(index) else {
        return Vec::new();
    };
    let before = index.checked_sub(1).and_then(|at| model.log.get(at));
    let minute = model.offset.minute(entry.time);
    let minute_before = before.map(|before| model.offset.minute(before.time));
    let mut rows = Vec::new();
    if minute_before.is_none_or(|before| before.day() != minute.day()) {
        rows.push(LogRow::Rule(minute.day().shown()));
    }
    if model.first_unread == Some(entry.seq) {
        rows.push(LogRow::Rule("not read yet".to_owned()));
    }
    let time = (minute_before != Some(minute)).then(|| minute.shown());
    let (gutter, look) = gutter(model, entry, time, width);
    let texts = Texts::of(&entry.body, model.palette);
    let indent = gutter.chars().count();
    let pane = Pane {
        columns: width.columns,
        first: indent,
        indent: indent + 2,
        edge: width.edge,
    };
    for (at, row) in wrap(&texts.pieces(), pane).into_iter().enumerate() {
        rows.push(match at {
            0 => LogRow::First(gutter.clone(), look, row),
            _ => LogRow::Other(row),
        });
    }
    rows
}

/// The time and the bar.
fn gutter(model: &Model, entry: &Entry, time: Option<String>, width: Width) -> (String, Style) {
    let is_pointed = model.pointed == Some(entry.seq);
    let is_pending = matches!(entry.body, Body::Pending { .. });
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
    let look = if is_pointed {
        Look::MyName
    } else {
        Look::Faint
    };
    let time = match time {
        _ if is_pending => "  …  ".to_owned(),
        Some(time) => time,
        None => " ".repeat(TIME_CELLS),
    };
    let gutter = match width.columns {
        COLUMNS_WITH_TIMES.. => format!("{time}{bar} "),
        COLUMNS_WITH_BARS.. => bar.to_string(),
        _ => String::new(),
    };
    (gutter, style(look, model.palette))
}

/// An entry's words: the program's own, fit to be shown, and those of others, sanitised.
struct Texts<'a>(Vec<(Words<'a>, Style)>);

enum Words<'a> {
    Own(String),
    Foreign(Vec<Part<'a>>),
}

impl<'a> Texts<'a> {
    fn of(body: &'a Body, palette: Palette) -> Self {
        let mut texts = Self(Vec::new());
        let style = |look| style(look, palette);
        match body {
            Body::Said {
                name, text, sort, ..
            } => {
                let look = match sort {
                    Sort::Plain => Look::Name(name),
                    Sort::Mention => Look::Mentioning,
                    Sort::Mine => Look::MyName,
                };
                texts.own(name.as_str(), style(look));
                texts.own(": ", Style::PLAIN);
                texts.foreign(text, Style::PLAIN);
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
                texts.own(&head, style(Look::Private));
                texts.own(" ", Style::PLAIN);
                texts.foreign(text, Style::PLAIN);
            }
            Body::Pending { to, text, .. } => {
                let head = match to {
                    Some(to) => format!("sending to {to} alone: "),
                    None => "sending: ".to_owned(),
                };
                texts.own(&head, style(Look::Pending));
                texts.foreign(text, style(Look::Pending));
            }
            Body::Unsaid { text, why } => {
                texts.foreign(why, style(Look::Trouble));
                texts.own(": ", Style::PLAIN);
                texts.foreign(text, Style::PLAIN);
            }
            Body::Moves(moves) => texts.own(&told(moves), style(Look::Faint)),
            Body::Note(text) => texts.foreign(text, style(Look::Note)),
        }
        texts
    }

    fn own(&mut self, text: &str, style: Style) {
        self.0.push((Words::Own(text.to_owned()), style));
    }

    fn foreign(&mut self, text: &'a str, style: Style) {
        self.0
            .push((Words::Foreign(parts(text, Kind::Message)), style));
    }

    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut all = Vec::new();
        for (words, style) in &self.0 {
            match words {
                Words::Own(text) => all.push(Piece::Text(text, *style)),
                Words::Foreign(parts) => all.extend(pieces(parts, *style)),
            }
        }
        all
    }
}

/// Comings and goings in one line: `anna, bert came; carl left`.
fn told(moves: &[Move]) -> String {
    let mut groups: Vec<(&str, Vec<&Name>)> = Vec::new();
    for moved in moves.iter().take(MOVES_TOLD_MAX) {
        let (how, name) = match moved {
            Move::Came(name) => ("came", name),
            Move::Went(name, how) => (how.as_str(), name),
        };
        match groups.last_mut() {
            Some((last, names)) if *last == how => names.push(name),
            _ => groups.push((how, vec![name])),
        }
    }
    let mut told: Vec<String> = groups
        .iter()
        .map(|(how, names)| {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            format!("{} {how}", names.join(", "))
        })
        .collect();
    match moves.len().saturating_sub(MOVES_TOLD_MAX) {
        0 => {}
        more => told.push(format!("and {more} more came or left")),
    }
    told.join("; ")
}

/// An entry as plain lines, for copying.
pub(crate) fn plain(model: &Model, entry: &Entry) -> String {
    let time = model.offset.minute(entry.time).shown();
    let mut text = format!("{time} ");
    let texts = Texts::of(&entry.body, Palette::None);
    for piece in texts.pieces() {
        match piece {
            Piece::Text(words, _) => text.push_str(words),
            Piece::Break => text.push_str("\r\n    "),
        }
    }
    text
}
