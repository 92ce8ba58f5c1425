//! Keys in the form.

use super::effect::Effect;
use super::submit::leave;
use crate::client::Command;
use crate::ui_term::editor::Outcome;
use crate::ui_term::keys::Key;
use crate::ui_term::model::{Focus, Line, Model};

pub(super) fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    if model.line == Line::Connecting && model.form.error.is_none() {
        return impatient_key(model, key, effects);
    }
    match key {
        Key::Tab | Key::Down => model.form.focus = model.form.focus.next(),
        Key::BackTab | Key::Up => model.form.focus = model.form.focus.previous(),
        Key::Enter => join(model, effects),
        Key::Ctrl('c') => leave(model, Command::Quit(None), effects),
        Key::Ctrl('d') if is_empty(model) => leave(model, Command::Quit(None), effects),
        Key::MetaEnter | Key::Ctrl('j' | 'r') => {}
        Key::Paste(text) => {
            let first = text.trim_start().lines().next().unwrap_or_default();
            type_in(model, &Key::Paste(first.to_owned()));
        }
        Key::Char(' ') if model.form.focus == Focus::Join => join(model, effects),
        _ => type_in(model, key),
    }
}

/// A key while one connects: what is typed ahead is meant for the chat.
fn impatient_key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    match key {
        Key::Escape => {
            model.line = Line::None;
            effects.push(Effect::Disconnect);
        }
        Key::Ctrl('c') => leave(model, Command::Quit(None), effects),
        Key::Char(_) | Key::Backspace | Key::Paste(_) => {
            model.editor.key(key);
        }
        _ => {}
    }
}

fn is_empty(model: &mut Model) -> bool {
    model
        .form
        .field()
        .is_none_or(|field| field.text().is_empty())
}

fn type_in(model: &mut Model, key: &Key) {
    if let Some(field) = model.form.field()
        && field.key(key) == Outcome::Edited
    {
        model.form.error = None;
    }
}

/// Asks for another name where the server waits for one, else connects.
pub(super) fn join(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(settings) = model.form.settings() else {
        return;
    };
    let is_waited_for = model.line != Line::None && settings.address == model.address;
    model.address = settings.address.clone();
    model.way = settings.way.clone();
    model.line = Line::Connecting;
    effects.push(if is_waited_for {
        Effect::Send(Command::Name(settings.wish.name))
    } else {
        Effect::Connect(settings)
    });
}
