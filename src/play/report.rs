//! What is told of a run: nothing but a name where all went well, everything that helps where not.
//!
//! Reports hold no times, no addresses and no port numbers, so that the same run reads the same. What peers sent is shown by `visible` alone.

use super::piece::visible;
use super::script::Location;
use std::collections::VecDeque;
use std::fmt;

/// The lines that a report shows of each connection, the last of them; and of all, where there are more than three.
pub const LINES_SHOWN_MAX: usize = 12;
const LINES_IN_ALL: usize = 36;
/// The bytes that are shown of one line.
const BYTES_SHOWN_MAX: usize = 400;
/// A longer line is not tried whether a run makes it short.
const BYTES_TRIED_MAX: usize = 1 << 20;

/// What became of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All came as written.
    Passed,
    /// It cannot be played here, or something in it not be looked at; why.
    Skipped(String),
    /// It did not hold, and says so itself; why.
    Known(String),
    /// It is a race, and has held in so many rounds, which proves nothing.
    NotSeen(u32),
    /// It did not.
    Failed(Box<Failure>),
}

/// What came otherwise, and all that helps to see why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The step, if it came to one.
    pub place: Option<Location>,
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

impl Failure {
    /// At this step, what was expected, and what came.
    #[must_use]
    pub fn new(place: Option<&Location>, expected: String, got: String) -> Box<Failure> {
        let place = place.cloned();
        Box::new(Failure {
            place,
            expected,
            got,
            ..Failure::default()
        })
    }
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
    /// How it went; of several times the first failure counts.
    pub verdict: Verdict,
    /// How often it was played, and how often it failed.
    pub times: (u32, u32),
    /// What was rewritten to what came, if that was asked for: the places, and what stood and stands there.
    pub rewritten: Vec<String>,
}

impl Outcome {
    /// In a word, and what there is to say of it.
    pub(super) fn told(&self) -> (&'static str, String) {
        match (&self.verdict, self.times) {
            (Verdict::Passed, _) if !self.rewritten.is_empty() => ("new ", String::new()),
            (Verdict::Passed, (1, _)) => ("ok  ", String::new()),
            (Verdict::Passed, (times, _)) => ("ok  ", format!("{times} times")),
            (Verdict::Skipped(why), _) => ("skip", why.clone()),
            (Verdict::Known(why), _) => ("todo", format!("known to fail: {why}")),
            (Verdict::NotSeen(1), _) => ("race", "not seen in 1 round".to_owned()),
            (Verdict::NotSeen(rounds), _) => ("race", format!("not seen in {rounds} rounds")),
            (Verdict::Failed(_), (1, _)) => ("FAIL", String::new()),
            (Verdict::Failed(_), (times, failed)) => ("FAIL", format!("{failed} of {times}")),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.told() {
            (word, more) if more.is_empty() => writeln!(f, "{word}  {}", self.file)?,
            (word, more) => writeln!(f, "{word}  {}: {more}", self.file)?,
        }
        if let Verdict::Failed(failure) = &self.verdict {
            // Of a server that did not start it says nothing.
            if !self.title.is_empty() && failure.place.is_some() {
                writeln!(f, "  {}", self.title)?;
            }
            write!(f, "{failure}")?;
        }
        let mut rewritten = self.rewritten.iter();
        rewritten.try_for_each(|line| writeln!(f, "  {line}"))
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
        let shown = (LINES_IN_ALL / self.received.len().max(1)).clamp(2, LINES_SHOWN_MAX);
        for (name, received) in &self.received {
            let nothing = " nothing".repeat(usize::from(received.last.is_empty()));
            writeln!(f, "  {name} had received{nothing}")?;
            let hidden = received.last.len().saturating_sub(shown);
            if received.before + hidden > 0 {
                writeln!(f, "    ({} lines, and then)", received.before + hidden)?;
            }
            for line in received.last.iter().skip(hidden) {
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

/// How many failed of how many, where any did, or that none was played; nothing is said of a run without fault.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> Option<String> {
    let (failed, all) = (count(outcomes, "FAIL"), outcomes.len());
    match failed {
        1.. => Some(format!("{failed} of {all} failed")),
        0 if count(outcomes, "skip") == all => {
            Some(format!("nothing is proved: {all} of {all} skipped"))
        }
        0 => None,
    }
}

pub(super) fn count(outcomes: &[Outcome], word: &str) -> usize {
    let such = outcomes.iter().filter(|outcome| outcome.told().0 == word);
    such.count()
}

/// As XML holds it; what it cannot hold at all was made visible before.
pub(super) fn escaped(text: &str) -> String {
    let holds = |c: char| c == '\n' || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let text = text.replace(|c| !holds(c), "?");
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{Failure, LINES_SHOWN_MAX, Received};

    #[test]
    fn only_the_last_lines_are_remembered() {
        let mut received = Received::default();
        for n in 0..LINES_SHOWN_MAX + 5 {
            received.push(n.to_string().as_bytes());
        }
        assert_eq!((received.last.len(), received.before), (LINES_SHOWN_MAX, 5));
        assert_eq!(received.last[0], b"5");
    }

    #[test]
    fn the_more_people_there_are_the_fewer_lines_are_shown_of_each() {
        for (people, of_each) in [(1, 12), (3, 12), (4, 9), (10, 3), (100, 2)] {
            let mut failure = Failure::new(None, String::new(), String::new());
            for n in 0..people {
                let mut received = Received::default();
                (0..20).for_each(|n| received.push(format!("line {n}").as_bytes()));
                failure.received.push((format!("p{n}"), received));
            }
            let told = failure.to_string();
            let shown = told.matches("    line ").count();
            assert_eq!(shown, people * of_each, "{told}");
            let left_out = format!("({} lines, and then)\n", 20 - of_each);
            assert_eq!(told.matches(&left_out).count(), people, "{told}");
            assert!(told.ends_with("    line 19\n"), "{told}");
        }
    }
}
