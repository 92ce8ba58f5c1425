//! How large the program may be, in lines of code: no blank line, no comment, no test.
//!
//! "Small" that nobody counts grows a little with each change, and each alone is worth it. Counted are lines, and not
//! tokens: that is what a reader scrolls through, and rustfmt breaks them all alike.

use crate::source::{lines, tokens};
use crate::{expect_empty, program};

/// A part of the program, its maximum, and its modules, each with those below it but for those behind a `-`. A maximum
/// is lowered when its part has become smaller, and raised only with a reason.
const PARTS: [(&str, usize, &str); 14] = [
    // What goes beyond a chat is a wing; all else is the core.
    (
        "the core",
        12_596,
        "src -src/secure -src/discovery -src/play -src/proxy -src/relay",
    ),
    ("all of src", 21_552, "src"),
    ("wire", 1_220, "src/wire"),
    (
        "server without hub and transport",
        2_269,
        "src/server -src/server/hub -src/server/admission",
    ),
    ("hub", 1_198, "src/server/hub"),
    // With the server's end of the handshake; the client's, and how it connects, are counted with the client.
    ("transport", 308, "src/transport src/server/admission"),
    ("client", 2_101, "src/client"),
    ("screen", 3_871, "src/ui_term"),
    ("command line", 976, "src/cli"),
    ("secure", 2_387, "src/secure"),
    ("discovery", 490, "src/discovery"),
    ("relay", 400, "src/relay"),
    ("play", 5_636, "src/play src/proxy"),
    // Without the table of letters in other clothes: there is nothing to be learned from it.
    (
        "what a class reads",
        3_760,
        "src/wire src/transport src/server/hub src/server/inbound src/server/dispatcher \
         src/server/outgoing src/server/round src/server/outbox -src/wire/name/letters",
    ),
];

/// Whether a file is of a part that has these modules.
fn is_of(file: &str, modules: &str) -> bool {
    let file = file.trim_end_matches(".rs");
    let below = |module| {
        let rest = file.strip_prefix(module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (without, with): (Vec<&str>, Vec<&str>) = modules
        .split(' ')
        .partition(|module| module.starts_with('-'));
    with.into_iter().any(below) && !without.iter().any(|module| below(&module[1..]))
}

#[test]
fn the_program_stays_small() {
    let files = program().into_iter();
    let sizes: Vec<_> = files
        .map(|(file, text)| (file, lines(&tokens(&text))))
        .collect();
    let mut faults = Vec::new();
    for (name, max, modules) in PARTS {
        let part = sizes.iter().filter(|(file, _)| is_of(file, modules));
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
