//! The join code: 24 characters that name a server and let one in.
//!
//! ```text
//! 1ZVW-G4PN-PPMN-3RDX  04HM-ASW9
//! fingerprint, check   secret
//! ```
//!
//! Fifteen characters are a fingerprint of the server's public key, so that nobody else can
//! answer to the code; the last eight are secret. The alphabet is Crockford's base32, which
//! reads well aloud. One character checks the others: it finds any single wrong one and any
//! two exchanged, before anything is sent; it does not say where.
//!
//! 75 bits would be few against somebody who tries out keys until one has this fingerprint;
//! hashing 16,384 times makes each try as dear as 14 bits more, and costs a joiner 3 ms.
//!
//! Not constant time: reading and printing index by the secret, once, on its owner's machine.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

use super::blake2s::hash;
use super::noise::PSK_BYTES;
use super::x25519::PublicKey;

/// Characters of a code, hyphens not counted.
pub const CODE_CHARACTERS: usize = 24;
/// Bytes of the secret in a code.
pub const SECRET_BYTES: usize = 5;

/// What has so many characters of the alphabet, and no others, is a code, though a mistyped one.
const MISTYPED_CHARACTERS: RangeInclusive<usize> = 20..=28;
const FINGERPRINT_CHARACTERS: usize = 15;
const GROUP_CHARACTERS: usize = 4;
const FINGERPRINT_ROUNDS: u32 = 16_384;

const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

/// What lets one in: 40 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// From random bytes, or from a key file's.
    #[must_use]
    pub fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for a key file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The pre-shared key that this secret gives with that server. It only admits: 40 bits are
    /// far from the 256 that Noise asks of a pre-shared key for secrecy, which rests on X25519.
    #[must_use]
    pub fn psk(&self, server: &PublicKey) -> [u8; PSK_BYTES] {
        hash(&[b"chalktalk psk 1", &self.0, server.as_bytes()])
    }
}

/// What names a server: 75 bits of its public key's hash, as fifteen values of five bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; FINGERPRINT_CHARACTERS]);

impl Fingerprint {
    /// The fingerprint of a key: 16,384 hashes, about 3 ms.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let digest = (0..FINGERPRINT_ROUNDS).fold(*key.as_bytes(), |digest, _| {
            hash(&[b"chalktalk fingerprint 1", &digest])
        });
        Self(std::array::from_fn(|at| value_at(&digest, at)))
    }
}

/// A server's name and the secret to get in, as people pass them on.
///
/// It prints as the code itself, secret included; its `Debug`, which would end in a log, does not.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinCode {
    /// Who must answer.
    pub fingerprint: Fingerprint,
    /// What lets one in.
    pub secret: Secret,
}

/// Why a text is not a join code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// A character that stands in no code; raw.
    Character(char),
    /// So many characters, not 24.
    Length(usize),
    /// All characters are possible, but not together.
    Mistyped,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(found) => write!(f, "'{found}' stands in no code"),
            Self::Length(found) => {
                write!(
                    f,
                    "a code has {CODE_CHARACTERS} characters, this has {found}"
                )
            }
            Self::Mistyped => write!(f, "a character of the code is wrong, or two are exchanged"),
        }
    }
}

impl std::error::Error for CodeError {}

impl JoinCode {
    /// Reads a code as people type it: case, spaces and every kind of dash are ignored, O is
    /// read as 0, I and L as 1.
    ///
    /// # Errors
    /// A [`CodeError`]; a mistyped code is found here, before anybody is called.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut values = [0; CODE_CHARACTERS];
        let mut count = 0;
        for character in text.chars().filter(|character| !is_separator(*character)) {
            let value = value_of(character).ok_or(CodeError::Character(character))?;
            if let Some(place) = values.get_mut(count) {
                *place = value;
            }
            count += 1;
        }
        if count != CODE_CHARACTERS {
            return Err(CodeError::Length(count));
        }
        let mut fingerprint = [0; FINGERPRINT_CHARACTERS];
        let (front, back) = values.split_at(FINGERPRINT_CHARACTERS);
        fingerprint.copy_from_slice(front);
        let bits = back[1..]
            .iter()
            .fold(0u64, |bits, value| bits << 5 | u64::from(*value));
        let [_, _, _, secret @ ..] = bits.to_be_bytes();
        if back[0] != check(&fingerprint, &secret) {
            return Err(CodeError::Mistyped);
        }
        Ok(Self {
            fingerprint: Fingerprint(fingerprint),
            secret: Secret(secret),
        })
    }
}

