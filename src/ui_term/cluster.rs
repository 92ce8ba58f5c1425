//! Where the cursor may stand: between what a reader takes for single characters.
//!
//! A cluster is a character with its marks, a flag, or a picture with its skin tone and what
//! is joined to it. That is less than Unicode's grapheme clusters (UAX #29), which need two
//! more tables: an Indic conjunct counts as several here, so the cursor stops more often than
//! it must, and never where a mark would be torn off.

use crate::sanitise::width::{is_emoji, is_spacing_mark, width};

pub(super) const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// The clusters of a text, in order; together they are the text.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (cluster, after) = rest.split_at(first_len(rest));
        rest = after;
        (!cluster.is_empty()).then_some(cluster)
    })
}

/// The bytes of the first cluster, 0 of an empty text.
fn first_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else {
        return 0;
    };
    if first.is_control() {
        return first.len_utf8();
    }
    let mut before = first;
    let mut half_flag = is_half_flag(first);
    for (at, c) in chars {
        let is_other_half = half_flag && is_half_flag(c);
        half_flag = false;
        if !is_other_half && !belongs_to(before, c) {
            return at;
        }
        before = c;
    }
    text.len()
}

/// Whether a character belongs to the cluster of the one before it.
fn belongs_to(before: char, c: char) -> bool {
    (width(c) == 0 && !c.is_control())
        || is_spacing_mark(c)
        || (before == ZERO_WIDTH_JOINER && is_emoji(c))
        || (is_skin_tone(c) && is_emoji(before))
}

fn is_half_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(clusters(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_mark_stays_with_its_letter() {
        check("", &[]);
        check("né", &["n", "é"]);
        check("ne\u{301}\u{302}x", &["n", "e\u{301}\u{302}", "x"]);
        check("\u{301}a", &["\u{301}", "a"]);
        check("日本", &["日", "本"]);
        check("हिन्दी", &["हि", "न्", "दी"]);
    }

    #[test]
    fn a_picture_stays_whole() {
        check("👍\u{1f3fd}a", &["👍\u{1f3fd}", "a"]);
        check("👩\u{200d}👧\u{200d}👧!", &["👩\u{200d}👧\u{200d}👧", "!"]);
        check(
            "❤\u{fe0f}1\u{fe0f}\u{20e3}",
            &["❤\u{fe0f}", "1\u{fe0f}\u{20e3}"],
        );
        check("🇩🇪🇫🇷🇮", &["🇩🇪", "🇫🇷", "🇮"]);
    }

    #[test]
    fn line_breaks_stand_alone() {
        check("a\n\nb", &["a", "\n", "\n", "b"]);
        check("\n\u{301}", &["\n", "\u{301}"]);
    }
}
