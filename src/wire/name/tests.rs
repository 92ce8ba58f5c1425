//! What is a name and what is none, by examples and by the table of the page.

use super::*;
use crate::sanitise::width::{is_spacing_mark, width};
use std::collections::BTreeMap;

#[track_caller]
fn refused(text: &str, rule: &str) {
    let name = Name::parse(text).expect_err(text).to_string();
    let room = Room::parse(text).expect_err(text).to_string();
    assert!(name.starts_with(&format!("a name {rule}")), "{name}");
    assert_eq!(room, name.replacen("a name", "a room's name", 1));
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
        "А҃",
        "日本\u{3099}",
        "1\u{fe0f}\u{20e3}",
        "ｗｉｄｅ",
        "𝒻𝒶𝓃𝒸𝓎",
    ] {
        assert!(Name::parse(good).is_ok(), "{good}");
    }
    assert!(Name::parse(&"a".repeat(24)).is_ok());
    assert!(Name::parse(&"😀".repeat(16)).is_ok());
}

#[test]
fn what_cannot_be_told_apart_or_seen_is_refused() {
    refused("", "has at least one character");
    refused(&"a".repeat(25), "has at most 24 characters");
    refused(&"😀".repeat(17), "has at most 24 characters and 64 bytes");
    for blank in [
        " ", "a b", "a\u{a0}b", "\u{3000}", "a\\b", "a\nb", "\u{2003}",
    ] {
        refused(blank, "holds no space");
    }
    for start in ['@', '/', ':', '*', '#', '-'] {
        let rule = format!("does not begin with {start}");
        refused(&format!("{start}a"), &rule);
    }
    for other in ["anna@north", "anna@", "an\u{ff20}na", "a@b@c"] {
        refused(other, "holds no @");
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
        refused(hidden, "holds only characters that can be seen");
    }
    for start in ["＠anna", "／anna", "－anna"] {
        assert!(Name::parse(start).is_err(), "{start}");
    }
    refused("a＼b", "holds no space");
    refused("e\u{301}", "holds no combining accent");
    for mixed in [
        "\u{430}nna",
        "αnna",
        "Ж\u{251}",
        "ａ\u{430}",
        "𝐚α",
        "\u{212a}ж",
        "𝛂b",
        "le\u{570}rer",
        "b\u{2c9f}b",
        "b\u{1042c}b",
        "\u{a4ee}NNA",
        "\u{13aa}NNA",
    ] {
        refused(mixed, "holds letters of one alphabet");
    }
    for whole in ["Անի", "ⲃⲟⲃ", "ᎠᏂ", "ꓮꓠꓠꓮ"] {
        assert!(Name::parse(whole).is_ok(), "{whole}");
    }
}

#[test]
fn what_wears_other_clothes_or_foreign_marks_is_refused() {
    for invisible in [
        '\u{13430}',
        'ⅰ',
        'Ⅷ',
        '🯱',
        '\u{70f}',
        '\u{1d159}',
        '\u{fffc}',
        '\u{600}',
    ] {
        refused(
            &format!("anna{invisible}"),
            "holds only characters that can be seen",
        );
    }
    refused("𝐞\u{301}", "holds no combining accent");
    for foreign in [
        "anna\u{e31}",
        "anna\u{93e}",
        "α\u{64b}",
        "Ж\u{5b0}",
        "ａ\u{1039}",
        "anna1\u{1039}",
        "１\u{1039}",
        "anna-\u{591}",
        "a\u{20e3}",
        "\u{483}a",
    ] {
        assert!(Name::parse(foreign).is_err(), "{foreign:?}");
    }
    refused("anna\u{483}", "holds no mark on a letter");
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
    same("ａｎｎａ", "anna");
    same("𝚊𝐍𝓃ａ", "ANNA");
    same("𝖩𝗈ℎ𝗇𝟷", "john1");
    same("𝚺𝜎", "σς");
    same("\u{2126}", "ω");
    same("\u{212a}", "k");
    for reserved in ["ｓｅｒｖｅｒ", "𝐬𝐲𝐬𝐭𝐞𝐦", "ＹＯＵ"] {
        assert!(Name::parse(reserved).unwrap().is_reserved(), "{reserved}");
    }
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
        assert_eq!(Boot::parse(boot.as_str()), Some(boot));
    }
    assert_ne!(Boot::from_seed(1), Boot::from_seed(2));
}

