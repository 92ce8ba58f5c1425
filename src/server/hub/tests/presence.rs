//! Comings and goings in large rooms, where each line of them would be written once for each member.

use super::house::House;
use crate::server::limits::Limits;

fn small(people: &str) -> House {
    let limits = Limits {
        announced_people_max: 3,
        ..Limits::default()
    };
    House::with(people, limits)
}

#[test]
fn the_coming_that_makes_a_room_too_large_is_not_told_but_that_it_is_so() {
    let mut house = small("a b");
    house.act_and_forget("c opens");
    house.act_and_forget("d opens");
    house.story(
        "
        c> NAME c
        a b< CAME b.9 0 lobby c
        c< WELCOME b.7 0 * c To speak: SAY hello everyone. HELP lists the rest.
        c< ROOM b.8 0 lobby 3
        c< HISTORY lobby 0
        c< END lobby
        c< CAME b.9 0 lobby c
        d> NAME d
        a b c< NOTICE b.13 0 lobby more than 3 people are here: comings and goings are not told
        d< WELCOME b.10 0 * d To speak: SAY hello everyone. HELP lists the rest.
        d< ROOM b.11 0 lobby 4
        d< HISTORY lobby 0
        d< END lobby
        d< CAME b.12 0 lobby d
        d< NOTICE b.13 0 lobby more than 3 people are here: comings and goings are not told
        ",
    );
}

#[test]
fn in_a_larger_room_each_is_told_only_of_itself_and_a_newcomer_how_it_is() {
    let mut house = small("a b c d");
    house.act_and_forget("e opens");
    house.story(
        "
        e> NAME e
        e< WELCOME b.14 0 * e To speak: SAY hello everyone. HELP lists the rest.
        e< ROOM b.15 0 lobby 5
        e< HISTORY lobby 0
        e< END lobby
        e< CAME b.16 0 lobby e
        e< NOTICE b.17 0 lobby more than 3 people are here: comings and goings are not told
        e> SAY hi
        a b c d e< SAID b.18 0 lobby e hi
        d> NAME dora
        a b c d e< RENAMED b.19 0 lobby d dora
        e> JOIN maths
        e< LEFT b.20 0 lobby e moved maths
        e< ROOM b.21 0 maths 1
        e< HISTORY maths 0
        e< END maths
        e< CAME b.22 0 maths e
        ",
    );
}

#[test]
fn the_leaving_that_makes_it_small_enough_is_told_and_that_it_is_so() {
    small("a b c d e").story(
        "
        e> QUIT
        e< LEFT b.18 0 lobby e quit
        e< BYE quit until next time
        d breaks
        a b c< LEFT b.19 0 lobby d lost
        a b c< NOTICE b.20 0 lobby no more than 3 people are here: comings and goings are told again
        d< LEFT b.19 0 lobby d lost
        d< BYE lost the connection broke
        c ends
        a b< LEFT b.21 0 lobby c quit
        c< LEFT b.21 0 lobby c quit
        c< BYE quit until next time
        ",
    );
}

#[test]
fn where_nobody_is_to_be_told_each_is_told_of_itself() {
    let mut house = House::new(Limits {
        announced_people_max: 0,
        ..Limits::default()
    });
    house.come("a b c");
    house.story(
        "
        a ends
        a< LEFT b.13 0 lobby a quit
        a< BYE quit until next time
        b ends
        b< LEFT b.14 0 lobby b quit
        b< BYE quit until next time
        c ends
        c< LEFT b.15 0 lobby c quit
        c< BYE quit until next time
        ",
    );
}

#[test]
fn two_hundred_are_told_of_each_other() {
    let mut house = House::new(Limits::default().lifted());
    for number in 1..=200 {
        house.act_and_forget(&format!("p{number} opens"));
        let told = house.sends(&format!("p{number}"), &format!("NAME p{number}"));
        let came = format!("< CAME b.{} 0 lobby p{number}\n", 3 * number);
        assert!(told.contains(&came) && told.starts_with("p1"), "{told}");
        assert!(!told.contains("NOTICE"), "{told}");
    }
    house.act_and_forget("p201 opens");
    let told = house.sends("p201", "NAME p201");
    assert!(
        told.contains(" NOTICE b.604 0 lobby more than 200 people "),
        "{told}"
    );
    let told = house.act_and_tell("p7 ends");
    assert!(
        told.contains("< NOTICE b.606 0 lobby no more than 200 people "),
        "{told}"
    );
}
