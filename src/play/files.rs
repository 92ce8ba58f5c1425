//! Which transcripts an argument means: a file, all that lie below a folder, those that fit a pattern that no shell has
//! unfolded (on Windows none does), and of a page in Markdown its blocks.
//!
//! A pattern knows `*` and nothing else: whatever more it knew, some shell would know it otherwise. Links to
//! folders are not followed below a folder: they may lead in a circle.

use super::text::{Text, Vars};
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
    let (mut found, none) = if path.is_dir() {
        let found = below(path).map_err(|error| error.kind().to_string())?;
        (found, "no file below this folder ends in .chat")
    } else if argument.contains('*') && !path.exists() {
        let mut found = vec![PathBuf::new()];
        for part in path.components() {
            let step = |folder: &PathBuf| fitting(folder, part.as_os_str());
            found = found.iter().flat_map(step).collect();
        }
        found.retain(|path| path.exists());
        (found, "no file fits this pattern")
    } else {
        return Ok(vec![argument.to_owned()]);
    };
    found.sort();
    let name = |path: PathBuf| path.to_string_lossy().into_owned();
    match found.is_empty() {
        true => Err(none.to_owned()),
        false => Ok(found.into_iter().map(name).collect()),
    }
}

/// All transcripts below this folder; nothing that is hidden.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            found.extend(below(&path)?);
        } else if path.extension() == Some(OsStr::new(ENDING)) && path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

/// What this folder has that fits this part of a pattern, or would have: a part without a star is not looked for.
fn fitting(folder: &Path, part: &OsStr) -> Vec<PathBuf> {
    let Some(pattern) = part.to_str().filter(|part| part.contains('*')) else {
        return vec![folder.join(part)];
    };
    // Of an empty path nothing can be read.
    let entries = fs::read_dir(Path::new(".").join(folder));
    let names = entries.into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name());
    let fitting = names.filter(|name| fits(name.as_encoded_bytes(), pattern));
    fitting.map(|name| folder.join(name)).collect()
}

/// A hidden file is meant only where the pattern says so.
fn fits(name: &[u8], pattern: &str) -> bool {
    let hidden = name.starts_with(b".") && !pattern.starts_with('.');
    let pattern = Text::of_stars(pattern);
    !hidden && pattern.matches(name, &Vars::new()).is_some()
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
            (
                "*.chat",
                &["a.chat", "$1.chat"][..],
                &["a.chats", ".chat"][..],
            ),
            ("a*b*c", &["abc", "axbbxc"], &["ab", "xabc", "acb"]),
            ("*", &["", "a"], &[]),
            ("a", &["a"], &["", "aa"]),
        ] {
            for name in names {
                assert!(fits(name.as_bytes(), pattern), "{name}");
            }
            for name in others {
                assert!(!fits(name.as_bytes(), pattern), "{name}");
            }
        }
    }

    #[test]
    fn a_page_in_markdown_is_known_by_its_ending() {
        assert!(is_markdown("docs/README.MD") && is_markdown("a.markdown"));
        assert!(!is_markdown("md") && !is_markdown("a.chat"));
    }
}
