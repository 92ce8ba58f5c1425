//! `chalktalk learn`: what it prints and writes, and where it stops.

use crate::lessons::python;
use crate::{Folder, Played, project};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the course, in order.
fn steps() -> Vec<PathBuf> {
    let entries = fs::read_dir(project("lessons")).expect("the lessons");
    let mut steps: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    steps.retain(|path| path.is_dir() && name(path).starts_with(|c: char| c.is_ascii_digit()));
    steps.sort();
    steps
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
}

/// What stands in a folder.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path());
    let files = entries.filter(|path| path.is_file());
    files
        .map(|path| {
            (
                name(&path).to_owned(),
                fs::read_to_string(&path).expect("a text"),
            )
        })
        .collect()
}

fn file(path: &str) -> String {
    project(path).display().to_string()
}

#[test]
fn the_course_is_in_the_program_without_its_answers() {
    for (number, step) in steps().iter().enumerate() {
        assert!(name(step).starts_with(&format!("{number:02}-")), "{step:?}");
        let (folder, number) = (Folder::new(), number.to_string());
        let mut expected = files(step);
        let page = expected.remove("README.md").expect("a page");
        // The answer, and but for the first step, in which nothing is written, what is the answer with a fault.
        let answers = ["answer.", "wrong-", "widened-"];
        let answers = if number == "0" {
            &answers[..1]
        } else {
            &answers[..]
        };
        expected.retain(|name, _| !answers.iter().any(|answer| name.starts_with(answer)));
        // The picture of a page is of no use on a terminal.
        expected.remove("picture.svg").expect("a picture");
        let (task, _) = page.split_once("\n## Hint\n").unwrap_or((&page, ""));
        assert_eq!(folder.run(&["learn", &number]).out, task);
        let Played { code, out, err } = folder.run(&["learn", "--new", &number]);
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert_eq!(files(&folder.0), expected, "{step:?}");
    }
}

#[test]
fn the_list_has_a_line_for_each_step_with_its_minutes() {
    let Played { code, out, .. } = Folder::new().run(&["learn"]);
    let last = "\nchalktalk learn 0 shows the first page\n";
    let list = out.strip_suffix(last).expect("what to type next");
    assert_eq!((code, list.lines().count()), (0, steps().len()), "{out}");
    for (number, line) in list.lines().enumerate() {
        assert!(line.starts_with(&format!("Step {number}: ")), "{line}");
        assert!(line.ends_with(" minutes"), "{line}");
    }
}

#[test]
fn a_hint_is_shown_alone() {
    let Played { code, out, .. } = Folder::new().run(&["learn", "3", "--hint"]);
    let page = fs::read_to_string(project("lessons/03-lines/README.md")).expect("a page");
    let (_, hint) = page.split_once("\n## Hint\n\n").expect("a hint");
    assert!(code == 0 && hint.starts_with(&out), "{out}");
    assert!(out.len() > 20 && !out.contains("##"), "{out}");
}

#[test]
fn nothing_is_written_over() {
    let folder = Folder::new();
    folder.write("start.py", "mine");
    let Played { code, out, .. } = folder.run(&["learn", "--new", "1"]);
    assert_eq!((code, folder.read("start.py").as_str()), (0, "mine"));
    assert!(
        out.contains("kept as it is: start.py\nwritten: start.rs\n"),
        "{out}"
    );
}

#[test]
fn a_step_is_done_when_all_checks_up_to_it_hold() {
    let answer = file("lessons/02-two/answer.py");
    let command = ["learn", "2", "--", python(), "-S", "-B", &answer, "{port}"];
    let Played { code, out, err } = Folder::new().run(&command);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("ok    01-echo/"), "{out}");
    assert!(out.contains("\nok    02-two/"), "{out}");
    let (_, answer) = out.split_once("\nstep 2 is done\n\n").expect("it is done");
    let page = fs::read_to_string(project("lessons/02-two/README.md")).expect("a page");
    assert!(
        answer.starts_with("## The answer\n") && page.ends_with(answer),
        "{out}"
    );
}

