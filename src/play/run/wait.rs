//! What must come to somebody: the deeds that wait.
//!
//! Each is either done, and what its variables stand for is known from then on, or says what
//! came instead.

use super::{AND, Run};
use crate::play::connection::Came;
use crate::play::pattern::assign;
use crate::play::report::brief;
use crate::play::script::spell_time;
use crate::play::seen::Kind;
use crate::play::text::Text;
use std::time::{Duration, Instant};

/// How often somebody who waits looks whether another was cut.
const CUT_SHOWS: Duration = Duration::from_millis(100);

impl Run<'_> {
    /// What comes next to this person, which she then has taken.
    fn next(&mut self, name: &str, by: Instant) -> Result<Came, String> {
        let came = self.look(name, by)?;
        self.has_taken(name, &came);
        Ok(came)
    }

    /// What comes next to this person. Once a connection was cut, what is missing may be for
    /// that: it is not waited for to the end.
    fn look(&mut self, name: &str, by: Instant) -> Result<Came, String> {
        let end = self.line_end.clone();
        loop {
            let look = match self.how.through {
                Some(_) => by.min(Instant::now() + CUT_SHOWS),
                None => by,
            };
            match self.of(name)?.line(&end, look) {
                Came::Nothing(_) if Instant::now() < by && !self.was_cut() => {}
                came => return Ok(came),
            }
        }
    }

    /// Whether the connection has ended, however it did, and all that came before is taken.
    pub(super) fn is_over(&mut self, name: &str) -> bool {
        let came = self.look(name, Instant::now());
        matches!(came, Ok(Came::End(_) | Came::Reset))
    }

    /// Tells it to whoever draws, and keeps a line for a report.
    fn has_taken(&mut self, name: &str, came: &Came) {
        if let Came::Line(line) = came {
            self.person(name).received.push(line);
        }
        let described = || match came {
            Came::Nothing(half) if half.is_empty() => "nothing".to_owned(),
            came => self.described(came),
        };
        (self.how).see(|seen| seen.saw(name, kind_of(came), described()));
    }

    /// The line that comes next, or what comes instead.
    fn next_line(&mut self, name: &str, by: Instant) -> Result<Vec<u8>, String> {
        match self.next(name, by)? {
            Came::Line(line) => Ok(line),
            other => Err(self.described(&other)),
        }
    }

    pub(super) fn get(&mut self, name: &str, pattern: &Text) -> Result<(), String> {
        let line = self.next_line(name, self.by())?;
        if self.fits(&line, pattern) || self.revises(pattern, 0, &line) {
            return Ok(());
        }
        let without = |line| pattern.matches(line, &self.vars).is_some();
        Err(match line.strip_suffix(b"\r").is_some_and(without) {
            true => format!("{}\n  which fits if `lines end with \\r\\n`", shown(&line)),
            false => shown(&line),
        })
    }

    pub(super) fn get_set(&mut self, name: &str, patterns: &[Text]) -> Result<(), String> {
        let (by, mut lines) = (self.by(), Vec::new());
        for _ in patterns {
            let line = self.next_line(name, by);
            lines.extend(line.clone());
            let assigned = assign(patterns, &lines, &self.vars);
            let all_fit = assigned.iter().flatten().count() == lines.len();
            let got = match line {
                Ok(_) if all_fit || self.how.update.is_some() => continue,
                Ok(line) => shown(&line),
                Err(got) => got,
            };
            let missing = patterns.iter().zip(&assigned);
            let missing = missing.filter(|(_, line)| line.is_none());
            let missing = missing.map(|(pattern, _)| format!("\n  still to come: {pattern}"));
            return Err(got + &missing.collect::<String>());
        }
        self.takes_set(patterns, &lines);
        Ok(())
    }

    pub(super) fn get_part(&mut self, name: &str, pattern: &Text) -> Result<(), String> {
        let (by, end, vars) = (self.by(), self.line_end.clone(), self.vars.clone());
        let fits = |part: &[u8]| pattern.matches(part, &vars);
        match self.of(name)?.part(fits, &end, by) {
            Ok((found, part)) => {
                self.vars.extend(found);
                self.person(name).received.push(&part);
                let shown = format!("part: {}", brief(&part));
                self.how.see(|seen| seen.saw(name, Kind::Comes, shown));
                Ok(())
            }
            Err(came) => {
                self.has_taken(name, &came);
                Err(self.described(&came))
            }
        }
    }

    pub(super) fn get_nothing(&mut self, name: &str) -> Result<(), String> {
        let (Some(ask), Some(answer)) = self.fence else {
            return Err("no fence was written".to_owned());
        };
        self.send_line(name, ask)?;
        let got = match self.next_line(name, self.by()) {
            Ok(line) if self.fits(&line, answer) => return Ok(()),
            Ok(line) => shown(&line),
            Err(got) => got,
        };
        Err(format!("{got}\n  before the fence's answer, {answer}"))
    }

    pub(super) fn get_nothing_for(&mut self, name: &str, time: Duration) -> Result<(), String> {
        match self.next(name, Instant::now() + time)? {
            Came::Nothing(half) if half.is_empty() => Ok(()),
            other => Err(self.described(&other)),
        }
    }

    pub(super) fn skip_to(&mut self, name: &str, pattern: &Text) -> Result<(), String> {
        let (by, mut others) = (self.by(), false);
        loop {
            let came = self.next(name, by)?;
            match &came {
                Came::Line(line) if self.fits(line, pattern) => return Ok(()),
                Came::Line(_) if Instant::now() <= by => others = true,
                // Lines came up to the end of the time, or nearly so.
                Came::Nothing(half) if !half.is_empty() => return Err(self.described(&came)),
                Came::Line(_) | Came::Nothing(_) if others => {
                    return Err(format!("no such line for {}", spell_time(self.deadline)));
                }
                _ => return Err(self.described(&came)),
            }
        }
    }

    /// Takes all lines up to the end: any lines and any end, or lines that fit one of these and an orderly end.
    pub(super) fn up_to_end(&mut self, name: &str, only: Option<&[Text]>) -> Result<(), String> {
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
    pub(super) fn one_of(&mut self, names: &[String], pattern: &Text) -> Result<(), String> {
        let (by, end) = (self.by(), self.line_end.clone());
        let (mut fit, mut others, mut shown) = (Vec::new(), Vec::new(), String::new());
        for name in names {
            let came = self.look(name, by)?;
            shown += &format!("\n  to {name}: {}", self.described(&came));
            if let Came::Line(line) = &came {
                let Some(found) = pattern.matches(line, &self.vars) else {
                    self.of(name)?.put_back(line, &end);
                    others.push(name.as_str());
                    continue;
                };
                fit.push((name.clone(), found));
            }
            self.has_taken(name, &came);
            match &came {
                Came::Line(_) => {}
                Came::End(_) | Came::Reset => others.push(name),
                Came::Nothing(_) | Came::TooLong(_) => {
                    return Err(format!("to {name}: {}", self.described(&came)));
                }
            }
        }
        let [(one, found)] = &fit[..] else {
            let (fit, all) = (fit.len(), names.len());
            return Err(format!("to {fit} of {all} a line that fits{shown}"));
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

    pub(super) fn fits(&mut self, line: &[u8], pattern: &Text) -> bool {
        let found = pattern.matches(line, &self.vars);
        found.map(|found| self.vars.extend(found)).is_some()
    }

    pub(super) fn described(&self, came: &Came) -> String {
        let (time, end) = (spell_time(self.deadline), "the end of the connection");
        match came {
            Came::Line(line) => shown(line),
            Came::Nothing(half) if half.is_empty() => format!("nothing for {time}"),
            Came::Nothing(half) => format!("nothing for {time} but half a line: {}", brief(half)),
            Came::End(half) if half.is_empty() => end.to_owned(),
            Came::End(half) => format!("{end} after half a line: {}", brief(half)),
            Came::Reset => "a reset of the connection".to_owned(),
            Came::TooLong(half) => format!("a line without an end: {}", brief(half)),
        }
    }
}

fn shown(line: &[u8]) -> String {
    match line {
        [] => "an empty line".to_owned(),
        line => brief(line),
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
