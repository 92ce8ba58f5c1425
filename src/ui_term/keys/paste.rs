//! Text from the clipboard, which may hold anything.

use crate::ui_term::escape::{PASTE_BEGINS, PASTE_ENDS};

/// Bytes kept of one paste: many times what can be said at once, so that the person can be
/// told how much is too much.
const PASTE_BYTES_MAX: usize = 1 << 20;

/// Adds bytes to a paste; true if that is its end, which is where the newest bracket is a
/// closing one. Whatever stands behind it in the same chunk belongs to the paste too: some
/// terminals let the clipboard forge the end, and an Enter behind it.
pub(super) fn take(paste: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let (begins, ends) = (PASTE_BEGINS.as_bytes(), PASTE_ENDS.as_bytes());
    // The bracket may have begun in the chunk before.
    let edge = paste.len().saturating_sub(ends.len() - 1);
    paste.extend_from_slice(bytes);
    let new = paste.get(edge..).unwrap_or_default();
    let mut brackets = new.windows(ends.len()).rev();
    let has_ended = brackets.find(|some| [begins, ends].contains(some)) == Some(ends);
    if !has_ended && paste.len() > PASTE_BYTES_MAX {
        let edge = paste.len() - ends.len();
        paste.drain(PASTE_BYTES_MAX - ends.len()..edge);
    }
    has_ended
}

/// What can be inserted of pasted bytes: brackets and control characters are left out, but
/// for tabs and line breaks, and all line breaks are LF. An Enter behind the closing bracket neither sends nor adds a
/// line.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let (inside, behind) = text.rsplit_once(PASTE_ENDS).unwrap_or((&text, ""));
    let behind = behind.trim_end_matches(['\r', '\n']);
    (inside.to_owned() + behind)
        .replace(PASTE_BEGINS, "")
        .replace(PASTE_ENDS, "")
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "")
}
