//! What the sanitiser does with a character, looked at alone.
//!
//! Everything that is not named here is shown: an unknown character is a letter of a newer
//! Unicode far more often than an attack, and takes one cell at worst.

use std::borrow::Cow;

/// Asks for the character before it to be drawn as a picture.
pub(super) const PICTURE_SELECTOR: char = '\u{fe0f}';

/// What is to be done with a character.
pub(super) enum Class {
    Shown,
    Break,
    Tab,
    /// Carriage return: dropped before a line feed, else a control character.
    Return,
    Joiner,
    PictureSelector,
    Dropped,
    Marked(Cow<'static, str>),
}

pub(super) fn class(c: char) -> Class {
    match c {
        ' '..='~' => Class::Shown,
        '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Break,
        '\t' => Class::Tab,
        '\r' => Class::Return,
        '\0'..='\x1f' | '\x7f' => Class::Marked(caret(c)),
        '\u{80}'..='\u{9f}' => Class::Marked(format!("<{:02X}>", u32::from(c)).into()),
        '\u{200c}' | '\u{200d}' => Class::Joiner,
        PICTURE_SELECTOR => Class::PictureSelector,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => Class::Marked(reordering(c).into()),
        _ if is_invisible(c) => Class::Dropped,
        _ if has_no_agreed_shape(c) => Class::Marked(format!("<U+{:04X}>", u32::from(c)).into()),
        _ => Class::Shown,
    }
}

/// `^A` for U+0001, `^?` for DEL: the key that types the character.
pub(super) fn caret(c: char) -> Cow<'static, str> {
    let key = u8::try_from(c).map_or('?', |byte| char::from(byte ^ 0x40));
    format!("^{key}").into()
}

/// The short names of the characters that change the order of what stands around them
/// (Unicode 17, General Punctuation).
fn reordering(c: char) -> &'static str {
    const NAMES: [&str; 15] = [
        "<LRE>", "<RLE>", "<PDF>", "<LRO>", "<RLO>", "<LRI>", "<RLI>", "<FSI>", "<PDI>", "<ISS>",
        "<ASS>", "<IAFS>", "<AAFS>", "<NADS>", "<NODS>",
    ];
    let all = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{206f}');
    let named = all.zip(NAMES).find(|(other, _)| *other == c);
    named.map_or("", |(_, name)| name)
}

/// The property `Default_Ignorable_Code_Point` of Unicode 17 (tags, selectors, fillers, marks
/// of direction among them), and the interlinear annotations U+FFF9 to U+FFFB.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Private use and noncharacters: each font and terminal has its own idea of them.
pub(super) fn has_no_agreed_shape(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || u32::from(c) & 0xfffe == 0xfffe
}

/// The blocks of the scripts whose letters change shape by a joiner: cursive ones (Arabic,
/// Syriac, N'Ko, Mongolian …) and those with a virama (Indic, Khmer, Myanmar …).
pub(super) fn uses_joiners(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1700}'..='\u{18af}'
        | '\u{1a20}'..='\u{1aaf}' | '\u{1b00}'..='\u{1bff}' | '\u{a800}'..='\u{abff}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}')
}
