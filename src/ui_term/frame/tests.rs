//! Frames, and what is said about them. Whether a terminal then shows them is tried in a
//! screen of the tests' own.

use super::*;
use crate::ui_term::escape;

const SMALL: Size = Size {
    rows: 2,
    columns: 6,
};

fn at(row: usize, column: usize) -> Position {
    Position::at(row, column)
}

/// What brings a cursor to a place.
fn to(row: usize, column: usize) -> String {
    let mut out = String::new();
    escape::cursor_to(&mut out, row, column);
    out
}

fn with(text: &str) -> Frame {
    let mut frame = Frame::blank(SMALL);
    frame.put(at(0, 0), text, Style::PLAIN);
    frame
}

#[track_caller]
fn check_row(frame: &Frame, row: usize, expected: &str) {
    assert_eq!(frame.text_of(row), expected);
}

/// What is said to get from one frame to another, without the frame of the update.
#[track_caller]
fn check(old: Option<&Frame>, new: &Frame, expected: &[&str]) {
    let said = diff(old, new);
    let inside = said
        .strip_prefix(escape::BEGIN_UPDATE)
        .and_then(|said| said.strip_suffix(escape::END_UPDATE));
    assert_eq!(inside, Some(expected.concat().as_str()));
}

#[test]
fn text_stops_at_the_edge_and_wide_characters_are_not_cut() {
    let mut frame = Frame::blank(SMALL);
    assert_eq!(frame.put(at(0, 4), "abc", Style::PLAIN), 6);
    check_row(&frame, 0, "    ab");
    assert_eq!(frame.put(at(1, 1), "日本語", Style::PLAIN), 5);
    check_row(&frame, 1, " 日本");
    assert_eq!(frame.put_until(at(0, 0), 3, "日本", Style::PLAIN), 2);
    check_row(&frame, 0, "日  ab");
}

#[test]
fn marks_stay_on_their_characters_and_need_one() {
    check_row(&with("e\u{301}日\u{302}x"), 0, "e\u{301}日\u{302}x");
    check_row(&with("\u{301}x"), 0, "x");
    check_row(&with("abcdef\u{301}g\u{302}"), 0, "abcdef\u{301}");
}

#[test]
fn a_control_character_gets_into_no_cell() {
    check_row(&with("a\u{1}\u{9b}\nb\u{7f}"), 0, "ab");
}

#[test]
fn half_of_a_wide_character_is_blank() {
    let mut frame = with("日本");
    frame.put(at(0, 1), "x", Style::PLAIN);
    check_row(&frame, 0, " x本");
    frame.put(at(0, 2), "y", Style::PLAIN);
    check_row(&frame, 0, " xy");
    let mut frame = with("a日本");
    frame.put(at(0, 2), "語", Style::PLAIN);
    check_row(&frame, 0, "a 語");
}

#[test]
fn nothing_is_drawn_beyond_the_screen() {
    for (rows, columns) in [(0, 0), (0, 5), (5, 0), (1, 1)] {
        let mut frame = Frame::blank(Size { rows, columns });
        frame.put(at(0, 0), "日本", Style::PLAIN);
        frame.put(at(9, 9), "x", Style::PLAIN);
        frame.put(at(0, usize::MAX - 1), "xyz", Style::PLAIN);
        frame.flow_from_above(9);
        frame.place_cursor(at(9, 9));
        check_row(&frame, 0, "");
        check_row(&frame, 9, "");
    }
}

#[test]
fn a_screen_without_cells_is_told_nothing() {
    assert_eq!(
        diff(
            None,
            &Frame::blank(Size {
                rows: 0,
                columns: 80
            })
        ),
        ""
    );
    assert_eq!(
        diff(
            None,
            &Frame::blank(Size {
                rows: 24,
                columns: 0
            })
        ),
        ""
    );
}

#[test]
fn the_first_frame_is_drawn_whole() {
    let clear = escape::CLEAR_TO_END_OF_LINE;
    let expected = [
        escape::PLAIN,
        &to(0, 0),
        "hi",
        clear,
        &to(1, 0),
        clear,
        &to(0, 0),
    ];
    check(None, &with("hi"), &expected);
    let other_size = Frame::blank(Size {
        rows: 9,
        columns: 9,
    });
    check(Some(&other_size), &with("hi"), &expected);
}

#[test]
fn only_changed_lines_are_drawn() {
    let old = with("hi");
    assert_eq!(diff(Some(&old), &old), "");
    let mut new = old.clone();
    new.put(at(1, 0), "abcdef", Style::PLAIN);
    check(Some(&old), &new, &[&to(1, 0), "abcdef", &to(0, 0)]);
    let mut moved = old.clone();
    moved.place_cursor(at(1, 3));
    check(Some(&old), &moved, &[&to(1, 3)]);
}

#[test]
fn styles_are_said_where_they_change_and_end_with_the_line() {
    let old = Frame::blank(SMALL);
    let mut new = old.clone();
    let bold = Style::BOLD;
    let behind = new.put(at(0, 0), "ab", bold);
    new.put(at(0, behind), "c ", Style::REVERSED);
    let said = |style: Style| {
        let mut said = String::new();
        style.write(&mut said);
        said
    };
    let (bold, reversed) = (said(bold), said(Style::REVERSED));
    let end = [escape::PLAIN, escape::CLEAR_TO_END_OF_LINE].concat();
    check(
        Some(&old),
        &new,
        &[&to(0, 0), &bold, "ab", &reversed, "c ", &end, &to(0, 0)],
    );
}

#[test]
fn after_a_doubtful_character_the_cursor_is_placed_anew() {
    let old = Frame::blank(SMALL);
    let clear = escape::CLEAR_TO_END_OF_LINE;
    let mut third = String::new();
    escape::cursor_to_column(&mut third, 2);
    let begin = [&to(0, 0), clear, &to(0, 0)].concat();
    let stop = escape::STOP_AT_EDGE;
    let end = [&third, escape::FLOW_OVER_EDGE, "x", &to(0, 0)].concat();
    check(Some(&old), &with("😀x"), &[&begin, stop, "😀", &end]);
    let marked = [&begin, "a", stop, "e\u{301}", &end];
    check(Some(&old), &with("ae\u{301}x"), &marked);
    check(
        Some(&old),
        &with("日x"),
        &[&to(0, 0), "日x", clear, &to(0, 0)],
    );
}

#[test]
fn a_line_that_flows_is_drawn_in_one_run() {
    let mut old = with("http:/");
    old.put(at(1, 0), "/a", Style::PLAIN);
    let mut new = old.clone();
    new.flow_from_above(1);
    let clear = escape::CLEAR_TO_END_OF_LINE;
    let expected = [
        &to(0, 0),
        clear,
        &to(1, 0),
        clear,
        &to(0, 0),
        "http://a",
        &to(0, 0),
    ];
    check(Some(&old), &new, &expected);
}

#[test]
fn colours_are_dropped_and_the_rest_of_a_style_stays() {
    let mut frame = Frame::blank(SMALL);
    let red = Style::BOLD.coloured(Some(crate::ui_term::style::Colour::Red));
    frame.put(at(0, 0), "a", red);
    let mut bold = Frame::blank(SMALL);
    bold.put(at(0, 0), "a", Style::BOLD);
    assert_ne!(frame, bold);
    frame.drop_colours();
    assert_eq!(frame, bold);
}
