//! Every row of what may not be shown, and what stays as it is. Marked pieces stand in
//! double brackets here, breaks are drawn as `|`.

use super::class::has_no_agreed_shape;
use super::*;

fn drawn(text: &str, kind: Kind) -> String {
    let draw = |part: &Part<'_>| match part {
        Part::Text(text) => text.to_string(),
        Part::Marked(name) => format!("[[{name}]]"),
        Part::Break => "|".to_owned(),
    };
    parts(text, kind).iter().map(draw).collect()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(drawn(text, Kind::Inline), expected, "{text:?}");
}

#[track_caller]
fn check_message(text: &str, expected: &str) {
    assert_eq!(drawn(text, Kind::Message), expected, "{text:?}");
}

#[track_caller]
fn check_unchanged(text: &str) {
    assert_eq!(
        parts(text, Kind::Inline),
        [Part::Text(text.into())],
        "{text:?}"
    );
    assert_eq!(plain_line(text), text);
    assert!(shown_unchanged(text), "{text:?}");
}

#[test]
fn printable_ascii_is_borrowed_untouched() {
    let all: String = (' '..='~').collect();
    check_unchanged(&all);
    assert!(matches!(
        parts(&all, Kind::Message).as_slice(),
        [Part::Text(Cow::Borrowed(_))]
    ));
}

#[test]
fn what_people_write_stays_as_it_is() {
    for text in [
        "Grüße, naïve café",
        "日本語テキスト",
        "한국어",
        "שלום עולם",
        "العَرَبِيَّة",
        "नमस्ते क्षत्रिय",
        "ภาษาไทยที่นี่",
        "Tiếng Việt, e\u{301}a\u{323}\u{302}",
        "😀 👍\u{1f3fd} 🇩🇪 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
        "box │ drawing ─ and\u{a0}nbsp",
    ] {
        check_unchanged(text);
    }
}

#[test]
fn a_line_break_is_kept_in_messages_and_is_a_space_elsewhere() {
    for text in ["a\nb", "a\r\nb", "a\u{2028}b", "a\u{2029}b", "a\u{85}b"] {
        check_message(text, "a|b");
        check(text, "a b");
        assert_eq!(plain_line(text), "a / b");
    }
    check_message("\n\na\n", "||a|");
}

#[test]
fn a_tab_fills_up_to_the_next_fourth_cell() {
    check("\tx", "    x");
    check("a\tx", "a   x");
    check("abcd\tx", "abcd    x");
    check("日\tx", "日  x");
    check("\u{1}\tx", "[[^A]]  x");
    check_message("abc\n\tx", "abc|    x");
}

#[test]
fn control_characters_are_marked() {
    check("a\u{1}b", "a[[^A]]b");
    check("\0", "[[^@]]");
    check("\u{1b}[31mred", "[[^[]][31mred");
    check("bell\u{7}", "bell[[^G]]");
    check("\u{b}\u{c}\u{1f}", "[[^K]][[^L]][[^_]]");
    check("over\rwrite", "over[[^M]]write");
    check("\r\r\n", "[[^M]] ");
    check("\u{7f}", "[[^?]]");
    check(
        "\u{80}\u{90}\u{9b}31m\u{9d}\u{9f}",
        "[[<80>]][[<90>]][[<9B>]]31m[[<9D>]][[<9F>]]",
    );
    assert_eq!(plain_line("\u{1b}c \u{9b}"), "^[c <9B>");
}

#[test]
fn what_reorders_text_is_marked() {
    check("a\u{202e}b", "a[[<RLO>]]b");
    let names = "<LRE> <RLE> <PDF> <LRO> <RLO> <LRI> <RLI> <FSI> <PDI> \
                 <ISS> <ASS> <IAFS> <AAFS> <NADS> <NODS>";
    let codes = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{206f}');
    for (c, name) in codes.zip(names.split(' ')) {
        check(&c.to_string(), &format!("[[{name}]]"));
    }
}

#[test]
fn marks_of_direction_are_dropped() {
    check("a\u{200e}b\u{200f}c\u{61c}d", "abcd");
}

#[test]
fn tags_and_invisible_characters_are_dropped() {
    let tags = '\u{e0000}'..='\u{e007f}';
    let known = "\u{ad}\u{34f}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180c}\u{180d}\u{180e}\
                 \u{180f}\u{200b}\u{2060}\u{2061}\u{2062}\u{2063}\u{2064}\u{2065}\u{3164}\u{ffa0}\
                 \u{feff}\u{fff0}\u{fff9}\u{fffa}\u{fffb}\u{1bca0}\u{1d173}\u{1d17a}\u{e0fff}";
    for c in tags.chain(known.chars()) {
        check(&format!("a{c}b"), "ab");
    }
}

