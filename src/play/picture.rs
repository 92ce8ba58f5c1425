//! A run as a picture: people and the server as columns, what passes between them as arrows, one below the other as it
//! happened, and the step that failed in red.
//!
//! It is SVG: lines, texts and one style, which follows the page's light or dark. There is no script in it and nothing
//! it would load, so it can stand on any page. It holds no times and no ports: the same run is the same picture.
//! A height that grows with the time between two steps would show who waited, and never twice the same.

use super::ci::escaped;
use super::report::{Outcome, Verdict};
use super::script::Deed;
use crate::sanitise::plain_line;
use crate::sanitise::width::{width, width_of};
use std::fmt::Write as _;

/// Steps below one row of heads, and people in it.
const ROWS_MAX: usize = 40;
const PEOPLE_MAX: usize = 8;
/// Lines of the title, and of what a failure expected or what came instead.
const LINES_MAX: usize = 12;
/// Lengths, in the picture's own unit: a cell of its letters, a row, the space at either side, from a column to the next.
const CELL_TENTHS: usize = 73;
const ROW: usize = 30;
const LINE: usize = 18;
const SIDE: usize = 70;
const GAP_MIN: usize = 110;
const GAP_MAX: usize = 480;
const WIDTH: usize = 860;
/// Reads that are told one by one.
const READS_MAX: usize = 6;
/// Cells that a text may have wherever there is room.
const CELLS_MIN: usize = 28;

