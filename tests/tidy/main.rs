//! Lint as a test: what must hold of the source itself and no lint of the compiler's holds.
#![forbid(unsafe_code)]

mod levels;
mod manifests;
mod size;
mod source;

use source::tokens;
use std::fmt::Display;
use std::{fs, path::Path};

/// Of code, tests among it: comments and blank lines are free.
const FILE_LINES_MAX: usize = 400;

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the project")
}

/// The text of a file of the project, named from its root.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

/// Every Rust file below the folders, by path from the root, with its text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open: Vec<String> = folders.iter().map(|&folder| folder.to_owned()).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect(&folder) {
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

#[track_caller]
fn expect_empty<T: Display>(faults: &[T]) {
    let faults: Vec<String> = faults.iter().map(T::to_string).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// None of these files breaks it but one, which does: an exception that is needed no more is none.
#[track_caller]
fn expect_only(files: Vec<(String, String)>, exception: &str, breaks: impl Fn(&str) -> bool) {
    let broken = files.into_iter().filter(|(_, text)| breaks(text));
    let broken: Vec<String> = broken.map(|(path, _)| path).collect();
    assert_eq!(broken.join("\n"), exception);
}

#[test]
fn only_the_escape_table_spells_the_escape_character() {
    let spells = |literal: &str| {
        let literal = literal.to_lowercase();
        let spellings = ["\u{1b}", r"\x1b", r"\u{1b}", r"\u{001b}"];
        literal == "0x1b" || spellings.iter().any(|spelling| literal.contains(spelling))
    };
    expect_only(program(), "src/ui_term/escape.rs", |text| {
        tokens(text).iter().any(|token| spells(&token.text))
    });
}

#[test]
fn only_what_is_generated_is_not_laid_out_by_rustfmt() {
    let dodges = ["rustfmt::skip", "include!", "#[path"];
    expect_only(program(), "src/sanitise/width_table.rs", |text| {
        dodges.iter().any(|dodge| text.contains(dodge))
    });
}

#[test]
fn files_are_short() {
    let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
    expect_only(sources(&["src"]), "", |text| {
        text.lines().map(str::trim_start).filter(is_code).count() > FILE_LINES_MAX
    });
}

#[test]
fn every_file_says_what_it_is() {
    let all = ["src", "examples", "benches", "fuzz", "lessons", "tests"];
    expect_only(sources(&all), "", |text| !text.starts_with("//! "));
}
