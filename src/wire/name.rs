//! Names of people and of rooms.
//!
//! A name is shown beside what everybody says, so it holds only what the sanitiser shows unchanged, and two that
//! a reader cannot tell apart should not both exist. std knows case, so names are compared folded; it knows
//! neither normal forms nor look-alikes, so a name takes composed letters only and letters of one alphabet of
//! the three that look alike. What is left (one whole name in Cyrillic that reads like one in Latin) stays
//! possible. `char::is_alphanumeric` is deliberately not asked: it takes invisible letters and refuses the vowel
//! signs of half of Asia.

use std::fmt;
use std::sync::Arc;

use crate::sanitise;

/// Longest name, in characters (code points).
pub const NAME_CHARS_MAX: usize = 24;
/// Longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A person's name. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// A room's name, under the same rules. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Room(Arc<str>);

/// A name or room as it is compared: upper-cased, then lower-cased.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folded(Box<str>);

/// The rule that a name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// No character at all.
    Empty,
    /// Over [`NAME_CHARS_MAX`] characters or [`NAME_BYTES_MAX`] bytes.
    TooLong,
    /// White space or a backslash.
    Space,
    /// Begins with one of `@ / : * #`.
    Start(char),
    /// A character that is invisible, a control, or otherwise not shown as it is.
    Hidden,
    /// A combining accent of U+0300–U+036F.
    Accent,
    /// Letters of more than one of Latin, Greek and Cyrillic.
    Mixed,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("a name has at least one character"),
            NameError::TooLong => {
                write!(
                    f,
                    "a name has at most {NAME_CHARS_MAX} characters and {NAME_BYTES_MAX} bytes; choose a shorter one"
                )
            }
            NameError::Space => f.write_str("a name holds no space and no backslash; try a hyphen"),
            NameError::Start(c) => write!(f, "a name does not begin with {c}"),
            NameError::Hidden => f.write_str("a name holds only characters that can be seen"),
            NameError::Accent => f.write_str(
                "a name holds no combining accent; write the accented letter as one character",
            ),
            NameError::Mixed => {
                f.write_str("a name holds letters of one alphabet: Latin, Greek or Cyrillic")
            }
        }
    }
}

impl std::error::Error for NameError {}

fn check(text: &str) -> Result<(), NameError> {
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if text.len() > NAME_BYTES_MAX || text.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    if text.contains(|c: char| c.is_whitespace() || c == '\\') {
        return Err(NameError::Space);
    }
    if matches!(first, '@' | '/' | ':' | '*' | '#') {
        return Err(NameError::Start(first));
    }
    if text.contains('\u{2800}') || !sanitise::shown_unchanged(text) {
        return Err(NameError::Hidden);
    }
    if text.contains(|c| matches!(c, '\u{300}'..='\u{36f}')) {
        return Err(NameError::Accent);
    }
    let mut alphabets = text.chars().filter_map(alphabet);
    let one = alphabets.next();
    if alphabets.any(|other| Some(other) != one) {
        return Err(NameError::Mixed);
    }
    Ok(())
}

#[derive(PartialEq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
}

/// The letters of the three alphabets that look alike, by Unicode's blocks.
fn alphabet(c: char) -> Option<Alphabet> {
    match c {
        '\u{d7}' | '\u{f7}' | '\u{37e}' | '\u{387}' => None,
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{2af}' | '\u{1d00}'..='\u{1d25}' => {
            Some(Alphabet::Latin)
        }
        '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' => {
            Some(Alphabet::Latin)
        }
        '\u{ab30}'..='\u{ab64}' | '\u{fb00}'..='\u{fb06}' => Some(Alphabet::Latin),
        'ａ'..='ｚ' | 'Ａ'..='Ｚ' => Some(Alphabet::Latin),
        '\u{370}'..='\u{3e1}' | '\u{3f0}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => {
            Some(Alphabet::Greek)
        }
        '\u{1d26}'..='\u{1d2a}' | '\u{ab65}' => Some(Alphabet::Greek),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d2b}' => Some(Alphabet::Cyrillic),
        '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => Some(Alphabet::Cyrillic),
        _ => None,
    }
}

