//! What is told of a run: nothing but a name where all went well, everything that helps where not.
//!
//! Reports hold no times, no addresses and no port numbers, so that the same run reads the same;
//! JUnit's `time` attributes are left out for that. What peers sent is shown by `visible` alone.

use super::piece::visible;
use super::script::Place;
use std::collections::VecDeque;
use std::fmt::{self, Write as _};

/// The lines that a report shows of each connection, the last of them.
pub const LINES_SHOWN_MAX: usize = 12;
/// The bytes that are shown of one line.
const BYTES_SHOWN_MAX: usize = 400;
/// A longer line is not tried whether a run makes it short.
const BYTES_TRIED_MAX: usize = 1 << 20;

/// What became of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All came as written.
    Passed,
    /// It cannot be played here; why.
    Skipped(String),
    /// It did not.
    Failed(Box<Failure>),
}

/// What came otherwise, and all that helps to see why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The step, if it came to one.
    pub place: Option<Place>,
    /// Who, and what was written.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// What each person had taken until then, in order of their first coming.
    pub received: Vec<(String, Received)>,
    /// How the connections were disturbed, if they were.
    pub through: Option<String>,
    /// How the server had ended, if it had, and its last words.
    pub last_words: Vec<String>,
}

/// What somebody was sent and has read, as far as a report needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The last lines, at most [`LINES_SHOWN_MAX`].
    pub last: VecDeque<Vec<u8>>,
    /// How many there were before those.
    pub before: usize,
}

impl Received {
    /// One more line.
    pub fn push(&mut self, line: &[u8]) {
        if self.last.len() == LINES_SHOWN_MAX {
            self.last.pop_front();
            self.before += 1;
        }
        self.last.push_back(line.to_vec());
    }

    /// What was received over a later connection.
    pub fn append(&mut self, later: &Received) {
        self.before += later.before;
        later.last.iter().for_each(|line| self.push(line));
    }
}

/// A line made visible, or the beginning of a long one and its length.
#[must_use]
pub fn brief(line: &[u8]) -> String {
    if line.len() <= BYTES_TRIED_MAX {
        let all = visible(line);
        if all.len() <= BYTES_SHOWN_MAX {
            return all;
        }
    }
    let start = line.get(..BYTES_SHOWN_MAX).unwrap_or(line);
    format!("{} … ({} bytes)", visible(start), line.len())
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// As it was named, made visible.
    pub file: String,
    /// What it is for, as it says at its head, made visible.
    pub title: String,
    /// How it went.
    pub verdict: Verdict,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Passed => writeln!(f, "ok    {}", self.file),
            Verdict::Skipped(why) => writeln!(f, "skip  {}: {why}", self.file),
            Verdict::Failed(failure) => {
                writeln!(f, "FAIL  {}", self.file)?;
                if !self.title.is_empty() {
                    writeln!(f, "  {}", self.title)?;
                }
                write!(f, "{failure}")
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            writeln!(f, "  at {place}")?;
        }
        block(f, "expected", &self.expected)?;
        block(f, "but came", &self.got)?;
        if let Some(through) = &self.through {
            writeln!(f, "  through {through}")?;
        }
        for (name, received) in &self.received {
            if received.last.is_empty() {
                writeln!(f, "  {name} had received nothing")?;
                continue;
            }
            writeln!(f, "  {name} had received")?;
            if received.before > 0 {
                writeln!(f, "    ({} lines, and then)", received.before)?;
            }
            for line in &received.last {
                writeln!(f, "    {}", brief(line))?;
            }
        }
        self.last_words
            .iter()
            .try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// A heading, and lines under it that stand alike.
fn block(f: &mut fmt::Formatter<'_>, heading: &str, text: &str) -> fmt::Result {
    let mut lines = text.lines();
    writeln!(f, "  {heading}  {}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| writeln!(f, "            {line}"))
}

/// How many failed of how many, where any did; nothing is said of a run without fault.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> Option<String> {
    let failed = count(outcomes, |verdict| matches!(verdict, Verdict::Failed(_)));
    (failed > 0).then(|| format!("{failed} of {} failed", outcomes.len()))
}

fn count(outcomes: &[Outcome], of: impl Fn(&Verdict) -> bool) -> usize {
    outcomes
        .iter()
        .filter(|outcome| of(&outcome.verdict))
        .count()
}

/// The outcomes in the XML that CI systems read, JUnit's.
#[must_use]
pub fn junit(outcomes: &[Outcome]) -> String {
    let failed = count(outcomes, |verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = count(outcomes, |verdict| matches!(verdict, Verdict::Skipped(_)));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuite name=\"chalktalk play\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">",
        outcomes.len()
    );
    for outcome in outcomes {
        let _ = write!(
            xml,
            "  <testcase classname=\"transcripts\" name=\"{}\"",
            escaped(&outcome.file)
        );
        let _ = match &outcome.verdict {
            Verdict::Passed => writeln!(xml, "/>"),
            Verdict::Skipped(why) => {
                writeln!(
                    xml,
                    ">\n    <skipped message=\"{}\"/>\n  </testcase>",
                    escaped(why)
                )
            }
            Verdict::Failed(failure) => {
                let message = match outcome.title.as_str() {
                    "" => failure.expected.lines().next().unwrap_or_default(),
                    title => title,
                };
                let (message, text) = (escaped(message), escaped(&outcome.to_string()));
                writeln!(
                    xml,
                    ">\n    <failure message=\"{message}\">{text}</failure>\n  </testcase>"
                )
            }
        };
    }
    xml.push_str("</testsuite>\n");
    xml
}

/// As XML holds it; what it cannot hold at all was made visible before.
fn escaped(text: &str) -> String {
    let mut xml = String::new();
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\n' => xml.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => xml.push('?'),
            c => xml.push(c),
        }
    }
    xml
}
