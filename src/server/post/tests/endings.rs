//! How a connection ends: what is still sent, and that the reason is the last of it.

use super::*;
use crate::server::outgoing::Outgoing;
use crate::wire::Code;

const BYE: &str = "BYE kicked be kind\n";

/// Lines, together more than fits, none of which ends where a buffer of the kernel does.
fn much() -> impl Iterator<Item = Vec<u8>> {
    (0..MORE_THAN_FITS / 10_007).map(|number| line(&number.to_string(), 10_007))
}

impl Office {
    /// Says it all at once, and gives it.
    fn say_much(&self) -> Vec<u8> {
        self.post.enter(|_, out, _| say_much(out))
    }

    fn close(&self, far: &Far, code: Code) {
        self.post
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
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let (mut bert, anna) = (office.join_blind("bert"), office.join("anna"));
    let said = office.say_much();
    COURIERS.wait_for(1);
    office.close(&anna, Code::KICKED);
    office.fence(&mut bert);
    expect_cut(anna, &said, BYE);
    COURIERS.wait_for_end();
}

#[test]
fn one_that_stalls_in_its_last_round_does_too() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let anna = office.join("anna");
    let said = office.post.enter(|hub, out, now| {
        let said = say_much(out);
        hub.close(anna.id(), Code::KICKED, "be kind", now, out);
        said
    });
    COURIERS.wait_for(1);
    expect_cut(anna, &said, BYE);
}

#[test]
fn one_that_quits_gets_all_that_it_was_slow_to_read() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let mut anna = office.join("anna");
    let said = office.say_much();
    COURIERS.wait_for(1);
    office.close(&anna, Code::QUIT);
    anna.expect(&said);
    let rest = anna.rest();
    assert!(
        rest.starts_with("LEFT ") && rest.ends_with("BYE quit be kind\n"),
        "{rest}"
    );
}

#[test]
fn one_that_quits_and_stalls_in_its_last_round_does_too() {
    let office = Office::open(patient(), couriers);
    let mut anna = office.join("anna");
    let said = office.post.enter(|hub, out, now| {
        let said = say_much(out);
        hub.close(anna.id(), Code::QUIT, "be kind", now, out);
        said
    });
    anna.expect(&said);
    assert!(anna.rest().ends_with("BYE quit be kind\n"));
}

#[test]
fn a_line_that_was_begun_is_finished_even_where_no_more_is_kept() {
    static COURIERS: Couriers = Couriers::new();
    let nothing = Limits {
        slow_bytes_max: 0,
        ..patient()
    };
    let office = Office::open(nothing, |name, run| COURIERS.start(&name, run));
    let anna = office.join("anna");
    let said = office.say_much();
    COURIERS.wait_for(1);
    expect_cut(
        anna,
        &said,
        "BYE too-slow you did not read what was sent to you\n",
    );
}

#[test]
fn and_in_its_last_round_too_whatever_it_is_closed_for() {
    static COURIERS: Couriers = Couriers::new();
    let nothing = Limits {
        slow_bytes_max: 0,
        ..patient()
    };
    for (closed, code) in [Code::KICKED, Code::QUIT].into_iter().enumerate() {
        let office = Office::open(nothing.clone(), |name, run| COURIERS.start(&name, run));
        let anna = office.join("anna");
        let said = office.post.enter(|hub, out, now| {
            let said = say_much(out);
            hub.close(anna.id(), code.clone(), "be kind", now, out);
            said
        });
        COURIERS.wait_for(closed + 1);
        expect_cut(anna, &said, &format!("BYE {code} be kind\n"));
    }
}

#[test]
fn after_a_gap_comes_nothing_but_the_reason() {
    let office = Office::open(patient(), couriers);
    let mut anna = office.join("anna");
    office.say(b"before\n");
    anna.expect(b"before\n");
    // More waited than may, and then its courier caught up before the hub was told.
    anna.peer.outbox().give_up();
    office.say(b"after\n");
    office.close(&anna, Code::TOO_SLOW);
    assert_eq!(anna.rest(), "BYE too-slow be kind\n");
}

#[test]
fn a_peer_that_breaks_off_while_its_courier_writes_has_left() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let anna = office.join("anna");
    let mut bert = office.join("bert");
    office.say_from_another_thread(&line("much", MORE_THAN_FITS));
    bert.take_to("\n");
    COURIERS.wait_for(1);
    // With something unread: a reset.
    drop(anna.stream);
    bert.take_to(" lobby anna lost\n");
    COURIERS.wait_for_end();
    assert_eq!(anna.peer.waiting_bytes(), 0);
}

#[test]
fn the_end_wakes_a_reader_that_pays() {
    let office = Office::open(patient(), couriers);
    let anna = office.join("anna");
    let (peer, (done, paid)) = (Arc::clone(&anna.peer), channel());
    thread::spawn(move || {
        peer.pay(Duration::from_secs(60 * 60));
        done.send(()).unwrap();
    });
    office.close(&anna, Code::KICKED);
    assert_eq!(paid.recv_timeout(DEADLINE), Ok(()));
}
