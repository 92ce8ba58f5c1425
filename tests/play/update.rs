//! `play --update`: what is rewritten and what is not; and `known to fail`, which is not.

use crate::{CLASSROOM, Folder, Played};
use std::fs;

#[track_caller]
fn update(folder: &Folder, files: &[&str]) -> Played {
    folder.play(&[files, &["--update", "--server-command", CLASSROOM]].concat())
}

/// What this transcript becomes, and what is said of it.
#[track_caller]
fn check_update(before: &str, after: &str, code: i32, said: &str) {
    let folder = Folder::new();
    folder.write("a.chat", before);
    let played = update(&folder, &["a.chat"]);
    assert_eq!(played.out, said);
    assert_eq!(folder.read("a.chat"), after);
    assert_eq!((played.code, played.err.as_str()), (code, ""));
    // Nothing else is left there.
    assert_eq!(fs::read_dir(&folder.0).expect("the folder").count(), 1);
}

#[test]
fn expectations_become_what_came_and_nothing_else_is_touched() {
    let before = "\u{feff}# Why.\r\n\nanna connects\nanna gets: Hello! What is your $what?\nanna sends: anna\n\
                  # Who is here.\nanna gets: \\* in this room:*\n\nben connects\nben gets:\n    # Greeted.\n    \
                  Hi! *\r\nben sends: $what\nben gets an empty line\nanna gets in any order:\n\n    # Who came.\n    \
                  \\* $who has gone\n";
    let after = "\u{feff}# Why.\r\n\nanna connects\nanna gets: Welcome! What is your $what?\nanna sends: anna\n\
                 # Who is here.\nanna gets: \\* here:\n\nben connects\nben gets:\n    # Greeted.\n    \
                 Welcome! What is your name?\r\nben sends: $what\nben gets: \\* here: anna\nanna gets in any order:\n\n    # Who came.\n    \
                 \\* $who has come\n";
    let said = "new   a.chat\n  \
                at a.chat:4\n  - anna gets: Hello! What is your $what?\n  + anna gets: Welcome! What is your $what?\n  \
                at a.chat:7\n  - anna gets: \\* in this room:*\n  + anna gets: \\* here:\n  \
                at a.chat:12\n  -     Hi! *\n  +     Welcome! What is your name?\n  \
                at a.chat:14\n  - ben gets an empty line\n  + ben gets: \\* here: anna\n  \
                at a.chat:18\n  -     \\* $who has gone\n  +     \\* $who has come\n";
    check_update(before, after, 0, said);
    check_update(after, after, 0, "ok    a.chat\n");
}

#[test]
fn what_cannot_be_rewritten_fails_and_what_can_before_it_is() {
    let before = "anna connects\nanna gets: Hello\nanna sends: anna\nanna gets the end\n";
    let after = before.replace("Hello", "Welcome! What is your name?");
    let said = "FAIL  a.chat\n  at a.chat:4\n  expected  anna gets the end\n  but came  * here:\n  \
                anna had received\n    Welcome! What is your name?\n    * here:\n  at a.chat:2\n  \
                - anna gets: Hello\n  + anna gets: Welcome! What is your name?\n1 of 1 failed\n";
    check_update(before, &after, 1, said);
}

#[test]
fn a_line_of_which_each_gets_something_else_is_left_alone() {
    let before = "repeat 2 times\n    p$round connects\n    p$round gets: *?\n    p$round sends: p$round\n    p$round gets: x\n";
    let said = "FAIL  a.chat\n  at a.chat:5\n  expected  x\n  but came  more than one who expects it here, and not the \
                same came to each: rewrite it by hand\n1 of 1 failed\n";
    check_update(before, before, 1, said);
    let all = "anna and ben connect\nanna and ben get: x\n";
    let after = "anna and ben connect\nanna and ben get: Welcome! What is your name?\n";
    let said = "new   a.chat\n  at a.chat:2\n  - anna and ben get: x\n  + anna and ben get: Welcome! What is your name?\n";
    check_update(all, after, 0, said);
}

#[test]
fn files_that_are_included_and_blocks_of_pages_are_rewritten_where_they_stand() {
    let folder = Folder::new();
    let page = "# A\n\n- x\n\n  ```chat\n  anna connects\n  anna gets: x\n  ```\n\n```chat\ninclude part.chat\n```\n```\nanna gets: x\n```\n";
    folder.write("a.md", page);
    folder.write("part.chat", "anna connects\nanna gets: y\n");
    let Played { code, out, .. } = update(&folder, &["a.md", "part.chat"]);
    assert_eq!(code, 0, "{out}");
    let page = page.replacen("gets: x", "gets: Welcome! What is your name?", 1);
    assert_eq!(folder.read("a.md"), page);
    assert_eq!(
        folder.read("part.chat"),
        "anna connects\nanna gets: Welcome! What is your name?\n"
    );
}

#[test]
fn an_update_is_of_one_undisturbed_run() {
    let folder = Folder::new();
    folder.write("a.chat", "anna connects\nanna gets: x\n");
    for more in [&["--through"][..], &["--times", "2"]] {
        let Played { code, err, .. } = update(&folder, &[&["a.chat"], more].concat());
        assert!(err.contains("leave out --times and --through"), "{err}");
        assert_eq!(code, 2);
    }
}

#[test]
fn what_is_known_to_fail_is_neither_ok_nor_a_failure_until_it_holds() {
    let folder = Folder::new();
    let known =
        "# It is polite.\nknown to fail: it is rude\nanna connects\nanna gets: Good morning*\n";
    folder.write("a.chat", known);
    folder.write("b.chat", &known.replace("Good morning", "Welcome"));
    folder.write("c.chat", "anna connects\nanna gets: *\n");
    let todo = "todo  a.chat: known to fail: it is rude\n";
    let all = [
        "a.chat",
        "--server-command",
        CLASSROOM,
        "--junit",
        "out.xml",
    ];
    let played = folder.play(&all);
    assert_eq!((played.code, played.out.as_str()), (0, todo));
    let xml = folder.read("out.xml");
    assert!(
        xml.contains("skipped=\"1\"")
            && xml.contains("<skipped message=\"known to fail: it is rude\"/>"),
        "{xml}"
    );
    let played = folder.play(&[&["b.chat", "c.chat", "--times", "2"], &all[..]].concat());
    let holds = "FAIL  b.chat: 2 of 2\n  It is polite.\n  at b.chat:2\n  expected  known to fail: it is rude\n  \
                 but came  all of it, as written; take this line out\nok    c.chat: 2 times\n";
    assert_eq!(
        (played.code, played.out),
        (1, format!("{holds}{todo}1 of 3 failed\n"))
    );
    // It is not made right by writing down what comes.
    assert_eq!(update(&folder, &["a.chat"]).out, todo);
    assert_eq!(folder.read("a.chat"), known);
    // That there is no server is no failure that anybody knew of.
    let played = folder.play(&["a.chat", "--server-command", "exit 3"]);
    assert!(played.out.starts_with("FAIL  a.chat\n"), "{}", played.out);
    let head = "anna connects\nknown to fail: it is rude\n";
    folder.write("a.chat", head);
    let Played { code, err, .. } = folder.play(&["a.chat"]);
    assert!(
        err.contains("a.chat:2: say so before anybody does anything"),
        "{err}"
    );
    assert_eq!(code, 2);
}
