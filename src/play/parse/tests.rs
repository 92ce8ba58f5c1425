//! What a transcript may say, and what it is told when it may not.

mod together;

use super::parse;
use crate::play::script::{Act, Deed, Demand, Note, Script};
use crate::play::text::Vars;

fn no_file(path: &str) -> Result<String, String> {
    Err(format!("no file {path}"))
}

#[track_caller]
fn read(text: &str) -> Script {
    parse("a.chat", text, &mut no_file, &Vars::new()).unwrap_or_else(|mistake| panic!("{mistake}"))
}

/// A transcript as it is spelled when each step is printed.
fn printed(script: &Script) -> String {
    let title = (!script.title.is_empty()).then(|| format!("# {}", script.title));
    let flags = (!script.flags.is_empty()).then(|| Note::Flags(script.flags.join(" ")));
    let race = script.race.then_some(Note::Race);
    let known = (script.known.as_ref()).map(|(_, why)| Note::Known(why.clone()));
    let notes = [flags, race, known].into_iter().flatten();
    let steps = script.steps.iter().map(|step| step.act.to_string());
    let all = (title.into_iter()).chain(notes.map(|note| note.to_string()));
    all.chain(steps).map(|line| line + "\n").collect()
}

/// The text means what the canonical one does, and that one prints as itself.
#[track_caller]
fn check(text: &str, canonical: &str) {
    assert_eq!(printed(&read(text)), canonical);
    assert_eq!(printed(&read(canonical)), canonical);
}

#[track_caller]
fn check_refused(text: &str, line: usize, expected: &str) {
    let mistake = parse("a.chat", text, &mut no_file, &Vars::new()).expect_err("it is refused");
    assert_eq!(
        mistake.place.to_string(),
        format!("a.chat:{line}"),
        "{mistake}"
    );
    assert!(mistake.what.contains(expected), "{mistake}");
}

#[test]
fn every_sentence_is_read_and_printed() {
    let all = r"# What it is for.
flags: --no-limits --history 5
this is a race
known to fail: it is late
anna connects
anna sends: NAME anna
anna sends bytes: half\r\n
anna sends an empty line
anna gets: OK $id
anna sends: ${id}th: $id
anna gets an empty line
anna gets in any order:
    \* ben has come
    *carl*
anna gets part: Name?\x20
anna gets nothing until: mark
fence sends: PING 1
fence gets: PONG 1
anna gets nothing
anna gets nothing for 1500 ms
anna skips to: x
deadline 500 ms
lines end with \r\n
repeat 3 times
    anna sends: $round
    repeat 2 times
        anna gets in any order:
            b
            $new
at once:
    anna sends: x
    repeat 2 times
        anna sends bytes: y
ben connects
anna and ben get the same 40 lines
anna sends, as far as it is taken: x
anna sends bytes, as far as it is taken: x
one of anna and ben gets: OK $name
$one sends: $one, $other, $name
$other gets only: * to the end
the server's memory has grown by at most 16 MB
the server has at most 5 descriptors more than when ready
the server is asked to stop
the server has ended with 0
restart the server
anna skips to the end
anna connects
anna half-closes
anna gets the end
anna connects
anna resets
anna connects
anna closes
";
    check(all, all);
}

/// Every sentence of the reference's tables is read, and every one that there is stands there.
#[test]
fn the_sentences_of_the_reference_are_those_there_are() {
    let page = include_str!("../../../docs/TRANSCRIPTS.md");
    let (_, section) = page.split_once("## The sentences").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let first_cells = rows.iter().filter_map(|row| row.split('|').nth(1));
    for said in first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        let before = match said {
            "anna connects" | "known to fail: it greets too late" => "",
            _ => "fence sends: x\nfence gets: x\nanna connects\nben connects\n",
        };
        let below = match said {
            "at once:" | "repeat 10 times" => "\n  anna gets: x",
            _ if said.ends_with(':') => "\n  x",
            _ => "",
        };
        let text = format!("{before}{said}{below}\n");
        let read = parse("a.chat", &text, &mut |_| Ok(String::new()), &Vars::new());
        assert!(read.is_ok(), "{said}: {read:?}");
    }
    let sentences = [
        Note::SENTENCES,
        Act::SENTENCES,
        Demand::SENTENCES,
        Deed::SENTENCES,
    ];
    for sentence in sentences.concat() {
        let words = sentence
            .trim_end_matches("\n{}")
            .split(['{', '}'])
            .step_by(2);
        for words in words.map(str::trim) {
            assert!(
                rows.iter().any(|row| row.contains(words)),
                "`{sentence}` is not in the reference"
            );
        }
    }
}

