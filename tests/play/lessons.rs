//! The suite for the classroom protocol: it passes the right servers, and each wrong one fails
//! just the transcript that is about its mistake.

use crate::{CLASSROOM, Folder, Played, project};
use std::fs;

/// The transcripts of the suite, in order.
fn suite() -> Vec<String> {
    let entries = fs::read_dir(project("tests/transcripts/classroom")).expect("the suite");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a file").path().to_string_lossy().into_owned())
        .collect();
    files.sort();
    files
}

fn play(command: &str, arguments: &[&str]) -> Played {
    let suite = suite();
    let mut all: Vec<&str> = suite.iter().map(String::as_str).collect();
    all.extend(["--server-command", command]);
    all.extend(arguments);
    Folder::new().play(&all)
}

fn python(server: &str) -> String {
    format!(
        "exec python3 '{}' {{port}}",
        project("lessons").join(server).display()
    )
}

#[track_caller]
fn check_right(command: &str, arguments: &[&str]) {
    let Played { code, out, err } = play(command, arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(
        out.lines()
            .filter(|line| line.starts_with("ok    "))
            .count(),
        suite().len()
    );
}

/// The failing transcript names the mistake in its file's name and in its first line.
#[track_caller]
fn check_wrong(server: &str, transcript: &str, mistake: &str) {
    let Played { code, out, .. } = play(&python(server), &[]);
    let failed: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    let [failed] = failed[..] else {
        panic!("one transcript fails:\n{out}")
    };
    assert!(
        code == 1 && failed.ends_with(&format!("/{transcript}.chat")),
        "{out}"
    );
    let (_, report) = out.split_once("FAIL").expect("a failure");
    let title = report.lines().nth(1).unwrap_or_default();
    assert!(title.starts_with(&format!("  {mistake}")), "{title}");
}

#[test]
fn the_right_servers_pass() {
    check_right(&python("classroom.py"), &[]);
    check_right(CLASSROOM, &[]);
}

#[test]
fn the_right_server_passes_whatever_happens_on_the_way() {
    for seed in ["1", "2", "3"] {
        check_right(CLASSROOM, &["--through", "--seed", seed]);
    }
}

#[test]
fn one_read_taken_for_one_message_is_found() {
    let mistake = "One read is not one message";
    check_wrong("wrong_one_read.py", "one-read-is-not-one-message", mistake);
}

#[test]
fn a_name_stuck_after_a_disconnect_is_found() {
    let mistake = "A name is free again when its person has left";
    check_wrong(
        "wrong_stuck_name.py",
        "a-name-is-free-after-a-disconnect",
        mistake,
    );
}

#[test]
fn a_list_changed_while_it_is_walked_is_found() {
    let mistake = "Everybody hears that somebody has left: a list must not change";
    check_wrong(
        "wrong_changed_list.py",
        "the-list-changes-while-it-is-walked",
        mistake,
    );
}

#[test]
fn a_slow_reader_that_stops_everyone_is_found() {
    let mistake = "Somebody who does not read stops nobody else";
    check_wrong(
        "wrong_slow_reader.py",
        "a-slow-reader-stops-nobody",
        mistake,
    );
}

#[test]
fn a_cr_that_is_kept_is_found() {
    let mistake = "A CR before the LF is no part of the line";
    check_wrong("wrong_cr_kept.py", "a-cr-is-not-part-of-the-line", mistake);
}
