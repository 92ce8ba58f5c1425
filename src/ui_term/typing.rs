//! The text that is being typed, in rows, and where the cursor is in them.
//!
//! A pasted text is as foreign as any, so what is drawn goes through the sanitiser, each
//! character with its marks by itself; the text that is sent stays what it is.

use super::cluster::clusters;
use super::editor::Editor;
use super::frame::Place;
use super::style::Style;
use crate::sanitise::width::width_of;
use crate::sanitise::{Kind, Part, parts};

/// A typed text, laid out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Typing {
    pub(crate) rows: Vec<Vec<(String, Style)>>,
    /// Row and column among them.
    pub(crate) cursor: Place,
}

impl Typing {
    /// Lays out what stands in an editor, behind a prompt of the program's own.
    pub(crate) fn of(editor: &Editor, prompt: &str, columns: usize) -> Self {
        let mut typing = Filling::behind(prompt, columns);
        let mut at = 0;
        for cluster in clusters(editor.text()) {
            if at == editor.cursor() {
                typing.set_cursor();
            }
            typing.take(cluster);
            at += cluster.len();
        }
        if at <= editor.cursor() {
            typing.set_cursor();
        }
        Self {
            rows: typing.rows,
            cursor: typing.cursor,
        }
    }

    /// A line of the program's own with a text behind it, and the cursor behind that.
    pub(crate) fn line(prompt: &str, text: &str, columns: usize) -> Self {
        let mut typing = Filling::behind(prompt, columns);
        for cluster in clusters(text) {
            typing.take(cluster);
        }
        typing.set_cursor();
        Self {
            rows: typing.rows,
            cursor: typing.cursor,
        }
    }
}

/// Rows that are being filled.
struct Filling {
    columns: usize,
    /// Cells at the start of every row but the first that stay free.
    indent: usize,
    rows: Vec<Vec<(String, Style)>>,
    column: usize,
    cursor: Place,
}

impl Filling {
    fn behind(prompt: &str, columns: usize) -> Self {
        let cells = width_of(prompt);
        // A prompt that leaves no room to type is left out.
        let prompt = if cells * 2 > columns { "" } else { prompt };
        let mut filling = Self {
            columns: columns.max(1),
            indent: width_of(prompt).min(2),
            rows: vec![Vec::new()],
            column: 0,
            cursor: Place::default(),
        };
        filling.put(prompt, Style::PLAIN.bold());
        filling
    }

    fn take(&mut self, cluster: &str) {
        if cluster == "\n" {
            self.begin_row();
            return;
        }
        for part in parts(cluster, Kind::Inline) {
            match part {
                Part::Text(text) => self.put(&text, Style::PLAIN),
                Part::Marked(name) => self.put(&name, Style::PLAIN.reversed()),
                Part::Break => {}
            }
        }
    }

    fn put(&mut self, text: &str, style: Style) {
        for cluster in clusters(text) {
            let cells = width_of(cluster);
            if self.column + cells > self.columns && self.column > self.indent {
                self.begin_row();
            }
            self.column += cells;
            let Some(row) = self.rows.last_mut() else {
                return;
            };
            match row.last_mut() {
                Some((last, its_style)) if *its_style == style => last.push_str(cluster),
                _ => row.push((cluster.to_owned(), style)),
            }
        }
    }

    fn begin_row(&mut self) {
        let indent = " ".repeat(self.indent);
        self.rows.push(vec![(indent, Style::PLAIN)]);
        self.column = self.indent;
    }

    /// The cursor stands behind what was put last; behind a full row, on the next.
    fn set_cursor(&mut self) {
        if self.column >= self.columns && self.column > self.indent {
            self.begin_row();
        }
        self.cursor = Place {
            row: self.rows.len() - 1,
            column: self.column,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui_term::keys::Key;

    #[track_caller]
    fn check(text: &str, left: usize, columns: usize, expected: &[&str], cursor: (usize, usize)) {
        let mut editor = Editor::default();
        editor.insert(text);
        for _ in 0..left {
            editor.key(&Key::Left);
        }
        let typing = Typing::of(&editor, "> ", columns);
        let rows: Vec<String> = typing
            .rows
            .iter()
            .map(|row| row.iter().map(|(text, _)| text.as_str()).collect())
            .collect();
        assert_eq!(rows, expected);
        assert_eq!((typing.cursor.row, typing.cursor.column), cursor);
    }

    #[test]
    fn the_cursor_stands_where_the_next_character_goes() {
        check("", 0, 10, &["> "], (0, 2));
        check("abc", 0, 10, &["> abc"], (0, 5));
        check("abc", 2, 10, &["> abc"], (0, 3));
        check("日本", 1, 10, &["> 日本"], (0, 4));
    }

    #[test]
    fn the_input_grows_by_rows() {
        check("abcdefgh", 0, 10, &["> abcdefgh", "  "], (1, 2));
        check("abcdefghi", 0, 10, &["> abcdefgh", "  i"], (1, 3));
        check("a\nb", 0, 10, &["> a", "  b"], (1, 3));
        check("a\n", 0, 10, &["> a", "  "], (1, 2));
        check("a\nb", 1, 10, &["> a", "  b"], (1, 2));
    }

    #[test]
    fn what_is_pasted_shows_what_it_is() {
        check("a\u{202e}b", 0, 20, &["> a<RLO>b"], (0, 9));
        check("\u{200b}", 0, 20, &["> <empty>"], (0, 9));
        check("\t", 0, 20, &[">     "], (0, 6));
    }

    #[test]
    fn there_is_progress_in_one_column() {
        check("日本", 0, 1, &["日", "本", ""], (2, 0));
        check("ab", 0, 0, &["a", "b", ""], (2, 0));
    }
}
