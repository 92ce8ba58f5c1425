//! Every way in which a transcript can fail, and that it prints what `docs/TRANSCRIPTS.md` says.

use crate::{CLASSROOM, Folder, NOBODY, Played, play_against, project};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// The phrase stands in the manual's table of what can come instead.
#[track_caller]
pub(crate) fn expect_documented(phrase: &str) {
    let manual = std::fs::read_to_string(project("docs/TRANSCRIPTS.md")).expect("the manual");
    // The manual's examples wait for 2 s, these here do not.
    let documented = format!("| `{}` |", phrase.replace("40 ms", "2 s"));
    assert!(
        manual.contains(&documented),
        "{documented} is not in the manual"
    );
}

/// The step of line `line`, as written, fails with what came instead, which begins with a
/// documented phrase.
#[track_caller]
fn check(serve: fn(TcpStream), script: &str, line: usize, phrase: &str, rest: &str) {
    expect_documented(phrase);
    check_came(serve, script, line, &format!("{phrase}{rest}\n"));
}

#[track_caller]
fn check_came(serve: fn(TcpStream), script: &str, line: usize, came: &str) {
    let Played { code, out, err } = play_against(serve, script);
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.starts_with("FAIL  example.chat\n"), "{out}");
    assert!(
        out.contains(&format!("\n  at example.chat:{line}\n")),
        "{out}"
    );
    let step = script
        .lines()
        .nth(line - 1)
        .expect("a line of the script")
        .trim();
    assert!(out.contains(&format!("\n  expected  {step}\n")), "{out}");
    assert!(out.contains(&format!("\n  but came  {came}")), "{out}");
    assert!(out.ends_with("\n1 of 1 failed\n"), "{out}");
}

fn says(mut stream: TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    // Until the other side is gone.
    let _ = stream.read_to_end(&mut Vec::new());
}

fn says_hello(stream: TcpStream) {
    says(stream, b"hello\n");
}

fn says_nothing(stream: TcpStream) {
    says(stream, b"");
}

/// Lines without an end.
fn babbles(mut stream: TcpStream) {
    while stream.write_all(b"babble\n").is_ok() {}
}

/// Ends without having read: a reset.
fn tears_away(stream: TcpStream) {
    let _ = stream.peek(&mut [0]);
    drop(stream);
}

#[test]
fn another_line_is_shown_with_what_was_received_before() {
    let script = "# Why.\nanna connects\nanna gets: hello\nanna gets: *, anna\nanna gets: x";
    let serve = |stream| says(stream, b"hello\nhow are you, anna\nfine \x1b[2J\xff\r\n");
    let played = play_against(serve, script);
    let expected = "FAIL  example.chat\n  Why.\n  at example.chat:5\n  expected  anna gets: x\n  \
                    but came  fine \\x1b[2J\\xff\\r\n  anna had received\n    hello\n    \
                    how are you, anna\n    fine \\x1b[2J\\xff\\r\n1 of 1 failed\n";
    assert_eq!((played.code, played.out.as_str()), (1, expected));
}

#[test]
fn what_a_variable_stands_for_is_told() {
    let serve = |stream| says(stream, b"id 7\nid 8\n");
    let played = play_against(serve, "anna connects\nanna gets: id $id\nanna gets: id $id");
    let told = "  expected  anna gets: id $id\n              where $id is 7\n  but came  id 8\n";
    assert!(played.out.contains(told), "{}", played.out);
    let other = play_against(serve, "anna connects\nanna gets: id $id\nanna gets: x $id2");
    assert!(!other.out.contains("where"), "{}", other.out);
}

#[test]
fn the_round_is_told_and_where_names_count_it_they_tell_it() {
    let serve = |stream| says(stream, b"1\n2\n");
    let one = "anna connects\nrepeat 2 times\n    anna gets: 1";
    let told = "  expected  anna gets: 1\n              where $round is 2\n";
    let played = play_against(serve, one);
    assert!(played.out.contains(told), "{}", played.out);
    let many = "repeat 2 times\n    p$round connects\n    p$round gets: $round";
    let played = play_against(serve, many);
    let told = "  expected  p2 gets: 2\n  but came  1\n";
    assert!(played.out.contains(told), "{}", played.out);
}

#[test]
fn only_the_last_lines_are_shown() {
    let script = "anna connects\nrepeat 100 times\n    anna gets: babble\nanna gets: x";
    let played = play_against(babbles, script);
    assert!(
        played.out.contains("    (89 lines, and then)\n"),
        "{}",
        played.out
    );
    assert_eq!(played.out.matches("    babble\n").count(), 12);
}

#[test]
fn an_empty_line_is_told_as_one() {
    check(
        |stream| says(stream, b"\n"),
        "anna connects\nanna gets: x",
        2,
        "an empty line",
        "",
    );
}

#[test]
fn nothing_is_told_with_how_long_it_was_waited_for() {
    let script = "deadline 40 ms\nanna connects\nanna gets: x";
    check(says_nothing, script, 3, "nothing for 40 ms", "");
    let script = "anna connects\nanna gets nothing for 2 s";
    check_came(says_hello, script, 2, "hello\n");
    let serve = |stream| says(stream, b"y\nx");
    let script = "anna connects\nanna gets: y\ndeadline 40 ms\nanna gets: x";
    check(serve, script, 4, "nothing for 40 ms but half a line:", " x");
}

#[test]
fn a_skip_ends_though_lines_keep_coming() {
    let script = "anna connects\nanna gets: babble\ndeadline 40 ms\nanna skips to: x";
    check(babbles, script, 4, "no such line for 40 ms", "");
    let script = "anna connects\nanna gets: babble\ndeadline 40 ms\nanna skips to the end";
    check(babbles, script, 4, "no end for 40 ms", "");
}

