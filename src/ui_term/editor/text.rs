//! A text and a cursor in it, and the moves and cuts that know nothing of keys.

use crate::sanitise::width::{is_spacing_mark, width, width_of};
use crate::ui_term::cluster::clusters;
use std::ops::Range;

/// A text with a cursor, which stands between two characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    cursor: usize,
}

impl Text {
    /// A text with the cursor at its end.
    pub(super) fn new(text: String) -> Self {
        let cursor = text.len();
        Self { text, cursor }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The byte that the cursor stands before.
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn before(&self) -> &str {
        self.text.split_at(self.cursor).0
    }

    pub(super) fn after(&self) -> &str {
        self.text.split_at(self.cursor).1
    }

    pub(super) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    /// Takes a range out; the cursor stands where it was.
    pub(super) fn cut(&mut self, range: Range<usize>) -> String {
        self.cursor = range.start;
        self.text.drain(range).collect()
    }

    /// Puts the cursor before a byte at which a character starts.
    pub(super) fn go(&mut self, to: usize) {
        debug_assert!(self.text.is_char_boundary(to));
        self.cursor = to;
    }

    pub(super) fn left(&self) -> usize {
        let left = clusters(self.before()).last();
        self.cursor - left.map_or(0, str::len)
    }

    pub(super) fn right(&self) -> usize {
        let right = clusters(self.after()).next();
        self.cursor + right.map_or(0, str::len)
    }

    pub(super) fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    pub(super) fn line_end(&self) -> usize {
        let rest = self.after().find('\n');
        rest.map_or(self.text.len(), |at| self.cursor + at)
    }

    /// The start of the word before the cursor; a word is of letters and digits.
    pub(super) fn word_left(&self) -> usize {
        let word = self.before().trim_end_matches(|c| !is_of_word(c));
        word.trim_end_matches(is_of_word).len()
    }

    /// The end of the word after the cursor.
    pub(super) fn word_right(&self) -> usize {
        let word = self.after().trim_start_matches(|c| !is_of_word(c));
        self.text.len() - word.trim_start_matches(is_of_word).len()
    }

    /// The start of what stands between the cursor and a space before it.
    pub(super) fn blank_left(&self) -> usize {
        let word = self.before().trim_end_matches(char::is_whitespace);
        word.trim_end_matches(|c: char| !c.is_whitespace()).len()
    }

    /// The place above the cursor, if it is not in the first line.
    pub(super) fn up(&self) -> Option<usize> {
        let end = self.line_start().checked_sub(1)?;
        let above = self.text.split_at(end).0;
        let start = above.rfind('\n').map_or(0, |at| at + 1);
        Some(self.beside(start..end))
    }

    /// The place below the cursor, if it is not in the last line.
    pub(super) fn down(&self) -> Option<usize> {
        let end = self.line_end();
        let below = self.text.get(end + 1..)?;
        let len = below.find('\n').unwrap_or(below.len());
        Some(self.beside(end + 1..end + 1 + len))
    }

    /// The place in a line that is as many cells from its start as the cursor is.
    fn beside(&self, line: Range<usize>) -> usize {
        let cells = width_of(self.before().split_at(self.line_start()).1);
        let mut at = line.start;
        let mut passed = 0;
        for cluster in clusters(self.text.get(line).unwrap_or_default()) {
            passed += width_of(cluster);
            if passed > cells {
                break;
            }
            at += cluster.len();
        }
        at
    }

    /// Exchanges the characters on both sides of the cursor, or the last two of the line.
    pub(super) fn transpose(&mut self) {
        let behind = self.cursor;
        if behind == self.line_end() {
            self.cursor = self.left();
        }
        let (start, end) = (self.left().max(self.line_start()), self.right());
        if start == self.cursor || end == self.cursor {
            self.cursor = behind;
            return;
        }
        let second = self.cut(self.cursor..end);
        self.cursor = start;
        self.insert(&second);
        self.cursor = end;
    }
}

/// Letters and digits make words; so do the marks that stand on letters.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || (width(c) == 0 && !c.is_control()) || is_spacing_mark(c)
}
