//! How large the program may be, in lines of code: no blank line, no comment, no test.
//!
//! "Small" that nobody counts grows a little with each change, and each alone is worth it. Counted are lines, and not
//! tokens: that is what a reader scrolls through, and rustfmt breaks them all alike.

use crate::source::{lines, tokens};
use crate::{expect_empty, program};

/// What goes beyond a chat; all else is the core.
const WINGS: [&str; 5] = [
    "src/secure",
    "src/discovery",
    "src/play",
    "src/proxy",
    "src/relay",
];

/// A part of the program: its name, its maximum, the modules that are counted, each with those below it, and those of
/// them that are not.
type Part = (
    &'static str,
    usize,
    &'static [&'static str],
    &'static [&'static str],
);

/// A maximum is lowered when its part has become smaller, and raised only with a reason.
const PARTS: [Part; 14] = [
    ("the core", 12_551, &["src"], &WINGS),
    ("all of src", 21_640, &["src"], &[]),
    ("wire", 1_220, &["src/wire"], &[]),
    (
        "server without hub and transport",
        2_243,
        &["src/server"],
        &["src/server/hub", "src/server/admission"],
    ),
    ("hub", 1_206, &["src/server/hub"], &[]),
    // With the server's end of the handshake; the client's, and how it connects, are counted with the client.
    (
        "transport",
        310,
        &["src/transport", "src/server/admission"],
        &[],
    ),
    ("client", 2_088, &["src/client"], &[]),
    ("screen", 3_866, &["src/ui_term"], &[]),
    ("command line", 975, &["src/cli"], &[]),
    ("secure", 2_390, &["src/secure"], &[]),
    ("discovery", 500, &["src/discovery"], &[]),
    ("relay", 400, &["src/relay"], &[]),
    ("play", 5_935, &["src/play", "src/proxy"], &[]),
    // Without the table of letters in other clothes: there is nothing to be learned from it.
    (
        "what a class reads",
        3_750,
        &[
            "src/wire",
            "src/transport",
            "src/server/hub",
            "src/server/inbound",
            "src/server/dispatcher",
            "src/server/outgoing",
            "src/server/round",
            "src/server/outbox",
        ],
        &["src/wire/name/letters"],
    ),
];

/// Whether a file is one of the modules, or below one.
fn is_below(file: &str, modules: &[&str]) -> bool {
    let module = file.trim_end_matches(".rs");
    let mut rests = modules
        .iter()
        .filter_map(|start| module.strip_prefix(start));
    rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[test]
fn the_program_stays_small() {
    let files = program().into_iter();
    let sizes: Vec<_> = files
        .map(|(file, text)| (file, lines(&tokens(&text))))
        .collect();
    let mut faults = Vec::new();
    for (name, max, modules, without) in PARTS {
        let part = sizes
            .iter()
            .filter(|(file, _)| is_below(file, modules) && !is_below(file, without));
        let lines: usize = part.map(|(_, lines)| lines).sum();
        println!("{name}: {lines} lines of code, at most {max}");
        if lines > max {
            faults.push(format!(
                "{name} has {lines} lines of code, the maximum is {max}"
            ));
        }
    }
    expect_empty(&faults);
}