#[test]
fn an_end_and_a_reset_are_told_apart() {
    let script = "anna connects\nanna gets: x";
    check(drop, script, 2, "the end of the connection", "");
    let half = |mut stream: TcpStream| {
        let _ = stream.write_all(b"x");
    };
    check(
        half,
        script,
        2,
        "the end of the connection after half a line:",
        " x",
    );
    check(
        half,
        "anna connects\nanna gets the end",
        2,
        "the end of the connection after half a line:",
        " x",
    );
    let script = "anna connects\nanna sends: x\nanna gets the end";
    check(tears_away, script, 3, "a reset of the connection", "");
}

#[test]
fn a_line_without_an_end_is_given_up() {
    let serve = |mut stream: TcpStream| while stream.write_all(&[b'a'; 1 << 16]).is_ok() {};
    expect_documented("a line without an end:");
    let script = "deadline 30 s\nanna connects\nanna gets: x";
    check_came(serve, script, 3, "a line without an end: \\{a*400} … (");
}

#[test]
fn a_line_before_the_fence_is_shown() {
    let fence = "fence sends: PING\nfence gets: PONG\nanna connects\nanna gets nothing";
    check_came(
        says_hello,
        fence,
        4,
        "hello\n              before the fence's answer, PONG\n",
    );
    expect_documented("before the fence's answer,");
}

#[test]
fn what_of_a_set_is_still_to_come_is_shown() {
    let set = "anna connects\nanna gets in any order:\n  a\n  b\n  c*";
    let Played { code, out, .. } = play_against(|stream| says(stream, b"b\nx\n"), set);
    let came = "  but came  x\n              still to come: a\n              still to come: c*\n";
    assert!(code == 1 && out.contains(came), "{out}");
    expect_documented("still to come:");
}

#[test]
fn a_part_that_became_a_line_is_shown() {
    check_came(
        says_hello,
        "anna connects\nanna gets part: hello?",
        2,
        "hello\n",
    );
}

#[test]
fn whoever_finds_nobody_to_connect_to_is_told() {
    expect_documented("no connection:");
    let folder = Folder::new();
    folder.write("example.chat", "anna connects");
    let out = folder.play(&["example.chat", "--server", NOBODY]).out;
    assert!(
        out.contains("  but came  no connection: connection refused\n"),
        "{out}"
    );
}

#[test]
fn sending_into_nothing_is_told() {
    let script = "anna connects\nrepeat 1000000 times\n    anna sends: x";
    let Played { code, out, .. } = play_against(tears_away, script);
    assert!(
        code == 1 && out.contains("  but came  the connection was gone\n"),
        "{out}"
    );
    expect_documented("the connection was gone");
    let script = "deadline 40 ms\nanna connects\nanna sends bytes: \\{x*16000000}";
    let waits = |stream: TcpStream| {
        let _ = TcpListener::bind("127.0.0.1:0").expect("a port").accept();
        drop(stream);
    };
    check_came(waits, script, 3, "the server took no more for 40 ms\n");
    expect_documented("the server took no more for 40 ms");
}

#[test]
fn a_reset_that_cannot_be_made_is_told() {
    let script = "deadline 40 ms\nanna connects\nanna resets";
    check_came(
        says_nothing,
        script,
        3,
        "nothing came to anna for 40 ms that could be left unread",
    );
    expect_documented("nothing came to anna for 40 ms that could be left unread");
}

#[test]
fn another_end_of_lines_than_is_expected_is_told() {
    let hello = |stream| says(stream, b"hello\r\n");
    expect_documented("which fits if");
    check_came(
        hello,
        "anna connects\nanna gets: hello\n",
        2,
        "hello\\r\n              which fits if `lines end with \\r\\n`\n",
    );
    check_came(
        hello,
        "anna connects\nanna gets: hullo\n",
        2,
        "hello\\r\n  anna had",
    );
}

#[track_caller]
fn check_command(command: &str, came: &str) {
    let folder = Folder::new();
    folder.write("example.chat", "anna connects\nanna gets: x");
    let Played { code, out, .. } = folder.play(&["example.chat", "--server-command", command]);
    assert!(code == 1 && out.contains(came), "{out}");
}

#[test]
fn a_server_that_does_not_come_up_is_told() {
    expect_documented("the server ended before it was ready:");
    check_command(
        "echo no luck >&2; exit 3",
        "  expected  a server to play against\n  \
         but came  the server ended before it was ready: exit status: 3\n            no luck\n",
    );
    expect_documented("the server was not ready within 10 s: nobody can connect at {port}");
    check_command(
        "tail -f /dev/null",
        "  but came  the server was not ready within 10 s: nobody can connect at {port}\n",
    );
}

#[test]
fn the_last_words_of_a_server_are_shown() {
    expect_documented("the server had ended:");
    let ends = "python3 -c 'import os, socket, sys; \
                anna = socket.create_server((\"127.0.0.1\", int(os.environ[\"PORT\"]))).accept(); \
                sys.exit(\"tired\")'";
    check_command(
        ends,
        "  anna had received nothing\n  the server had ended: exit status: 1\n  tired\n",
    );
}

#[test]
fn a_server_that_lives_has_no_last_words() {
    let folder = Folder::new();
    folder.write("example.chat", "anna connects\nanna gets: x");
    let out = folder
        .play(&["example.chat", "--server-command", CLASSROOM])
        .out;
    assert!(
        out.ends_with("    Welcome! What is your name?\n1 of 1 failed\n"),
        "{out}"
    );
}
