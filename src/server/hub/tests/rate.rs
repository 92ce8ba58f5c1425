//! The rate of requests: a burst, then so many a second, paid by waiting.

use std::time::Duration;

use super::super::Bucket;
use super::house::House;
use crate::server::limits::{Limits, Rate};

/// Anna, who has rested.
fn rested(limits: Limits) -> House {
    let mut house = House::with("anna", limits);
    house.act_and_forget("10 s pass");
    house
}

/// How many requests of no weight are handled before one has to wait, and for how long that has to.
fn handled(house: &mut House) -> (u32, String) {
    handled_of(house, "anna")
}

fn handled_of(house: &mut House, name: &str) -> (u32, String) {
    for count in 0..1000 {
        let told = house.sends(name, "PONG");
        if !told.is_empty() {
            return (count, told);
        }
    }
    panic!("there is no limit")
}

#[test]
fn thirty_at_once_then_five_a_second() {
    let mut house = rested(Limits::default());
    assert_eq!(handled(&mut house), (30, "anna< (owes 200 ms)\n".into()));
    house.story(
        "
        150 ms pass
        anna> SAY too early
        anna< (owes 50 ms)
        50 ms pass
        anna> SAY in time
        anna< SAID b.4 10200 lobby anna in time
        anna> SAY too early
        anna< (owes 200 ms)
        1 s pass
        ",
    );
    assert_eq!(handled(&mut house), (5, "anna< (owes 200 ms)\n".into()));
    house.act_and_forget("6 s pass");
    assert_eq!(handled(&mut house), (30, "anna< (owes 200 ms)\n".into()));
}

#[test]
fn lines_that_are_refused_cost_the_same_and_others_pay_for_themselves() {
    let mut house = rested(Limits::default());
    house.come("bert");
    for _ in 0..30 {
        assert!(
            house
                .sends("anna", "nonsense")
                .starts_with("anna< ERROR unknown-verb")
        );
    }
    house.story(
        "
        anna> nonsense
        anna< (owes 200 ms)
        bert> SAY hi
        anna bert< SAID b.7 10000 lobby bert hi
        ",
    );
}

#[test]
fn a_long_answer_costs_one_more_for_each_four_thousand_and_ninety_six_bytes() {
    let mut house = rested(Limits::default());
    house.come("bert");
    for _ in 0..7 {
        house.sends("bert", &format!("SAY {}", "a".repeat(2000)));
    }
    let bytes = house
        .sends("anna", "HISTORY")
        .lines()
        .map(|line| line.len() - "anna< ".len() + 1)
        .sum::<usize>();
    assert!((3 * 4096..4 * 4096).contains(&bytes), "{bytes}");
    assert_eq!(handled(&mut house).0, 30 - 4);
    house.act_and_forget("10 s pass");
    house.sends("anna", "JOIN maths");
    house.sends("anna", "JOIN lobby");
    assert_eq!(
        handled(&mut house).0,
        30 - 1 - 4,
        "what one is shown on entering is an answer too"
    );
}

#[test]
fn the_history_that_comes_with_a_name_costs_nothing() {
    let mut house = rested(Limits::default());
    house.come("bert");
    let before = handled_of(&mut house, "bert").0;
    for _ in 0..7 {
        house.sends("anna", &format!("SAY {}", "a".repeat(8000)));
    }
    house.come("carl");
    assert_eq!(handled_of(&mut house, "carl").0, before);
}

#[test]
fn what_goes_to_others_is_not_the_senders_answer() {
    let mut house = rested(Limits::default());
    house.come("bert");
    for _ in 0..20 {
        house.sends("anna", &format!("SAY {}", "a".repeat(8000)));
    }
    assert_eq!(handled(&mut house).0, 10);
}

#[test]
fn who_is_in_debt_for_a_minute_on_end_is_closed() {
    let mut house = rested(Limits::default());
    let (_, owes) = handled(&mut house);
    assert_eq!(owes, "anna< (owes 200 ms)\n");
    // Each time it may go on it does, and at once wants more.
    for _ in 0..(60_000 / 200 - 1) {
        house.act_and_forget("200 ms pass");
        assert_eq!(house.sends("anna", "PONG"), "");
        assert_eq!(house.sends("anna", "PONG"), "anna< (owes 200 ms)\n");
    }
    house.story(
        "
        200 ms pass
        anna> PONG
        anna> PONG
        anna< (gone)
        anna< LEFT b.4 70000 lobby anna too-fast
        anna< BYE too-fast more requests than the server bears
        ",
    );
}

#[test]
fn who_has_sent_no_more_than_was_handled_is_in_debt_no_longer() {
    let mut house = rested(Limits::default());
    handled(&mut house);
    for _ in 0..2 {
        for _ in 0..(40_000 / 200) {
            house.act_and_forget("200 ms pass");
            house.sends("anna", "PONG");
            house.sends("anna", "PONG");
        }
        house.act_and_forget("anna has no more");
    }
    assert_eq!(house.sends("anna", "PONG"), "anna< (owes 200 ms)\n");
}

#[test]
fn who_waits_for_us_is_not_silent() {
    let a_second = Duration::from_secs(1);
    let limits = Limits {
        requests: Some(Rate {
            burst: 30,
            interval: a_second,
        }),
        answer_bytes_per_request: 10,
        ..Limits::default()
    };
    let mut house = House::with("anna", limits);
    house.act_and_forget("19 s pass");
    house.sends("anna", "HELP");
    let owes = house.sends("anna", "PONG");
    let seconds = owes
        .strip_prefix("anna< (owes ")
        .and_then(|rest| rest.strip_suffix("000 ms)\n"));
    let seconds: u64 = seconds.expect("a debt").parse().unwrap();
    assert!(seconds > 20, "longer than silence is borne: {owes}");
    assert_eq!(house.act_and_tell(&format!("{seconds} s pass")), "");
    assert_eq!(house.act_and_tell("19 s pass"), "");
    assert!(house.act_and_tell("1 s pass").starts_with("anna< PING "));
}

#[test]
fn without_a_rate_nobody_waits() {
    let mut house = rested(Limits::default().lifted());
    for _ in 0..500 {
        assert_eq!(house.sends("anna", "PONG"), "");
    }
}

#[test]
fn a_bucket_gives_a_burst_then_one_an_interval() {
    let rate = Rate {
        burst: 3,
        interval: Duration::from_millis(200),
    };
    let mut bucket = Bucket::default();
    let start = Duration::from_secs(100);
    for _ in 0..3 {
        assert_eq!(bucket.wait(rate, start), Duration::ZERO);
        bucket.take(1, rate, start);
    }
    assert_eq!(bucket.wait(rate, start), Duration::from_millis(200));
    assert_eq!(
        bucket.wait(rate, start + Duration::from_millis(150)),
        Duration::from_millis(50)
    );
    bucket.take(5, rate, start);
    assert_eq!(bucket.wait(rate, start), Duration::from_millis(1200));
    assert!(bucket.is_full(start + Duration::from_millis(1600)));
    assert!(!bucket.is_full(start + Duration::from_millis(1599)));
}
