//! What sentences find that more than one person, or the server's process, is needed for: each against a server that is
//! right and one that is not.

use crate::failures::expect_documented;
use crate::{Folder, Played, play_against, server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};

/// Answers each line with `ok` and has, by its second argument, one fault at most.
const SERVER: &str = r#"
import os, socket, sys, threading
fault, kept = sys.argv[2], []
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=128)

def serve(connection):
    with connection, connection.makefile("rb") as lines:
        for line in lines:
            if fault == "hoards": kept.append(b"x" * 40_000_000)
            if fault == "leaks": kept.append(connection.dup())
            connection.sendall(b"ok\n")

def stop():
    sys.stdin.read()
    if fault != "stays": os._exit(3 if fault == "fails" else 0)

threading.Thread(target=stop, daemon=True).start()
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
"#;

fn play_with(fault: &str, script: &str) -> Played {
    let folder = Folder::new();
    folder.write("server.py", SERVER);
    folder.write("example.chat", script);
    let command = format!("exec python3 server.py {{port}} {fault}");
    folder.play(&["example.chat", "--server-command", &command])
}

#[track_caller]
fn expect_ok(played: &Played) {
    assert_eq!(
        (played.code, played.out.as_str()),
        (0, "ok    example.chat\n"),
        "{}",
        played.err
    );
}

/// It fails at this line, and what came begins with a documented phrase.
#[track_caller]
fn expect_failure(played: &Played, line: usize, phrase: &str, rest: &str) {
    let Played { code, out, .. } = played;
    let place = format!("  at example.chat:{line}\n");
    assert!(*code == 1 && out.contains(&place), "{out}");
    assert!(
        out.contains(&format!("  but came  {phrase}{rest}\n")),
        "{out}"
    );
    if !phrase.is_empty() {
        expect_documented(phrase);
    }
}

/// Each line of a connection, without its end.
fn lines(stream: &TcpStream) -> impl Iterator<Item = String> + use<> {
    let stream = stream.try_clone().expect("a second handle");
    BufReader::new(stream).lines().map_while(Result::ok)
}

/// Nobody is answered before two have spoken.
fn answers_two(mut stream: TcpStream) {
    static TWO: Barrier = Barrier::new(2);
    for line in lines(&stream) {
        TWO.wait();
        let _ = writeln!(stream, "{line}!");
    }
}

#[test]
fn what_is_said_at_once_waits_for_nobody() {
    let both = "anna and ben connect\nat once:\n  anna and ben send: hi\n  \
                anna gets: $a!\n  ben gets: $b!\nanna and ben close\n";
    expect_ok(&play_against(answers_two, both));
    let next = "deadline 40 ms\nanna and ben connect\nanna sends: hi\nanna gets: hi!\n";
    let came = "nothing for 2 s".replace("2 s", "40 ms");
    assert!(play_against(answers_two, next).out.contains(&came));
}

fn echoes(mut stream: TcpStream) {
    for line in lines(&stream) {
        let _ = writeln!(stream, "{line}");
    }
}

#[test]
fn all_that_is_done_at_once_is_done_when_it_goes_on() {
    let script = "at once:\n  repeat 2 times\n    p$round connects\n    p$round sends: $round\n\
                  at once:\n  p1 gets: $x\n  p2 gets: $y\np1 sends: $x and $y\np1 gets: 1 and 2\n";
    expect_ok(&play_against(echoes, script));
    let script = "anna and ben connect\nat once:\n  anna sends: a\n  ben sends: b\n  \
                  ben gets: a\n  anna gets: a\nanna sends: b";
    let played = play_against(echoes, script);
    expect_failure(&played, 5, "", "b");
    let received = "  anna had received\n    a\n  ben had received\n    b\n";
    assert!(played.out.contains(received), "{}", played.out);
}

