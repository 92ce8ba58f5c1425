//! A recording as it is printed: who is called how, what is a variable, and whose lines may come in any order.

use super::{Recording, Step};
use crate::play::parse::SET_LINES_MAX;
use crate::play::piece::{Piece, spell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The shortest id.
const ID_CHARS_MIN: usize = 8;
/// The shortest time: in seconds it has ten digits.
const TIME_DIGITS_MIN: usize = 10;

impl Step {
    /// Whether a person does this, and not the server.
    fn is_done(&self) -> bool {
        match self {
            Step::Connect | Step::Send(_) | Step::HalfClose | Step::Close => true,
            Step::Get(_) | Step::Begin(_) | Step::End | Step::SkipToEnd => false,
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().filter_map(|(_, step)| match step {
            Step::Get(line) if line.ends_with(b"\n") => Some(line),
            _ => None,
        });
        writeln!(f, "# A conversation, as `chalktalk proxy` has recorded it.")?;
        // Played, an hour takes a moment, and nobody has time to earn what they say.
        if lines.clone().any(|line| line.starts_with(b"CHALKTALK ")) {
            writeln!(f, "flags: --no-limits")?;
        }
        writeln!(f, "deadline 10 s")?;
        let mut page = Page {
            end: b"\n",
            ..Page::default()
        };
        if lines.clone().next().is_some() && lines.clone().all(|line| line.ends_with(b"\r\n")) {
            writeln!(f, "lines end with \\r\\n")?;
            page.end = b"\r\n";
        }
        for turn in self
            .steps
            .chunk_by(|(_, one), (_, next)| one.is_done() || !next.is_done())
        {
            let done = turn.iter().take_while(|(_, step)| step.is_done()).count();
            let (done, came) = turn.split_at(done);
            writeln!(f)?;
            for (who, step) in done {
                if let (Step::Connect, Some(person)) = (step, self.people.get(who)) {
                    page.name(*who, person.name.as_deref());
                }
                page.tell(f, *who, &[step], 0)?;
            }
            let several = done
                .iter()
                .any(|(who, _)| Some(who) != done.first().map(|(who, _)| who));
            let set_max = if several { SET_LINES_MAX } else { 0 };
            let mut told = BTreeSet::new();
            for (who, _) in came.iter().filter(|(who, _)| told.insert(*who)) {
                let to_them = came.iter().filter(|(of, _)| of == who);
                let steps: Vec<&Step> = to_them.map(|(_, step)| step).collect();
                page.tell(f, *who, &steps, set_max)?;
            }
        }
        Ok(())
    }
}

/// What is known where the transcript is written.
#[derive(Debug, Default)]
struct Page {
    /// What is at the end of each line.
    end: &'static [u8],
    /// How those are called who are connected.
    here: BTreeMap<u64, String>,
    /// The variable of what the server has made up.
    variables: BTreeMap<Vec<u8>, String>,
    /// The words that people were the first to say.
    said: BTreeSet<Vec<u8>>,
    /// How many names variables have.
    count: usize,
}

impl Page {
    /// Names who connects: as they say, unless somebody is here who has said the same.
    fn name(&mut self, who: u64, name: Option<&str>) {
        let mut name = name.map_or_else(|| format!("client{who}"), str::to_owned);
        while self.here.values().any(|other| *other == name) {
            name += "-2";
        }
        self.here.insert(who, name);
    }

    /// Writes what one did, or what came to one. So many lines may come in any order, if there are no more.
    fn tell(
        &mut self,
        out: &mut impl fmt::Write,
        who: u64,
        steps: &[&Step],
        set_max: usize,
    ) -> fmt::Result {
        let name = self.here.get(&who).cloned().unwrap_or_default();
        let end = self.end;
        let line = |step: &Step| match step {
            Step::Get(line) => Some(line)
                .filter(|line| line.ends_with(b"\n") && *line != end)
                .cloned(),
            _ => None,
        };
        for group in steps.chunk_by(|one, next| line(one).is_some() && line(next).is_some()) {
            if let [step] = group {
                writeln!(out, "{name} {}", self.sentence(step))?;
                continue;
            }
            let is_set = group.len() <= set_max;
            let order = if is_set { " in any order" } else { "" };
            writeln!(out, "{name} gets{order}:")?;
            let mut fresh = BTreeSet::new();
            for line in group.iter().filter_map(|step| line(step)) {
                writeln!(out, "    {}", spell(&self.got(&line, &mut fresh)))?;
                if !is_set {
                    fresh.clear();
                }
            }
        }
        if let [.., Step::Close | Step::End | Step::SkipToEnd] = steps {
            self.here.remove(&who);
        }
        Ok(())
    }

    fn sentence(&mut self, step: &Step) -> String {
        let mut none = BTreeSet::new();
        match step {
            Step::Connect => "connects".to_owned(),
            Step::HalfClose => "half-closes".to_owned(),
            Step::Close => "closes".to_owned(),
            Step::End => "gets the end".to_owned(),
            Step::SkipToEnd => "skips to the end".to_owned(),
            Step::Begin(line) => {
                let mut pieces = self.got(line, &mut none);
                pieces.push(Piece::Any);
                format!("gets: {}", spell(&pieces))
            }
            Step::Get(line) if line == self.end => "gets an empty line".to_owned(),
            Step::Get(line) => {
                let part = if line.ends_with(b"\n") { "" } else { " part" };
                format!("gets{part}: {}", spell(&self.got(line, &mut none)))
            }
            Step::Send(line) => match line.strip_suffix(self.end) {
                Some(b"") => "sends an empty line".to_owned(),
                Some(line) => format!("sends: {}", spell(&self.sent(line))),
                None => format!("sends bytes: {}", spell(&self.sent(line))),
            },
        }
    }

    /// What somebody sent; what the server has made up before stands in it as its variable.
    fn sent(&mut self, line: &[u8]) -> Vec<Piece> {
        let piece = |word: &[u8]| match self.variables.get(word) {
            Some(name) => Piece::Variable(name.clone()),
            None => {
                self.said.insert(word.to_vec());
                Piece::Bytes(word.to_vec())
            }
        };
        words(line).map(piece).collect()
    }

    /// The pattern of a line. In a set a variable may be new in one pattern only: those in `fresh` were new in others.
    fn got(&mut self, line: &[u8], fresh: &mut BTreeSet<String>) -> Vec<Piece> {
        let line = line.strip_suffix(self.end).unwrap_or(line);
        let (mut pieces, mut new, mut end) = (Vec::new(), Vec::new(), 0);
        for word in words(line) {
            end += word.len();
            let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
            let letters = word.iter().any(u8::is_ascii_alphabetic);
            // Two things may have happened at the same time, and will not the next time: so it is the same only where
            // the line up to it is.
            let (stem, key) = match letters {
                false if digits >= TIME_DIGITS_MIN => ("time", line.get(..end).unwrap_or(line)),
                true if digits > 0 && word.len() >= ID_CHARS_MIN => ("id", word),
                _ => ("", word),
            };
            if stem.is_empty() || self.said.contains(word) {
                pieces.push(Piece::Bytes(word.to_vec()));
                continue;
            }
            let name = self.variables.get(key).cloned().unwrap_or_else(|| {
                self.count += 1;
                let name = format!("{stem}{}", self.count);
                new.push(name.clone());
                name
            });
            for key in [key, word] {
                self.variables.insert(key.to_vec(), name.clone());
            }
            pieces.push(match fresh.contains(&name) {
                true => Piece::Any,
                false => Piece::Variable(name),
            });
        }
        fresh.extend(new);
        pieces
    }
}

/// The runs of letters, digits and points, and of everything else.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
    line.chunk_by(move |a, b| is_word(a) == is_word(b))
}
