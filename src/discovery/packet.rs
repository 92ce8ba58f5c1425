//! The two packets: a question, and its answer, which is never longer.
//!
//! That an answer is no longer is what keeps a server from being used to flood somebody whose
//! address was put into a question: the sender could have sent as much himself.
//!
//! Each packet has one spelling. Reading makes a value of the fields and then asks whether that
//! value would have been written so: no rule has to be stated twice.

use std::fmt;
use std::num::NonZeroU16;

use crate::wire::{Mode, Words, unescape};

/// Bytes of a question, the spaces at its end included.
pub const QUESTION_BYTES: usize = 256;
/// Bytes of an answer, at most.
pub const ANSWER_BYTES_MAX: usize = QUESTION_BYTES;

const NAME_BYTES_MAX: usize = 128;
const QUESTION_START: &str = "CHALK? 1 ";
const ANSWER_START: &str = "CHALK! 1 ";

/// What a chat is called: at least one character, at most 128 bytes as written.
pub type ChatName = Words<NAME_BYTES_MAX>;

/// A number that nobody guesses, written as 16 hexadecimal digits: of a question, so that it is
/// told from others, or of a server's run, so that its addresses are known to be one server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce(pub u64);

impl Nonce {
    fn parse(digits: &str) -> Option<Self> {
        u64::from_str_radix(digits, 16).ok().map(Self)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// "Who is there?"
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// What the answers to it repeat.
    pub nonce: Nonce,
}

impl Question {
    /// The packet.
    #[must_use]
    pub fn encode(self) -> [u8; QUESTION_BYTES] {
        let mut packet = [b' '; QUESTION_BYTES];
        let text = format!("{QUESTION_START}{}", self.nonce);
        packet[..text.len()].copy_from_slice(text.as_bytes());
        packet
    }

    /// Reads a packet; `None` for anything that is not exactly a question.
    #[must_use]
    pub fn decode(packet: &[u8]) -> Option<Self> {
        let text = str::from_utf8(packet).ok()?;
        let digits = text.strip_prefix(QUESTION_START)?.trim_end_matches(' ');
        let question = Self {
            nonce: Nonce::parse(digits)?,
        };
        (question.encode() == packet).then_some(question)
    }
}

/// "Here I am." Its address is not in it: that is where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question's.
    pub nonce: Nonce,
    /// The server's TCP port.
    pub port: NonZeroU16,
    /// Another for each start of a server.
    pub instance: Nonce,
    /// How many people are there.
    pub people: u16,
    /// Open or encrypted.
    pub mode: Mode,
    /// What the chat is called. Others wrote it: it goes through the sanitiser to be shown.
    pub name: ChatName,
}

impl Answer {
    /// The packet.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Self {
            nonce,
            port,
            instance,
            people,
            mode,
            name,
        } = self;
        let (mode, name) = (mode.as_str(), name.written());
        format!("{ANSWER_START}{nonce} {port} {instance} {people} {mode} {name}").into_bytes()
    }

    /// Reads a packet; `None` for anything that is not exactly an answer.
    #[must_use]
    pub fn decode(packet: &[u8]) -> Option<Self> {
        let text = str::from_utf8(packet).ok()?;
        let mut fields = text.strip_prefix(ANSWER_START)?.splitn(6, ' ');
        let answer = Self {
            nonce: Nonce::parse(fields.next()?)?,
            port: fields.next()?.parse().ok()?,
            instance: Nonce::parse(fields.next()?)?,
            people: fields.next()?.parse().ok()?,
            mode: Mode::parse(fields.next()?)?,
            name: ChatName::new(&unescape(fields.next()?).ok()?).ok()?,
        };
        (answer.encode() == packet).then_some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            nonce: Nonce(0x0123_4567_89ab_cdef),
            port: NonZeroU16::new(24255).unwrap(),
            instance: Nonce(7),
            people: 12,
            mode: Mode::open(),
            name: ChatName::new("Anna's  class").unwrap(),
        }
    }

    #[test]
    fn a_question_looks_as_documented() {
        let packet = Question { nonce: Nonce(255) }.encode();
        assert!(packet.starts_with(b"CHALK? 1 00000000000000ff "));
        assert_eq!(packet.len(), 256);
        assert_eq!(
            Question::decode(&packet),
            Some(Question { nonce: Nonce(255) })
        );
    }

    #[test]
    fn an_answer_looks_as_documented() {
        let packet = answer().encode();
        let text = "CHALK! 1 0123456789abcdef 24255 0000000000000007 12 open Anna's  class";
        assert_eq!(packet, text.as_bytes());
        assert_eq!(Answer::decode(&packet), Some(answer()));
    }

    #[test]
    fn the_longest_answer_is_no_longer_than_a_question() {
        let longest = Answer {
            port: NonZeroU16::MAX,
            people: u16::MAX,
            mode: Mode::parse(&"m".repeat(16)).unwrap(),
            name: ChatName::new(&"\\".repeat(NAME_BYTES_MAX / 2)).unwrap(),
            ..answer()
        };
        let packet = longest.encode();
        assert!(packet.len() <= ANSWER_BYTES_MAX, "{}", packet.len());
        assert_eq!(Answer::decode(&packet), Some(longest));
    }

    #[test]
    fn other_spellings_of_a_question_are_none() {
        let right = Question { nonce: Nonce(0xab) }.encode();
        let text = String::from_utf8(right.to_vec()).unwrap();
        for wrong in [
            text.trim_end().to_owned(),
            format!("{text} "),
            text.replace("CHALK?", "CHALK!"),
            text.replace("? 1", "? 2"),
            text.replace("ab", "AB"),
            text.replace("00ab", "+0ab"),
            text.replacen("  ", " x", 1),
            text.replacen("  ", "\t ", 1),
        ] {
            assert_eq!(Question::decode(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn other_spellings_of_an_answer_are_none() {
        let right = String::from_utf8(answer().encode()).unwrap();
        for (from, to) in [
            ("24255", "024255"),
            ("24255", "+24255"),
            ("24255", "0"),
            ("24255", "65536"),
            (" 12 ", " 65536 "),
            (" 12 ", " -1 "),
            (" 12 ", "  12 "),
            ("open", "Open"),
            ("open ", ""),
            ("Anna's  class", ""),
            (" Anna's  class", ""),
            ("class", "cl\x1b[31mass"),
            ("class", "cl\\x"),
            ("class", "cl\\u{41}"),
            ("abcdef", "abcde"),
            ("! 1", "! 2"),
        ] {
            let wrong = right.replace(from, to);
            assert_eq!(Answer::decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
