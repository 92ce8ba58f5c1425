//! Lines as they come: in any pieces, of any bytes, and cut off.

use super::*;
use chalktalk_tests::harness::Lines;

/// The longest line, LF included.
const LINE_BYTES_MAX: usize = 16 * 1024;

#[test]
fn one_can_chat_by_hand() {
    let server = serve(Limits::default());
    let mut anna = server.connect();
    anna.expect("CHALKTALK 1 open * NAME * HELP *");
    anna.send("NAME anna");
    anna.expect("WELCOME * * * anna * SAY * HELP *");
    anna.expect("ROOM * * lobby 1");
    anna.expect("HISTORY lobby 0");
    anna.expect("END lobby");
    anna.expect("CAME * * lobby anna");
    anna.send("say hello, everyone");
    anna.expect("SAID * * lobby anna hello, everyone");
    anna.send("HELP");
    assert!(anna.fence().iter().any(|line| line.starts_with("HELP SAY")));
    anna.send("QUIT bye");
    anna.expect("LEFT * * lobby anna quit bye");
    anna.expect("BYE quit *");
    anna.expect_end();
}

#[test]
fn it_is_the_same_in_one_piece_and_byte_by_byte() {
    let said = "\u{feff}NAME anna\r\nSAY héllo 😀 \u{a0}\n@1 WHO\n\n@2 say \\n\\u{0}\n@3 JOIN maths\nQUIT\n";
    let mut answers = [said.len(), 1, 2, 7].map(|piece| {
        let server = serve(lifted());
        let mut client = server.connect();
        for bytes in said.as_bytes().chunks(piece) {
            client.send_raw(bytes);
        }
        client
            .rest()
            .iter()
            .map(|line| plain(line))
            .collect::<Vec<_>>()
    });
    answers[0].retain(|line| !line.is_empty());
    assert!(
        answers[0].contains(&"SAID lobby anna héllo 😀 \u{a0}".into()),
        "{answers:#?}"
    );
    assert!(answers[0].contains(&"@2 OK".into()), "{answers:#?}");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:#?}"
    );
}

#[test]
fn many_lines_in_one_piece_are_answered_in_order() {
    let server = serve(lifted());
    let mut anna = server.join("anna");
    let lines: String = (0..5000)
        .map(|n| format!("@{n} SAY number {n}\n"))
        .collect();
    let sender = anna.stream().try_clone().expect("a second handle");
    let sender = std::thread::spawn(move || {
        std::io::Write::write_all(&mut &sender, lines.as_bytes()).expect("the server reads");
    });
    for n in 0..5000 {
        anna.expect(&format!("@{n} OK *"));
        anna.expect(&format!("SAID * * lobby anna number {n}"));
    }
    sender.join().expect("the sender");
}

/// This line is answered with the code, and the connection lives on.
#[track_caller]
fn check(client: &mut Client, line: &[u8], code: &str) {
    client.send_raw(line);
    client.send_raw(b"\n");
    client.expect(&format!("ERROR {code} *"));
    assert_eq!(client.fence(), [""; 0], "{}", line.escape_ascii());
}