#[test]
fn it_stops_at_the_first_check_that_fails_and_says_how_to_go_on() {
    let folder = Folder::new();
    let answer = file("lessons/02-two/answer.py");
    let command = ["learn", "3", "--", python(), "-S", "-B", &answer, "{port}"];
    let Played { code, out, .. } = folder.run(&command);
    let (held, failed) = out.split_once("FAIL  03-lines/").expect("a failure");
    assert!(
        code == 1 && held.lines().all(|line| line.starts_with("ok    ")),
        "{out}"
    );
    assert!(
        !failed.contains("FAIL") && failed.contains("\n  expected  "),
        "{out}"
    );
    assert!(
        failed.ends_with("\na hint: chalktalk learn 3 --hint\n"),
        "{out}"
    );
    // The line that repeats it does so, from this very folder.
    let by_hand = failed
        .lines()
        .find_map(|line| line.strip_prefix("by hand: chalktalk play "));
    let (file, server) = by_hand
        .and_then(|line| line.split_once(" --server-command "))
        .expect("a line");
    let server = server.trim_matches('\'');
    let again = folder.play(&[file, "--server-command", server]);
    assert_eq!(again.code, 1);
    assert!(
        again.out.starts_with(&format!("FAIL  {file}\n")),
        "{}",
        again.out
    );
}

#[test]
fn what_a_step_begins_with_fails_at_its_plainest_check() {
    for (step, folder, check) in [
        ("1", "01-echo", "what-is-sent-comes-back"),
        ("5", "05-everybody", "everybody-hears"),
    ] {
        let start = file(&format!("lessons/{folder}/start.py"));
        let command = ["learn", step, "--", python(), "-S", "-B", &start, "{port}"];
        let Played { out, .. } = Folder::new().run(&command);
        let failed = format!("FAIL  {folder}/{check}.chat\n");
        assert!(out.contains(&failed), "{out}");
    }
}

#[test]
fn of_a_server_that_does_not_start_no_mistake_is_told() {
    let folder = Folder::new();
    folder.write("server.py", "def serve(:\n");
    let command = ["learn", "2", "--", python(), "server.py", "{port}"];
    let Played { code, out, .. } = folder.run(&command);
    assert!(code == 1 && out.contains("SyntaxError"), "{out}");
    assert!(out.contains("\nit does not start\n"), "{out}");
    for of_the_check in ["The mistake", "hint", "step"] {
        assert!(!out.contains(of_the_check), "{out}");
    }
}

#[test]
fn the_hint_is_of_the_step_somebody_is_at() {
    // As one that has a thread now, and closes the connection before that is done.
    let wrong = file("lessons/01-echo/wrong-one-read.py");
    let command = ["learn", "2", "--", python(), "-S", "-B", &wrong, "{port}"];
    let Played { out, .. } = Folder::new().run(&command);
    assert!(out.contains("\nit does not pass step 1 yet\n"), "{out}");
    assert!(
        out.ends_with("\na hint: chalktalk learn 2 --hint\n"),
        "{out}"
    );
}

#[test]
fn without_a_step_it_says_how_far_a_server_gets() {
    for (answer, fails) in [("02-two", "03-lines"), ("05-everybody", "06-leaving")] {
        let answer = file(&format!("lessons/{answer}/answer.py"));
        let Played { code, out, .. } =
            Folder::new().run(&["learn", "--", python(), "-S", "-B", &answer, "{port}"]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(&format!("\nFAIL  {fails}/")), "{out}");
    }
}

#[test]
fn no_shell_comes_between() {
    let folder = Folder::new();
    folder.write(
        "server.py",
        "import sys\nraise SystemExit(repr(sys.argv[1:3]))\n",
    );
    let command = [
        "learn",
        "1",
        "--",
        "python3",
        "server.py",
        "$HOME; touch here",
        "*",
        "{port}",
    ];
    let Played { code, out, .. } = folder.run(&command);
    assert!(
        code == 1 && out.contains("['$HOME; touch here', '*']"),
        "{out}"
    );
    assert!(
        out.contains(
            r"--server-command 'python3 server.py '\''$HOME; touch here'\'' '\''*'\'' {port}'"
        ),
        "{out}"
    );
}

#[test]
fn arguments_that_say_nothing_are_refused() {
    let folder = Folder::new();
    let refused = [
        (&["learn", "99"][..], "there is no step 99"),
        (&["learn", "one"], "there is no step one"),
        (&["learn", "--hint"], "of which step?"),
        (
            &["learn", "12", "--", "x"],
            "no server is checked in this step",
        ),
        (&["learn", "1", "--"], "a command"),
        (&["learn", "1", "--", "./server", "4000"], "./server {port}"),
        (&["learn", "--", "./server"], "./server {port}"),
        (&["learn", "--fast"], "does not take --fast"),
    ];
    for (arguments, why) in refused {
        let Played { code, err, .. } = folder.run(arguments);
        assert!(code == 2 && err.contains(why), "{arguments:?}: {err}");
    }
    assert!(files(&folder.0).is_empty());
}
