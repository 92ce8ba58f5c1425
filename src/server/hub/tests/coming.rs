//! Coming, moving and leaving: who is told what, and in which order.

use super::house::House;
use crate::server::limits::Limits;
use crate::server::outgoing::Unread;

fn house(people: &str) -> House {
    House::with(people, Limits::default())
}

#[test]
fn who_comes_in_is_told_where_it_is_and_what_was_said_before_anyone_hears_of_it() {
    let mut house = house("");
    house.story(
        "
        anna opens
        anna< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        anna> @a NAME anna
        anna< @a OK b.1
        anna< WELCOME b.1 0 * anna To speak: SAY hello everyone. HELP lists the rest.
        anna< ROOM b.2 0 lobby 1
        anna< HISTORY lobby 0
        anna< END lobby
        anna< CAME b.3 0 lobby anna
        anna> SAY is anybody here?
        anna< SAID b.4 0 lobby anna is anybody here?
        anna> TOPIC tea
        anna< TOPIC b.5 0 lobby anna tea
        bert opens from 192.0.2.2
        bert< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        anna> SAY hello?
        anna< SAID b.6 0 lobby anna hello?
        bert> NAME bert
        anna< CAME b.9 0 lobby bert
        bert< WELCOME b.7 0 * bert To speak: SAY hello everyone. HELP lists the rest.
        bert< ROOM b.8 0 lobby 2 tea
        bert< HISTORY lobby 3
        bert< SAID b.4 0 lobby anna is anybody here?
        bert< TOPIC b.5 0 lobby anna tea
        bert< SAID b.6 0 lobby anna hello?
        bert< END lobby
        bert< CAME b.9 0 lobby bert
        ",
    );
}

#[test]
fn who_moves_sees_itself_leave_and_arrive() {
    house("anna bert cleo").story(
        "
        cleo> JOIN Maths
        anna bert< LEFT b.10 0 lobby cleo moved Maths
        cleo< LEFT b.10 0 lobby cleo moved Maths
        cleo< ROOM b.11 0 Maths 1
        cleo< HISTORY Maths 0
        cleo< END Maths
        cleo< CAME b.12 0 Maths cleo
        cleo> SAY one
        cleo< SAID b.13 0 Maths cleo one
        anna> @1 JOIN maths
        anna< @1 OK b.14
        anna< LEFT b.14 0 lobby anna moved Maths
        anna< ROOM b.15 0 Maths 2
        anna< HISTORY Maths 1
        anna< SAID b.13 0 Maths cleo one
        anna< END Maths
        anna< CAME b.16 0 Maths anna
        bert< LEFT b.14 0 lobby anna moved Maths
        cleo< CAME b.16 0 Maths anna
        bert> SAY alone now
        bert< SAID b.17 0 lobby bert alone now
        ",
    );
}

#[test]
fn who_quits_is_answered_then_seen_to_leave_and_last_of_all_said_goodbye_to() {
    let mut house = house("anna bert");
    house.story(
        "
        anna> @q QUIT see you
        anna< @q OK b.7
        anna< LEFT b.7 0 lobby anna quit see you
        anna< BYE quit until next time
        bert< LEFT b.7 0 lobby anna quit see you
        anna> SAY a ghost
        anna< (gone)
        anna ends
        anna breaks
        bert> QUIT
        bert< LEFT b.8 0 lobby bert quit
        bert< BYE quit until next time
        ",
    );
    assert_eq!(house.hub.connections(), 0);
}

#[test]
fn the_end_of_input_is_a_farewell_and_a_broken_connection_is_a_loss() {
    let mut house = house("anna bert cleo");
    house.story(
        "
        anna ends
        anna< LEFT b.10 0 lobby anna quit
        anna< BYE quit until next time
        bert cleo< LEFT b.10 0 lobby anna quit
        bert breaks
        bert< LEFT b.11 0 lobby bert lost
        bert< BYE lost the connection broke
        cleo< LEFT b.11 0 lobby bert lost
        cleo> WHO
        cleo< WHO lobby cleo
        ",
    );
    let closed: Vec<_> = house.closed.values().copied().collect();
    assert_eq!(closed, [Unread::Sent, Unread::Dropped]);
}

#[test]
fn who_never_gave_a_name_leaves_unseen() {
    house("anna").story(
        "
        bert opens from 192.0.2.2
        bert< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        bert> @1 QUIT nobody hears this
        bert< @1 OK
        bert< BYE quit until next time
        cleo opens from 192.0.2.2
        cleo< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        cleo breaks
        cleo< BYE lost the connection broke
        ",
    );
}

