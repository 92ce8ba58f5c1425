//! Characters as names see them: which letter a fullwidth or a mathematical one is, which alphabet a letter belongs to,
//! which mark may stand on it, and what shows nothing at all.
//!
//! Ruled out: Unicode's compatibility forms (NFKC). std does not know them, their table is a thousand lines, and most
//! of it is of characters that nobody takes for a letter.

use crate::sanitise::{
    self,
    width::{is_spacing_mark, width},
};

/// A mathematical alphabet of Latin, of which Unicode has thirteen.
const LATIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// A mathematical alphabet of Greek, of which it has five.
const GREEK: &str = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ";
/// Letters that stand apart from those, or among the letter-like symbols, each with the letter that it is; and what
/// looks like the two signs that tell a relay and somebody elsewhere.
const OTHERS: &str = "ℂCℊgℋHℌHℍHℎhℏħℐIℑIℒLℓlℕNℙPℚQℛRℜRℝRℤZ\u{2126}\u{3a9}ℨZ\u{212a}K\u{212b}\u{c5}ℬBℭCℯeℰEℱFℳMℴo\
    \u{2135}\u{5d0}\u{2136}\u{5d1}\u{2137}\u{5d2}\u{2138}\u{5d3}ℹiℼπℽγℾΓℿΠ˜~῀~⁓~∼~〜~﹫@ⅅDⅆdⅇeⅈiⅉj𝚤ı𝚥ȷ𝟊Ϝ𝟋ϝ";

/// The letter, digit or sign that a fullwidth or mathematical one is; any other character is itself.
pub(super) fn plain(c: char) -> char {
    let code = u32::from(c);
    let found = match code {
        0xff01..=0xff5e => char::from_u32(code - 0xfee0),
        0x1d400..=0x1d6a3 => LATIN.chars().nth((code - 0x1d400) as usize % 52),
        0x1d6a8..=0x1d7c9 => GREEK.chars().nth((code - 0x1d6a8) as usize % 58),
        0x1d7ce..=0x1d7ff => char::from_digit((code - 0x1d7ce) % 10, 10),
        0x2dc | 0x1fc0..=0x1d7cb => OTHERS.chars().skip_while(|&like| like != c).nth(1),
        _ => None,
    };
    found.unwrap_or(c)
}

/// Which of the alphabets that look alike a letter belongs to, by Unicode's blocks.
pub(super) fn alphabet(c: char) -> Option<&'static str> {
    match plain(c) {
        // Signs that stand among the letters: × ÷ and Greek punctuation.
        '\u{d7}' | '\u{f7}' | '\u{37e}' | '\u{387}' => None,
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{2af}' | '\u{1d00}'..='\u{1d25}' => Some("Latin"),
        '\u{1e00}'..='\u{1eff}' | '\u{2c60}'..='\u{2c7f}' => Some("Latin"),
        '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab64}' => Some("Latin"),
        '\u{fb00}'..='\u{fb06}' => Some("Latin"),
        '\u{370}'..='\u{3e1}' | '\u{3f0}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some("Greek"),
        '\u{1d26}'..='\u{1d2a}' | '\u{ab65}' => Some("Greek"),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}' | '\u{1d2b}' => Some("Cyrillic"),
        '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}' => Some("Cyrillic"),
        // Fewer of theirs look like Latin ones, but o, h, n, u and S do.
        '\u{531}'..='\u{58f}' | '\u{fb13}'..='\u{fb17}' => Some("Armenian"),
        '\u{3e2}'..='\u{3ef}' | '\u{2c80}'..='\u{2cff}' => Some("Coptic"),
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Some("Cherokee"),
        '\u{a4d0}'..='\u{a4ff}' => Some("Lisu"),
        '\u{10400}'..='\u{1044f}' => Some("Deseret"),
        _ => None,
    }
}

/// True if some mark stands where it does not belong: on a letter of those alphabets only marks of its own do, on
/// what else stands before U+0590, as digits and signs, none but the box of a keycap.
pub(super) fn has_foreign_mark(text: &str) -> bool {
    let mut base = ' ';
    text.chars().any(|c| {
        let stands_on_it = width(c) == 0 || is_spacing_mark(c);
        if !stands_on_it {
            base = plain(c);
        }
        let is_at_home = match (alphabet(base), base) {
            (None, '0'..='9' | '#' | '*') => c == '\u{20e3}',
            (None, base) => base >= '\u{590}',
            (own, _) => alphabet(c) == own,
        };
        let is_mark = !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
        stands_on_it && is_mark && !is_at_home
    })
}

/// True if something of it is not seen as what it is: invisible, blank, a format character, private, or one that looks
/// like letters and has no one plain form here: Roman numerals, digits of segments, Arabic mathematics.
pub(super) fn has_hidden(text: &str) -> bool {
    let shows_nothing = |c: char| {
        matches!(c,
            '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{2160}'..='\u{2188}' | '\u{2800}' | '\u{2d7f}' | '\u{fffc}' | '\u{1107f}' | '\u{110bd}'
            | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{16fe4}' | '\u{1bc9d}' | '\u{1d159}'
            | '\u{1ee00}'..='\u{1eeff}' | '\u{1fbf0}'..='\u{1fbf9}')
    };
    text.contains(shows_nothing) || !sanitise::shown_unchanged(text)
}
