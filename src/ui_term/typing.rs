//! The text that is being typed, in rows, and where the cursor is in them.
//!
//! A pasted text is as foreign as any, so what is drawn goes through the sanitiser; the text
//! that is sent stays what it is.

use super::cluster::clusters;
use super::frame::Position;
use super::model::Input;
use super::style::Style;
use super::wrap::{Cell, Pane, Row, Rows};
use crate::sanitise::width::width_of;
use crate::sanitise::{Kind, Part, parts, plain_line};

/// A typed text, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typing {
    pub(crate) rows: Vec<Row>,
    /// Row and column among them.
    pub(crate) cursor: Position,
}

impl Typing {
    /// Lays out what is being typed, or asked.
    pub(crate) fn of(input: &Input, columns: usize) -> Self {
        if let Some(text) = &input.paste {
            let (lines, bytes) = (text.lines().count(), text.len());
            let question = format!(
                "Paste {lines} lines, {bytes} bytes, as one message? Enter: take it, Esc: drop it "
            );
            return Self::new("", &question, question.len(), columns);
        }
        if let Some(search) = &input.search {
            let prompt = match search.failed {
                true => "not found: ",
                false => "find: ",
            };
            return Self::new(prompt, &search.needle, search.needle.len(), columns);
        }
        let prompt = match input.editor.searching() {
            Some(search) => {
                let sign = if search.failed { "nowhere" } else { "sent" };
                format!("{sign}: {}> ", plain_line(&format!("{} ", search.needle)))
            }
            None => "> ".to_owned(),
        };
        Self::new(&prompt, input.editor.text(), input.editor.cursor(), columns)
    }

    /// Lays out a text behind a prompt of the program's own, the cursor before a byte of it.
    fn new(prompt: &str, text: &str, cursor: usize, columns: usize) -> Self {
        let cells = width_of(prompt);
        // A prompt that leaves no room to type is left out.
        let prompt = if cells * 2 > columns { "" } else { prompt };
        let mut rows = Rows::new(Pane {
            columns,
            indent: width_of(prompt).min(2),
            ..Pane::default()
        });
        put(&mut rows, prompt, Style::BOLD);
        let (before, after) = text.split_at(cursor);
        put_shown(&mut rows, before);
        // Behind a full row the cursor stands on the next.
        if rows.left() == 0 {
            rows.begin_row();
        }
        let cursor = Position::at(rows.rows.len() - 1, rows.column);
        put_shown(&mut rows, after);
        let rows = rows.rows;
        Self { rows, cursor }
    }
}

fn put_shown(rows: &mut Rows<'_>, text: &str) {
    if text.is_empty() {
        return;
    }
    for part in parts(text, Kind::Message) {
        match part {
            Part::Text(text) => put(rows, &text, Style::PLAIN),
            Part::Marked(name) => put(rows, &name, Style::REVERSED),
            Part::Break => rows.begin_row(),
        }
    }
}

fn put(rows: &mut Rows<'_>, text: &str, style: Style) {
    clusters(text).for_each(|cluster| rows.put(Cell::new(cluster, style)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui_term::keys::Key;

    #[track_caller]
    fn check(text: &str, left: usize, columns: usize, expected: &[&str], cursor: (usize, usize)) {
        let mut input = Input::default();
        input.editor.insert(text);
        for _ in 0..left {
            input.editor.key(&Key::Left);
        }
        let typing = Typing::of(&input, columns);
        let rows: Vec<String> = typing
            .rows
            .iter()
            .map(|row| {
                " ".repeat(row.column)
                    + &row
                        .spans
                        .iter()
                        .map(|span| span.text.as_str())
                        .collect::<String>()
            })
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