#[test]
fn a_bad_line_is_answered_and_costs_nothing_else() {
    let server = serve(lifted());
    let mut anna = server.join("anna");
    let anna = &mut anna;
    for empty in ["", "\r"] {
        check(anna, empty.as_bytes(), "empty-line");
    }
    for control in [
        "\0",
        "\u{1b}[2J",
        "\u{7f}",
        "\u{9b}",
        "\u{2028}",
        "\u{2029}",
        "\ra",
        "\ta",
        "\r\r",
    ] {
        for line in [
            format!("SAY a{control}"),
            format!("NAME a{control}"),
            format!("@{control} WHO"),
            format!("X{control}"),
        ] {
            check(anna, line.as_bytes(), "control-character");
        }
    }
    let not_utf8: [&[u8]; 6] = [
        b"\x80",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
    ];
    for bytes in not_utf8 {
        check(anna, &[b"SAY ", bytes].concat(), "not-utf8");
        check(anna, bytes, "not-utf8");
    }
    for escape in [
        "\\",
        "\\x",
        "\\N",
        "\\u",
        "\\u{",
        "\\u{}",
        "\\u{41}",
        "\\u{a}",
        "\\u{00}",
        "\\u{1F}",
        "\\u{110000}",
        "\\u{d800}",
        "\\\\\\",
    ] {
        check(anna, format!("SAY {escape}").as_bytes(), "bad-escape");
    }
    for number in [
        "-1",
        "+1",
        "01",
        "18446744073709551616",
        &format!("1{}", "0".repeat(400)),
        "١",
        "1.",
        "0x1",
        "1e3",
    ] {
        check(anna, format!("HISTORY {number}").as_bytes(), "bad-number");
    }
    for verb in ["SAYX hi", "hello", "GREET", "é", &"V".repeat(9000)] {
        check(anna, verb.as_bytes(), "unknown-verb");
    }
    for tag in [
        "@",
        "@ WHO",
        "@a",
        "@é WHO",
        "@a_b WHO",
        &format!("@{} WHO", "a".repeat(33)),
    ] {
        check(anna, tag.as_bytes(), "bad-tag");
    }
    for short in [
        "SAY",
        "SAY ",
        "TELL anna",
        "TELL anna ",
        "NAME",
        "JOIN",
        "TELL  anna hi",
        "NAME  anna",
        "REPLAY",
    ] {
        check(anna, short.as_bytes(), "missing-field");
    }
    for long in [
        "NAME a b",
        "WHO a b",
        "ROOMS a",
        "HELP SAY",
        "JOIN a b",
        &"HISTORY 1".replace('1', &"1 ".repeat(5000)),
    ] {
        check(anna, long.as_bytes(), "extra-field");
    }
    check(
        anna,
        format!("SAY {}", "a".repeat(15 * 1024 + 1)).as_bytes(),
        "text-too-long",
    );
}

#[test]
fn a_line_of_the_limit_is_a_line_and_one_byte_more_is_the_end() {
    let server = serve(lifted());
    let longest = |end: &str| format!("WHO {}{end}", "x".repeat(LINE_BYTES_MAX - 5 - end.len()));
    for end in ["", "😀"] {
        let mut anna = server.connect();
        anna.expect("CHALKTALK *");
        anna.send("NAME anna");
        anna.send(&longest(end));
        anna.skip_to("ERROR bad-room *");
        anna.send("QUIT");
        anna.expect_bye("quit");
        // One more, and two; with an end and without.
        for more in ["x\n", "xx\n", "x", "xx\r\n"] {
            let mut bert = server.connect();
            bert.send("NAME bert");
            bert.send_raw(longest(end).as_bytes());
            bert.send_raw(more.as_bytes());
            bert.expect_bye("line-too-long");
        }
    }
}

#[test]
fn a_character_cut_by_the_limit_makes_no_difference() {
    let server = serve(lifted());
    let mut anna = server.join("anna");
    let line = format!("WHO {}😀", "x".repeat(LINE_BYTES_MAX - 6));
    anna.send(&line);
    anna.expect_bye("line-too-long");
}

#[test]
fn at_the_end_of_the_input_what_was_asked_is_answered_and_half_a_line_is_not() {
    let server = serve(lifted());
    let mut bert = server.join("bert");
    let mut anna = server.join("anna");
    anna.send_raw(b"@1 SAY whole\n@2 WHO\n@3 SAY half");
    anna.half_close();
    let lines: Vec<_> = anna
        .expect_bye("quit")
        .iter()
        .map(|line| plain(line))
        .collect();
    let expected = [
        "@1 OK",
        "SAID lobby anna whole",
        "@2 WHO lobby anna",
        "@2 WHO lobby bert",
        "@2 OK",
        "LEFT lobby anna quit",
    ];
    assert_eq!(lines, expected);
    bert.expect("CAME * * lobby anna");
    bert.expect("SAID * * lobby anna whole");
    bert.expect("LEFT * * lobby anna quit");
    assert_eq!(bert.fence(), [""; 0]);
}

#[test]
fn half_a_line_waits_for_its_other_half_and_for_nobody_else() {
    let server = serve(lifted());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    anna.send_raw(b"SAY first ha");
    bert.send("SAY meanwhile");
    bert.expect("SAID * * lobby bert meanwhile");
    anna.send_raw(b"lf, second half\n");
    bert.expect("SAID * * lobby anna first half, second half");
}
