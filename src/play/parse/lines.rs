//! The lines of a transcript that say something.

use crate::play::script::{Location, Mistake};
use std::collections::VecDeque;
use std::sync::Arc;

/// A line that says something, without what it is indented by.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) place: Location,
    pub(super) indent: usize,
    pub(super) text: Arc<str>,
}

/// The lines not yet read.
pub(super) type Lines = VecDeque<Line>;

pub(super) fn lines(file: &Arc<str>, text: &str) -> Result<Lines, Mistake> {
    let mut lines = Lines::new();
    for (index, whole) in text.lines().enumerate() {
        let text = whole.trim_start_matches(' ');
        let place = Location {
            file: Arc::clone(file),
            line: index + 1,
        };
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if text.starts_with('\t') {
            return Err(place.mistake("indent with spaces, not with tabs"));
        }
        lines.push_back(Line {
            place,
            indent: whole.len() - text.len(),
            text: Arc::from(text),
        });
    }
    Ok(lines)
}
