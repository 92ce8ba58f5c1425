//! The line that is being typed, with the keys of emacs and of every shell.
//!
//! Holds: whatever the keys, the text has no control character but tabs and line breaks, and
//! the cursor stands between two characters. Nothing typed is lost: Enter only asks, and the
//! text stays until [`Editor::submit`] takes it; a draft waits while one looks through
//! what was sent before.
//!
//! Ruled out: editing in the rows of the screen as they wrap (Up would mean another thing
//! after each resize), and a gap buffer or rope (a text has some kilobytes).

mod completion;
mod history;
mod text;

pub use completion::{Candidate, Direction};

use super::keys::Key;
use completion::Completion;
use history::History;
use text::Text;

/// Bytes that a text may have; far more than can be sent, so that the person sees by how
/// much it is too long.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// What a key did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The text, the cursor or the search may have changed.
    Edited,
    /// Enter: the text is finished, and to be sent if it can be.
    Finished,
    /// The key means nothing here.
    Ignored,
}

/// One thing that a key does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    Up,
    Down,
    EraseLeft,
    EraseRight,
    KillBlankLeft,
    KillWordLeft,
    KillWordRight,
    KillLineStart,
    KillLineEnd,
    Yank,
    Transpose,
    NewLine,
    Search,
}

/// The key table. Tab is not in it: see [`Editor::complete`].
fn edit_of(key: &Key) -> Option<Edit> {
    Some(match key {
        Key::Left | Key::Ctrl('b') => Edit::Left,
        Key::Right | Key::Ctrl('f') => Edit::Right,
        Key::WordLeft | Key::Meta('b') => Edit::WordLeft,
        Key::WordRight | Key::Meta('f') => Edit::WordRight,
        Key::Home | Key::Ctrl('a') => Edit::LineStart,
        Key::End | Key::Ctrl('e') => Edit::LineEnd,
        Key::Up | Key::Ctrl('p') => Edit::Up,
        Key::Down | Key::Ctrl('n') => Edit::Down,
        Key::Backspace => Edit::EraseLeft,
        Key::Delete | Key::Ctrl('d') => Edit::EraseRight,
        Key::Ctrl('w') => Edit::KillBlankLeft,
        Key::MetaBackspace => Edit::KillWordLeft,
        Key::Meta('d') => Edit::KillWordRight,
        Key::Ctrl('u') => Edit::KillLineStart,
        Key::Ctrl('k') => Edit::KillLineEnd,
        Key::Ctrl('y') => Edit::Yank,
        Key::Ctrl('t') => Edit::Transpose,
        Key::MetaEnter | Key::Ctrl('j') => Edit::NewLine,
        Key::Ctrl('r') => Edit::Search,
        _ => return None,
    })
}

/// A search through what was sent before.
#[derive(Debug)]
struct Search {
    needle: String,
    /// The line shown, once one has been found.
    found: Option<usize>,
    /// Whether the needle, as it now reads, is nowhere.
    failed: bool,
    /// What stood there before.
    before: Text,
}

/// What the screen shows of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Searching<'a> {
    /// What is searched for.
    pub needle: &'a str,
    /// Whether it is nowhere.
    pub failed: bool,
}

/// A text that is being typed.
#[derive(Debug, Default)]
pub struct Editor {
    text: Text,
    /// What was cut last, and comes back with [`Edit::Yank`].
    killed: String,
    /// Whether the last key cut something, so that the next cut adds to it.
    was_kill: bool,
    history: History,
    search: Option<Search>,
    completion: Option<Completion>,
}

