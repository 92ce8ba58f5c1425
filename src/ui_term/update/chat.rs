//! Keys while one chats.

use super::effect::Effect;
use super::submit::{self, leave};
use crate::client::plain::host_leaves;
use crate::client::{COMMANDS, Command};
use crate::ui_term::editor::Outcome;
use crate::ui_term::help::OWN_COMMANDS;
use crate::ui_term::keys::Key;
use crate::ui_term::layout;
use crate::ui_term::model::{Entry, Model, Page, PeoplePane, Scroll, Search, Sort};
use crate::ui_term::rows::plain;
use crate::ui_term::scroll::{self, Step};
use crate::wire::{Name, Room};

/// A paste of more lines is asked about.
const PASTE_LINES_MAX: usize = 5;
/// Newest entries that the copy view prints.
const COPIED_MAX: usize = 500;

pub(super) fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    let notice = model.input.notice.take();
    if !matches!(key, Key::Tab | Key::BackTab) {
        model.input.editor.end_completion();
    }
    if let Some(text) = model.input.paste.take() {
        return paste_key(model, key, text);
    }
    if model.input.search.is_some() && search_key(model, key) {
        return;
    }
    let is_for_text = model.input.editor.searching().is_some();
    if is_for_text || !act(model, key, notice.as_deref(), effects) {
        type_in(model, key, effects);
    }
    if model.reading.is_at_bottom() {
        model.reading.unread = 0;
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
        Key::Meta('o') => open(model),
        Key::Meta('l') => copy(model, effects),
        Key::Escape | Key::Ctrl('g') => back(model),
        Key::Function(1) => model.window.page = Page::Help(0),
        Key::Function(8) => flip_people(model),
        Key::MetaEnter if notice == Some(submit::ASKED) => submit::send_text(model, effects),
        Key::Ctrl('c') => clear(model, notice, effects),
        Key::Ctrl('d') if model.input.editor.text().is_empty() => {
            leave(model, Command::Quit(None), effects);
        }
        Key::Tab | Key::BackTab => {
            let mut editor = std::mem::take(&mut model.input.editor);
            editor.complete(key, |before, typed| fitting(model, before, typed));
            model.input.editor = editor;
        }
        _ => return false,
    }
    true
}

fn type_in(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    match key {
        Key::Paste(text) if text.lines().count() > PASTE_LINES_MAX => {
            model.input.paste = Some(text.clone());
        }
        _ if model.input.editor.key(key) == Outcome::Finished => submit::submit(model, effects),
        _ => {}
    }
}

/// Keys that answer nothing leave the question open, and the paste with it.
fn paste_key(model: &mut Model, key: &Key, text: String) {
    match key {
        Key::Enter | Key::Char('y') => {
            model.input.editor.key(&Key::Paste(text));
        }
        Key::Escape | Key::Char('n') | Key::Ctrl('c' | 'g') => {}
        _ => model.input.paste = Some(text),
    }
}

fn begin_search(model: &mut Model) {
    model.input.search = Some(Search {
        before: model.reading.scroll,
        ..Search::default()
    });
}

/// A key while searching; false if it ends the search and is still to be done.
fn search_key(model: &mut Model, key: &Key) -> bool {
    let Some(mut search) = model.input.search.take() else {
        return false;
    };
    let (needle, mut end) = (&mut search.needle, model.reading.log.len());
    match key {
        Key::Char(c) => needle.push(*c),
        Key::Paste(text) => needle.extend(text.chars().filter(|c| !c.is_control())),
        Key::Backspace => drop(needle.pop()),
        Key::Ctrl('s') => end = model.reading.pointed_at(),
        Key::Ctrl('c' | 'g') | Key::Escape => {
            model.reading.go(search.before);
            return true;
        }
        key => return *key == Key::Enter,
    }
    find(model, search, end);
    true
}

/// Points at the newest entry before a place that is as wanted; true if there is one.
fn point(model: &mut Model, end: usize, wanted: impl Fn(&Entry) -> bool) -> bool {
    let found = model.reading.log.find_before(end, wanted);
    let Some(seq) = found.map(|entry| entry.seq) else {
        return false;
    };
    // What was looked for may stand in what is folded.
    model.reading.opened = Some(seq);
    scroll::to(model, seq);
    true
}

