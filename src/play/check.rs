//! Whether a transcript holds together, before anybody connects.
//!
//! Who has not connected cannot speak, who is still here cannot come in again, and a text can
//! only hold what was seen before. All this could be found while playing; but then a slip in
//! the last line costs the whole run, and looks like a fault of the server.

use super::piece::visible;
use super::script::{Act, Deed, Mistake, Step, people};
use super::text::{ROUND, Text, Vars};
use crate::proxy::cue::Cue;
use std::collections::BTreeSet;
use std::slice;

/// How many may do something at once: each is a thread.
const AT_ONCE_MAX: usize = 1000;

const NO_FENCE: &str = "what is the fence? first write `fence sends: …` and `fence gets: …`, or here \
                        `gets nothing until: …`";

const NO_ROUND: &str = "`$round` is known only inside `repeat`";

/// Walks the steps as playing does, a repeated block twice: the second round begins where the
/// first has ended.
pub(crate) fn check(steps: &[Step], set: &Vars) -> Result<(), Mistake> {
    let mut story = Story::default();
    let is_name = |name: &&str| !name.starts_with('$');
    story.all.extend(people(steps).into_iter().filter(is_name));
    story.known.extend(set.keys().map(String::as_str));
    steps.iter().try_for_each(|step| story.step(step))
}

/// What is so at some point of a transcript.
#[derive(Debug, Default)]
struct Story<'a> {
    /// Who is ever there.
    all: BTreeSet<&'a str>,
    /// Who is connected.
    here: BTreeSet<&'a str>,
    /// Who has half-closed, and only reads.
    silent: BTreeSet<&'a str>,
    known: BTreeSet<&'a str>,
    fence: (Option<&'a Text>, Option<&'a Text>),
    /// Inside `at once`: whose thread is walked.
    only: Option<&'a str>,
    /// Of whom `$one` is one.
    candidates: &'a [String],
}

impl<'a> Story<'a> {
    fn step(&mut self, step: &'a Step) -> Result<(), Mistake> {
        match &step.act {
            Act::Person(name, _) if self.only.is_some_and(|only| only != name) => Ok(()),
            Act::Repeat(times, steps) => self.repeat(*times, steps),
            Act::AtOnce(steps) if self.only.is_none() => self.at_once(step, steps),
            act => self.act(act).map_err(|what| step.place.mistake(what)),
        }
    }

