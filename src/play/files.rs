//! Which transcripts an argument means: a file, all that lie below a folder, those that fit a pattern that no shell has
//! unfolded (on Windows none does), and of a page in Markdown its blocks.
//!
//! A pattern knows `*` and nothing else: whatever more it knew, some shell would know it otherwise. Links to
//! folders are not followed below a folder: they may lead in a circle.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The ending of transcripts.
const ENDING: &str = "chat";

/// The files that this argument means, in the order of their names.
///
/// # Errors
/// A phrase, where it means none.
pub(super) fn meant(argument: &str) -> Result<Vec<String>, String> {
    let path = Path::new(argument);
    let mut found = Vec::new();
    if path.is_dir() {
        below(path, &mut found).map_err(|error| error.kind().to_string())?;
        if found.is_empty() {
            return Err("no file below this folder ends in .chat".to_owned());
        }
    } else if argument.contains('*') && !path.exists() {
        found.push(PathBuf::new());
        for part in path.components() {
            let step = |folder: &PathBuf| fitting(folder, part.as_os_str());
            found = found.iter().flat_map(step).collect();
        }
        if found.is_empty() {
            return Err("no file fits this pattern".to_owned());
        }
    } else {
        return Ok(vec![argument.to_owned()]);
    }
    found.sort();
    let name = |path: PathBuf| path.to_string_lossy().into_owned();
    Ok(found.into_iter().map(name).collect())
}

/// All transcripts below this folder; nothing that is hidden.
fn below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            below(&path, found)?;
        } else if path.extension() == Some(OsStr::new(ENDING)) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// What is in this folder and fits this part of a pattern.
fn fitting(folder: &Path, part: &OsStr) -> Vec<PathBuf> {
    let pattern = part.as_encoded_bytes();
    if !pattern.contains(&b'*') {
        let path = folder.join(part);
        return if path.exists() {
            vec![path]
        } else {
            Vec::new()
        };
    }
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let names = fs::read_dir(here).into_iter().flatten().flatten();
    let fits = |name: &OsStr| {
        let name = name.as_encoded_bytes();
        name.starts_with(b".") <= pattern.starts_with(b".") && fits(name, pattern)
    };
    names
        .map(|entry| entry.file_name())
        .filter(|name| fits(name))
        .map(|name| folder.join(name))
        .collect()
}

fn fits(name: &[u8], pattern: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), None) => fits(name, rest),
        (Some((b'*', rest)), Some((_, after))) => fits(name, rest) || fits(after, pattern),
        (Some((wanted, rest)), Some((first, after))) => wanted == first && fits(after, rest),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Whether a file is a page in Markdown.
pub(super) fn is_markdown(file: &str) -> bool {
    let ending = Path::new(file).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| ["md", "markdown"].contains(&ending.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::{fits, is_markdown};

    #[test]
    fn a_star_is_any_stretch_of_a_name() {
        for (pattern, names, others) in [
            ("*.chat", &["a.chat", ".chat"][..], &["a.chats", "chat"][..]),
            ("a*b*c", &["abc", "axbbxc"], &["ab", "xabc", "acb"]),
            ("*", &["", "a"], &[]),
            ("a", &["a"], &["", "aa"]),
        ] {
            for name in names {
                assert!(fits(name.as_bytes(), pattern.as_bytes()), "{name}");
            }
            for name in others {
                assert!(!fits(name.as_bytes(), pattern.as_bytes()), "{name}");
            }
        }
    }

    #[test]
    fn a_page_in_markdown_is_known_by_its_ending() {
        assert!(is_markdown("docs/README.MD") && is_markdown("a.markdown"));
        assert!(!is_markdown("md") && !is_markdown("a.chat"));
    }
}
