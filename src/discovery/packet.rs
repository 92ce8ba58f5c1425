//! The two packets, a question and its answer, which is never longer; and what is made of the answers.
//!
//! That an answer is no longer is what keeps a server from being used to flood somebody whose address was put into a
//! question: the sender could have sent as much himself.
//!
//! Each packet has one spelling. Reading makes a value of the fields and then asks whether that value would have been
//! written so: no rule has to be stated twice.

use crate::wire::{Mode, Words, unescape};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;

/// Bytes of a question, the spaces at its end included, and of an answer at most.
pub const PACKET_BYTES: usize = 256;

const NAME_BYTES_MAX: usize = 128;
const QUESTION_START: &str = "CHALK? 1 ";
const ANSWER_START: &str = "CHALK! 1 ";
/// Servers kept: beyond that nobody reads the list.
const FOUND_MAX: usize = 64;
/// Addresses kept of one server.
const ADDRESSES_MAX: usize = 8;

/// What a chat is called: at least one character, at most 128 bytes as written.
pub type ChatName = Words<NAME_BYTES_MAX>;

/// "Who is there?" The number is random, a nonce: the answers repeat it, so that they are told from answers to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question(pub u64);

impl Question {
    /// The packet.
    #[must_use]
    pub fn encode(self) -> [u8; PACKET_BYTES] {
        let mut packet = [b' '; PACKET_BYTES];
        let text = format!("{QUESTION_START}{:016x}", self.0);
        packet[..text.len()].copy_from_slice(text.as_bytes());
        packet
    }

    /// Reads a packet; `None` for anything that is not exactly a question.
    #[must_use]
    pub fn decode(packet: &[u8]) -> Option<Self> {
        let text = str::from_utf8(packet).ok()?;
        let digits = text.strip_prefix(QUESTION_START)?.trim_end_matches(' ');
        let question = Self(number(digits)?);
        (question.encode() == packet).then_some(question)
    }
}

/// "Here I am." Its address is not in it: that is where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question's.
    pub nonce: u64,
    /// The server's TCP port.
    pub port: NonZeroU16,
    /// A random number, another for each start of a server: by it several addresses are known to be one server's.
    pub instance: u64,
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
        let (mode, name) = (self.mode.as_str(), self.name.written());
        let text = format!(
            "{ANSWER_START}{:016x} {} {:016x} {} {mode} {name}",
            self.nonce, self.port, self.instance, self.people
        );
        text.into_bytes()
    }

    /// Reads a packet; `None` for anything that is not exactly an answer.
    #[must_use]
    pub fn decode(packet: &[u8]) -> Option<Self> {
        let text = str::from_utf8(packet).ok()?;
        let mut fields = text.strip_prefix(ANSWER_START)?.splitn(6, ' ');
        let answer = Self {
            nonce: number(fields.next()?)?,
            port: fields.next()?.parse().ok()?,
            instance: number(fields.next()?)?,
            people: fields.next()?.parse().ok()?,
            mode: Mode::parse(fields.next()?)?,
            name: ChatName::new(&unescape(fields.next()?).ok()?).ok()?,
        };
        (answer.encode() == packet).then_some(answer)
    }
}

fn number(digits: &str) -> Option<u64> {
    u64::from_str_radix(digits, 16).ok()
}

/// A server that answered, however many ways lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it answered from, with its TCP port; the first to answer first. Never empty.
    pub addresses: Vec<SocketAddr>,
    /// What it said last.
    pub answer: Answer,
}

/// Adds an answer that came from that address; one to another question is dropped.
///
/// A server that is reached over two networks answers from two addresses. Answers are taken together only where
/// everything in them agrees except the number of people: who repeats another server's instance with a name or port
/// of his own is listed beside it, and does not replace it.
pub fn gather(found: &mut Vec<Found>, question: Question, answer: Answer, from: IpAddr) {
    if answer.nonce != question.0 {
        return;
    }
    let address = SocketAddr::new(from, answer.port.get());
    let is_same = |one: &Found| {
        let mut repeated = answer.clone();
        repeated.people = one.answer.people;
        one.answer == repeated
    };
    if let Some(one) = found.iter_mut().find(|one| is_same(one)) {
        one.answer.people = answer.people;
        if !one.addresses.contains(&address) && one.addresses.len() < ADDRESSES_MAX {
            one.addresses.push(address);
        }
    } else if found.len() < FOUND_MAX {
        let addresses = vec![address];
        found.push(Found { addresses, answer });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            nonce: 0x0123_4567_89ab_cdef,
            port: NonZeroU16::new(24255).unwrap(),
            instance: 7,
            people: 12,
            mode: Mode::open(),
            name: ChatName::new("Anna's  class").unwrap(),
        }
    }

    #[test]
    fn a_question_looks_as_documented() {
        let packet = Question(255).encode();
        assert!(packet.starts_with(b"CHALK? 1 00000000000000ff "));
        assert_eq!(packet.len(), 256);
        assert_eq!(Question::decode(&packet), Some(Question(255)));
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
        assert!(packet.len() <= PACKET_BYTES, "{}", packet.len());
        assert_eq!(Answer::decode(&packet), Some(longest));
    }

    #[test]
    fn other_spellings_of_a_question_are_none() {
        let right = Question(0xab).encode();
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

    fn named(instance: u64, name: &str) -> Answer {
        Answer {
            instance,
            name: ChatName::new(name).unwrap(),
            ..answer()
        }
    }

    fn take(found: &mut Vec<Found>, answer: Answer, last: u8) {
        gather(
            found,
            Question(answer.nonce),
            answer,
            [192, 0, 2, last].into(),
        );
    }

    #[test]
    fn a_server_seen_over_two_networks_is_one() {
        let mut found = Vec::new();
        take(&mut found, named(7, "class"), 1);
        take(&mut found, named(7, "class"), 2);
        let later = Answer {
            people: 4,
            ..named(7, "class")
        };
        take(&mut found, later, 1);
        let [found] = &found[..] else {
            panic!("listed more than once: {found:?}");
        };
        let addresses = [1, 2].map(|last| SocketAddr::from(([192, 0, 2, last], 24255)));
        assert_eq!(found.addresses, addresses);
        assert_eq!(found.answer.people, 4);
    }

    #[test]
    fn whoever_repeats_anothers_instance_is_listed_beside_it() {
        let mut found = Vec::new();
        take(&mut found, named(7, "class"), 1);
        let port = NonZeroU16::new(1).unwrap();
        take(
            &mut found,
            Answer {
                port,
                ..named(7, "class")
            },
            2,
        );
        take(&mut found, named(7, "other"), 3);
        let mode = Mode::parse("noise").unwrap();
        take(
            &mut found,
            Answer {
                mode,
                ..named(7, "class")
            },
            4,
        );
        assert_eq!(found.len(), 4);
        assert_eq!(found[0].addresses.len(), 1);
    }

    #[test]
    fn a_flood_of_answers_fills_a_bounded_list() {
        let mut found = Vec::new();
        for instance in 0..1000 {
            take(&mut found, named(instance, "class"), 1);
        }
        for last in 0..=255 {
            take(&mut found, named(0, "class"), last);
        }
        assert_eq!(found.len(), FOUND_MAX);
        assert_eq!(found[0].addresses.len(), ADDRESSES_MAX);
    }
}
