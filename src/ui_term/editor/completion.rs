//! What Tab makes of a begun word.

use std::ops::Range;

/// Something that a begun word may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// Someone's name: `anna: ` at the start of a text, `anna ` elsewhere.
    Name(String),
    /// A command with its slash, at the start of a text only.
    Command(String),
    /// A room's name.
    Room(String),
}

/// Which way Tab walks through the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the next one: Tab.
    Next,
    /// Back: Shift and Tab.
    Previous,
}

/// A completion that further presses of Tab carry on.
#[derive(Debug)]
pub(super) struct Completion {
    /// Where the word stands, as it now reads.
    pub(super) word: Range<usize>,
    /// What it may read, first of all what was typed.
    options: Vec<String>,
    at: usize,
}

impl Completion {
    /// The completion of the word before the cursor, if anything begins as it does.
    pub(super) fn new(before: &str, candidates: &[Candidate]) -> Option<Self> {
        let typed = before
            .rsplit(char::is_whitespace)
            .next()
            .filter(|word| !word.is_empty())?;
        let word = before.len() - typed.len()..before.len();
        let full = candidates
            .iter()
            .filter_map(|candidate| candidate.completes(typed, word.start));
        let options: Vec<String> = std::iter::once(typed.to_owned()).chain(full).collect();
        (options.len() > 1).then_some(Self {
            word,
            options,
            at: 0,
        })
    }

    /// What the word is to read now, and where the text it replaces stands.
    pub(super) fn step(&mut self, direction: Direction) -> (Range<usize>, &str) {
        let count = self.options.len();
        self.at = match direction {
            Direction::Next => (self.at + 1) % count,
            Direction::Previous => (self.at + count - 1) % count,
        };
        let option = self.options.get(self.at).map_or("", String::as_str);
        let replaced = self.word.clone();
        self.word.end = self.word.start + option.len();
        (replaced, option)
    }
}

impl Candidate {
    /// The word as it would read, if it begins as typed, in any case of letters.
    fn completes(&self, typed: &str, start: usize) -> Option<String> {
        let (word, end) = match self {
            Self::Name(name) if start == 0 => (name, ": "),
            Self::Command(command) if start == 0 => (command, " "),
            Self::Command(_) => return None,
            Self::Name(word) | Self::Room(word) => (word, " "),
        };
        let begins = word.to_lowercase().starts_with(&typed.to_lowercase());
        begins.then(|| format!("{word}{end}"))
    }
}
