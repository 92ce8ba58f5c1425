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
            Step::Get(_) | Step::Begin(_) | Step::Part(_) | Step::End | Step::SkipToEnd => false,
        }
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().filter_map(|(_, step)| match step {
            Step::Get(line) => Some(line),
            _ => None,
        });
        writeln!(f, "# A conversation, as `chalktalk proxy` has recorded it.")?;
        // Played, an hour takes a moment, and nobody has time to earn what they say.
        if lines.clone().any(|line| line.starts_with(b"CHALKTALK ")) {
            writeln!(f, "flags: --no-limits")?;
        }
        writeln!(f, "deadline 10 s")?;
        let mut page = Page::default();
        if lines.clone().next().is_some() && lines.clone().all(|line| line.ends_with(b"\r\n")) {
            writeln!(f, "lines end with \\r\\n")?;
            page.returns = b"\r";
        }
        let mut steps = &self.steps[..];
        while !steps.is_empty() {
            let done = steps.iter().take_while(|(_, step)| step.is_done());
            let (these, rest) = steps.split_at(done.count());
            let came = rest.iter().take_while(|(_, step)| !step.is_done());
            let (those, rest) = rest.split_at(came.count());
            steps = rest;
            writeln!(f)?;
            for (who, step) in these {
                if let (Step::Connect, Some(person)) = (step, self.people.get(who)) {
                    page.name(*who, person.name.as_deref());
                }
                let sentence = page.sentence(step);
                writeln!(f, "{} {sentence}", page.leaves(*who, step))?;
            }
            let several = these
                .windows(2)
                .any(|two| matches!(two, [(a, _), (b, _)] if a != b));
            let order = if several { Order::Any } else { Order::AsItCame };
            page.came(f, those, order)?;
        }
        Ok(())
    }
}

/// How what came to one is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    AsItCame,
    /// Several had done something before it came.
    Any,
}

