//! Whether a transcript holds together, before anybody connects.
//!
//! Who has not connected cannot speak, who is still here cannot come in again, and a text can
//! only hold what was seen before. All this could be found while playing; but then a slip in
//! the last line costs the whole run, and looks like a fault of the server.

use super::pattern::Pattern;
use super::script::{Act, Deed, Mistake, Step};
use super::text::{ROUND, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Walks the steps as playing does, a repeated block twice: the second round begins where the
/// first has ended.
pub(crate) fn check(steps: &[Step]) -> Result<(), Mistake> {
    let mut story = Story::default();
    steps.iter().try_for_each(|step| story.step(step))
}

/// What a connection can still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Half-closed: it only reads.
    Reading,
    Gone,
}

/// What is so at some point of a transcript.
#[derive(Debug, Default)]
struct Story<'a> {
    people: BTreeMap<&'a str, State>,
    known: BTreeSet<&'a str>,
    fence: (Option<&'a Text>, Option<&'a Pattern>),
}

impl<'a> Story<'a> {
    fn step(&mut self, step: &'a Step) -> Result<(), Mistake> {
        let found = match &step.act {
            Act::Person(name, deed) => self.person(name, deed),
            Act::Deadline(_) | Act::LinesEnd(_) | Act::Restart => Ok(()),
            Act::FenceSends(text) => {
                self.fence.0 = Some(text);
                Ok(())
            }
            Act::FenceGets(pattern) => {
                self.fence.1 = Some(pattern);
                Ok(())
            }
            Act::Repeat(times, steps) => return self.repeat(*times, steps),
        };
        found.map_err(|what| Mistake {
            place: step.place.clone(),
            what,
        })
    }

    fn repeat(&mut self, times: u32, steps: &'a [Step]) -> Result<(), Mistake> {
        // What a round sees for the first time is forgotten at its end.
        let before = self.known.clone();
        for _ in 0..times.min(2) {
            self.known.insert(ROUND);
            steps.iter().try_for_each(|step| self.step(step))?;
            self.known.clone_from(&before);
        }
        Ok(())
    }

    fn person(&mut self, name: &'a str, deed: &'a Deed) -> Result<(), String> {
        let state = self.people.get(name).copied().unwrap_or(State::Gone);
        match (deed, state) {
            (Deed::Connect, State::Gone) => {}
            (Deed::Connect, _) => return Err(format!("{name} is connected already")),
            (_, State::Gone) if self.people.contains_key(name) => {
                return Err(format!("{name} is gone; first `{name} connects` again"));
            }
            (_, State::Gone) => {
                return Err(format!("{name} has not come; first `{name} connects`"));
            }
            (
                Deed::Send(_) | Deed::SendBytes(_) | Deed::GetNothing | Deed::HalfClose,
                State::Reading,
            ) => {
                return Err(format!("{name} has half-closed, and can send nothing more"));
            }
            _ => {}
        }
        let after = match deed {
            Deed::Connect => State::Open,
            Deed::HalfClose => State::Reading,
            Deed::GetEnd | Deed::SkipToEnd | Deed::Close | Deed::Reset => State::Gone,
            _ => state,
        };
        self.people.insert(name, after);
        self.words(deed)
    }

    /// The variables of a deed: those it uses, then those it makes known.
    fn words(&mut self, deed: &'a Deed) -> Result<(), String> {
        match deed {
            Deed::Send(text) | Deed::SendBytes(text) => self.uses(text),
            Deed::GetNothing => match self.fence {
                (Some(text), Some(pattern)) => {
                    self.uses(text)?;
                    self.sees(pattern)
                }
                _ => Err(
                    "what is the fence? first write `fence sends: …` and `fence gets: …`, or \
                          here `gets nothing until: …`"
                        .to_owned(),
                ),
            },
            Deed::Get(pattern)
            | Deed::GetPart(pattern)
            | Deed::GetNothingUntil(pattern)
            | Deed::SkipTo(pattern) => self.sees(pattern),
            Deed::GetSet(patterns) => {
                let before = self.known.clone();
                let mut fresh = BTreeSet::new();
                for pattern in patterns {
                    let mut new: BTreeSet<&str> = pattern.variables().collect();
                    new.retain(|name| !before.contains(name));
                    if let Some(name) = new.iter().find(|name| fresh.contains(*name)) {
                        return Err(format!(
                            "`${name}` is new in two of these lines: which of them comes first?"
                        ));
                    }
                    fresh.extend(new);
                    self.sees(pattern)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn uses(&self, text: &Text) -> Result<(), String> {
        match text.variables().find(|name| !self.known.contains(name)) {
            None => Ok(()),
            Some(ROUND) => Err("`$round` is known only inside `repeat`".to_owned()),
            Some(name) => Err(format!(
                "`${name}` stands for nothing yet: something that came must have held it"
            )),
        }
    }

    fn sees(&mut self, pattern: &'a Pattern) -> Result<(), String> {
        if !self.known.contains(ROUND) && pattern.variables().any(|name| name == ROUND) {
            return Err("`$round` is known only inside `repeat`".to_owned());
        }
        self.known.extend(pattern.variables());
        Ok(())
    }
}