    fn act(&mut self, act: &'a Act) -> Result<(), String> {
        match act {
            Act::Person(name, deed) => self.person(name, deed)?,
            _ if self.only.is_some() => {
                let what = "only what people do can be done at once, each for themselves";
                return Err(what.to_owned());
            }
            Act::OneOf(names, pattern) => self.one_of(names, pattern)?,
            Act::GetSame(_, 0) => {
                return Err("none are always the same; compare 1 line or more".to_owned());
            }
            Act::GetSame(names, _) => self.all_here(names)?,
            Act::LinesEnd(end) if end.variables().next().is_some() => {
                return Err("what ends a line holds no variable".to_owned());
            }
            Act::Network(Cue {
                whom: Some(who), ..
            }) if !self.all.contains(&**who) => {
                let who = visible(who);
                return Err(format!("nobody in this transcript is called `{who}`"));
            }
            Act::FenceSends(text) => self.fence.0 = Some(text),
            Act::FenceGets(pattern) => self.fence.1 = Some(pattern),
            Act::Repeat(..)
            | Act::AtOnce(_)
            | Act::Deadline(_)
            | Act::LinesEnd(_)
            | Act::Network(_)
            | Act::Server(..) => {}
        }
        Ok(())
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

    /// What each sees is known when all are done, and not to the others before.
    fn at_once(&mut self, step: &Step, steps: &'a [Step]) -> Result<(), Mistake> {
        let names = people(steps);
        if !(1..=AT_ONCE_MAX).contains(&names.len()) || names.iter().any(|n| n.starts_with('$')) {
            let what = format!("at once there are 1 to {AT_ONCE_MAX} people, each by name");
            return Err(step.place.mistake(what));
        }
        let (before, mut seen) = (self.known.clone(), BTreeSet::new());
        for name in names {
            self.only = Some(name);
            self.known.clone_from(&before);
            steps.iter().try_for_each(|step| self.step(step))?;
            let new: Vec<&str> = self.known.difference(&before).copied().collect();
            if let Some(twice) = new.iter().find(|name| seen.contains(*name)) {
                return Err(step.place.mistake(new_twice(twice)));
            }
            seen.extend(new);
        }
        self.only = None;
        self.known.extend(seen);
        Ok(())
    }

    fn one_of(&mut self, names: &'a [String], pattern: &'a Text) -> Result<(), String> {
        self.all_here(names)?;
        self.candidates = names;
        self.here.extend(["$one", "$other"]);
        self.sees(slice::from_ref(pattern))?;
        self.known.extend(["one", "other"]);
        Ok(())
    }

    fn all_here(&self, names: &[String]) -> Result<(), String> {
        for name in names {
            if !self.is_here(name)? {
                return Err(absent(name));
            }
        }
        Ok(())
    }

    fn is_here(&self, name: &str) -> Result<bool, String> {
        match name.strip_prefix('$') {
            Some(variable) if !self.known.contains(variable) => Err(format!(
                "`{name}` is nobody yet; first `one of anna and ben gets: …`"
            )),
            _ => Ok(self.here.contains(name)),
        }
    }

    fn person(&mut self, name: &'a str, deed: &'a Deed) -> Result<(), String> {
        match (deed, self.is_here(name)?) {
            (Deed::Connect, true) => return Err(format!("{name} is connected already")),
            (Deed::Connect, false) => {
                self.here.insert(name);
                self.silent.remove(name);
            }
            (_, false) => return Err(absent(name)),
            (
                Deed::GetOnly(_) | Deed::GetEnd | Deed::SkipToEnd | Deed::Close | Deed::Reset,
                true,
            ) => {
                self.here.remove(name);
            }
            (_, true) => {}
        }
        // Which of them has gone is not known before both have.
        let gone = |name| !self.here.contains(name);
        if name.starts_with('$') && gone("$one") && gone("$other") {
            let candidates = self.candidates;
            self.here
                .retain(|name| !candidates.iter().any(|other| other == name));
        }
        let (sent, got) = self.texts(deed)?;
        if (sent.is_some() || *deed == Deed::HalfClose) && self.silent.contains(name) {
            return Err(format!("{name} has half-closed, and can send nothing more"));
        }
        if *deed == Deed::HalfClose {
            self.silent.insert(name);
        }
        self.uses(sent)?;
        self.sees(got)
    }

    /// What is sent, and the patterns of what must come.
    fn texts(&self, deed: &'a Deed) -> Result<(Option<&'a Text>, &'a [Text]), String> {
        Ok(match deed {
            Deed::Send(text)
            | Deed::SendBytes(text)
            | Deed::SendAsTaken(text)
            | Deed::SendBytesAsTaken(text) => (Some(text), &[]),
            Deed::GetNothing => match self.fence {
                (Some(text), Some(pattern)) => (Some(text), slice::from_ref(pattern)),
                _ => return Err(NO_FENCE.to_owned()),
            },
            Deed::Get(pattern)
            | Deed::GetPart(pattern)
            | Deed::GetNothingUntil(pattern)
            | Deed::GetOnly(pattern)
            | Deed::SkipTo(pattern) => (None, slice::from_ref(pattern)),
            Deed::GetSet(patterns) => (None, patterns),
            Deed::Connect
            | Deed::GetNothingFor(_)
            | Deed::GetEnd
            | Deed::SkipToEnd
            | Deed::Close
            | Deed::HalfClose
            | Deed::Reset => (None, &[]),
        })
    }

    fn uses(&self, text: Option<&Text>) -> Result<(), String> {
        let mut names = text.into_iter().flat_map(Text::variables);
        match names.find(|name| !self.known.contains(name)) {
            None => Ok(()),
            Some(ROUND) => Err(NO_ROUND.to_owned()),
            Some(name) => Err(format!(
                "`${name}` stands for nothing yet: something that came must have held it, or `--set` say it"
            )),
        }
    }

    fn sees(&mut self, patterns: &'a [Text]) -> Result<(), String> {
        let before = self.known.clone();
        for pattern in patterns {
            let is_new = |name: &&str| !before.contains(name);
            let mut new = pattern.variables().filter(is_new);
            match new.find(|name| *name == ROUND || self.known.contains(name)) {
                Some(ROUND) => return Err(NO_ROUND.to_owned()),
                Some(name) => return Err(new_twice(name)),
                None => self.known.extend(pattern.variables()),
            }
        }
        Ok(())
    }
}

fn absent(name: &str) -> String {
    format!("{name} is not connected; first `{name} connects`")
}

fn new_twice(name: &str) -> String {
    format!("`${name}` is new in two of these lines: which of them comes first?")
}
