//! Texts as they are and as they are written, and their limits.

use super::*;

#[test]
fn the_limit_is_of_the_spelling() {
    let refused = |text: &str| Phrase::new(text).expect_err(text).to_string();
    assert!(Phrase::new(&"a".repeat(512)).is_ok());
    assert!(refused(&"a".repeat(513)).starts_with("a text of 513 bytes as written, and 512 is"));
    assert!(Phrase::new(&"\n".repeat(256)).is_ok());
    assert!(refused(&"\n".repeat(257)).starts_with("a text of 514 bytes as written, and 512 is"));
    assert_eq!(refused(""), "a text has at least one character");
}

#[test]
fn cutting_leaves_whole_escapes_and_whole_characters() {
    assert_eq!(Phrase::cut(&"\x1b".repeat(200)).written().len(), 510);
    assert_eq!(Phrase::cut(&"é".repeat(300)).to_string(), "é".repeat(256));
    assert_eq!(Phrase::cut("").written(), "-");
}

#[track_caller]
fn check(text: &str, written: &str) {
    let mut out = String::new();
    escape(text, &mut out);
    assert_eq!(out, written);
    assert_eq!(unescape(written).as_deref(), Ok(text));
}

#[track_caller]
fn refused(written: &str, code: Code, column: usize) {
    let fault = unescape(written).expect_err(written);
    assert_eq!(
        (fault.code, fault.column),
        (code, Some(column)),
        "{written:?}"
    );
}

#[test]
fn every_text_has_one_spelling() {
    check("", "");
    check("hello  world ", "hello  world ");
    check("a\\b\nc\rd\te", "a\\\\b\\nc\\rd\\te");
    check(
        "\0\x1b\x7f\u{80}\u{9b}",
        "\\u{0}\\u{1b}\\u{7f}\\u{80}\\u{9b}",
    );
    check(
        "\u{2028}\u{2029}\u{2027}\u{202a}",
        "\\u{2028}\\u{2029}\u{2027}\u{202a}",
    );
    check("é😀\u{a0}", "é😀\u{a0}");
}

#[test]
fn what_the_encoder_does_not_write_is_refused_with_its_column() {
    for (written, column) in [
        ("\\", 1),
        ("ab\\", 3),
        ("\\x41", 1),
        ("é\\q", 2),
        ("\\\\\\", 3),
        ("\\u", 1),
        ("\\u{", 1),
        ("\\u{}", 1),
        ("\\u{1b", 1),
        ("\\u{1B}", 1),
        ("\\u{01}", 1),
        ("\\u{00}", 1),
        ("\\u{41}", 1),
        ("\\u{a}", 1),
        ("\\u{d800}", 1),
        ("\\u{110000}", 1),
        ("\\u{1000000}", 1),
        ("\\u{+1}", 1),
        ("\\u{0}\\n\\z", 8),
        ("\\N", 1),
    ] {
        refused(written, Code::BAD_ESCAPE, column);
    }
    refused("ab\x1b", Code::CONTROL_CHARACTER, 3);
    refused("\u{2028}", Code::CONTROL_CHARACTER, 1);
    refused("é\u{9b}", Code::CONTROL_CHARACTER, 2);
}

#[test]
fn the_advice_is_what_is_to_be_typed() {
    let fault = unescape("C:\\dir").expect_err("a backslash");
    let mut sent = String::new();
    escape(&fault.to_string(), &mut sent);
    assert_eq!(sent, "write \\\\ for a backslash (column 3)");
}

#[test]
fn one_spelling_for_each_number() {
    for number in [0, 1, 9, 10, 99, 100, u64::MAX - 1, u64::MAX] {
        let mut out = Vec::new();
        push_number(number, &mut out);
        assert_eq!(out, number.to_string().into_bytes());
        assert_eq!(parse_number(&number.to_string()), Some(number));
    }
    for bad in [
        "",
        "+1",
        "-1",
        "01",
        "00",
        "1 ",
        "٣",
        "18446744073709551616",
        "1e3",
        &"9".repeat(400),
    ] {
        assert_eq!(parse_number(bad), None, "{bad}");
    }
}
