//! Texts and numbers, and how they are spelled: a text with the escapes `\\ \n \r \t \u{hex}`, a number in decimal.
//!
//! Every string has exactly one spelling, and so has every number. The encoder escapes C0, DEL, C1, U+2028 and
//! U+2029, because each of them breaks a line or acts on a terminal somewhere; the decoder accepts exactly what the
//! encoder writes. So two texts are equal if their bytes are, and a [`Words`] holds the spelling, not the string: the
//! server checks what it was sent and passes it on without unescaping it.
//!
//! Ruled out: a decoder that also accepts needless escapes, because then the server would have to rewrite each
//! text; and `str::parse` alone for numbers, because it takes `+1` and `01`. Anything else that can harm a terminal,
//! such as bidi overrides, is the renderer's job (`sanitise`).

use std::fmt::{self, Write};

use super::fault::{Code, Fault};

/// Longest text, in bytes as written: an event line must have room for its id, time, room and names.
pub const TEXT_BYTES_MAX: usize = 15 * 1024;
/// Longest phrase, in bytes as written: topics, goodbyes and fences are not speeches.
pub const PHRASE_BYTES_MAX: usize = 512;

/// At least one character of anything, at most [`TEXT_BYTES_MAX`] as written.
pub type Text = Words<TEXT_BYTES_MAX>;
/// At least one character of anything, at most [`PHRASE_BYTES_MAX`] as written.
pub type Phrase = Words<PHRASE_BYTES_MAX>;

/// A text of 1 to `MAX` bytes as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Words<const MAX: usize>(Box<str>);

impl<const MAX: usize> Words<MAX> {
    /// Escapes a string into a text.
    ///
    /// # Errors
    /// If the string is empty or, escaped, too long.
    pub fn new(text: &str) -> Result<Self, Fault> {
        let mut written = String::with_capacity(text.len());
        escape(text, &mut written);
        Self::check_size(&written)?;
        Ok(Self(written.into()))
    }

    /// Escapes a string that may not fit: cuts it to the limit, and makes a dash of an empty one. For sentences
    /// of our own that quote what a peer sent.
    pub fn cut(text: &str) -> Self {
        let mut written = String::new();
        for c in text.chars() {
            let before = written.len();
            escape(c.encode_utf8(&mut [0; 4]), &mut written);
            if written.len() > MAX {
                written.truncate(before);
                break;
            }
        }
        if written.is_empty() {
            written.push('-');
        }
        Self(written.into())
    }

    /// Takes a text as it stands on the wire. The columns of its errors count from 1 within the text.
    pub(super) fn decode(written: &str) -> Result<Self, Fault> {
        Self::check_size(written)?;
        if !is_plain(written.as_bytes()) {
            // Only to check it: the spelling is what is kept.
            unescape(written)?;
        }
        Ok(Self(written.into()))
    }

    fn check_size(written: &str) -> Result<(), Fault> {
        let (code, sentence) = match written.len() {
            0 => (
                Code::MISSING_FIELD,
                "a text has at least one character".into(),
            ),
            bytes if bytes > MAX => (
                Code::TEXT_TOO_LONG,
                format!(
                    "a text of {bytes} bytes as written, and {MAX} is the most; send it in parts"
                ),
            ),
            _ => return Ok(()),
        };
        Err(Fault::new(code, sentence))
    }

    /// The text as it stands on the wire.
    pub fn written(&self) -> &str {
        &self.0
    }
}

/// The text itself, unescaped. Never print this to a terminal: `sanitise` it first.
impl<const MAX: usize> fmt::Display for Words<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The fallback is never taken: every constructor checks the spelling.
        f.write_str(unescape(&self.0).as_deref().unwrap_or(&self.0))
    }
}

impl<const MAX: usize> fmt::Debug for Words<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// True if this character never stands unescaped in a line.
pub(super) fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

/// True if every byte is printable ASCII other than the backslash. Such a text is its own spelling, and most are.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    // No early exit: a loop without a branch compares many bytes at once.
    bytes.iter().fold(true, |plain, &b| {
        plain & (b.wrapping_sub(0x20) < 0x5f) & (b != b'\\')
    })
}

/// Appends the one spelling of `text` to `out`.
pub fn escape(text: &str, out: &mut String) {
    if is_plain(text.as_bytes()) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a `String` cannot fail.
            c if is_control(c) => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
            c => out.push(c),
        }
    }
}

/// Reads an escaped text back. The columns of its errors count from 1 within `written`.
///
/// # Errors
/// [`Code::BAD_ESCAPE`] for an unknown, cut or needless escape; [`Code::CONTROL_CHARACTER`] for a raw one.
pub fn unescape(written: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(written.len());
    let mut chars = written.chars();
    let mut column = 1;
    while let Some(c) = chars.next() {
        if is_control(c) {
            return Err(raw_control(c, column));
        }
        if c != '\\' {
            out.push(c);
            column += 1;
            continue;
        }
        let before = chars.as_str().len();
        let read = read_escape(&mut chars);
        out.push(read.map_err(|sentence| Fault::at(Code::BAD_ESCAPE, column, sentence))?);
        // An escape is ASCII: its bytes are its columns.
        column += 1 + before - chars.as_str().len();
    }
    Ok(out)
}

/// The advice for an escape that the encoder would not have written. Only a person at `nc` makes this mistake, and
/// reads the advice as it is sent, with its backslash doubled: exactly what to type.
const BACKSLASH: &str = "write \\ for a backslash";

/// Reads what follows a backslash.
fn read_escape(chars: &mut std::str::Chars<'_>) -> Result<char, &'static str> {
    match chars.next() {
        Some('\\') => Ok('\\'),
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('u') => read_hex(chars),
        _ => Err(BACKSLASH),
    }
}

/// Reads what follows `\u`: `{`, 1 to 6 lower-case digits with no leading zero, `}`.
fn read_hex(chars: &mut std::str::Chars<'_>) -> Result<char, &'static str> {
    let rest = chars.as_str().strip_prefix('{').ok_or(BACKSLASH)?;
    let (digits, after) = rest.split_once('}').ok_or(BACKSLASH)?;
    let lower_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let padded = digits.len() > 1 && digits.starts_with('0');
    if digits.len() > 6 || padded || !digits.as_bytes().iter().all(lower_hex) {
        return Err(BACKSLASH);
    }
    // Fails on no digits at all; `from_u32` fails on a surrogate.
    let code = u32::from_str_radix(digits, 16).map_err(|_| BACKSLASH)?;
    let c = char::from_u32(code).ok_or(BACKSLASH)?;
    if !is_control(c) || matches!(c, '\n' | '\r' | '\t') {
        return Err("this needs no such escape, write it as it is; write \\ for a backslash");
    }
    *chars = after.chars();
    Ok(c)
}

/// The fault of a control character that stands unescaped.
pub(super) fn raw_control(c: char, column: usize) -> Fault {
    let mut spelling = String::new();
    escape(c.encode_utf8(&mut [0; 4]), &mut spelling);
    // Sending doubles the backslash, which this advice must not show: so it is named in words.
    let spelling = spelling.trim_start_matches('\\');
    Fault::at(
        Code::CONTROL_CHARACTER,
        column,
        format!("a control character, to be written as a backslash and {spelling}"),
    )
}

/// Reads a decimal number without sign or leading zero; `None` if it is written otherwise or exceeds a `u64`.
pub(super) fn parse_number(text: &str) -> Option<u64> {
    let padded = text.len() > 1 && text.starts_with('0');
    if padded || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Appends a number. `write!` costs twice as much, and an event line has two numbers.
pub(super) fn push_number(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests;
