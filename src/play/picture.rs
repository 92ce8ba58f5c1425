//! A run as a picture: people and the server as columns, what passes between them as arrows, one below the other as it
//! happened, and the step that failed in red.
//!
//! It is SVG: lines, texts and one style, which follows the page's light or dark. There is no script in it and nothing
//! it would load, so it can stand on any page. It holds no times and no ports: the same run is the same picture.
//! A height that grows with the time between two steps would show who waited, and never twice the same.

use super::report::{Outcome, Verdict, escaped};
use super::seen::{Event, Kind};
use crate::sanitise::plain_line;
use crate::sanitise::width::{width, width_of};
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
/// A picture of few people, and from one column to the next.
const WIDTH: usize = 860;
const GAP_MIN: usize = 110;
const GAP_MAX: usize = 480;
/// Cells that a text may have, though the arrow below it is shorter.
const CELLS_MIN: usize = 28;

/// Colours and lines, by what an event is called, and the ends of lines.
const STYLE: &str = include_str!("picture_style.svg");

/// Some events, and whose columns stand over them.
struct Panel<'a> {
    people: Vec<&'a str>,
    events: &'a [Event],
}

impl<'a> Panel<'a> {
    /// All people stand over all events if there is room, else those whom they are about.
    fn all(events: &'a [Event]) -> Vec<Panel<'a>> {
        let everybody = people(events);
        let is_room = everybody.len() <= PEOPLE_MAX;
        let panel = |events: &'a [Event]| Panel {
            people: if is_room {
                everybody.clone()
            } else {
                people(events)
            },
            events,
        };
        events.chunks(ROWS_MAX).map(panel).collect()
    }

    /// The server stands in the middle, so that few arrows cross another column.
    fn server(&self) -> usize {
        self.column(self.people.len().div_ceil(2))
    }

    fn person(&self, who: &str) -> usize {
        let index = self.people.iter().position(|name| *name == who);
        let index = index.unwrap_or_default();
        self.column(index + usize::from(index >= self.people.len().div_ceil(2)))
    }

    fn column(&self, index: usize) -> usize {
        SIDE + index * self.gap()
    }

    fn gap(&self) -> usize {
        ((WIDTH - 2 * SIDE) / self.people.len().max(1)).clamp(GAP_MIN, GAP_MAX)
    }

    fn width(&self) -> usize {
        self.column(self.people.len().max(1)) + SIDE
    }
}

/// Whom they are about, in the order of their first.
fn people(events: &[Event]) -> Vec<&str> {
    let mut people = Vec::new();
    for Event { who, .. } in events {
        if !who.is_empty() && !people.contains(&who.as_str()) {
            people.push(who);
        }
    }
    people
}

/// The picture of a run.
#[must_use]
pub fn svg(events: &[Event], outcome: &Outcome) -> String {
    let panels = Panel::all(events);
    let width = panels.iter().map(Panel::width).max().unwrap_or(WIDTH);
    let (body, y, mut connected) = (String::new(), LINE + LINE / 3, BTreeSet::new());
    let mut canvas = Canvas { body, width, y };
    canvas.title(outcome);
    for panel in &panels {
        canvas.panel(panel, &mut connected);
    }
    canvas.end(events, outcome);
    let Canvas { body, y, .. } = canvas;
    let name = escaped(&plain_line(&outcome.file));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {y}\" width=\"{width}\" height=\"{y}\" \
         role=\"img\">\n<title>{name}</title>\n{STYLE}<rect width=\"{width}\" height=\"{y}\" rx=\"8\"/>\n{body}</svg>\n"
    )
}

/// A picture that is being drawn, from top to bottom.
struct Canvas {
    body: String,
    width: usize,
    y: usize,
}

