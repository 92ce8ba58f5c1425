//! Reads a transcript.
//!
//! A sentence is a line. What belongs to the sentence above is indented under it; blank lines
//! and comments stand anywhere. Where a colon ends the words, the rest of the line is taken as
//! it stands, so that no line of a protocol needs quotes. Files are the caller's: whoever reads
//! says how an included one is come by.

mod lines;
mod words;

use super::check;
use super::pattern::Pattern;
use super::piece::visible;
use super::script::{Act, Deed, Demand, Mistake, Place, Script, Step};
use super::text::{Room, Text, Vars};
use lines::{Line, Lines, after_colon, below, lines, no_space_at_the_end, under};
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;
use words::{COUNTED, KEYWORDS, names, shape_of, stem};

/// How deep files may include files, and blocks stand in blocks.
pub const DEPTH_MAX: usize = 8;
/// The most a deadline may be.
pub const DEADLINE_SECONDS_MAX: u64 = 3600;
/// The most times of one `repeat`.
pub const REPEAT_TIMES_MAX: u32 = 1_000_000;
/// The steps of a transcript, those in blocks once.
pub const STEPS_MAX: usize = 100_000;
/// The bytes of a transcript, with all that it includes, each as often as it does.
pub const FILES_BYTES_MAX: usize = 4 << 20;
/// The lines of one set.
pub const SET_LINES_MAX: usize = 1000;

/// Reads the transcript `text` of the file `name`, and what it includes: `file` gives the text
/// of a path, which is relative to wherever `name` is. The result holds together: nobody
/// speaks who has not come, no variable is used that nothing was bound to; those in `set` are bound from the start.
pub fn parse(
    name: &str,
    text: &str,
    file: &mut dyn FnMut(&str) -> Result<String, String>,
    set: &Vars,
) -> Result<Script, Mistake> {
    let mut reader = Reader {
        file,
        room: Room::default(),
        script: Script::default(),
        depth: 0,
        bytes: 0,
        steps: 0,
    };
    reader.script.steps = reader.read(name, text)?;
    reader.script.title = title(text);
    check::check(&reader.script.steps, set)?;
    Ok(reader.script)
}

/// The comment a file begins with, its lines joined.
fn title(text: &str) -> String {
    let written = text.lines().skip_while(|line| line.trim().is_empty());
    let comments = written.map_while(|line| line.trim().strip_prefix('#'));
    let lines: Vec<&str> = comments
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join(" ")
}

struct Reader<'a> {
    file: &'a mut dyn FnMut(&str) -> Result<String, String>,
    room: Room,
    script: Script,
    /// How many files and blocks this one stands in.
    depth: usize,
    /// The bytes of the files so far.
    bytes: usize,
    /// How many there are so far.
    steps: usize,
}

