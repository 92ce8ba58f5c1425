//! What a run in CI counts on: which files are meant, and what CI systems are told.

use crate::{CLASSROOM, Folder, Played, server};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

const GREETED: &str = "anna connects\nanna gets: Welcome*\n";

/// Plays this in a folder with transcripts in several places.
#[track_caller]
fn check_meant(arguments: &[&str], code: i32, expected: &str) {
    let folder = Folder::new();
    for name in ["t/deep/er", "t/.git", "u"] {
        fs::create_dir_all(folder.0.join(name)).expect("a folder");
    }
    folder.write("t/b.chat", GREETED);
    folder.write("t/a.chat", "include deep/part.chat\nanna gets: Welcome*\n");
    folder.write("t/deep/part.chat", "anna connects\n");
    folder.write("t/deep/er/c.chat", GREETED);
    folder.write("t/.git/d.chat", "not a transcript");
    folder.write("t/notes.txt", "not a transcript");
    folder.write("u/e.chat", GREETED);
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.0.join("t/deep/up")).expect("a link");
    let played = folder.play(&[arguments, &["--server-command", CLASSROOM]].concat());
    let said = played.out + &played.err;
    assert_eq!(
        (played.code, said.as_str()),
        (code, expected),
        "{arguments:?}"
    );
}

#[test]
fn a_folder_is_all_transcripts_below_it_without_the_parts_of_others() {
    let all = "ok    t/a.chat\nok    t/b.chat\nok    t/deep/er/c.chat\n";
    check_meant(&["t"], 0, all);
    check_meant(
        &["t/deep/part.chat", "u"],
        0,
        "ok    t/deep/part.chat\nok    u/e.chat\n",
    );
}

#[test]
fn a_pattern_that_no_shell_has_unfolded_is_unfolded() {
    check_meant(&["t/*.chat"], 0, "ok    t/a.chat\nok    t/b.chat\n");
    check_meant(&["*/*e*/*/c*"], 0, "ok    t/deep/er/c.chat\n");
    check_meant(
        &["*/e.chat", "./u/*"],
        0,
        "ok    u/e.chat\nok    ./u/e.chat\n",
    );
}

#[test]
fn what_means_no_file_is_a_mistake() {
    let none = "chalktalk play: t/*.chart: no file fits this pattern\n";
    check_meant(&["u", "t/*.chart"], 2, none);
    let none = "chalktalk play: t/.git/nothing*: no file fits this pattern\n";
    check_meant(&["t/.git/nothing*"], 2, none);
    let folder = Folder::new();
    let played = folder.play(&["."]);
    let none = "chalktalk play: .: no file below this folder ends in .chat\n";
    assert_eq!((played.code, played.err.as_str()), (2, none));
}

#[test]
fn the_fenced_blocks_of_a_page_are_transcripts_with_the_lines_of_the_page() {
    let folder = Folder::new();
    let page = "# How to\n\n```chat\nanna connects\nanna gets: Welcome*\n```\n\n\
                1. Then\n\n   ```chat\n   # It greets by name.\n   anna connects\n   anna gets:\n     Hello, anna\n   ```\n";
    folder.write("page.md", page);
    let played = folder.play(&["page.md", "--server-command", CLASSROOM]);
    let failed = "ok    page.md:3\nFAIL  page.md:10\n  It greets by name.\n  at page.md:14\n";
    assert!(played.out.starts_with(failed), "{}", played.out);
    assert_eq!(played.code, 1);

    folder.write("page.md", "```chat\nanna connects\nanna shouts\n```\n");
    let Played { code, err, .. } = folder.play(&["page.md"]);
    assert!(
        err.starts_with("chalktalk play: page.md:3: no such sentence"),
        "{err}"
    );
    assert_eq!(code, 2);

    folder.write("page.md", "```sh\nls\n```\n");
    let Played { code, err, .. } = folder.play(&["page.md"]);
    let none = "chalktalk play: page.md: no block in it is fenced with ```chat, as a transcript in a page is\n";
    assert_eq!((code, err.as_str()), (2, none));
}

