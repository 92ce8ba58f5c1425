//! Text from the clipboard, which may hold anything.

use crate::ui_term::escape::ESCAPE;

/// Bytes kept of one paste: many times what can be said at once, so that the person can be
/// told how much is too much.
const PASTE_BYTES_MAX: usize = 1 << 20;
/// Bytes of a bracket, without its escape.
const BRACKET_BYTES: usize = 5;
const BEGIN: &str = "[200~";
const END: &str = "[201~";

/// A bracketed paste that is coming in. Whatever stands behind its end in the same chunk
/// belongs to it too: some terminals let the clipboard forge the end, and an Enter behind it.
#[derive(Debug, Default)]
pub(super) struct Paste {
    kept: Vec<u8>,
    /// The newest bytes, in which a bracket may have begun.
    edge: Vec<u8>,
    has_ended: bool,
}

impl Paste {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let room = PASTE_BYTES_MAX.saturating_sub(self.kept.len());
        self.kept.extend(bytes.iter().take(room));
        self.edge.extend_from_slice(bytes);
        for bracket in self.edge.windows(1 + BRACKET_BYTES) {
            match bracket {
                [ESCAPE, rest @ ..] if rest == END.as_bytes() => self.has_ended = true,
                [ESCAPE, rest @ ..] if rest == BEGIN.as_bytes() => self.has_ended = false,
                _ => {}
            }
        }
        let old = self.edge.len().saturating_sub(BRACKET_BYTES);
        self.edge.drain(..old);
    }

    /// Whether the newest bracket is the closing one.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(super) fn text(&self) -> String {
        text(&self.kept)
    }
}

/// What can be inserted of pasted bytes: brackets and control characters are left out, but
/// for tabs and line breaks, and all line breaks are LF.
pub(super) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut pieces = text.split(char::from(ESCAPE));
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let inside = piece
            .strip_prefix(BEGIN)
            .or_else(|| piece.strip_prefix(END));
        plain.push_str(inside.unwrap_or(piece));
    }
    plain
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "")
}

/// The bytes up to a character that is cut at the end.
pub(super) fn whole_characters(bytes: &[u8]) -> usize {
    let lead = bytes.iter().rposition(|byte| !matches!(byte, 0x80..=0xbf));
    let rest = lead.and_then(|at| bytes.get(at..)).unwrap_or_default();
    match std::str::from_utf8(rest) {
        Err(error) if error.error_len().is_none() => bytes.len() - rest.len(),
        _ => bytes.len(),
    }
}