impl Reader<'_> {
    fn read(&mut self, name: &str, text: &str) -> Result<Vec<Step>, Mistake> {
        let file = Arc::from(name);
        self.bytes += text.len();
        if self.bytes > FILES_BYTES_MAX {
            let what = format!("more than {FILES_BYTES_MAX} bytes, with what is included");
            return Err(Place { file, line: 1 }.mistake(what));
        }
        let mut lines = lines(&file, text)?;
        self.block(&mut lines, 0)
    }

    /// The sentences that stand at this indentation, up to the first that stands further left.
    fn block(&mut self, lines: &mut Lines<'_>, indent: usize) -> Result<Vec<Step>, Mistake> {
        let mut steps = Vec::new();
        while let Some(line) = lines.next_if(|line| line.indent >= indent) {
            if line.indent > indent {
                return Err(line.mistake("this is indented, but nothing above it takes a block"));
            }
            let mut more = self.sentence(&line, lines)?;
            self.steps += more.len();
            if self.steps > STEPS_MAX {
                let what = format!("more than {STEPS_MAX} steps; write several files");
                return Err(line.mistake(what));
            }
            steps.append(&mut more);
        }
        Ok(steps)
    }

    /// The steps of a block, or of a file that is included.
    fn deeper(
        &mut self,
        line: &Line<'_>,
        read: impl FnOnce(&mut Self) -> Result<Vec<Step>, Mistake>,
    ) -> Result<Vec<Step>, Mistake> {
        if self.depth >= DEPTH_MAX {
            let what = "files in files, or blocks in blocks, are too deep; is it in a circle?";
            return Err(line.mistake(what));
        }
        self.depth += 1;
        let steps = read(self);
        self.depth -= 1;
        steps
    }

    fn sentence(&mut self, line: &Line<'_>, lines: &mut Lines<'_>) -> Result<Vec<Step>, Mistake> {
        let (words, rest) = match line.text.split_once(':') {
            Some((words, rest)) => (words, Some(rest)),
            None => (line.text, None),
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        let act = match (&words[..], rest) {
            (["include", ..], _) => return self.include(line),
            (["flags"], Some(rest)) => {
                let flags = rest.split_whitespace().map(str::to_owned);
                self.script.flags.extend(flags);
                return Ok(Vec::new());
            }
            (["this", "is", "a", "race"], None) => {
                self.script.race = true;
                return Ok(Vec::new());
            }
            (["known", "to", "fail"], Some(rest)) if self.steps == 0 => {
                let why = after_colon(line, rest)?.to_owned();
                self.script.known = Some((line.place.clone(), why));
                return Ok(Vec::new());
            }
            (["lines", "end", "with", ..], _) => self.lines_end(line)?,
            (["deadline", long @ ..], None) => Act::Deadline(time(line, "deadline", long)?),
            (["repeat", times, "times" | "time"], None) => return self.repeat(line, times, lines),
            (["at", "once"], Some("")) => Act::AtOnce(self.inner(line, below(line, lines)?)?),
            (["one", "of", words @ .., "gets" | "get"], Some(rest)) => {
                let (names, more) = names(line, words, self.room.round)?;
                if names.len() < 2 || !more.is_empty() {
                    return Err(line.mistake(shape_of("one")));
                }
                Act::OneOf(names, self.behind(line, rest, Pattern::parse)?)
            }
            (["fence", "sends"], Some(rest)) => {
                Act::FenceSends(self.behind(line, rest, Text::parse)?)
            }
            (["fence", "gets"], Some(rest)) => {
                Act::FenceGets(self.behind(line, rest, Pattern::parse)?)
            }
            ([keyword @ ("restart" | "the"), ..], None) => {
                demand(&words).ok_or_else(|| line.mistake(shape_of(keyword)))?
            }
            ([keyword, ..], _) if KEYWORDS.contains(keyword) => {
                return Err(line.mistake(shape_of(keyword)));
            }
            (words, rest) => return self.people(line, words, rest, lines),
        };
        Ok(vec![line.step(act)])
    }

    fn include(&mut self, line: &Line<'_>) -> Result<Vec<Step>, Mistake> {
        let path = line.text.strip_prefix("include").unwrap_or_default().trim();
        if path.is_empty() {
            return Err(line.mistake(shape_of("include")));
        }
        let steps_down = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(steps_down) {
            let what = "an included file stands beside this one, or below: no `..`, no path from /";
            return Err(line.mistake(what));
        }
        let beside = Path::new(&*line.place.file)
            .parent()
            .unwrap_or(Path::new(""));
        let path = beside.join(path).to_string_lossy().into_owned();
        let text = (self.file)(&path)
            .map_err(|error| line.mistake(format!("{}: {error}", visible(&path))))?;
        self.deeper(line, |reader| reader.read(&path, &text))
    }

    fn lines_end(&mut self, line: &Line<'_>) -> Result<Act, Mistake> {
        let end = line.text.splitn(4, ' ').nth(3).unwrap_or_default();
        let end = self.written(line, end, Text::parse)?;
        if end == Text::default() || end.variables().next().is_some() {
            return Err(line.mistake(shape_of("lines")));
        }
        Ok(Act::LinesEnd(end))
    }

    fn repeat(
        &mut self,
        line: &Line<'_>,
        times: &str,
        lines: &mut Lines<'_>,
    ) -> Result<Vec<Step>, Mistake> {
        let mut times = times.parse().unwrap_or_default();
        if !(1..=REPEAT_TIMES_MAX).contains(&times) {
            return Err(line.mistake(shape_of("repeat")));
        }
        let block = below(line, lines)?;
        // Where names count the rounds, each is a block of its own: so people come and go by name, whoever looks.
        // Below a sentence stand no names, except where it is `at once`.
        let mut deepest = usize::MAX;
        let mut counts = |line: &Line<'_>| {
            let sentence = line.indent <= deepest;
            if sentence && line.text == "at once:" {
                deepest = usize::MAX;
            } else if sentence {
                deepest = line.indent;
            }
            let words = line.text.split(':').next();
            sentence && words.is_some_and(|words| words.contains(COUNTED))
        };
        let mut blocks = 1;
        if block.iter().any(&mut counts) {
            std::mem::swap(&mut blocks, &mut times);
        }
        let outer = self.room.round;
        let mut steps = Vec::new();
        for round in 1..=blocks {
            self.room.round = (times == 1).then_some(round);
            steps.push(line.step(Act::Repeat(times, self.inner(line, block.clone())?)));
        }
        self.room.round = outer;
        Ok(steps)
    }

    /// The sentences of a block, which belongs to this line.
    fn inner(&mut self, line: &Line<'_>, block: Vec<Line<'_>>) -> Result<Vec<Step>, Mistake> {
        let indent = block.first().map_or(0, |first| first.indent);
        let mut lines = block.into_iter().peekable();
        let steps = self.deeper(line, |reader| reader.block(&mut lines, indent))?;
        match lines.peek() {
            Some(next) => Err(next.mistake("this stands at the indentation of no line above it")),
            None => Ok(steps),
        }
    }

    /// `anna and ben get: …`
    fn people(
        &mut self,
        line: &Line<'_>,
        words: &[&str],
        rest: Option<&str>,
        lines: &mut Lines<'_>,
    ) -> Result<Vec<Step>, Mistake> {
        let (names, words) = names(line, words, self.room.round)?;
        let said = words.join(" ");
        let sends = said.strip_suffix(", as far as it is taken");
        let (verb, object) = sends
            .unwrap_or(&said)
            .split_once(' ')
            .unwrap_or((&said, ""));
        let verb = stem(sends.filter(|_| object.is_empty()).unwrap_or(verb));
        if let ("get", Some(count), None, 2..) = (verb, same_lines(object), rest, names.len()) {
            return Ok(vec![line.step(Act::GetSame(names, count))]);
        }
        if sends.is_some() && verb != "send" {
            return Err(line.mistake(shape_of(verb)));
        }
        let mut deeds = Vec::new();
        match (verb, object, rest) {
            ("send" | "get", "", Some("")) => {
                for line in under(line, lines)? {
                    let rest = format!(" {}", line.text);
                    let deed = self.deed(&line, (verb, "", Some(&rest)), lines)?;
                    deeds.push((line, deed));
                }
            }
            said => deeds.push((line.clone(), self.deed(line, said, lines)?)),
        }
        let mut steps = Vec::new();
        for (line, deed) in deeds {
            let deed = match sends {
                Some(_) => Deed::SendAsTaken(Box::new(deed)),
                None => deed,
            };
            let act = |name: &String| line.step(Act::Person(name.clone(), deed.clone()));
            steps.extend(names.iter().map(act));
        }
        Ok(steps)
    }

    fn deed(
        &mut self,
        line: &Line<'_>,
        (verb, object, rest): (&str, &str, Option<&str>),
        lines: &mut Lines<'_>,
    ) -> Result<Deed, Mistake> {
        let pattern = |reader: &mut Self, rest| reader.behind(line, rest, Pattern::parse);
        Ok(match (verb, object, rest) {
            ("connect", "", None) => Deed::Connect,
            ("close", "", None) => Deed::Close,
            ("half-close", "", None) => Deed::HalfClose,
            ("reset", "", None) => Deed::Reset,
            ("send", "an empty line", None) => Deed::Send(Text::default()),
            ("get", "an empty line", None) => Deed::Get(Pattern::exactly(b"")),
            ("get", "nothing", None) => Deed::GetNothing,
            ("get", object, None) if object.starts_with("nothing for ") => {
                let long: Vec<&str> = object.split(' ').skip(2).collect();
                Deed::GetNothingFor(time(line, verb, &long)?)
            }
            ("get", "the end", None) => Deed::GetEnd,
            ("skip", "to the end", None) => Deed::SkipToEnd,
            ("send", "bytes", Some(rest)) => {
                Deed::SendBytes(self.behind(line, rest, Text::parse)?)
            }
            ("get", "part", Some(rest)) => Deed::GetPart(pattern(self, rest)?),
            ("get", "nothing until", Some(rest)) => Deed::GetNothingUntil(pattern(self, rest)?),
            ("get", "only", Some(rest)) => {
                let only = rest.strip_suffix(" to the end");
                let only = only.ok_or_else(|| line.mistake(shape_of(verb)))?;
                Deed::GetOnly(pattern(self, only)?)
            }
            ("skip", "to", Some(rest)) => Deed::SkipTo(pattern(self, rest)?),
            ("get", "in any order", Some("")) => {
                let lines = under(line, lines)?;
                if lines.len() > SET_LINES_MAX {
                    return Err(line.mistake(format!("a set is at most {SET_LINES_MAX} lines")));
                }
                let pattern = |line: &Line<'_>| self.written(line, line.text, Pattern::parse);
                Deed::GetSet(lines.iter().map(pattern).collect::<Result<_, _>>()?)
            }
            ("send", "", Some(rest)) => Deed::Send(self.behind(line, rest, Text::parse)?),
            ("get", "", Some(rest)) => Deed::Get(pattern(self, rest)?),
            (verb, _, _) => return Err(line.mistake(shape_of(verb))),
        })
    }

    /// What stands behind a colon.
    fn behind<T>(
        &mut self,
        line: &Line<'_>,
        rest: &str,
        parse: fn(&str, &mut Room) -> Result<T, String>,
    ) -> Result<T, Mistake> {
        self.written(line, after_colon(line, rest)?, parse)
    }

    fn written<T>(
        &mut self,
        line: &Line<'_>,
        text: &str,
        parse: fn(&str, &mut Room) -> Result<T, String>,
    ) -> Result<T, Mistake> {
        let text = no_space_at_the_end(line, text)?;
        parse(text, &mut self.room).map_err(|what| line.mistake(what))
    }
}

/// What is said of the server.
fn demand(words: &[&str]) -> Option<Act> {
    let number = words.iter().find_map(|word| word.parse().ok());
    let act = |(demand, _)| Act::Server(demand, number.unwrap_or(0));
    let mut all = Demand::SENTENCES.into_iter().map(act);
    all.find(|act| act.to_string() == words.join(" "))
}

/// How many lines `the same 40 lines` are.
fn same_lines(object: &str) -> Option<u32> {
    let count = object.strip_prefix("the same ")?.strip_suffix(" lines")?;
    let count = count.parse().ok()?;
    (1..=REPEAT_TIMES_MAX).contains(&count).then_some(count)
}

/// A length of time, as in `5 s` or `500 ms`.
fn time(line: &Line<'_>, verb: &str, words: &[&str]) -> Result<Duration, Mistake> {
    let time = match words {
        [number, "s"] => number.parse().ok().map(Duration::from_secs),
        [number, "ms"] => number.parse().ok().map(Duration::from_millis),
        _ => None,
    };
    let most = Duration::from_secs(DEADLINE_SECONDS_MAX);
    time.filter(|time| !time.is_zero() && *time <= most)
        .ok_or_else(|| line.mistake(shape_of(verb)))
}

#[cfg(test)]
mod tests;
