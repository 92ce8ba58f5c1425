//! A terminal in memory: what a screen would show after all that was said to it.
//!
//! It knows exactly the sequences of the program's escape table and lists whatever else it
//! is told as a fault, so that nothing is sent by accident. How wide it takes a character to
//! be can be chosen, for real terminals disagree.

use chalktalk::sanitise::width::width;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What a terminal takes the width of a character to be.
pub type Width = fn(char) -> usize;

/// The private modes that may be set and reset.
const MODES: [&str; 10] = [
    "?7", "?25", "?1000", "?1002", "?1004", "?1006", "?1007", "?1049", "?2004", "?2026",
];

/// A terminal's screen.
pub struct Screen {
    rows: usize,
    columns: usize,
    cells: Vec<Vec<Cell>>,
    /// For each row, whether the terminal let its text run over into the next.
    flows: Vec<bool>,
    row: usize,
    column: usize,
    /// The last column is filled, and the next character begins a row.
    is_full: bool,
    /// The attributes in force, as numbers of SGR.
    style: BTreeSet<u8>,
    modes: BTreeSet<String>,
    /// Where what is written leads.
    link: String,
    faults: Vec<String>,
    width: Width,
}

#[derive(Clone, Default)]
struct Cell {
    /// Nothing where the wide character to the left stands.
    text: String,
    style: BTreeSet<u8>,
    link: String,
}

impl Cell {
    fn blank() -> Self {
        Self {
            text: " ".to_owned(),
            ..Self::default()
        }
    }
}

impl Screen {
    /// A blank screen.
    #[must_use]
    pub fn new(rows: usize, columns: usize) -> Self {
        Self::with_width(rows, columns, width)
    }

    /// A blank screen that has its own idea of how wide characters are.
    #[must_use]
    pub fn with_width(rows: usize, columns: usize, width: Width) -> Self {
        Self {
            rows,
            columns,
            cells: vec![vec![Cell::blank(); columns]; rows],
            flows: vec![false; rows],
            row: 0,
            column: 0,
            is_full: false,
            style: BTreeSet::new(),
            modes: BTreeSet::from(["?7".to_owned(), "?25".to_owned()]),
            link: String::new(),
            faults: Vec::new(),
            width,
        }
    }

    /// Shows what a program says.
    pub fn feed(&mut self, said: &str) {
        let mut rest = said.chars();
        while let Some(c) = rest.next() {
            match c {
                '\x1b' => self.escape(&mut rest),
                '\x07' => {}
                c if c.is_control() => self.faults.push(format!("control character {c:?}")),
                c => self.print(c),
            }
        }
    }

    /// All that should not have been said.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The text of a row, without the blanks at its end.
    #[must_use]
    pub fn text_of(&self, row: usize) -> String {
        let text: String = self.cells[row]
            .iter()
            .map(|cell| cell.text.as_str())
            .collect();
        text.trim_end_matches(' ').to_owned()
    }

    /// The text of a cell: empty where a wide character stands to the left.
    #[must_use]
    pub fn text_at(&self, row: usize, column: usize) -> &str {
        &self.cells[row][column].text
    }

    /// The attributes of a cell, as numbers of SGR, in ascending order.
    #[must_use]
    pub fn style_at(&self, row: usize, column: usize) -> Vec<u8> {
        self.cells[row][column].style.iter().copied().collect()
    }

    /// Where a cell leads; empty if nowhere.
    #[must_use]
    pub fn link_at(&self, row: usize, column: usize) -> &str {
        &self.cells[row][column].link
    }

    /// Whether the text of a row runs over into the next, and would be copied as one.
    #[must_use]
    pub fn flows(&self, row: usize) -> bool {
        self.flows[row]
    }

