//! Keys while one chats.

use super::effect::Effect;
use super::submit::{self, leave};
use crate::client::{COMMANDS, Command};
use crate::ui_term::editor::{Candidate, Direction, Outcome};
use crate::ui_term::help::OWN_COMMANDS;
use crate::ui_term::keys::Key;
use crate::ui_term::layout::Layout;
use crate::ui_term::model::{Body, Entry, Model, Page, PeoplePane, Scroll, Search, Sort};
use crate::ui_term::rows::plain;
use crate::ui_term::scroll::{self, Step};
use crate::ui_term::typing::Typing;
use crate::wire::Name;

/// A paste of more lines is asked about.
const PASTE_LINES_MAX: usize = 5;
/// Newest entries that the copy view prints.
const COPIED_MAX: usize = 500;

/// What a key does that is not for the text.
#[derive(Debug, Clone, Copy)]
enum Act {
    Up(Step),
    Down(Step),
    Find,
    Unread,
    Mention,
    Copy,
    Back,
    Help,
    People,
    Clear,
    Leave,
    Complete(Direction),
}

fn act_of(key: &Key) -> Option<Act> {
    Some(match key {
        Key::PageUp | Key::Meta('v') => Act::Up(Step::Page),
        Key::PageDown | Key::Ctrl('v') => Act::Down(Step::Page),
        Key::ScrollUp => Act::Up(Step::Row),
        Key::ScrollDown => Act::Down(Step::Row),
        Key::Top | Key::Meta('<') => Act::Up(Step::End),
        Key::Bottom | Key::Meta('>') => Act::Down(Step::End),
        Key::Ctrl('s') => Act::Find,
        Key::Meta('u') => Act::Unread,
        Key::Meta('m') => Act::Mention,
        Key::Meta('l') => Act::Copy,
        Key::Escape | Key::Ctrl('g') => Act::Back,
        Key::Function(1) => Act::Help,
        Key::Function(8) => Act::People,
        Key::Ctrl('c') => Act::Clear,
        Key::Ctrl('d') => Act::Leave,
        Key::Tab => Act::Complete(Direction::Next),
        Key::BackTab => Act::Complete(Direction::Previous),
        _ => return None,
    })
}

pub(super) fn key(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    let notice = model.notice.take();
    if let Some(text) = model.paste.take() {
        return paste_key(model, key, text);
    }
    if model.search.is_some() && search_key(model, key) {
        return;
    }
    let is_for_text = model.editor.searching().is_some()
        || (matches!(key, Key::Ctrl('d')) && !model.editor.text().is_empty());
    match act_of(key) {
        Some(act) if !is_for_text => self::act(model, act, notice.as_deref(), effects),
        _ => type_in(model, key, effects),
    }
    if model.is_at_bottom() {
        model.unread = 0;
    }
}

fn act(model: &mut Model, act: Act, notice: Option<&str>, effects: &mut Vec<Effect>) {
    match act {
        Act::Up(step) => scroll::up(model, step),
        Act::Down(step) => scroll::down(model, step),
        Act::Find => begin_search(model),
        Act::Unread => unread(model),
        Act::Mention => mention(model),
        Act::Copy => copy(model, effects),
        Act::Back => back(model),
        Act::Help => model.page = Page::Help(0),
        Act::People => flip_people(model),
        Act::Clear => clear(model, notice, effects),
        Act::Leave => leave(model, Command::Quit(None), effects),
        Act::Complete(direction) => complete(model, direction),
    }
}

fn type_in(model: &mut Model, key: &Key, effects: &mut Vec<Effect>) {
    if let Key::Paste(text) = key
        && text.lines().count() > PASTE_LINES_MAX
    {
        model.paste = Some(text.clone());
        return;
    }
    if model.editor.key(key) == Outcome::Finished {
        submit::submit(model, effects);
    }
}