/// The table of characters in `docs/PROTOCOL.md`, from which others write a server.
struct Page {
    hidden: Vec<(u32, u32)>,
    marks: Vec<(u32, u32)>,
    joining: Vec<(u32, u32)>,
    narrow: Vec<(u32, u32)>,
    wide: Vec<(u32, u32)>,
    /// Characters that stand for a plain one.
    plain: BTreeMap<char, char>,
}

/// The plain forms that the page gives.
fn plain_forms(page: &str) -> BTreeMap<char, char> {
    let cell = |row: &str| {
        let row = page.lines().find(|line| line.starts_with(row));
        row.and_then(|row| row.split(" | ").nth(1)).expect("a row")
    };
    let greek = cell("| 1D6A8–1D7C9 |");
    let greek: Vec<char> = greek.split('`').nth(1).unwrap().chars().collect();
    let latin: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
    let digits: Vec<char> = ('0'..='9').collect();
    let ascii: Vec<char> = ('!'..='~').collect();
    let spread = |first: u32, last: u32, forms: Vec<char>| {
        let chars = (first..=last).filter_map(char::from_u32);
        chars.zip(forms.into_iter().cycle()).collect::<Vec<_>>()
    };
    let others = cell("| the others |").trim_end_matches(" |").split(' ');
    let char = |hex: &str| char::from_u32(u32::from_str_radix(hex, 16).ok()?);
    let pair = |pair: &str| {
        let (like, plain) = pair.split_once('=')?;
        char(like).zip(char(plain))
    };
    others
        .map(|text| pair(text).expect(text))
        .chain(spread(0xff01, 0xff5e, ascii))
        .chain(spread(0x1d400, 0x1d6a3, latin))
        .chain(spread(0x1d6a8, 0x1d7c9, greek))
        .chain(spread(0x1d7ce, 0x1d7ff, digits))
        .collect()
}

#[test]
fn plain_forms_are_those_of_the_page() {
    let page = Page::read();
    for c in '\0'..=char::MAX {
        let form = page.plain.get(&c).copied().unwrap_or(c);
        assert_eq!(plain(c), form, "U+{:04X}", u32::from(c));
    }
}

impl Page {
    fn read() -> Page {
        let page = include_str!("../../../docs/PROTOCOL.md");
        let ranges = |row: &str| {
            let row = page.lines().find(|line| line.starts_with(row));
            let (_, ranges) = row.and_then(|row| row.split_once(" | ")).expect("a row");
            let hex = |text: &str| u32::from_str_radix(text, 16).ok();
            let range = |word: &str| {
                let (first, last) = word.split_once('–').unwrap_or((word, word));
                Some((hex(first)?, hex(last)?))
            };
            ranges.split([' ', ',']).filter_map(range).collect()
        };
        Page {
            hidden: ranges("| hidden: "),
            marks: ranges("| marks "),
            joining: ranges("| joining: "),
            narrow: ranges("| pictures one "),
            wide: ranges("| pictures two "),
            plain: plain_forms(page),
        }
    }

