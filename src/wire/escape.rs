//! The escape scheme: `\\ \n \r \t \u{hex}`, one spelling for every string.
//!
//! The encoder escapes C0, DEL, C1, U+2028 and U+2029, because each of them breaks a line or works on a terminal
//! somewhere. The decoder takes exactly what the encoder writes, so encoded texts can be compared and passed on
//! without decoding. Other texts that could harm a terminal (bidi overrides, say) are whoever shows them's work.

use super::fault::{Code, Fault};

/// Must this character be escaped?
pub(super) fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

/// Is every byte printable ASCII other than the backslash? Then the text is its own spelling: most lines are.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
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
            c if is_control(c) => push_hex(c, out),
            c => out.push(c),
        }
    }
}

fn push_hex(c: char, out: &mut String) {
    let code = u32::from(c);
    out.push_str("\\u{");
    let digits = (32 - code.leading_zeros()).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        out.extend(char::from_digit(code >> (4 * place) & 0xf, 16));
    }
    out.push('}');
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
        out.push(
            one_escape(&mut chars)
                .map_err(|sentence| Fault::at(Code::BAD_ESCAPE, column, sentence))?,
        );
        // An escape is ASCII: its bytes are its columns.
        column += 1 + before - chars.as_str().len();
    }
    Ok(out)
}

/// What the encoder would not have written. One backslash in the sentence becomes two on the wire, so a person
/// at `nc`, who alone makes this mistake, reads what is to be typed.
const BACKSLASH: &str = "write \\ for a backslash";

fn one_escape(chars: &mut std::str::Chars<'_>) -> Result<char, &'static str> {
    match chars.next() {
        Some('\\') => Ok('\\'),
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('u') => hex_escape(chars),
        _ => Err(BACKSLASH),
    }
}

fn hex_escape(chars: &mut std::str::Chars<'_>) -> Result<char, &'static str> {
    let rest = chars.as_str().strip_prefix('{').ok_or(BACKSLASH)?;
    let (digits, after) = rest.split_once('}').ok_or(BACKSLASH)?;
    let lower_hex = |b: &u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let padded = digits.len() > 1 && digits.starts_with('0');
    if digits.is_empty() || digits.len() > 6 || padded || !digits.as_bytes().iter().all(lower_hex) {
        return Err(BACKSLASH);
    }
    let code = u32::from_str_radix(digits, 16).map_err(|_| BACKSLASH)?;
    let c = char::from_u32(code).ok_or(BACKSLASH)?;
    if !is_control(c) || matches!(c, '\n' | '\r' | '\t') {
        return Err("this needs no such escape, write it as it is; write \\ for a backslash");
    }
    *chars = after.chars();
    Ok(c)
}

pub(super) fn raw_control(c: char, column: usize) -> Fault {
    let mut spelling = String::new();
    escape(c.encode_utf8(&mut [0; 4]), &mut spelling);
    // On the wire the backslash of the advice is doubled; here it must not be, so it is left out.
    let spelling = spelling.trim_start_matches('\\');
    Fault::at(
        Code::CONTROL_CHARACTER,
        column,
        format!("a control character, to be written as a backslash and {spelling}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        let mut out = String::new();
        escape(text, &mut out);
        assert_eq!(out, written);
        assert_eq!(unescape(written).as_deref(), Ok(text));
    }

    #[track_caller]
    fn refused(written: &str, code: Code, column: usize) {
        let fault = unescape(written).expect_err(written);
        assert_eq!(
            (fault.code, fault.column),
            (code, Some(column)),
            "{written:?}"
        );
    }

    #[test]
    fn every_text_has_one_spelling() {
        check("", "");
        check("hello  world ", "hello  world ");
        check("a\\b\nc\rd\te", "a\\\\b\\nc\\rd\\te");
        check(
            "\0\x1b\x7f\u{80}\u{9b}",
            "\\u{0}\\u{1b}\\u{7f}\\u{80}\\u{9b}",
        );
        check(
            "\u{2028}\u{2029}\u{2027}\u{202a}",
            "\\u{2028}\\u{2029}\u{2027}\u{202a}",
        );
        check("é😀\u{a0}", "é😀\u{a0}");
    }

    #[test]
    fn what_the_encoder_does_not_write_is_refused_with_its_column() {
        for (written, column) in [
            ("\\", 1),
            ("ab\\", 3),
            ("\\x41", 1),
            ("é\\q", 2),
            ("\\\\\\", 3),
            ("\\u", 1),
            ("\\u{", 1),
            ("\\u{}", 1),
            ("\\u{1b", 1),
            ("\\u{1B}", 1),
            ("\\u{01}", 1),
            ("\\u{00}", 1),
            ("\\u{41}", 1),
            ("\\u{a}", 1),
            ("\\u{d800}", 1),
            ("\\u{110000}", 1),
            ("\\u{1000000}", 1),
            ("\\u{+1}", 1),
            ("\\u{0}\\n\\z", 8),
            ("\\N", 1),
        ] {
            refused(written, Code::BAD_ESCAPE, column);
        }
        refused("ab\x1b", Code::CONTROL_CHARACTER, 3);
        refused("\u{2028}", Code::CONTROL_CHARACTER, 1);
        refused("é\u{9b}", Code::CONTROL_CHARACTER, 2);
    }

    #[test]
    fn the_advice_is_what_is_to_be_typed() {
        let fault = unescape("C:\\dir").expect_err("a backslash");
        let mut sent = String::new();
        escape(&fault.to_string(), &mut sent);
        assert_eq!(sent, "write \\\\ for a backslash (column 3)");
    }
}
