//! What several people do, one of them or all at once.

use super::{check, check_refused, read};

#[test]
fn what_several_do_is_checked_as_what_one_does() {
    check_refused("one of a gets: x", 1, "as in `one of anna and ben gets");
    check_refused("one of a and b gets: x", 1, "a is not connected");
    check_refused("a connects\n$one sends: x", 2, "`$one` is nobody yet");
    check_refused("a connects\n$one connects", 2, "`$one` is nobody yet");
    for (said, expected) in [
        ("gets the same 3 lines", "ben get the same 40 lines"),
        ("gets only: x", "`gets only: line to the end`"),
        ("gets, as far as it is taken: x", "as in `anna gets"),
    ] {
        check_refused(&format!("a connects\na {said}"), 2, expected);
    }
    check_refused(
        "a connects\na gets only: x to the end\na sends: x",
        3,
        "a is not connected",
    );
    check_refused("lines end with $x", 1, "holds no variable");
    let none = "a and b connect\na and b get the same 0 lines";
    check_refused(none, 2, "compare 1 line or more");
    check_refused("the server stops", 1, "as in `the server is asked to stop`");
    check_refused("the server has ended with -1", 1, "as in `the server is");
    check_refused("this is fun", 1, "as in `this is a race`");
    let both = "a and b connect\none of a and b gets: x\n";
    check_refused(
        &format!("{both}$other closes\n$other sends: x"),
        4,
        "$other is not connected",
    );
    check_refused(&format!("{both}a connects"), 3, "a is connected already");
    read(&format!(
        "{both}$one closes\n$other gets the end\na connects"
    ));
    read("repeat 2 times\n  a and b connect\n  one of a and b gets: $x\n  $one and $other close");
}

#[test]
fn at_once_is_for_people_who_do_not_wait_for_each_other() {
    check_refused("at once", 1, "as in `at once:`");
    check_refused("at once:\na connects", 1, "nothing stands below it");
    let both = "a and b connect\nat once:\n";
    check_refused(&format!("{both}  deadline 5 s"), 2, "1 to 1000 people");
    check_refused(
        &format!("{both}  a sends: x\n  deadline 5 s"),
        4,
        "only what people do",
    );
    check_refused(
        &format!("{both}  at once:\n    a sends: x"),
        3,
        "only what people do",
    );
    check_refused(
        &format!("{both}  a gets: $x\n  b sends: $x"),
        4,
        "`$x` stands for nothing yet",
    );
    check_refused(
        &format!("{both}  a gets: $x\n  b gets: $x"),
        2,
        "new in two of these",
    );
    check_refused(
        &format!("{both}  a closes\na sends: x"),
        4,
        "a is not connected",
    );
    let many = "at once:\n  repeat 1001 times\n    p$round connects";
    check_refused(many, 1, "1 to 1000 people");
    read(&format!("{both}  a gets: $x\n  b gets: $y\na sends: $x$y"));
    check(
        "repeat 2 times\n  at once:\n    p$round connects\n    p$round sends:\n      $round",
        "repeat 1 times\n    at once:\n        p1 connects\n        p1 sends: 1\n\
         repeat 1 times\n    at once:\n        p2 connects\n        p2 sends: 2\n",
    );
}

#[test]
fn trouble_is_had_by_somebody_who_comes_once() {
    check(
        "the network stalls of a\na connects",
        "the network stalls of a\na connects\n",
    );
    for nobody in ["b", "p$round", "$one"] {
        let text = format!(
            "a and c connect\none of a and c gets: x\n$one closes\nthe network resets of {nobody}"
        );
        let expected = format!("nobody in this transcript is called `{nobody}`");
        check_refused(&text, 4, &expected);
    }
}