#[test]
fn a_room_ends_with_its_last_member_and_begins_anew() {
    house("anna bert").story(
        "
        anna> JOIN maths
        anna< LEFT b.7 0 lobby anna moved maths
        anna< ROOM b.8 0 maths 1
        anna< HISTORY maths 0
        anna< END maths
        anna< CAME b.9 0 maths anna
        bert< LEFT b.7 0 lobby anna moved maths
        anna> TOPIC primes
        anna< TOPIC b.10 0 maths anna primes
        bert> ROOMS
        bert< ROOMS lobby 1
        bert< ROOMS maths 1 primes
        anna> JOIN LOBBY
        anna< LEFT b.11 0 maths anna moved lobby
        anna< ROOM b.12 0 lobby 2
        anna< HISTORY lobby 0
        anna< END lobby
        anna< CAME b.13 0 lobby anna
        bert< CAME b.13 0 lobby anna
        bert> ROOMS
        bert< ROOMS lobby 2
        bert> JOIN maths
        anna< LEFT b.14 0 lobby bert moved maths
        bert< LEFT b.14 0 lobby bert moved maths
        bert< ROOM b.15 0 maths 1
        bert< HISTORY maths 0
        bert< END maths
        bert< CAME b.16 0 maths bert
        ",
    );
}

#[test]
fn the_lobby_stays_and_keeps_its_topic_and_history_when_nobody_is_in_it() {
    house("anna").story(
        "
        anna> SAY hi
        anna< SAID b.4 0 lobby anna hi
        anna> TOPIC tea
        anna< TOPIC b.5 0 lobby anna tea
        anna> JOIN maths
        anna< LEFT b.6 0 lobby anna moved maths
        anna< ROOM b.7 0 maths 1
        anna< HISTORY maths 0
        anna< END maths
        anna< CAME b.8 0 maths anna
        anna> ROOMS
        anna< ROOMS lobby 0 tea
        anna< ROOMS maths 1
        anna> WHO lobby
        anna> JOIN lobby
        anna< LEFT b.9 0 maths anna moved lobby
        anna< ROOM b.10 0 lobby 1 tea
        anna< HISTORY lobby 2
        anna< SAID b.4 0 lobby anna hi
        anna< TOPIC b.5 0 lobby anna tea
        anna< END lobby
        anna< CAME b.11 0 lobby anna
        ",
    );
}

#[test]
fn times_are_the_walls_and_may_jump_back_while_ids_rise() {
    house("anna").story(
        "
        the wall says 1763816400250
        anna> SAY now
        anna< SAID b.4 1763816400250 lobby anna now
        the wall says 7
        anna> @1 SAY then
        anna< @1 OK b.5
        anna< SAID b.5 7 lobby anna then
        anna> HISTORY
        anna< HISTORY lobby 2
        anna< SAID b.4 1763816400250 lobby anna now
        anna< SAID b.5 7 lobby anna then
        anna< END lobby
        19 s pass
        anna> PING
        anna< PONG
        ",
    );
}

#[test]
fn in_one_round_a_newcomer_gets_exactly_what_came_after_it() {
    let mut house = house("anna bert");
    // Nothing is delivered in between: one list has to say it all.
    for (person, line) in [
        ("anna", "@1 SAY before"),
        ("bert", "@2 PING fence"),
        ("bert", "JOIN maths"),
        ("anna", "@3 SAY between"),
        ("anna", "@4 JOIN maths"),
        ("bert", "@5 SAY after"),
    ] {
        house.quietly(person, line);
    }
    let told = house.letters();
    let expected = "
        anna< @1 OK b.7
        anna< SAID b.7 0 lobby anna before
        anna< LEFT b.8 0 lobby bert moved maths
        anna< @3 OK b.11
        anna< SAID b.11 0 lobby anna between
        anna< @4 OK b.12
        anna< LEFT b.12 0 lobby anna moved maths
        anna< ROOM b.13 0 maths 2
        anna< HISTORY maths 0
        anna< END maths
        anna< CAME b.14 0 maths anna
        anna< SAID b.15 0 maths bert after
        bert< SAID b.7 0 lobby anna before
        bert< @2 PONG fence
        bert< @2 OK
        bert< LEFT b.8 0 lobby bert moved maths
        bert< ROOM b.9 0 maths 1
        bert< HISTORY maths 0
        bert< END maths
        bert< CAME b.10 0 maths bert
        bert< CAME b.14 0 maths anna
        bert< @5 OK b.15
        bert< SAID b.15 0 maths bert after
        ";
    let expected: String = expected
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(told, expected);
}