/// A log, or the message of a panic, is no place for a code.
impl fmt::Debug for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinCode(..)")
    }
}

impl fmt::Display for JoinCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fingerprint(fingerprint) = &self.fingerprint;
        let check = check(fingerprint, &self.secret.0);
        let values = fingerprint
            .iter()
            .copied()
            .chain([check])
            .chain(secret_values(&self.secret.0));
        for (at, value) in values.enumerate() {
            if at > 0 && at % GROUP_CHARACTERS == 0 {
                write!(f, "-")?;
            }
            write!(f, "{}", ALPHABET[usize::from(value)])?;
        }
        Ok(())
    }
}

/// Whether a text is meant for a code, or for most of one: it is then no host to be looked up, and not to be repeated.
#[must_use]
pub fn looks_like_code(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !is_separator(*character));
    let count = characters.clone().count();
    MISTYPED_CHARACTERS.contains(&count) && characters.all(|c| value_of(c).is_some())
}

/// The sentence, with "(a code)" in place of whatever in it looks like one.
#[must_use]
pub fn hide_codes(sentence: &str) -> Cow<'_, str> {
    let is_edge = |c: char| !c.is_alphanumeric() && !is_separator(c);
    let words = sentence.split(|c: char| is_edge(c) || c.is_whitespace());
    // In groups, as it is read aloud: prose has no two words with digits in a row of letters alone.
    let has_digit = |group: &&str| group.contains(|c: char| c.is_ascii_digit());
    let is_grouped = |run: &&str| run.split_whitespace().filter(has_digit).nth(1).is_some();
    let groups = sentence.split(is_edge).map(str::trim).filter(is_grouped);
    words
        .chain(groups)
        .filter(|text| looks_like_code(text))
        .fold(sentence.into(), |hidden: Cow<'_, str>, code| {
            hidden.replace(code, "(a code)").into()
        })
}

/// Over 32 values, doubling is a multiplication by x modulo x^5 + x^2 + 1, whose powers are all
/// different for 31 places: so no two exchanged values, and no one changed, go unseen.
fn check(fingerprint: &[u8; FINGERPRINT_CHARACTERS], secret: &[u8; SECRET_BYTES]) -> u8 {
    let values = fingerprint.iter().copied().chain(secret_values(secret));
    values.fold(1, |sum, value| {
        let doubled = (sum ^ value) << 1;
        if doubled > 31 { doubled ^ 37 } else { doubled }
    })
}

fn secret_values(secret: &[u8; SECRET_BYTES]) -> impl Iterator<Item = u8> {
    (0..8).map(|at| value_at(secret, at))
}

/// The `at`-th run of five bits, the highest bit first.
fn value_at(bytes: &[u8], at: usize) -> u8 {
    (0..5).map(|bit| 5 * at + bit).fold(0, |value, bit| {
        value << 1 | bytes[bit / 8] >> (7 - bit % 8) & 1
    })
}

fn value_of(character: char) -> Option<u8> {
    let plain = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    (0u8..)
        .zip(ALPHABET)
        .find(|(_, letter)| *letter == plain)
        .map(|(value, _)| value)
}

