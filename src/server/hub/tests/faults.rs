//! Each code of an error: what brings it, and that nothing has happened.

use super::house::House;
use crate::server::limits::Limits;
use crate::wire::Code;

/// What `anna` gets for this line, with a tag and, where it can be without, without; the house is as it was.
#[track_caller]
fn refused(line: &str, code: &Code, sentence: &str) {
    let mut house = House::with("anna bert", Limits::default());
    house.sends("anna", "TOPIC tea");
    assert_eq!(
        house.sends("anna", line),
        format!("anna< ERROR {code} {sentence}\n")
    );
    let tagged = house.sends("anna", &format!("@7 {line}"));
    assert!(
        tagged.starts_with(&format!("anna< @7 ERROR {code} ")),
        "{tagged}"
    );
    assert_eq!(tagged.lines().count(), 1);
    house.story(
        "
        bert> @1 ROOMS
        bert< @1 ROOMS lobby 2 tea
        bert< @1 OK
        bert> WHO
        bert< WHO lobby anna
        bert< WHO lobby bert
        anna> SAY the next event is the next id
        anna bert< SAID b.8 0 lobby anna the next event is the next id
        ",
    );
}

#[test]
fn a_request_that_cannot_be_done_is_told_why() {
    refused(
        "NAME bert",
        &Code::NAME_TAKEN,
        "somebody is called bert already; choose another name",
    );
    refused(
        "NAME BERT",
        &Code::NAME_TAKEN,
        "somebody is called BERT already; choose another name",
    );
    refused("NAME anna", &Code::NO_CHANGE, "you are called anna already");
    refused(
        "NAME Server",
        &Code::NAME_RESERVED,
        "nobody may be called Server; choose another name",
    );
    refused(
        "NAME *",
        &Code::BAD_NAME,
        "a name does not begin with * (column 6)",
    );
    refused(
        "TELL cleo hi",
        &Code::NO_SUCH_NAME,
        "cleo is not here; WHO lists who is",
    );
    refused(
        "TELL #x hi",
        &Code::BAD_NAME,
        "a name does not begin with # (column 6)",
    );
    refused("JOIN Lobby", &Code::NO_CHANGE, "you are in Lobby already");
    refused(
        "JOIN #maths",
        &Code::BAD_ROOM,
        "a room's name does not begin with # (column 6)",
    );
    refused("TOPIC tea", &Code::NO_CHANGE, "the topic is that already");
    refused(
        "WHO maths",
        &Code::NO_SUCH_ROOM,
        "there is no such room; ROOMS lists them",
    );
    refused(
        "WHO :",
        &Code::BAD_ROOM,
        "a room's name does not begin with : (column 5)",
    );
}

#[test]
fn a_line_that_is_no_request_is_told_what_is_wrong_and_where() {
    let long = "a".repeat(15 * 1024 + 1);
    let too_long = "a text of 15361 bytes as written, and 15360 is the most; send it in parts";
    let phrase = "a text of 513 bytes as written, and 512 is the most; send it in parts";
    refused(
        &format!("SAY {long}"),
        &Code::TEXT_TOO_LONG,
        &format!("{too_long} (column 5)"),
    );
    refused(
        &format!("TELL bert {long}"),
        &Code::TEXT_TOO_LONG,
        &format!("{too_long} (column 11)"),
    );
    for verb in ["TOPIC", "PING", "PONG", "QUIT"] {
        let line = format!("{verb} {}", "a".repeat(513));
        refused(
            &line,
            &Code::TEXT_TOO_LONG,
            &format!("{phrase} (column {})", verb.len() + 2),
        );
    }
    let advice = r"write \\ for a backslash";
    refused(
        r"SAY C:\dir",
        &Code::BAD_ESCAPE,
        &format!("{advice} (column 7)"),
    );
    refused(
        "SAY \u{9b}",
        &Code::CONTROL_CHARACTER,
        "a control character, to be written as a backslash and u{9b} (column 5)",
    );
    refused(
        "hello",
        &Code::UNKNOWN_VERB,
        "no verb hello; to say it, SAY hello; HELP lists the verbs",
    );
    refused(
        "SAY",
        &Code::MISSING_FIELD,
        "a text is missing here; one space stands between two fields (column 4)",
    );
    refused(
        "WHO lobby now",
        &Code::EXTRA_FIELD,
        "the line should have ended before this (column 11)",
    );
    let digits = "a number is written in the digits 0 to 9, without sign or leading zero";
    refused(
        "HISTORY 01",
        &Code::BAD_NUMBER,
        &format!("{digits} (column 9)"),
    );
    refused(
        "REPLAY -1",
        &Code::BAD_NUMBER,
        &format!("{digits} (column 8)"),
    );
}

#[test]
fn a_line_without_a_tag_that_can_be_read_is_answered_without() {
    House::with("anna", Limits::default()).story(
        "
        anna> @ SAY hi
        anna< ERROR bad-tag a tag is 1 to 32 letters, digits or hyphens, and a verb follows it; to say it, SAY @ SAY hi (column 2)
        anna> @anna hi
        anna< @anna ERROR unknown-verb no verb hi; to say it, SAY @anna hi; HELP lists the verbs
        ",
    );
    let mut house = House::with("anna", Limits::default());
    assert_eq!(
        house.sends("anna", ""),
        "anna< ERROR empty-line nothing to do; HELP lists what there is\n"
    );
}

#[test]
fn without_a_name_one_is_told_to_give_it_first() {
    let lines = [
        "SAY hi",
        "TELL anna hi",
        "JOIN maths",
        "TOPIC tea",
        "TOPIC",
        "WHO",
        "ROOMS",
        "HISTORY",
    ];
    for line in lines {
        let mut house = House::with("anna", Limits::default());
        house.act_and_forget("bert opens");
        assert_eq!(
            house.sends("bert", &format!("@1 {line}")),
            "bert< @1 ERROR name-first first say who you are: NAME and your name\n",
            "{line}"
        );
    }
}

#[test]
fn there_are_as_many_rooms_as_the_server_takes() {
    let limits = Limits {
        rooms_max: 2,
        ..Limits::default()
    };
    House::with("anna bert", limits).story(
        "
        anna> JOIN maths
        anna< LEFT b.7 0 lobby anna moved maths
        anna< ROOM b.8 0 maths 1
        anna< HISTORY maths 0
        anna< END maths
        anna< CAME b.9 0 maths anna
        bert< LEFT b.7 0 lobby anna moved maths
        bert> @1 JOIN physics
        bert< @1 ERROR too-many-rooms there are as many rooms as the server takes; ROOMS lists them
        bert> @2 JOIN maths
        anna< CAME b.12 0 maths bert
        bert< @2 OK b.10
        bert< LEFT b.10 0 lobby bert moved maths
        bert< ROOM b.11 0 maths 2
        bert< HISTORY maths 0
        bert< END maths
        bert< CAME b.12 0 maths bert
        ",
    );
}