fn fold(text: &str) -> Folded {
    if text.is_ascii() {
        return Folded(text.to_ascii_lowercase().into_boxed_str());
    }
    // Upper case first: it is what makes ß and ss, ſ and s, ς and σ one. The joiners and the picture selector only
    // change how their neighbours are drawn, often not at all.
    let cased = text.to_uppercase().to_lowercase();
    let seen = |c: &char| !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    Folded(
        cased
            .chars()
            .filter(seen)
            .collect::<String>()
            .into_boxed_str(),
    )
}

macro_rules! name_type {
    ($type:ident) => {
        impl $type {
            /// Parses a name.
            ///
            /// # Errors
            /// The rule that it breaks.
            pub fn parse(text: &str) -> Result<$type, NameError> {
                check(text)?;
                Ok($type(text.into()))
            }

            /// As it was spelled by whoever chose it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// As it is compared.
            pub fn folded(&self) -> Folded {
                fold(&self.0)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name_type!(Name);
name_type!(Room);

impl Name {
    /// Is it one that nobody may have, because people would take its bearer for the server or for themselves?
    pub fn is_reserved(&self) -> bool {
        ["server", "system", "operator", "you", "chalktalk"].contains(&&*self.folded().0)
    }
}

impl Room {
    /// The room everybody is in at first, and the only one that never ends.
    pub fn lobby() -> Room {
        Room("lobby".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, why: NameError) {
        assert_eq!(Name::parse(text), Err(why), "{text:?}");
        assert_eq!(Room::parse(text), Err(why), "{text:?}");
    }

    #[test]
    fn names_of_all_the_world_are_taken() {
        for good in [
            "anna",
            "Ünal",
            "José",
            "Παύλος",
            "Дмитрий",
            "李小龙",
            "กนกวรรณ",
            "हिन्दी",
            "עברית",
            "x",
            "R2-D2",
            "a:b",
            "日本語bot",
        ] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        assert!(Name::parse(&"a".repeat(24)).is_ok());
        assert!(Name::parse(&"😀".repeat(16)).is_ok());
    }

    #[test]
    fn what_cannot_be_told_apart_or_seen_is_refused() {
        refused("", NameError::Empty);
        refused(&"a".repeat(25), NameError::TooLong);
        refused(&"😀".repeat(17), NameError::TooLong);
        for blank in [
            " ", "a b", "a\u{a0}b", "\u{3000}", "a\\b", "a\nb", "\u{2003}",
        ] {
            refused(blank, NameError::Space);
        }
        for start in ['@', '/', ':', '*', '#'] {
            refused(&format!("{start}a"), NameError::Start(start));
        }
        for hidden in [
            "a\0",
            "\x1b[1m",
            "a\u{9b}",
            "\u{202e}anna",
            "an\u{200b}na",
            "\u{3164}",
            "\u{ffa0}",
            "\u{2800}",
            "\u{e000}",
            "\u{feff}a",
            "a\u{ad}",
            "\u{e31}",
        ] {
            refused(hidden, NameError::Hidden);
        }
        refused("e\u{301}", NameError::Accent);
        refused("\u{430}nna", NameError::Mixed);
        refused("αnna", NameError::Mixed);
        refused("Ж\u{251}", NameError::Mixed);
    }

    #[test]
    fn names_are_compared_folded() {
        #[track_caller]
        fn same(a: &str, b: &str) {
            assert_eq!(
                Name::parse(a).unwrap().folded(),
                Name::parse(b).unwrap().folded()
            );
        }
        same("Anna", "aNNA");
        same("STRASSE", "straße");
        same("ΣΑΣ", "σας");
        same("Ünal", "ÜNAL");
        same("می\u{200c}خواهم", "میخواهم");
        same("☺\u{fe0f}", "☺");
        assert!(Name::parse("Server").unwrap().is_reserved());
        assert!(Name::parse("YOU").unwrap().is_reserved());
        assert!(!Name::parse("anna").unwrap().is_reserved());
    }
}
