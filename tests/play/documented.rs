//! The examples of `docs/TESTING.md`, played: they hold, or print what stands below them.

use crate::{CLASSROOM, Folder, project};
use std::fs;

/// The fenced blocks of the manual: what each is, and its text.
fn blocks(manual: &str) -> Vec<(&str, &str)> {
    let fenced = manual.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

#[test]
fn the_examples_of_the_manual_print_what_it_says() {
    let manual = fs::read_to_string(project("docs/TESTING.md")).expect("the manual");
    let blocks = blocks(&manual);
    let mut tried = 0;
    for (at, (_, script)) in blocks
        .iter()
        .enumerate()
        .filter(|(_, (kind, _))| *kind == "chat")
    {
        let folder = Folder::new();
        folder.write("example.chat", script);
        let played = folder.play(&["example.chat", "--server-command", CLASSROOM]);
        let expected = match blocks.get(at + 1) {
            Some(("output", output)) => format!("{output}\n"),
            _ => "ok    example.chat\n".to_owned(),
        };
        assert_eq!(played.out + &played.err, expected, "{script}");
        tried += 1;
    }
    assert!(tried >= 4, "{tried} examples");
}

/// Every sentence of the manual's tables is read, and every one that is read stands in a table.
#[test]
fn the_sentences_of_the_manual_are_those_there_are() {
    let manual = fs::read_to_string(project("docs/TESTING.md")).expect("the manual");
    let (_, section) = manual.split_once("## The sentences").expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let spans = rows.flat_map(|row| {
        row.split('|')
            .nth(1)
            .unwrap_or("")
            .split('`')
            .skip(1)
            .step_by(2)
    });
    let mut read: Vec<String> = Vec::new();
    for sentence in spans {
        // What a sentence needs before it, and below it.
        let before = match sentence {
            "anna connects" => "",
            _ => "fence sends: x\nfence gets: x\nanna connects\n",
        };
        let below = match sentence.strip_suffix([':', 's']) {
            Some("anna sends" | "anna gets" | "anna gets in any order")
                if sentence.ends_with(':') =>
            {
                "\n  x"
            }
            Some("repeat 10 time") => "\n  anna gets: x",
            _ => "",
        };
        let text = format!("{before}{sentence}{below}\n");
        let script = chalktalk::play::parse::parse("a.chat", &text, &mut |_| Ok(String::new()));
        let script = script.unwrap_or_else(|mistake| panic!("{sentence}: {mistake}"));
        read.extend(
            script
                .steps
                .iter()
                .skip(before.lines().count())
                .map(|step| step.act.to_string()),
        );
    }
    for sentence in [
        "connects",
        "sends: ",
        "sends bytes: ",
        "closes",
        "half-closes",
        "resets",
        "gets: ",
        "gets in any order:",
        "gets part: ",
        "gets nothing",
        "gets nothing until: ",
        "gets the end",
        "skips to: ",
        "skips to the end",
        "deadline ",
        "fence sends: ",
        "fence gets: ",
        "repeat ",
        "lines end with ",
        "restart the server",
    ] {
        let has = |act: &String| {
            act.strip_prefix("anna ")
                .unwrap_or(act)
                .starts_with(sentence)
        };
        assert!(read.iter().any(has), "`{sentence}` is not in the manual");
    }
}
