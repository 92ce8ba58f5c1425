//! The two lines that say where one is and what waits: the title and the status.

use crate::sanitise::plain_line;
use crate::sanitise::width::width_of;
use crate::ui_term::frame::{Frame, Place};
use crate::ui_term::layout::Layout;
use crate::ui_term::look::{BAR, fit};
use crate::ui_term::model::{Line, Model, Page};
use crate::ui_term::scroll::entries_below;
use crate::wire::{Name, Room};

/// Room, topic, server, what lies between, and whether the line is up.
pub(super) fn title(frame: &mut Frame, model: &Model, layout: &Layout) {
    let Some(row) = layout.title else { return };
    let mut left = match model.page {
        Page::Help(_) => "help: PgDn goes on, Esc goes back".to_owned(),
        _ => model
            .place
            .room()
            .map_or("chalktalk", Room::as_str)
            .to_owned(),
    };
    if let Some(topic) = model.place.topic() {
        left.push_str(": ");
        left.push_str(&plain_line(&topic.to_string()));
    }
    bar(frame, row, &left, &connection(model));
}

/// The connection, as much of it as there is room for. What lies between is the last to go; only that the line is
/// not up comes before it, for then nothing lies between.
fn connection(model: &Model) -> Vec<String> {
    let (way, state) = (model.mode.as_str().to_owned(), state(model));
    let server = format!("{way} {}", plain_line(&model.address.to_string()));
    let whole = format!("{server} {state}");
    match model.line {
        Line::Up => vec![whole, server, way],
        _ => vec![whole, format!("{way} {state}"), state, way],
    }
}

fn state(model: &Model) -> String {
    match model.line {
        Line::Connecting => "connecting".to_owned(),
        Line::Up => "connected".to_owned(),
        Line::Lost { again_at } => {
            format!("LINE LOST, again in {} s", model.seconds_until(again_at))
        }
        Line::NameHeld { again_at } => format!(
            "NAME STILL HELD, again in {} s",
            model.seconds_until(again_at)
        ),
    }
}

/// What waits: unread, below, drafts, whispers; or what was just done.
pub(super) fn status(frame: &mut Frame, model: &Model, layout: &Layout) {
    let Some(row) = layout.status else { return };
    if let Some(notice) = &model.notice {
        return bar(frame, row, &plain_line(notice), &[]);
    }
    let mut words = Vec::new();
    if model.unread > 0 {
        words.push(format!("+{}", model.unread));
    }
    let below = entries_below(model);
    if below > 0 {
        words.push(format!("~{below}"));
    }
    if keeps_draft(model) {
        words.push("@draft".to_owned());
    }
    if layout.title.is_none() && model.line != Line::Up {
        words.push(state(model));
    }
    for (name, count) in model.whispers.iter().rev() {
        words.push(format!("whispered: {name} {count}"));
    }
    if !model.whispers.is_empty() {
        words.push("/r answers".to_owned());
    }
    let name = model.place.name().map_or("", Name::as_str);
    let left = format!("{name} {}", words.join(" "));
    let mut right = vec![match model.place.people().count() {
        0 => "F1 help".to_owned(),
        1 => "1 person here, F1 help".to_owned(),
        count => format!("{count} people here, F1 help"),
    }];
    if layout.title.is_none() {
        right = vec![
            format!("{}, {}", model.mode.as_str(), right.concat()),
            model.mode.as_str().to_owned(),
        ];
    }
    bar(frame, row, left.trim_end(), &right);
}

/// Whether a text waits that one might not think of.
fn keeps_draft(model: &Model) -> bool {
    let is_aside = !model.is_at_bottom() || model.line != Line::Up || model.search.is_some();
    is_aside && !model.editor.text().is_empty()
}

/// A reversed line; on the right stands the first of these that fits, then the left is cut.
fn bar(frame: &mut Frame, row: usize, left: &str, right: &[String]) {
    let columns = frame.size().columns;
    let place = |column| Place::at(row, column);
    frame.put(place(0), &" ".repeat(columns), BAR);
    let left_least = width_of(left).min(columns / 3);
    let fits = |right: &&String| left_least + width_of(right) + 4 <= columns;
    let Some(right) = right.iter().find(fits) else {
        frame.put(place(1), &fit(left, columns.saturating_sub(1)), BAR);
        return;
    };
    let right_cells = width_of(right) + 1;
    frame.put(place(1), &fit(left, columns - right_cells - 3), BAR);
    frame.put(place(columns - right_cells), right, BAR);
}
