//! The first key in some bytes: a pure function, without time or state.

use super::key::Key;
use crate::ui_term::escape::ESCAPE;
use crate::ui_term::frame::Position;

const BELL: u8 = 0x07;
/// No key sends as much; a longer sequence is unknown.
pub(super) const BYTES_MAX: usize = 64;

/// The key that the bytes begin with, and how many of them it takes; `None` if more are needed
/// to tell. Any part of such a beginning is one too.
pub(super) fn first(bytes: &[u8]) -> Option<(usize, Key)> {
    match bytes {
        [] | [ESCAPE] | [ESCAPE, b'O'] | [ESCAPE, b'[', b'['] => None,
        [ESCAPE, ESCAPE, ..] => Some((1, Key::Escape)),
        // The Linux console's F1 to F5.
        [ESCAPE, b'[', b'[', b'A', ..] => Some((4, Key::Function(1))),
        [ESCAPE, b'[', b'[', 0x20..=0x7e, ..] => Some((4, Key::Unknown)),
        [ESCAPE, b'[', b'[', ..] => Some((3, Key::Unknown)),
        [ESCAPE, b'[', rest @ ..] => control_sequence(rest),
        // Keys of the application modes.
        [ESCAPE, b'O', b'M', ..] => Some((3, Key::Enter)),
        [ESCAPE, b'O', last @ 0x40..=0x7e, ..] => Some((3, lettered(*last))),
        [ESCAPE, b'O', ..] => Some((2, Key::Unknown)),
        [ESCAPE, b']' | b'P' | b'X' | b'^' | b'_', rest @ ..] => control_string(rest),
        [ESCAPE, b'\r' | b'\n', ..] => Some((2, Key::MetaEnter)),
        [ESCAPE, 0x08 | 0x7f, ..] => Some((2, Key::MetaBackspace)),
        [ESCAPE, b'\\' | 0x00..=0x1f, ..] => Some((2, Key::Unknown)),
        [ESCAPE, rest @ ..] => character(rest, 1, Key::Meta),
        // A line end of another system is one Enter; where the read ended between, the decoder knows.
        [b'\r', b'\n', ..] => Some((2, Key::Enter)),
        [b'\r', ..] => Some((1, Key::Enter)),
        [b'\t', ..] => Some((1, Key::Tab)),
        [0x08 | 0x7f, ..] => Some((1, Key::Backspace)),
        [control @ 0x00..=0x1f, ..] => {
            let letter = char::from(control | 0x40).to_ascii_lowercase();
            Some((1, Key::Ctrl(letter)))
        }
        _ => character(bytes, 0, Key::Char),
    }
}

/// A character of one to four bytes, `before` bytes of which stand before it already.
fn character(bytes: &[u8], before: usize, made: fn(char) -> Key) -> Option<(usize, Key)> {
    let longest = bytes.get(..4).unwrap_or(bytes);
    let valid = longest.utf8_chunks().next()?.valid();
    let Some(c) = valid.chars().next() else {
        let wrong = std::str::from_utf8(longest).err()?.error_len()?;
        return Some((before + wrong, Key::Unknown));
    };
    let key = match c.is_control() {
        true => Key::Unknown,
        false => made(c),
    };
    Some((before + c.len_utf8(), key))
}

/// What follows `ESC [`: parameters and the final byte that says what they are for.
fn control_sequence(rest: &[u8]) -> Option<(usize, Key)> {
    let len = rest.iter().position(|byte| !matches!(byte, 0x20..=0x3f))?;
    let (parameters, end) = rest.split_at(len);
    match end.first()? {
        0x40..=0x7e if len + 3 > BYTES_MAX => Some((len + 3, Key::Unknown)),
        last @ 0x40..=0x7e => Some((len + 3, named(parameters, *last))),
        _ => Some((len + 2, Key::Unknown)),
    }
}

fn named(parameters: &[u8], last: u8) -> Key {
    let Some((number, modifier)) = numbers(parameters) else {
        let is_device = last == b'c' && matches!(parameters, [b'?' | b'>', ..]);
        return if is_device { Key::Device } else { Key::Unknown };
    };
    let key = match last {
        b'~' => numbered(number),
        b'Z' => Key::BackTab,
        // Terminals count from 1.
        b'R' => Key::CursorAt(Position::at(
            number.saturating_sub(1),
            modifier.saturating_sub(1),
        )),
        _ => lettered(last),
    };
    held(key, modifier)
}

/// At most two decimal numbers with a semicolon between, an absent one being 1.
fn numbers(parameters: &[u8]) -> Option<(usize, usize)> {
    let text = std::str::from_utf8(parameters).ok()?;
    let (first, second) = text.split_once(';').unwrap_or((text, ""));
    let number = |part: &str| match part {
        "" => Some(1),
        part => part.parse().ok(),
    };
    Some((number(first)?, number(second)?))
}

/// The keys that end in a letter; small ones are rxvt's, with a modifier.
fn lettered(last: u8) -> Key {
    match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'P' => Key::Function(1),
        b'a' => Key::ScrollUp,
        b'b' => Key::ScrollDown,
        b'c' => Key::WordRight,
        b'd' => Key::WordLeft,
        _ => Key::Unknown,
    }
}

/// The keys that are a number before `~`.
fn numbered(number: usize) -> Key {
    match number {
        1 | 7 => Key::Home,
        3 => Key::Delete,
        4 | 8 => Key::End,
        5 => Key::PageUp,
        6 => Key::PageDown,
        11 => Key::Function(1),
        19 => Key::Function(8),
        _ => Key::Unknown,
    }
}

/// A key while something is held down: one more than the sum of Shift 1, Alt 2, Control 4.
/// Shift alone changes nothing in a line, where there is no selection to extend.
fn held(key: Key, modifier: usize) -> Key {
    match (key, modifier) {
        (Key::Up, 2..) => Key::ScrollUp,
        (Key::Down, 2..) => Key::ScrollDown,
        (Key::Home, 2..) => Key::Top,
        (Key::End, 2..) => Key::Bottom,
        (Key::Left, 3..) => Key::WordLeft,
        (Key::Right, 3..) => Key::WordRight,
        (key, _) => key,
    }
}

/// A string that the terminal says, ended by BEL or another control character; nobody asked
/// for one.
fn control_string(rest: &[u8]) -> Option<(usize, Key)> {
    let end = rest.iter().position(|byte| *byte < b' ')?;
    let bell = usize::from(rest.get(end) == Some(&BELL));
    Some((2 + end + bell, Key::Unknown))
}
