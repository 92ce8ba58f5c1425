//! A run as a picture: people and the server as columns, what passes between them as arrows, one below the other as it
//! happened, and the step that failed in red.
//!
//! It is SVG: lines, texts and one style, which follows the page's light or dark. There is no script in it and nothing
//! it would load, so it can stand on any page. It holds no times and no ports: the same run is the same picture.
//! A height that grows with the time between two steps would show who waited, and never twice the same.

use super::report::{Outcome, Verdict, escaped};
use super::seen::{Event, Kind};
use crate::sanitise::width::{width, width_of};
use crate::sanitise::{Part, plain_line};
use crate::ui_term::style::Style;
use crate::ui_term::wrap::{Pane, wrap};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Events below one row of heads, and people that stand there though only others do something.
const ROWS_MAX: usize = 40;
const PEOPLE_MAX: usize = 8;
/// Lines of the title, and of what a failure expected or what came instead.
const LINES_MAX: usize = 12;
/// Lengths in the picture's own unit: a row, a line of text, ten cells of its letters, the space at either side.
const ROW: usize = 30;
const LINE: usize = 18;
const TEN_CELLS: usize = 73;
const SIDE: usize = 70;
/// A picture of few people, and at least from one column to the next.
const WIDTH: usize = 860;
const GAP_MIN: usize = 110;
/// Cells that a text may have, though the arrow below it is shorter.
const CELLS_MIN: usize = 28;

/// Colours and lines, by what an event is called, and the ends of lines.
const STYLE: &str = include_str!("picture_style.svg");
/// Whose column the server's is; nobody is called so.
const SERVER: &str = "";

/// Whom they are about, in the order of their first, and the server in the middle, so that few arrows cross another
/// column.
fn columns(events: &[Event]) -> Vec<&str> {
    let mut columns = Vec::new();
    for Event { who, .. } in events {
        if who != SERVER && !columns.contains(&who.as_str()) {
            columns.push(who);
        }
    }
    columns.insert(columns.len().div_ceil(2), SERVER);
    columns
}

/// The picture of a run.
#[must_use]
pub fn svg(events: &[Event], outcome: &Outcome) -> String {
    let mut canvas = Canvas {
        body: String::new(),
        width: WIDTH,
        y: LINE + LINE / 3,
        columns: columns(events),
        connected: BTreeSet::new(),
    };
    canvas.title(outcome);
    let is_crowd = canvas.columns.len() > PEOPLE_MAX + 1;
    for events in events.chunks(ROWS_MAX) {
        if is_crowd {
            canvas.columns = columns(events);
        }
        canvas.panel(events);
    }
    canvas.end(events, outcome);
    let Canvas { body, width, y, .. } = canvas;
    let name = escaped(&plain_line(&outcome.file));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {y}\" width=\"{width}\" height=\"{y}\" \
         role=\"img\">\n<title>{name}</title>\n{STYLE}<rect width=\"{width}\" height=\"{y}\" rx=\"8\"/>\n{body}</svg>\n"
    )
}

/// A picture that is being drawn, from top to bottom.
struct Canvas<'a> {
    body: String,
    width: usize,
    y: usize,
    /// Who stand over the events here: all if there is room, else those whom these are about.
    columns: Vec<&'a str>,
    connected: BTreeSet<&'a str>,
}

impl<'a> Canvas<'a> {
    fn column(&self, who: &str) -> usize {
        let index = self.columns.iter().position(|name| *name == who);
        SIDE + index.unwrap_or_default() * self.gap()
    }

    fn gap(&self) -> usize {
        ((WIDTH - 2 * SIDE) / (self.columns.len() - 1).max(1)).max(GAP_MIN)
    }

    /// From the first column to the last.
    fn span(&self) -> usize {
        (self.columns.len() - 1) * self.gap()
    }

    fn path(&mut self, class: &str, way: &str) {
        let _ = writeln!(self.body, "<path class=\"{class}\" d=\"{way}\"/>");
    }

    /// A text that begins, ends or has its middle (`start`, `end`, `middle`) there.
    fn text(&mut self, class: &str, anchor: &str, (x, y): (usize, usize), text: &str) {
        let place = format!("class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\"");
        let _ = writeln!(self.body, "<text {place}>{}</text>", escaped(text));
    }

    /// Lines of text over the whole width.
    fn lines(&mut self, class: &str, x: usize, text: &str) {
        let pane = Pane {
            columns: cells(self.width - LINE - x),
            ..Pane::default()
        };
        let parts = |line| [(Part::Text(plain_line(line).into()), Style::PLAIN)];
        let rows = text.lines().flat_map(|line| wrap(&parts(line), pane));
        for row in rows.take(LINES_MAX) {
            self.text(class, "start", (x, self.y), &row.text());
            self.y += LINE;
        }
    }