#[test]
fn several_people_and_several_lines_are_so_many_steps() {
    check(
        "anna, ben and carl connect\nanna and ben get:\n  # first\n  a b\n\n  c\n",
        "anna connects\nben connects\ncarl connects\n\
         anna gets: a b\nben gets: a b\nanna gets: c\nben gets: c\n",
    );
    check(
        "a, b, and c connect",
        "a connects\nb connects\nc connects\n",
    );
    check("a  connects\na gets : x", "a connects\na gets: x\n");
    check(
        "a and b connect\na and b skip to an empty line\na and b skip to:\n  x\n  y",
        "a connects\nb connects\na skips to an empty line\nb skips to an empty line\n\
         a skips to: x\nb skips to: x\na skips to: y\nb skips to: y\n",
    );
    let script = read("a and b connect\na and b get:\n  x\n  y");
    let places: Vec<usize> = script.steps.iter().map(|step| step.place.line).collect();
    assert_eq!(places, [1, 1, 3, 3, 4, 4]);
}

#[test]
fn names_that_count_the_rounds_are_so_many_people() {
    check(
        "repeat 2 times\n  p$round and q connect\n  p$round gets: $id $round\n  repeat 3 times\n    q sends: $round\n  q closes",
        "repeat 1 times\n    p1 connects\n    q connects\n    p1 gets: $id 1\n    repeat 3 times\n        q sends: $round\n    q closes\n\
         repeat 1 times\n    p2 connects\n    q connects\n    p2 gets: $id 2\n    repeat 3 times\n        q sends: $round\n    q closes\n",
    );
    let crowd = "repeat 200 times\n  p$round connects\np200 closes\n";
    assert_eq!(read(crowd).steps.len(), 201);
    check(
        "repeat 2 times\n  p$round connects\n  the network stalls of p$round",
        "repeat 1 times\n    p1 connects\n    the network stalls of p1\n\
         repeat 1 times\n    p2 connects\n    the network stalls of p2\n",
    );
    check_refused("p$round connects", 1, "`p$round` is no name");
    check_refused(
        "repeat 2 times\n  p$round connects\np3 closes",
        3,
        "p3 is not connected",
    );
    check_refused(
        "repeat 1000000 times\n  p$round connects",
        2,
        "more than 100000 steps",
    );
}

#[test]
fn behind_the_colon_a_line_stands_as_it_is() {
    check(
        "a connects\na sends:  two: # of \"it\"",
        "a connects\na sends: \\x20two: # of \"it\"\n",
    );
    check("a connects\r\na sends: x\r\n", "a connects\na sends: x\n");
    check(
        "a connects\na sends:\n  \\#1\n",
        "a connects\na sends: \\#1\n",
    );
}

#[test]
fn the_comment_at_the_head_is_the_title() {
    let script = read("# One read\n# is not one message.\n#\na connects\n# not this");
    assert_eq!(script.title, "One read is not one message.");
}

#[cfg_attr(windows, ignore = "its paths are spelled with backslashes there")]
#[test]
fn an_included_file_is_its_steps_and_keeps_its_name() {
    let mut file = |path: &str| match path {
        "dir/settings.chat" => Ok("deadline 5 s\ninclude more.chat".to_owned()),
        "dir/more.chat" => Ok("\na connects".to_owned()),
        other => Err(format!("no file {other}")),
    };
    let script = parse(
        "dir/a.chat",
        "include settings.chat\na closes",
        &mut file,
        &Vars::new(),
    )
    .unwrap();
    let places: Vec<String> = script
        .steps
        .iter()
        .map(|step| step.place.to_string())
        .collect();
    assert_eq!(
        places,
        ["dir/settings.chat:1", "dir/more.chat:2", "dir/a.chat:2"]
    );

    let mut circle = |_: &str| Ok("include a.chat".to_owned());
    let mistake = parse("a.chat", "include a.chat", &mut circle, &Vars::new()).unwrap_err();
    assert!(mistake.what.contains("in a circle"), "{mistake}");
    check_refused("include b.chat", 1, "b.chat: no file b.chat");
    check_refused("include", 1, "as in `include");
}

#[test]
fn what_is_included_stands_beside_or_below_and_is_bounded() {
    for path in [
        "/etc/hostname",
        "../b.chat",
        "b/../../c.chat",
        "b/../c.chat",
        "..",
    ] {
        let mut any = |_: &str| Ok("a connects".to_owned());
        let mistake =
            parse("a.chat", &format!("include {path}"), &mut any, &Vars::new()).unwrap_err();
        assert!(
            mistake.what.contains("beside this one, or below"),
            "{mistake}"
        );
    }
    // Each includes the next a hundred times, and the last one is a comment.
    let mut widely = |path: &str| {
        Ok(match path.len() {
            12 => "# nothing".to_owned(),
            _ => format!("include a{path}\n").repeat(100),
        })
    };
    let mistake = parse("a.chat", "include aa.chat", &mut widely, &Vars::new()).unwrap_err();
    assert!(
        mistake.what.starts_with("more than 4194304 bytes"),
        "{mistake}"
    );
    let mistake = parse(
        "a\u{202e}\u{9b}.chat",
        "include \u{1b}",
        &mut no_file,
        &Vars::new(),
    )
    .unwrap_err();
    let shown = r"a\u{202e}\u{9b}.chat:1: \x1b: no file ";
    assert!(mistake.to_string().starts_with(shown), "{mistake}");
}

