//! What every key, every word of the server and every tick does to the model. Pure: what is to
//! be done outside comes back as [`Effect`]s.

mod chat;
mod effect;
mod server;
mod submit;

pub use effect::{Effect, Event};

use super::keys::Key;
use super::layout::Layout;
use super::model::{LinkState, Model, Page};
use super::scroll;
use std::time::Duration;

/// Time for the server to say goodbye.
const LEAVE_PATIENCE: Duration = Duration::from_secs(1);

/// Changes the model by what happened.
pub fn update(model: &mut Model, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    match event {
        Event::Key(key) => self::key(model, &key, &mut effects),
        Event::Server(event) => server::told(model, event, &mut effects),
        Event::Sent(ticket, command) => submit::sent(model, ticket, &command),
        Event::Others(others) => model.link.others = others,
        Event::Size(size) => model.window.size = size,
        Event::Offset(offset) => model.reading.offset = offset,
        Event::Tick { now, wall } => {
            (model.clock.now, model.clock.wall) = (now, wall);
            let is_late = |at| now >= at + LEAVE_PATIENCE;
            if model.link.leaving.is_some_and(is_late) {
                effects.push(Effect::Leave);
            }
        }
    }
    scroll::settle(model);
    effects
}

fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    if matches!(key, Key::CursorAt(_) | Key::Device | Key::Unknown) {
        return;
    }
    model.clock.last_key = model.clock.now;
    match model.link.state {
        LinkState::Lost(_) | LinkState::NameHeld(_) => effects.push(Effect::Hurry),
        LinkState::Up | LinkState::Connecting => {}
    }
    match (model.window.page, key) {
        (_, Key::Ctrl('l')) => effects.push(Effect::Redraw),
        (_, Key::Ctrl('z')) => suspend(model, effects),
        (Page::Help(first), _) => help_key(model, key, first, effects),
        (Page::Chat, _) => chat::key(model, key, effects),
        (Page::Copy, Key::Enter | Key::Escape | Key::Ctrl('c') | Key::Meta('l')) => {
            model.window.page = Page::Chat;
            effects.push(Effect::Redraw);
        }
        (Page::Copy, _) => {}
    }
}

/// Suspends; a host, with whom the server stands still, is told that once before.
fn suspend(model: &mut Model, effects: &mut Vec<Effect>) {
    let others = model.link.others;
    let warning =
        format!("the chat stands still meanwhile, for others too ({others}): C-z again suspends");
    let told = model.input.notice.take();
    if others > 0 && told.as_ref() != Some(&warning) {
        model.input.notice = Some(warning);
    } else {
        effects.push(Effect::Suspend);
    }
}

/// Keys that mean nothing to the help page close it, and then do what they do.
fn help_key(model: &mut Model, key: &Key, first: usize, effects: &mut Vec<Effect>) {
    let rows = Layout::of(&model.window, &model.input).log.len();
    let last = super::help::lines().len().saturating_sub(rows);
    let page = rows.max(2) - 1;
    let to = match key {
        Key::PageDown | Key::Ctrl('v') => first + page,
        Key::PageUp | Key::Meta('v') => first.saturating_sub(page),
        Key::Down | Key::ScrollDown => first + 1,
        Key::Up | Key::ScrollUp => first.saturating_sub(1),
        _ => {
            model.window.page = Page::Chat;
            if !matches!(key, Key::Escape | Key::Enter | Key::Function(1)) {
                chat::key(model, key, effects);
            }
            return;
        }
    };
    model.window.page = Page::Help(to.min(last));
}
