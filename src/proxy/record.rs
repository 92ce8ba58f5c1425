//! What passed through the proxy, as a transcript that plays.
//!
//! A value that hears what passes and prints, at any time, all of it so far. So whoever keeps it in a file writes the
//! whole file anew, and a recording that is torn off is a transcript too. To append sentence by sentence would be less
//! work, but somebody's name, and what ends lines, is known only later.
//!
//! It knows lines and no protocol, and so has three rules of thumb. What the server made up (a time, an id) is a word that looks
//! like it (`cut`) and that nobody has sent before. What it says by the clock is a `PING` in somebody's
//! silence. And where several did something before anything came, what comes next to each of them may come in any order:
//! whatever was done after something came was done because of it, or at least has been played after it.

use super::plan::Direction;
use super::private::Texts;
use crate::play::parse::{FILES_BYTES_MAX, SET_LINES_MAX, STEPS_MAX, parse};
use crate::play::piece::{Piece, spell};
use crate::play::text::Vars;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem::take;
use std::time::Duration;

/// What a line ends with that waits for an answer.
const PROMPTS: [&[u8]; 4] = [b" ", b":", b">", b"?"];
/// Who has sent nothing for so long is silent: a `PING` that comes then was not asked for.
const SILENCE: Duration = Duration::from_secs(1);
/// The shortest id.
const ID_CHARS_MIN: usize = 8;
/// The shortest time: in seconds it has ten digits.
const TIME_DIGITS_MIN: usize = 10;

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

/// What is written of it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Connect,
    /// With its end, if it is a line.
    Send(Vec<u8>),
    HalfClose,
    Close,
    /// With its end.
    Get(Vec<u8>),
    /// A line that goes on behind this.
    Begin(Vec<u8>),
    Part(Vec<u8>),
    End,
    SkipToEnd,
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
    gone: bool,
}

/// All that has passed.
#[derive(Debug, Default)]
pub struct Recording {
    people: BTreeMap<u64, Person>,
    steps: Vec<(u64, Step)>,
    bytes: usize,
    texts: Option<Texts>,
}

impl Recording {
    /// Of which what people say stays out.
    #[must_use]
    pub fn without_texts() -> Recording {
        Recording {
            texts: Some(Texts::default()),
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
        let (person, texts) = (self.people.entry(who).or_default(), &mut self.texts);
        if person.gone {
            return;
        }
        let mut steps = Vec::new();
        match passed {
            Passed::Connects => steps.push(Step::Connect),
            Passed::Bytes(Direction::ToServer, bytes) => {
                // A line that does not go on before it has an answer is a prompt.
                if PROMPTS.iter().any(|end| person.got.ends_with(end)) {
                    steps.extend(person.gets_rest(texts));
                }
                self.bytes += bytes.len();
                person.sent.extend(bytes);
                let lines = whole_lines(&mut person.sent);
                steps.extend(
                    lines
                        .into_iter()
                        .filter_map(|line| person.sends(line, texts)),
                );
                person.sent_at = at;
            }
            Passed::Bytes(Direction::ToClient, bytes) => {
                // What a text is can be told of whole lines only.
                if texts.is_none() {
                    steps.extend(person.sends_rest(texts));
                }
                self.bytes += bytes.len();
                person.got.extend(bytes);
                let lines = whole_lines(&mut person.got);
                steps.extend(
                    lines
                        .into_iter()
                        .filter_map(|line| person.gets(line, at, texts)),
                );
                person.has_got = true;
            }
            Passed::Ends(Direction::ToServer) => {
                steps.extend(person.sends_rest(texts));
                steps.push(Step::HalfClose);
            }
            Passed::Ends(Direction::ToClient) => {
                steps.extend(person.sends_rest(texts));
                steps.extend(person.gets_rest(texts));
                steps.push(Step::End);
                person.gone = true;
            }
            Passed::Torn(by) => {
                steps.extend(person.sends_rest(texts));
                steps.push(match by {
                    Direction::ToServer => Step::Close,
                    Direction::ToClient => Step::SkipToEnd,
                });
                person.gone = true;
            }
        }
        self.steps.extend(steps.into_iter().map(|step| (who, step)));
    }
}

/// The lines that have come whole, with their ends, taken.
fn whole_lines(bytes: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    let rest = bytes.split_off(end.map_or(0, |end| end + 1));
    let whole = std::mem::replace(bytes, rest);
    let lines = whole.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

/// A line as words.
fn words(line: &[u8]) -> Vec<&str> {
    let line = std::str::from_utf8(line).unwrap_or_default();
    line.split_whitespace().collect()
}

/// Of an error, what stands before its sentence.
fn error_code(line: &[u8]) -> Option<&[u8]> {
    let spaces = line.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    let behind = match words(line)[..] {
        ["ERROR", _, _, ..] => 1,
        [_, "ERROR", _, _, ..] => 2,
        _ => return None,
    };
    line.get(..=spaces.map(|(at, _)| at).nth(behind)?)
}

impl Person {
    fn sends(&mut self, line: Vec<u8>, texts: &mut Option<Texts>) -> Option<Step> {
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
            return Some(Step::Send(line));
        }
        Some(Step::Send(match texts {
            Some(texts) => texts.hide_sent(&line),
            None => line,
        }))
    }

    fn gets(&mut self, line: Vec<u8>, at: Duration, texts: &mut Option<Texts>) -> Option<Step> {
        if words(&line).first() == Some(&"PING") && at.saturating_sub(self.sent_at) >= SILENCE {
            self.pings += 1;
            return None;
        }
        let Some(texts) = texts else {
            return Some(Step::Get(line));
        };
        // An error may quote what it is about.
        Some(match error_code(&line) {
            Some(code) => Step::Begin(code.to_vec()),
            None => Step::Get(texts.hide_came(&line)),
        })
    }

    fn sends_rest(&mut self, texts: &mut Option<Texts>) -> Option<Step> {
        let rest = take(&mut self.sent);
        (!rest.is_empty())
            .then(|| self.sends(rest, texts))
            .flatten()
    }

    fn gets_rest(&mut self, texts: &mut Option<Texts>) -> Option<Step> {
        let rest = take(&mut self.got);
        let rest = texts
            .as_mut()
            .map_or_else(|| rest.clone(), |texts| texts.hide_came(&rest));
        (!rest.is_empty()).then_some(Step::Part(rest))
    }
}

/// Whether somebody in a transcript can be called so.
fn is_name(word: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let read = || {
        parse(
            "",
            &format!("{word} connects"),
            &mut |_| Err(String::new()),
            &Vars::new(),
        )
    };
    !word.is_empty() && word.chars().all(good) && read().is_ok()
}

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
                    _ => writeln!(out, "{whom} {}", sentence.replacen("s", "", 1))?,
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

#[cfg(test)]
mod tests {
    use super::{Passed, Recording};
    use crate::play::parse::parse;
    use crate::play::text::Vars;
    use crate::proxy::plan::Direction::{ToClient, ToServer};
    use std::time::Duration;

