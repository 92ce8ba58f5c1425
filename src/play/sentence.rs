//! A sentence of transcripts is one row of a table: `sentences!` makes of it a variant of an enum, how that is printed,
//! and how it is read. The words that nobody can be called, and what a sentence that was not understood is told,
//! follow from the same rows.
//!
//! A row spells its sentence with an example in the place of each value, in braces: `deadline {5 s}`. The value is called
//! as the function of `Reads` that reads it. Where a text goes up to the end of the line, ` an empty line` may stand for
//! it and the colon before it. What stands under the sentence and belongs to it comes behind `\n`.
//!
//! Ruled out: a table of parsers beside the enum and its `Display`. Each sentence then stood in five places, and two of
//! them nobody missed who forgot them.

use std::fmt;

/// In the place of a text: that it is empty. No line holds it.
pub(crate) const EMPTY: &str = "\n";
/// How that is written.
pub(crate) const EMPTY_LINE: &str = " an empty line";

/// What can stand in the braces: how it is written.
pub(crate) trait Hole {
    fn written(&self) -> String;
}

macro_rules! sentences {
    (
        $(#[$attribute:meta])* $vis:vis enum $name:ident {
            $(
                $(#[$doc:meta])*
                $variant:ident $(($($hole:ident: $type:ty),+))? = $sentence:expr,
            )+
        }
        $(others {
            $(
                $(#[$other_doc:meta])*
                $other:ident($($part:ident: $part_type:ty),+) = $printed:expr,
            )+
        })?
    ) => {
        $(#[$attribute])*
        $vis enum $name {
            $($(#[$doc])* $variant $(($($type),+))?,)+
            $($($(#[$other_doc])* $other($($part_type),+),)+)?
        }

        impl $name {
            /// How each is said.
            pub(crate) const SENTENCES: &[&str] = &[$($sentence),+];

            /// The sentence that was said, if it is one of these.
            pub(crate) fn read(said: &str, _reader: &mut dyn Reads) -> Read<Self> {
                $(if let Some([$($($hole),+)?]) = $crate::play::sentence::holes($sentence, said) {
                    $($(let Some($hole) = _reader.$hole($hole)? else { return Ok(None) };)+)?
                    return Ok(Some(Self::$variant $(($($hole),+))?));
                })+
                Ok(None)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $(($($hole),+))? => {
                        $crate::play::sentence::fill(f, $sentence, &[$($($hole.written()),+)?])
                    })+
                    $($(Self::$other($($part),+) => f.write_str(&$printed),)+)?
                }
            }
        }
    };
}
pub(crate) use sentences;

/// What stands in the braces of this sentence, if it is what was said.
pub(crate) fn holes<'a, const N: usize>(sentence: &str, said: &'a str) -> Option<[&'a str; N]> {
    // Most are another one at a glance.
    if !sentence.starts_with('{') && sentence.as_bytes().first() != said.as_bytes().first() {
        return None;
    }
    let (words, block) = sentence.split_once('\n').unwrap_or((sentence, ""));
    let said = if words.ends_with('}') {
        said
    } else {
        said.trim_end()
    };
    let mut literals = words.split(['{', '}']).step_by(2).peekable();
    let (mut rest, mut holes) = (behind(said, literals.next()?)?, Vec::new());
    while let Some(literal) = literals.next() {
        let is_last = literals.peek().is_none();
        let cut = |at| {
            let after = behind(rest.get(at..)?, literal)?;
            (!is_last || after.is_empty()).then_some((rest.get(..at)?, after))
        };
        let (hole, after) = (0..=rest.len()).find_map(cut)?;
        // Behind a colon no words of ours are looked for.
        if !is_last && hole.contains(':') {
            return None;
        }
        holes.push(hole);
        rest = after;
    }
    if !block.is_empty() {
        holes.push("");
    }
    holes.try_into().ok().filter(|_| rest.is_empty())
}

/// What comes behind these words. Any space may stand between two, and a word that ends in `s` may lack it.
fn behind<'a>(said: &'a str, words: &str) -> Option<&'a str> {
    let mut rest = said;
    for word in words.split_inclusive(' ') {
        let bare = word.trim_end_matches([' ', ':', ',']);
        let stem = stem(bare);
        rest = rest.strip_prefix(stem)?;
        if stem != bare {
            rest = rest.strip_prefix('s').unwrap_or(rest);
        }
        rest = match word.strip_prefix(bare)? {
            ": " if rest == EMPTY_LINE => EMPTY,
            " " => rest.strip_prefix(char::is_whitespace)?.trim_start(),
            "" => rest,
            colon => rest.trim_start().strip_prefix(colon)?,
        };
    }
    Some(rest)
}

/// Writes the sentence with these in its braces.
pub(crate) fn fill(f: &mut fmt::Formatter<'_>, sentence: &str, holes: &[String]) -> fmt::Result {
    let mut holes = holes.iter();
    for literal in sentence.split(['{', '}']).step_by(2) {
        let hole = holes.next().map_or("", String::as_str);
        match literal.strip_suffix(": ").filter(|_| hole.is_empty()) {
            Some(verb) => write!(f, "{verb}{EMPTY_LINE}")?,
            None => write!(f, "{literal}{hole}")?,
        }
    }
    Ok(())
}

/// `anna gets`, but `anna and ben get`: the first is meant by both.
pub(crate) fn stem(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// The first word of what was said, by which its sentence is known.
pub(crate) fn key(said: &str) -> &str {
    stem(said.split([' ', ':', ',']).next().unwrap_or_default())
}

/// Whether a sentence is known by this word: it is the first that stands in no braces.
pub(crate) fn is_known_by(sentence: &str, word: &str) -> bool {
    let (_, words) = sentence
        .split_once("} ")
        .filter(|_| sentence.starts_with('{'))
        .unwrap_or(("", sentence));
    words.starts_with(word) && key(words) == word
}

/// How it looks, with its examples.
pub(crate) fn example(sentence: &str) -> String {
    let line = sentence.lines().next().unwrap_or_default();
    line.replace(['{', '}'], "")
}
