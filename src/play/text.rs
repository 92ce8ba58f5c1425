//! What stands behind the colon of a transcript: bytes, variables, and `*`.
//!
//! One escape scheme serves both ways: what is shown in a report can be pasted here. It is
//! richer than the protocol's own escapes, which can hold any text but, rightly, no broken one;
//! `\xHH` and the run `\{a*1000}` are why this is a scheme of its own.

use super::piece::{Piece, is_name, spell, visible};
use std::collections::BTreeMap;
use std::fmt;
use std::str::Chars;

/// What the runs `\{…*N}` of one transcript may unfold to, all together.
pub const UNFOLDED_BYTES_MAX: usize = 16 << 20;

/// What names stand for. A name keeps its value once it has one.
pub type Vars = BTreeMap<String, Vec<u8>>;

/// The variable that counts the rounds of the innermost `repeat`, from 1.
pub(crate) const ROUND: &str = "round";

/// What is so where a text is read.
#[derive(Debug, Default)]
pub struct Room {
    /// How many bytes the runs of the transcript have unfolded to.
    unfolded: usize,
    /// What `$round` is, where that is known on reading.
    pub(crate) round: Option<u32>,
}

/// What is sent, or the [pattern](mod@super::pattern) of what must come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub(super) Vec<Piece>);

impl Text {
    /// Reads what was written; the error is a sentence for the one who wrote it.
    pub fn parse(written: &str, room: &mut Room) -> Result<Text, String> {
        pieces(written, room).map(Text)
    }

    /// These very bytes; as a pattern, that only they fit.
    #[must_use]
    pub fn exactly(bytes: &[u8]) -> Text {
        let piece = Piece::Bytes(bytes.to_vec());
        Text(Vec::from_iter((!bytes.is_empty()).then_some(piece)))
    }

    /// The bytes, with every variable replaced; the error names one that stands for nothing.
    pub fn bytes(&self, vars: &Vars) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Bytes(these) => bytes.extend_from_slice(these),
                Piece::Variable(name) => bytes.extend_from_slice(vars.get(name).ok_or(name)?),
                Piece::Any => bytes.push(b'*'),
            }
        }
        Ok(bytes)
    }

    /// The variables in it, in the order written.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Bytes(_) | Piece::Any => None,
        })
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(&self.0))
    }
}

/// Reads pieces, neighbouring bytes as one.
fn pieces(written: &str, room: &mut Room) -> Result<Vec<Piece>, String> {
    let (mut chars, mut pieces, mut bytes) = (written.chars(), Vec::new(), Vec::new());
    while let Some(c) = chars.next() {
        let other = match c {
            '\\' => {
                match chars.as_str().starts_with('{') {
                    true => run(&mut chars, &mut bytes, room)?,
                    false => plain_escape(&mut chars, &mut bytes)?,
                }
                continue;
            }
            '$' => match (variable(&mut chars)?, room.round) {
                (name, Some(round)) if name == ROUND => {
                    bytes.extend(round.to_string().bytes());
                    continue;
                }
                (name, _) => Piece::Variable(name),
            },
            '*' => Piece::Any,
            c => {
                push(&mut bytes, c);
                continue;
            }
        };
        pieces.append(&mut Text::exactly(&std::mem::take(&mut bytes)).0);
        pieces.push(other);
    }
    pieces.append(&mut Text::exactly(&bytes).0);
    Ok(pieces)
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What stands behind a `$`.
fn variable(chars: &mut Chars<'_>) -> Result<String, String> {
    let rest = chars.as_str();
    let name = match rest.starts_with('{') {
        true => braced(chars).ok_or("`${` wants its `}`")?,
        false => {
            let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
            *chars = after.chars();
            name
        }
    };
    if name.is_empty() || !name.chars().all(is_name) {
        return Err("a `$` begins a variable, as in `$id`; write `\\$` for a dollar".to_owned());
    }
    Ok(name.to_owned())
}

/// What stands behind a `\`, put behind `bytes`; a run is another matter.
fn plain_escape(chars: &mut Chars<'_>, bytes: &mut Vec<u8>) -> Result<(), String> {
    match chars.next() {
        Some('n') => bytes.push(b'\n'),
        Some('r') => bytes.push(b'\r'),
        Some('t') => bytes.push(b'\t'),
        Some('x') => bytes.push(hex_byte(chars)?),
        Some('u') => push(bytes, code_point(chars)?),
        Some(c @ ('\\' | '*' | '$' | '#')) => push(bytes, c),
        Some(c) => {
            let shown = visible(c.to_string());
            return Err(format!(
                "`\\{shown}` is no escape; write `\\\\` for a backslash"
            ));
        }
        None => return Err("a backslash at the end; write `\\\\` for a backslash".to_owned()),
    }
    Ok(())
}

fn hex_byte(chars: &mut Chars<'_>) -> Result<u8, String> {
    let mut digit = || chars.next().and_then(|c| c.to_digit(16));
    let byte = digit().zip(digit()).map(|(high, low)| 16 * high + low);
    let byte = byte.and_then(|byte| u8::try_from(byte).ok());
    byte.ok_or_else(|| "`\\x` wants two hexadecimal digits, as in `\\x0a`".to_owned())
}

fn code_point(chars: &mut Chars<'_>) -> Result<char, String> {
    let point = |hex: &str| {
        let good = (1..=6).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let number = u32::from_str_radix(hex, 16).ok().filter(|_| good);
        number.and_then(char::from_u32)
    };
    let point = braced(chars).and_then(point);
    point.ok_or_else(|| "`\\u` wants a code point, as in `\\u{2028}`".to_owned())
}

/// What stands between `{` and `}`, taken.
fn braced<'a>(chars: &mut Chars<'a>) -> Option<&'a str> {
    let (inside, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
    *chars = after.chars();
    Some(inside)
}

