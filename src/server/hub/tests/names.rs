//! Names: whose they are, when they are free again, and what is one and the same.

use super::house::House;
use crate::server::limits::Limits;

#[test]
fn two_that_race_for_one_name_get_it_once() {
    for (first, second) in [
        ("anna", "Anna"),
        ("STRASSE", "straße"),
        ("ΣΑΣ", "σας"),
        ("Ünal", "ÜNAL"),
    ] {
        let mut house = House::new(Limits::default());
        house.act_and_forget("one opens");
        house.act_and_forget("two opens");
        assert!(
            house
                .sends("one", &format!("@1 NAME {first}"))
                .starts_with("one< @1 OK b.1\n")
        );
        let told = house.sends("two", &format!("@1 NAME {second}"));
        assert!(told.starts_with("two< @1 ERROR name-taken "), "{told}");
        assert_eq!(house.hub.everybody().count(), 1);
    }
}

#[test]
fn who_wants_a_taken_name_keeps_its_own_and_may_change_the_case_of_it() {
    House::with("anna bert", Limits::default()).story(
        "
        anna> @1 NAME Bert
        anna< @1 ERROR name-taken somebody is called Bert already; choose another name
        bert> TELL anna still there?
        anna bert< TOLD b.7 0 * bert anna still there?
        anna> @2 NAME ANNA
        anna< @2 OK b.8
        anna< RENAMED b.8 0 lobby anna ANNA
        bert< RENAMED b.8 0 lobby anna ANNA
        anna> @3 NAME ANNA
        anna< @3 ERROR no-change you are called ANNA already
        bert> TELL anna hi
        anna bert< TOLD b.9 0 * bert ANNA hi
        bert> WHO
        bert< WHO lobby ANNA
        bert< WHO lobby bert
        ",
    );
}

#[test]
fn a_name_given_up_is_free_and_the_new_one_is_taken() {
    House::with("anna bert", Limits::default()).story(
        "
        anna> NAME cleo
        anna bert< RENAMED b.7 0 lobby anna cleo
        bert> NAME Cleo
        bert< ERROR name-taken somebody is called Cleo already; choose another name
        bert> TELL anna hi
        bert< ERROR no-such-name anna is not here; WHO lists who is
        bert> NAME anna
        anna bert< RENAMED b.8 0 lobby bert anna
        anna> WHO
        anna< WHO lobby anna
        anna< WHO lobby cleo
        ",
    );
}

#[test]
fn nobody_is_called_what_people_would_take_for_the_server_or_for_themselves() {
    for name in ["server", "System", "OPERATOR", "you", "ChalkTalk"] {
        let mut house = House::with("anna", Limits::default());
        house.act_and_forget("bert opens");
        for person in ["anna", "bert"] {
            let told = house.sends(person, &format!("@1 NAME {name}"));
            let expected = format!(
                "{person}< @1 ERROR name-reserved nobody may be called {name}; choose another name\n"
            );
            assert_eq!(told, expected);
        }
    }
}

/// After this has happened to the only `anna`, another may have the name at once.
#[track_caller]
fn frees_the_name(happens: &[&str]) {
    let mut house = House::with("anna bert", Limits::default());
    for action in happens {
        house.act_and_forget(action);
    }
    let told = house.sends("bert", "@1 NAME Anna");
    assert!(told.contains("bert< @1 OK b."), "after {happens:?}: {told}");
}

#[test]
fn a_name_is_free_at_once_however_its_person_left() {
    frees_the_name(&["anna> QUIT"]);
    frees_the_name(&["anna ends"]);
    frees_the_name(&["anna breaks"]);
    frees_the_name(&["kick anna"]);
    frees_the_name(&["anna> NAME cleo"]);
    frees_the_name(&["anna> PONG", "20 s pass", "40 s pass"]);
}

#[test]
fn what_is_no_name_is_none_for_people_and_none_for_rooms() {
    let long = "a".repeat(10_000);
    let storm = format!("a{}", "\u{20d0}".repeat(9));
    for bad in [
        "*",
        "@a",
        "/a",
        ":a",
        "#a",
        "\u{202e}a",
        "a\u{200b}",
        "\u{3164}",
        "\u{ffa0}",
        "\u{430}nna",
        &long,
        &storm,
    ] {
        let mut house = House::with("anna", Limits::default());
        let told = house.sends("anna", &format!("NAME {bad}"));
        assert!(told.starts_with("anna< ERROR bad-name "), "{bad:?}: {told}");
        let told = house.sends("anna", &format!("JOIN {bad}"));
        assert!(told.starts_with("anna< ERROR bad-room "), "{bad:?}: {told}");
    }
    for good in ["กนกวรรณ", "हिन्दी", "日本語bot", "R2-D2"] {
        let mut house = House::with("anna", Limits::default());
        assert!(
            house
                .sends("anna", &format!("@1 NAME {good}"))
                .contains("@1 OK"),
            "{good}"
        );
        assert!(
            house
                .sends("anna", &format!("@2 JOIN {good}"))
                .contains("@2 OK"),
            "{good}"
        );
    }
}
