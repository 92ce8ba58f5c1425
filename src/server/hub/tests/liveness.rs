//! Silence: when one is asked, and when it means something.

use super::house::House;
use crate::server::limits::Limits;
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
        1000000 s pass
        anna> SAY back again
        anna< SAID b.4 1000040000 lobby anna back again
        20 s pass
        anna< PING 1000060
        1000000 s pass
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

#[test]
fn after_a_long_pause_of_the_clock_nobody_is_closed_twice() {
    let mut house = House::with("anna bert", Limits::default());
    house.act_and_forget("cleo opens");
    house.act_and_forget("anna> PONG");
    house.story(
        "
        100000 s pass
        anna< LEFT b.7 100000000 lobby anna timed-out
        anna< BYE timed-out nothing was heard of you
        bert< LEFT b.7 100000000 lobby anna timed-out
        bert< PING 100000
        cleo< BYE name-late no name was given in time
        100000 s pass
        ",
    );
}
