//! Stretches of what is written behind a colon, and the one way to write them: what can be
//! shown stands as it is, the rest as escapes.
//!
//! Everything is bytes, because a transcript must be able to send what is not text, and to show
//! what came that is not. Whatever is written here reads back as the same bytes, so that what a report shows can be
//! pasted into a transcript.

use crate::sanitise::shown_unchanged;
use std::fmt::Write as _;

/// As many equal bytes in a row, and they are written as a run.
const RUN_BYTES_MIN: usize = 40;

/// A stretch of what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These very bytes, at least one.
    Bytes(Vec<u8>),
    /// `$name`: what the name stands for.
    Variable(String),
    /// `*`: in patterns anything, nothing included; in texts itself.
    Any,
}

/// Whether it is a character of a variable's name.
pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Bytes made visible: what can be shown as it is, everything else as escapes.
#[must_use]
pub fn visible(bytes: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    write_bytes(&mut out, bytes.as_ref(), |c| c == '\\');
    out
}

/// The one way these pieces are written: `pieces` of it gives them back.
pub(crate) fn spell(pieces: &[Piece]) -> String {
    let special = |c| matches!(c, '\\' | '$' | '*');
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Bytes(bytes) => write_bytes(&mut out, bytes, special),
            Piece::Variable(name) => {
                let goes_on =
                    |bytes: &[u8]| is_name(char::from(bytes.first().copied().unwrap_or(b' ')));
                out += &match pieces.get(at + 1) {
                    Some(Piece::Bytes(bytes)) if goes_on(bytes) => format!("${{{name}}}"),
                    _ => format!("${name}"),
                };
            }
            Piece::Any => out.push('*'),
        }
    }
    // What would be cut off, or be taken for a comment, at either end of a line.
    if let Some(rest) = out.strip_prefix(' ') {
        out = format!("\\x20{rest}");
    } else if out.starts_with('#') {
        out.insert(0, '\\');
    }
    if let Some(last) = out.chars().next_back().filter(|c| c.is_whitespace()) {
        out.truncate(out.len() - last.len_utf8());
        let _ = match last {
            ' ' => out.write_str("\\x20"),
            wide => write!(out, "\\u{{{:x}}}", u32::from(wide)),
        };
    }
    out
}

fn write_bytes(out: &mut String, bytes: &[u8], special: impl Fn(char) -> bool) {
    let mut plain = Vec::new();
    for same in bytes.chunk_by(|a, b| a == b) {
        let [byte, ..] = *same else { continue };
        if same.len() < RUN_BYTES_MIN || !byte.is_ascii() {
            plain.extend_from_slice(same);
            continue;
        }
        write_chunks(out, &std::mem::take(&mut plain), &special);
        out.push_str("\\{");
        write_chunks(out, &[byte], |c| matches!(c, '\\' | '*' | '$'));
        let _ = write!(out, "*{}}}", same.len());
    }
    write_chunks(out, &plain, special);
}

fn write_chunks(out: &mut String, bytes: &[u8], special: impl Fn(char) -> bool) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let _ = match c {
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                c if special(c) => write!(out, "\\{c}"),
                c if shown_unchanged(c.encode_utf8(&mut [0; 4])) => out.write_char(c),
                c if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
                c => write!(out, "\\u{{{:x}}}", u32::from(c)),
            };
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn unreadable_bytes_are_shown_as_escapes() {
        assert_eq!(visible("* Größe $5".as_bytes()), "* Größe $5");
        assert_eq!(visible(b"a\\b\x1b[2J\r\xff"), r"a\\b\x1b[2J\r\xff");
        assert_eq!(
            visible("\u{202e}\u{3164}\u{9b}".as_bytes()),
            r"\u{202e}\u{3164}\u{9b}"
        );
        assert_eq!(visible([b'a'; 1000]), r"\{a*1000}");
        assert_eq!(visible([b'*'; 1000]), r"\{\**1000}");
    }
}
