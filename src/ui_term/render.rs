//! The model as a picture of the screen. Pure: the same model gives the same frame.
//!
//! Holds at every size: nothing is drawn beyond the screen, what others wrote is sanitised,
//! and the cursor stands where typing goes, since screen readers and input methods follow it.

mod chat;
mod status;

use super::frame::{Frame, Position};
use super::help;
use super::layout::Layout;
use super::look::fit;
use super::model::{Model, Page, Palette};
use super::style::Style;
use crate::sanitise::plain_line;

/// Draws the screen.
#[must_use]
pub fn render(model: &Model) -> Frame {
    let mut frame = Frame::blank(model.window.size);
    let layout = Layout::of(&model.window, &model.input);
    if let Page::Help(first) = model.window.page {
        help_page(&mut frame, &layout, first);
    } else {
        chat::draw(&mut frame, model, &layout);
    }
    status::title(&mut frame, model, &layout);
    status::status(&mut frame, model, &layout);
    // Last, for the cursor: it is to be where a terminal left it.
    chat::input(&mut frame, &layout);
    if model.start.palette == Palette::None {
        frame.drop_colours();
    }
    frame
}

/// What the window is called: sanitised, like all that others wrote.
#[must_use]
pub fn title(model: &Model) -> String {
    let room = model.place.room().map_or("", |room| room.as_str());
    let whispers: usize = model.heard.whispers.iter().map(|(_, count)| count).sum();
    let waiting = model.reading.unread + whispers;
    let mut title = match room {
        "" => "chalktalk".to_owned(),
        room => format!("{} - chalktalk", plain_line(room)),
    };
    if waiting > 0 {
        title.insert_str(0, &format!("({waiting}) "));
    }
    title
}

fn help_page(frame: &mut Frame, layout: &Layout, first: usize) {
    let columns = frame.size().columns;
    let lines = help::lines();
    let rows = layout.log.clone();
    let last_page = lines.len().saturating_sub(rows.len());
    for (row, line) in rows.zip(lines.iter().skip(first.min(last_page))) {
        let look = match line.starts_with(' ') {
            true => Style::PLAIN,
            false => Style::BOLD,
        };
        frame.put(Position::at(row, 0), &fit(line, columns), look);
    }
}
