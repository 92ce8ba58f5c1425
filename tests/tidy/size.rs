//! How large the program may be, in lines of code: no blank line, no comment, no test.
//!
//! "Small" that nobody counts grows a little with each change, and each alone is worth it. Counted are lines, and not
//! tokens: that is what a reader scrolls through, and rustfmt breaks them all alike.

use crate::source::{Keep, names, strip};
use crate::{expect_empty, expect_none, program};

/// What goes beyond a chat; all else is the core.
const WINGS: [&str; 9] = [
    "src/secure",
    "src/discovery",
    "src/play",
    "src/proxy",
    "src/learn",
    "src/grade",
    "src/lessons",
    "src/relay",
    "src/journal",
];

/// A part of the program and its maximum.
struct Part {
    name: &'static str,
    /// The modules that are counted, each with those below it.
    modules: &'static [&'static str],
    /// Those of them that are not.
    without: &'static [&'static str],
    max: usize,
}

const fn part(
    name: &'static str,
    max: usize,
    modules: &'static [&'static str],
    without: &'static [&'static str],
) -> Part {
    Part {
        name,
        modules,
        without,
        max,
    }
}

/// A maximum is lowered when its part has become smaller, and raised only with a reason.
const PARTS: [Part; 14] = [
    part("the core", 12_601, &["src"], &WINGS),
    part("all of src", 21_694, &["src"], &[]),
    part("wire", 1_220, &["src/wire"], &[]),
    part(
        "server without hub and transport",
        2_243,
        &["src/server"],
        &NOT_SERVER,
    ),
    part("hub", 1_206, &["src/server/hub"], &[]),
    // With the server's end of the handshake; the client's, and how it connects, are counted with the client.
    part(
        "transport",
        310,
        &["src/transport", "src/server/admission"],
        &[],
    ),
    part("client", 2_090, &["src/client"], &[]),
    part("screen", 3_920, &["src/ui_term"], &[]),
    part("command line", 975, &["src/cli"], &[]),
    part("secure", 2_390, &["src/secure"], &[]),
    part("discovery", 500, &["src/discovery"], &[]),
    part("relay", 400, &["src/relay"], &[]),
    part("play", 5_816, &["src/play", "src/proxy"], &[]),
    // Without the table of letters in other clothes: there is nothing to be learned from it.
    part(
        "what a class reads",
        3_750,
        &READ,
        &["src/wire/name/letters"],
    ),
];

const NOT_SERVER: [&str; 2] = ["src/server/hub", "src/server/admission"];
const READ: [&str; 8] = [
    "src/wire",
    "src/transport",
    "src/server/hub",
    "src/server/inbound",
    "src/server/dispatcher",
    "src/server/outgoing",
    "src/server/round",
    "src/server/outbox",
];

/// The lines of stripped code that are not blank.
pub(crate) fn lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

impl Part {
    fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches(".rs");
        let below = |module: &&str| {
            let rest = path.strip_prefix(*module);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.modules.iter().any(below) && !self.without.iter().any(below)
    }

    /// Says so if it is larger than it may be.
    fn fault(&self, files: &[(String, String)]) -> Option<String> {
        let Part { name, max, .. } = self;
        let counted = files.iter().filter(|(path, _)| self.has(path));
        let lines: usize = counted
            .map(|(_, text)| lines(&strip(text, Keep::CodeAndStrings)))
            .sum();
        println!("{name}: {lines} lines of code, at most {max}");
        (lines > *max).then(|| format!("{name} has {lines} lines of code, the maximum is {max}"))
    }
}

#[test]
fn the_program_stays_small() {
    let files = program();
    let faults = PARTS.iter().filter_map(|part| part.fault(&files));
    expect_empty(&faults.collect::<Vec<_>>());
}

#[test]
fn a_part_is_its_modules_and_what_is_below_them() {
    let part = Part {
        name: "paint",
        modules: &["src/art"],
        without: &["src/art/frame"],
        max: 3,
    };
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let mut files = vec![
        file("src/art.rs", "a(\"\n\n// b\n\");\n\n// c\n/* d\n*/"),
        file("src/artist.rs", "e\nf\ng"),
        file("src/art/frame.rs", "h\ni"),
        file("src/art/frame/edge.rs", "j\nk"),
        file("src/lib.rs", "l"),
    ];
    assert_eq!(part.fault(&files), None);
    let text = "m // n\n#[cfg(test)]\nmod tests {\n    \"}\"\n}";
    files.push(file("src/art/brush.rs", text));
    let fault = "paint has 4 lines of code, the maximum is 3";
    assert_eq!(part.fault(&files).as_deref(), Some(fault));
}

/// The one file that is laid out by what generates it.
const GENERATED: &str = "src/sanitise/width_table.rs";

/// What would make more code of fewer lines: lines that are not laid out as all others are, and code that stands
/// where nobody counts it.
fn uncounted(text: &str) -> Vec<String> {
    let code = strip(text, Keep::Code);
    let paths = names(&code).paths;
    let skips = paths.iter().any(|path| path.join("::") == "rustfmt::skip");
    let dodges = [
        ("rustfmt::skip", skips),
        ("include!", code.contains("include!")),
        ("#[path]", code.contains("#[path")),
    ];
    let found = dodges.into_iter().filter(|(_, found)| *found);
    found
        .map(|(dodge, _)| format!("{dodge}: lines of code are counted as rustfmt lays them out"))
        .collect()
}

#[test]
fn every_line_is_counted() {
    let mut files = program();
    files.retain(|(path, _)| path != GENERATED);
    expect_none(&files, uncounted);
    for broken in [
        "#[rustfmt::skip] fn f() {}",
        "#![cfg_attr(any(), rustfmt::skip)]",
        "include!(\"more.in\");",
        "#[path = \"../more.rs\"] mod more;",
    ] {
        assert_eq!(uncounted(broken).len(), 1, "{broken}");
    }
    assert!(uncounted("// rustfmt::skip, include!\nlet include = \"include!\";").is_empty());
}
