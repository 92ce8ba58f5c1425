//! A recording as it is printed: who is called how, what is a variable, and whose lines may come in any order.

use super::{Recording, Step, ToClient, ToServer};
use crate::play::parse::SET_LINES_MAX;
use crate::play::piece::Piece;
use crate::play::script::{Act, Deed};
use crate::play::text::Text;
use crate::proxy::private::Texts;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The shortest id.
const ID_CHARS_MIN: usize = 8;
/// The shortest time: in seconds it has ten digits.
const TIME_DIGITS_MIN: usize = 10;

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().filter_map(|(_, step)| step.line());
        writeln!(f, "# A conversation, as `chalktalk proxy` has recorded it.")?;
        // Played, an hour takes a moment, and nobody has time to earn what they say.
        if lines.clone().any(|line| line.starts_with(b"CHALKTALK ")) {
            writeln!(f, "flags: --no-limits")?;
        }
        writeln!(f, "deadline 10 s")?;
        let mut page = Page {
            end: b"\n",
            texts: self.without_texts.then(Texts::default),
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
            let (done, came) = turn.split_at(turn.partition_point(|(_, step)| step.is_done()));
            writeln!(f)?;
            for (who, step) in done {
                if let (Step::Other(Deed::Connect), Some(person)) = (step, self.people.get(who)) {
                    page.name(*who, person.name.as_deref());
                }
                page.tell(f, *who, &[step])?;
            }
            let doers: BTreeSet<u64> = done.iter().map(|(who, _)| *who).collect();
            page.set_max = if doers.len() > 1 { SET_LINES_MAX } else { 0 };
            let mut told = BTreeSet::new();
            for (who, _) in came.iter().filter(|(who, _)| told.insert(*who)) {
                let to_them = came.iter().filter(|(of, _)| of == who);
                let steps: Vec<&Step> = to_them.map(|(_, step)| step).collect();
                page.tell(f, *who, &steps)?;
            }
        }
        Ok(())
    }
}

impl Step {
    /// Whether a person does this, and not the server.
    fn is_done(&self) -> bool {
        match self {
            Step::Send(_) => true,
            Step::Get(_) => false,
            Step::Other(deed) => !matches!(deed, Deed::GetEnd | Deed::SkipToEnd),
        }
    }

    /// The whole line that has come, with its end.
    fn line(&self) -> Option<&[u8]> {
        match self {
            Step::Get(line) => Some(&line[..]).filter(|line| line.ends_with(b"\n")),
            Step::Send(_) | Step::Other(_) => None,
        }
    }
}

/// What is known where the transcript is written.
#[derive(Debug, Default)]
struct Page {
    /// What is at the end of each line.
    end: &'static [u8],
    /// What people say, where that stays out.
    texts: Option<Texts>,
    /// So many lines may come to somebody in any order, if there are no more.
    set_max: usize,
    /// How those are called who are connected.
    here: BTreeMap<u64, String>,
    /// The words that somebody has used: one that the server has made up stands for a variable. So may the line up to it.
    words: BTreeMap<Vec<u8>, Option<Variable>>,
    /// How many variables there are.
    count: usize,
}

