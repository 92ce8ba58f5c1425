//! What must come to somebody.

use super::Memory;
use chalktalk::play::pattern::assign;
use chalktalk::play::report::brief;
use chalktalk::play::script::Deed;
use chalktalk::play::text::Text;
use std::time::Duration;

/// What came.
enum Came {
    Line(Vec<u8>),
    /// Nothing in time, but for this beginning of a line.
    Nothing(Vec<u8>),
    /// The end, after this beginning of a line.
    End(Vec<u8>),
}

impl Came {
    fn described<T>(self) -> Result<T, String> {
        Err(match self {
            Came::Line(line) => brief(&line),
            Came::Nothing(half) => format!("nothing, after `{}`", brief(&half)),
            Came::End(half) => format!("the end, after `{}`", brief(&half)),
        })
    }
}

impl Memory {
    pub(super) fn wait(&mut self, name: &str, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Get(pattern) | Deed::GetNothingUntil(pattern) => self.get(name, pattern),
            Deed::GetSet(patterns) => self.get_set(name, patterns),
            Deed::GetPart(pattern) => self.get_part(name, pattern),
            Deed::GetNothing => {
                let (ask, answer) = self.fence.clone();
                self.send_line(name, &ask.ok_or("no fence")?)?;
                self.get(name, &answer.ok_or("no fence")?)
            }
            Deed::GetNothingFor(time) => match self.next(name, *time) {
                Came::Nothing(half) if half.is_empty() => Ok(()),
                other => other.described(),
            },
            Deed::GetEnd => match self.next(name, self.deadline) {
                Came::End(half) if half.is_empty() => Ok(()),
                other => other.described(),
            },
            Deed::GetOnly(pattern) => loop {
                match self.next(name, self.deadline) {
                    Came::End(half) if half.is_empty() => return Ok(()),
                    Came::Line(line) if self.fits(pattern, &line) => {}
                    other => return other.described(),
                }
            },
            Deed::SkipTo(pattern) => loop {
                match self.next(name, self.deadline) {
                    Came::Line(line) if self.fits(pattern, &line) => return Ok(()),
                    Came::Line(_) => {}
                    other => return other.described(),
                }
            },
            Deed::SkipToEnd => loop {
                match self.next(name, self.deadline) {
                    Came::End(_) => return Ok(()),
                    Came::Line(_) => {}
                    other => return other.described(),
                }
            },
            other => unreachable!("{other} waits for nothing"),
        }
    }

    fn fits(&mut self, pattern: &Text, line: &[u8]) -> bool {
        let found = pattern.matches(line, &self.vars);
        found.map(|found| self.vars.extend(found)).is_some()
    }

    fn get(&mut self, name: &str, pattern: &Text) -> Result<(), String> {
        match self.next(name, self.deadline) {
            Came::Line(line) if self.fits(pattern, &line) => Ok(()),
            other => other.described(),
        }
    }

    fn get_set(&mut self, name: &str, patterns: &[Text]) -> Result<(), String> {
        let mut lines = Vec::new();
        for _ in patterns {
            match self.next(name, self.deadline) {
                Came::Line(line) => lines.push(line),
                other => return other.described(),
            }
            if assign(patterns, &lines, &self.vars)
                .iter()
                .flatten()
                .count()
                < lines.len()
            {
                return Came::Line(lines.pop().unwrap_or_default()).described();
            }
        }
        for (pattern, line) in patterns.iter().zip(assign(patterns, &lines, &self.vars)) {
            self.fits(pattern, &lines[line.expect("each has one")]);
        }
        Ok(())
    }

    /// In memory what comes has come.
    fn get_part(&mut self, name: &str, pattern: &Text) -> Result<(), String> {
        self.deliver();
        let part = self.people[name].unread().to_vec();
        self.people.get_mut(name).expect("somebody").take_all();
        match self.fits(pattern, &part) {
            true => Ok(()),
            false => Came::Nothing(part).described(),
        }
    }

    /// The next line for this person: time passes until it comes, or the end, or it has been so long.
    fn next(&mut self, name: &str, patience: Duration) -> Came {
        let by = self.now.monotonic + patience;
        loop {
            self.deliver();
            let person = self.people.get_mut(name).expect("somebody");
            if let Some(line) = person.take_line(&self.line_end) {
                return Came::Line(line);
            }
            let half = person.unread().to_vec();
            if person.is_over {
                return Came::End(half);
            }
            if self.now.monotonic >= by {
                return Came::Nothing(half);
            }
            self.pass(by);
        }
    }
}
