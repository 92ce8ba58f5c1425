//! What was sent before, and the draft that waits while one looks at it.

use std::collections::BTreeMap;

/// Lines remembered; the oldest go.
const HISTORY_LINES_MAX: usize = 500;

/// The sent lines, oldest first, and which of them is shown; one beyond the newest stands
/// for the draft.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: Vec<String>,
    pub(super) at: usize,
    /// What has been typed over a line, or as the draft, and not been sent.
    edited: BTreeMap<usize, String>,
}

impl History {
    /// Remembers a sent line, and returns to an empty draft.
    pub(super) fn push(&mut self, line: &str) {
        if self.lines.last().is_none_or(|newest| newest != line) {
            self.lines.push(line.to_owned());
        }
        if self.lines.len() > HISTORY_LINES_MAX {
            self.lines.remove(0);
        }
        self.edited.clear();
        self.at = self.lines.len();
    }

    /// Shows another line, and keeps what has become of the one shown.
    pub(super) fn show(&mut self, at: usize, shown: &str) -> Option<String> {
        if at > self.lines.len() {
            return None;
        }
        self.edited.insert(self.at, shown.to_owned());
        self.at = at;
        let line = self.edited.get(&at).or_else(|| self.lines.get(at));
        Some(line.cloned().unwrap_or_default())
    }

    /// The newest line before a place that holds some text, in any case of letters.
    pub(super) fn find_before(&self, at: usize, needle: &str) -> Option<usize> {
        let needle = needle.to_lowercase();
        let lines = self.lines.get(..at).unwrap_or(&self.lines);
        lines
            .iter()
            .rposition(|line| line.to_lowercase().contains(&needle))
    }

    /// A line as it was sent.
    pub(super) fn sent(&self, at: usize) -> &str {
        self.lines.get(at).map_or("", String::as_str)
    }
}