impl Editor {
    /// The text as it stands.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// The byte of the text that the cursor stands before.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.text.cursor()
    }

    /// The search through what was sent before, while there is one.
    #[must_use]
    pub fn searching(&self) -> Option<Searching<'_>> {
        let search = self.search.as_ref()?;
        Some(Searching {
            needle: &search.needle,
            failed: search.failed,
        })
    }

    /// Takes a key.
    pub fn key(&mut self, key: &Key) -> Outcome {
        self.completion = None;
        if self.search.is_some()
            && let Some(outcome) = self.search_key(key)
        {
            return outcome;
        }
        let was_kill = std::mem::take(&mut self.was_kill);
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.insert(text),
            Key::Enter => return Outcome::Finished,
            Key::Ctrl('d') if self.text().is_empty() => return Outcome::Ignored,
            _ => match edit_of(key) {
                Some(edit) => self.edit(edit, was_kill),
                None => return Outcome::Ignored,
            },
        }
        Outcome::Edited
    }

    /// Inserts text at the cursor, without the control characters in it; nothing where the
    /// whole would become enormous.
    pub fn insert(&mut self, text: &str) {
        let plain = text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "");
        if self.text().len() + plain.len() <= TEXT_BYTES_MAX {
            self.text.insert(&plain);
        }
    }

    /// Completes the word before the cursor, or goes on to another candidate if the last key
    /// did so too. The candidates are tried in the order given.
    pub fn complete(&mut self, candidates: &[Candidate], direction: Direction) {
        if self.completion.is_none() {
            self.completion = Completion::new(self.text.before(), candidates);
        }
        if let Some(completion) = &mut self.completion {
            let (replaced, option) = completion.step(direction);
            self.text.cut(replaced);
            self.text.insert(option);
        }
        self.was_kill = false;
    }

    /// Takes the finished text out, and remembers it.
    pub fn submit(&mut self) -> String {
        self.search = None;
        self.completion = None;
        let text = std::mem::take(&mut self.text).as_str().to_owned();
        if !text.is_empty() {
            self.history.push(&text);
        }
        text
    }

    fn edit(&mut self, edit: Edit, was_kill: bool) {
        let cursor = self.cursor();
        match edit {
            Edit::Left => self.text.go(self.text.left()),
            Edit::Right => self.text.go(self.text.right()),
            Edit::WordLeft => self.text.go(self.text.word_left()),
            Edit::WordRight => self.text.go(self.text.word_right()),
            Edit::LineStart => self.text.go(self.text.line_start()),
            Edit::LineEnd => self.text.go(self.text.line_end()),
            Edit::Up => self.up(),
            Edit::Down => self.down(),
            Edit::EraseLeft => drop(self.text.cut(self.text.left()..cursor)),
            Edit::EraseRight => drop(self.text.cut(cursor..self.text.right())),
            Edit::KillBlankLeft => self.kill(self.text.blank_left(), was_kill),
            Edit::KillWordLeft => self.kill(self.text.word_left(), was_kill),
            Edit::KillWordRight => self.kill(self.text.word_right(), was_kill),
            Edit::KillLineStart => self.kill(self.text.line_start(), was_kill),
            Edit::KillLineEnd => self.kill(self.line_end_or_break(), was_kill),
            Edit::Yank => self.insert(&self.killed.clone()),
            Edit::Transpose => self.text.transpose(),
            Edit::NewLine => self.insert("\n"),
            Edit::Search => self.begin_search(),
        }
    }

    /// Cuts from the cursor to a place before or behind it; what one cuts in a row comes back
    /// as one.
    fn kill(&mut self, to: usize, was_kill: bool) {
        let cursor = self.cursor();
        let cut = self.text.cut(cursor.min(to)..cursor.max(to));
        let before = if was_kill {
            std::mem::take(&mut self.killed)
        } else {
            String::new()
        };
        self.killed = if to < cursor {
            cut + &before
        } else {
            before + &cut
        };
        self.was_kill = true;
    }

    /// The end of the line, or behind its break if the cursor stands there already.
    fn line_end_or_break(&self) -> usize {
        let end = self.text.line_end();
        if end == self.cursor() {
            self.text.right()
        } else {
            end
        }
    }

    fn up(&mut self) {
        if let Some(above) = self.text.up() {
            self.text.go(above);
        } else if let Some(older) = self.history.older(self.text.as_str()) {
            self.text = Text::new(older);
        }
    }

    fn down(&mut self) {
        if let Some(below) = self.text.down() {
            self.text.go(below);
        } else if let Some(newer) = self.history.newer(self.text.as_str()) {
            self.text = Text::new(newer);
        }
    }

    fn begin_search(&mut self) {
        self.search = Some(Search {
            needle: String::new(),
            found: None,
            failed: false,
            before: self.text.clone(),
        });
    }

    /// A key while searching; `None` if it ends the search and still is to be done.
    fn search_key(&mut self, key: &Key) -> Option<Outcome> {
        let search = self.search.as_mut()?;
        let newest = self.history.draft();
        let from = match key {
            Key::Char(c) => {
                search.needle.push(*c);
                search.found.map_or(newest, |at| at + 1)
            }
            Key::Backspace => {
                search.needle.pop();
                newest
            }
            Key::Ctrl('r') => search.found.unwrap_or(newest),
            Key::Ctrl('g') | Key::Escape => {
                self.text = self.search.take()?.before;
                return Some(Outcome::Edited);
            }
            Key::Enter => {
                self.accept_search();
                return Some(Outcome::Edited);
            }
            _ => {
                self.accept_search();
                return None;
            }
        };
        self.search_from(from);
        Some(Outcome::Edited)
    }

    fn search_from(&mut self, from: usize) {
        let Some(search) = &mut self.search else {
            return;
        };
        let found = self.history.find_before(from, &search.needle);
        search.failed = found.is_none();
        if let Some(at) = found {
            search.found = Some(at);
            self.text = Text::new(self.history.sent(at).to_owned());
        }
    }

    /// Goes on with the line found, as if one had gone up to it: the draft still waits.
    fn accept_search(&mut self) {
        if let Some(search) = self.search.take()
            && let Some(at) = search.found
        {
            let _ = self.history.show(at, search.before.as_str());
        }
    }
}

#[cfg(test)]
mod tests;
