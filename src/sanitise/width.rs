//! How many cells of a terminal a character takes.
//!
//! Terminals agree on single characters and disagree on what several of them become together:
//! skin tones, families, flags, pictures asked for by U+FE0F. So a text is as wide as the sum
//! of its characters, and whoever draws places the cursor anew after anything else. Measuring
//! clusters would look better and be right in one terminal only.
//!
//! The table is the one of Unicode 17; over all code points but spacing marks its widths equal
//! those of the Python package wcwidth 0.7.0 (`width_table.py --compare` shows it), whose -1 for
//! control characters is 0 here: the sanitiser lets none of them through. Spacing marks, the vowel
//! signs of Indic scripts among them, are 0 there and 1 in most terminals. Where terminals differ
//! the larger is counted: too wide leaves a gap, too narrow erases the next letter.

use super::width_table::{EMOJI, SPACING, WIDTHS};

/// Below this stands no character of a width other than 1, controls excepted.
const FIRST_COMBINING_MARK: char = '\u{300}';

/// The cells that a character takes: 0, 1 or 2. Control characters take none.
#[must_use]
pub fn width(c: char) -> usize {
    if c < FIRST_COMBINING_MARK {
        return usize::from(!c.is_control());
    }
    let code = u32::from(c);
    let after = WIDTHS.partition_point(|&(first, _, _)| first <= code);
    match after.checked_sub(1).map(|at| WIDTHS[at]) {
        Some((_, last, cells)) if code <= last => usize::from(cells).max(is_spacing_mark(c).into()),
        _ => 1,
    }
}

/// Whether a character is a mark that takes a cell of its own: some terminals take it for none, and it stays with the
/// letter before it.
#[must_use]
pub fn is_spacing_mark(c: char) -> bool {
    is_in(&SPACING, c)
}

/// The cells that a text takes: the sum over its characters.
#[must_use]
pub fn width_of(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Whether a character may be drawn as a picture; ASCII digits, `#` and `*` are not counted.
#[must_use]
pub fn is_emoji(c: char) -> bool {
    is_in(&EMOJI, c)
}

fn is_in(ranges: &[(u32, u32)], c: char) -> bool {
    let code = u32::from(c);
    let after = ranges.partition_point(|&(first, _)| first <= code);
    after.checked_sub(1).is_some_and(|at| code <= ranges[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: usize) {
        assert_eq!(width_of(text), expected, "{text:?}");
    }

    #[test]
    fn letters_take_one_cell_and_ideographs_two() {
        check("", 0);
        check("anna", 4);
        check("über", 4);
        check("日本", 4);
        check("한글", 4);
        check("ｆｕｌｌ", 8);
        check("ﾊﾝｶｸ", 4);
    }

    #[test]
    fn marks_and_controls_take_none() {
        check("e\u{301}", 1);
        check("न\u{94d}", 1);
        check("\0\u{1b}\u{7f}\u{9b}", 0);
        check("\u{200b}\u{200d}\u{fe0f}\u{e0001}", 0);
        check("\u{1112}\u{1161}\u{11ab}", 2);
    }

    #[test]
    fn spacing_marks_take_one() {
        check("हिन्दी", 5);
        check("தமிழ்", 4);
        check("\u{302e}", 2);
        assert!(is_spacing_mark('\u{93f}') && is_spacing_mark('\u{103b}'));
        for c in ['a', '\u{e9}', 'ह', '\u{94d}', '\u{301}', '日', '\u{10ffff}'] {
            assert!(!is_spacing_mark(c), "{c}");
        }
    }

    #[test]
    fn a_cluster_is_as_wide_as_the_sum_of_its_characters() {
        check("👩\u{200d}👧", 4);
        check("👍\u{1f3fd}", 4);
        check("🇩🇪", 4);
        check("❤\u{fe0f}", 1);
    }

    #[test]
    fn pictures_are_known_and_digits_are_none() {
        for c in ['😀', '❤', '©', '\u{1f3fb}', '🇩'] {
            assert!(is_emoji(c), "{c}");
        }
        for c in ['1', '#', 'a', '日', '\u{200d}', '\u{10ffff}'] {
            assert!(!is_emoji(c), "{c}");
        }
    }

    #[test]
    fn the_ranges_are_sorted_and_apart() {
        for pair in WIDTHS.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:x?}");
        }
        for pair in EMOJI.windows(2).chain(SPACING.windows(2)) {
            assert!(pair[0].1 < pair[1].0, "{pair:x?}");
        }
    }

    /// One number over all characters: a slip of the search or of the table changes it.
    #[test]
    fn all_characters_together_have_the_known_widths() {
        let mut counts = [0; 3];
        for c in '\0'..=char::MAX {
            counts[width(c)] += 1;
        }
        assert_eq!(counts, [6306, 922_864, 182_894]);
    }
}
