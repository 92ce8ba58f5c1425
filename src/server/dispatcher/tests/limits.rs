//! What a slow peer may cost: it is bounded for each and for all, and only the peer itself is closed for it.

use super::*;

const TOO_SLOW: &str = "BYE too-slow you did not read what was sent to you\n";

#[test]
fn a_full_outbox_closes_the_peer() {
    let limits = Limits {
        slow_bytes_max: 100_000,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let (anna, mut bert) = (fixture.join("anna"), fixture.join("bert"));
    fixture.tell(&anna, &line("much", MORE_THAN_FITS));
    for _ in 0..3 {
        fixture.tell(&anna, &line("more", 50_000));
    }
    bert.take_to(" lobby anna too-slow\n");
    assert!(anna.peer.backlog_bytes() <= MORE_THAN_FITS);
    assert!(anna.rest().ends_with(TOO_SLOW));
}

#[cfg_attr(windows, ignore = "a write is taken whole there while any of it fits")]
#[test]
fn of_all_that_are_slow_the_largest_goes_and_the_others_stay() {
    let much = line("much", MORE_THAN_FITS);
    // What anna has besides is too much; what all of them have waiting is not.
    let limits = Limits {
        slow_bytes_all_max: 3 * much.len() + 1_000_000,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let mut others = ["bert", "carl"].map(|name| fixture.join(name));
    let (anna, mut dora) = (fixture.join("anna"), fixture.join("dora"));
    for far in [&others[0], &others[1], &anna] {
        fixture.tell(far, &much);
    }
    fixture.tell(&anna, &line("more", 8_000_000));
    dora.take_to(" lobby anna too-slow\n");
    // Each is a round in which another could go.
    for _ in 0..10 {
        fixture.say(b"later\n");
        dora.expect(b"later\n");
    }
    for far in &mut others {
        far.take_to("much");
        far.take_to(&"later\n".repeat(10));
    }
    assert!(anna.rest().ends_with(TOO_SLOW));
    assert_eq!(fixture.people(), 3);
}

#[test]
fn the_limit_of_all_holds_after_each_round_however_many_are_slow() {
    let limits = Limits {
        slow_bytes_all_max: 20_000_000,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let mut bert = fixture.join_blind("bert");
    let slow: Vec<_> = (0..10).map(|n| fixture.join(&format!("p{n}"))).collect();
    let waiting = || {
        slow.iter()
            .map(|far| far.peer.backlog_bytes())
            .sum::<usize>()
    };
    let much = line("much", 4000).repeat(1000);
    for _ in 0..5 {
        fixture.say(&much);
        // The second is delivered when the round of the first is over.
        (0..2).for_each(|_| fixture.fence(&mut bert));
        // What was given up goes with the round that was too much; what others still take in is small.
        assert!(waiting() <= 20_000_000, "{}", waiting());
    }
}

#[test]
fn what_those_who_left_have_not_read_costs_nobody_who_reads() {
    let much = line("much", MORE_THAN_FITS);
    let limits = Limits {
        slow_bytes_all_max: 2 * much.len() - 1_000_000,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let (anna, bert) = (fixture.join("anna"), fixture.join("bert"));
    let mut carl = fixture.join("carl");
    // They leave in one round with what is too much for both together.
    fixture.dispatcher.enter(|hub, out, now| {
        for far in [&anna, &bert] {
            out.to_one(far.id(), |bytes| bytes.extend(&much));
            hub.gone(far.id(), crate::wire::Code::QUIT, now, out);
        }
    });
    for _ in 0..10 {
        fixture.say(b"later\n");
        carl.take_to("later\n");
    }
    assert_eq!(fixture.people(), 1);
}

#[test]
fn what_waits_is_bounded_in_memory_too() {
    let limits = Limits {
        slow_bytes_max: 3 * MORE_THAN_FITS,
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let (mut anna, mut bert) = (fixture.join("anna"), fixture.join_blind("bert"));
    // It is always behind, and always reads: what it has read must not be held.
    let much = line("much", MORE_THAN_FITS);
    fixture.say(&much);
    fixture.fence(&mut bert);
    for _ in 0..10 {
        fixture.say(&much);
        anna.take_to("\n");
        assert!(anna.peer.backlog_bytes() <= 3 * MORE_THAN_FITS);
    }
    anna.take_to("\n");
    assert_eq!(fixture.people(), 2);
}

#[cfg_attr(windows, ignore = "a write is taken whole there while any of it fits")]
#[test]
fn one_that_takes_not_a_byte_for_too_long_is_closed_however_little_waits() {
    let limits = Limits {
        stall_max: Duration::from_millis(20),
        ..patient()
    };
    let fixture = Fixture::new(limits);
    let (anna, mut bert) = (fixture.join("anna"), fixture.join("bert"));
    fixture.tell(&anna, &line("much", MORE_THAN_FITS));
    bert.take_to(" lobby anna too-slow\n");
    assert_eq!(fixture.people(), 1);
}