const STYLE: &str = "\
text{font:12px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#1f2328;\
stroke:#fff;stroke-width:4px;paint-order:stroke;stroke-linejoin:round}
path,.h{fill:none;stroke:#0b5cad;stroke-width:1.5}
.p{fill:#fff}.h{fill:#fff;stroke:#57606a}.s{fill:#eaeef2}
.f{stroke:#c4ccd4;stroke-dasharray:1 4}.l{stroke:#8c959f;stroke-width:3}.v{stroke:#57606a}
.d{stroke-dasharray:6 4}.n{stroke-dasharray:1 5}.q{fill:#57606a}.r{fill:#0b5cad;font-size:10px}
.t{font-weight:bold}text.k{stroke:none}.b{stroke:#c8102e}text.b,text.x{fill:#c8102e;stroke:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6e8ea;stroke:#15181c}path{stroke:#7db7f5}.p{fill:#15181c}
.h{fill:#15181c;stroke:#8b949e}.s{fill:#2a3038}.f{stroke:#4a525b}.l{stroke:#6e7781}.v{stroke:#8b949e}
.q{fill:#9aa4ae}.r{fill:#7db7f5}.b{stroke:#ff7b72}text.b,text.x{fill:#ff7b72;stroke:#15181c}}
";

/// What happens between somebody and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody connects.
    Connects,
    /// Somebody sends.
    Sends,
    /// Somebody sends no more.
    HalfCloses,
    /// Somebody closes.
    Closes,
    /// Somebody tears the connection away.
    Resets,
    /// Something comes.
    Comes,
    /// The server ends the connection.
    Ends,
    /// The server tears it away.
    Torn,
    /// Nothing comes.
    Nothing,
    /// What is about nobody alone.
    Note,
}

impl Kind {
    /// What somebody does to their connection; whatever goes over it shows when it does.
    #[must_use]
    pub fn of(deed: &Deed) -> Option<Kind> {
        match deed {
            Deed::Connect => Some(Kind::Connects),
            Deed::HalfClose => Some(Kind::HalfCloses),
            Deed::Close => Some(Kind::Closes),
            Deed::Reset => Some(Kind::Resets),
            Deed::Send(_) | Deed::SendBytes(_) | Deed::SendAsTaken(_) => None,
            Deed::Get(_) | Deed::GetSet(_) | Deed::GetPart(_) | Deed::GetOnly(_) => None,
            Deed::GetNothing | Deed::GetNothingFor(_) | Deed::GetNothingUntil(_) => None,
            Deed::GetEnd | Deed::SkipTo(_) | Deed::SkipToEnd => None,
        }
    }

    /// Which way its arrow goes, what its line is like, and where it ends in.
    fn drawn(self) -> (Toward, &'static str, Tip) {
        match self {
            Kind::Connects => (Toward::Server, "d", Tip::Head),
            Kind::Sends => (Toward::Server, "a", Tip::Head),
            Kind::HalfCloses => (Toward::Server, "d", Tip::Bar),
            Kind::Closes => (Toward::Server, "a", Tip::Bar),
            Kind::Resets => (Toward::Server, "a", Tip::Cross),
            Kind::Comes => (Toward::Person, "a", Tip::Head),
            Kind::Ends => (Toward::Person, "a", Tip::Bar),
            Kind::Torn => (Toward::Person, "a", Tip::Cross),
            Kind::Nothing | Kind::Note => (Toward::Person, "n", Tip::None),
        }
    }

    /// Whether the connection is there from here on.
    fn leaves_connected(self) -> bool {
        !matches!(self, Kind::Closes | Kind::Resets | Kind::Ends | Kind::Torn)
    }
}

enum Toward {
    Server,
    Person,
}

enum Tip {
    Head,
    Bar,
    Cross,
    None,
}

impl Tip {
    /// From where the line ends, which goes to the right (1) or to the left.
    fn way(self, sign: i32) -> String {
        match self {
            Tip::Head => format!("m{} -4l{} 4l{0} 4", -7 * sign, 7 * sign),
            Tip::Bar => "m0 -6v12".to_owned(),
            Tip::Cross => format!("m{} -5l10 10m0 -10l-10 10", -6 * sign - 5),
            Tip::None => String::new(),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// To whom; nobody for a note.
    pub who: String,
    /// What.
    pub kind: Kind,
    /// What was said, or what happened.
    pub text: String,
    /// The bytes of each read of the server that ended within what was sent here, where they are known.
    pub reads: Vec<usize>,
    /// Whether it is what failed.
    pub failed: bool,
}

impl Event {
    /// What happened, all being well.
    #[must_use]
    pub fn new(who: &str, kind: Kind, text: String) -> Event {
        let (who, reads, failed) = (who.to_owned(), Vec::new(), false);
        Event {
            who,
            kind,
            text,
            reads,
            failed,
        }
    }
}

/// Some steps with their heads.
struct Panel<'a> {
    people: Vec<&'a str>,
    events: &'a [Event],
}

impl<'a> Panel<'a> {
    /// All people are on all of them if there is room, else those of whom it tells.
    fn all(events: &'a [Event]) -> Vec<Panel<'a>> {
        let (everybody, _) = Panel::people(events);
        let (mut panels, mut rest) = (Vec::new(), events);
        while !rest.is_empty() {
            let (mut people, count) = Panel::people(rest);
            if everybody.len() <= PEOPLE_MAX {
                people.clone_from(&everybody);
            }
            people.truncate(PEOPLE_MAX);
            let (events, after) = rest.split_at(count);
            panels.push(Panel { people, events });
            rest = after;
        }
        panels
    }

    /// Who is in these events, and how many events fit below one row of heads.
    fn people(events: &'a [Event]) -> (Vec<&'a str>, usize) {
        let (mut people, mut count) = (Vec::new(), 0);
        for (at, event) in events.iter().enumerate() {
            if event.kind != Kind::Note && !people.contains(&event.who.as_str()) {
                people.push(&event.who);
            }
            if at < ROWS_MAX && people.len() <= PEOPLE_MAX {
                count = at + 1;
            }
        }
        (people, count)
    }

    /// The server stands in the middle, so that as few arrows as can be cross another column.
    fn server(&self) -> usize {
        self.people.len().div_ceil(2)
    }

    fn gap(&self) -> usize {
        ((WIDTH - 2 * SIDE) / self.people.len().max(1)).clamp(GAP_MIN, GAP_MAX)
    }

    fn column(&self, index: usize) -> usize {
        SIDE + index * self.gap()
    }

    /// Where somebody's column is.
    fn person(&self, who: &str) -> usize {
        let index = self.people.iter().position(|name| *name == who);
        let index = index.unwrap_or_default();
        self.column(index + usize::from(index >= self.server()))
    }

    fn width(&self) -> usize {
        self.column(self.people.len().max(1)) + SIDE
    }

    fn height(&self) -> usize {
        3 * LINE + self.events.len() * ROW
    }
}

/// A picture that is being drawn, from top to bottom.
struct Canvas<'a> {
    body: String,
    width: usize,
    y: usize,
    connected: Vec<&'a str>,
}

/// The picture of a run.
#[must_use]
pub fn svg(events: &[Event], outcome: &Outcome) -> String {
    let panels = Panel::all(events);
    let width = panels.iter().map(Panel::width).max().unwrap_or(WIDTH);
    let mut canvas = Canvas {
        body: String::new(),
        width,
        y: LINE,
        connected: Vec::new(),
    };
    canvas.title(outcome);
    for panel in &panels {
        canvas.panel(panel);
    }
    canvas.end(events, outcome);
    let Canvas { body, y, .. } = canvas;
    let name = escaped(&plain_line(&outcome.file));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {y}\" width=\"{width}\" height=\"{y}\" \
         role=\"img\">\n<title>{name}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"p\" width=\"{width}\" height=\"{y}\" rx=\"8\"/>\n{body}</svg>\n"
    )
}

impl<'a> Canvas<'a> {
    fn path(&mut self, class: &str, way: &str) {
        let _ = writeln!(self.body, "<path class=\"{class}\" d=\"{way}\"/>");
    }

    /// A text from `x` on, up to it, or around it.
    fn text(&mut self, class: &str, anchor: &str, (x, y): (usize, usize), text: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">{text}</text>"
        );
    }

    /// Lines of text over the whole width.
    fn lines(&mut self, class: &str, indent: usize, text: &str) {
        let cells = cells(self.width - 2 * LINE - indent);
        let text: Vec<String> = text.lines().map(|line| wrapped(line, cells)).collect();
        for line in text.iter().flat_map(|text| text.lines()).take(LINES_MAX) {
            self.text(
                class,
                "start",
                (LINE + indent, self.y),
                &short(line.trim_end(), cells),
            );
            self.y += LINE;
        }
    }

    fn title(&mut self, outcome: &Outcome) {
        let (word, more) = outcome.told();
        let class = match outcome.verdict {
            Verdict::Failed(_) => "t b",
            Verdict::Passed | Verdict::Skipped(_) | Verdict::Known(_) | Verdict::NotSeen(_) => "t",
        };
        self.y += LINE / 3;
        self.lines(
            class,
            0,
            format!("{word}  {}  {more}", outcome.file).trim_end(),
        );
        self.lines("q", 0, &outcome.title);
    }

    fn panel(&mut self, panel: &Panel<'a>) {
        let (top, server) = (self.y, panel.server());
        let (head, bottom) = (top + LINE + 6, top + panel.height() - LINE);
        let mut since: Vec<(&str, usize)> = Vec::new();
        since.extend(self.connected.iter().map(|who| (*who, head)));
        let mut lives = String::new();
        let row = |at: usize| head + ROW * at + ROW - 6;
        for (at, event) in panel.events.iter().enumerate() {
            let open = since.iter().position(|(who, _)| *who == event.who);
            match (open, event.kind) {
                (_, Kind::Note) => {}
                (None, kind) if kind.leaves_connected() => since.push((&event.who, row(at))),
                (Some(open), kind) if !kind.leaves_connected() => {
                    let (who, from) = since.remove(open);
                    let _ = write!(lives, "M{} {from}V{}", panel.person(who), row(at));
                }
                (None | Some(_), _) => {}
            }
        }
        for (who, from) in since.iter().filter(|(who, _)| panel.people.contains(who)) {
            let _ = write!(lives, "M{} {from}V{bottom}", panel.person(who));
        }
        self.connected = since.into_iter().map(|(who, _)| who).collect();
        let columns = panel.people.iter().map(|who| panel.person(who));
        let faint: String = columns.map(|x| format!("M{x} {head}V{bottom}")).collect();
        self.path("f", &faint);
        self.path("l", &lives);
        self.path("v", &format!("M{} {head}V{bottom}", panel.column(server)));
        for who in &panel.people {
            self.head("h", panel.person(who), who, panel.gap());
        }
        self.head("h s", panel.column(server), "server", panel.gap());
        for (at, event) in panel.events.iter().enumerate() {
            self.event(panel, event, row(at));
        }
        self.y = top + panel.height();
    }

    fn head(&mut self, class: &str, x: usize, name: &str, gap: usize) {
        let name = short(name, cells(gap.min(2 * SIDE) - 2 * LINE));
        let wide = 14 + length(width_of(&name));
        let (left, top) = (x - wide / 2, self.y);
        let _ = writeln!(
            self.body,
            "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"24\" rx=\"4\"/>"
        );
        self.text("t k", "middle", (x, top + 16), &name);
    }

    fn event(&mut self, panel: &Panel<'_>, event: &Event, y: usize) {
        let server = panel.column(panel.server());
        if event.kind == Kind::Note {
            let text = short(&event.text, cells(panel.width() - 2 * LINE));
            let half = length(width_of(&text)) / 2 + LINE;
            let x = server.clamp(half, (panel.width() - half).max(half));
            let class = if event.failed { "t x" } else { "t q" };
            return self.text(class, "middle", (x, y), &text);
        }
        let person = panel.person(&event.who);
        let is_left = person < server;
        // Just beside one column, and just beside the other.
        let (near, far) = match is_left {
            true => (person + 3, server - 2),
            false => (person - 3, server + 2),
        };
        let (toward, line, tip) = event.kind.drawn();
        let (from, to, goes_right) = match toward {
            Toward::Server => (near, far, is_left),
            Toward::Person => (far, near, !is_left),
        };
        let (line, class) = match (event.failed, event.kind) {
            (true, _) => (format!("{line} b"), "x"),
            (false, Kind::Sends | Kind::Comes) => (line.to_owned(), "i"),
            (false, _) => (line.to_owned(), "q"),
        };
        self.path(&line, &format!("M{from} {y}H{to}"));
        // By itself, for the line may be dashed.
        let tip = tip.way(if goes_right { 1 } else { -1 });
        self.path(
            if event.failed { "b" } else { "a" },
            &format!("M{to} {y}{tip}"),
        );
        let edge = if is_left {
            panel.width() - person
        } else {
            person
        };
        let room = cells(edge - 2 * LINE).min(CELLS_MIN);
        let text = short(
            &event.text,
            room.max(cells(person.abs_diff(server) - LINE - 4)),
        );
        let (at, read_at) = match is_left {
            true => (("start", person + 13), ("end", server - 9)),
            false => (("end", person - 13), ("start", server + 9)),
        };
        self.text(class, at.0, (at.1, y - 5), &text);
        self.reads(&event.reads, read_at, y + 12);
    }

    /// What each read of the server brought.
    fn reads(&mut self, reads: &[usize], (anchor, x): (&str, usize), y: usize) {
        let brought = match reads {
            [] => return,
            few if few.len() <= READS_MAX => {
                let sizes: Vec<String> = few.iter().map(usize::to_string).collect();
                sizes.join(" + ")
            }
            many => format!("{} in {} reads", many.iter().sum::<usize>(), many.len()),
        };
        self.text("r", anchor, (x, y), &format!("read {brought}"));
    }

    /// What failed, and what the marks mean.
    fn end(&mut self, events: &[Event], outcome: &Outcome) {
        if let Verdict::Failed(failure) = &outcome.verdict {
            let top = self.y;
            self.y += LINE + 4;
            if let Some(place) = &failure.place {
                self.lines("q", 10, &format!("at {place}"));
            }
            for (head, text) in [("expected", &failure.expected), ("but came", &failure.got)] {
                let y = self.y;
                self.lines("x", 90, text);
                self.text("q", "start", (LINE + 10, y), head);
            }
            if let Some(through) = &failure.through {
                self.lines("q", 10, &format!("through   {through}"));
            }
            let (height, wide) = (self.y - top, self.width - 2 * LINE);
            self.path("b", &format!("M{LINE} {top}h{wide}v{height}h-{wide}z"));
            self.y += LINE;
        }
        if events.iter().any(|event| !event.reads.is_empty()) {
            self.y += LINE / 2;
            self.lines("q", 0, "read 9: a read of the server that brought 9 bytes");
        }
    }
}

/// How many cells are so long.
fn cells(length: usize) -> usize {
    length * 10 / CELL_TENTHS
}

/// How long so many cells are.
fn length(cells: usize) -> usize {
    (cells * CELL_TENTHS).div_ceil(10)
}

/// A text that can be looked at, in at most so many cells: of a longer one the beginning and the end.
fn short(text: &str, cells: usize) -> String {
    let text = plain_line(text);
    if width_of(&text) <= cells {
        return text;
    }
    let room = cells.saturating_sub(1);
    let head = fitting(text.chars(), room.div_ceil(2));
    let tail = fitting(text.chars().rev(), room / 2);
    head.into_iter()
        .chain(['…'])
        .chain(tail.into_iter().rev())
        .collect()
}

/// As many of these as fit into so many cells.
fn fitting(chars: impl Iterator<Item = char>, cells: usize) -> Vec<char> {
    let mut left = cells;
    let fits = |c: &char| {
        let after = left.checked_sub(width(*c));
        after.inspect(|after| left = *after).is_some()
    };
    chars.take_while(fits).collect()
}

/// Broken into lines at blanks.
fn wrapped(text: &str, cells: usize) -> String {
    let (mut out, mut left) = (String::new(), cells);
    for word in text.split(' ') {
        let wide = width_of(word) + 1;
        match left.checked_sub(wide) {
            Some(after) => left = after,
            None => {
                out.push('\n');
                left = cells.saturating_sub(wide);
            }
        }
        out += word;
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Event, Kind, ROWS_MAX, svg};
    use crate::play::report::{Failure, Outcome, Verdict};

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome {
            file: "a.chat".to_owned(),
            title: "Why.".to_owned(),
            verdict,
            times: (1, 0),
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
        let foot = ["anna gets: x", "expected", "y", "but came"];
        let verdict = Verdict::Failed(failure);
        check(
            &[came.clone()],
            verdict.clone(),
            &[&told[..], &foot].concat(),
        );
        let red = svg(&[came], &outcome(verdict))
            .matches("class=\"x\"")
            .count();
        assert_eq!(red, 3);
    }

    #[test]
    fn texts_are_filtered_escaped_and_short() {
        let hostile = "</text><script>\"&\u{202e}\u{1b}\u{ffff}\u{0}";
        let picture = svg(&[says("anna", hostile)], &outcome(Verdict::Passed));
        let shown = "&lt;/text&gt;&lt;script&gt;&quot;&amp;&lt;RLO&gt;^[";
        assert!(picture.contains(shown), "{picture}");
        let long = format!("{}{}", "a".repeat(5_000_000), "日".repeat(200));
        let picture = svg(&[says("anna", &long)], &outcome(Verdict::Passed));
        assert!(picture.len() < 4_000 && picture.contains("a…日"));
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
        let crowd: Vec<Event> = (0..9).map(|n| says(&format!("p{n}"), "x")).collect();
        assert_eq!((heads(&crowd[..8]), heads(&crowd)), (1, 2));
        assert_eq!(heads(&[]), 0);
    }
}
