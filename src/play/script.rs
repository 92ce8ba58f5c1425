//! A transcript as a value: who does what, in which order, and where that was written.
//!
//! Two things are resolved on reading, so that what is played is one plain list: several people
//! in a sentence, and several lines under it, are so many steps; an included file is its steps.
//! A tree that kept the sentences as written would print back prettier, but everything that
//! walks it would have to know all the ways to say the same. A step prints as its canonical spelling,
//! and reading that gives the same step.

use super::piece::visible;
use super::sentence::{Hole, sentences};
use super::text::Text;
use crate::proxy::cue::Cue;
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
    pub known: Option<(Location, String)>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where that stands.
    pub place: Location,
    /// What happens.
    pub act: Act,
}

/// A line of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// As it was named, not as the system finds it.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", visible(self.file.as_bytes()), self.line)
    }
}

impl Location {
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
    pub place: Location,
    /// A phrase for its author.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Mistake {}

/// What was read where something is wanted; `None` is that it is no such thing, so the sentence is another one.
pub(crate) type Read<T> = Result<Option<T>, Mistake>;

/// Reads what stands in the braces of a sentence.
pub(crate) trait Reads {
    fn text(&mut self, written: &str) -> Read<Text>;
    fn pattern(&mut self, written: &str) -> Read<Text>;
    fn patterns(&mut self, below: &str) -> Read<Vec<Text>>;
    fn steps(&mut self, below: &str) -> Read<Vec<Step>>;
    fn names(&mut self, written: &str) -> Read<Vec<String>>;
    fn word(&mut self, written: &str) -> Read<String>;
    fn number(&mut self, written: &str) -> Read<u32>;
    fn time(&mut self, written: &str) -> Read<Duration>;
    fn cue(&mut self, written: &str) -> Read<Cue>;
}

sentences! {
    /// What is said of the transcript itself, and is no step of it.
    pub(crate) enum Note {
        /// The sentences of that file.
        Include(word: String) = "include {settings.chat}",
        /// Arguments for our own server.
        Flags(word: String) = "flags: {--no-limits}",
        /// It does not hold, for this reason. Said before any step.
        Known(word: String) = "known to fail: {it greets too late}",
        /// It shows its mistake in some rounds only.
        Race = "this is a race",
    }
}

/// Of which names may make several.
pub(crate) const REPEAT: &str = "repeat {10} times\n{}";

sentences! {
    /// What happens.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum Act {
        /// How long to wait from here on.
        Deadline(time: Duration) = "deadline {5 s}",
        /// What ends a line from here on.
        LinesEnd(text: Text) = "lines end with {\\r\\n}",
        /// What is asked to see that nothing else comes.
        FenceSends(text: Text) = "fence sends: {PING x}",
        /// What is then answered.
        FenceGets(pattern: Text) = "fence gets: {PONG x}",
        /// The steps below it, so often.
        Repeat(number: u32, steps: Vec<Step>) = REPEAT,
        /// The steps below it, each person's in a thread of its own.
        AtOnce(steps: Vec<Step>) = "at once:\n{}",
        /// The next line of one of them fits, and of no other.
        OneOf(names: Vec<String>, pattern: Text) = "one of {anna and ben} gets: {line}",
        /// Each gets so many lines, and all the same.
        GetSame(names: Vec<String>, number: u32) = "{anna and ben} get the same {40} lines",
        /// The network does this to all bytes from here on.
        Network(cue: Cue) = "the network {stalls of anna}",
    }
    others {
        /// Somebody does something, or something must come to her.
        Person(name: String, deed: Deed) = format!("{name} {deed}"),
        /// Something happens to the server, or must be so of it.
        Server(demand: Demand) = demand.to_string(),
    }
}

sentences! {
    /// What happens to the server, or must be so of it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Demand {
        /// It is started anew.
        Restart = "restart the server",
        /// Its standard input ends.
        Stop = "the server is asked to stop",
        /// With this exit code.
        Ended(number: u32) = "the server has ended with {0}",
        /// Since it was ready.
        MemoryMax(number: u32) = "the server's memory has grown by at most {16} MB",
        /// The same.
        DescriptorsMax(number: u32) = "the server has at most {5} descriptors more than when ready",
    }
}

