//! What the arguments do, the exit codes, and the order of what is printed.

use crate::{CLASSROOM, Folder, Played, server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Greets, and then repeats what it is told.
fn echoes(mut stream: TcpStream) {
    let Ok(mut from) = stream.try_clone() else {
        return;
    };
    let _ = stream.write_all(b"hello\n");
    let _ = std::io::copy(&mut from, &mut stream);
}

fn folder() -> Folder {
    let folder = Folder::new();
    // As some editors write it.
    folder.write("good.chat", "\u{feff}anna connects\r\nanna gets: hello\r\n");
    folder.write(
        "bad.chat",
        "# It is polite.\nanna connects\nanna gets: good <morning>\n",
    );
    folder.write("restarts.chat", "restart the server\n");
    folder
}

#[test]
fn a_run_without_fault_says_one_line_a_file_and_exits_with_0() {
    let at = server(echoes).to_string();
    let played = folder().play(&["good.chat", "good.chat", "--server", &at]);
    let out = "ok    good.chat\nok    good.chat\n".to_owned();
    assert_eq!(
        played,
        Played {
            code: 0,
            out,
            err: String::new()
        }
    );
}

#[test]
fn one_failure_makes_it_exit_with_1_and_the_others_run() {
    let at = server(echoes).to_string();
    let Played { code, out, .. } = folder().play(&["bad.chat", "good.chat", "--server", &at]);
    assert_eq!(code, 1);
    assert!(out.starts_with("FAIL  bad.chat\n"), "{out}");
    assert!(out.ends_with("ok    good.chat\n1 of 2 failed\n"), "{out}");
}

#[test]
fn a_mistake_anywhere_exits_with_2_before_anything_is_played() {
    let folder = folder();
    folder.write("mistaken.chat", "anna connects\nanna shouts: hi\n");
    folder.write("empty.chat", "# Nothing.\n");
    let files = ["good.chat", "mistaken.chat", "missing.chat", "empty.chat"];
    let Played { code, out, err } = folder.play(&files);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("mistaken.chat:2: no such sentence"), "{err}");
    assert!(err.contains("missing.chat: there is no such file"), "{err}");
    assert!(
        err.contains("empty.chat: nobody does anything in it"),
        "{err}"
    );
}

#[test]
fn arguments_that_say_nothing_exit_with_2_and_the_usage() {
    let folder = folder();
    for (arguments, expected) in [
        (&[][..], "which transcripts?"),
        (&["good.chat", "--jbos", "3"], "`--jbos` is unknown"),
        (&["good.chat", "--seed"], "--seed wants a value"),
        (&["good.chat", "--jobs", "many"], "`many` is no number"),
    ] {
        let Played { code, out, err } = folder.play(arguments);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(
            err.contains(expected) && err.contains("usage: chalktalk play"),
            "{err}"
        );
    }
}

#[test]
fn a_restart_is_skipped_where_the_server_is_not_ours_to_start() {
    let at = server(echoes).to_string();
    let Played { code, out, .. } = folder().play(&["restarts.chat", "--server", &at]);
    assert_eq!((code, out.lines().count()), (0, 1));
    assert!(
        out.starts_with("skip  restarts.chat: restarts.chat:1 restarts the server"),
        "{out}"
    );
}

/// Each of many files waits for another time, the first for the longest, and all side by side.
#[test]
fn the_order_of_what_is_printed_is_that_of_the_files() {
    let folder = Folder::new();
    let files: Vec<String> = (0..8).map(|n| format!("{n}.chat")).collect();
    for (n, file) in files.iter().enumerate() {
        let deadline = 20 * (9 - n);
        folder.write(
            file,
            &format!("anna connects\nanna gets: hello\ndeadline {deadline} ms\nanna gets: x\n"),
        );
    }
    let at = server(echoes).to_string();
    let mut arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    arguments.extend(["--server", &at, "--jobs", "8"]);
    let first = folder.play(&arguments);
    let failed: Vec<&str> = first
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("FAIL  "))
        .collect();
    assert_eq!(failed, files);
    assert_eq!(folder.play(&arguments), first);
}

