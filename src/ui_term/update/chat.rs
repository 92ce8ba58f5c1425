//! Keys while one chats.

use super::effect::Effect;
use super::submit::{self, leave};
use crate::client::{COMMANDS, Command};
use crate::ui_term::editor::Outcome;
use crate::ui_term::help::OWN_COMMANDS;
use crate::ui_term::keys::Key;
use crate::ui_term::layout::Layout;
use crate::ui_term::model::{Body, Entry, Model, Page, PeoplePane, Scroll, Search, Sort};
use crate::ui_term::rows::plain;
use crate::ui_term::scroll::{self, Step};
use crate::wire::Room;

/// A paste of more lines is asked about.
const PASTE_LINES_MAX: usize = 5;
/// Newest entries that the copy view prints.
const COPIED_MAX: usize = 500;

pub(super) fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    let notice = model.notice.take();
    if let Some(text) = model.paste.take() {
        return paste_key(model, key, text);
    }
    if model.search.is_some() && search_key(model, key) {
        return;
    }
    let is_for_text = model.editor.searching().is_some();
    if is_for_text || !act(model, key, notice.as_deref(), effects) {
        type_in(model, key, effects);
    }
    if model.is_at_bottom() {
        model.unread = 0;
    }
}

/// Does what a key does that is not for the text; false if it is for that.
fn act(model: &mut Model, key: &Key, notice: Option<&str>, effects: &mut Vec<Effect>) -> bool {
    match key {
        Key::PageUp | Key::Meta('v') => scroll::up(model, Step::Page),
        Key::PageDown | Key::Ctrl('v') => scroll::down(model, Step::Page),
        Key::ScrollUp => scroll::up(model, Step::Row),
        Key::ScrollDown => scroll::down(model, Step::Row),
        Key::Top | Key::Meta('<') => scroll::up(model, Step::End),
        Key::Bottom | Key::Meta('>') => scroll::down(model, Step::End),
        Key::Ctrl('s') => begin_search(model),
        Key::Meta('u') => unread(model),
        Key::Meta('m') => mention(model),
        Key::Meta('l') => copy(model, effects),
        Key::Escape | Key::Ctrl('g') => back(model),
        Key::Function(1) => model.page = Page::Help(0),
        Key::Function(8) => flip_people(model),
        Key::Ctrl('c') => clear(model, notice, effects),
        Key::Ctrl('d') if model.editor.text().is_empty() => {
            leave(model, Command::Quit(None), effects);
        }
        Key::Tab | Key::BackTab => {
            let candidates = candidates(model);
            model.editor.complete(key, candidates);
        }
        _ => return false,
    }
    true
}

fn type_in(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    match key {
        Key::Paste(text) if text.lines().count() > PASTE_LINES_MAX => {
            model.paste = Some(text.clone());
        }
        _ if model.editor.key(key) == Outcome::Finished => submit::submit(model, effects),
        _ => {}
    }
}

/// Keys that answer nothing leave the question open, and the paste with it.
fn paste_key(model: &mut Model, key: &Key, text: String) {
    match key {
        Key::Enter | Key::Char('y') => {
            model.editor.key(&Key::Paste(text));
        }
        Key::Escape | Key::Char('n') | Key::Ctrl('c' | 'g') => {}
        _ => model.paste = Some(text),
    }
}

fn begin_search(model: &mut Model) {
    model.search = Some(Search {
        needle: String::new(),
        failed: false,
        before: model.scroll,
    });
}

/// A key while searching; false if it ends the search and still is to be done.
fn search_key(model: &mut Model, key: &Key) -> bool {
    let Some(search) = &mut model.search else {
        return false;
    };
    match key {
        Key::Char(c) => search.needle.push(*c),
        Key::Paste(text) => search
            .needle
            .extend(text.chars().filter(|c| !c.is_control())),
        Key::Backspace => {
            search.needle.pop();
        }
        Key::Ctrl('s') => {
            find(model, before_pointed(model));
            return true;
        }
        Key::Ctrl('c' | 'g') | Key::Escape => {
            model.scroll = search.before;
            (model.search, model.pointed) = (None, None);
            return true;
        }
        Key::Enter => {
            model.search = None;
            return true;
        }
        _ => {
            model.search = None;
            return false;
        }
    }
    find(model, model.log.len());
    true
}