impl Demand {
    /// Whether it can be had only of a process that the run has started.
    #[must_use]
    pub fn is_of_process(self) -> bool {
        matches!(self, Demand::Restart | Demand::Stop | Demand::Ended(_))
    }

    /// Whether it is about what the server uses.
    #[must_use]
    pub fn is_of_usage(self) -> bool {
        matches!(self, Demand::MemoryMax(_) | Demand::DescriptorsMax(_))
    }
}

/// These steps, and those in the blocks among them.
pub(crate) fn all(steps: &[Step]) -> Vec<&Step> {
    let mut all_steps = Vec::new();
    for step in steps {
        all_steps.push(step);
        if let Act::Repeat(_, inner) | Act::AtOnce(inner) = &step.act {
            all_steps.append(&mut all(inner));
        }
    }
    all_steps
}

/// Where the steps first demand such a thing of the server, if they do.
pub(crate) fn demanded(steps: &[Step], such: fn(Demand) -> bool) -> Option<&Location> {
    let demands = |step: &&Step| matches!(step.act, Act::Server(demand) if such(demand));
    let first = all(steps).into_iter().find(demands);
    first.map(|step| &step.place)
}

/// The people who do something in these steps.
pub(crate) fn people(steps: &[Step]) -> BTreeSet<&str> {
    let all = all(steps).into_iter();
    all.filter_map(|step| match &step.act {
        Act::Person(name, _) => Some(name.as_str()),
        _ => None,
    })
    .collect()
}

sentences! {
    /// What somebody does, or what must come to her next.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum Deed {
        /// Anew, if she was here before.
        Connect = "connects",
        /// The text and a line's end.
        Send(text: Text) = "sends: {text}",
        /// The text and nothing else, so half a line too.
        SendBytes(text: Text) = "sends bytes: {text}",
        /// The text and a line's end, and it is no matter if the server takes less.
        SendAsTaken(text: Text) = "sends, as far as it is taken: {text}",
        /// The text and nothing else, so.
        SendBytesAsTaken(text: Text) = "sends bytes, as far as it is taken: {text}",
        /// The next line.
        Get(pattern: Text) = "gets: {line}",
        /// The next lines, as many as there are patterns.
        GetSet(patterns: Vec<Text>) = "gets in any order:\n{}",
        /// What has come so far of a line that has not ended.
        GetPart(pattern: Text) = "gets part: {text}",
        /// The next line is the answer to the fence, which is asked now.
        GetNothing = "gets nothing",
        /// No byte, for so long.
        GetNothingFor(time: Duration) = "gets nothing for {2 s}",
        /// The next line, said otherwise.
        GetNothingUntil(pattern: Text) = "gets nothing until: {line}",
        /// Every line, and then the connection is closed in order.
        GetOnly(pattern: Text) = "gets only: {line} to the end",
        /// Nothing more, and the connection is closed in order.
        GetEnd = "gets the end",
        /// The first line from here that fits.
        SkipTo(pattern: Text) = "skips to: {line}",
        /// Any lines, and then the connection ends, however it does.
        SkipToEnd = "skips to the end",
        /// As a program that ends.
        Close = "closes",
        /// Sends no more, and still reads.
        HalfClose = "half-closes",
        /// As a program that is torn away.
        Reset = "resets",
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

/// Lines as they stand under a sentence.
fn indented(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    format!("    {}", lines.join("\n").replace('\n', "\n    "))
}

macro_rules! holes {
    ($($type:ty: |$value:ident| $written:expr,)+) => {
        $(impl Hole for $type {
            fn written(&self) -> String {
                let $value = self;
                $written
            }
        })+
    };
}

holes! {
    String: |text| text.clone(),
    Cue: |cue| cue.to_string(),
    u32: |number| number.to_string(),
    Duration: |time| spell_time(*time),
    Text: |text| text.to_string(),
    Vec<Text>: |patterns| indented(patterns.iter().map(Text::to_string)),
    Vec<String>: |names| names.join(" and "),
    Vec<Step>: |steps| indented(steps.iter().map(|step| step.act.to_string())),
}
