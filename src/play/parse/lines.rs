//! The lines of a transcript that say something.

use crate::play::script::{Mistake, Place};
use std::collections::VecDeque;
use std::sync::Arc;

/// A line that says something, without what it is indented by.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) place: Place,
    pub(super) indent: usize,
    pub(super) text: Arc<str>,
}

/// The lines not yet read.
pub(super) type Lines = VecDeque<Line>;

impl Line {
    pub(super) fn of(file: &Arc<str>, index: usize, whole: &str) -> Line {
        let text = whole.trim_start_matches(' ');
        let place = Place {
            file: Arc::clone(file),
            line: index + 1,
        };
        Line {
            place,
            indent: whole.len() - text.len(),
            text: Arc::from(text),
        }
    }
}

pub(super) fn lines(file: &Arc<str>, text: &str) -> Result<Lines, Mistake> {
    let lines = text.lines().enumerate();
    let mut lines: Lines = lines.map(|(at, whole)| Line::of(file, at, whole)).collect();
    lines.retain(|line| !line.text.trim().is_empty() && !line.text.starts_with('#'));
    match lines.iter().find(|line| line.text.starts_with('\t')) {
        Some(line) => Err(line.place.mistake("indent with spaces, not with tabs")),
        None => Ok(lines),
    }
}