fn find(model: &mut Model, search: Search, end: usize) {
    let (needle, offset) = (search.needle.to_lowercase(), model.reading.offset);
    model.input.search = Some(search);
    let holds = |entry: &Entry| plain(offset, entry).to_lowercase().contains(&needle);
    let failed = !needle.is_empty() && !point(model, end, holds);
    if let Some(search) = &mut model.input.search {
        search.failed = failed;
    }
}

fn unread(model: &mut Model) {
    match model.reading.first_unread {
        Some(seq) => scroll::to(model, seq),
        None => model.input.notice = Some("everything has been read".to_owned()),
    }
}

fn mention(model: &mut Model) {
    let is_mention = |entry: &Entry| entry.body.sort() == Some(Sort::Mention);
    if !point(model, model.reading.pointed_at(), is_mention) {
        model.input.notice = Some("nobody has said your name before that".to_owned());
    }
}

fn open(model: &mut Model) {
    if !scroll::open(model) {
        model.input.notice = Some("no message in sight is too long to be shown whole".to_owned());
    }
}

fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let (log, offset) = (&model.reading.log, model.reading.offset);
    let skipped = log.len().saturating_sub(COPIED_MAX);
    let lines = log.iter().skip(skipped).map(|entry| plain(offset, entry));
    effects.push(Effect::ShowPlain(lines.collect()));
    model.window.page = Page::Copy;
}

/// Back to the newest; a second time forgets who whispered.
fn back(model: &mut Model) {
    if model.reading.is_at_bottom() && model.reading.pointed.is_none() {
        model.heard.whispers.clear();
    }
    model.reading.go(Scroll::Bottom);
}

fn flip_people(model: &mut Model) {
    model.window.people = match layout::people(&model.window) {
        Some(_) => PeoplePane::Hidden,
        None => PeoplePane::Shown,
    };
}

/// Empties the line; in an empty one, leaves if that was the key before too.
fn clear(model: &mut Model, notice: Option<&str>, effects: &mut Vec<Effect>) {
    const AGAIN: &str = "C-c again leaves";
    let is_again = notice == Some(AGAIN) || notice == Some(&host_leaves(model.link.others));
    if !model.input.editor.text().is_empty() {
        model.input.editor.clear();
    } else if is_again {
        leave(model, Command::Quit(None), effects);
    } else {
        model.input.notice = Some(AGAIN.to_owned());
        model.link.told_others = None;
        submit::warns(model);
    }
}

/// What Tab may make of a word. At the start of a text one speaks to somebody, or gives a command; what that is about
/// is listed even if nothing of it is typed.
fn fitting(model: &Model, before: &str, typed: &str) -> Vec<String> {
    let names = || names(model).map(Name::to_string);
    let rooms = || model.heard.rooms.iter().map(Room::to_string);
    let words: Vec<String> = match before {
        "/join " | "/who " | "/names " => rooms().collect(),
        "/msg " | "/w " | "/query " | "/ignore " | "/unignore " => names().collect(),
        _ if typed.is_empty() => Vec::new(),
        "" => {
            let commands = COMMANDS.iter().chain(OWN_COMMANDS);
            let commands = commands.filter_map(|(usage, _)| usage.split(' ').next());
            let names = names().map(|name| name + ":");
            names
                .chain(commands.map(str::to_owned))
                .chain(rooms())
                .collect()
        }
        _ => names().chain(rooms()).collect(),
    };
    let begin = typed.to_lowercase();
    let fits = |word: &String| word.to_lowercase().starts_with(&begin);
    words.into_iter().filter(fits).collect()
}

/// Those who spoke last, then the others who are here.
fn names(model: &Model) -> impl Iterator<Item = &Name> {
    let speakers = &model.heard.speakers;
    let people = model.place.people();
    let silent = people.filter(|name| !speakers.contains(name));
    let all = speakers.iter().rev().chain(silent);
    all.filter(|name| !model.place.is_me(name))
}