#[test]
fn junit_holds_what_was_printed() {
    let (folder, at) = (folder(), server(echoes).to_string());
    let files = [
        "good.chat",
        "bad.chat",
        "restarts.chat",
        "--server",
        &at,
        "--junit",
        "out.xml",
    ];
    folder.play(&files);
    let xml = folder.read("out.xml");
    assert!(
        xml.contains(r#"tests="3" failures="1" errors="0" skipped="1">"#),
        "{xml}"
    );
    assert!(xml.contains(r#"name="good.chat"/>"#), "{xml}");
    assert!(
        xml.contains(r#"<failure message="It is polite.">FAIL  bad.chat"#),
        "{xml}"
    );
    assert!(
        xml.contains("  expected  anna gets: good &lt;morning&gt;\n  but came  hello\n"),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<skipped message="restarts.chat:1 restarts the server"#),
        "{xml}"
    );
    let parses = "import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])";
    let parsed = Command::new("python3")
        .args(["-c", parses])
        .arg(folder.0.join("out.xml"))
        .status();
    assert!(parsed.expect("python3").success(), "{xml}");
}

#[test]
fn included_files_stand_beside_the_one_that_includes_them() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.join("deep")).expect("a folder");
    folder.write("deep/greeted.chat", "anna connects\nanna gets: bye\n");
    folder.write("deep/a.chat", "include greeted.chat\n");
    let at = server(echoes).to_string();
    let out = folder.play(&["deep/a.chat", "--server", &at]).out;
    assert!(out.contains("  at deep/greeted.chat:2\n"), "{out}");
}

#[test]
fn what_is_seen_in_one_connection_can_be_sent_in_another() {
    let folder = Folder::new();
    folder.write(
        "a.chat",
        "anna and ben connect\nanna gets: $greeting\nben sends: $greeting, ben\n\
         ben gets: hello\nben gets: hello, ben\nlines end with \\x00\n\
         ben sends: a\\nb\nben gets: a\\nb\nben sends bytes: login:\\x20\nben gets part: *: \\{*}\n",
    );
    // The last line is none; without it everything holds.
    let at = server(echoes).to_string();
    assert_eq!(folder.play(&["a.chat", "--server", &at]).code, 2);
    let script = folder.read("a.chat").replace(" \\{*}", "\\x20");
    folder.write("a.chat", &script);
    let played = folder.play(&["a.chat", "--server", &at]);
    assert_eq!((played.code, played.out.as_str()), (0, "ok    a.chat\n"));
}

#[test]
fn a_restarted_server_has_forgotten_everybody() {
    let folder = Folder::new();
    let come = "anna connects\nanna gets: *\nanna sends: anna\nanna gets: \\* here:\n";
    let again = format!("{come}restart the server\nanna skips to the end\n{come}");
    folder.write("a.chat", &again);
    let played = folder.play(&["a.chat", "--server-command", CLASSROOM]);
    assert_eq!((played.code, played.out.as_str()), (0, "ok    a.chat\n"));
}

/// The server holds the end of the pipe that is read here: it ends when the server is gone.
#[test]
fn a_run_that_is_killed_leaves_no_server_behind() {
    let folder = Folder::new();
    folder.write(
        "a.chat",
        "deadline 60 s\nanna connects\nanna gets: *\nanna gets: *\n",
    );
    let command = format!("echo up >&2; {}", CLASSROOM.replace("exec", ""));
    let mut play = folder.command(&["a.chat", "--server-log", "--server-command", &command]);
    let mut play = play
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut log = BufReader::new(play.stderr.take().expect("its stderr"));
    let mut line = String::new();
    log.read_line(&mut line).expect("a line");
    assert_eq!(line, "up\n");
    play.kill().expect("it is killed");
    play.wait().expect("it is gone");
    log.read_to_end(&mut Vec::new()).expect("the end");
}

#[test]
fn a_server_is_not_told_the_code_of_who_plays() {
    let folder = Folder::new();
    folder.write("a.chat", "anna connects\nanna gets: *\n");
    let command = format!("test -z \"$CHALKTALK_CODE\" && {CLASSROOM}");
    let mut play = folder.command(&["a.chat", "--server-command", &command]);
    let played = play.env("CHALKTALK_CODE", "x").output().expect("it runs");
    assert_eq!(played.status.code(), Some(0), "{played:?}");
}
