//! Silence: when one is asked, and when it means something.

use std::time::Duration;

use super::house::House;
use crate::server::limits::{Limits, Rate};
use crate::server::outgoing::Unread;

fn anna() -> House {
    House::with("anna", Limits::default())
}

#[test]
fn who_never_answered_is_asked_once_for_each_silence_and_left_alone() {
    anna().story(
        "
        19999 ms pass
        1 ms pass
        anna< PING 20
        20 s pass
        10000 s pass
        anna> SAY back again
        anna< SAID b.4 10040000 lobby anna back again
        20 s pass
        anna< PING 10060
        10000 s pass
        ",
    );
}

#[test]
fn who_has_answered_and_then_falls_silent_is_closed() {
    let mut house = anna();
    house.come("bert");
    house.story(
        "
        20 s pass
        anna bert< PING 20
        anna> PONG 20
        20 s pass
        anna< PING 40
        39999 ms pass
        1 ms pass
        anna< LEFT b.7 80000 lobby anna timed-out
        anna< BYE timed-out nothing was heard of you
        bert< LEFT b.7 80000 lobby anna timed-out
        ",
    );
    assert_eq!(house.closed["anna"], Unread::Dropped);
}

#[test]
fn anything_that_is_heard_ends_a_silence() {
    let mut house = anna();
    house.act_and_forget("anna> PONG");
    for _ in 0..10 {
        assert_eq!(house.act_and_tell("19 s pass"), "");
        house.hear("anna", 1);
    }
    for _ in 0..10 {
        assert!(house.act_and_tell("20 s pass").starts_with("anna< PING "));
        assert_eq!(house.act_and_tell("39 s pass"), "");
        assert!(house.sends("anna", "nonsense").starts_with("anna< ERROR "));
    }
    assert_eq!(house.hub.connections(), 1);
}

#[test]
fn who_has_no_name_is_not_asked() {
    let mut house = House::new(Limits::default());
    house.act_and_forget("anna opens");
    house.act_and_forget("anna> PONG");
    assert_eq!(house.act_and_tell("59 s pass"), "");
    assert!(
        house
            .act_and_tell("1 s pass")
            .starts_with("anna< BYE name-late")
    );
}

/// Ticks are half a second apart.
fn impatient(people: &str) -> House {
    let limits = Limits {
        ping_after: Duration::from_secs(2),
        silence_max: Duration::from_secs(6),
        ..Limits::default()
    };
    House::with(people, limits)
}

#[test]
fn while_the_server_was_stopped_nobody_was_silent() {
    let mut house = impatient("anna bert cleo");
    // Anna has answered before, and bert is asked again when the server is stopped.
    house.act_and_forget("anna> PONG");
    house.act_and_forget("bert> PONG");
    house.act_and_forget("1 s pass");
    house.hear("anna", 1);
    house.act_and_forget("cleo> PONG");
    house.story(
        "
        1 s pass
        bert< PING 2
        7 s without us
        500 ms pass
        anna cleo< PING 9
        bert> PONG 2
        2 s pass
        bert< PING 11
        1500 ms pass
        cleo> PONG 9
        500 ms pass
        anna< LEFT b.10 13500 lobby anna timed-out
        anna< BYE timed-out nothing was heard of you
        bert cleo< LEFT b.10 13500 lobby anna timed-out
        ",
    );
}

#[test]
fn who_is_really_silent_goes_in_its_time_however_often_the_server_was_stopped() {
    let mut house = impatient("anna");
    house.act_and_forget("anna> PONG");
    // Each time half a second counts, as between any two ticks.
    for _ in 0..11 {
        house.act_and_forget("7 s without us");
        assert_eq!(house.hub.connections(), 1);
    }
    house.act_and_forget("7 s without us");
    assert_eq!(house.hub.connections(), 0);
}

#[test]
fn a_tick_that_is_a_little_late_is_an_ordinary_tick() {
    let mut house = impatient("anna");
    house.act_and_forget("anna> PONG");
    for _ in 0..8 {
        house.jump(Duration::from_millis(750));
    }
    assert_eq!(house.hub.connections(), 0);
}

#[test]
fn while_the_server_was_stopped_no_name_could_be_given() {
    let mut house = impatient("");
    house.act_and_forget("anna opens");
    house.act_and_forget("59 s pass");
    house.act_and_forget("bert opens");
    house.story(
        "
        100 s without us
        anna> PING still here
        anna< PONG still here
        500 ms pass
        anna< BYE name-late no name was given in time
        58 s pass
        bert> NAME bert
        bert< WELCOME b.1 217500 * bert To speak: SAY hello everyone. HELP lists the rest.
        bert< ROOM b.2 217500 lobby 1
        bert< HISTORY lobby 0
        bert< END lobby
        bert< CAME b.3 217500 lobby bert
        ",
    );
}

#[test]
fn what_came_after_the_server_went_on_is_not_in_the_future() {
    let mut house = impatient("anna");
    house.act_and_forget("anna> PONG");
    house.now.monotonic += Duration::from_secs(100);
    house.hear("anna", 1);
    assert_eq!(house.act_and_tell("1 s without us"), "");
    assert_eq!(house.act_and_tell("500 ms pass"), "");
    house.act_and_forget("5 s pass");
    assert_eq!(house.hub.connections(), 1);
    house.act_and_forget("500 ms pass");
    assert_eq!(house.hub.connections(), 0);
}

#[test]
fn while_the_server_was_stopped_no_debt_could_be_paid() {
    let limits = Limits {
        requests: Some(Rate {
            burst: 1,
            interval: Duration::from_secs(1),
        }),
        answer_bytes_per_request: 1,
        ..Limits::default()
    };
    let mut house = House::with("anna", limits);
    house.act_and_forget("1000 s pass");
    house.act_and_forget("anna> HELP");
    // Of each absence half a second counts.
    for action in [
        "1 s without us",
        "70 s without us",
        "58 s pass",
        "500 ms pass",
    ] {
        let owes = house.sends("anna", "PONG");
        assert!(owes.starts_with("anna< (owes "), "{owes}");
        house.act_and_forget(action);
    }
    let owes = house.sends("anna", "PONG");
    assert!(owes.starts_with("anna< (owes "), "{owes}");
    house.act_and_forget("500 ms pass");
    let told = house.sends("anna", "PONG");
    assert!(
        told.ends_with("BYE too-fast more requests than the server bears\n"),
        "{told}"
    );
}