/// The place of what was jumped to; older than that one looks for more.
fn before_pointed(model: &Model) -> usize {
    let pointed = model.pointed.map(|seq| model.log.index_of(seq));
    pointed.unwrap_or(model.log.len())
}

/// Points at the newest entry before a place that is as wanted; true if there is one.
fn point(model: &mut Model, end: usize, wanted: impl Fn(&Model, &Entry) -> bool) -> bool {
    let found = model.log.find_before(end, |entry| wanted(model, entry));
    let found = found.map(|entry| entry.seq);
    found.into_iter().for_each(|seq| scroll::to(model, seq));
    found.is_some()
}

fn find(model: &mut Model, end: usize) {
    let Some(mut search) = model.search.take() else {
        return;
    };
    let needle = search.needle.to_lowercase();
    search.failed = !needle.is_empty()
        && !point(model, end, |model, entry| {
            plain(model, entry).to_lowercase().contains(&needle)
        });
    model.search = Some(search);
}

fn unread(model: &mut Model) {
    match model.first_unread {
        Some(seq) => scroll::to(model, seq),
        None => model.notice = Some("everything has been read".to_owned()),
    }
}

fn mention(model: &mut Model) {
    let sort = |entry: &Entry| match &entry.body {
        Body::Said { sort, .. } | Body::Told { sort, .. } => Some(*sort),
        _ => None,
    };
    if !point(model, before_pointed(model), |_, entry| {
        sort(entry) == Some(Sort::Mention)
    }) {
        model.notice = Some("nobody has said your name before that".to_owned());
    }
}

fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let skipped = model.log.len().saturating_sub(COPIED_MAX);
    let lines = model
        .log
        .iter()
        .skip(skipped)
        .map(|entry| plain(model, entry));
    effects.push(Effect::ShowPlain(lines.collect()));
    model.page = Page::Copy;
}

/// Back to the newest; a second time forgets who whispered.
fn back(model: &mut Model) {
    if model.is_at_bottom() && model.pointed.is_none() {
        model.whispers.clear();
    }
    (model.scroll, model.pointed) = (Scroll::Bottom, None);
}

fn flip_people(model: &mut Model) {
    let is_shown = Layout::of(model, model.size, 1).people.is_some();
    model.people = if is_shown {
        PeoplePane::Hidden
    } else {
        PeoplePane::Shown
    };
}

/// Empties the line; in an empty one, leaves if that was the key before too.
fn clear(model: &mut Model, notice: Option<&str>, effects: &mut Vec<Effect>) {
    const AGAIN: &str = "C-c again leaves";
    if !model.editor.text().is_empty() {
        model.editor.clear();
    } else if notice == Some(AGAIN) {
        leave(model, Command::Quit(None), effects);
    } else {
        model.notice = Some(AGAIN.to_owned());
    }
}

/// What Tab may make of a word: those who spoke last, the others who are here, rooms. At the
/// start of a text one speaks to somebody, or gives a command.
fn candidates(model: &Model) -> Vec<String> {
    let is_start = model.editor.word_start() == 0;
    let spoke = model.speakers.iter().rev();
    let people = model.place.people();
    let silent = people.filter(|name| !model.speakers.contains(name));
    let others = spoke.chain(silent).filter(|name| !model.place.is_me(name));
    let colon = if is_start { ":" } else { "" };
    let names = others.map(|name| format!("{name}{colon}"));
    let commands = COMMANDS.iter().chain(OWN_COMMANDS).filter(|_| is_start);
    let commands = commands.filter_map(|(usage, _)| usage.split(' ').next());
    let rooms = model.rooms.iter().map(Room::to_string);
    names
        .chain(commands.map(str::to_owned))
        .chain(rooms)
        .collect()
}