impl Canvas {
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
        let cells = cells(self.width - LINE - x);
        let broken: Vec<String> = text.lines().map(|line| wrapped(line, cells)).collect();
        for line in broken.iter().flat_map(|line| line.lines()).take(LINES_MAX) {
            self.text(class, "start", (x, self.y), &short(line, cells));
            self.y += LINE;
        }
    }

    fn title(&mut self, outcome: &Outcome) {
        let (word, more) = outcome.told();
        let failed = matches!(outcome.verdict, Verdict::Failed(_));
        let class = if failed { "bold failed" } else { "bold" };
        self.lines(
            class,
            LINE,
            format!("{word}  {}  {more}", outcome.file).trim_end(),
        );
        self.lines("faint", LINE, &outcome.title);
    }

    fn panel<'a>(&mut self, panel: &Panel<'a>, connected: &mut BTreeSet<&'a str>) {
        let head = self.y + LINE + LINE / 3;
        let lives = |connected: &BTreeSet<&str>, y: usize| -> String {
            let here = connected.iter().filter(|who| panel.people.contains(who));
            here.map(|who| format!("M{} {y}v{ROW}", panel.person(who)))
                .collect()
        };
        let (mut y, mut lines) = (head, lives(connected, head));
        for event in panel.events {
            y += ROW;
            if event.kind.ends() {
                connected.remove(&*event.who);
            } else {
                connected.insert(&event.who);
            }
            lines += &lives(connected, y);
        }
        let rows = y + ROW - head;
        let people = panel
            .people
            .iter()
            .map(|who| ("away", *who, panel.person(who)));
        for (class, name, x) in people.chain([("server", "server", panel.server())]) {
            self.path(class, &format!("M{x} {head}v{rows}"));
            let name = short(name, cells(GAP_MIN - LINE));
            let (wide, y) = (LINE + length(width_of(&name)), self.y);
            let place = format!("x=\"{}\" y=\"{y}\" width=\"{wide}\"", x - wide / 2);
            let _ = writeln!(
                self.body,
                "<rect class=\"{class}\" {place} height=\"24\" rx=\"4\"/>"
            );
            self.text("bold", "middle", (x, y + 16), &name);
        }
        self.path("here", &lines);
        for (at, event) in panel.events.iter().enumerate() {
            self.event(panel, event, head + ROW + ROW * at);
        }
        self.y = y + ROW + LINE;
    }

    fn event(&mut self, panel: &Panel<'_>, event: &Event, y: usize) {
        let failed = if event.failed { " failed" } else { "" };
        // As the style calls it.
        let class = format!("{:?}{failed}", event.kind);
        let server = panel.server();
        if event.kind == Kind::Note {
            let text = short(&event.text, cells(panel.width() - 2 * LINE));
            let half = length(width_of(&text)) / 2 + LINE;
            let x = server.clamp(half, (panel.width() - half).max(half));
            return self.text(&class, "middle", (x, y), &text);
        }
        let person = panel.person(&event.who);
        let is_left = person < server;
        // To the server, and so much of the way.
        let on = |from: usize, by: usize| if is_left { from + by } else { from - by };
        let back = |from: usize, by: usize| if is_left { from - by } else { from + by };
        let (near, far) = (on(person, 3), back(server, 2));
        let anchors = if is_left {
            ["start", "end"]
        } else {
            ["end", "start"]
        };
        let way = match event.kind.is_done() {
            true => format!("M{near} {y}H{far}"),
            false => format!("M{far} {y}H{near}"),
        };
        self.path(&class, &way);
        let room = cells(person.abs_diff(server) - LINE - 4).max(CELLS_MIN);
        let (at, text) = ((on(person, 13), y - 5), short(&event.text, room));
        self.text(&class, anchors[0], at, &text);
        if !event.reads.is_empty() {
            let sizes: Vec<String> = event.reads.iter().map(usize::to_string).collect();
            let read = short(&format!("read {}", sizes.join(" + ")), CELLS_MIN);
            self.text("read", anchors[1], (back(server, 9), y + 12), &read);
        }
    }

    /// What failed, and what the marks mean.
    fn end(&mut self, events: &[Event], outcome: &Outcome) {
        if let Verdict::Failed(failure) = &outcome.verdict {
            let top = self.y - LINE / 3;
            self.y = top + LINE;
            let place = failure.place.as_ref().map(ToString::to_string);
            let told = [
                ("at", place.as_deref()),
                ("expected", Some(failure.expected.as_str())),
                ("but came", Some(failure.got.as_str())),
                ("through", failure.through.as_deref()),
            ];
            for (head, text) in told {
                if let Some(text) = text {
                    self.text("faint", "start", (2 * LINE, self.y), head);
                    self.lines("failed", 6 * LINE, text);
                }
            }
            let (wide, height) = (self.width - 2 * LINE, self.y - top - LINE / 3);
            self.path("failed", &format!("M{LINE} {top}h{wide}v{height}h-{wide}z"));
            self.y += LINE;
        }
        if events.iter().any(|event| !event.reads.is_empty()) {
            self.lines(
                "faint",
                LINE,
                "read 9: a read of the server that brought 9 bytes",
            );
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

/// Broken into lines at blanks.
fn wrapped(text: &str, cells: usize) -> String {
    let words = text.split(' ').map(str::to_owned);
    let broken = words.reduce(|lines, word| {
        let last = lines.rsplit('\n').next().unwrap_or_default();
        let is_full = width_of(last) + 1 + width_of(&word) > cells;
        lines.clone() + if is_full { "\n" } else { " " } + &word
    });
    broken.unwrap_or_default()
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
        let head = ["ok    a.chat", "Why.", "anna", "ben", "server"];
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
