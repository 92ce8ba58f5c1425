//! What holds of any two frames, and of the terminal that is told to go from one to the next.

use crate::screen::{Screen, Width};
use chalktalk::sanitise::width::{is_emoji, is_spacing_mark, width};
use chalktalk::ui_term::frame::{Frame, Position, Size, diff};
use chalktalk::ui_term::style::{Colour, Style};

/// Something drawn into a frame.
#[derive(Debug, Clone)]
pub enum Stroke {
    /// Text from a place on, up to a column, in one of some styles.
    Put(Position, usize, String, u8),
    /// A row is joined to the one above, and both are filled with letters up to there.
    Flow(usize),
    /// The cursor goes there.
    Cursor(Position),
}

/// Ideas that terminals have of the width of characters, other than ours.
const OTHER_WIDTHS: [Width; 4] = [
    |c| if is_emoji(c) { 1 } else { width(c) },
    |c| if is_emoji(c) { 2 } else { width(c) },
    |c| width(c).max(1),
    |c| if is_spacing_mark(c) { 0 } else { width(c) },
];

/// A terminal that is told of a frame, and then of the same drawn over, shows each.
pub fn a_terminal_shows_the_frames(size: Size, old: &[Stroke], new: &[Stroke]) {
    let new = frame(size, &[old, new].concat());
    let old = frame(size, old);
    let first = diff(None, &old);
    let second = diff(Some(&old), &new);
    let mut screen = Screen::new(size.rows, size.columns);
    screen.feed(&first);
    shows(&screen, &old);
    screen.feed(&second);
    shows(&screen, &new);
    assert_eq!(diff(Some(&new), &new), "");
    for width in OTHER_WIDTHS {
        let mut screen = Screen::with_width(size.rows, size.columns, width);
        screen.feed(&first);
        screen.feed(&second);
        shows_plain_letters(&screen, &new);
    }
}

fn frame(size: Size, strokes: &[Stroke]) -> Frame {
    let mut frame = Frame::blank(size);
    for stroke in strokes {
        match stroke {
            Stroke::Put(place, end, text, style) => {
                let _ = frame.put_until(*place, *end, text, style_of(*style));
            }
            Stroke::Flow(row) if *row > 0 => {
                let letters = "x".repeat(size.columns);
                frame.put(
                    Position {
                        row: row - 1,
                        column: 0,
                    },
                    &letters,
                    Style::PLAIN,
                );
                frame.put(
                    Position {
                        row: *row,
                        column: 0,
                    },
                    "y",
                    Style::PLAIN,
                );
                frame.flow_from_above(*row);
            }
            Stroke::Flow(_) => {}
            Stroke::Cursor(place) => frame.place_cursor(*place),
        }
    }
    frame
}

fn style_of(number: u8) -> Style {
    match number % 5 {
        0 => Style::PLAIN,
        1 => Style::BOLD,
        2 => Style::REVERSED,
        3 => Style::REVERSED.coloured(Some(Colour::BrightBlue)),
        _ => Style::DIM,
    }
}

fn shows(screen: &Screen, frame: &Frame) {
    assert_eq!(screen.faults(), &[] as &[String]);
    let size = frame.size();
    if size.rows * size.columns == 0 {
        return;
    }
    for row in 0..size.rows {
        assert_eq!(
            screen.text_of(row),
            frame.text_of(row),
            "row {row} of\n{}",
            screen.drawn()
        );
    }
    let cursor = frame.cursor();
    assert_eq!(screen.cursor(), (cursor.row, cursor.column));
}

/// Wherever a letter of ASCII stands alone in the frame, the screen shows it in its place.
fn shows_plain_letters(screen: &Screen, frame: &Frame) {
    let size = frame.size();
    for row in 0..size.rows {
        let text: Vec<char> = frame.text_of(row).chars().collect();
        // Joined letters flow as the terminal shows them.
        if text.contains(&'\u{200d}') {
            continue;
        }
        let mut column = 0;
        for (at, c) in text.iter().enumerate() {
            let is_bare = text.get(at + 1).is_none_or(|next| width(*next) > 0);
            if c.is_ascii_graphic() && is_bare {
                // The mark of a neighbour that found no room may stand on it.
                let shown = screen.text_at(row, column);
                assert!(
                    shown.starts_with(*c),
                    "row {row}, column {column}:\n{}",
                    screen.drawn()
                );
            }
            column += width(*c);
        }
    }
    assert!(screen.has_mode("?7") && !screen.has_mode("?2026") && !screen.has_link());
    // The mark of a character that found no room may have nothing to stand on.
    let is_grave = |fault: &&String| !fault.starts_with("mark");
    assert_eq!(screen.faults().iter().find(is_grave), None);
}
