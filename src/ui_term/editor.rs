//! The line that is being typed, with the keys of emacs and of every shell.
//!
//! Holds: whatever the keys, the text has no control character but tabs and line breaks, and
//! the cursor stands between two characters. Nothing typed is lost: Enter only asks, and the
//! text stays until [`Editor::submit`] takes it; a draft waits while one looks through
//! what was sent before.
//!
//! Ruled out: editing in the rows of the screen as they wrap (Up would mean another thing
//! after each resize), and a gap buffer or rope (a text has some kilobytes).

mod history;
mod text;

use super::keys::Key;
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

/// A search through what was sent before.
#[derive(Debug)]
pub struct Search {
    /// What is searched for.
    pub needle: String,
    /// Whether it is nowhere.
    pub failed: bool,
    /// Where the line shown stands.
    at: usize,
    /// What stood there before.
    before: Text,
}

/// What Tab makes of a word.
#[derive(Debug)]
struct Completion {
    /// Where it begins.
    start: usize,
    /// What it was, then what it may read.
    words: Vec<String>,
    /// Which of them it reads now.
    at: usize,
}

/// A text that is being typed.
#[derive(Debug, Default)]
pub struct Editor {
    text: Text,
    /// What was cut last, and comes back with `C-y`.
    killed: String,
    /// Whether the last key cut something, so that the next cut adds to it.
    was_kill: bool,
    history: History,
    search: Option<Search>,
    /// Any key but Tab ends it, and so does whatever else empties the text.
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
    pub fn searching(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Takes a key. For Tab there is [`Editor::complete`].
    pub fn key(&mut self, key: &Key) -> Outcome {
        self.completion = None;
        if let Some(search) = self.search.take()
            && let Some(outcome) = self.search_key(search, key)
        {
            return outcome;
        }
        let was_kill = std::mem::take(&mut self.was_kill);
        let cursor = self.cursor();
        let text = &mut self.text;
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Paste(pasted) => self.insert(pasted.strip_suffix('\n').unwrap_or(pasted)),
            Key::Enter => return Outcome::Finished,
            Key::Left | Key::Ctrl('b') => text.go(text.left()),
            Key::Right | Key::Ctrl('f') => text.go(text.right()),
            Key::WordLeft | Key::Meta('b') => text.go(text.word_left()),
            Key::WordRight | Key::Meta('f') => text.go(text.word_right()),
            Key::Home | Key::Ctrl('a') => text.go(text.line_start()),
            Key::End | Key::Ctrl('e') => text.go(text.line_end()),
            Key::Up | Key::Ctrl('p') => self.go_up(),
            Key::Down | Key::Ctrl('n') => self.go_down(),
            Key::Backspace => drop(text.cut(text.left()..cursor)),
            Key::Ctrl('d') if text.as_str().is_empty() => return Outcome::Ignored,
            Key::Delete | Key::Ctrl('d') => drop(text.cut(cursor..text.right())),
            Key::Ctrl('w') => self.kill(self.text.blank_left(), was_kill),
            Key::MetaBackspace => self.kill(self.text.word_left(), was_kill),
            Key::Meta('d') => self.kill(self.text.word_right(), was_kill),
            Key::Ctrl('u') => self.kill(self.text.line_start(), was_kill),
            // At the end of a line, its break.
            Key::Ctrl('k') => self.kill(self.text.line_end().max(self.text.right()), was_kill),
            Key::Ctrl('y') => self.insert(&self.killed.clone()),
            Key::Ctrl('t') => text.transpose(),
            Key::MetaEnter | Key::Ctrl('j') => self.insert("\n"),
            Key::Ctrl('r') => {
                self.search = Some(Search {
                    needle: String::new(),
                    failed: false,
                    at: self.history.at,
                    before: self.text.clone(),
                });
            }
            _ => return Outcome::Ignored,
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

    /// Completes the word before the cursor with the next of those that fit; with Shift and Tab with the one before.
    /// `fitting` is given what stands before the word and the word, and says what that may read. A word begins behind
    /// white space, or behind any sign in it, the leftmost first: names hold nearly all signs too.
    pub fn complete(&mut self, key: &Key, fitting: impl Fn(&str, &str) -> Vec<String>) {
        let completion = self.completion.take();
        let Some(mut completion) = completion.or_else(|| self.begin_completion(fitting)) else {
            return;
        };
        let Completion { start, words, at } = &mut completion;
        *at += match key {
            Key::BackTab => words.len() - 1,
            _ => 1,
        };
        *at %= words.len();
        self.text.cut(*start..self.text.cursor());
        self.text.insert(words.get(*at).map_or("", String::as_str));
        self.completion = Some(completion);
        self.was_kill = false;
    }

    fn begin_completion(&self, fitting: impl Fn(&str, &str) -> Vec<String>) -> Option<Completion> {
        let before = self.text.before();
        let word = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
        let is_sign = |(at, c): &(usize, char)| *at >= word && !c.is_alphanumeric();
        let signs = before.char_indices().filter(is_sign);
        let starts = std::iter::once(word).chain(signs.map(|(at, c)| at + c.len_utf8()));
        // What follows on the word needs no blank before it.
        let blank = match self.text.after().chars().next() {
            Some(c) if c != '\n' && !c.is_alphanumeric() => "",
            _ => " ",
        };
        starts
            .map(|start| {
                let (before, typed) = before.split_at(start);
                let fitting = fitting(before, typed).into_iter().map(|word| word + blank);
                let words = std::iter::once(typed.to_owned()).chain(fitting).collect();
                Completion {
                    start,
                    words,
                    at: 0,
                }
            })
            .find(|completion| completion.words.len() > 1)
    }

    /// Another key than Tab was pressed.
    pub fn end_completion(&mut self) {
        self.completion = None;
    }

    /// What the word before the cursor may read, where Tab has found several.
    #[must_use]
    pub fn choices(&self) -> &[String] {
        let completion = self.completion.as_ref();
        let words = completion.and_then(|found| found.words.get(1..));
        words.filter(|words| words.len() > 1).unwrap_or_default()
    }

    /// Empties the text; `C-y` brings it back.
    pub fn clear(&mut self) {
        self.completion = None;
        self.killed = std::mem::take(&mut self.text).as_str().to_owned();
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

    /// Cuts from the cursor to a place before or behind it; what one cuts in a row comes back
    /// as one.
    fn kill(&mut self, to: usize, was_kill: bool) {
        let cursor = self.cursor();
        let cut = self.text.cut(cursor.min(to)..cursor.max(to));
        if !was_kill {
            self.killed.clear();
        }
        let at = if to < cursor { 0 } else { self.killed.len() };
        self.killed.insert_str(at, &cut);
        self.was_kill = true;
    }

    fn go_up(&mut self) {
        match self.text.up() {
            Some(above) => self.text.go(above),
            None => self.show(self.history.at.checked_sub(1)),
        }
    }

    fn go_down(&mut self) {
        match self.text.down() {
            Some(below) => self.text.go(below),
            None => self.show(Some(self.history.at + 1)),
        }
    }

    /// Shows a line that was sent before, or the draft, if there is one.
    fn show(&mut self, at: Option<usize>) {
        if let Some(shown) = at.and_then(|at| self.history.show(at, self.text.as_str())) {
            self.text = Text::new(shown);
        }
    }

    /// A key while searching; `None` if it ends the search and still is to be done.
    fn search_key(&mut self, mut search: Search, key: &Key) -> Option<Outcome> {
        let end = match key {
            Key::Char(c) => {
                search.needle.push(*c);
                search.at + 1
            }
            Key::Backspace => {
                search.needle.pop();
                usize::MAX
            }
            Key::Ctrl('r') => search.at,
            Key::Ctrl('g') | Key::Escape => {
                self.text = search.before;
                return Some(Outcome::Edited);
            }
            _ => {
                // As if one had gone up to the line found: the draft still waits.
                let _ = self.history.show(search.at, search.before.as_str());
                return (*key == Key::Enter).then_some(Outcome::Edited);
            }
        };
        let found = self.history.find_before(end, &search.needle);
        search.failed = found.is_none();
        if let Some(at) = found {
            search.at = at;
            self.text = Text::new(self.history.sent(at).to_owned());
        }
        self.search = Some(search);
        Some(Outcome::Edited)
    }
}

#[cfg(test)]
mod tests;
