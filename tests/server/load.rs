//! Too slow and too much: it costs whoever does it, and nobody else.

use super::*;
use chalktalk::server::Rate;
use chalktalk_tests::harness::Lines;
use std::io::Write;
use std::thread;
use std::time::Duration;

/// Says so much that no kernel holds it for one who does not read.
const MUCH_BYTES: usize = 16 * 1024 * 1024;
const SAY_BYTES: usize = 15 * 1024;

/// Says much, and sees all of it.
fn say_much(speaker: &mut Client) {
    let text = ".".repeat(SAY_BYTES);
    for n in 0..MUCH_BYTES / SAY_BYTES {
        speaker.send(&format!("SAY {}", &text[n % 2..]));
        speaker.skip_to("SAID *");
    }
}

#[test]
fn all_who_stall_together_are_closed_together() {
    let server = serve(patient());
    let mut slow: Vec<_> = (0..30).map(|n| server.join(&format!("slow{n}"))).collect();
    let mut anna = server.join("anna");
    say_much(&mut anna);
    let mut left: Vec<_> = (0..30).map(|n| format!(" slow{n} too-slow")).collect();
    while !left.is_empty() {
        anna.send("SAY is anybody here?");
        anna.send("WHO");
        let here = anna.fence();
        left.retain(|name| {
            here.iter()
                .any(|line| line.ends_with(name.trim_end_matches(" too-slow")))
        });
    }
    slow.iter_mut()
        .for_each(|one| drop(one.expect_bye("too-slow")));
}

#[test]
fn who_asks_too_fast_is_answered_later_and_loses_nothing() {
    let server = serve(Limits {
        requests: Some(Rate {
            burst: 5,
            interval: Duration::from_millis(1),
        }),
        ..Limits::default()
    });
    let (mut anna, mut fast) = (server.join("anna"), server.join("fast"));
    let lines: String = (0..300).map(|n| format!("@{n} SAY {n}\n")).collect();
    fast.send_raw(lines.as_bytes());
    for n in 0..300 {
        fast.skip_to(&format!("@{n} OK *"));
        anna.skip_to(&format!("SAID * fast {n}"));
    }
}

#[test]
fn who_asks_too_fast_for_too_long_is_closed_and_reads_why() {
    let server = serve(Limits {
        requests: Some(Rate {
            burst: 10,
            interval: Duration::from_millis(50),
        }),
        debt_max: Duration::from_millis(200),
        ..patient()
    });
    let mut fast = server.join("fast");
    // Most of it is unread when it is closed: without care that would be a reset.
    fast.send_raw(&b"SAY too fast\n".repeat(5000));
    fast.expect_bye("too-fast");
}

#[test]
fn a_hundred_thousand_lines_and_then_the_end() {
    let server = serve(lifted());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    let sender = anna.stream().try_clone().expect("a second handle");
    let sends = thread::spawn(move || {
        let lines: String = (0..100_000).map(|n| format!("SAY {n}\n")).collect();
        (&sender)
            .write_all(lines.as_bytes())
            .expect("the server reads");
        sender
            .shutdown(std::net::Shutdown::Write)
            .expect("a connection");
    });
    let sees = thread::spawn(move || {
        bert.take_to("LEFT * anna quit")
            .iter()
            .filter(|line| line.starts_with("SAID "))
            .count()
    });
    let lines = anna.expect_bye("quit");
    let said = lines
        .iter()
        .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
    assert!(said.eq(0..100_000));
    assert_eq!(sees.join().expect("who reads"), 100_000);
    sends.join().expect("who sends");
}

#[test]
fn thirty_who_flood_leave_room_for_one_who_talks() {
    let server = serve(Limits::default());
    let mut anna = server.join("anna");
    let floods: Vec<_> = (0..30).map(|n| server.join(&format!("f{n}"))).collect();
    for flood in &floods {
        let stream = flood.stream().try_clone().expect("a second handle");
        thread::spawn(move || while (&stream).write_all(&b"SAY flood\n".repeat(1000)).is_ok() {});
    }
    for n in 0..10 {
        anna.send(&format!("@{n} SAY {n}"));
        anna.skip_to(&format!("@{n} OK *"));
    }
}

#[test]
fn who_sends_without_an_end_before_a_name_is_not_read_on() {
    let server = serve(lifted());
    let mut endless = server.connect();
    // Whoever does not stop is cut off; the reason may be lost on the way.
    let sent = endless.try_send_raw(&b"a".repeat(100 * 1024 * 1024));
    assert!(sent.is_err());
    server.join("anna");
}