/// Lets in whose line is the first, and sends the others away.
fn lets_in(mut stream: TcpStream, most: usize, taken: &Mutex<Vec<String>>) {
    let Some(name) = lines(&stream).next() else {
        return;
    };
    let _ = stream.write_all(if admits(&name, most, taken) {
        b"in\n"
    } else {
        b"out\n"
    });
    lines(&stream).for_each(drop);
}

fn admits(name: &str, most: usize, taken: &Mutex<Vec<String>>) -> bool {
    let mut taken = taken.lock().expect("nobody has panicked");
    taken.push(name.to_owned());
    taken.len() <= most
}

#[test]
fn one_of_several_gets_in() {
    static TAKEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let script = "anna, ben and carl connect\nat once:\n  anna, ben and carl send: x\n\
                  one of anna, ben and carl gets: in\n$other gets: out\n$one half-closes\n\
                  $one gets the end\n$other closes\nanna connects\nanna closes\n";
    expect_ok(&play_against(|stream| lets_in(stream, 1, &TAKEN), script));
}

#[test]
fn that_two_get_in_is_shown() {
    static TAKEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let script = "anna and ben connect\nanna and ben send: x\none of anna and ben gets: in";
    let played = play_against(|stream| lets_in(stream, 2, &TAKEN), script);
    let each = "\n              to anna: in\n              to ben: in";
    expect_failure(&played, 3, "to 2 of 2 a line that fits", each);
    // Both lines come together.
    let twice = |mut stream: TcpStream| {
        for line in lines(&stream) {
            let _ = stream.write_all(format!("{line}\n{line}\n").as_bytes());
        }
    };
    let script = "anna and ben connect\nanna sends: in\nanna gets: in\ndeadline 40 ms\n\
                  one of anna and ben gets: in";
    let out = play_against(twice, script).out;
    assert!(
        out.contains("  but came  to ben: nothing for 40 ms\n"),
        "{out}"
    );
}

/// Answers the first, and tears the second away.
fn tears_the_second_away(mut stream: TcpStream) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let _ = stream.peek(&mut [0]);
    if COUNT.fetch_add(1, Ordering::SeqCst) == 0 {
        let _ = stream.write_all(b"in\n");
        lines(&stream).for_each(drop);
    }
}

#[test]
fn that_the_other_was_torn_away_is_seen_behind() {
    let script = "anna and ben connect\nanna sends: x\nanna sends: y\nben sends: x\n\
                  one of anna and ben gets: in\n$other gets the end";
    let played = play_against(tears_the_second_away, script);
    expect_failure(&played, 6, "a reset of the connection", "");
}

fn counts(mut stream: TcpStream) {
    for line in lines(&stream) {
        (1..=3).for_each(|n| drop(writeln!(stream, "{n}{}", if n == 2 { &line } else { "" })));
    }
}

#[test]
fn lines_that_are_the_same_are_told_from_those_that_are_not() {
    let script = "anna and ben connect\nanna sends: x\nben sends: x\n\
                  anna and ben get the same 3 lines\nanna sends: y\nanna gets: 1\n";
    expect_ok(&play_against(counts, script));
    let script =
        "anna and ben connect\nanna sends: x\nben sends: y\nanna and ben get the same 3 lines";
    let each = "\n              to anna: 2x\n              to ben: 2y";
    let played = play_against(counts, script);
    let phrase = "line 2 of 3 is not the same:";
    assert!(
        played
            .out
            .contains(&format!("  but came  {phrase}{each}\n")),
        "{}",
        played.out
    );
    expect_documented("line 7 of 40 is not the same:");
}

/// Says this to the first line, and ends.
fn ends(mut stream: TcpStream, said: &[u8]) {
    let _ = lines(&stream).next();
    let _ = stream.write_all(said);
}

#[test]
fn half_a_line_at_the_end_is_found() {
    let script = "anna connects\nanna sends: x\nanna gets only: hi * to the end\nanna connects\n";
    let whole = |stream| ends(stream, b"hi a\nhi b\n");
    expect_ok(&play_against(whole, script));
    let half = play_against(|stream| ends(stream, b"hi a\nhi"), script);
    expect_failure(
        &half,
        3,
        "the end of the connection after half a line:",
        " hi",
    );
    let other = play_against(|stream| ends(stream, b"hi a\nho b\n"), script);
    expect_failure(&other, 3, "", "ho b");
}

