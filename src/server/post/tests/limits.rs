//! What a slow peer may cost: it is bounded for each and for all, and only the peer itself is closed for it.

use super::*;

const TOO_SLOW: &str = "BYE too-slow you did not read what was sent to you\n";

#[test]
fn where_no_courier_can_be_had_only_that_peer_is_closed() {
    let office = Office::open(patient(), no_couriers);
    let (anna, mut bert) = (office.join("anna"), office.join("bert"));
    office.tell(&anna, &line("much", MORE_THAN_FITS));
    bert.take_to(" lobby anna too-slow\n");
    office.say(b"later\n");
    bert.expect(b"later\n");
    assert_eq!(office.people(), 1);
    assert_eq!(anna.peer.waiting_bytes(), 0);
}

#[test]
fn a_full_outbox_closes_the_peer() {
    let limits = Limits {
        slow_bytes_max: 100_000,
        ..patient()
    };
    let office = Office::open(limits, couriers);
    let (anna, mut bert) = (office.join("anna"), office.join("bert"));
    office.tell(&anna, &line("much", MORE_THAN_FITS));
    for _ in 0..3 {
        office.tell(&anna, &line("more", 50_000));
    }
    bert.take_to(" lobby anna too-slow\n");
    assert!(anna.peer.waiting_bytes() <= MORE_THAN_FITS);
    assert!(anna.rest().ends_with(TOO_SLOW));
}

#[test]
fn of_all_that_are_slow_the_largest_goes_and_the_others_stay() {
    static COURIERS: Couriers = Couriers::new();
    let much = line("much", MORE_THAN_FITS);
    // What anna has besides is too much; what the couriers have in hand is not.
    let limits = Limits {
        slow_bytes_all_max: 3 * much.len() + 1_000_000,
        ..patient()
    };
    let office = Office::open(limits, |name, run| COURIERS.start(&name, run));
    let mut others = ["bert", "carl"].map(|name| office.join(name));
    let (anna, mut dora) = (office.join("anna"), office.join("dora"));
    for far in [&others[0], &others[1], &anna] {
        office.tell(far, &much);
    }
    COURIERS.wait_for(3);
    office.tell(&anna, &line("more", 2_000_000));
    dora.take_to(" lobby anna too-slow\n");
    // Each is a round in which another could go.
    for _ in 0..10 {
        office.say(b"later\n");
        dora.expect(b"later\n");
    }
    for far in &mut others {
        far.take_to("much");
        far.take_to(&"later\n".repeat(10));
    }
    assert!(anna.rest().ends_with(TOO_SLOW));
    assert_eq!(office.people(), 3);
}

#[test]
fn what_those_who_left_have_not_read_costs_nobody_who_reads() {
    static COURIERS: Couriers = Couriers::new();
    let much = line("much", MORE_THAN_FITS);
    let limits = Limits {
        slow_bytes_all_max: 2 * much.len() - 1_000_000,
        ..patient()
    };
    let office = Office::open(limits, |name, run| COURIERS.start(&name, run));
    let (anna, bert) = (office.join("anna"), office.join("bert"));
    let mut carl = office.join("carl");
    // They leave in one round with what is too much for both together.
    office.post.enter(|hub, out, now| {
        for far in [&anna, &bert] {
            out.to_one(far.id(), Some(LOBBY), |bytes| bytes.extend(&much));
            hub.gone(far.id(), crate::wire::Code::QUIT, now, out);
        }
    });
    COURIERS.wait_for(2);
    for _ in 0..10 {
        office.say(b"later\n");
        carl.take_to("later\n");
    }
    assert_eq!(office.people(), 1);
}

#[test]
fn what_waits_is_counted_while_it_waits() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let (mut anna, mut bert) = (office.join("anna"), office.join("bert"));
    anna.take_to(" lobby bert\n");
    office
        .post
        .enter(|_, out, _| out.unsubscribe(bert.id(), LOBBY));
    let much = line("much", MORE_THAN_FITS);
    office.say(&much);
    COURIERS.wait_for(1);
    office.say(&much);
    office.tell(&anna, &much);
    office.fence(&mut bert);
    let all = || {
        office
            .post
            .means
            .couriered
            .load(std::sync::atomic::Ordering::Relaxed)
    };
    // A run in the courier's hand is pinned whole.
    assert!(
        (3 * much.len()..4 * much.len()).contains(&all()),
        "{}",
        all()
    );
    assert_eq!(anna.peer.waiting_bytes(), all());
    for _ in 0..3 {
        anna.expect(&much);
    }
    COURIERS.wait_for_end();
    assert_eq!((anna.peer.waiting_bytes(), all()), (0, 0));
}

#[test]
fn one_that_takes_not_a_byte_for_too_long_is_closed_however_little_waits() {
    let limits = Limits {
        stall_max: Duration::from_millis(20),
        ..patient()
    };
    let office = Office::open(limits, couriers);
    let (anna, mut bert) = (office.join("anna"), office.join("bert"));
    office.tell(&anna, &line("much", MORE_THAN_FITS));
    bert.take_to(" lobby anna too-slow\n");
    assert_eq!(office.people(), 1);
}
