//! What holds of any message in rows of any width.

use chalktalk::sanitise::width::width_of;
use chalktalk::sanitise::{Kind, Part, parts};
use chalktalk::ui_term::cluster::clusters;
use chalktalk::ui_term::style::Style;
use chalktalk::ui_term::wrap::{Pane, Row, Span, wrap};

/// A pane of any shape; half of them end at the edge of the screen.
#[must_use]
pub fn pane(columns: u8, first: u8, indent: u8) -> Pane {
    Pane {
        columns: usize::from(columns / 2),
        first: usize::from(first),
        indent: usize::from(indent),
        flows: columns.is_multiple_of(2),
    }
}

/// Rows hold all that was said but spaces, in order, and each fits where it can.
pub fn wrapping_loses_nothing(text: &str, pane: Pane) {
    let parts = parts(text, Kind::Message);
    let said = |part: &Part<'_>| match part {
        Part::Text(text) => text.replace(' ', ""),
        Part::Marked(name) => name.replace(' ', ""),
        Part::Break => String::new(),
    };
    let said: String = parts.iter().map(said).collect();
    let parts = parts.into_iter().map(|part| (part, Style::PLAIN));
    let rows = wrap(&parts.collect::<Vec<_>>(), pane);
    let shown: String = rows
        .iter()
        .map(|row| text_of(row).replace(' ', ""))
        .collect();
    assert_eq!(shown, said);
    assert_eq!(
        rows.first().map(|row| (row.column, row.flows)),
        Some((pane.first.min(pane.columns.max(1)), false))
    );
    for pair in rows.windows(2) {
        row_is_sound(&pair[0], &pair[1], pane);
    }
    for row in &rows {
        row_fits(row, pane);
    }
}

/// A row that is not the first, and the one above it.
fn row_is_sound(above: &Row, row: &Row, pane: Pane) {
    if row.flows {
        assert!(pane.flows && row.column == 0);
        assert_eq!(
            end_of(above),
            pane.columns.max(1),
            "only a full row flows over"
        );
        assert!(text_of(row).starts_with(|c: char| c.is_ascii_graphic()));
    } else {
        assert!(row.column <= pane.indent && row.column <= pane.columns / 2);
        assert!(
            row.column > 0 || pane.indent == 0 || pane.columns < 2,
            "unindented"
        );
    }
}

fn row_fits(row: &Row, pane: Pane) {
    let text = text_of(row);
    let characters = text
        .chars()
        .filter(|c| width_of(&c.to_string()) > 0)
        .count();
    assert!(
        end_of(row) <= pane.columns.max(1) || characters == 1,
        "{row:?}"
    );
    assert!(row.spans.iter().all(|span| !span.text.is_empty()));
    let look = |span: &Span| (span.style, span.link.clone());
    assert!(
        row.spans
            .windows(2)
            .all(|pair| look(&pair[0]) != look(&pair[1]))
    );
    assert_eq!(
        clusters(&text).map(width_of).sum::<usize>(),
        width_of(&text)
    );
}

fn text_of(row: &Row) -> String {
    row.spans.iter().map(|span| span.text.as_str()).collect()
}

/// The column behind a row.
fn end_of(row: &Row) -> usize {
    row.column + width_of(&text_of(row))
}