    /// What became of it, as the report begins, and what it is for.
    fn title(&mut self, outcome: &Outcome) {
        let report = outcome.to_string();
        let failed = matches!(outcome.verdict, Verdict::Failed(_));
        let class = if failed { "bold failed" } else { "bold" };
        self.lines(class, LINE, report.lines().next().unwrap_or_default());
        self.lines("faint", LINE, &outcome.title);
    }

    /// These events, and above them whose columns there are.
    fn panel(&mut self, events: &'a [Event]) {
        self.width = self.width.max(SIDE + self.span() + SIDE);
        let rows = ROW * (events.len() + 1);
        let (head, below) = (self.y, self.y + LINE + LINE / 3);
        for who in self.columns.clone() {
            let (class, name) = match who {
                SERVER => ("server", "server"),
                _ => ("away", who),
            };
            let x = self.column(who);
            self.path(class, &format!("M{x} {below}v{rows}"));
            let name = short(name, cells(GAP_MIN - LINE));
            let wide = LINE + length(width_of(&name));
            let place = format!("x=\"{}\" y=\"{head}\" width=\"{wide}\"", x - wide / 2);
            let _ = writeln!(
                self.body,
                "<rect class=\"{class}\" {place} height=\"24\" rx=\"4\"/>"
            );
            self.text("bold", "middle", (x, head + 16), &name);
        }
        self.y = below;
        self.connections();
        for event in events {
            self.y += ROW;
            if event.kind.ends() {
                self.connected.remove(&*event.who);
            } else {
                self.connected.insert(&event.who);
            }
            self.connections();
            self.event(event);
        }
        self.y += ROW + LINE;
    }

    /// Who is connected until the next event.
    fn connections(&mut self) {
        let people = self.columns.iter().filter(|who| **who != SERVER);
        let here = people.filter(|who| self.connected.contains(*who));
        let way = here.map(|who| format!("M{} {}v{ROW}", self.column(who), self.y));
        let way: String = way.collect();
        self.path("here", &way);
    }

    fn event(&mut self, event: &Event) {
        let failed = if event.failed { " failed" } else { "" };
        // As the style calls it.
        let class = format!("{:?}{failed}", event.kind);
        let (y, server) = (self.y, self.column(SERVER));
        if event.kind == Kind::Note {
            let middle = SIDE + self.span() / 2;
            let text = short(&event.text, cells(2 * middle - 2 * LINE));
            return self.text(&class, "middle", (middle, y), &text);
        }
        let person = self.column(&event.who);
        let (to_server, anchors) = match person < server {
            true => (1, ["start", "end"]),
            false => (-1, ["end", "start"]),
        };
        let beside = |x: usize, by: isize| x.saturating_add_signed(to_server * by);
        let (near, far) = (beside(person, 3), beside(server, -2));
        let way = match event.kind.is_done() {
            true => format!("M{near} {y}H{far}"),
            false => format!("M{far} {y}H{near}"),
        };
        self.path(&class, &way);
        let room = cells(person.abs_diff(server) - LINE - 4).max(CELLS_MIN);
        let at = (beside(person, 13), y - 5);
        self.text(&class, anchors[0], at, &short(&event.text, room));
        if !event.reads.is_empty() {
            let sizes: Vec<String> = event.reads.iter().map(usize::to_string).collect();
            let read = short(&format!("read {}", sizes.join(" + ")), CELLS_MIN);
            self.text("read", anchors[1], (beside(server, -9), y + 12), &read);
        }
    }

    /// What failed, and what the marks mean.
    fn end(&mut self, events: &[Event], outcome: &Outcome) {
        if let Verdict::Failed(failure) = &outcome.verdict {
            let top = self.y - LINE / 3;
            self.y = top + LINE;
            let place = failure.place.iter().map(|place| ("at", place.to_string()));
            let came = [("expected", &failure.expected), ("but came", &failure.got)];
            let through = failure.through.iter().map(|through| ("through", through));
            let came = came.into_iter().chain(through);
            let came = came.map(|(head, text)| (head, text.clone()));
            for (head, text) in place.chain(came) {
                self.text("faint", "start", (2 * LINE, self.y), head);
                self.lines("failed", 6 * LINE, &text);
            }
            let (wide, height) = (self.width - 2 * LINE, self.y - top - LINE / 3);
            self.path("failed", &format!("M{LINE} {top}h{wide}v{height}h-{wide}z"));
            self.y += LINE;
        }
        if events.iter().any(|event| !event.reads.is_empty()) {
            let read = "read 9: a read of the server that brought 9 bytes";
            self.lines("faint", LINE, read);
        }
    }
}

/// How many cells are so long.
fn cells(length: usize) -> usize {
    length * 10 / TEN_CELLS
}

