//! The terminal client's pure parts with inputs that nobody would think of.

use chalktalk::sanitise::{Kind, parts};
use chalktalk::ui_term::frame::{Frame, Position, Size, diff};
use chalktalk::ui_term::keys::Key;
use chalktalk::ui_term::style::Style;
use chalktalk::ui_term::wrap::{Pane, wrap};
use chalktalk_tests::properties::editor::editor_does_as_the_simple_one;
use chalktalk_tests::properties::frame::{Stroke, a_terminal_shows_the_frames};
use chalktalk_tests::properties::keys::{
    chunks_make_no_difference, no_sequence_is_text, only_text_becomes_text,
};
use chalktalk_tests::properties::wrap::{pane, wrapping_loses_nothing};
use chalktalk_tests::screen::{Screen, expect_screen};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Bytes in which sequences begin and end far more often than by chance.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = b"\x1b|\x1b[|\x1bO|\x1b]|\x1b[200~|\x1b[201~|\x1b[1;5D|\x1b\\|\x07|A|~|M|[|1;2|\r|\n|\t|\x7f|\xff|\
                   \xf0\x9f|\x98\x80|\xc2|\xc2\x9b|hello";
    let pieces: Vec<&[u8]> = pieces.split(|byte| *byte == b'|').collect();
    let piece = prop_oneof![
        4 => select(pieces).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Characters of every width and kind that text is made of.
fn text_char() -> impl Strategy<Value = char> {
    let chars: Vec<char> =
        "ab c.\n\té日本ا👩🏽🇩❤क\u{93f}\u{fe0f}\u{200d}\u{301}\u{302}\u{94d}\u{1}\u{202e}"
            .chars()
            .collect();
    prop_oneof![3 => select(chars), 1 => select(vec!['x', ' ']), 1 => any::<char>()]
}

fn text() -> impl Strategy<Value = String> {
    vec(text_char(), 0..40).prop_map(|chars| chars.into_iter().collect())
}

fn editing_key() -> impl Strategy<Value = Key> {
    use Key::{
        Backspace, Delete, End, Home, Left, MetaBackspace, MetaEnter, Right, Unknown, WordLeft,
        WordRight,
    };
    let mut keys = vec![
        Left, Right, Home, End, WordLeft, WordRight, Backspace, Delete, MetaEnter, Unknown,
    ];
    keys.extend([MetaBackspace, Key::Meta('d')]);
    keys.extend("kuwy".chars().map(Key::Ctrl));
    prop_oneof![
        3 => select(keys),
        2 => text_char().prop_filter("a key types no control character", |c| !c.is_control()).prop_map(Key::Char),
        1 => text().prop_map(Key::Paste),
    ]
}

fn size() -> impl Strategy<Value = Size> {
    (0..5_usize, 0..9_usize).prop_map(|(rows, columns)| Size { rows, columns })
}

fn place() -> impl Strategy<Value = Position> {
    (0..6_usize, 0..10_usize).prop_map(|(row, column)| Position { row, column })
}

fn strokes() -> impl Strategy<Value = Vec<Stroke>> {
    let stroke = prop_oneof![
        6 => (place(), 0..12_usize, text(), any::<u8>())
            .prop_map(|(place, end, text, style)| Stroke::Put(place, end, text, style)),
        1 => (0..6_usize).prop_map(Stroke::Flow),
        1 => place().prop_map(Stroke::Cursor),
    ];
    vec(stroke, 0..8)
}

fn any_pane() -> impl Strategy<Value = Pane> {
    (0..28_u8, 0..8_u8, 0..5_u8).prop_map(|(columns, first, indent)| pane(columns, first, indent))
}

/// A frame on the screen of a terminal.
fn shown(frame: &Frame) -> Screen {
    let Size { rows, columns } = frame.size();
    let mut screen = Screen::new(rows, columns);
    screen.feed(&diff(None, frame));
    screen
}

/// A message as it would stand on a screen of its own.
fn message(text: &str, size: Size) -> Screen {
    let mut frame = Frame::blank(size);
    let parts = parts(text, Kind::Message).into_iter();
    let parts: Vec<_> = parts.map(|part| (part, Style::PLAIN)).collect();
    let pane = Pane {
        columns: size.columns,
        first: 0,
        indent: 2,
        flows: true,
    };
    for (row, wrapped) in wrap(&parts, pane).iter().enumerate() {
        let mut place = Position::at(row, wrapped.column);
        for span in &wrapped.spans {
            let start = place.column;
            place.column = frame.put(place, &span.text, span.style);
            if let Some(address) = &span.link {
                frame.link(row, start..place.column, address);
            }
        }
        if wrapped.flows {
            frame.flow_from_above(row);
        }
    }
    shown(&frame)
}

#[test]
fn a_long_url_is_one_line_to_the_terminal() {
    let screen = message(
        "see 👍 http://a.example/b now",
        Size {
            rows: 3,
            columns: 12,
        },
    );
    expect_screen(
        &screen,
        "
        |see 👍 http:|
        |//a.example/|
        |b now       |
        ",
    );
    assert!(screen.flows(0) && screen.flows(1) && !screen.flows(2));
    let leads = |row, column| screen.link_at(row, column) == "http://a.example/b";
    let led = [(0, 7), (0, 11), (1, 0), (1, 11), (2, 0)];
    assert!(led.into_iter().all(|(row, column)| leads(row, column)));
    assert!(
        [(0, 0), (0, 6), (2, 2)]
            .into_iter()
            .all(|(row, column)| screen.link_at(row, column).is_empty())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn whatever_the_bytes_only_text_becomes_text(chunks in vec((0..1200_u16, bytes()), 0..6)) {
        only_text_becomes_text(&chunks);
    }

    #[test]
    fn where_a_read_ends_makes_no_difference(bytes in bytes(), cut in 0..40_usize) {
        chunks_make_no_difference(&bytes, cut);
    }

    #[test]
    fn a_sequence_is_never_text(parameters in vec(any::<u8>(), 0..80), last in any::<u8>()) {
        no_sequence_is_text(&parameters, last);
    }

    #[test]
    fn the_editor_does_as_a_simple_one(keys in vec(editing_key(), 0..30)) {
        editor_does_as_the_simple_one(&keys);
    }

    #[test]
    fn a_message_in_rows_is_still_whole(text in text(), pane in any_pane()) {
        wrapping_loses_nothing(&text, pane);
    }

    #[test]
    fn every_terminal_shows_what_was_drawn(size in size(), old in strokes(), new in strokes()) {
        a_terminal_shows_the_frames(size, &old, &new);
    }
}
