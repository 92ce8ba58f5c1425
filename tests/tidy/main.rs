//! Lint as a test: what must hold of the source itself.
//!
//! Each check is a function from text to faults, shown below to find one in a small broken
//! text; the tests of the same name then want none in the project.
#![forbid(unsafe_code)]

mod levels;
mod manifests;
mod size;
mod source;

use levels::{Tree, faults, table};
use source::{Keep, functions, names, strip};
use std::{fs, path::Path};

/// Of code, tests among it: comments and blank lines are free.
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// The one file that may spell the escape character.
const ESCAPE_TABLE: &str = "src/ui_term/escape.rs";

/// The text of a file of the project, named from its root.
fn read(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    fs::read_to_string(format!("{root}/{path}")).expect(path)
}

/// Every Rust file below the folders, by path from the root, with its text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open: Vec<String> = folders.iter().map(|&folder| folder.to_owned()).collect();
    while let Some(folder) = open.pop() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("a folder's entry");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let is_folder = entry.file_type().expect("an entry's type").is_dir();
            if is_folder && !path.ends_with("/target") {
                open.push(path);
            } else if path.ends_with(".rs") {
                let text = read(&path);
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

/// The source of the program without the files that are tests.
fn program() -> Vec<(String, String)> {
    let mut files = sources(&["src"]);
    files.retain(|(path, _)| !path.ends_with("/tests.rs") && !path.contains("/tests/"));
    files
}

fn tree(files: &[(String, String)]) -> Tree {
    Tree::new(
        files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    )
}

/// Every fault that `check` finds in the files, with its file.
#[track_caller]
fn expect_none(files: &[(String, String)], check: impl Fn(&str) -> Vec<String>) {
    let faults = files.iter().flat_map(|(path, text)| {
        check(text)
            .into_iter()
            .map(move |fault| format!("{path}: {fault}"))
    });
    expect_empty(&faults.collect::<Vec<_>>());
}

#[track_caller]
fn expect_empty(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_file_keeps_to_its_level() {
    expect_empty(&faults(
        &tree(&program()),
        &table(&read("docs/ARCHITECTURE.md")),
    ));
}

/// The lines that spell the escape character, raw or as an escape.
fn escape_characters(text: &str) -> Vec<String> {
    const SPELLINGS: [&str; 5] = ["\u{1b}", r"\x1b", r"\u{1b}", r"\u{001b}", "0x1b"];
    let code = strip(text, Keep::CodeAndStrings).to_lowercase();
    let spells = |line: &str| {
        SPELLINGS.iter().any(|spelling| {
            let mut ends = line
                .match_indices(spelling)
                .map(|(at, _)| at + spelling.len());
            // 0x1b00 is another number.
            ends.any(|end| !spelling.starts_with('0') || !line[end..].starts_with(is_hex))
        })
    };
    let lines = code.lines().enumerate().filter(|(_, line)| spells(line));
    lines
        .map(|(at, line)| format!("line {} spells ESC: {}", at + 1, line.trim()))
        .collect()
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

#[test]
fn only_the_escape_table_spells_the_escape_character() {
    let mut files = program();
    files.retain(|(path, _)| path != ESCAPE_TABLE);
    expect_none(&files, escape_characters);
    for broken in [
        r#""\x1b[0m""#,
        r"'\u{1B}'",
        "0x1B",
        "\"\u{1b}\"",
        r##"r"\u{001b}""##,
    ] {
        assert_eq!(escape_characters(broken).len(), 1, "{broken}");
    }
    assert!(escape_characters(r"// \x1b").is_empty());
    assert!(escape_characters("0x1b00").is_empty());
}

/// Calls of `sleep` and of `yield_now`, imports of them too.
fn sleeps(text: &str) -> Vec<String> {
    let paths = names(&strip(text, Keep::Code)).paths;
    let sleeps = paths.iter().filter(|path| {
        path.last()
            .is_some_and(|word| word == "sleep" || word == "yield_now")
    });
    sleeps
        .map(|path| format!("{}: wait for what is to happen", path.join("::")))
        .collect()
}

#[test]
fn nobody_sleeps() {
    expect_none(
        &sources(&["src", "tests", "benches", "examples", "fuzz"]),
        sleeps,
    );
    for broken in [
        "use std::thread::sleep;",
        "fn f() { thread::sleep(x) }",
        "sleep(x)",
        "thread::yield_now()",
    ] {
        assert_eq!(sleeps(broken).len(), 1, "{broken}");
    }
    assert!(sleeps("// sleep(x)\nlet no = \"sleep(x)\"").is_empty());
}

/// Files and functions that are too long to be read at one sitting.
fn too_long(text: &str) -> Vec<String> {
    let lines = size::lines(&strip(text, Keep::AllButComments));
    let file = (lines > FILE_LINES_MAX).then(|| format!("has {lines} lines of code: part it"));
    let mut functions = functions(&strip(text, Keep::Code));
    functions.retain(|(_, _, lines)| *lines > FUNCTION_LINES_MAX);
    let functions = functions
        .into_iter()
        .map(|(name, line, lines)| format!("line {line}: fn {name} has {lines} lines: part it"));
    file.into_iter().chain(functions).collect()
}

#[test]
fn files_and_functions_are_short() {
    expect_none(&sources(&["src"]), too_long);
    let function = format!("fn f() {{{}}}", "\n".repeat(FUNCTION_LINES_MAX));
    assert_eq!(too_long(&function).len(), 1);
    assert_eq!(too_long(&"x;\n".repeat(FILE_LINES_MAX + 1)).len(), 1);
    assert!(too_long(&"x;\n\n// y\n".repeat(FILE_LINES_MAX)).is_empty());
    assert!(too_long(&function.replacen('\n', "", 1)).is_empty());
}

/// A file that does not say what it is.
fn untitled(text: &str) -> Vec<String> {
    let titled = text.starts_with("//! ");
    (!titled)
        .then(|| "open with //! and what it is".to_owned())
        .into_iter()
        .collect()
}

#[test]
fn every_file_says_what_it_is() {
    expect_none(&program(), untitled);
    expect_none(
        &sources(&["examples", "benches", "fuzz/fuzz_targets", "tests/src"]),
        untitled,
    );
    assert_eq!(untitled("use std::fmt;").len(), 1);
}
