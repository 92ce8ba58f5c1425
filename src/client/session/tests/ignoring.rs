//! Whose words are not told.

use super::*;

#[test]
fn nothing_of_an_ignored_name_is_told_but_its_comings() {
    let mut play = Play::anna();
    play.type_in("/ignore bert");
    play.expect(&["= row of 0: Ignored([\"bert\"])", "= settled 0: Done(None)"]);
    play.hear(&[
        "SAID b.4 5 lobby bert hi",
        "DID b.5 5 lobby BERT waves",
        "TOLD b.6 5 * Bert anna psst",
        "LEFT b.7 5 lobby bert quit see you",
        "CAME b.8 5 lobby bert",
    ]);
    play.expect(&[
        "= now, others': LEFT b.7 5 lobby bert quit",
        "= now, others': CAME b.8 5 lobby bert",
    ]);
    play.type_in("/msg bert no");
    play.hear(&["@3 OK b.9", "TOLD b.9 5 * anna bert no"]);
    play.done.clear();
    play.type_in("/history");
    play.hear(&["@4 SAID b.1 5 lobby bert old", "@4 OK"]);
    play.expect(&["> @4 HISTORY", "= settled 2: Done(None)"]);
    play.type_in("/unignore BERT");
    play.expect(&["= row of 3: Ignored([])", "= settled 3: Done(None)"]);
    play.hear(&["SAID b.10 5 lobby bert hi"]);
    play.expect(&["= now, others': SAID b.10 5 lobby bert hi"]);
}

#[test]
fn a_name_is_ignored_and_not_a_person() {
    let mut play = Play::anna();
    play.type_in("/ignore bert");
    play.done.clear();
    play.hear(&[
        "RENAMED b.4 5 lobby bert carl",
        "SAID b.5 5 lobby carl hi",
        "RENAMED b.6 5 lobby carl Bert",
        "SAID b.7 5 lobby Bert hi",
    ]);
    play.expect(&[
        "= now, others': RENAMED b.4 5 lobby bert carl",
        "= now, others': SAID b.5 5 lobby carl hi",
        "= now, others': RENAMED b.6 5 lobby carl Bert",
    ]);
}

#[test]
fn it_outlives_the_line_and_is_bounded() {
    let mut play = Play::anna();
    play.type_in("/ignore bert");
    play.lose();
    play.type_in("/ignore");
    let row = "= row of 1: Ignored([\"bert\"])";
    let done = std::mem::take(&mut play.done);
    assert!(done.contains(&row.to_owned()), "{done:?}");
    for n in 1..256 {
        play.type_in(&format!("/ignore p{n}"));
    }
    play.done.clear();
    play.type_in("/ignore one-more");
    play.expect(&["= settled 257: Unsent"]);
}