    /// Who, and what: `+` comes, `>` is sent, `<` comes back, `|` ends, `!` is torn; a number is seconds that pass.
    fn recorded(mut recording: Recording, passed: &[(u64, &str)]) -> String {
        let mut at = Duration::ZERO;
        for (who, what) in passed {
            let (kind, bytes) = what.split_at(1);
            let bytes = || bytes.as_bytes().to_vec();
            let passed = match kind {
                "+" => Passed::Connects,
                ">" => Passed::Bytes(ToServer, bytes()),
                "<" => Passed::Bytes(ToClient, bytes()),
                "|" if bytes() == b">" => Passed::Ends(ToServer),
                "|" => Passed::Ends(ToClient),
                "!" if bytes() == b">" => Passed::Torn(ToServer),
                "!" => Passed::Torn(ToClient),
                seconds => {
                    at += Duration::from_secs(seconds.parse().unwrap());
                    continue;
                }
            };
            recording.hear(*who, at, passed);
        }
        let text = recording.to_string();
        let read = parse("a.chat", &text, &mut |_| Err(String::new()), &Vars::new());
        assert!(read.is_ok(), "{read:?}\n{text}");
        text.split_once("deadline 10 s\n").unwrap().1.to_owned()
    }

    #[track_caller]
    fn check(passed: &[(u64, &str)], expected: &str) {
        assert_eq!(recorded(Recording::default(), passed), expected);
    }

    #[test]
    fn people_are_called_as_they_say_unless_somebody_is_or_nobody_can_be() {
        let passed = [
            (1, "+"),
            (1, "<who?\n"),
            (1, ">anna\n"),
            (2, "+"),
            (2, ">@1 NAME anna\n"),
            (1, "|>"),
            (1, "|<"),
            (3, "+"),
            (3, ">NICK anna\n"),
            (4, "+"),
            (4, ">PING\n"),
            (5, "+"),
            (5, "<who?\n"),
            (5, ">the\n"),
        ];
        check(
            &passed,
            "\nanna connects\nanna gets: who?\n\nanna sends: anna\nanna-2 connects\nanna-2 sends: @1 NAME anna\n\
             anna half-closes\nanna gets the end\n\nanna connects\nanna sends: NICK anna\nclient4 connects\n\
             client4 sends: PING\nclient5 connects\nclient5 gets: who?\n\nclient5 sends: the\n",
        );
    }

