//! Every sequence that this program says to a terminal, each under a name that says what it
//! does. No other file of the program holds an escape character.
//!
//! Sources: ECMA-48, and for the private modes (`?`) the manual of xterm. Those asked of
//! every terminal at the start and end are harmless where they are unknown; nothing here
//! asks for the mouse, because a captured mouse cannot select text.
//!
//! Ruled out: terminfo. It needs a parser and a file of the machine, and describes terminals
//! that have all agreed on these sequences since.

use std::fmt::Write;

/// Begins every sequence; typed alone it is the Esc key.
pub const ESCAPE: u8 = 0x1b;
/// A sound or a flash, as the person has chosen.
pub const RING_BELL: &str = "\x07";

/// Asks the terminal to show nothing of what follows yet (mode 2026).
pub const BEGIN_UPDATE: &str = "\x1b[?2026h";
/// Asks the terminal to show what came since [`BEGIN_UPDATE`].
pub const END_UPDATE: &str = "\x1b[?2026l";
/// Keeps what is too long for a row in its last cell (mode 7 reset).
pub const STOP_AT_EDGE: &str = "\x1b[?7l";
/// Lets what is too long for a row run over into the next, as terminals do by themselves.
pub const FLOW_OVER_EDGE: &str = "\x1b[?7h";

/// Remembers what the window is called, and whether its wheel presses arrow keys.
pub const SAVE: &str = "\x1b[22;2t\x1b[?1007s";

/// Everything that leaves a terminal as a shell expects it, whatever was going on, and gives
/// the window its name back. To be said where the second screen is shown, and nowhere else.
pub const LEAVE: &str = concat!(
    // No link any more.
    "\x1b]8;;\x1b\\",
    "\x1b[?2026l",
    "\x1b[?7h",
    // No reports of clicks, of movement, of both in decimal, and of the window gaining the focus.
    "\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?1004l",
    // Pasted text as if it were typed.
    "\x1b[?2004l",
    "\x1b[0m",
    // The cursor is shown.
    "\x1b[?25h",
    "\x1b[23;2t",
    // The wheel as it was; where that is not remembered, as most terminals have it.
    "\x1b[?1007h\x1b[?1007r",
    // Where there is no second screen, what comes next has a clean place.
    "\x1b[H\x1b[2J",
    // What stood in the window before.
    "\x1b[?1049l",
);

/// Takes the whole window, blank, whatever another program has left behind.
pub const ENTER: &str = concat!(
    // A second screen; what stands in the window is kept.
    "\x1b[?1049h",
    "\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?1004l",
    // The wheel presses no arrow keys.
    "\x1b[?1007l",
    // Pasted text comes between these two.
    "\x1b[?2004h",
    "\x1b[0m",
    "\x1b[2J",
);
/// Comes before pasted text.
pub const PASTE_BEGINS: &str = "\x1b[200~";
/// Comes after pasted text.
pub const PASTE_ENDS: &str = "\x1b[201~";

/// Blanks the line from the cursor to its end.
pub const CLEAR_TO_END_OF_LINE: &str = "\x1b[K";
/// Back to plain letters in the terminal's own colours.
pub const PLAIN: &str = "\x1b[0m";

/// Puts the cursor into the last cell, whichever that is.
pub const CURSOR_TO_LAST_CELL: &str = "\x1b[999;999H";
/// Asks where the cursor stands; answered by `CSI row ; column R`.
pub const ASK_CURSOR: &str = "\x1b[6n";
/// Asks what the terminal is; all answer, so it fences off the questions before it.
pub const ASK_DEVICE: &str = "\x1b[c";

/// Puts the cursor into a cell; rows and columns count from 0 here, from 1 on the wire.
pub fn cursor_to(out: &mut String, row: usize, column: usize) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\x1b[{};{}H", row + 1, column + 1);
}

/// Puts the cursor into a column of its row, counted from 0.
pub fn cursor_to_column(out: &mut String, column: usize) {
    let _ = write!(out, "\x1b[{}G", column + 1);
}

/// Letters with this attribute or colour from here on, beside those that they have (SGR).
pub fn attribute(out: &mut String, number: u8) {
    let _ = write!(out, "\x1b[{number}m");
}

/// What is written from here on leads to an address when it is clicked on (OSC 8), or nowhere. As a second fence,
/// nothing but printable ASCII is said of the address.
pub fn link(out: &mut String, address: Option<&str>) {
    let address = address.unwrap_or_default();
    out.push_str("\x1b]8;;");
    out.extend(address.chars().filter(char::is_ascii_graphic));
    out.push_str("\x1b\\");
}

/// Names the window. The name must have passed the sanitiser; as a second fence, control
/// characters in it are left out.
pub fn window_title(out: &mut String, title: &str) {
    out.push_str("\x1b]2;");
    out.extend(title.chars().filter(|c| !c.is_control()));
    out.push_str("\x1b\\");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(say: impl Fn(&mut String), expected: &str) {
        let mut out = String::new();
        say(&mut out);
        assert_eq!(out, expected);
    }

    #[test]
    fn cells_count_from_one_on_the_wire() {
        check(|out| cursor_to(out, 0, 0), "\x1b[1;1H");
        check(|out| cursor_to(out, 23, 79), "\x1b[24;80H");
        check(|out| cursor_to_column(out, 9), "\x1b[10G");
    }

    #[test]
    fn a_window_title_cannot_end_itself() {
        check(
            |out| window_title(out, "a\x07\x1b\\b\u{9c}"),
            "\x1b]2;a\\b\x1b\\",
        );
    }

    #[test]
    fn a_link_cannot_end_itself() {
        check(|out| link(out, None), "\x1b]8;;\x1b\\");
        check(
            |out| link(out, Some("http://a\x1b\\\x07\u{9c} b")),
            "\x1b]8;;http://a\\b\x1b\\",
        );
    }

    #[test]
    fn leaving_undoes_whatever_was_asked_for() {
        for asked in [ENTER, BEGIN_UPDATE, "\x1b[?25l"] {
            for mode in asked.split('\x1b').filter(|said| said.starts_with("[?")) {
                let undone = match mode.strip_suffix('l') {
                    Some(shown @ ("[?25" | "[?1007")) => format!("{shown}h"),
                    _ => mode.replace('h', "l"),
                };
                assert!(LEAVE.contains(&undone), "{undone}");
            }
        }
        assert!(LEAVE.contains(FLOW_OVER_EDGE) && LEAVE.contains(PLAIN));
        assert!(LEAVE.ends_with("\x1b[?1049l"));
    }
}
