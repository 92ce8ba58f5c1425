//! Whoever has not said who they are is cheap, and does not stay.

use super::*;
use chalktalk::server::Rate;
use chalktalk_tests::harness::Lines;
use std::time::Duration;

#[test]
fn silence_ends_after_a_while() {
    let limits = Limits {
        name_deadline: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = serve(limits);
    let mut silent = server.connect();
    assert_eq!(silent.expect_bye("name-late").len(), 1);
}

#[test]
fn to_go_on_sending_is_no_help() {
    let limits = Limits {
        name_deadline: Duration::from_millis(200),
        unnamed_lines_max: u32::MAX,
        unnamed_bytes_max: usize::MAX,
        ..lifted()
    };
    let server = serve(limits);
    let mut busy = server.connect();
    busy.expect("CHALKTALK *");
    loop {
        let sent = busy.try_send_raw(b"PING\n");
        match busy.next_line() {
            Some(line) if line == "PONG" => sent.expect("it is open"),
            line => {
                assert!(line.is_some_and(|line| line.starts_with("BYE name-late ")));
                break;
            }
        }
    }
}

#[test]
fn ten_thousand_short_lines_end_after_eight() {
    let server = serve(lifted());
    let mut client = server.connect();
    let _ = client.try_send_raw(&b"\n".repeat(4000));
    let lines = client.expect_bye("too-much-unnamed");
    assert_eq!(lines.len(), 1 + 8);
    assert!(
        lines[1..]
            .iter()
            .all(|line| line.starts_with("ERROR empty-line "))
    );
}

#[test]
fn ten_megabytes_without_an_end_are_not_read() {
    let server = serve(lifted());
    let mut endless = server.connect();
    let _ = endless.try_send_raw(&b"a".repeat(5000));
    endless.expect_bye("too-much-unnamed");
    // Whoever does not stop is cut off; the reason may be lost on the way.
    let mut endless = server.connect();
    let sent = endless.try_send_raw(&b"a".repeat(100 * 1024 * 1024));
    assert!(sent.is_err());
    server.join("anna");
}

#[test]
fn another_protocol_is_told_so() {
    let server = serve(lifted());
    let firsts: [&[u8]; 5] = [
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for first in firsts {
        for piece in [first.len(), 1] {
            let mut client = server.connect();
            for bytes in first.chunks(piece) {
                let _ = client.try_send_raw(bytes);
            }
            let greeting = client.expect_bye("foreign-protocol");
            assert_eq!(greeting.len(), 1, "{}", first.escape_ascii());
        }
    }
}

#[test]
fn nothing_is_done_before_a_name_but_what_may_be() {
    let server = serve(lifted());
    let mut anna = server.connect();
    anna.expect("CHALKTALK *");
    for verb in [
        "SAY hi",
        "TELL bert hi",
        "JOIN maths",
        "TOPIC tea",
        "WHO",
        "ROOMS",
        "HISTORY",
    ] {
        anna.send(&format!("@1 {verb}"));
        anna.expect("@1 ERROR name-first *");
    }
    anna.send("@2 NAME anna");
    anna.expect("@2 OK *");
    anna.skip_to("CAME * * lobby anna");
    anna.send("@3 NAME anna");
    anna.expect("@3 ERROR no-change *");
    anna.send("@4 NAME dora");
    anna.expect("@4 OK *");
    anna.expect("RENAMED * * lobby anna dora");
}

#[test]
fn help_a_fence_and_a_goodbye_need_no_name() {
    let server = serve(lifted());
    let mut guest = server.connect();
    guest.expect("CHALKTALK *");
    guest.send("HELP");
    assert!(guest.fence().len() > 10);
    guest.send("@1 REPLAY 0");
    guest.expect("@1 OK");
    guest.send("@2 QUIT");
    guest.expect("@2 OK");
    guest.expect("BYE quit *");
    guest.expect_end();
}

#[test]
fn to_end_the_input_is_to_leave() {
    let server = serve(lifted());
    let mut guest = server.connect();
    guest.half_close();
    assert_eq!(guest.expect_bye("quit").len(), 1);
}

#[test]
fn a_full_server_says_so_and_has_a_place_again_when_one_leaves() {
    let limits = Limits {
        connections_max: 2,
        ..lifted()
    };
    let server = serve(limits);
    let (mut anna, _bert) = (server.join("anna"), server.join("bert"));
    assert_eq!(server.connect().expect_bye("server-full"), [""; 0]);
    anna.send("QUIT");
    anna.expect_bye("quit");
    server.join("carl");
}

#[test]
fn the_oldest_without_a_name_makes_place_and_whoever_has_one_stays() {
    let limits = Limits {
        unnamed_per_address_max: 3,
        ..lifted()
    };
    let server = serve(limits);
    let mut anna = server.join("anna");
    let mut waiting: Vec<_> = (0..3).map(|_| server.connect()).collect();
    waiting
        .iter_mut()
        .for_each(|one| drop(one.expect("CHALKTALK *")));
    // They stay, or there would be places again.
    let mut newcomers = Vec::new();
    for oldest in &mut waiting {
        let mut newcomer = server.connect();
        newcomer.expect("CHALKTALK *");
        newcomers.push(newcomer);
        oldest.expect("BYE displaced *");
        oldest.expect_end();
    }
    assert_eq!(anna.fence(), [""; 0]);
}

#[test]
fn too_many_connects_are_told_to_wait() {
    let limits = Limits {
        connects: Some(Rate {
            burst: 5,
            interval: Duration::from_secs(60 * 60),
        }),
        ..lifted()
    };
    let server = serve(limits);
    let mut in_time: Vec<_> = (0..5).map(|_| server.connect()).collect();
    assert_eq!(server.connect().expect_bye("too-many-connects"), [""; 0]);
    for client in &mut in_time {
        client.expect("CHALKTALK *");
        assert_eq!(client.fence(), [""; 0]);
    }
}
