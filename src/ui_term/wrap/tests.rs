//! Messages and their rows. A row that is placed is drawn with a dot for each cell before
//! it, a row that flows over from the one above with a `>`.

use super::*;

#[track_caller]
fn check(text: &str, pane: Pane, expected: &[&str]) {
    let lines = text.split('\n');
    let parts = lines.flat_map(|line| [Part::Break, Part::Text(line.into())]);
    let parts = styled(parts.skip(1), Style::PLAIN);
    assert_eq!(drawn(&wrap(&parts, pane)), expected, "{text:?}");
}

fn styled<'a>(parts: impl IntoIterator<Item = Part<'a>>, style: Style) -> Vec<(Part<'a>, Style)> {
    parts.into_iter().map(|part| (part, style)).collect()
}

fn drawn(rows: &[Row]) -> Vec<String> {
    let begin = |row: &Row| match row.flows {
        false => ".".repeat(row.column),
        true => ">".to_owned(),
    };
    let text = |row: &Row| {
        row.spans
            .iter()
            .map(|span| span.text.as_str())
            .collect::<String>()
    };
    rows.iter().map(|row| begin(row) + &text(row)).collect()
}

/// A pane that ends at the edge of the screen.
fn screen(columns: usize, first: usize, indent: usize) -> Pane {
    Pane {
        columns,
        first,
        indent,
        flows: true,
    }
}

/// A pane that ends at another.
fn pane(columns: usize, first: usize, indent: usize) -> Pane {
    Pane {
        flows: false,
        ..screen(columns, first, indent)
    }
}

#[test]
fn words_stay_whole() {
    check("the cat sat", screen(20, 0, 0), &["the cat sat"]);
    check("the cat sat", screen(7, 0, 0), &["the cat", "sat"]);
    check("the cat sat", screen(8, 0, 0), &["the cat", "sat"]);
    check(
        "the cat sat",
        screen(8, 3, 2),
        &["...the", "..cat", "..sat"],
    );
    check("", screen(8, 3, 2), &["..."]);
}

#[test]
fn spaces_within_a_row_stay_and_those_at_its_end_go() {
    check("a   b", screen(8, 0, 0), &["a   b"]);
    check("a       b", screen(8, 0, 0), &["a", "b"]);
    check("  a b", screen(8, 0, 0), &["  a b"]);
    check("a  ", screen(8, 0, 0), &["a  "]);
    check("          a", screen(8, 0, 2), &["        ", "..a"]);
}

#[test]
fn each_line_begins_a_row() {
    check("a\n\n  b", screen(8, 3, 2), &["...a", "..", "..  b"]);
}

#[test]
fn a_long_word_of_ascii_flows_over_the_edge_of_the_screen() {
    check(
        "see http://a.example/b",
        screen(8, 0, 2),
        &["see http", ">://a.exa", ">mple/b"],
    );
    check(
        "12345678 http://abc now",
        screen(8, 0, 2),
        &["12345678", "..http:/", ">/abc now"],
    );
    check("http://a", screen(8, 6, 1), &["......ht", ">tp://a"]);
}

#[test]
fn a_long_word_that_does_not_flow_is_cut() {
    check(
        "see http://a.exa",
        pane(8, 0, 2),
        &["see http", "..://a.e", "..xa"],
    );
    check("ääääääääääx", screen(8, 0, 2), &["ääääääää", "..ääx"]);
}

#[test]
fn wide_characters_break_anywhere_and_are_never_halved() {
    check(
        "日本語テキスト",
        screen(7, 0, 0),
        &["日本語", "テキス", "ト"],
    );
    check("a日本語", screen(4, 1, 0), &[".a日", "本語"]);
    check(
        "👩\u{200d}👧👍\u{1f3fd}",
        screen(5, 0, 0),
        &["👩\u{200d}👧", "👍\u{1f3fd}"],
    );
}

#[test]
fn a_mark_stays_with_its_letter() {
    check(
        "ae\u{301}e\u{301}",
        pane(2, 0, 0),
        &["ae\u{301}", "e\u{301}"],
    );
}

#[test]
fn a_tiny_pane_makes_progress() {
    check("ab", pane(1, 0, 0), &["a", "b"]);
    check("ab", screen(1, 0, 0), &["a", ">b"]);
    check("日本", screen(1, 0, 0), &["日", "本"]);
    check(
        "日\u{301}👩\u{200d}👧",
        screen(1, 0, 9),
        &["日\u{301}", "👩\u{200d}", "👧"],
    );
    check("ab", pane(0, 9, 9), &[".", "a", "b"]);
    check("a b", pane(2, 9, 9), &["..", ".a", ".b"]);
}

#[test]
fn what_is_marked_is_reversed_and_styles_are_kept_apart() {
    let parts = [
        Part::Text("a".into()),
        Part::Marked("^A".into()),
        Part::Text("b".into()),
    ];
    let bold = Style::BOLD;
    let rows = wrap(&styled(parts, bold), screen(8, 0, 0));
    let span = |text: &str, style| Span::new(text.to_owned(), style);
    let expected = [
        span("a", bold),
        span("^A", bold.reversed()),
        span("b", bold),
    ];
    assert_eq!(rows[0].spans, expected);
}

#[test]
fn breaks_of_a_message_are_kept() {
    let parts = [Part::Text("a".into()), Part::Break, Part::Text("b".into())];
    let rows = wrap(&styled(parts, Style::PLAIN), screen(8, 0, 2));
    assert_eq!(drawn(&rows), ["a", "..b"]);
}
