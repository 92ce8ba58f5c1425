//! The two bars: the title says where one is, the status what waits.

use crate::sanitise::plain_line;
use crate::sanitise::width::width_of;
use crate::ui_term::frame::{Frame, Position};
use crate::ui_term::layout::Layout;
use crate::ui_term::look::{BAR, fit};
use crate::ui_term::model::{LinkState, Model, Page};
use crate::wire::{Name, Room};

/// Room and topic; mode, server, and whether the line is up.
pub(super) fn title(frame: &mut Frame, model: &Model, layout: &Layout) {
    let Some(row) = layout.title else { return };
    let left = match model.window.page {
        Page::Help(_) => "help: PgDn goes on, Esc goes back",
        _ => model.place.room().map_or("chalktalk", Room::as_str),
    };
    let topic = model.place.topic().map_or(String::new(), |topic| {
        format!(": {}", plain_line(&topic.to_string()))
    });
    let right = connection(model);
    bar(frame, row, &format!("{left}{topic}"), &right);
}

/// What may be said of the connection, the longest first. The mode is the last to go, since it says who can read
/// along; only that the line is not up comes before it, for then nobody can.
fn connection(model: &Model) -> Vec<String> {
    let (mode, state) = (model.start.mode.as_str().to_owned(), state(model));
    let address = plain_line(&model.start.address.to_string());
    let server = format!("{mode} {address}");
    let whole = format!("{server} {state}");
    match model.link.state {
        LinkState::Up => vec![whole, server, mode],
        _ => vec![whole, format!("{mode} {state}"), state, mode],
    }
}

fn state(model: &Model) -> String {
    let (words, again_at) = match model.link.state {
        LinkState::Connecting => return "connecting".to_owned(),
        LinkState::Up => return "connected".to_owned(),
        LinkState::Lost(again_at) => ("LINE LOST", again_at),
        LinkState::NameHeld(again_at) => ("NAME STILL HELD", again_at),
    };
    format!(
        "{words}, again in {} s",
        model.clock.seconds_until(again_at)
    )
}

/// What waits: unread, below, drafts, whispers; or what was just done.
pub(super) fn status(frame: &mut Frame, model: &Model, layout: &Layout) {
    let mut rows = layout.status.clone();
    let Some(row) = rows.next_back() else { return };
    let mut hint = layout.hint.iter().map(String::as_str);
    for (row, text) in rows.zip(hint.by_ref()) {
        bar(frame, row, text, &[]);
    }
    if !layout.hint.is_empty() {
        // The last has all that there is no room for.
        let rest: Vec<&str> = hint.collect();
        return bar(frame, row, &rest.join(" "), &[]);
    }
    let (link, reading, input) = (&model.link, &model.reading, &model.input);
    let whispers = &model.heard.whispers;
    let counts = [("+", reading.unread), ("~", reading.entries_below())];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let mut words = vec![model.place.name().map_or(String::new(), Name::to_string)];
    words.extend(counts.map(|(sign, count)| format!("{sign}{count}")));
    // A text waits of which one might not think.
    let is_aside = !reading.is_at_bottom() || link.state != LinkState::Up || input.search.is_some();
    if is_aside && !input.editor.text().is_empty() {
        words.push("@draft".to_owned());
    }
    if layout.title.is_none() && link.state != LinkState::Up {
        words.push(state(model));
    }
    for (name, count) in whispers.iter().rev() {
        words.push(format!("whispered: {name} {count}"));
    }
    if !whispers.is_empty() {
        words.push("/r answers".to_owned());
    }
    let mut right = vec![match model.place.people().count() {
        0 => "F1 help".to_owned(),
        1 => "1 person here, F1 help".to_owned(),
        count => format!("{count} people here, F1 help"),
    }];
    if layout.title.is_none() {
        let mode = model.start.mode.as_str();
        right = vec![format!("{mode}, {}", right.concat()), mode.to_owned()];
    }
    bar(frame, row, &words.join(" "), &right);
}

/// A reversed line; on the right stands the first of these that fits, then the left is cut.
fn bar(frame: &mut Frame, row: usize, left: &str, right: &[String]) {
    let columns = frame.size().columns;
    let place = |column| Position::at(row, column);
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