/// `\{text*N}`: the text N times.
fn run(chars: &mut Chars<'_>, bytes: &mut Vec<u8>, room: &mut Room) -> Result<(), String> {
    const SHAPE: &str = "a run is a text and a number, as in `\\{ab*1000}`";
    chars.next();
    let mut one = Vec::new();
    loop {
        match chars.next().ok_or(SHAPE)? {
            '*' => break,
            '\\' if chars.as_str().starts_with('{') => return Err("no run in a run".to_owned()),
            '\\' => plain_escape(chars, &mut one)?,
            c => push(&mut one, c),
        }
    }
    let (times, after) = chars.as_str().split_once('}').ok_or(SHAPE)?;
    let digits = times.bytes().all(|b| b.is_ascii_digit());
    let times: usize = times.parse().ok().filter(|_| digits).ok_or(SHAPE)?;
    if times == 0 || one.is_empty() {
        return Err(SHAPE.to_owned());
    }
    let more = one.len().saturating_mul(times);
    room.unfolded = room.unfolded.saturating_add(more);
    if room.unfolded > UNFOLDED_BYTES_MAX {
        return Err(format!(
            "the runs of this transcript unfold to more than {UNFOLDED_BYTES_MAX} bytes"
        ));
    }
    *chars = after.chars();
    bytes.extend_from_slice(&one.repeat(times));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Room, Text, Vars, pieces};
    use crate::play::piece::{Piece, spell};

    #[track_caller]
    fn check(written: &str, expected: &[Piece]) {
        for written in [written, &spell(expected)] {
            let read = pieces(written, &mut Room::default());
            assert_eq!(read.as_deref(), Ok(expected));
        }
    }

    #[track_caller]
    fn check_refused(written: &str, expected: &str) {
        let error = Text::parse(written, &mut Room::default()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    fn bytes(of: impl AsRef<[u8]>) -> Piece {
        Piece::Bytes(of.as_ref().to_vec())
    }

    fn variable(name: &str) -> Piece {
        Piece::Variable(name.to_owned())
    }

    #[test]
    fn bytes_variables_and_stars_are_told_apart() {
        check("", &[]);
        check("hello", &[bytes("hello")]);
        check("* has come", &[Piece::Any, bytes(" has come")]);
        check(r"\* has come", &[bytes("* has come")]);
        check("**", &[Piece::Any, Piece::Any]);
        check("a $id.7", &[bytes("a "), variable("id"), bytes(".7")]);
        check("${id}7", &[variable("id"), bytes("7")]);
        check(
            r"\x16\x03\u{20ac}\r\n\t\\\$\#",
            &[bytes(b"\x16\x03\xe2\x82\xac\r\n\t\\$#")],
        );
        check(r"\x20a\x20", &[bytes(" a ")]);
        check(r"\{ab*3}!", &[bytes("ababab!")]);
        check(r"\{\x00*1000}", &[bytes([0; 1000])]);
        check(r"\{}*2}", &[bytes("}}")]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_to_write() {
        check_refused(r"C:\dir", r"`\d` is no escape; write `\\` for a backslash");
        check_refused("\\\u{7f}", r"`\\x7f` is no escape");
        check_refused("\\", "a backslash at the end");
        check_refused(r"\x4", "two hexadecimal digits");
        check_refused(r"\xg0", "two hexadecimal digits");
        check_refused(r"\u{d800}", "a code point");
        check_refused(r"\u{+41}", "a code point");
        check_refused(r"\u41", "a code point");
        check_refused("costs 3 $", r"write `\$` for a dollar");
        check_refused("${a b}", r"write `\$` for a dollar");
        check_refused("${a", "wants its `}`");
        check_refused(r"\{a*}", "a run is");
        check_refused(r"\{a*+3}", "a run is");
        check_refused(r"\{a", "a run is");
        check_refused(r"\{*3}", "a run is");
        check_refused(r"\{a*0}", "a run is");
        check_refused(r"\{\{a*2}*2}", "no run in a run");
        check_refused(r"\{ab*9000000}", "unfold to more than");
        check_refused(r"\{ab*99999999999999999999}", "a run is");
    }

    #[test]
    fn the_runs_of_a_transcript_share_one_room() {
        let mut room = Room::default();
        assert!(Text::parse(r"\{a*16000000}", &mut room).is_ok());
        assert!(Text::parse(r"\{a*16000000}", &mut room).is_err());
    }

    #[test]
    fn a_text_needs_its_variables() {
        let text = Text::parse("HISTORY *$id", &mut Room::default()).unwrap();
        assert_eq!(text.bytes(&Vars::new()), Err("id".to_owned()));
        let vars = Vars::from([("id".to_owned(), b"7".to_vec())]);
        assert_eq!(text.bytes(&vars).unwrap(), b"HISTORY *7");
        assert_eq!(text.to_string(), "HISTORY *$id");
    }
}
