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
    for start in ['@', '/', ':', '*', '#', '-'] {
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

#[test]
fn ids_have_one_spelling() {
    for good in [
        "b.0",
        "k3v9q2x7.17",
        "abcdefghij012345.18446744073709551615",
    ] {
        assert_eq!(
            Id::parse(good).map(|id| id.to_string()).as_deref(),
            Some(good)
        );
    }
    for bad in [
        "",
        ".",
        "b.",
        ".1",
        "B.1",
        "b.01",
        "b.-1",
        "b-1",
        "abcdefghij0123456.1",
        "b.1.1",
    ] {
        assert_eq!(Id::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_seed_makes_a_boot_that_parses() {
    for seed in [0, 1, 0xdead_beef, u64::MAX] {
        let boot = Boot::from_seed(seed);
        assert_eq!(Boot::parse(boot.as_str()), Ok(boot));
    }
    assert_ne!(Boot::from_seed(1), Boot::from_seed(2));
}
