//! What the operator does, and sees, and what the log is told.

use super::house::House;
use crate::server::limits::Limits;
use crate::server::outgoing::Unread;

#[test]
fn who_is_kicked_is_told_why_and_so_is_the_room() {
    let mut house = House::with("anna bert cleo", Limits::default());
    house.story(
        r"
        kick Anna shouting\at people
        anna< LEFT b.10 0 lobby anna kicked shouting\\at people
        anna< BYE kicked shouting\\at people
        bert cleo< LEFT b.10 0 lobby anna kicked shouting\\at people
        kick anna
        kick< (nobody)
        kick bert
        bert< LEFT b.11 0 lobby bert kicked
        bert< BYE kicked by the operator
        cleo< LEFT b.11 0 lobby bert kicked
        cleo> WHO
        cleo< WHO lobby cleo
        ",
    );
    assert_eq!(house.closed["anna"], Unread::Dropped);
}

#[test]
fn an_announcement_reaches_every_room_and_nobody_twice() {
    let mut house = House::with("anna bert cleo", Limits::default());
    house.act_and_forget("dora opens");
    house.sends("bert", "JOIN maths");
    house.sends("cleo", "JOIN art");
    house.story(
        "
        announce tea is ready
        anna bert cleo< NOTICE b.16 0 * tea is ready
        anna> SAY oh
        anna< SAID b.17 0 lobby anna oh
        ",
    );
}

#[test]
fn when_the_server_stops_everybody_is_told_of_that_alone() {
    let mut house = House::with("anna bert", Limits::default());
    house.act_and_forget("cleo opens");
    house.sends("bert", "JOIN maths");
    house.story(
        "
        stop
        anna bert cleo< BYE stopping good night
        anna> SAY too late
        anna< (gone)
        anna ends
        stop
        dora opens
        dora< (refused: stopping)
        ",
    );
    assert_eq!(house.hub.connections(), 0);
    assert!(house.closed.values().all(|unread| *unread == Unread::Sent));
}

#[test]
fn the_operator_sees_who_is_where_and_from_where_in_order_of_name() {
    let mut house = House::with("bert Anna", Limits::default());
    house.act_and_forget("cleo opens from 2001:db8::1");
    house.sends("cleo", "NAME cleo");
    house.sends("bert", "JOIN maths");
    house.act_and_forget("nobody opens");
    let seen = house.hub.everybody();
    let seen: Vec<_> = seen
        .map(|(name, room, address)| format!("{name} {room} {address}"))
        .collect();
    assert_eq!(
        seen,
        [
            "Anna lobby 192.0.2.1",
            "bert maths 192.0.2.1",
            "cleo lobby 2001:db8::1"
        ]
    );
    assert_eq!(house.hub.connections(), 4);
}

#[test]
fn the_log_is_told_who_came_and_went_and_never_what_was_said() {
    let mut house = House::with("anna", Limits::default());
    house.come("bert");
    for line in [
        "SAY a secret",
        "TELL bert a secret",
        "TOPIC a secret",
        "JOIN maths",
        "NAME Anna",
    ] {
        house.sends("anna", line);
    }
    house.sends("anna", "QUIT a secret");
    house.sends("bert", "QUIT");
    house.story(
        "
        cleo opens
        cleo< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        60 s pass
        cleo< BYE name-late no name was given in time
        ",
    );
    let told: Vec<_> = house.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "anna came from 192.0.2.1",
            "bert came from 192.0.2.1",
            "anna moved to maths",
            "anna is now Anna",
            "Anna left (quit) from 192.0.2.1",
            "bert left (quit) from 192.0.2.1",
            "closed 192.0.2.1 before a name (name-late)",
        ]
    );
}