/// Keys that answer nothing leave the question open, and the paste with it.
fn paste_key(model: &mut Model, key: &Key, text: String) {
    match key {
        Key::Enter | Key::Char('y') => {
            model.editor.insert(text.trim_end_matches('\n'));
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
            find(model, Newest::BeforePointed);
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
    find(model, Newest::OfAll);
    true
}

/// Where one begins to look.
#[derive(Clone, Copy)]
enum Newest {
    OfAll,
    BeforePointed,
}

/// Finds the newest entry that is as wanted, and points at it.
fn point(model: &mut Model, newest: Newest, wanted: impl Fn(&Entry) -> bool) -> bool {
    let end = match (newest, model.pointed) {
        (Newest::BeforePointed, Some(seq)) => model.log.index_of(seq),
        _ => model.log.len(),
    };
    let found = model.log.find_before(end, wanted).map(|entry| entry.seq);
    if let Some(seq) = found {
        scroll::to(model, seq);
    }
    found.is_some()
}

fn find(model: &mut Model, newest: Newest) {
    let Some(needle) = model
        .search
        .as_ref()
        .map(|search| search.needle.to_lowercase())
    else {
        return;
    };
    let found = !needle.is_empty() && point(model, newest, |entry| entry.body.contains(&needle));
    if let Some(search) = &mut model.search {
        search.failed = !found && !needle.is_empty();
    }
}

fn unread(model: &mut Model) {
    match model.first_unread {
        Some(seq) => scroll::to(model, seq),
        None => model.notice = Some("everything has been read".to_owned()),
    }
}

fn mention(model: &mut Model) {
    let is_mention = |entry: &Entry| {
        matches!(
            entry.body,
            Body::Said {
                sort: Sort::Mention,
                ..
            } | Body::Told {
                sort: Sort::Plain | Sort::Mention,
                ..
            }
        )
    };
    if !point(model, Newest::BeforePointed, is_mention) {
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
    let typing = Typing::line("", "", model.size.columns);
    let is_shown = Layout::of(model, model.size, &typing).people.is_some();
    model.people = if is_shown {
        PeoplePane::Hidden
    } else {
        PeoplePane::Shown
    };
}

/// Empties the line, in a way that can be taken back with `C-y`; in an empty one, leaves if
/// that was the key before too.
fn clear(model: &mut Model, notice: Option<&str>, effects: &mut Vec<Effect>) {
    const AGAIN: &str = "C-c again leaves";
    if !model.editor.text().is_empty() {
        while model.editor.cursor() < model.editor.text().len() {
            model.editor.key(&Key::Ctrl('k'));
        }
        while !model.editor.text().is_empty() {
            model.editor.key(&Key::Ctrl('u'));
            if !model.editor.text().is_empty() {
                model.editor.key(&Key::Backspace);
            }
        }
    } else if notice == Some(AGAIN) {
        leave(model, Command::Quit(None), effects);
    } else {
        model.notice = Some(AGAIN.to_owned());
    }
}

fn complete(model: &mut Model, direction: Direction) {
    let candidates = candidates(model);
    model.editor.complete(&candidates, direction);
}

/// Those who spoke last, the others who are here, commands, rooms.
fn candidates(model: &Model) -> Vec<Candidate> {
    let is_other = |name: &&Name| !model.place.is_me(name);
    let spoke = model.speakers.iter().rev().filter(is_other);
    let silent = model
        .place
        .people()
        .filter(|name| !model.speakers.contains(name));
    let names = spoke.chain(silent.filter(is_other));
    let first_word = |usage: &str| usage.split(' ').next().unwrap_or_default().to_owned();
    let commands = COMMANDS.iter().chain(OWN_COMMANDS);
    let commands = commands.map(|(usage, _)| Candidate::Command(first_word(usage)));
    let rooms = model
        .rooms
        .iter()
        .map(|room| Candidate::Room(room.to_string()));
    names
        .map(|name| Candidate::Name(name.to_string()))
        .chain(commands)
        .chain(rooms)
        .collect()
}
