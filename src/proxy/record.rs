//! What passed through the proxy, as a transcript that plays.
//!
//! A value that hears what passes and prints, at any time, all of it so far. So whoever keeps it in a file writes the
//! whole file anew, and a recording that is torn off is a transcript too. To append sentence by sentence would be less
//! work, but somebody's name, and what ends lines, is known only later.
//!
//! It knows lines and no protocol, and so has three rules of thumb. What the server made up (a time, an id) is a word that looks
//! like it (`page`) and that nobody has sent before. What it says by the clock is a `PING` in somebody's
//! silence. And where several did something before anything came, what comes next to each of them may come in any order:
//! whatever was done after something came was done because of it, or at least has been played after it.

mod page;

use super::plan::Direction::{self, ToClient, ToServer};
use crate::play::parse::{FILES_BYTES_MAX, STEPS_MAX, parse};
use crate::play::script::{Deed, people};
use crate::play::text::Vars;
use std::collections::BTreeMap;
use std::mem::{replace, take};
use std::time::Duration;

/// Who has sent nothing for so long is silent: a `PING` that comes then was not asked for.
const SILENCE: Duration = Duration::from_secs(1);

/// What passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed {
    /// A new connection, whose number is the next.
    Connects,
    /// Bytes.
    Bytes(Direction, Vec<u8>),
    /// The end of a direction.
    Ends(Direction),
    /// The connection was torn, by who sends in this direction.
    Torn(Direction),
}

/// What is written of it: what is a variable of a line, and how the lines end, is known when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// With its end, if it is a line.
    Send(Vec<u8>),
    /// With its end; without one, a part of a line.
    Get(Vec<u8>),
    /// What is written as it is.
    Other(Deed),
}

/// A connection.
#[derive(Debug, Default)]
struct Person {
    name: Option<String>,
    /// What is no whole line yet.
    sent: Vec<u8>,
    got: Vec<u8>,
    /// When it has last sent something.
    sent_at: Duration,
    /// What it was asked by the clock and has not answered.
    pings: usize,
    has_got: bool,
    has_sent: bool,
    /// It sends no more.
    ended: bool,
    gone: bool,
}

/// All that has passed.
#[derive(Debug, Default)]
pub struct Recording {
    people: BTreeMap<u64, Person>,
    steps: Vec<(u64, Step)>,
    bytes: usize,
    without_texts: bool,
}

impl Recording {
    /// Of which what people say stays out.
    #[must_use]
    pub fn without_texts() -> Recording {
        Recording {
            without_texts: true,
            ..Recording::default()
        }
    }

    /// Whether a transcript holds no more than this.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.steps.len() >= STEPS_MAX || self.bytes >= FILES_BYTES_MAX
    }

    /// Hears what passes at this connection, so long after the beginning.
    pub fn hear(&mut self, who: u64, at: Duration, passed: Passed) {
        let person = self.people.entry(who).or_default();
        let sends = matches!(passed, Passed::Bytes(ToServer, _) | Passed::Ends(ToServer));
        if person.gone || person.ended && sends {
            return;
        }
        let mut steps = Vec::new();
        match passed {
            Passed::Connects => steps.push(Step::Other(Deed::Connect)),
            Passed::Bytes(ToServer, bytes) => {
                // A line that does not go on before it has an answer is a prompt.
                if let [.., b' ' | b':' | b'>' | b'?'] = person.got[..] {
                    steps.extend(person.gets_rest());
                }
                self.bytes += bytes.len();
                person.sent.extend(bytes);
                for line in whole_lines(&mut person.sent) {
                    steps.extend(person.sends(line));
                }
                person.sent_at = at;
            }
            Passed::Bytes(ToClient, bytes) => {
                // What a text is can be told of whole lines only.
                if !self.without_texts {
                    steps.extend(person.sends_rest());
                }
                self.bytes += bytes.len();
                person.got.extend(bytes);
                for line in whole_lines(&mut person.got) {
                    steps.extend(person.gets(line, at));
                }
                person.has_got = true;
            }
            Passed::Ends(direction) | Passed::Torn(direction) => {
                steps.extend(person.sends_rest());
                (person.ended, person.gone) = (true, !sends);
                let deed = match (passed, direction) {
                    (Passed::Torn(_), ToServer) => Deed::Close,
                    (Passed::Torn(_), ToClient) => Deed::SkipToEnd,
                    (_, ToServer) => Deed::HalfClose,
                    (_, ToClient) => {
                        steps.extend(person.gets_rest());
                        Deed::GetEnd
                    }
                };
                steps.push(Step::Other(deed));
            }
        }
        self.steps.extend(steps.into_iter().map(|step| (who, step)));
    }
}

/// The lines that have come whole, with their ends, taken.
fn whole_lines(bytes: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let rest = bytes.split_off(end.map_or(0, |end| end + 1));
    let whole = replace(bytes, rest);
    let lines = whole.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

/// A line as words.
fn words(line: &[u8]) -> Vec<&str> {
    let line = std::str::from_utf8(line).unwrap_or_default();
    line.split_whitespace().collect()
}

impl Person {
    fn sends(&mut self, line: Vec<u8>) -> Option<Step> {
        let said = words(&line);
        if self.pings > 0 && said.first() == Some(&"PONG") {
            self.pings -= 1;
            return None;
        }
        let name = match said[..] {
            ["NAME" | "NICK", name, ..] | [_, "NAME" | "NICK", name] => name,
            // Who was asked says who they are.
            [name] if self.has_got && !self.has_sent => name,
            _ => "",
        };
        self.has_sent = true;
        if self.name.is_none() && is_name(name) {
            self.name = Some(name.to_owned());
        }
        Some(Step::Send(line))
    }

    fn gets(&mut self, line: Vec<u8>, at: Duration) -> Option<Step> {
        if line.starts_with(b"PING") && at.saturating_sub(self.sent_at) >= SILENCE {
            self.pings += 1;
            return None;
        }
        Some(Step::Get(line))
    }

    fn sends_rest(&mut self) -> Option<Step> {
        let rest = Some(take(&mut self.sent)).filter(|rest| !rest.is_empty());
        self.sends(rest?)
    }

    fn gets_rest(&mut self) -> Option<Step> {
        let rest = Some(take(&mut self.got)).filter(|rest| !rest.is_empty());
        self.gets(rest?, self.sent_at)
    }
}

/// Whether somebody in a transcript can be called so.
fn is_name(word: &str) -> bool {
    let sentence = format!("{word} connects");
    let read = parse("", &sentence, &mut |_| Err(String::new()), &Vars::new());
    read.is_ok_and(|script| people(&script.steps).contains(word))
}

#[cfg(test)]
mod tests;
