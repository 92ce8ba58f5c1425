//! What the arguments do, the exit codes, and the order of what is printed.

use crate::{CLASSROOM, Folder, NOBODY, PROGRAM, Played, server};
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;

/// Where the system chooses a port.
const ANY: &str = "127.0.0.1:0";

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
    folder.write("page.md", "A page.\n```chat\n# Nothing.\n```\n");
    let files = [
        "good.chat",
        "mistaken.chat",
        "missing.chat",
        "empty.chat",
        "page.md",
    ];
    let Played { code, out, err } = folder.play(&files);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("mistaken.chat:2: no such sentence"), "{err}");
    assert!(err.contains("missing.chat: there is no such file"), "{err}");
    assert!(
        err.contains(
            "empty.chat: nobody does anything in it\npage.md:2: nobody does anything in it\n"
        ),
        "{err}"
    );
}

#[test]
fn arguments_that_say_nothing_exit_with_2_and_what_to_say() {
    let folder = folder();
    for (arguments, expected) in [
        (&[][..], "which transcripts?"),
        (
            &["good.chat", "--jbos", "3"],
            "play does not take --jbos; chalktalk play --help",
        ),
        (&["good.chat", "--seed"], "--seed wants a value"),
        (
            &["good.chat", "--jobs", "many"],
            "--jobs many: a whole number is wanted",
        ),
        (
            &["good.chat", "--times", "0"],
            "--times 0: at least once, at most 1000000 times",
        ),
        (&["good.chat", "--set", "mark"], "as in `--set mark='#'`"),
        (&["good.chat", "--set", "a b=c"], "as in `--set mark='#'`"),
        (&["good.chat", "--set", "round=1"], "as in `--set mark='#'`"),
    ] {
        let Played { code, out, err } = folder.play(arguments);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn a_restart_is_skipped_where_the_server_is_not_ours_to_start() {
    let at = server(echoes).to_string();
    let files = ["restarts.chat", "good.chat", "--server", &at];
    let Played { code, out, .. } = folder().play(&files);
    assert_eq!((code, out.lines().count()), (0, 2));
    assert!(
        out.starts_with("skip  restarts.chat: restarts.chat:1 restarts or stops the server"),
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
    assert!(xml.contains(r#"name="good.chat"></testcase>"#), "{xml}");
    assert!(
        xml.contains(r#"<failure message="It is polite.">FAIL  bad.chat"#),
        "{xml}"
    );
    assert!(
        xml.contains("  expected  anna gets: good &lt;morning&gt;\n  but came  hello\n"),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<skipped message="restarts.chat:1 restarts or stops the server"#),
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

/// Whoever plays a stranger's transcript writes no file, opens no port and reads nothing of the machine.
#[test]
fn a_transcript_may_set_limits_and_nothing_else() {
    let folder = Folder::new();
    for flags in [
        "--port-file seen",
        "--lan",
        "--listen 0.0.0.0:0",
        "--key=seen",
        "-- seen",
        "seen",
    ] {
        let text = format!("include parts.chat\nflags: --rooms 2 {flags}\nanna connects\n");
        folder.write("a.chat", &text);
        folder.write("parts.chat", "flags: --no-limits\n");
        let Played { code, out, err } = folder.play(&["a.chat"]);
        assert_eq!((code, out.as_str()), (2, ""), "{flags}");
        assert!(
            err.contains("a.chat: flags set limits and nothing else: "),
            "{err}"
        );
        assert!(!folder.0.join("seen").exists(), "{flags}");
    }
}

#[test]
fn an_included_file_is_an_ordinary_one_beside_or_below() {
    let folder = Folder::new();
    folder.write("secret", "anna connects\n");
    std::fs::create_dir(folder.0.join("deep")).expect("a folder");
    #[cfg(unix)]
    for (name, target) in [
        ("link", "../secret"),
        ("endless", "/dev/zero"),
        ("up", ".."),
    ] {
        let link = folder.0.join("deep").join(name);
        std::os::unix::fs::symlink(target, link).expect("a link");
    }
    for path in [
        "../secret",
        "link",
        "endless",
        "up/secret",
        "/dev/null",
        ".",
        "missing",
    ] {
        folder.write("deep/a.chat", &format!("include {path}\nanna connects\n"));
        let Played { code, out, err } = folder.play(&["deep/a.chat"]);
        assert_eq!((code, out.as_str()), (2, ""), "{path}");
        assert!(
            err.contains("deep/a.chat:1: ") && err.contains("beside"),
            "{err}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_named_without_harm() {
    let folder = Folder::new();
    let name = "\u{1b}[2J\u{9b}\u{202e}.chat";
    let shown = r"\x1b[2J\u{9b}\u{202e}.chat";
    let at = server(echoes).to_string();
    let all = ["--server", &at, "--junit", "out.xml", name];
    for (text, code) in [
        ("anna connects\nanna gets: hello\n", 0),
        ("# \u{202e}\nanna connects\nanna gets: bye\n", 1),
        ("restart the server\n", 1),
        ("flags: --rooms 2\nanna connects\n", 0),
        ("anna shouts\n", 2),
        ("\u{202e}anna\u{9b} connects\n", 2),
        ("an\u{3164}na connects\n", 2),
        ("include \u{1b}\u{9b}\u{202e}\n", 2),
        ("flags: --lan\nanna connects\n", 2),
        ("flags: \u{1b}\u{202e}\nanna connects\n", 2),
        ("# Nothing.\n", 2),
    ] {
        folder.write(name, text);
        let Played {
            code: ended,
            out,
            err,
        } = folder.play(&all);
        let said = out + &err + &folder.read("out.xml");
        assert_eq!(ended, code, "{said:?}");
        assert!(said.contains(shown), "{said:?}");
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    }
    let evil = "\u{1b}\u{9b}\u{202e}";
    let [option, at, nowhere] = [
        format!("--{evil}"),
        format!("{evil}:1"),
        format!("{evil}/x"),
    ];
    folder.write("a.chat", "anna connects\n");
    for arguments in [
        &["play", option.as_str(), "a.chat"][..],
        &["play", "--seed", evil, "a.chat"],
        &["play", "--jobs", evil, "a.chat"],
        &["play", evil],
        &["play", "--server", &at, "--junit", "out.xml", "a.chat"],
        &["play", "--server", evil, "a.chat"],
        &["play", "--server", NOBODY, "--junit", &nowhere, "a.chat"],
        &["proxy", &option],
        &["proxy", "--seed", evil],
        &["proxy", "--delay", evil],
        &["proxy", "--to", NOBODY, "--listen", &at],
    ] {
        let output = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(&folder.0)
            .output()
            .expect("the program runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success(), "{arguments:?}");
        // As a transcript writes it, or as the chat shows it.
        let shown = [r"\x1b\u{9b}\u{202e}", "<RLO>"];
        assert!(shown.iter().any(|shown| said.contains(shown)), "{said:?}");
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    }
    let told = folder.read("out.xml");
    assert!(
        told.contains(r"no server at \x1b\u{9b}\u{202e}:1"),
        "{told:?}"
    );
    assert!(!told.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{told:?}");
}

#[test]
fn a_path_that_cannot_be_used_is_written_as_transcripts_do() {
    let nowhere = "\u{1b}[2J/x";
    for arguments in [
        &["play", "--server", NOBODY, "--junit", nowhere, "a.chat"][..],
        &[
            "proxy", "--to", NOBODY, "--listen", ANY, "--record", nowhere,
        ],
        &["proxy", "--to", NOBODY, "--listen", nowhere],
    ] {
        let folder = Folder::new();
        folder.write("a.chat", "anna connects\n");
        let mut program = Command::new(PROGRAM);
        let program = program.args(arguments).current_dir(&folder.0);
        let output = program.output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(r"\x1b[2J/x: "), "{said:?}");
    }
}

#[test]
fn the_flags_of_a_transcript_are_passed_on_where_the_command_wants_them() {
    let folder = Folder::new();
    folder.write(
        "a.chat",
        "flags: --rooms 2 --rate=5\nanna connects\nanna gets: *\n",
    );
    let wanted = "set -- {flags}; test \"$*\" = '--rooms 2 --rate=5' && ".to_owned() + CLASSROOM;
    let played = folder.play(&["a.chat", "--server-command", &wanted]);
    assert_eq!(
        played,
        Played {
            code: 0,
            out: "ok    a.chat\n".to_owned(),
            err: String::new()
        }
    );

    let at = server(echoes).to_string();
    for which in [["--server-command", CLASSROOM], ["--server", &at]] {
        let Played { code, err, .. } = folder.play(&[&["a.chat"][..], &which].concat());
        let expected = "chalktalk play: a.chat: not passed on to the server: --rooms 2 --rate=5\n";
        assert_eq!((code, err.as_str()), (0, expected));
    }
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

#[test]
fn a_server_is_not_told_the_code_of_who_plays() {
    let folder = Folder::new();
    folder.write("a.chat", "anna connects\nanna gets: *\n");
    let command = format!("test -z \"$CHALKTALK_CODE\" && {CLASSROOM}");
    let mut play = folder.command(&["a.chat", "--server-command", &command]);
    let played = play.env("CHALKTALK_CODE", "x").output().expect("it runs");
    assert_eq!(played.status.code(), Some(0), "{played:?}");
}
