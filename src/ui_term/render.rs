//! The model as a picture of the screen. Pure: the same model and size give the same frame.
//!
//! Holds at every size: nothing is drawn beyond the screen, what others wrote is sanitised,
//! and the cursor stands where typing goes, since screen readers and input methods follow it.

mod chat;
mod status;

use super::frame::{Frame, Place, Size};
use super::help;
use super::layout::Layout;
use super::look::fit;
use super::model::{Model, Page, Palette};
use super::style::Style;
use super::typing::Typing;
use crate::sanitise::plain_line;

/// Draws the screen.
#[must_use]
pub fn render(model: &Model, size: Size) -> Frame {
    let mut frame = Frame::blank(size);
    let typing = typing(model, size.columns);
    let layout = Layout::of(model, size, typing.rows.len());
    if let Page::Help(first) = model.page {
        help_page(&mut frame, &layout, first);
    } else {
        chat::draw(&mut frame, model, &layout);
    }
    status::title(&mut frame, model, &layout);
    status::status(&mut frame, model, &layout);
    // Last, for the cursor: it is to be where a terminal left it.
    chat::input(&mut frame, &layout, &typing);
    if model.palette == Palette::None {
        frame.drop_colours();
    }
    frame
}

/// What the window is called: sanitised, like all that others wrote.
#[must_use]
pub fn title(model: &Model) -> String {
    let room = model.place.room().map_or("", |room| room.as_str());
    let whispers: usize = model.whispers.iter().map(|(_, count)| count).sum();
    let mut title = match room {
        "" => "chalktalk".to_owned(),
        room => format!("{} - chalktalk", plain_line(room)),
    };
    if model.unread + whispers > 0 {
        title.insert_str(0, &format!("({}) ", model.unread + whispers));
    }
    title
}

/// What is being typed, or asked.
fn typing(model: &Model, columns: usize) -> Typing {
    if let Some(text) = &model.paste {
        let (lines, bytes) = (text.lines().count(), text.len());
        let question = format!(
            "Paste {lines} lines, {bytes} bytes, as one message? Enter: take it, Esc: drop it "
        );
        return Typing::new("", &question, question.len(), columns);
    }
    if let Some(search) = &model.search {
        let prompt = if search.failed {
            "not found: "
        } else {
            "find: "
        };
        return Typing::new(prompt, &search.needle, search.needle.len(), columns);
    }
    let prompt = match model.editor.searching() {
        Some(search) => {
            let sign = if search.failed { "nowhere" } else { "sent" };
            format!("{sign}: {}> ", plain_line(&format!("{} ", search.needle)))
        }
        None => "> ".to_owned(),
    };
    Typing::of(&model.editor, &prompt, columns)
}

fn help_page(frame: &mut Frame, layout: &Layout, first: usize) {
    let columns = frame.size().columns;
    let lines = help::lines();
    let rows = layout.log.clone();
    let last_page = lines.len().saturating_sub(rows.len());
    for (row, line) in rows.zip(lines.iter().skip(first.min(last_page))) {
        let is_heading = !line.starts_with(' ');
        let look = if is_heading {
            Style::BOLD
        } else {
            Style::PLAIN
        };
        frame.put(Place::at(row, 0), &fit(line, columns), look);
    }
}
