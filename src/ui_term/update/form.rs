//! Keys in the form.

use super::effect::Effect;
use super::submit::leave;
use crate::client::{Command, Settings, Way};
use crate::ui_term::editor::Outcome;
use crate::ui_term::keys::Key;
use crate::ui_term::model::{Focus, Line, Model};

pub(super) fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    if model.line == Line::Connecting && model.form.error.is_none() {
        return impatient_key(model, key, effects);
    }
    match key {
        Key::Tab | Key::Down => model.form.go_on(1),
        Key::BackTab | Key::Up => model.form.go_back(),
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
    let Some(wanted) = model.form.wanted() else {
        return;
    };
    let is_waited_for = model.line != Line::None && wanted.address == model.address;
    model.address = wanted.address.clone();
    model.line = Line::Connecting;
    if is_waited_for {
        return effects.push(Effect::Send(Command::Name(wanted.wish.name)));
    }
    let known = match (&model.form.way, &wanted.code) {
        (Some((known, way)), None) if *known == wanted.address => Some(way.clone()),
        _ => None,
    };
    effects.push(match known {
        Some(way) => {
            model.way = way.clone();
            Effect::Connect(wanted.by(way))
        }
        None => Effect::FindWay {
            code: wanted.code.clone(),
            settings: wanted.by(Way::default()),
        },
    });
}

/// There is a way to the server that was asked for, or there is none.
pub(super) fn found(model: &mut Model, way: Result<Settings, String>, effects: &mut Vec<Effect>) {
    match way {
        Ok(settings) => {
            model.way = settings.way.clone();
            effects.push(Effect::Connect(settings));
        }
        Err(why) => {
            model.line = Line::None;
            model.form.fail(Focus::Server, why);
        }
    }
}