/// A variable: what kind of word it is, and its number.
type Variable = (&'static str, usize);

impl Page {
    /// Names who connects: as they say, unless somebody is here who has said the same.
    fn name(&mut self, who: u64, name: Option<&str>) {
        let mut name = name.map_or_else(|| format!("client{who}"), str::to_owned);
        while self.here.values().any(|other| *other == name) {
            name += "-2";
        }
        self.here.insert(who, name);
    }

    /// Writes what one did, or what came to one.
    fn tell(&mut self, f: &mut fmt::Formatter<'_>, who: u64, steps: &[&Step]) -> fmt::Result {
        let name = self.here.get(&who).cloned().unwrap_or_default();
        let end = self.end;
        // An empty line stands in no block.
        let fits = |step: &Step| step.line().is_some_and(|line| line != end);
        for group in steps.chunk_by(|one, next| fits(one) && fits(next)) {
            if let [step] = group {
                let deed = self.deed(step);
                if matches!(deed, Deed::Close | Deed::GetEnd | Deed::SkipToEnd) {
                    self.here.remove(&who);
                }
                writeln!(f, "{}", Act::Person(name.clone(), deed))?;
                continue;
            }
            let (is_set, since) = (group.len() <= self.set_max, self.count);
            let order = if is_set { " in any order" } else { "" };
            writeln!(f, "{name} gets{order}:")?;
            for line in group.iter().filter_map(|step| step.line()) {
                let since = if is_set { since } else { self.count };
                writeln!(f, "    {}", self.got(line, since))?;
            }
        }
        Ok(())
    }

    fn deed(&mut self, step: &Step) -> Deed {
        match step {
            Step::Send(line) => match line.strip_suffix(self.end) {
                Some(line) => Deed::Send(self.sent(line)),
                None => Deed::SendBytes(self.sent(line)),
            },
            Step::Get(line) if line.ends_with(b"\n") => Deed::Get(self.got(line, self.count)),
            Step::Get(part) => Deed::GetPart(self.got(part, self.count)),
            Step::Other(deed) => deed.clone(),
        }
    }

    /// What somebody sent; what the server has made up before stands in it as its variable.
    fn sent(&mut self, line: &[u8]) -> Text {
        // A server may know people by their names alone.
        let is_name = |name: &String| name.as_bytes() == line.trim_ascii_end();
        let is_name = self.here.values().any(is_name);
        let line: &[u8] = match &mut self.texts {
            Some(texts) if !is_name => &texts.hide(ToServer, line),
            _ => line,
        };
        let piece = |word: &[u8]| {
            let known = self.words.entry(word.to_vec()).or_default();
            known.map_or_else(|| Piece::Bytes(word.to_vec()), variable)
        };
        Text(words(line).map(piece).collect())
    }

    /// The pattern of a line. In a set a variable may be new in one pattern only: it is a `*` here if another line since
    /// there were so many has it.
    fn got(&mut self, line: &[u8], since: usize) -> Text {
        let line = line.strip_suffix(self.end).unwrap_or(line);
        let line: &[u8] = match &mut self.texts {
            Some(texts) => &texts.hide(ToClient, line),
            None => line,
        };
        let (new_elsewhere, mut end) = (since + 1..=self.count, 0);
        let piece = |word: &[u8]| {
            end += word.len();
            let said = self.words.get(word) == Some(&None);
            let made_up = made_up(word, line.get(..end).unwrap_or(line));
            let Some((stem, key)) = made_up.filter(|_| !said) else {
                return match &self.texts {
                    Some(texts) if !said && texts.hold(word) => Piece::Any,
                    _ => Piece::Bytes(word.to_vec()),
                };
            };
            let known = self.words.get(key).copied().flatten();
            let (stem, number) = known.unwrap_or((stem, self.count + 1));
            self.count = self.count.max(number);
            for key in [key, word] {
                self.words.insert(key.to_vec(), Some((stem, number)));
            }
            match new_elsewhere.contains(&number) {
                true => Piece::Any,
                false => variable((stem, number)),
            }
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in words(line).map(piece) {
            match pieces[..] {
                // However many words there were, what stands for the text is one.
                [.., Piece::Any, Piece::Bytes(_)] if piece == Piece::Any => drop(pieces.pop()),
                _ => pieces.push(piece),
            }
        }
        Text(pieces)
    }
}

fn variable((stem, number): Variable) -> Piece {
    Piece::Variable(format!("{stem}{number}"))
}

/// What kind of word this is, if it looks as if the server had made it up, and by what it is known again. Two things may
/// have happened at the same time, and will not the next time: so a time is the same only where the line up to it is.
fn made_up<'a>(word: &'a [u8], up_to_it: &'a [u8]) -> Option<(&'static str, &'a [u8])> {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    match word.iter().any(u8::is_ascii_alphabetic) {
        false if digits >= TIME_DIGITS_MIN => Some(("time", up_to_it)),
        true if digits > 0 && word.len() >= ID_CHARS_MIN => Some(("id", word)),
        _ => None,
    }
}

/// The runs of letters, digits and points, and of everything else.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_word = |byte: &u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || *byte == b'.';
    line.chunk_by(move |a, b| is_word(a) == is_word(b))
}
