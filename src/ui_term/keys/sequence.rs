//! The first key in some bytes: a pure function, without time or state.

use super::key::Key;
use crate::ui_term::escape::ESCAPE;

const BELL: u8 = 0x07;
/// No key sends as much. A longer sequence is unknown, and only this much of it is held.
pub(super) const SEQUENCE_BYTES_MAX: usize = 64;

/// What stands at the start of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed to tell.
    Incomplete,
    /// So many bytes, at least one, mean this.
    Done(usize, Meaning),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    PasteBegins,
}

/// The key that the bytes begin with. Any part of an incomplete beginning is incomplete too.
pub(super) fn first(bytes: &[u8]) -> Step {
    match bytes {
        [] | [ESCAPE] => Step::Incomplete,
        [ESCAPE, ESCAPE, ..] => key(1, Key::Escape),
        [ESCAPE, b'[', b'[', rest @ ..] => console_function(rest),
        [ESCAPE, b'[', b'M', rest @ ..] => click(rest),
        [ESCAPE, b'[', rest @ ..] => control_sequence(rest),
        [ESCAPE, b'O', rest @ ..] => single_shift(rest),
        [ESCAPE, b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => control_string(rest),
        [ESCAPE, b'\r' | b'\n', ..] => key(2, Key::MetaEnter),
        [ESCAPE, 0x08 | 0x7f, ..] => key(2, Key::MetaBackspace),
        [ESCAPE, b'\\' | 0x00..=0x1f, ..] => key(2, Key::Unknown),
        [ESCAPE, rest @ ..] => character(rest, 1, Key::Meta),
        [control @ (0x00..=0x1f | 0x7f), ..] => key(1, control_key(*control)),
        _ => character(bytes, 0, Key::Char),
    }
}

fn key(used: usize, key: Key) -> Step {
    Step::Done(used, Meaning::Key(key))
}

fn control_key(byte: u8) -> Key {
    match byte {
        b'\r' => Key::Enter,
        b'\t' => Key::Tab,
        0x08 | 0x7f => Key::Backspace,
        _ => Key::Ctrl(char::from(byte | 0x40).to_ascii_lowercase()),
    }
}

/// A character of one to four bytes, `before` bytes of which stand before it already.
fn character(bytes: &[u8], before: usize, made: fn(char) -> Key) -> Step {
    let longest = bytes.get(..4).unwrap_or(bytes);
    let valid = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            let valid = longest.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(valid).unwrap_or_default()
        }
        Err(error) => match error.error_len() {
            None => return Step::Incomplete,
            Some(wrong) => return key(before + wrong, Key::Unknown),
        },
    };
    match valid.chars().next() {
        None => Step::Incomplete,
        Some(c) if c.is_control() => key(before + c.len_utf8(), Key::Unknown),
        Some(c) => key(before + c.len_utf8(), made(c)),
    }
}

/// What follows `ESC [`: parameters and the final byte that says what they are for.
fn control_sequence(rest: &[u8]) -> Step {
    let Some(len) = rest.iter().position(|byte| !matches!(byte, 0x20..=0x3f)) else {
        return Step::Incomplete;
    };
    let (parameters, end) = rest.split_at(len);
    match end.first() {
        Some(0x40..=0x7e) if len + 3 > SEQUENCE_BYTES_MAX => key(len + 3, Key::Unknown),
        Some(last @ 0x40..=0x7e) => Step::Done(len + 3, named(parameters, *last)),
        _ => key(2 + len, Key::Unknown),
    }
}

fn named(parameters: &[u8], last: u8) -> Meaning {
    let Some(numbers) = numbers(parameters) else {
        let is_device = last == b'c' && matches!(parameters, [b'?' | b'>', ..]);
        return Meaning::Key(if is_device { Key::Device } else { Key::Unknown });
    };
    let number = numbers.first().copied().unwrap_or(1);
    let modifier = Modifier::new(numbers.get(1).copied());
    Meaning::Key(match last {
        b'~' if parameters == b"200" => return Meaning::PasteBegins,
        b'~' => numbered(number, modifier),
        b'R' if numbers.len() == 2 => cursor_at(number, numbers.last().copied()),
        b'Z' => Key::BackTab,
        _ => lettered(last, modifier),
    })
}

/// At most two decimal numbers with a semicolon between, an absent one being 1.
fn numbers(parameters: &[u8]) -> Option<Vec<usize>> {
    if parameters.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(parameters).ok()?;
    let number = |part: &str| match part {
        "" => Some(1),
        _ if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok(),
        _ => None,
    };
    let numbers: Option<Vec<usize>> = text.split(';').map(number).collect();
    numbers.filter(|numbers| numbers.len() <= 2)
}