#[test]
fn a_text_of_which_nothing_is_left_says_so() {
    check("", "[[<empty>]]");
    check("\u{200b}\u{3164}\u{fe0f}\u{200d}", "[[<empty>]]");
    check_message("", "[[<empty>]]");
    assert_eq!(plain_line("\u{feff}"), "<empty>");
}

#[test]
fn a_variation_selector_is_kept_only_where_it_makes_a_picture() {
    check("❤\u{fe0f}", "❤\u{fe0f}");
    check("❤\u{fe0e}", "❤");
    check("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}");
    check("😀\u{fe0f}", "😀");
    check("a\u{fe0f}\u{fe00}\u{e0100}", "a");
    check("1\u{fe0f}", "1");
    check("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}");
    check("\u{fe0f}a", "a");
}

#[test]
fn a_joiner_is_kept_where_it_changes_a_shape() {
    for text in [
        "👩\u{200d}👧",
        "👩\u{1f3fd}\u{200d}🚀",
        "🏳\u{fe0f}\u{200d}🌈",
        "می\u{200c}خواهم",
        "क\u{94d}\u{200d}ष",
        "ന\u{d4d}\u{200d} ",
    ] {
        check_unchanged(text);
    }
}

#[test]
fn a_joiner_is_dropped_where_it_is_invisible() {
    check("an\u{200d}na", "anna");
    check("an\u{200c}na", "anna");
    check("\u{200d}می", "می");
    check("می\u{200c}", "می");
    check("می\u{200c}\u{200c}\u{200d}خ", "می\u{200d}خ");
    check("👩\u{200d}", "👩");
    check("👩\u{200d}a", "👩a");
    check("👩\u{200d}\u{200b}👧", "👩👧");
    check("1\u{200d}👧", "1👧");
    check("င\u{200d}\u{180f}", "င");
}

#[test]
fn a_character_carries_at_most_four_marks() {
    check(
        &format!("a{}b", "\u{301}".repeat(99)),
        "a\u{301}\u{301}\u{301}\u{301}b",
    );
    check(
        &"क\u{94d}\u{200d}".repeat(2),
        "क\u{94d}\u{200d}क\u{94d}\u{200d}",
    );
    check(
        "क\u{94d}\u{200d}\u{94d}\u{200d}\u{94d}\u{200d}",
        "क\u{94d}\u{200d}\u{94d}\u{200d}",
    );
    check("a\u{200b}\u{301}", "a\u{301}");
    check("\u{1112}\u{1161}\u{11ab}", "\u{1112}\u{1161}\u{11ab}");
}

#[test]
fn a_mark_with_nothing_to_stand_on_gets_a_bearer() {
    check("\u{301}a", "\u{25cc}\u{301}a");
    check("\u{200b}\u{301}\u{302}", "\u{25cc}\u{301}\u{302}");
    check("\u{1}\u{301}", "[[^A]]\u{25cc}\u{301}");
    check_message("a\n\u{301}", "a|\u{25cc}\u{301}");
    check("a\n\u{301}", "a \u{301}");
}

#[test]
fn private_use_and_noncharacters_are_marked() {
    check("\u{e0a0}", "[[<U+E0A0>]]");
    check("\u{f8ff}", "[[<U+F8FF>]]");
    check("\u{fdd0}", "[[<U+FDD0>]]");
    check("\u{ffff}", "[[<U+FFFF>]]");
    check("\u{1fffe}", "[[<U+1FFFE>]]");
    check("\u{f0000}", "[[<U+F0000>]]");
    check("\u{10ffff}", "[[<U+10FFFF>]]");
}

#[test]
fn only_what_is_shown_as_itself_is_shown_unchanged() {
    for text in [
        "",
        "a\tb",
        "a\nb",
        "\u{202e}",
        "an\u{200d}na",
        "\u{301}",
        "\u{3164}",
        "\u{e000}",
    ] {
        assert!(!shown_unchanged(text), "{text:?}");
    }
}

/// Wherever a character stands, none gets through that must not, and what is shown is shown
/// the same again. Left out are the ideographs of planes 2 and 3, and what is unassigned.
#[test]
fn every_character_is_tried() {
    let let_through = |c: char| c.is_control() || reorders(c) || has_no_agreed_shape(c);
    let planes_0_and_1 = '\0'..='\u{1ffff}';
    for c in planes_0_and_1
        .chain('\u{e0000}'..='\u{f0fff}')
        .chain('\u{10ff00}'..=char::MAX)
    {
        let shown = plain_line(&format!("{c}क{c}क👩{c}👩a{c}b"));
        assert!(!shown.contains(let_through), "{c:?} gave {shown:?}");
        assert_eq!(plain_line(&shown), shown, "{c:?}");
    }
}

fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}')
}
