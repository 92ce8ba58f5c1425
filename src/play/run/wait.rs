//! What must come to somebody: the deeds that wait.
//!
//! Each is either done, and what its variables stand for is known from then on, or says what
//! came instead.

use super::{AND, Run};
use crate::play::connection::Came;
use crate::play::pattern::{Pattern, assign, matches_in_any_order};
use crate::play::report::brief;
use crate::play::script::spell_time;
use crate::play::seen::Kind;
use std::time::{Duration, Instant};

/// How often somebody who waits looks whether another was cut.
const CUT_SHOWS: Duration = Duration::from_millis(100);

impl Run<'_> {
    /// What comes next to this person. Once a connection was cut, what is missing may be for
    /// that: it is not waited for to the end.
    fn next(&mut self, name: &str, by: Instant) -> Result<Came, String> {
        loop {
            let look = match self.how.through {
                Some(_) => by.min(Instant::now() + CUT_SHOWS),
                None => by,
            };
            match self.line(name, look)? {
                Came::Nothing(_) if Instant::now() < by && !self.was_cut() => {}
                came => {
                    self.tell(name, kind_of(&came), || match &came {
                        Came::Nothing(half) if half.is_empty() => "nothing".to_owned(),
                        came => self.described(came),
                    });
                    return Ok(came);
                }
            }
        }
    }

    fn line(&mut self, name: &str, by: Instant) -> Result<Came, String> {
        let end = self.line_end.clone();
        let came = self.of(name)?.line(&end, by);
        if let Came::Line(line) = &came {
            self.person(name)?.received.push(line);
        }
        Ok(came)
    }

    pub(super) fn get(&mut self, name: &str, pattern: &Pattern) -> Result<(), String> {
        let came = self.next(name, self.by())?;
        match &came {
            Came::Line(line) if self.fits(line, pattern) => Ok(()),
            _ => {
                if let Came::Line(line) = &came {
                    self.came = vec![(0, line.clone())];
                }
                Err(self.described(&came))
            }
        }
    }

    pub(super) fn get_set(&mut self, name: &str, patterns: &[Pattern]) -> Result<(), String> {
        let by = self.by();
        let mut lines = Vec::new();
        for _ in patterns {
            let came = self.next(name, by)?;
            if let Came::Line(line) = &came {
                lines.push(line.clone());
            }
            let assigned = assign(patterns, &lines, &self.vars);
            let fitting = assigned.iter().flatten().count();
            let goes_on = fitting == lines.len() || self.how.update.is_some();
            if !goes_on || !matches!(came, Came::Line(_)) {
                let missing = patterns
                    .iter()
                    .zip(&assigned)
                    .filter(|(_, line)| line.is_none());
                let missing = missing.map(|(pattern, _)| format!("\n  still to come: {pattern}"));
                return Err(self.described(&came) + &missing.collect::<String>());
            }
        }
        let found = matches_in_any_order(patterns, &lines, &self.vars);
        if found.is_none() {
            self.take_others(patterns, &lines);
        }
        self.vars
            .extend(found.ok_or("lines that fit one by one, but not all together")?);
        Ok(())
    }

    pub(super) fn get_part(&mut self, name: &str, pattern: &Pattern) -> Result<(), String> {
        let (by, end, vars) = (self.by(), self.line_end.clone(), self.vars.clone());
        let fits = |part: &[u8]| pattern.matches(part, &vars);
        let came = self.of(name)?.part(fits, &end, by);
        if let Ok((_, taken)) | Err(Came::Line(taken)) = &came {
            self.person(name)?.received.push(taken);
        }
        let (found, part) = came.map_err(|came| self.described(&came))?;
        self.vars.extend(found);
        self.tell(name, Kind::Comes, || format!("part: {}", brief(&part)));
        Ok(())
    }

    pub(super) fn get_nothing(&mut self, name: &str) -> Result<(), String> {
        let (Some(ask), Some(answer)) = self.fence else {
            return Err("no fence was written".to_owned());
        };
        self.send_line(name, ask)?;
        self.get(name, answer)
            .map_err(|got| format!("{got}\n  before the fence's answer, {answer}"))
    }

    pub(super) fn get_nothing_for(&mut self, name: &str, time: Duration) -> Result<(), String> {
        match self.next(name, Instant::now() + time)? {
            Came::Nothing(half) if half.is_empty() => Ok(()),
            other => Err(self.described(&other)),
        }
    }

    pub(super) fn skip_to(&mut self, name: &str, pattern: &Pattern) -> Result<(), String> {
        let by = self.by();
        loop {
            let came = self.next(name, by)?;
            let Came::Line(line) = &came else {
                return Err(self.described(&came));
            };
            if self.fits(line, pattern) {
                return Ok(());
            }
            if Instant::now() > by {
                return Err(format!("no such line for {}", spell_time(self.deadline)));
            }
        }
    }

    /// Takes all lines up to the end: any lines and any end, or lines that fit one of these and an orderly end.
    pub(super) fn up_to_end(&mut self, name: &str, only: Option<&[Pattern]>) -> Result<(), String> {
        let by = self.by();
        loop {
            let came = self.next(name, by)?;
            let mut fits = |line| only.is_none_or(|only| only.iter().any(|p| self.fits(line, p)));
            match (&came, only) {
                (Came::End(_) | Came::Reset, None) => return self.taken(name).map(drop),
                (Came::End(half), Some(_)) if half.is_empty() => return self.taken(name).map(drop),
                (Came::Line(line), _) if fits(line) => {}
                _ => return Err(self.described(&came)),
            }
            if Instant::now() > by {
                return Err(format!("no end for {}", spell_time(self.deadline)));
            }
        }
    }

    /// Looks at the next line or the end of each, and takes the one line that fits.
    pub(super) fn one_of(&mut self, names: &[String], pattern: &Pattern) -> Result<(), String> {
        let (by, end) = (self.by(), self.line_end.clone());
        let (mut fit, mut others, mut shown) = (Vec::new(), Vec::new(), String::new());
        for name in names {
            let came = self.next(name, by)?;
            shown += &format!("\n  to {name}: {}", self.described(&came));
            match &came {
                Came::Nothing(_) | Came::TooLong(_) => {
                    return Err(format!("to {name}: {}", self.described(&came)));
                }
                Came::End(_) | Came::Reset => others.push(name.as_str()),
                Came::Line(line) => match pattern.matches(line, &self.vars) {
                    Some(found) => fit.push((name.clone(), found)),
                    None => {
                        self.of(name)?.put_back(line, &end);
                        self.person(name)?.received.last.pop_back();
                        self.how
                            .witness
                            .iter()
                            .for_each(|w| w.seen().put_back(name));
                        others.push(name);
                    }
                },
            }
        }
        let [(one, found)] = &fit[..] else {
            return Err(format!(
                "to {} of {} a line that fits{shown}",
                fit.len(),
                names.len()
            ));
        };
        self.vars.extend(found.clone());
        let other = others.join(AND).into_bytes();
        self.vars.insert("one".to_owned(), one.clone().into_bytes());
        self.vars.insert("other".to_owned(), other);
        Ok(())
    }

    /// Takes a line of each in turn, and goes no further than to the first that differs.
    pub(super) fn get_same(&mut self, names: &[String], count: u32) -> Result<(), String> {
        let by = self.by();
        for number in 1..=count {
            let next = |name: &String| self.next(name, by);
            let came: Vec<Came> = names.iter().map(next).collect::<Result<_, _>>()?;
            let first = came.first().filter(|came| matches!(came, Came::Line(_)));
            if first.is_none_or(|first| came.iter().any(|other| other != first)) {
                let to = |(name, came)| format!("\n  to {name}: {}", self.described(came));
                let shown: String = names.iter().zip(&came).map(to).collect();
                return Err(format!("line {number} of {count} is not the same:{shown}"));
            }
        }
        Ok(())
    }

    pub(super) fn fits(&mut self, line: &[u8], pattern: &Pattern) -> bool {
        let found = pattern.matches(line, &self.vars);
        found.map(|found| self.vars.extend(found)).is_some()
    }

    /// Whether neither the answer comes nor an end, which would have a reason from before.
    pub(super) fn is_mute(&mut self, name: &str, answer: &Pattern) -> bool {
        let by = self.by();
        loop {
            match self.line(name, by) {
                Ok(Came::Line(line)) if answer.matches(&line, &self.vars).is_some() => {
                    return false;
                }
                Ok(Came::Line(_)) if Instant::now() <= by => {}
                Ok(Came::Line(_) | Came::Nothing(_) | Came::TooLong(_)) => return true,
                Ok(Came::End(_) | Came::Reset) | Err(_) => return false,
            }
        }
    }

    pub(super) fn described(&self, came: &Came) -> String {
        let time = spell_time(self.deadline);
        match came {
            Came::Line(line) if line.is_empty() => "an empty line".to_owned(),
            Came::Line(line) => brief(line),
            Came::Nothing(half) if half.is_empty() => format!("nothing for {time}"),
            Came::Nothing(half) => format!("nothing for {time} but half a line: {}", brief(half)),
            Came::End(half) if half.is_empty() => "the end of the connection".to_owned(),
            Came::End(half) => format!(
                "the end of the connection after half a line: {}",
                brief(half)
            ),
            Came::Reset => "a reset of the connection".to_owned(),
            Came::TooLong(half) => format!("a line without an end: {}", brief(half)),
        }
    }
}

/// What came, as it is drawn.
fn kind_of(came: &Came) -> Kind {
    match came {
        Came::Line(_) | Came::TooLong(_) => Kind::Comes,
        Came::Nothing(_) => Kind::Nothing,
        Came::End(_) => Kind::Ends,
        Came::Reset => Kind::Torn,
    }
}