/// What was held down together with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Modifier {
    None,
    Shift,
    ControlOrAlt,
}

impl Modifier {
    /// From the number in the sequence: one more than the sum of Shift 1, Alt 2, Control 4.
    fn new(number: Option<usize>) -> Self {
        match number {
            None | Some(0 | 1) => Self::None,
            Some(2) => Self::Shift,
            Some(_) => Self::ControlOrAlt,
        }
    }

    /// One key alone, another with anything held down.
    fn choose(self, alone: Key, with: Key) -> Key {
        if self == Self::None { alone } else { with }
    }

    /// Shift changes nothing where there is no selection to extend.
    fn word(self, alone: Key, with: Key) -> Key {
        if self == Self::ControlOrAlt {
            with
        } else {
            alone
        }
    }
}

/// The keys that end in a letter; small ones are rxvt's, with a modifier.
fn lettered(last: u8, modifier: Modifier) -> Key {
    match last {
        b'A' => modifier.choose(Key::Up, Key::ScrollUp),
        b'B' => modifier.choose(Key::Down, Key::ScrollDown),
        b'C' => modifier.word(Key::Right, Key::WordRight),
        b'D' => modifier.word(Key::Left, Key::WordLeft),
        b'H' => modifier.choose(Key::Home, Key::Top),
        b'F' => modifier.choose(Key::End, Key::Bottom),
        b'P'..=b'S' => Key::Function(last - b'P' + 1),
        b'a' => Key::ScrollUp,
        b'b' => Key::ScrollDown,
        b'c' => Key::WordRight,
        b'd' => Key::WordLeft,
        _ => Key::Unknown,
    }
}

/// The keys that are a number before `~`.
fn numbered(number: usize, modifier: Modifier) -> Key {
    match number {
        1 | 7 => modifier.choose(Key::Home, Key::Top),
        2 => Key::Insert,
        3 => Key::Delete,
        4 | 8 => modifier.choose(Key::End, Key::Bottom),
        5 => Key::PageUp,
        6 => Key::PageDown,
        11 => Key::Function(1),
        12 => Key::Function(2),
        13 => Key::Function(3),
        14 => Key::Function(4),
        15 => Key::Function(5),
        17 => Key::Function(6),
        18 => Key::Function(7),
        19 => Key::Function(8),
        20 => Key::Function(9),
        21 => Key::Function(10),
        23 => Key::Function(11),
        24 => Key::Function(12),
        _ => Key::Unknown,
    }
}

/// The answer to where the cursor stands; terminals count from 1.
fn cursor_at(row: usize, column: Option<usize>) -> Key {
    match (
        row.checked_sub(1),
        column.and_then(|column| column.checked_sub(1)),
    ) {
        (Some(row), Some(column)) => Key::CursorAt { row, column },
        _ => Key::Unknown,
    }
}

/// What follows `ESC O`: keys of the application modes.
fn single_shift(rest: &[u8]) -> Step {
    match rest.first() {
        None => Step::Incomplete,
        Some(b'M') => key(3, Key::Enter),
        Some(last @ 0x40..=0x7e) => key(3, lettered(*last, Modifier::None)),
        Some(_) => key(2, Key::Unknown),
    }
}

/// The Linux console's F1 to F5: `ESC [ [ A` to `E`.
fn console_function(rest: &[u8]) -> Step {
    match rest.first() {
        None => Step::Incomplete,
        Some(last @ b'A'..=b'E') => key(4, Key::Function(last - b'A' + 1)),
        Some(0x20..=0x7e) => key(4, Key::Unknown),
        Some(_) => key(3, Key::Unknown),
    }
}

/// A click in the oldest encoding, which another program may have left on: three bytes.
fn click(rest: &[u8]) -> Step {
    match rest.iter().take(3).position(|byte| *byte < b' ') {
        Some(stray) => key(3 + stray, Key::Unknown),
        None if rest.len() < 3 => Step::Incomplete,
        None => key(6, Key::Unknown),
    }
}

/// A string that the terminal says, ended by BEL or `ESC \`; nobody asked for one.
fn control_string(rest: &[u8]) -> Step {
    let end = rest.iter().position(|byte| *byte < b' ');
    match end.map(|at| (2 + at, rest.get(at..).unwrap_or_default())) {
        None | Some((_, [ESCAPE])) => Step::Incomplete,
        Some((before, [ESCAPE, b'\\', ..])) => key(before + 2, Key::Unknown),
        Some((before, [BELL, ..])) => key(before + 1, Key::Unknown),
        Some((before, _)) => key(before, Key::Unknown),
    }
}