/// White space, and what keyboards, letters and word processors make of a hyphen.
fn is_separator(character: char) -> bool {
    const DASHES: &str = "-\u{ad}\u{58a}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2043}\
                          \u{2212}\u{2e3a}\u{2e3b}\u{fe58}\u{fe63}\u{ff0d}";
    character.is_whitespace() || DASHES.contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::hex;
    use crate::secure::x25519::PrivateKey;

    const CODE: &str = "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9";

    fn example() -> (PublicKey, JoinCode) {
        let private = PrivateKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()));
        let key = private.public();
        let code = JoinCode {
            fingerprint: Fingerprint::of(&key),
            secret: Secret::from_bytes([0x01, 0x23, 0x45, 0x67, 0x89]),
        };
        (key, code)
    }

    #[track_caller]
    fn refused(text: &str, expected: CodeError) {
        assert_eq!(JoinCode::parse(text).err(), Some(expected), "{text}");
    }

    #[test]
    fn the_documented_example_comes_out() {
        let (key, code) = example();
        assert_eq!(
            *key.as_bytes(),
            hex::fixed("8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f")
        );
        assert_eq!(code.to_string(), CODE);
        assert_eq!(
            code.secret.psk(&key),
            hex::fixed("d1abce164c7208f4929833a23ce14037b67f08bad0d5c9d064c289f82c79441e")
        );
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let (_, code) = example();
        for spelling in [
            CODE,
            "1zvwg4pnppmn3rdx04hmasw9",
            " 1ZVW G4PN PPMN 3RDX 04HM ASW9 ",
            "lzvw\u{2013}g4pn\u{2014}ppmn\u{2010}3rdx\u{2212}o4hm\u{a0}asw9\n",
            "IZVW--G4PN-PPMN-3RDX-O4HM-ASW9",
        ] {
            assert!(JoinCode::parse(spelling) == Ok(code.clone()), "{spelling}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        refused("", CodeError::Length(0));
        refused("1ZVW-G4PN-PPMN-3RDX-04HM-ASW", CodeError::Length(23));
        refused("1ZVW-G4PN-PPMN-3RDX-04HM-ASW99", CodeError::Length(25));
        refused("1ZVW-G4PN-PPMN-3RDX-04HM-ASWU", CodeError::Character('U'));
        refused("1ZVW_G4PN", CodeError::Character('_'));
        refused("\u{661}", CodeError::Character('\u{661}'));
    }

    #[test]
    fn what_looks_like_a_code_is_not_repeated() {
        #[track_caller]
        fn check(before: &str, code: &str, behind: &str) {
            assert!(looks_like_code(code), "{code}");
            let sentence = format!("{before}{code}{behind}");
            assert_eq!(hide_codes(&sentence), format!("{before}(a code){behind}"));
        }
        for code in [
            CODE,
            "1zvwg4pnppmn3rdx04hmasw9",
            "1ZVW-G4PN-PPMN-3RDX-04HM-ASW",
            "1ZVW\u{2013}G4PN PPMN 3RDX 04HM ASW9 9999",
        ] {
            check("", code, "");
            check("", code, ": not a host");
            check("chalktalk:/h/", code, ".");
            check("http://h:7/", code, "?x");
            check("a link, as in \"", code, "\", or CHALKTALK_CODE=");
        }
        for text in [
            "1ZVW-G4PN-PPMN-3RDX-04H",
            "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9-99999",
            "1ZVW-G4PN-PPMN-3RDX-04HM-ASWU",
            "room4.school.example.net",
            "",
        ] {
            assert!(!looks_like_code(text), "{text}");
        }
        for sentence in [
            "there is no verb find at all in this program here",
            "10.0.0.7:24255: the host is missing; write HOST or HOST:PORT",
            "/home/anna/.local/state/chalktalk/key: no such file",
        ] {
            assert_eq!(hide_codes(sentence), sentence);
        }
    }

    #[test]
    fn any_one_wrong_character_is_found() {
        let right: Vec<char> = CODE.chars().filter(|c| *c != '-').collect();
        for at in 0..right.len() {
            for wrong in ALPHABET.into_iter().filter(|c| *c != right[at]) {
                let mut text = right.clone();
                text[at] = wrong;
                refused(&text.iter().collect::<String>(), CodeError::Mistyped);
            }
        }
    }

    #[test]
    fn any_two_exchanged_characters_are_found() {
        let right: Vec<char> = CODE.chars().filter(|c| *c != '-').collect();
        for first in 0..right.len() {
            for second in (first + 1..right.len()).filter(|at| right[*at] != right[first]) {
                let mut text = right.clone();
                text.swap(first, second);
                refused(&text.iter().collect::<String>(), CodeError::Mistyped);
            }
        }
    }
}
