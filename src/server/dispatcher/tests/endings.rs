//! How a connection ends: what is still sent, and that the reason is the last of it.

use super::*;
use crate::wire::{Code, Fault};

/// Lines, together more than fits, none of which ends where a buffer of the kernel does.
fn much() -> impl Iterator<Item = Vec<u8>> {
    (0..MORE_THAN_FITS / 10_007).map(|number| line(&number.to_string(), 10_007))
}

/// When somebody is closed who has not read what was said.
#[derive(Clone, Copy)]
enum When {
    InThatRound,
    AfterIt,
    /// The dispatcher does it.
    Never,
}

impl Fixture {
    fn close(&self, far: &Far, code: Code) {
        self.dispatcher
            .enter(|hub, out, now| hub.close(far.id(), Fault::new(code, "be kind"), now, out));
    }

    /// Says it all at once, and closes her. Gives what was said.
    fn say_much_and_close(&self, far: &Far, code: &Code, when: When) -> Vec<u8> {
        self.dispatcher.enter(|hub, out, now| {
            much().for_each(|line| {
                out.to_room(LOBBY, |bytes| bytes.extend(line));
            });
            if let When::InThatRound = when {
                hub.close(far.id(), Fault::new(code.clone(), "be kind"), now, out);
            }
        });
        if let When::AfterIt = when {
            self.close(far, code.clone());
        }
        much().flatten().collect()
    }
}

/// She was sent some whole lines of what was said, not all, and then the reason.
#[track_caller]
fn expect_cut(far: Far, said: &[u8], bye: &str) {
    let all = far.rest();
    let sent = all.strip_suffix(bye);
    let sent = sent.unwrap_or_else(|| panic!("it ends with {:?}", all.lines().last()));
    assert!(sent.is_empty() || sent.ends_with('\n'), "a line is cut");
    assert!(said.starts_with(sent.as_bytes()), "something is missing");
    assert!(sent.len() < said.len(), "all was sent");
}

#[cfg_attr(windows, ignore = "a write is taken whole there while any of it fits")]
#[test]
fn one_that_is_slow_gets_the_line_it_has_begun_and_the_reason() {
    for when in [When::AfterIt, When::InThatRound] {
        let fixture = Fixture::new(patient());
        let (mut bert, anna) = (fixture.join_blind("bert"), fixture.join("anna"));
        let said = fixture.say_much_and_close(&anna, &Code::KICKED, when);
        fixture.fence(&mut bert);
        expect_cut(anna, &said, "BYE kicked be kind\n");
    }
}

#[test]
fn one_that_quits_gets_all_that_it_was_slow_to_read() {
    for when in [When::AfterIt, When::InThatRound] {
        let fixture = Fixture::new(patient());
        let mut anna = fixture.join("anna");
        let said = fixture.say_much_and_close(&anna, &Code::QUIT, when);
        anna.expect(&said);
        let rest = anna.rest();
        let ends = rest.starts_with("LEFT ") && rest.ends_with("BYE quit be kind\n");
        assert!(ends, "{rest}");
    }
}

#[cfg_attr(windows, ignore = "a write is taken whole there while any of it fits")]
#[test]
fn a_line_that_was_begun_is_finished_even_where_no_more_is_kept() {
    let too_slow = "BYE too-slow you did not read what was sent to you\n";
    for (code, when, bye) in [
        (Code::TOO_SLOW, When::Never, too_slow),
        (Code::KICKED, When::InThatRound, "BYE kicked be kind\n"),
        (Code::QUIT, When::InThatRound, "BYE quit be kind\n"),
    ] {
        let fixture = Fixture::new(Limits {
            slow_bytes_max: 0,
            ..patient()
        });
        let anna = fixture.join("anna");
        let said = fixture.say_much_and_close(&anna, &code, when);
        expect_cut(anna, &said, bye);
    }
}

#[test]
fn after_a_gap_comes_nothing_but_the_reason() {
    let fixture = Fixture::new(patient());
    let mut anna = fixture.join("anna");
    fixture.say(b"before\n");
    anna.expect(b"before\n");
    // More waited than may, and then it caught up before the hub was told.
    assert!(anna.peer.give_up());
    fixture.say(b"after\n");
    fixture.close(&anna, Code::TOO_SLOW);
    assert_eq!(anna.rest(), "BYE too-slow be kind\n");
}

#[cfg_attr(windows, ignore = "a write is taken whole there while any of it fits")]
#[test]
fn a_peer_that_breaks_off_while_it_is_behind_has_left() {
    let fixture = Fixture::new(patient());
    let anna = fixture.join("anna");
    let mut bert = fixture.join("bert");
    fixture.say(&line("much", MORE_THAN_FITS));
    bert.take_to("\n");
    // With something unread: a reset.
    drop(anna.stream);
    bert.take_to(" lobby anna lost\n");
    assert_eq!(anna.peer.backlog_bytes(), 0);
}

#[cfg_attr(windows, ignore = "no error waits at the socket there, only at a read")]
#[test]
fn a_reader_that_pays_sees_that_its_peer_has_broken_off() {
    let fixture = Fixture::new(patient());
    let mut anna = fixture.join("anna");
    fixture.say(b"first\n");
    anna.take_to("first\n");
    fixture.say(b"unread\n");
    anna.stream.peek(&mut [0]).unwrap();
    let (peer, (done, paid)) = (Arc::clone(&anna.peer), channel());
    thread::spawn(move || done.send(peer.pay(Duration::from_secs(60 * 60)).is_err()));
    drop(anna.stream);
    assert_eq!(paid.recv_timeout(DEADLINE), Ok(true));
}

#[test]
fn the_end_wakes_a_reader_that_pays() {
    let fixture = Fixture::new(patient());
    let anna = fixture.join("anna");
    let (peer, (done, paid)) = (Arc::clone(&anna.peer), channel());
    thread::spawn(move || {
        done.send(peer.pay(Duration::from_secs(60 * 60)).is_ok())
            .unwrap();
    });
    fixture.close(&anna, Code::KICKED);
    assert_eq!(paid.recv_timeout(DEADLINE), Ok(true));
}

#[test]
fn one_that_quits_and_has_taken_all_is_not_held_as_long_as_one_that_is_slow() {
    let limits = Limits {
        linger_max: Duration::ZERO,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let mut anna = fixture.join("anna");
    let mut inbound = anna.inbound();
    let (done, cut) = channel();
    thread::spawn(move || done.send(inbound.read()));
    fixture.close(&anna, Code::QUIT);
    anna.take_to("BYE quit be kind\n");
    // She stays; her reader sees the end because she is cut.
    fixture.dispatcher.tick();
    assert_eq!(cut.recv_timeout(DEADLINE), Ok(true));
}
