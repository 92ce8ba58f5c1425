//! A transcript as a value: who does what, in which order, and where that was written.
//!
//! Two things are resolved on reading, so that what is played is one plain list: several people
//! in a sentence, and several lines under it, are so many steps; an included file is its steps.
//! A tree that kept the sentences as written would print back prettier, but everything that
//! walks it would have to know all the ways to say the same. Printed (`Display`), a script is
//! its canonical spelling, and reading that gives the same steps.

use super::pattern::Pattern;
use super::piece::visible;
use super::text::Text;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A whole transcript.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The comment at its head, in one line: what it is for. Shown when it fails.
    pub title: String,
    /// Arguments for our own server, if the run starts it.
    pub flags: Vec<String>,
    /// It shows its mistake in some rounds only: that it held in one proves nothing.
    pub race: bool,
    /// It does not hold, for this reason, as is said here.
    pub known: Option<(Place, String)>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where that stands.
    pub place: Place,
    /// What happens.
    pub act: Act,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As it was named, not as the system finds it.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", visible(self.file.as_bytes()), self.line)
    }
}

impl Place {
    /// A mistake that stands here.
    pub(crate) fn mistake(&self, what: impl Into<String>) -> Mistake {
        let (place, what) = (self.clone(), what.into());
        Mistake { place, what }
    }
}

/// Something a transcript should not say, and what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// A phrase for its author.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Mistake {}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// `anna …`: somebody does something, or something must come to her.
    Person(String, Deed),
    /// `deadline 5 s`: how long to wait from here on.
    Deadline(Duration),
    /// `lines end with \r\n`: what ends a line from here on.
    LinesEnd(Text),
    /// `fence sends: …`: what is asked to see that nothing else comes.
    FenceSends(Text),
    /// `fence gets: …`: what is then answered.
    FenceGets(Pattern),
    /// `repeat 10 times` and the steps below it.
    Repeat(u32, Vec<Step>),
    /// `at once:` and the steps below it: each person's in a thread of its own.
    AtOnce(Vec<Step>),
    /// `one of anna and ben gets: …`: the next line of one fits, and of no other.
    OneOf(Vec<String>, Pattern),
    /// `anna and ben get the same 40 lines`.
    GetSame(Vec<String>, u32),
    /// `the server …`: what happens to it, or must be so of it, and the number in that; 0 where there is none.
    Server(Demand, u32),
}

/// What happens to the server, or must be so of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// It is started anew.
    Restart,
    /// Its standard input ends.
    Stop,
    /// With this exit code.
    Ended,
    /// Since it was ready.
    MemoryMax,
    /// The same.
    DescriptorsMax,
}

impl Demand {
    /// How each is said; N is the number.
    pub(crate) const SENTENCES: [(Demand, &str); 5] = [
        (Demand::Restart, "restart the server"),
        (Demand::Stop, "the server is asked to stop"),
        (Demand::Ended, "the server has ended with N"),
        (
            Demand::MemoryMax,
            "the server's memory has grown by at most N MB",
        ),
        (
            Demand::DescriptorsMax,
            "the server has at most N descriptors more than when ready",
        ),
    ];

    /// Whether it can be had only of a process that the run has started.
    #[must_use]
    pub fn is_of_process(self) -> bool {
        matches!(self, Demand::Restart | Demand::Stop | Demand::Ended)
    }

    /// Whether it is about what the server uses.
    #[must_use]
    pub fn is_of_usage(self) -> bool {
        matches!(self, Demand::MemoryMax | Demand::DescriptorsMax)
    }
}

/// Where the steps first demand such a thing of the server, if they do.
#[must_use]
pub fn demanded(steps: &[Step], such: fn(Demand) -> bool) -> Option<&Place> {
    steps.iter().find_map(|step| match &step.act {
        Act::Server(demand, _) if such(*demand) => Some(&step.place),
        Act::Repeat(_, steps) => demanded(steps, such),
        _ => None,
    })
}

/// The people who do something in these steps.
#[must_use]
pub fn people(steps: &[Step]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for step in steps {
        match &step.act {
            Act::Person(name, _) => found.extend([name.as_str()]),
            Act::Repeat(_, steps) => found.append(&mut people(steps)),
            _ => {}
        }
    }
    found
}