#[test]
fn tap_has_a_plan_a_point_for_each_and_what_failed_below_it() {
    let folder = Folder::new();
    folder.write("a.chat", GREETED);
    folder.write(
        "b.chat",
        "# It is polite.\nanna connects\nanna gets: Good morning*\n",
    );
    folder.write("c.chat", "restart the server\n");
    let at = server(greets).to_string();
    let files = ["a.chat", "b.chat", "c.chat", "--tap", "--server", &at];
    let Played { code, out, err } = folder.play(&files);
    let expected = "TAP version 14\n1..3\nok 1 - a.chat\nnot ok 2 - b.chat\n  ---\n  report: |\n    It is polite.\n    \
                    at b.chat:3\n    expected  anna gets: Good morning*\n    but came  Welcome ::error::!\n    \
                    anna had received\n      Welcome ::error::!\n  ...\nok 3 - c.chat # SKIP c.chat:1 restarts or \
                    stops the server, which only a run can that starts it\n# 1 of 3 failed\n";
    assert_eq!((code, out.as_str(), err.as_str()), (1, expected, ""));
}

fn greets(stream: TcpStream) {
    says(stream, b"Welcome ::error::!\n");
}

fn says(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    let _ = stream.read_to_end(&mut Vec::new());
}

/// GitHub's runner takes commands from whatever a step prints.
#[test]
fn on_github_a_failure_is_an_annotation_and_what_a_server_says_is_none() {
    let folder = Folder::new();
    folder.write("a.chat", GREETED);
    folder.write("b.chat", "anna connects\nanna gets: 100%, maybe\n");
    let at = server(|stream| says(stream, b"::stop-commands::x ##[error]\n")).to_string();
    for format in [&[][..], &["--tap"]] {
        let mut command = folder.command(&[&["b.chat", "--server", &at], format].concat());
        let output = command
            .env("GITHUB_ACTIONS", "true")
            .output()
            .expect("it runs");
        let [out, err] =
            [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("UTF-8"));
        let annotation = "::error file=b.chat,line=2::expected  anna gets: 100%25, maybe%0Abut came  \
                          ::stop-commands::x ##[error]\n";
        assert_eq!(err, annotation);
        assert!(
            out.contains("  but came  ::stop-commands::x #\\x23[error]\n"),
            "{out}"
        );
        assert!(
            out.contains("    \\x3a:stop-commands::x #\\x23[error]\n"),
            "{out}"
        );
    }
}

/// Times are not in what a run prints unless asked for: the same run prints the same.
#[test]
fn how_long_a_server_took_to_be_ready_is_told_once_where_its_log_is_shown() {
    let folder = Folder::new();
    folder.write("a.chat", GREETED);
    let files = ["a.chat", "a.chat", "--server-command", CLASSROOM];
    assert_eq!(folder.play(&files).err, "");
    let told = folder.play(&[&files[..], &["--server-log"]].concat()).err;
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(" ready "))
        .collect();
    let [line] = lines[..] else { panic!("{told}") };
    let millis = line
        .strip_prefix("chalktalk play: ready ")
        .and_then(|rest| rest.strip_suffix(" ms after it was started, the slowest of the servers"));
    assert!(
        millis.is_some_and(|millis| millis.parse::<u32>().is_ok_and(|ms| ms > 0)),
        "{line}"
    );
}

#[test]
fn a_run_that_has_skipped_everything_has_proved_nothing() {
    let folder = Folder::new();
    folder.write("a.chat", "restart the server\n");
    let at = server(greets).to_string();
    let Played { code, out, .. } = folder.play(&["a.chat", "--server", &at]);
    assert!(
        out.ends_with("\nnothing is proved: 1 of 1 skipped\n"),
        "{out}"
    );
    assert_eq!(code, 1);
}
