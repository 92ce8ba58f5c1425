//! How a connection ends: what is still sent, and that the reason is the last of it.

use super::*;
use crate::server::outgoing::Outgoing;
use crate::wire::Code;

const BYE: &str = "BYE kicked be kind\n";

/// Lines, together more than fits, none of which ends where a buffer of the kernel does.
fn much() -> impl Iterator<Item = Vec<u8>> {
    (0..MORE_THAN_FITS / 10_007).map(|number| line(&number.to_string(), 10_007))
}

impl Fixture {
    /// Says it all at once, and gives it.
    fn say_much(&self) -> Vec<u8> {
        self.dispatcher.enter(|_, out, _| say_much(out))
    }

    fn close(&self, far: &Far, code: Code) {
        self.dispatcher
            .enter(|hub, out, now| hub.close(far.id(), code, "be kind", now, out));
    }
}

fn say_much(out: &mut Outgoing) -> Vec<u8> {
    much().for_each(|line| {
        out.to_room(LOBBY, |bytes| bytes.extend(line));
    });
    much().flatten().collect()
}

/// It was sent some whole lines of what was said, not all, and then the reason.
#[track_caller]
fn expect_cut(far: Far, said: &[u8], bye: &str) {
    let all = far.rest();
    let sent = all.strip_suffix(bye);
    let sent = sent.unwrap_or_else(|| panic!("it ends with {:?}", all.lines().last()));
    assert!(sent.is_empty() || sent.ends_with('\n'), "a line is cut");
    assert!(said.starts_with(sent.as_bytes()), "something is missing");
    assert!(sent.len() < said.len(), "all was sent");
}

#[test]
fn one_that_is_slow_gets_the_line_it_has_begun_and_the_reason() {
    let fixture = Fixture::new(patient());
    let (mut bert, anna) = (fixture.join_blind("bert"), fixture.join("anna"));
    let said = fixture.say_much();
    fixture.close(&anna, Code::KICKED);
    fixture.fence(&mut bert);
    expect_cut(anna, &said, BYE);
}

#[test]
fn one_that_stalls_in_its_last_round_does_too() {
    let fixture = Fixture::new(patient());
    let anna = fixture.join("anna");
    let said = fixture.dispatcher.enter(|hub, out, now| {
        let said = say_much(out);
        hub.close(anna.id(), Code::KICKED, "be kind", now, out);
        said
    });
    expect_cut(anna, &said, BYE);
}

#[test]
fn one_that_quits_gets_all_that_it_was_slow_to_read() {
    let fixture = Fixture::new(patient());
    let mut anna = fixture.join("anna");
    let said = fixture.say_much();
    fixture.close(&anna, Code::QUIT);
    anna.expect(&said);
    let rest = anna.rest();
    assert!(
        rest.starts_with("LEFT ") && rest.ends_with("BYE quit be kind\n"),
        "{rest}"
    );
}

#[test]
fn one_that_quits_and_stalls_in_its_last_round_does_too() {
    let fixture = Fixture::new(patient());
    let mut anna = fixture.join("anna");
    let said = fixture.dispatcher.enter(|hub, out, now| {
        let said = say_much(out);
        hub.close(anna.id(), Code::QUIT, "be kind", now, out);
        said
    });
    anna.expect(&said);
    assert!(anna.rest().ends_with("BYE quit be kind\n"));
}

#[test]
fn a_line_that_was_begun_is_finished_even_where_no_more_is_kept() {
    let nothing = Limits {
        slow_bytes_max: 0,
        ..patient()
    };
    let fixture = Fixture::new(nothing);
    let anna = fixture.join("anna");
    let said = fixture.say_much();
    expect_cut(
        anna,
        &said,
        "BYE too-slow you did not read what was sent to you\n",
    );
}

#[test]
fn and_in_its_last_round_too_whatever_it_is_closed_for() {
    let nothing = Limits {
        slow_bytes_max: 0,
        ..patient()
    };
    for code in [Code::KICKED, Code::QUIT] {
        let fixture = Fixture::new(nothing.clone());
        let anna = fixture.join("anna");
        let said = fixture.dispatcher.enter(|hub, out, now| {
            let said = say_much(out);
            hub.close(anna.id(), code.clone(), "be kind", now, out);
            said
        });
        expect_cut(anna, &said, &format!("BYE {code} be kind\n"));
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
