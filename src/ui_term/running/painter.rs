//! What the terminal is told, and what it shows since.

use crate::ui_term::escape;
use crate::ui_term::frame::{Frame, diff};
use crate::ui_term::model::Model;
use crate::ui_term::render::{render, title};

/// Remembers what was drawn last; nothing at the start, and after somebody else has drawn.
#[derive(Debug, Default)]
pub(super) struct Painter {
    shown: Option<Frame>,
    title: String,
}

impl Painter {
    /// What to say to the terminal so that it shows the model; nothing if it does already.
    pub(super) fn paint(&mut self, model: &Model) -> String {
        let frame = render(model);
        let mut words = diff(self.shown.as_ref(), &frame);
        let title = title(model);
        if title != self.title {
            escape::window_title(&mut words, &title);
            self.title = title;
        }
        self.shown = Some(frame);
        words
    }
}

/// Plain lines without the screen, so that a mouse can mark them in any terminal. They have
/// been through the sanitiser.
pub(super) fn plain_page(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    lines + "\r\n-- Enter goes back to the chat --"
}