    /// What the page says of a name but for white space, its start, its length and its alphabets, word for word.
    fn can_be_seen(&self, name: &str) -> bool {
        let is_in = |ranges: &[(u32, u32)], c: char| {
            let c = u32::from(c);
            ranges.iter().any(|&(first, last)| first <= c && c <= last)
        };
        let is_hidden = |c| is_in(&self.hidden, c) || u32::from(c) & 0xfffe == 0xfffe;
        // The general categories are std's secret; the program's own table is made of them.
        let own = |c| width(c) == 0 || is_spacing_mark(c);
        let is_mark = |c| is_in(&self.marks, c) || own(c);
        let is_picture = |c| is_in(&self.narrow, c) || is_in(&self.wide, c);
        let (mut base, mut on_base, mut before) = (None, 0, None);
        // Of the alphabets the page has lists in prose.
        let at_home = |base: char, mark: char| {
            let base = self.plain.get(&base).copied().unwrap_or(base);
            match (base, alphabet(base)) {
                (_, Some(own)) => alphabet(mark) == Some(own),
                ('0'..='9' | '#' | '*', None) => mark == '\u{20e3}',
                (base, None) => base >= '\u{590}',
            }
        };
        let mut rest = name.chars().peekable();
        while let Some(c) = rest.next() {
            let next = rest.peek().copied();
            let fits = match c {
                _ if is_hidden(c) => false,
                '\u{fe0f}' => before.is_some_and(|before| {
                    let boxed = matches!(before, '0'..='9' | '#' | '*') && next == Some('\u{20e3}');
                    is_in(&self.narrow, before) || boxed
                }),
                '\u{200c}' | '\u{200d}' => before.is_some_and(|before| {
                    let pictures = is_picture(before) || before == '\u{fe0f}';
                    let joins = base.is_some_and(|base| is_in(&self.joining, base));
                    let letters = is_mark(before) || next.is_some_and(|c| is_in(&self.joining, c));
                    on_base += 1;
                    !matches!(before, '\u{200c}' | '\u{200d}')
                        && on_base <= 4
                        && (pictures && next.is_some_and(is_picture) || joins && letters)
                }),
                _ if is_mark(c) => {
                    on_base += 1;
                    base.is_some_and(|base| at_home(base, c)) && on_base <= 4
                }
                _ => {
                    (base, on_base) = (Some(c), 0);
                    true
                }
            };
            if !fits {
                return false;
            }
            before = Some(c);
        }
        true
    }

    #[track_caller]
    fn check(&self, name: &str) {
        let plain: String = name.chars().map(plain).collect();
        let spaced = plain.contains(|c: char| c.is_whitespace() || "\\@".contains(c));
        let accented = name.contains(|c| matches!(c, '\u{300}'..='\u{36f}'));
        if !spaced && !accented && !plain.starts_with(['@', '/', ':', '*', '#', '-']) {
            let hidden = |fault: Fault| {
                let sentence = fault.sentence;
                sentence.ends_with("seen and told apart") || sentence.contains("no mark on")
            };
            let taken = !Name::parse(name).is_err_and(hidden);
            assert_eq!(taken, self.can_be_seen(name), "{name:?}");
        }
    }
}

#[test]
fn a_server_written_from_the_page_takes_the_same_names() {
    let page = Page::read();
    let ends = (1..=16).flat_map(|plane| {
        [
            plane * 0x1_0000 - 2,
            plane * 0x1_0000,
            plane * 0x1_0000 + 0xfff,
        ]
    });
    let all = (0..0x2_0000).chain(0xe_0000..0xe_1010).chain(ends);
    for c in all.filter_map(char::from_u32) {
        for name in [
            format!("{c}"),
            format!("x{c}"),
            format!("x{c}\u{fe0f}"),
            format!("{c}\u{200d}👩"),
            format!("👩\u{200c}{c}"),
            format!("{c}\u{200d}{c}"),
            format!("ا\u{200d}{c}"),
            format!("{c}\u{94d}\u{200d}"),
        ] {
            page.check(&name);
        }
    }
    let few = [
        'x', '1', '\u{20e3}', '☺', '👩', '\u{fe0f}', '\u{200c}', '\u{200d}', 'क', '\u{94d}',
        '\u{301}', 'ا',
    ];
    for n in 0..few.len().pow(4) {
        let letter = |at| few[n / few.len().pow(at) % few.len()];
        let name: String = (0..4).map(letter).collect();
        page.check(&name);
        page.check(&format!("क\u{94d}\u{94d}{name}"));
    }
}
