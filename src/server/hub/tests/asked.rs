//! Each verb: its answer, with a tag and without, and what it makes others see.

use super::house::House;
use crate::server::limits::Limits;

#[track_caller]
fn check(people: &str, story: &str) {
    House::with(people, Limits::default()).story(story);
}

#[test]
fn what_is_said_is_heard_by_the_room_and_its_speaker_and_nobody_else() {
    check(
        "anna bert cleo",
        r"
        cleo> JOIN maths
        anna bert< LEFT b.10 0 lobby cleo moved maths
        cleo< LEFT b.10 0 lobby cleo moved maths
        cleo< ROOM b.11 0 maths 1
        cleo< HISTORY maths 0
        cleo< END maths
        cleo< CAME b.12 0 maths cleo
        anna> SAY two\nlines and  two spaces
        anna bert< SAID b.13 0 lobby anna two\nlines and  two spaces
        anna> @1 say \u{1b}[2J
        anna< @1 OK b.14
        anna< SAID b.14 0 lobby anna \u{1b}[2J
        bert< SAID b.14 0 lobby anna \u{1b}[2J
        ",
    );
}

#[test]
fn what_is_told_is_heard_by_both_in_whatever_room_and_by_nobody_else() {
    check(
        "anna bert cleo",
        "
        bert> JOIN maths
        anna cleo< LEFT b.10 0 lobby bert moved maths
        bert< LEFT b.10 0 lobby bert moved maths
        bert< ROOM b.11 0 maths 1
        bert< HISTORY maths 0
        bert< END maths
        bert< CAME b.12 0 maths bert
        anna> @1 TELL BERT psst
        anna< @1 OK b.13
        anna< TOLD b.13 0 * anna bert psst
        bert< TOLD b.13 0 * anna bert psst
        bert> TELL anna what?
        anna bert< TOLD b.14 0 * bert anna what?
        anna> TELL anna milk, bread
        anna< TOLD b.15 0 * anna anna milk, bread
        ",
    );
}

#[test]
fn a_topic_is_set_shown_and_removed() {
    check(
        "anna bert",
        "
        anna> @1 TOPIC  tea at  five
        anna< @1 OK b.7
        anna< TOPIC b.7 0 lobby anna  tea at  five
        bert< TOPIC b.7 0 lobby anna  tea at  five
        bert> ROOMS
        bert< ROOMS lobby 2  tea at  five
        bert> TOPIC
        anna bert< TOPIC b.8 0 lobby bert
        bert> @2 ROOMS
        bert< @2 ROOMS lobby 2
        bert< @2 OK
        ",
    );
}

#[test]
fn who_lists_the_room_or_another_in_order_of_name() {
    check(
        "bert Anna",
        "
        bert> WHO
        bert< WHO lobby Anna
        bert< WHO lobby bert
        bert> @1 WHO LOBBY
        bert< @1 WHO lobby Anna
        bert< @1 WHO lobby bert
        bert< @1 OK
        Anna> JOIN Zoo
        Anna< LEFT b.7 0 lobby Anna moved Zoo
        Anna< ROOM b.8 0 Zoo 1
        Anna< HISTORY Zoo 0
        Anna< END Zoo
        Anna< CAME b.9 0 Zoo Anna
        bert< LEFT b.7 0 lobby Anna moved Zoo
        bert> WHO zoo
        bert< WHO Zoo Anna
        Anna> JOIN Attic
        Anna< LEFT b.10 0 Zoo Anna moved Attic
        Anna< ROOM b.11 0 Attic 1
        Anna< HISTORY Attic 0
        Anna< END Attic
        Anna< CAME b.12 0 Attic Anna
        bert> ROOMS
        bert< ROOMS Attic 1
        bert< ROOMS lobby 1
        ",
    );
}

#[test]
fn history_is_shown_between_its_begin_and_its_end_with_the_tag_on_each_line() {
    check(
        "anna",
        "
        anna> HISTORY
        anna< HISTORY lobby 0
        anna< END lobby
        anna> SAY one
        anna< SAID b.4 0 lobby anna one
        anna> TELL anna nothing of this
        anna< TOLD b.5 0 * anna anna nothing of this
        anna> TOPIC tea
        anna< TOPIC b.6 0 lobby anna tea
        anna> NAME Anna
        anna< RENAMED b.7 0 lobby anna Anna
        anna> HISTORY
        anna< HISTORY lobby 3
        anna< SAID b.4 0 lobby anna one
        anna< TOPIC b.6 0 lobby anna tea
        anna< RENAMED b.7 0 lobby anna Anna
        anna< END lobby
        anna> @1 HISTORY 2
        anna< @1 HISTORY lobby 2
        anna< @1 TOPIC b.6 0 lobby anna tea
        anna< @1 RENAMED b.7 0 lobby anna Anna
        anna< @1 END lobby
        anna< @1 OK
        anna> HISTORY 0
        anna< HISTORY lobby 0
        anna< END lobby
        anna> HISTORY 18446744073709551615
        anna< HISTORY lobby 3
        anna< SAID b.4 0 lobby anna one
        anna< TOPIC b.6 0 lobby anna tea
        anna< RENAMED b.7 0 lobby anna Anna
        anna< END lobby
        ",
    );
}

#[test]
fn a_fence_comes_after_all_that_was_to_be_sent() {
    check(
        "anna bert",
        r"
        anna> PING
        anna< PONG
        anna> @1 PING  a\tb
        anna< @1 PONG  a\tb
        anna< @1 OK
        anna> PONG 17
        anna> @2 PONG
        anna< @2 OK
        ",
    );
    let mut house = House::with("anna bert", Limits::default());
    house.quietly("anna", "SAY one");
    house.quietly("bert", "SAY two");
    house.quietly("bert", "PING fence");
    house.quietly("anna", "SAY three");
    assert_eq!(
        house.letters(),
        "anna< SAID b.7 0 lobby anna one\n\
         anna< SAID b.8 0 lobby bert two\n\
         anna< SAID b.9 0 lobby anna three\n\
         bert< SAID b.7 0 lobby anna one\n\
         bert< SAID b.8 0 lobby bert two\n\
         bert< PONG fence\n\
         bert< SAID b.9 0 lobby anna three\n"
    );
}

#[test]
fn help_has_a_row_for_each_verb() {
    check(
        "anna",
        "
        anna> help
        anna< HELP NAME name: come in under that name, or change it
        anna< HELP SAY text: say it to everyone in the room
        anna< HELP TELL name text: say it to one person only
        anna< HELP JOIN room: move to another room; a new name begins one
        anna< HELP TOPIC [text]: set the room's topic, or remove it
        anna< HELP WHO [room]: who is here, or there
        anna< HELP ROOMS: which rooms there are, how many people, what topic
        anna< HELP HISTORY [number]: what was said here last
        anna< HELP REPLAY number: how much history you want on entering a room
        anna< HELP PING [text]: PONG comes back after all that was on its way
        anna< HELP PONG [text]: the answer to the server's PING
        anna< HELP HELP: these lines
        anna< HELP QUIT [text]: leave
        ",
    );
}

#[test]
fn before_a_name_one_may_ask_for_help_set_a_fence_and_choose_how_much_to_see() {
    let mut house = House::with("anna", Limits::default());
    house.sends("anna", "SAY old");
    house.story(
        "
        bert opens
        bert< CHALKTALK 1 open Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.
        bert> @1 REPLAY 0
        bert< @1 OK
        bert> PING x
        bert< PONG x
        bert> @2 PONG
        bert< @2 OK
        bert> NAME bert
        anna< CAME b.7 0 lobby bert
        bert< WELCOME b.5 0 * bert To speak: SAY hello everyone. HELP lists the rest.
        bert< ROOM b.6 0 lobby 2
        bert< HISTORY lobby 0
        bert< END lobby
        bert< CAME b.7 0 lobby bert
        ",
    );
    house.act_and_forget("cleo opens");
    assert_eq!(house.sends("cleo", "@3 HELP").lines().count(), 14);
}