#[test]
fn a_server_that_takes_no_more_is_right_where_that_is_said() {
    let closes = |stream: TcpStream| drop(stream.peek(&mut [0]));
    let reads_nothing = |stream: TcpStream| {
        let _open = stream;
        answers_nobody();
    };
    let far = "deadline 40 ms\nanna connects\nrepeat 4 times\n  \
               anna sends bytes, as far as it is taken: \\{x*4000000}\n";
    expect_ok(&play_against(closes, far));
    expect_ok(&play_against(reads_nothing, far));
    let sure = far.replace(", as far as it is taken", "");
    assert_eq!(play_against(closes, &sure).code, 1);
    assert_eq!(play_against(reads_nothing, &sure).code, 1);
}

/// Until the test is over.
fn answers_nobody() {
    let _ = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .accept();
}

#[test]
fn a_character_can_come_in_two_pieces() {
    let script =
        "anna connects\nanna sends bytes: 3 \\xe2\\x82\nanna sends: \\xac\nanna gets: 3 €\n";
    expect_ok(&play_against(echoes, script));
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_server_uses_more_is_found() {
    let grown = "anna connects\nanna sends: x\nanna gets: ok\nthe server's memory has grown by at most 16 MB\n";
    expect_ok(&play_with("right", grown));
    let Played { code, out, .. } = play_with("hoards", grown);
    assert!(code == 1 && out.contains(" MB more\n"), "{out}");
    expect_documented("17 MB more");

    let left = "deadline 4 s\nrepeat 20 times\n  p$round connects\n  p$round sends: x\n  p$round gets: ok\n  \
                p$round closes\nthe server has at most 5 descriptors more than when ready\n";
    expect_ok(&play_with("right", left));
    let Played { code, out, .. } = play_with("leaks", &left.replace("4 s", "400 ms"));
    assert!(
        code == 1 && out.contains(" descriptors more, after 400 ms\n"),
        "{out}"
    );
    expect_documented("9 descriptors more, after 2 s");
}

#[test]
fn what_cannot_be_looked_at_is_neither_right_nor_wrong() {
    let folder = Folder::new();
    let text = "anna connects\nthe server's memory has grown by at most 1 MB\nanna sends: x\n";
    folder.write("a.chat", &format!("{text}anna gets: x\n"));
    folder.write("b.chat", &format!("{text}anna gets: y\n"));
    let at = server(echoes).to_string();
    let Played { code, out, .. } = folder.play(&["a.chat", "--server", &at]);
    assert!(
        out.starts_with("skip  a.chat: a.chat:2: not looked: "),
        "{out}"
    );
    assert!(
        code == 1 && out.ends_with("nothing is proved: 1 of 1 skipped\n"),
        "{out}"
    );
    let out = folder.play(&["b.chat", "--server", &at]).out;
    assert!(out.starts_with("FAIL  b.chat\n  at b.chat:4\n"), "{out}");
}

#[test]
fn a_server_is_asked_to_stop_and_ends() {
    let stops = "anna connects\nthe server is asked to stop\nanna skips to the end\nthe server has ended with 0\n";
    expect_ok(&play_with("right", stops));
    expect_failure(
        &play_with("fails", stops),
        4,
        "the server has ended with",
        " exit status: 3",
    );
    let stays = play_with(
        "stays",
        "deadline 40 ms\nthe server is asked to stop\nthe server has ended with 0\n",
    );
    assert!(
        stays
            .out
            .contains("  but came  the server still ran after 40 ms\n"),
        "{}",
        stays.out
    );
    expect_documented("the server still ran after 40 ms");
    let folder = Folder::new();
    folder.write("example.chat", stops);
    expect_ok(&folder.play(&["example.chat"]));
}

#[test]
fn one_failure_of_several_times_is_a_failure() {
    let folder = Folder::new();
    folder.write("server.py", SERVER);
    folder.write(
        "example.chat",
        "anna connects\nthe server is asked to stop\nthe server has ended with 0\n",
    );
    let command = "echo >>n; exec python3 server.py {port} $(test $(wc -l <n) = 2 && echo fails || echo right)";
    let times = [
        "example.chat",
        "--jobs",
        "1",
        "--times",
        "3",
        "--server-command",
        command,
    ];
    let Played { code, out, .. } = folder.play(&times);
    assert!(
        out.starts_with("FAIL  example.chat: 1 of 3\n  at example.chat:3\n"),
        "{out}"
    );
    assert_eq!(code, 1);
    let Played { code, out, .. } = folder.play(&times);
    assert_eq!((code, out.as_str()), (0, "ok    example.chat: 3 times\n"));
}

#[test]
fn a_race_that_was_not_seen_is_not_ok() {
    let folder = Folder::new();
    folder.write(
        "a.chat",
        "this is a race\nanna connects\nanna sends: x\nanna gets: x\n",
    );
    folder.write(
        "b.chat",
        "this is a race\nanna connects\nanna sends: x\nanna gets: y\n",
    );
    let at = server(echoes).to_string();
    let all = ["--server", &at, "--times", "4", "--junit", "out.xml"];
    let Played { code, out, .. } = folder.play(&[&["a.chat"][..], &all].concat());
    assert_eq!(
        (code, out.as_str()),
        (0, "race  a.chat: not seen in 4 rounds\n")
    );
    let xml = folder.read("out.xml");
    assert!(
        xml.contains(r#"<skipped message="not seen in 4 rounds"/>"#),
        "{xml}"
    );
    let out = folder.play(&[&["b.chat"][..], &all].concat()).out;
    assert!(out.starts_with("FAIL  b.chat: 4 of 4\n"), "{out}");
}

#[test]
fn a_variable_can_be_set_from_outside() {
    let folder = Folder::new();
    folder.write(
        "a.chat",
        "anna connects\nanna sends: a $mark\nanna gets: a \\#\n",
    );
    let at = server(echoes).to_string();
    let set = |mark| {
        folder
            .play(&["a.chat", "--server", &at, "--set", mark])
            .code
    };
    assert_eq!(set("mark=#$x*"), 1);
    assert_eq!(set("mark=#"), 0);
    assert_eq!(set("mork=#"), 2);
}

#[test]
fn a_server_that_harms_the_run_harms_itself_alone() {
    let folder = Folder::new();
    folder.write(
        "example.chat",
        "deadline 40 ms\nanna connects\nanna gets: x\n",
    );
    let stops = "python3 -c 'import os, signal, socket, sys; \
                 socket.create_server((\"127.0.0.1\", int(sys.argv[1]))).accept(); \
                 os.kill(0, signal.SIGSTOP)' {port}";
    for command in [
        "kill -KILL $PPID; tail -f /dev/null",
        "exec sh -c 'kill -KILL $PPID'",
        stops,
    ] {
        let Played { code, out, .. } = folder.play(&["example.chat", "--server-command", command]);
        assert!(
            code == 1 && out.ends_with("1 of 1 failed\n"),
            "{command}: {out}"
        );
    }
}

/// Takes a little now and then, and never all.
fn nibbles(mut stream: TcpStream) {
    let (_never, comes) = std::sync::mpsc::channel::<()>();
    while stream.read(&mut [0; 1000]).is_ok_and(|count| count > 0) {
        let _ = comes.recv_timeout(std::time::Duration::from_millis(1));
    }
}

#[test]
fn a_server_that_takes_a_little_now_and_then_holds_nobody_up() {
    let script = "deadline 300 ms\nanna connects\nanna sends bytes: \\{x*16000000}";
    let Played { code, out, .. } = play_against(nibbles, script);
    assert!(
        code == 1 && out.contains("  but came  the server took no more for 300 ms\n"),
        "{out}"
    );
}