#[test]
fn a_sentence_nobody_knows_is_told_what_there_is() {
    check_refused("anna recieves: hi", 1, "a person connects, sends, gets,");
    check_refused("anna", 1, "a person connects, sends, gets,");
    check_refused("a connects\na gets", 2, "as in `anna gets: line`");
    for time in ["2", "2 s 3 ms"] {
        let wait = format!("a connects\na gets nothing for {time}");
        check_refused(&wait, 2, "as in `anna gets: line`");
    }
    check_refused("a connects\na sends hello", 2, "as in `anna sends: text`");
    check_refused("a connects\na skips", 2, "as in `anna skips to");
    check_refused("a connects: now", 1, "as in `anna connects`");
    check_refused("a,", 1, "who does what?");
    check_refused("a$ connects", 1, "`a$` is no name");
    check_refused("\u{1b}[2J connects", 1, r"`\x1b[2J` is no name");
    check_refused("get connects", 1, "a word of transcripts");
    check_refused("a and and connect", 1, "a word of transcripts");
    check_refused("deadline 2", 1, "as in `deadline 5 s`");
    check_refused("deadline 0 s", 1, "as in `deadline 5 s`");
    check_refused(
        "deadline 2 h",
        1,
        "as in `deadline 5 s`; a time is in s or ms",
    );
    check_refused("deadline 3601 s", 1, "at most an hour");
    check_refused("restart", 1, "as in `restart the server`");
    check_refused("lines end with", 1, "as in `lines end with");
    check_refused("fence: PING", 1, "as in `fence sends: PING x`");
    check_refused(
        "repeat 0 times\n  a connects",
        1,
        "as in `repeat 10 times`, at most",
    );
}

#[test]
fn what_nobody_can_see_is_refused() {
    check_refused("a connects\na sends: x ", 2, r"write it as \x20");
    check_refused("a connects\na gets:\n  x \n", 3, r"write it as \x20");
    check_refused("a connects\n\ta sends: x", 2, "with spaces, not with tabs");
    check_refused("a connects\na sends:x", 2, "as in `anna sends: text`");
    check_refused("a connects\na sends:", 2, "nothing stands below it");
    check_refused(
        "a connects\na sends: ",
        2,
        "nothing stands behind the colon",
    );
}

#[test]
fn blocks_stand_straight() {
    check_refused(
        "a connects\n  a closes",
        2,
        "nothing above it takes a block",
    );
    check_refused(
        "a connects\na gets:\n  x\n   y",
        4,
        "indent these lines alike",
    );
    check_refused("repeat 2 times\na connects", 1, "nothing stands below it");
    check_refused(
        "repeat 2 times\n    a connects\n  a closes",
        3,
        "indentation of no line above",
    );
    let deep: String = (0..20)
        .map(|n| format!("{}repeat 2 times\n", " ".repeat(n)))
        .collect();
    check_refused(&deep, 9, "too deep");
}

#[test]
fn a_story_that_cannot_be_is_refused_before_it_is_played() {
    check_refused("anna sends: x", 1, "anna is not connected");
    check_refused("a connects\na connects", 2, "a is connected already");
    check_refused("a connects\na closes\na gets: x", 3, "a is not connected");
    check_refused(
        "a connects\na gets the end\na sends: x",
        3,
        "a is not connected",
    );
    for deed in [
        "sends: x",
        "half-closes",
        "sends bytes, as far as it is taken: x",
    ] {
        let text = format!("a connects\na half-closes\na gets: x\na {deed}");
        check_refused(&text, 4, "can send nothing more");
    }
    check_refused("repeat 2 times\n  a connects", 2, "a is connected already");
    check_refused("a connects\na gets nothing", 2, "what is the fence?");
    check_refused(
        "a connects\nfence sends: x\na gets nothing",
        3,
        "what is the fence?",
    );
    check_refused(
        "a connects\na sends: $id",
        2,
        "`$id` stands for nothing yet",
    );
    check_refused("a connects\na sends: $round", 2, "only inside `repeat`");
    check_refused("a connects\na gets: $round", 2, "only inside `repeat`");
    check_refused(
        "a connects\na gets in any order:\n  1 $x\n  2 $x",
        2,
        "new in two of these",
    );
    let forgotten = "a connects\nrepeat 2 times\n  a gets: $x\na sends: $x";
    check_refused(forgotten, 4, "`$x` stands for nothing yet");
}

#[test]
fn a_repeated_block_stays_one_step() {
    let script = read("a connects\nrepeat 1000000 times\n  a sends: x");
    let Some(Act::Repeat(1_000_000, steps)) = script.steps.get(1).map(|step| &step.act) else {
        panic!("{script:?}");
    };
    assert_eq!(steps.len(), 1);
}