/// What is known where the transcript is written.
#[derive(Debug, Default)]
struct Page {
    /// What stands before the line feed at the end of each line.
    returns: &'static [u8],
    names: BTreeMap<u64, String>,
    /// The names of those who are connected.
    here: BTreeSet<String>,
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
        let first = name.map_or_else(|| format!("client{who}"), str::to_owned);
        let numbered = (2..).map(|number| format!("{first}-{number}"));
        let mut names = [first.clone()].into_iter().chain(numbered);
        let name = names
            .find(|name| !self.here.contains(name))
            .unwrap_or(first.clone());
        self.here.insert(name.clone());
        self.names.insert(who, name);
    }

    /// Whose step it is, who may be gone then.
    fn leaves(&mut self, who: u64, step: &Step) -> String {
        let name = self.names.get(&who).cloned().unwrap_or_default();
        if matches!(step, Step::Close | Step::End | Step::SkipToEnd) {
            self.here.remove(&name);
        }
        name
    }

    /// Writes what came to each before anybody did something more; to whom the same came, in one sentence.
    fn came(
        &mut self,
        out: &mut impl fmt::Write,
        steps: &[(u64, Step)],
        order: Order,
    ) -> fmt::Result {
        let mut told: Vec<(Vec<String>, Vec<String>)> = Vec::new();
        let mut left = steps;
        let mut seen = BTreeSet::new();
        while let Some(((who, _), rest)) = left.split_first() {
            let steps: Vec<&Step> = left
                .iter()
                .filter(|(of, _)| of == who)
                .map(|(_, step)| step)
                .collect();
            left = rest;
            if !seen.insert(*who) {
                continue;
            }
            let sentences = self.sentences(&steps, order);
            let name = steps
                .last()
                .map_or_else(String::new, |last| self.leaves(*who, last));
            match told.iter_mut().find(|(_, same)| *same == sentences) {
                Some((names, _)) => names.push(name),
                None => told.push((vec![name], sentences)),
            }
        }
        for (names, sentences) in told {
            let whom = match names.split_last() {
                Some((last, names @ [_, ..])) => format!("{} and {last}", names.join(", ")),
                _ => names.concat(),
            };
            for sentence in sentences {
                match names.len() {
                    1 => writeln!(out, "{whom} {sentence}")?,
                    _ => writeln!(out, "{whom} {}", sentence.replacen("gets", "get", 1))?,
                }
            }
        }
        Ok(())
    }

    fn sentences(&mut self, steps: &[&Step], order: Order) -> Vec<String> {
        let end = [self.returns, b"\n"].concat();
        let is_line = |step: &Step| matches!(step, Step::Get(line) if *line != end);
        let groups = steps.chunk_by(|one, next| is_line(one) && is_line(next));
        let mut sentences = Vec::new();
        for group in groups {
            let mut fresh = BTreeSet::new();
            let (head, order) = match order {
                Order::Any if group.len() <= SET_LINES_MAX => ("gets in any order:", Order::Any),
                Order::Any | Order::AsItCame => ("gets:", Order::AsItCame),
            };
            if let [step] = group {
                sentences.push(self.sentence(step));
                continue;
            }
            let mut sentence = head.to_owned();
            for step in group {
                if let Step::Get(line) = step {
                    let pieces = self.got(line, &mut fresh);
                    sentence += &format!("\n    {}", spell(&pieces));
                }
                if order == Order::AsItCame {
                    fresh.clear();
                }
            }
            sentences.push(sentence);
        }
        sentences
    }

    fn sentence(&mut self, step: &Step) -> String {
        let mut none = BTreeSet::new();
        match step {
            Step::Connect => "connects".to_owned(),
            Step::HalfClose => "half-closes".to_owned(),
            Step::Close => "closes".to_owned(),
            Step::End => "gets the end".to_owned(),
            Step::SkipToEnd => "skips to the end".to_owned(),
            Step::Part(line) => format!("gets part: {}", spell(&self.got(line, &mut none))),
            Step::Begin(line) => {
                let mut pieces = self.got(line, &mut none);
                pieces.push(Piece::Any);
                format!("gets: {}", spell(&pieces))
            }
            Step::Get(line) => match spell(&self.got(line, &mut none)).as_str() {
                "" => "gets an empty line".to_owned(),
                line => format!("gets: {line}"),
            },
            Step::Send(line) => {
                let end = [self.returns, b"\n"].concat();
                match line.strip_suffix(&end[..]) {
                    Some(b"") => "sends an empty line".to_owned(),
                    Some(line) => format!("sends: {}", spell(&self.sent(line))),
                    None => format!("sends bytes: {}", spell(&self.sent(line))),
                }
            }
        }
    }

    /// What somebody sent; what the server has made up before stands in it as its variable.
    fn sent(&mut self, line: &[u8]) -> Vec<Piece> {
        let piece = |word: Word<'_>| {
            let key = match word.kind {
                Kind::Number => &word.key,
                Kind::Plain | Kind::Id | Kind::Time => word.bytes,
            };
            if let Some(name) = self.variables.get(key) {
                return Piece::Variable(name.clone());
            }
            self.said.insert(word.bytes.to_vec());
            Piece::Bytes(word.bytes.to_vec())
        };
        cut(line).into_iter().map(piece).collect()
    }

    /// The pattern of a line. In a set a variable may be new in one pattern only: those in `fresh` were new in others.
    fn got(&mut self, line: &[u8], fresh: &mut BTreeSet<String>) -> Vec<Piece> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(self.returns).unwrap_or(line);
        let (mut pieces, mut new) = (Vec::new(), Vec::new());
        for Word { bytes, kind, key } in cut(line) {
            let before = pieces.iter().rev().nth(1);
            let stem = match kind {
                Kind::Id if !self.said.contains(bytes) => "id",
                Kind::Time if !self.said.contains(bytes) => "time",
                Kind::Number if !matches!(before, Some(Piece::Bytes(_))) => "n",
                Kind::Plain if self.variables.contains_key(bytes) => "id",
                Kind::Id | Kind::Time | Kind::Number | Kind::Plain => {
                    pieces.push(Piece::Bytes(bytes.to_vec()));
                    continue;
                }
            };
            let next = format!("{stem}{}", self.count + 1);
            let name = self.variables.entry(key).or_insert_with(|| {
                self.count += 1;
                new.push(next.clone());
                next
            });
            pieces.push(match fresh.contains(name) {
                true => Piece::Any,
                false => Piece::Variable(name.clone()),
            });
            if kind == Kind::Time {
                let name = name.clone();
                self.variables.insert(bytes.to_vec(), name);
            }
        }
        fresh.extend(new);
        pieces
    }
}

/// A run of letters and digits, or of everything else.
struct Word<'a> {
    bytes: &'a [u8],
    kind: Kind,
    /// What is alike where it means the same.
    key: Vec<u8>,
}

/// Whether a server may have made it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Long, of letters and digits; or before a point and a number.
    Id,
    /// That number.
    Number,
    /// Two things may have happened at the same time, and will not the next time: so it is the same only where the line up
    /// to it is.
    Time,
}

fn cut(line: &[u8]) -> Vec<Word<'_>> {
    let is_number = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let is_word = u8::is_ascii_alphanumeric;
    let mixed = |bytes: &[u8]| {
        bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic)
    };
    let left: Vec<&[u8]> = line.chunk_by(|a, b| is_word(a) == is_word(b)).collect();
    let (mut words, mut end): (Vec<Word<'_>>, usize) = (Vec::new(), 0);
    for (at, bytes) in left.iter().enumerate() {
        end += bytes.len();
        let dotted = match left.get(at + 1..at + 3) {
            Some([b".", number]) => is_number(number),
            _ => false,
        };
        let (kind, key) = match &words[..] {
            [.., id, dot] if dot.bytes == b"." && id.kind == Kind::Id && is_number(bytes) => {
                (Kind::Number, [id.bytes, b".", bytes].concat())
            }
            _ if is_number(bytes) && bytes.len() >= TIME_DIGITS_MIN => {
                (Kind::Time, line[..end].to_vec())
            }
            _ if bytes.len() >= ID_CHARS_MIN && (dotted || mixed(bytes)) => {
                (Kind::Id, bytes.to_vec())
            }
            _ => (Kind::Plain, bytes.to_vec()),
        };
        words.push(Word { bytes, kind, key });
    }
    words
}