    /// Row and column of the cursor.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        (self.row, self.column)
    }

    /// Whether a private mode such as `?25` is set.
    #[must_use]
    pub fn has_mode(&self, mode: &str) -> bool {
        self.modes.contains(mode)
    }

    /// Whether what is written next leads somewhere.
    #[must_use]
    pub fn has_link(&self) -> bool {
        !self.link.is_empty()
    }

    /// The screen as one draws it in a test: every row between bars.
    #[must_use]
    pub fn drawn(&self) -> String {
        let mut drawn = String::new();
        for row in 0..self.rows {
            let cells = self.cells[row].iter().map(|cell| cell.text.as_str());
            writeln!(drawn, "|{}|", cells.collect::<String>()).expect("a string takes all");
        }
        drawn
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        match rest.next() {
            Some('[') => self.control_sequence(rest),
            Some(']') => self.command(rest),
            Some('7' | '8') => {}
            other => self.faults.push(format!("unknown: ESC {other:?}")),
        }
    }

    fn control_sequence(&mut self, rest: &mut std::str::Chars<'_>) {
        let mut parameters = String::new();
        let last = loop {
            match rest.next() {
                Some(c @ ' '..='?') => parameters.push(c),
                other => break other,
            }
        };
        let number = |at: usize| {
            let part = parameters.split(';').nth(at).unwrap_or_default();
            part.parse::<usize>().unwrap_or(1)
        };
        match (parameters.as_str(), last) {
            ("999;999", Some('H')) => self.go(self.rows - 1, self.columns - 1),
            (_, Some('H')) => self.go(number(0) - 1, number(1) - 1),
            (_, Some('G')) => self.go(self.row, number(0) - 1),
            ("", Some('K')) => self.clear_to_end_of_line(),
            ("2", Some('J')) => self.cells.fill(vec![Cell::blank(); self.columns]),
            (_, Some('m')) => self.attribute(&parameters),
            ("6", Some('n')) | ("", Some('c')) | ("22;2" | "23;2", Some('t')) => {}
            (mode, Some('h')) if MODES.contains(&mode) => {
                self.modes.insert(mode.to_owned());
            }
            (mode, Some('l')) if MODES.contains(&mode) => {
                self.modes.remove(mode);
            }
            (_, last) => self
                .faults
                .push(format!("unknown: CSI {parameters} {last:?}")),
        }
    }

    fn command(&mut self, rest: &mut std::str::Chars<'_>) {
        let mut text = String::new();
        for c in rest.by_ref().take_while(|c| *c != '\x1b') {
            text.push(c);
        }
        let has_end = rest.next() == Some('\\');
        match text.split_once(';').filter(|_| has_end) {
            Some(("2", _title)) => {}
            Some(("8", link)) if is_link(link) => self.link = link[1..].to_owned(),
            _ => self.faults.push(format!("unknown: OSC {text}")),
        }
    }

    fn go(&mut self, row: usize, column: usize) {
        if row >= self.rows || column >= self.columns {
            self.faults
                .push(format!("cursor to row {row}, column {column}"));
            return;
        }
        (self.row, self.column, self.is_full) = (row, column, false);
    }

    fn clear_to_end_of_line(&mut self) {
        if self.is_full {
            self.faults.push("clears behind a full row".to_owned());
        }
        self.flows[self.row] = false;
        self.blank_half(self.column);
        let row = &mut self.cells[self.row];
        row[self.column..].fill(Cell::blank());
    }

    fn attribute(&mut self, parameters: &str) {
        match parameters.parse() {
            Ok(0) => self.style.clear(),
            Ok(number @ (1 | 2 | 4 | 7 | 30..=37 | 90..=97)) => {
                self.style.insert(number);
            }
            _ => self.faults.push(format!("unknown: SGR {parameters}")),
        }
    }

    fn print(&mut self, c: char) {
        let cells = (self.width)(c);
        if cells == 0 {
            self.mark(c);
            return;
        }
        let is_beyond = self.is_full || self.column + cells > self.columns;
        if is_beyond && self.has_mode("?7") {
            self.next_row();
        }
        // What has no room, in the last column or on a screen of one column, is left out.
        if self.column + cells <= self.columns {
            self.write(c, cells);
        }
    }

    fn write(&mut self, c: char, cells: usize) {
        let (start, end) = (self.column, self.column + cells);
        self.blank_half(start);
        self.blank_half(end);
        let (style, link) = (self.style.clone(), self.link.clone());
        let row = &mut self.cells[self.row];
        row[start..end].fill(Cell {
            text: String::new(),
            style,
            link,
        });
        row[start].text.push(c);
        self.is_full = end == self.columns;
        self.column = end.min(self.columns - 1);
        if self.is_full {
            self.flows[self.row] = false;
        }
    }

    /// Blanks the wide character that stands across the left edge of a column.
    fn blank_half(&mut self, column: usize) {
        let row = &mut self.cells[self.row];
        if column > 0 && row.get(column).is_some_and(|cell| cell.text.is_empty()) {
            row[column - 1].text = " ".to_owned();
            row[column].text = " ".to_owned();
        }
    }

    fn mark(&mut self, c: char) {
        let last = if self.is_full {
            self.column + 1
        } else {
            self.column
        };
        let before = &mut self.cells[self.row][..last];
        match before.iter_mut().rfind(|cell| !cell.text.is_empty()) {
            Some(cell) => cell.text.push(c),
            None => self.faults.push(format!("mark {c:?} on nothing")),
        }
    }

    fn next_row(&mut self) {
        self.flows[self.row] = true;
        (self.column, self.is_full) = (0, false);
        if self.row + 1 < self.rows {
            self.row += 1;
        } else {
            self.faults.push("scrolls".to_owned());
        }
    }
}

/// Whether this is the end of a link, or an address of the web behind no parameter.
fn is_link(link: &str) -> bool {
    let address = link.strip_prefix(';').map(str::to_ascii_lowercase);
    address.is_some_and(|address| {
        let is_web = address.starts_with("http://") || address.starts_with("https://");
        address.is_empty() || (is_web && address.bytes().all(|byte| byte.is_ascii_graphic()))
    })
}

/// Fails unless a screen shows what the test has drawn, every row between bars, and nothing
/// was said that should not have been. Indentation of the drawing is ignored.
#[track_caller]
pub fn expect_screen(screen: &Screen, drawing: &str) {
    let expected: Vec<&str> = drawing
        .lines()
        .map(str::trim_start)
        .filter(|row| !row.is_empty())
        .collect();
    let drawn = screen.drawn();
    let rows: Vec<&str> = drawn.lines().collect();
    assert_eq!(rows, expected, "the screen is\n{drawn}");
    assert_eq!(screen.faults(), &[] as &[String]);
}
