//! Before a name: little is borne, per address and in all, and what is borne ends.

use super::house::House;
use crate::server::limits::Limits;
use crate::server::outgoing::Unread;

const GREETING: &str = "CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.";

#[test]
fn who_gives_no_name_in_time_is_closed_whatever_else_it_sends() {
    let mut house = House::new(Limits::default());
    house.act_and_forget("anna opens");
    house.act_and_forget("bert opens");
    house.story(
        "
        59 s pass
        anna> PING still here
        anna< PONG still here
        999 ms pass
        bert> NAME bert
        bert< WELCOME b.1 59999 * bert To speak: SAY hello everyone. HELP lists the rest.
        bert< ROOM b.2 59999 lobby 1
        bert< HISTORY lobby 0
        bert< END lobby
        bert< CAME b.3 59999 lobby bert
        1 ms pass
        anna< BYE name-late no name was given in time
        1 s pass
        ",
    );
    assert_eq!(house.closed["anna"], Unread::Dropped);
}

#[test]
fn eight_lines_are_borne_and_the_last_may_be_the_name() {
    let mut house = House::new(Limits::default());
    house.act_and_forget("anna opens");
    house.act_and_forget("bert opens");
    for _ in 0..7 {
        house.act_and_forget("anna> what?");
        house.act_and_forget("bert> PONG");
    }
    assert!(
        house
            .sends("anna", "@8 NAME anna")
            .starts_with("anna< @8 OK b.1\n")
    );
    house.story(
        "
        bert> NAME anna
        bert< ERROR name-taken somebody is called anna already; choose another name
        bert> NAME bert
        bert< (gone)
        bert< BYE too-much-unnamed too many lines before a name
        ",
    );
    for _ in 0..20 {
        house.act_and_forget("anna> PONG");
    }
    assert_eq!(house.sends("anna", "PING x"), "anna< PONG x\n");
}

#[test]
fn four_thousand_and_ninety_six_bytes_are_borne() {
    let mut house = House::new(Limits::default());
    house.act_and_forget("anna opens");
    house.hear("anna", 4095);
    assert_eq!(house.letters(), "");
    house.hear("anna", 1);
    assert_eq!(house.letters(), "");
    house.hear("anna", 1);
    assert_eq!(
        house.letters(),
        "anna< BYE too-much-unnamed too many bytes before a name\n"
    );
    house.hear("anna", 1);
    assert_eq!(house.letters(), "");
    house.come("bert");
    house.hear("bert", 1_000_000);
    assert_eq!(house.letters(), "");
}

#[test]
fn when_an_address_has_all_its_places_its_oldest_goes_and_no_other() {
    let limits = Limits {
        unnamed_per_address_max: 2,
        ..Limits::default()
    };
    House::new(limits).story(&format!(
        "
        first opens from 192.0.2.1
        first< {GREETING}
        a opens from 2001:db8::1
        a< {GREETING}
        b opens from 2001:db8::ffff:2
        b< {GREETING}
        c opens from 2001:db8::3
        a< BYE displaced no name was given, and the place is needed
        c< {GREETING}
        other opens from 2001:db8:0:1::1
        other< {GREETING}
        mapped opens from ::ffff:192.0.2.1
        mapped< {GREETING}
        again opens from 192.0.2.1
        again< {GREETING}
        first< BYE displaced no name was given, and the place is needed
        "
    ));
}

#[test]
fn when_all_places_are_taken_the_oldest_of_all_goes_and_a_name_makes_room() {
    let limits = Limits {
        unnamed_max: 2,
        ..Limits::default()
    };
    let mut house = House::new(limits);
    house.story(&format!(
        "
        a opens from 192.0.2.1
        a< {GREETING}
        b opens from 192.0.2.2
        b< {GREETING}
        c opens from 192.0.2.3
        a< BYE displaced no name was given, and the place is needed
        c< {GREETING}
        "
    ));
    house.act_and_forget("b> NAME b");
    house.story(&format!(
        "
        d opens from 192.0.2.4
        d< {GREETING}
        e opens from 192.0.2.5
        c< BYE displaced no name was given, and the place is needed
        e< {GREETING}
        d ends
        d< BYE quit until next time
        f opens from 192.0.2.6
        f< {GREETING}
        "
    ));
}

#[test]
fn a_whole_class_comes_in_from_one_address_but_a_storm_is_told_to_wait() {
    let mut house = House::new(Limits::default());
    for number in 0..100 {
        house.act_and_forget(&format!("p{number} opens"));
        house.act_and_forget(&format!("p{number}> NAME p{number}"));
    }
    assert_eq!(house.hub.everybody().count(), 100);
    house.story(&format!(
        "
        late opens
        late< (refused: too-many-connects)
        other opens from 192.0.2.2
        other< {GREETING}
        100 ms pass
        late opens
        late< {GREETING}
        more opens
        more< (refused: too-many-connects)
        "
    ));
    assert_eq!(house.hub.connections(), 102);
}

#[test]
fn a_full_server_says_so_and_takes_the_next_when_one_has_left() {
    let limits = Limits {
        connections_max: 2,
        ..Limits::default()
    };
    let mut house = House::with("anna bert", limits);
    house.story(&format!(
        "
        cleo opens
        cleo< (refused: server-full)
        anna ends
        anna< LEFT b.7 0 lobby anna quit
        anna< BYE quit until next time
        bert< LEFT b.7 0 lobby anna quit
        cleo opens
        cleo< {GREETING}
        "
    ));
    let refused = house.notes.iter().map(ToString::to_string);
    assert_eq!(
        refused
            .filter(|note| note == "refused 192.0.2.1 (server-full)")
            .count(),
        1
    );
}

#[test]
fn without_rates_and_counts_the_deadline_and_the_bytes_stay() {
    let mut house = House::new(Limits::default().lifted());
    for number in 0..500 {
        house.act_and_forget(&format!("p{number} opens"));
    }
    house.hear("p0", 4097);
    assert!(house.letters().contains("too-much-unnamed"));
    house.act_and_forget("60 s pass");
    assert_eq!(house.hub.connections(), 0);
}
