//! The lines of a transcript that say something, and what stands at their ends.

use crate::play::script::{Act, Mistake, Place, Step};
use std::sync::Arc;

/// A line that says something, without what it is indented by.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    pub(super) place: Place,
    pub(super) indent: usize,
    pub(super) text: &'a str,
}

impl Line<'_> {
    pub(super) fn mistake(&self, what: impl Into<String>) -> Mistake {
        self.place.mistake(what)
    }

    pub(super) fn step(&self, act: Act) -> Step {
        let place = self.place.clone();
        Step { place, act }
    }
}

/// The lines not yet read.
pub(super) type Lines<'a> = std::iter::Peekable<std::vec::IntoIter<Line<'a>>>;

pub(super) fn lines<'a>(file: &Arc<str>, text: &'a str) -> Result<Lines<'a>, Mistake> {
    let mut lines = Vec::new();
    for (index, whole) in text.lines().enumerate() {
        let text = whole.trim_start_matches(' ');
        let place = Place {
            file: Arc::clone(file),
            line: index + 1,
        };
        let line = Line {
            place,
            indent: whole.len() - text.len(),
            text,
        };
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if text.starts_with('\t') {
            return Err(line.mistake("indent with spaces, not with tabs"));
        }
        lines.push(line);
    }
    Ok(lines.into_iter().peekable())
}

/// What stands behind a colon and its one space.
pub(super) fn after_colon<'a>(line: &Line<'_>, rest: &'a str) -> Result<&'a str, Mistake> {
    match rest.strip_prefix(' ') {
        Some("") | None if rest.trim().is_empty() => {
            Err(line.mistake("nothing stands behind the colon; write `an empty line` without one"))
        }
        Some(text) => Ok(text),
        None => Err(line.mistake("one space stands behind the colon")),
    }
}

pub(super) fn no_space_at_the_end<'a>(line: &Line<'_>, text: &'a str) -> Result<&'a str, Mistake> {
    if text.ends_with(char::is_whitespace) {
        return Err(line.mistake("nobody sees a space at the end of a line: write it as \\x20"));
    }
    Ok(text)
}

/// The lines that are indented under this one, at least one.
pub(super) fn below<'a>(line: &Line<'_>, lines: &mut Lines<'a>) -> Result<Vec<Line<'a>>, Mistake> {
    let below = || lines.next_if(|next| next.indent > line.indent);
    let block: Vec<Line<'_>> = std::iter::from_fn(below).collect();
    match block.is_empty() {
        true => Err(line.mistake(
            "nothing stands below it: indent what belongs to this line under it; \
             of one line, write the text behind the colon, or `an empty line` without a colon",
        )),
        false => Ok(block),
    }
}

/// The same, where they stand all alike.
pub(super) fn under<'a>(line: &Line<'_>, lines: &mut Lines<'a>) -> Result<Vec<Line<'a>>, Mistake> {
    let found = below(line, lines)?;
    let first = found.first().map(|first| first.indent);
    match found.iter().find(|next| Some(next.indent) != first) {
        Some(next) => {
            Err(next.mistake("indent these lines alike; write a space at the start as \\x20"))
        }
        None => Ok(found),
    }
}
