use super::*;

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
    refused("e\u{301}", "holds no combining accent");
    for mixed in ["\u{430}nna", "αnna", "Ж\u{251}"] {
        refused(mixed, "holds letters of one alphabet");
    }
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
        let is_mark = |c| is_in(&self.marks, c) || sanitise::width::width(c) == 0;
        let is_picture = |c| is_in(&self.narrow, c) || is_in(&self.wide, c);
        let (mut base, mut on_base, mut before) = (None, 0, None);
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
                    base.is_some() && on_base <= 4
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
        let spaced = name.contains(|c: char| c.is_whitespace() || c == '\\');
        if !spaced && !name.starts_with(['@', '/', ':', '*', '#', '-']) {
            let hidden = |fault: Fault| fault.sentence.ends_with("characters that can be seen");
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
