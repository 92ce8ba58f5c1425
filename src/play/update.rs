//! `play --update`: expectations are rewritten to what came.
//!
//! A change is to one line of a file, and to nothing but the pattern in it: comments, blank lines, indentation and line
//! ends stay. A printer of whole transcripts would be shorter and lose all of those. A file is there whole at any time,
//! the old one or the new: it is written under another name and renamed.

use super::piece::visible;
use super::report::Failure;
use super::script::Location;
use super::sentence::EMPTY_LINE;
use super::text::{Room, Text};
use crate::file::write_whole;
use crate::sanitise::shown_unchanged;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

const NOT_THE_SAME: &str =
    "more than one who expects it here, and not the same came to each: rewrite it by hand";

/// What was expected as it was read, and what is to be. By the place of the sentence and, where it takes a block, which
/// line of that, from 1, or else 0. `None` where not the same came to all who expect it.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<(Location, usize), (Text, Option<Text>)>);

impl Changes {
    /// One more.
    pub(super) fn add(&mut self, place: &Location, below: usize, old: &Text, new: &Text) {
        let change = self.0.entry((place.clone(), below));
        let (_, is_to_be) = change.or_insert_with(|| (old.clone(), Some(new.clone())));
        if is_to_be.as_ref() != Some(new) {
            *is_to_be = None;
        }
    }

    /// Rewrites what can be, and gives the difference; and of the changes that cannot be made the first, with why.
    #[must_use]
    pub fn apply(&self) -> (Vec<String>, Option<Box<Failure>>) {
        // Files that include the same one, and blocks of the same page, are played side by side.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut difference, mut refused) = (Vec::new(), None);
        for ((place, below), (old, new)) in &self.0 {
            let new = new.as_ref().ok_or_else(|| NOT_THE_SAME.to_owned());
            match new.and_then(|new| rewrite(place, *below, old, new)) {
                Ok(shown) => difference.extend(shown),
                Err(why) => {
                    refused.get_or_insert(Failure::new(Some(place), old.to_string(), why));
                }
            }
        }
        (difference, refused)
    }
}

/// Rewrites one in its file. The place, and its line before and after.
fn rewrite(place: &Location, below: usize, old: &Text, new: &Text) -> Result<Vec<String>, String> {
    let cannot = |error: io::Error| format!("it cannot be rewritten: {}", error.kind());
    let text = fs::read_to_string(&*place.file).map_err(cannot)?;
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let says = |(_, line): &(usize, &mut String)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    };
    let from = lines.iter_mut().enumerate().skip(place.line - 1);
    let found = from.filter(says).nth(below);
    let (index, line) = found.ok_or("the file has become shorter")?;
    let (text, end) = line.split_at(line.trim_end_matches(['\r', '\n']).len());
    let Some(changed) = rewritten(text, old, new) else {
        // Another transcript that includes the file has been here.
        let is_new = rewritten(text, new, new).is_some();
        return is_new.then(Vec::new).ok_or(NOT_THE_SAME.to_owned());
    };
    let [before, after] =
        [("-", text), ("+", &changed)].map(|(sign, line)| match shown_unchanged(line) {
            true => format!("{sign} {line}"),
            false => format!("{sign} {}", visible(line)),
        });
    let mut at = place.clone();
    at.line = index + 1;
    *line = format!("{changed}{end}");
    replace(&place.file, &lines.concat()).map_err(cannot)?;
    Ok(vec![format!("at {at}"), before, after])
}

/// The line with another pattern in it; `None` if this one is not in it, or the other cannot be.
fn rewritten(line: &str, old: &Text, new: &Text) -> Option<String> {
    let (old, new) = (old.to_string(), new.to_string());
    let read = |text: &str| Text::parse_pattern(text, &mut Room::default());
    let is_old = |text: &str| read(text).is_ok_and(|pattern| pattern.to_string() == old);
    let head = match line.split_once(": ") {
        Some((head, text)) if is_old(text) => head,
        _ if is_old("") => line.strip_suffix(EMPTY_LINE)?,
        _ => {
            let text = line.trim_start_matches(' ');
            let (indent, text) = line.split_at(line.len() - text.len());
            return (is_old(text) && !new.is_empty()).then(|| format!("{indent}{new}"));
        }
    };
    match new.is_empty() {
        true => Some(format!("{head}{EMPTY_LINE}")),
        false => Some(format!("{head}: {new}")),
    }
}

/// Puts this text in the place of the file, at once.
fn replace(file: &str, text: &str) -> io::Result<()> {
    // Not the link that leads to it.
    let path = fs::canonicalize(file)?;
    let permissions = fs::metadata(&path)?.permissions();
    write_whole(&path, text)?;
    fs::set_permissions(path, permissions)
}

#[cfg(test)]
mod tests {
    use super::rewritten;
    use crate::play::text::{Room, Text};

    #[track_caller]
    fn check(line: &str, old: &str, new: &str, expected: Option<&str>) {
        let [old, new] =
            [old, new].map(|text| Text::parse_pattern(text, &mut Room::default()).unwrap());
        assert_eq!(rewritten(line, &old, &new).as_deref(), expected, "{line}");
    }

    #[test]
    fn only_the_pattern_of_a_line_is_rewritten() {
        check("anna gets: a: *", "a: *", "b", Some("anna gets: b"));
        check("    a: *", "a: *", "b", Some("    b"));
        check(
            "a and b get nothing until: x",
            "x",
            "y",
            Some("a and b get nothing until: y"),
        );
        check("anna gets: x", "", "y", None);
        check("anna gets: x", "z", "y", None);
        check("anna gets an empty line", "", "y", Some("anna gets: y"));
        check("anna gets: x", "x", "", Some("anna gets an empty line"));
        check("  x", "x", "", None);
    }
}
