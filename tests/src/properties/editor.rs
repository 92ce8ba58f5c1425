//! The line editor beside one that is written as simply as can be.

use chalktalk::sanitise::width::{is_spacing_mark, width};
use chalktalk::ui_term::cluster::clusters;
use chalktalk::ui_term::editor::{Editor, Outcome};
use chalktalk::ui_term::keys::Key;

/// A text as characters, a cursor as a number of them, and no thought of speed.
#[derive(Debug, Default)]
struct Simple {
    text: Vec<char>,
    cursor: usize,
    killed: Vec<char>,
    was_kill: bool,
}

/// After each key the editor reads as the simple one does.
pub fn editor_does_as_the_simple_one(keys: &[Key]) {
    let mut editor = Editor::default();
    let mut simple = Simple::default();
    for (at, key) in keys.iter().enumerate() {
        let outcome = editor.key(key);
        if simple.key(key) {
            assert_eq!(outcome, Outcome::Edited, "{key:?}");
        }
        let before: String = simple.text[..simple.cursor].iter().collect();
        let whole: String = simple.text.iter().collect();
        assert_eq!(editor.text(), whole, "after {:?}", &keys[..=at]);
        assert_eq!(editor.cursor(), before.len(), "after {:?}", &keys[..=at]);
    }
}

impl Simple {
    /// Whether the key is one that it knows; it has no history and no search.
    fn key(&mut self, key: &Key) -> bool {
        let end = self.text.len();
        let was_kill = std::mem::take(&mut self.was_kill);
        match key {
            Key::Char(c) => self.insert(&[*c]),
            Key::Paste(text) => {
                let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
                let text = text.strip_suffix('\n').unwrap_or(text);
                self.insert(&text.chars().filter(kept).collect::<Vec<_>>());
            }
            Key::MetaEnter => self.insert(&['\n']),
            Key::Left => self.cursor = self.edge_before(),
            Key::Right => self.cursor = self.edge_after(),
            Key::Home => self.cursor = self.back_while(self.cursor, |c| c != '\n'),
            Key::End => self.cursor = self.on_while(self.cursor, |c| c != '\n'),
            Key::WordLeft => self.cursor = self.word_before(),
            Key::WordRight => self.cursor = self.word_after(),
            Key::Backspace => self.erase(self.edge_before(), self.cursor),
            Key::Delete => self.erase(self.cursor, self.edge_after()),
            Key::Ctrl('k') if self.text.get(self.cursor) == Some(&'\n') => {
                self.kill(self.edge_after(), was_kill);
            }
            Key::Ctrl('k') => self.kill(self.on_while(self.cursor, |c| c != '\n'), was_kill),
            Key::Ctrl('u') => self.kill(self.back_while(self.cursor, |c| c != '\n'), was_kill),
            Key::Ctrl('w') => {
                let blank = self.back_while(self.cursor, char::is_whitespace);
                self.kill(self.back_while(blank, |c| !c.is_whitespace()), was_kill);
            }
            Key::MetaBackspace => self.kill(self.word_before(), was_kill),
            Key::Meta('d') => self.kill(self.word_after(), was_kill),
            Key::Ctrl('y') => self.insert(&self.killed.clone()),
            _ => return false,
        }
        self.cursor <= end || self.cursor <= self.text.len()
    }

    fn insert(&mut self, text: &[char]) {
        self.text
            .splice(self.cursor..self.cursor, text.iter().copied());
        self.cursor += text.len();
    }

    fn erase(&mut self, from: usize, to: usize) {
        self.text.drain(from..to);
        self.cursor = from;
    }

    fn kill(&mut self, to: usize, was_kill: bool) {
        let (from, end) = (self.cursor.min(to), self.cursor.max(to));
        let cut = self.text[from..end].to_vec();
        let old = if was_kill {
            self.killed.clone()
        } else {
            Vec::new()
        };
        self.killed = if to < self.cursor {
            [cut, old].concat()
        } else {
            [old, cut].concat()
        };
        self.erase(from, end);
        self.was_kill = true;
    }

    /// The characters, with their marks, of a part of the text, in numbers of characters.
    fn clusters(&self, part: std::ops::Range<usize>) -> Vec<usize> {
        let text: String = self.text[part].iter().collect();
        clusters(&text)
            .map(|cluster| cluster.chars().count())
            .collect()
    }

    fn edge_before(&self) -> usize {
        self.cursor - self.clusters(0..self.cursor).last().unwrap_or(&0)
    }

    fn edge_after(&self) -> usize {
        let rest = self.clusters(self.cursor..self.text.len());
        self.cursor + rest.first().unwrap_or(&0)
    }

    fn back_while(&self, from: usize, holds: impl Fn(char) -> bool) -> usize {
        (0..from)
            .rev()
            .find(|at| !holds(self.text[*at]))
            .map_or(0, |at| at + 1)
    }

    fn on_while(&self, from: usize, holds: impl Fn(char) -> bool) -> usize {
        (from..self.text.len())
            .find(|at| !holds(self.text[*at]))
            .unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        self.back_while(self.back_while(self.cursor, |c| !is_of_word(c)), is_of_word)
    }

    fn word_after(&self) -> usize {
        self.on_while(self.on_while(self.cursor, |c| !is_of_word(c)), is_of_word)
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || (width(c) == 0 && !c.is_control()) || is_spacing_mark(c)
}
