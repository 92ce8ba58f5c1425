//! Keys and what they make of a text. `|` stands for the cursor.

use super::*;

/// An editor with a text in which `|` marks the cursor.
fn editor(drawn: &str) -> Editor {
    let (before, after) = drawn.split_once('|').expect("a cursor");
    let mut editor = Editor::default();
    editor.insert(before);
    editor.insert(after);
    editor.text.go(before.len());
    editor
}

fn drawn(editor: &Editor) -> String {
    format!("{}|{}", editor.text.before(), editor.text.after())
}

#[track_caller]
fn check(before: &str, keys: &[Key], after: &str) {
    let mut editor = editor(before);
    press(&mut editor, keys);
    assert_eq!(drawn(&editor), after);
}

fn press(editor: &mut Editor, keys: &[Key]) {
    for key in keys {
        let _ = editor.key(key);
    }
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

/// An editor that has sent some lines.
fn with_history(lines: &[&str]) -> Editor {
    let mut editor = Editor::default();
    for line in lines {
        editor.insert(line);
        editor.submit();
    }
    editor
}

#[test]
fn typed_text_stands_at_the_cursor() {
    check("|", &typed("hi"), "hi|");
    check("a|c", &typed("b"), "ab|c");
}

#[test]
fn the_cursor_goes_by_characters_words_and_lines() {
    check("ab|", &[Key::Left], "a|b");
    check("|ab", &[Key::Left], "|ab");
    check("a|b", &[Key::Ctrl('f'), Key::Right], "ab|");
    check("one two|", &[Key::Meta('b')], "one |two");
    check("one, two |", &[Key::WordLeft, Key::WordLeft], "|one, two ");
    check("|one, two", &[Key::Meta('f')], "one|, two");
    check("one|, two", &[Key::WordRight], "one, two|");
    check("a\nbc|d\ne", &[Key::Ctrl('a')], "a\n|bcd\ne");
    check("a\nbc|d\ne", &[Key::End], "a\nbcd|\ne");
}

#[test]
fn a_mark_or_a_picture_is_passed_and_erased_whole() {
    check("ne\u{301}|", &[Key::Left], "n|e\u{301}");
    check("ne\u{301}|", &[Key::Backspace], "n|");
    check("|👩\u{200d}👧x", &[Key::Delete], "|x");
    check("|🇩🇪x", &[Key::Right], "🇩🇪|x");
    check("ne\u{301}e |", &[Key::Meta('b')], "|ne\u{301}e ");
}

#[test]
fn erasing_stops_at_the_ends() {
    check("|a", &[Key::Backspace], "|a");
    check("a|", &[Key::Delete], "a|");
    check("a|b", &[Key::Ctrl('d')], "a|");
    assert_eq!(editor("|").key(&Key::Ctrl('d')), Outcome::Ignored);
}

#[test]
fn what_was_cut_comes_back() {
    check(
        "one two|",
        &[Key::Ctrl('w'), Key::Ctrl('a'), Key::Ctrl('y')],
        "two|one ",
    );
    check(
        "on|e",
        &[Key::Ctrl('k'), Key::Ctrl('y'), Key::Ctrl('y')],
        "onee|",
    );
    check(
        "on|e",
        &[Key::Ctrl('u'), Key::Ctrl('e'), Key::Ctrl('y')],
        "eon|",
    );
    check(
        "|one two",
        &[Key::Meta('d'), Key::Ctrl('e'), Key::Ctrl('y')],
        " twoone|",
    );
    check("a.b|", &[Key::MetaBackspace], "a.|");
    check("a.b |", &[Key::Ctrl('w')], "|");
    check("a|\nb", &[Key::Ctrl('k')], "a|b");
}

#[test]
fn cuts_in_a_row_come_back_as_one() {
    check(
        "a b c|",
        &[Key::Ctrl('w'), Key::Ctrl('w'), Key::Ctrl('y')],
        "a b c|",
    );
    check(
        "a |b c",
        &[Key::Meta('d'), Key::Ctrl('k'), Key::Ctrl('y')],
        "a b c|",
    );
    check(
        "a b|",
        &[Key::Ctrl('w'), Key::Left, Key::Ctrl('k'), Key::Ctrl('y')],
        "a |",
    );
}

#[test]
fn neighbours_are_exchanged() {
    check("ab|", &[Key::Ctrl('t')], "ba|");
    check("a|bc", &[Key::Ctrl('t')], "ba|c");
    check("|ab", &[Key::Ctrl('t')], "|ab");
    check("a|", &[Key::Ctrl('t')], "a|");
    check("e\u{301}x|", &[Key::Ctrl('t')], "xe\u{301}|");
    check("a\n|b", &[Key::Ctrl('t')], "a\n|b");
}

#[test]
fn a_text_has_as_many_lines_as_one_likes() {
    check("a|", &[Key::MetaEnter, Key::Char('b')], "a\nb|");
    check("ab\ncd|", &[Key::Up], "ab|\ncd");
    check("a\nbcd|\nef", &[Key::Down], "a\nbcd\nef|");
    check("日本\nabc|", &[Key::Up], "日|本\nabc");
    check("ab\n\ncd|", &[Key::Up, Key::Up], "|ab\n\ncd");
}

#[test]
fn only_text_is_inserted() {
    check(
        "|",
        &[Key::Paste("a\tb\nc\u{7}\u{9b}\u{7f}".into())],
        "a\tb\nc|",
    );
    check("|", &[Key::Paste("a\n".into())], "a|");
    check("|", &[Key::Paste("a\n\n".into())], "a\n|");
    check(
        "|",
        &[Key::Unknown, Key::Escape, Key::Function(3), Key::Ctrl('x')],
        "|",
    );
}

#[test]
fn an_enormous_text_takes_no_more() {
    let mut editor = Editor::default();
    editor.insert(&"a".repeat(TEXT_BYTES_MAX));
    editor.insert("b");
    assert_eq!(editor.text().len(), TEXT_BYTES_MAX);
    assert!(!editor.text().contains('b'));
}

#[test]
fn enter_only_asks_and_submit_takes() {
    let mut editor = editor("hi|");
    assert_eq!(editor.key(&Key::Enter), Outcome::Finished);
    assert_eq!(drawn(&editor), "hi|");
    assert_eq!(editor.submit(), "hi");
    assert_eq!(drawn(&editor), "|");
}

#[test]
fn history_keeps_the_draft() {
    let mut editor = with_history(&["one", "two"]);
    press(&mut editor, &typed("draft"));
    press(&mut editor, &[Key::Up]);
    assert_eq!(drawn(&editor), "two|");
    press(&mut editor, &[Key::Up, Key::Up]);
    assert_eq!(drawn(&editor), "one|");
    press(&mut editor, &[Key::Down, Key::Down, Key::Down]);
    assert_eq!(drawn(&editor), "draft|");
}

#[test]
fn history_keeps_what_was_typed_over_a_line_until_something_is_sent() {
    let mut editor = with_history(&["one", "two"]);
    press(&mut editor, &[Key::Up, Key::Char('!'), Key::Up, Key::Down]);
    assert_eq!(drawn(&editor), "two!|");
    editor.submit();
    press(&mut editor, &[Key::Up, Key::Up]);
    assert_eq!(drawn(&editor), "two|");
}

#[test]
fn a_line_sent_twice_is_remembered_once() {
    let mut editor = with_history(&["one", "two", "two", ""]);
    press(&mut editor, &[Key::Up, Key::Up]);
    assert_eq!(drawn(&editor), "one|");
}

#[test]
fn a_search_finds_older_and_older_lines() {
    let mut editor = with_history(&["say one", "two", "Say three"]);
    press(&mut editor, &typed("draft"));
    press(&mut editor, &[Key::Ctrl('r')]);
    press(&mut editor, &typed("say"));
    assert_eq!(drawn(&editor), "Say three|");
    press(&mut editor, &[Key::Ctrl('r')]);
    assert_eq!(drawn(&editor), "say one|");
    press(&mut editor, &[Key::Ctrl('r')]);
    let search = editor.searching().expect("a search");
    assert!(search.needle == "say" && search.failed);
    assert_eq!(drawn(&editor), "say one|");
    assert_eq!(editor.key(&Key::Enter), Outcome::Edited);
    assert!(editor.searching().is_none());
    press(&mut editor, &[Key::Down, Key::Down, Key::Down]);
    assert_eq!(drawn(&editor), "draft|");
}

#[test]
fn a_search_given_up_gives_the_draft_back() {
    for key in [Key::Escape, Key::Ctrl('g')] {
        let mut editor = with_history(&["one"]);
        press(
            &mut editor,
            &[Key::Char('d'), Key::Ctrl('r'), Key::Char('o'), key],
        );
        assert_eq!(drawn(&editor), "d|");
    }
}

#[test]
fn any_other_key_goes_on_with_the_line_found() {
    let mut editor = with_history(&["one"]);
    press(
        &mut editor,
        &[Key::Ctrl('r'), Key::Char('n'), Key::Left, Key::Char('!')],
    );
    assert_eq!(drawn(&editor), "on!|e");
}

/// Those of some words that begin as it was typed.
fn fitting(words: &[&str], typed: &str) -> Vec<String> {
    let typed = typed.to_lowercase();
    let fits = |word: &&&str| !typed.is_empty() && word.to_lowercase().starts_with(&typed);
    words
        .iter()
        .filter(fits)
        .map(|word| (*word).to_owned())
        .collect()
}

#[track_caller]
fn check_completion(before: &str, tabs: usize, after: &str) {
    let mut editor = editor(before);
    for _ in 0..tabs {
        editor.complete(&Key::Tab, |_, typed| {
            fitting(&["Anna:", "andré", "/away"], typed)
        });
    }
    assert_eq!(drawn(&editor), after);
}

#[test]
fn a_begun_word_is_completed() {
    check_completion("an|", 1, "Anna: |");
    check_completion("an|", 2, "andré |");
    check_completion("an|", 3, "an|");
    check_completion("hi ANDR|!", 1, "hi andré|!");
    check_completion("hi andr| now", 1, "hi andré| now");
    check_completion("hi andr|now", 1, "hi andré |now");
    check_completion("hi (andr|)", 1, "hi (andré|)");
    for before in ["(", "[", "\"", "'", "„", "«", "@", "¿", "well-", "(\""] {
        check_completion(
            &format!("hi {before}andr|"),
            1,
            &format!("hi {before}andré |"),
        );
    }
    check_completion("hi (andr| and", 1, "hi (andré| and");
    check_completion("@andr|", 1, "@andré |");
    check_completion("/a|", 1, "/away |");
    check_completion("x|", 1, "x|");
    check_completion("|", 1, "|");
    check_completion("a |", 1, "a |");
}

#[test]
fn completing_goes_back_too_and_ends_with_any_key() {
    let complete = |editor: &mut Editor, key| {
        editor.complete(&key, |_, typed| fitting(&["anna:", "anton:"], typed));
    };
    let mut editor = editor("a|");
    complete(&mut editor, Key::BackTab);
    assert_eq!(drawn(&editor), "anton: |");
    press(&mut editor, &typed("an"));
    complete(&mut editor, Key::Tab);
    assert_eq!(drawn(&editor), "anton: anna: |");
}

#[test]
fn what_is_emptied_leaves_no_completion_behind() {
    let mut editor = editor("hello an|");
    editor.complete(&Key::Tab, |_, typed| fitting(&["anna", "anton"], typed));
    assert_eq!(editor.choices(), ["anna ", "anton "]);
    editor.clear();
    assert_eq!(editor.choices(), &[] as &[String]);
    editor.complete(&Key::Tab, |_, typed| fitting(&["anna", "anton"], typed));
    assert_eq!(drawn(&editor), "|");
}

#[test]
fn a_cleared_text_comes_back() {
    let mut editor = editor("a\nb|c");
    editor.clear();
    assert_eq!(drawn(&editor), "|");
    press(&mut editor, &[Key::Ctrl('y')]);
    assert_eq!(drawn(&editor), "a\nbc|");
}
