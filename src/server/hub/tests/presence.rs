//! Comings and goings in large rooms, where each line of them would be written once for each member.

use super::house::House;
use crate::server::limits::Limits;

fn small() -> House {
    let limits = Limits {
        announced_people_max: 3,
        announced_again_people: 3,
        ..Limits::default()
    };
    House::with("a b c", limits)
}

#[test]
fn a_room_that_grows_large_falls_quiet_and_says_so() {
    let mut house = small();
    house.act_and_forget("d opens");
    house.act_and_forget("e opens");
    house.story(
        "
        d> NAME d
        a b c< CAME b.12 0 lobby d
        a b c< NOTICE b.13 0 lobby more than 3 people are here: comings and goings are not told any more
        d< WELCOME b.10 0 * d To speak: SAY hello everyone. HELP lists the rest.
        d< ROOM b.11 0 lobby 4
        d< HISTORY lobby 0
        d< END lobby
        d< CAME b.12 0 lobby d
        d< NOTICE b.13 0 lobby more than 3 people are here: comings and goings are not told any more
        e> NAME e
        e< WELCOME b.14 0 * e To speak: SAY hello everyone. HELP lists the rest.
        e< ROOM b.15 0 lobby 5
        e< HISTORY lobby 0
        e< END lobby
        e< CAME b.16 0 lobby e
        e> SAY hi
        a b c d e< SAID b.17 0 lobby e hi
        d> NAME dora
        a b c d e< RENAMED b.18 0 lobby d dora
        e> JOIN maths
        e< LEFT b.19 0 lobby e moved maths
        e< ROOM b.20 0 maths 1
        e< HISTORY maths 0
        e< END maths
        e< CAME b.21 0 maths e
        ",
    );
}

#[test]
fn a_room_that_shrinks_well_below_tells_again_and_says_so() {
    let mut house = small();
    house.come("d");
    house.story(
        "
        d> QUIT
        d< LEFT b.14 0 lobby d quit
        d< BYE quit until next time
        c breaks
        a b< NOTICE b.16 0 lobby fewer than 3 people are here: comings and goings are told again
        c< LEFT b.15 0 lobby c lost
        c< BYE lost the connection broke
        b ends
        a< LEFT b.17 0 lobby b quit
        b< LEFT b.17 0 lobby b quit
        b< BYE quit until next time
        ",
    );
}

#[test]
fn a_quiet_room_that_everybody_leaves_at_once_tells_each_only_of_itself() {
    let mut house = House::new(Limits {
        announced_people_max: 0,
        announced_again_people: 0,
        ..Limits::default()
    });
    house.come("a b c d");
    house.story(
        "
        a ends
        a< LEFT b.14 0 lobby a quit
        a< BYE quit until next time
        b ends
        b< LEFT b.15 0 lobby b quit
        b< BYE quit until next time
        ",
    );
}

#[test]
fn two_hundred_are_told_of_each_other_and_below_a_hundred_and_fifty_again() {
    let mut house = House::new(Limits::default().lifted());
    let notices = |told: &str| {
        told.lines()
            .filter(|line| line.contains("< NOTICE "))
            .count()
    };
    for number in 1..=200 {
        house.act_and_forget(&format!("p{number} opens"));
        assert_eq!(
            notices(&house.sends(&format!("p{number}"), &format!("NAME p{number}"))),
            0
        );
    }
    house.act_and_forget("p201 opens");
    let told = house.sends("p201", "NAME p201");
    assert!(
        told.contains(" NOTICE b.604 0 lobby more than 200 people "),
        "{told}"
    );
    for number in 0..51 {
        assert_eq!(
            notices(&house.act_and_tell(&format!("p{} ends", 201 - number))),
            0
        );
    }
    let told = house.act_and_tell("p150 ends");
    assert!(
        told.contains("< NOTICE b.657 0 lobby fewer than 150 people "),
        "{told}"
    );
}