/// How long so many cells are.
fn length(cells: usize) -> usize {
    (cells * TEN_CELLS).div_ceil(10)
}

/// A text that can be looked at, in at most so many cells: of a longer one the beginning and the end.
fn short(text: &str, cells: usize) -> String {
    let text = plain_line(text.trim_end());
    if width_of(&text) <= cells {
        return text;
    }
    let fit = |mut left: usize| {
        move |c: &char| {
            let after = left.checked_sub(width(*c));
            after.inspect(|after| left = *after).is_some()
        }
    };
    let room = cells.saturating_sub(1);
    let head: String = text.chars().take_while(fit(room.div_ceil(2))).collect();
    let tail: String = text.chars().rev().take_while(fit(room / 2)).collect();
    format!("{head}…{}", tail.chars().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{ROWS_MAX, svg};
    use crate::play::report::{Failure, Outcome, Verdict};
    use crate::play::seen::{Event, Kind};

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome {
            file: "a.chat".to_owned(),
            title: "Why.".to_owned(),
            verdict,
            times: (1, 0),
            rewritten: Vec::new(),
        }
    }

    fn says(who: &str, text: &str) -> Event {
        Event::new(who, Kind::Sends, text.to_owned())
    }

    /// The texts of a picture, from top to bottom.
    #[track_caller]
    fn check(events: &[Event], verdict: Verdict, expected: &[&str]) {
        let picture = svg(events, &outcome(verdict));
        let texts = picture
            .split("</text>")
            .filter_map(|part| part.rsplit_once('>'));
        let texts: Vec<&str> = texts.map(|(_, text)| text).collect();
        assert_eq!(texts.strip_suffix(&["\n"]), Some(expected));
    }

    #[test]
    fn a_picture_says_what_happened_in_order_below_who_it_was() {
        let mut sent = says("anna", "hello");
        sent.reads = vec![2, 4];
        let events = [
            Event::new("anna", Kind::Connects, "connects".to_owned()),
            sent,
            Event::new("ben", Kind::Comes, "[anna] hello".to_owned()),
        ];
        let head = ["ok    a.chat", "Why.", "anna", "server", "ben"];
        let told = ["connects", "hello", "read 2 + 4", "[anna] hello"];
        let foot = ["read 9: a read of the server that brought 9 bytes"];
        check(
            &events,
            Verdict::Passed,
            &[&head[..], &told, &foot].concat(),
        );
    }

    #[test]
    fn what_failed_is_red_and_told_below() {
        let failure = Failure::new(None, "anna gets: x".to_owned(), "y".to_owned());
        let mut came = Event::new("anna", Kind::Comes, "y".to_owned());
        came.failed = true;
        let told = ["FAIL  a.chat", "Why.", "anna", "server", "y"];
        let foot = ["expected", "anna gets: x", "but came", "y"];
        let verdict = Verdict::Failed(failure);
        check(
            &[came.clone()],
            verdict.clone(),
            &[&told[..], &foot].concat(),
        );
        let red = svg(&[came], &outcome(verdict)).matches("failed\"").count();
        assert_eq!(red, 6);
    }

    #[test]
    fn texts_are_filtered_escaped_and_short() {
        let hostile = "</text><script>\"&\u{202e}\u{1b}\u{ffff}\u{0}";
        let picture = svg(&[says("anna", hostile)], &outcome(Verdict::Passed));
        let shown = "&lt;/text&gt;&lt;script&gt;&quot;&amp;&lt;RLO&gt;^[";
        assert!(picture.contains(shown), "{picture}");
        let long = format!("{}{}", "a".repeat(5_000_000), "日".repeat(200));
        let picture = svg(&[says("anna", &long)], &outcome(Verdict::Passed));
        assert!(picture.len() < 5_000 && picture.contains("a…日"));
    }

    #[test]
    fn there_are_so_many_rows_and_people_below_a_row_of_heads() {
        let heads = |events: &[Event]| {
            let picture = svg(events, &outcome(Verdict::Passed));
            picture.matches(">server<").count()
        };
        let many = vec![says("anna", "x"); ROWS_MAX];
        assert_eq!(heads(&many), 1);
        assert_eq!(heads(&[many, vec![says("ben", "y")]].concat()), 2);
        let crowd: Vec<Event> = (0..50).map(|n| says(&format!("p{n}"), "x")).collect();
        let names = |picture: &str| picture.matches(">p").count();
        let drawn = |events: &[Event]| names(&svg(events, &outcome(Verdict::Passed)));
        let few = [&crowd[..8], &vec![says("p1", "x"); ROWS_MAX]].concat();
        assert_eq!((drawn(&few), drawn(&crowd)), (16, 50));
        assert_eq!(heads(&[]), 0);
    }
}
