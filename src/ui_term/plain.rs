//! Plain lines in a terminal: what does not fit into a row goes on indented.
//!
//! A terminal goes on in the first column, where each line tells by its first character what it is: blanks would push
//! what somebody says there, to be taken for somebody else's line. No name begins with a blank. Where the window is
//! made narrower afterwards, the terminal lays out the rows anew, and nobody can help it.

use super::frame::Size;
use super::size;
use super::style::Style;
use super::wrap::{Pane, Row, wrap};
use crate::clock::Asked;
use crate::sanitise::Part;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

const INDENT: usize = 4;
/// The size is asked for again after so long.
const SIZE_HOLDS: Duration = Duration::from_millis(500);

/// Stdout, for whole lines. Its size: none where it is no terminal, or one that does not know.
#[derive(Default)]
pub(crate) struct Plain(Asked<Option<Size>>);

impl Write for Plain {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let ask = || size().filter(|_| io::stdout().is_terminal());
        let size = self.0.get(SIZE_HOLDS, ask);
        match (size, std::str::from_utf8(line)) {
            (Some(Size { columns, .. }), Ok(line)) => {
                io::stdout().write_all(laid_out(line, columns).as_bytes())
            }
            _ => io::stdout().write_all(line),
        }?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

fn laid_out(line: &str, columns: usize) -> String {
    let pane = Pane {
        columns,
        indent: INDENT,
        ..Pane::default()
    };
    let line = [(Part::Text(line.trim_end_matches('\n').into()), Style::PLAIN)];
    let row = |row: &Row| " ".repeat(row.column) + &row.text() + "\n";
    wrap(&line, pane).iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_a_line_of_somebody_elses() {
        #[track_caller]
        fn check(line: &str, expected: &str) {
            assert_eq!(laid_out(line, 20), expected);
        }
        check("bert: hi\n", "bert: hi\n");
        check("bert: 12345678901234\n", "bert: 12345678901234\n");
        let blanks = " ".repeat(10);
        let forged = format!("bert: pad{blanks}anna: I resign\n");
        check(&forged, "bert: pad\n    anna: I resign\n");
        let word = "x".repeat(40);
        for forged in [
            format!("bert: {word}anna:\u{a0}no\n"),
            format!("bert: {}{word}", " ".repeat(100)),
            format!("bert: {}", "日本".repeat(20)),
        ] {
            let rows = laid_out(&forged, 20);
            let mut rows = rows.lines();
            assert!(rows.next().is_some_and(|row| row.starts_with("bert:")));
            assert!(rows.clone().count() > 1);
            assert!(rows.all(|row| row.starts_with("    ")), "{forged}");
        }
    }
}
