//! The help page: every key and every command, the same that the README lists.

use crate::client::COMMANDS;

/// What one presses, and what it does.
pub const KEYS: &[(&str, &str)] = &[
    ("Enter", "send"),
    ("M-Enter, C-j", "a new line in the message"),
    ("Tab, S-Tab", "complete a name, a command or a room"),
    (
        "Up, Down, C-p, C-n",
        "what was sent before; the draft waits",
    ),
    ("C-r", "search in what was sent before"),
    ("C-a, C-e, Home, End", "to the start, the end of the line"),
    ("C-b, C-f, M-b, M-f", "a character, a word left or right"),
    ("C-w, M-d, M-Backspace", "cut a word"),
    ("C-u, C-k, C-y", "cut to the start, to the end; put it back"),
    ("C-t", "swap two characters"),
    ("PgUp, PgDn, M-v, C-v", "read further up, further down"),
    ("S-Up, S-Down", "a row up, down"),
    ("C-Home, C-End, M-<, M->", "to the oldest, the newest"),
    ("C-s", "search in what was said; again: older ones"),
    ("M-u", "to the first message not read yet"),
    ("M-m", "to the last mention of your name; again: older ones"),
    ("M-o", "show a long message whole; again: fold it"),
    ("M-l", "plain lines, to copy with the mouse; Enter returns"),
    ("Esc", "back to the newest; close what is open"),
    ("F1", "this page"),
    ("F8", "show or hide who is here"),
    ("C-l", "draw the screen anew"),
    ("C-z", "suspend; fg returns"),
    ("C-c", "empty the line; twice in an empty one: leave"),
    ("C-d", "in an empty line: leave"),
];

/// Commands of the screen's own, beside those that every client has.
pub const OWN_COMMANDS: &[(&str, &str)] = &[
    ("/r text", "answer the last whisper"),
    ("/bell", "ring when one is spoken to; again: be quiet"),
];

/// What stands beside the messages.
const SIGNS: &[(&str, &str)] = &[
    ("│", "said to all in the room"),
    (":", "the past: said before one came, or asked for again"),
    ("▌", "somebody says your name"),
    ("█", "whispered: nobody else sees it"),
    ("┊", "yours, on its way; the server has not told it yet"),
    ("×", "yours, and not sent; Up brings it back"),
    ("·", "what happened; answers"),
    ("⋮", "a long message goes on; M-o opens it"),
    ("▶", "what was searched for or jumped to"),
];

/// The page's lines, the second column indented alike. M is Alt, C is Ctrl, S is Shift.
pub(crate) fn lines() -> Vec<String> {
    let row = |(what, does): &(&str, &str)| format!("  {what:<24} {does}");
    let mut lines = vec!["Keys (C is Ctrl, M is Alt or Esc before, S is Shift)".to_owned()];
    lines.extend(KEYS.iter().map(row));
    lines.extend(["", "Commands"].map(str::to_owned));
    lines.extend(COMMANDS.iter().chain(OWN_COMMANDS).map(row));
    lines.extend(["", "Beside the messages"].map(str::to_owned));
    lines.extend(SIGNS.iter().map(row));
    let below = "Below them: +3 not read yet, ~12 further down, @draft a text not sent";
    lines.extend(["", below].map(str::to_owned));
    lines
}
