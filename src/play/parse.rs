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
use super::script::{Act, Deed, Mistake, Place, Script, Step};
use super::text::{Room, Text};
use lines::{Line, Lines, after_colon, lines, no_space_at_the_end, under};
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;
use words::{COUNTED, KEYWORDS, names, shape_of, singular};

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
/// speaks who has not come, no variable is used that nothing was bound to.
pub fn parse(
    name: &str,
    text: &str,
    file: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Script, Mistake> {
    let mut reader = Reader {
        file,
        room: Room::default(),
        flags: Vec::new(),
        bytes: 0,
        steps: 0,
    };
    let steps = reader.read(name, text, 0)?;
    check::check(&steps)?;
    Ok(Script {
        title: title(text),
        flags: reader.flags,
        steps,
    })
}

/// The comment a file begins with, its lines joined.
fn title(text: &str) -> String {
    let comments = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    comments
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

struct Reader<'a> {
    file: &'a mut dyn FnMut(&str) -> Result<String, String>,
    room: Room,
    flags: Vec<String>,
    /// The bytes of the files so far.
    bytes: usize,
    /// How many there are so far.
    steps: usize,
}

impl Reader<'_> {
    fn read(&mut self, name: &str, text: &str, depth: usize) -> Result<Vec<Step>, Mistake> {
        let file = Arc::from(name);
        self.bytes += text.len();
        if self.bytes > FILES_BYTES_MAX {
            let what = format!("more than {FILES_BYTES_MAX} bytes, with what is included");
            let place = Place { file, line: 1 };
            return Err(Mistake { place, what });
        }
        let mut lines = lines(&file, text)?;
        self.block(&mut lines, 0, depth)
    }

    /// The sentences that stand at this indentation, up to the first that stands further left.
    fn block(
        &mut self,
        lines: &mut Lines<'_>,
        indent: usize,
        depth: usize,
    ) -> Result<Vec<Step>, Mistake> {
        let mut steps = Vec::new();
        while let Some(line) = lines.next_if(|line| line.indent >= indent) {
            if line.indent > indent {
                return Err(line.mistake("this is indented, but nothing above it takes a block"));
            }
            let from = steps.len();
            self.sentence(&line, lines, depth, &mut steps)?;
            self.steps += steps.len() - from;
            if self.steps > STEPS_MAX {
                return Err(
                    line.mistake(format!("more than {STEPS_MAX} steps; write several files"))
                );
            }
        }
        Ok(steps)
    }

    fn sentence(
        &mut self,
        line: &Line<'_>,
        lines: &mut Lines<'_>,
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), Mistake> {
        let (words, rest) = match line.text.split_once(':') {
            Some((words, rest)) => (words, Some(rest)),
            None => (line.text, None),
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        let act = match (&words[..], rest) {
            (["include", ..], _) => return self.include(line, depth, steps),
            (["flags"], Some(rest)) => {
                self.flags
                    .extend(rest.split_whitespace().map(str::to_owned));
                return Ok(());
            }
            (["lines", "end", "with", ..], _) => self.lines_end(line)?,
            (["deadline", long @ ..], None) => Act::Deadline(time(line, "deadline", long)?),
            (["repeat", times, "times" | "time"], None) => {
                return self.repeat(line, times, lines, depth, steps);
            }
            (["restart", "the", "server"], None) => Act::Restart,
            (["fence", "sends"], Some(rest)) => Act::FenceSends(self.text(line, rest)?),
            (["fence", "gets"], Some(rest)) => Act::FenceGets(self.pattern(line, rest)?),
            ([keyword, ..], _) if KEYWORDS.contains(keyword) => {
                return Err(line.mistake(shape_of(keyword)));
            }
            (words, rest) => return self.people(line, words, rest, lines, steps),
        };
        steps.push(Step {
            place: line.place.clone(),
            act,
        });
        Ok(())
    }

    fn include(
        &mut self,
        line: &Line<'_>,
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), Mistake> {
        let path = line.text.strip_prefix("include").unwrap_or_default().trim();
        if path.is_empty() {
            return Err(line.mistake(shape_of("include")));
        }
        let steps_down = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(steps_down) {
            let what = "an included file stands beside this one, or below: no `..`, no path from /";
            return Err(line.mistake(what));
        }
        if depth >= DEPTH_MAX {
            return Err(line.mistake("files include files too deep; is it in a circle?"));
        }
        let beside = Path::new(&*line.place.file)
            .parent()
            .unwrap_or(Path::new(""));
        let path = beside.join(path).to_string_lossy().into_owned();
        let text = (self.file)(&path).map_err(|error| {
            let path = visible(path.as_bytes());
            line.mistake(format!("{path}: {error}"))
        })?;
        steps.extend(self.read(&path, &text, depth + 1)?);
        Ok(())
    }

    fn lines_end(&mut self, line: &Line<'_>) -> Result<Act, Mistake> {
        let end = self.text_of(line, line.text.splitn(4, ' ').nth(3).unwrap_or_default())?;
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
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), Mistake> {
        let mut times = times.parse().unwrap_or_default();
        if !(1..=REPEAT_TIMES_MAX).contains(&times) {
            return Err(line.mistake(shape_of("repeat")));
        }
        if depth >= DEPTH_MAX {
            return Err(line.mistake("blocks stand in blocks too deep"));
        }
        let below = || lines.next_if(|next| next.indent > line.indent);
        let block: Vec<Line<'_>> = std::iter::from_fn(below).collect();
        let Some(inner) = block.first().map(|first| first.indent) else {
            return Err(line.mistake("nothing to repeat: indent what is repeated under this line"));
        };
        // Where names count the rounds, each is a block of its own: so people come and go by name, whoever looks.
        let counts = |line: &Line<'_>| {
            let words = line.text.split(':').next();
            line.indent == inner && words.is_some_and(|words| words.contains(COUNTED))
        };
        let mut blocks = 1;
        if block.iter().any(counts) {
            std::mem::swap(&mut blocks, &mut times);
        }
        let outer = self.room.round;
        for round in 1..=blocks {
            self.room.round = (times == 1).then_some(round);
            let mut lines = block.clone().into_iter().peekable();
            let repeated = self.block(&mut lines, inner, depth + 1)?;
            if let Some(next) = lines.peek() {
                return Err(next.mistake("this stands at the indentation of no line above it"));
            }
            steps.push(Step {
                place: line.place.clone(),
                act: Act::Repeat(times, repeated),
            });
        }
        self.room.round = outer;
        Ok(())
    }

    /// `anna and ben get: …`
    fn people(
        &mut self,
        line: &Line<'_>,
        words: &[&str],
        rest: Option<&str>,
        lines: &mut Lines<'_>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Mistake> {
        let (names, deed) = names(line, words, self.room.round)?;
        let verb = deed.first().map_or("", |verb| singular(verb));
        let object = deed.get(1..).unwrap_or_default().join(" ");
        let mut everyone = |line: &Line<'_>, deed: &Deed| {
            let act = |name: &String| Act::Person(name.clone(), deed.clone());
            steps.extend(names.iter().map(|name| Step {
                place: line.place.clone(),
                act: act(name),
            }));
        };
        let deed = match (verb, object.as_str(), rest) {
            ("connects", "", None) => Deed::Connect,
            ("closes", "", None) => Deed::Close,
            ("half-closes", "", None) => Deed::HalfClose,
            ("resets", "", None) => Deed::Reset,
            ("sends", "an empty line", None) => Deed::Send(Text::default()),
            ("gets", "an empty line", None) => Deed::Get(Pattern::exactly(b"")),
            ("gets", "nothing", None) => Deed::GetNothing,
            ("gets", object, None) if object.starts_with("nothing for ") => {
                Deed::GetNothingFor(time(line, verb, deed.get(3..).unwrap_or_default())?)
            }
            ("gets", "the end", None) => Deed::GetEnd,
            ("skips", "to the end", None) => Deed::SkipToEnd,
            ("sends", "bytes", Some(rest)) => Deed::SendBytes(self.text(line, rest)?),
            ("gets", "part", Some(rest)) => Deed::GetPart(self.pattern(line, rest)?),
            ("gets", "nothing until", Some(rest)) => {
                Deed::GetNothingUntil(self.pattern(line, rest)?)
            }
            ("skips", "to", Some(rest)) => Deed::SkipTo(self.pattern(line, rest)?),
            ("gets", "in any order", Some("")) => {
                let lines = under(line, lines)?;
                if lines.len() > SET_LINES_MAX {
                    return Err(line.mistake(format!("a set is at most {SET_LINES_MAX} lines")));
                }
                let patterns: Result<_, _> = lines
                    .iter()
                    .map(|line| self.pattern_of(line, line.text))
                    .collect();
                Deed::GetSet(patterns?)
            }
            ("sends" | "gets", "", Some("")) => {
                for under in under(line, lines)? {
                    let deed = self.line_deed(verb, &under, under.text)?;
                    everyone(&under, &deed);
                }
                return Ok(());
            }
            ("sends" | "gets", "", Some(rest)) => {
                let text = after_colon(line, rest)?;
                self.line_deed(verb, line, text)?
            }
            (verb, _, _) => return Err(line.mistake(shape_of(verb))),
        };
        everyone(line, &deed);
        Ok(())
    }

    /// `sends` or `gets` of one line.
    fn line_deed(&mut self, verb: &str, line: &Line<'_>, text: &str) -> Result<Deed, Mistake> {
        match verb {
            "sends" => Ok(Deed::Send(self.text_of(line, text)?)),
            _ => Ok(Deed::Get(self.pattern_of(line, text)?)),
        }
    }

    /// The text behind a colon.
    fn text(&mut self, line: &Line<'_>, rest: &str) -> Result<Text, Mistake> {
        let text = after_colon(line, rest)?;
        self.text_of(line, text)
    }

    fn text_of(&mut self, line: &Line<'_>, text: &str) -> Result<Text, Mistake> {
        let text = no_space_at_the_end(line, text)?;
        Text::parse(text, &mut self.room).map_err(|what| line.mistake(what))
    }

    fn pattern(&mut self, line: &Line<'_>, rest: &str) -> Result<Pattern, Mistake> {
        let text = after_colon(line, rest)?;
        self.pattern_of(line, text)
    }

    fn pattern_of(&mut self, line: &Line<'_>, text: &str) -> Result<Pattern, Mistake> {
        let text = no_space_at_the_end(line, text)?;
        Pattern::parse(text, &mut self.room).map_err(|what| line.mistake(what))
    }
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