    #[test]
    fn lines_are_whole_and_prompts_and_halves_are_told() {
        let passed = [
            (1, "+"),
            (1, "<login: "),
            (1, ">an"),
            (1, ">na"),
            (1, "<\nHel"),
            (1, "<lo\n\n"),
            (1, ">x\r\n\n"),
            (1, ">y"),
            (1, "|>"),
            (1, "<bye"),
            (1, "|<"),
            (1, ">z"),
        ];
        check(
            &passed,
            "\nanna connects\nanna gets part: login:\\x20\n\nanna sends bytes: anna\n\
             anna gets an empty line\nanna gets: Hello\nanna gets an empty line\n\n\
             anna sends: x\\r\nanna sends an empty line\nanna sends bytes: y\nanna half-closes\n\
             anna gets part: bye\nanna gets the end\n",
        );
        let passed = [
            (1, "+"),
            (1, ">a\r\n>b\n"),
            (1, "<c\r\n"),
            (1, "!>"),
            (2, "+"),
            (2, "!<"),
        ];
        check(
            &passed,
            "lines end with \\r\\n\n\nclient1 connects\nclient1 sends: a\nclient1 sends bytes: >b\\n\n\
             client1 gets: c\n\nclient1 closes\nclient2 connects\nclient2 skips to the end\n",
        );
    }

    #[test]
    fn what_the_server_made_up_is_a_variable_and_what_people_said_is_not() {
        let passed = [
            (1, "+"),
            (1, ">call 491701234567 at house2026\n"),
            (1, "<OK abcdefgh.7 1763816400250 491701234567 house2026\n"),
            (1, "<NO abcdefgh.8 1763816400250 abcdefgh.7x\n"),
            (1, ">again abcdefgh.8 7 1763816400250\n"),
            (1, "<token f00dfeed_1, abcdefghij, 123456789\n"),
        ];
        check(
            &passed,
            "\nclient1 connects\nclient1 sends: call 491701234567 at house2026\nclient1 gets:\n    \
             OK $id1.$n2 $time3 491701234567 house2026\n    NO $id1.$n4 $time5 $id1.7x\n\n\
             client1 sends: again $id1.$n4 7 $time5\nclient1 gets: token ${id6}_1, abcdefghij, 123456789\n",
        );
    }

    #[test]
    fn order_is_lost_only_where_several_did_something_before_anything_came() {
        let both = [(1, "+"), (2, "+"), (1, "<hi\n"), (2, "<hi\n")];
        let told = "\na connects\nb connects\na and b get: hi\n";
        let said = [
            (1, ">a\n"),
            (2, ">b\n"),
            (1, "<a 1763816400250\n"),
            (1, "<b 1763816400250\n"),
            (2, "<a 1763816400250\n"),
        ];
        check(
            &[&both[..], &said].concat(),
            &format!(
                "{told}\na sends: a\nb sends: b\na gets in any order:\n    a $time1\n    b $time2\n\
                      b gets: a $time1\n"
            ),
        );
        let said = [
            (1, ">a\n"),
            (1, "<a\n"),
            (1, "<\n"),
            (2, ">b\n"),
            (1, "<b\n"),
            (1, "<b\n"),
        ];
        check(
            &[&both[..], &said].concat(),
            &format!(
                "{told}\na sends: a\na gets: a\na gets an empty line\n\nb sends: b\n\
                      a gets:\n    b\n    b\n"
            ),
        );
    }

    #[test]
    fn what_comes_by_the_clock_is_left_out_with_its_answer() {
        let passed = [
            (1, "+"),
            (1, ">ECHO\n"),
            (1, "<PING\n"),
            (1, "9"),
            (1, "<PING :x\n"),
            (1, ">PONG :x\n"),
            (1, ">PONG\n"),
        ];
        check(
            &passed,
            "\nclient1 connects\nclient1 sends: ECHO\nclient1 gets: PING\n\nclient1 sends: PONG\n",
        );
    }

    #[test]
    fn texts_stay_out_where_they_shall() {
        let passed = [
            (1, "+"),
            (1, "<CHALKTALK 1 open hi\n"),
            (1, ">NAME anna\n"),
            (1, ">SAY my sec"),
            (1, "<\n"),
            (1, ">ret\n"),
            (1, ">my key\n"),
            (1, "<SAID b.1 5 lobby anna my secret\n"),
            (1, "<ERROR unknown-verb my is no verb\n"),
            (1, ">TELL ben my half"),
            (1, "|>"),
        ];
        let text = recorded(Recording::without_texts(), &passed);
        assert!(
            text.contains("SAY text1\n") && text.contains(" anna text1\n"),
            "{text}"
        );
        assert!(text.contains("gets: ERROR unknown-verb *\n"), "{text}");
        assert!(!text.contains("my"), "{text}");
    }
}