/// What somebody does, or what must come to her next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// `connects`.
    Connect,
    /// `sends: text`: the text and a line's end.
    Send(Text),
    /// `sends bytes: text`: the text and nothing else, so half a line too.
    SendBytes(Text),
    /// `sends, as far as it is taken: …`: one of the two above, and it is no matter if the server takes less.
    SendAsTaken(Box<Deed>),
    /// `gets: pattern`: the next line.
    Get(Pattern),
    /// `gets in any order:` and patterns below it: the next lines, as many as there are patterns.
    GetSet(Vec<Pattern>),
    /// `gets part: pattern`: what has come so far of a line that has not ended.
    GetPart(Pattern),
    /// `gets nothing`: the next line is the answer to the fence, which is asked now.
    GetNothing,
    /// `gets nothing for 2 s`: no byte, for so long.
    GetNothingFor(Duration),
    /// `gets nothing until: pattern`: the next line, said otherwise.
    GetNothingUntil(Pattern),
    /// `gets only: pattern to the end`: every line, and then the connection is closed in order.
    GetOnly(Pattern),
    /// `gets the end`: nothing more, and the connection is closed in order.
    GetEnd,
    /// `skips to: pattern`: the first line from here that fits.
    SkipTo(Pattern),
    /// `skips to the end`: any lines, and then the connection ends, however it does.
    SkipToEnd,
    /// `closes`: as a program that ends.
    Close,
    /// `half-closes`: sends no more, and still reads.
    HalfClose,
    /// `resets`: as a program that is torn away.
    Reset,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Connect => write!(f, "connects"),
            Deed::Send(text) => line(f, "sends", &text.to_string()),
            Deed::SendBytes(text) => write!(f, "sends bytes: {text}"),
            Deed::SendAsTaken(deed) => {
                let (send, text) = (deed.to_string(), ", as far as it is taken");
                match send.split_once(':') {
                    Some((send, rest)) => write!(f, "{send}{text}:{rest}"),
                    None => write!(f, "{send}{text}"),
                }
            }
            Deed::Get(pattern) => line(f, "gets", &pattern.to_string()),
            Deed::GetSet(patterns) => {
                write!(f, "gets in any order:")?;
                patterns
                    .iter()
                    .try_for_each(|pattern| write!(f, "\n    {pattern}"))
            }
            Deed::GetPart(pattern) => write!(f, "gets part: {pattern}"),
            Deed::GetNothing => write!(f, "gets nothing"),
            Deed::GetNothingFor(time) => write!(f, "gets nothing for {}", spell_time(*time)),
            Deed::GetNothingUntil(pattern) => write!(f, "gets nothing until: {pattern}"),
            Deed::GetOnly(pattern) => write!(f, "gets only: {pattern} to the end"),
            Deed::GetEnd => write!(f, "gets the end"),
            Deed::SkipTo(pattern) => write!(f, "skips to: {pattern}"),
            Deed::SkipToEnd => write!(f, "skips to the end"),
            Deed::Close => write!(f, "closes"),
            Deed::HalfClose => write!(f, "half-closes"),
            Deed::Reset => write!(f, "resets"),
        }
    }
}

fn line(f: &mut fmt::Formatter<'_>, verb: &str, what: &str) -> fmt::Result {
    match what {
        "" => write!(f, "{verb} an empty line"),
        what => write!(f, "{verb}: {what}"),
    }
}

/// A length of time as transcripts write it: `2 s`, `500 ms`.
#[must_use]
pub fn spell_time(time: Duration) -> String {
    match time.subsec_millis() {
        0 => format!("{} s", time.as_secs()),
        _ => format!("{} ms", time.as_millis()),
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Person(name, deed) => write!(f, "{name} {deed}"),
            Act::Deadline(time) => write!(f, "deadline {}", spell_time(*time)),
            Act::LinesEnd(end) => write!(f, "lines end with {end}"),
            Act::FenceSends(text) => write!(f, "fence sends: {text}"),
            Act::FenceGets(pattern) => write!(f, "fence gets: {pattern}"),
            Act::Repeat(times, steps) => block(f, &format!("repeat {times} times"), steps),
            Act::AtOnce(steps) => block(f, "at once:", steps),
            Act::OneOf(names, pattern) => {
                write!(f, "one of {} gets: {pattern}", names.join(" and "))
            }
            Act::GetSame(names, count) => {
                write!(f, "{} get the same {count} lines", names.join(" and "))
            }
            Act::Server(demand, number) => {
                let said = |(of, _): &&(Demand, &str)| of == demand;
                let sentence = Demand::SENTENCES
                    .iter()
                    .find(said)
                    .map_or("", |(_, said)| said);
                f.write_str(&sentence.replace('N', &number.to_string()))
            }
        }
    }
}

fn block(f: &mut fmt::Formatter<'_>, head: &str, steps: &[Step]) -> fmt::Result {
    let steps: Vec<String> = steps.iter().map(|step| step.act.to_string()).collect();
    let mut lines = steps.iter().flat_map(|step| step.lines());
    write!(f, "{head}")?;
    lines.try_for_each(|line| write!(f, "\n    {line}"))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.title.is_empty() {
            writeln!(f, "# {}", self.title)?;
        }
        if !self.flags.is_empty() {
            writeln!(f, "flags: {}", self.flags.join(" "))?;
        }
        if self.race {
            writeln!(f, "this is a race")?;
        }
        if let Some((_, why)) = &self.known {
            writeln!(f, "known to fail: {why}")?;
        }
        self.steps
            .iter()
            .try_for_each(|step| writeln!(f, "{}", step.act))
    }
}
