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
use super::script::{Act, Deed, Demand, Mistake, Note, Place, REPEAT, Read, Reads, Script, Step};
use super::sentence::{EMPTY, holes};
use super::text::{Room, Text, Vars};
use crate::proxy::cue::{Cue, SENTENCES};
use lines::{Line, Lines, lines};
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;
use words::{COUNTED, is_of_nobody, names, shape_of};

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
        line: Line::of(&Arc::from(name), 0, ""),
        lines: Lines::default(),
    };
    reader.script.steps = reader.whole(name, text)?;
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
    /// What is being read, and what comes behind it in the same block.
    line: Line,
    lines: Lines,
}

impl Reader<'_> {
    fn mistake(&self, what: impl Into<String>) -> Mistake {
        self.line.place.mistake(what)
    }

    /// The sentences of a file.
    fn whole(&mut self, name: &str, text: &str) -> Result<Vec<Step>, Mistake> {
        let file = Arc::from(name);
        self.bytes += text.len();
        if self.bytes > FILES_BYTES_MAX {
            let what = format!("more than {FILES_BYTES_MAX} bytes, with what is included");
            return Err(Place { file, line: 1 }.mistake(what));
        }
        self.block(lines(&file, text)?)
    }

    /// The sentences of these lines, which stand as the first of them does.
    fn block(&mut self, block: Lines) -> Result<Vec<Step>, Mistake> {
        let indent = block.front().map_or(0, |first| first.indent);
        if self.depth > DEPTH_MAX {
            let what = "files in files, or blocks in blocks, are too deep; is it in a circle?";
            return Err(self.mistake(what));
        }
        self.depth += 1;
        let outer = std::mem::replace(&mut self.lines, block);
        let mut steps = Vec::new();
        while let Some(line) = self.lines.pop_front() {
            self.line = line;
            if self.line.indent > indent {
                return Err(self.mistake("this is indented, but nothing above it takes a block"));
            }
            if self.line.indent < indent {
                return Err(self.mistake("this stands at the indentation of no line above it"));
            }
            let mut more = self.sentence()?;
            self.steps += more.len();
            if self.steps > STEPS_MAX {
                let what = format!("more than {STEPS_MAX} steps; write several files");
                return Err(self.mistake(what));
            }
            steps.append(&mut more);
        }
        self.lines = outer;
        self.depth -= 1;
        Ok(steps)
    }

    /// The lines that are indented under this one, at least one.
    fn below(&mut self) -> Result<Lines, Mistake> {
        let inside = |line: &&Line| line.indent > self.line.indent;
        let many = self.lines.iter().take_while(inside).count();
        match many {
            0 => Err(self.mistake(
                "nothing stands below it: indent what belongs to this line under it; \
                 of one line, write the text behind the colon, or `an empty line` without a colon",
            )),
            many => Ok(self.lines.drain(..many).collect()),
        }
    }

    /// The same, where they stand all alike.
    fn alike(&mut self) -> Result<Lines, Mistake> {
        let found = self.below()?;
        let first = found.front().map(|first| first.indent);
        match found.iter().find(|next| Some(next.indent) != first) {
            Some(next) => {
                let what = "indent these lines alike; write a space at the start as \\x20";
                Err(next.place.mistake(what))
            }
            None => Ok(found),
        }
    }

    fn sentence(&mut self) -> Result<Vec<Step>, Mistake> {
        let (place, said) = (self.line.place.clone(), self.line.text.clone());
        match Note::read(&said, self)? {
            Some(Note::Include(path)) => return self.include(&path),
            Some(Note::Flags(flags)) => {
                let flags = flags.split_whitespace().map(str::to_owned);
                self.script.flags.extend(flags);
                return Ok(Vec::new());
            }
            Some(Note::Known(why)) if self.steps == 0 => {
                self.script.known = Some((place, why));
                return Ok(Vec::new());
            }
            Some(Note::Known(_)) => return Err(self.mistake(shape_of("known"))),
            Some(Note::Race) => {
                self.script.race = true;
                return Ok(Vec::new());
            }
            None => {}
        }
        if let Some([times, _]) = holes(REPEAT, &said) {
            return self.repeat(times);
        }
        let act = match Demand::read(&said, self)? {
            Some(demand) => Some(Act::Server(demand)),
            None => Act::read(&said, self)?,
        };
        match act {
            Some(act) => Ok(vec![Step { place, act }]),
            None if is_of_nobody(&said) => Err(self.mistake(shape_of(&said))),
            None => self.people(&said),
        }
    }

    fn include(&mut self, path: &str) -> Result<Vec<Step>, Mistake> {
        let steps_down = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        if !Path::new(path).components().all(steps_down) {
            let what = "an included file stands beside this one, or below: no `..`, no path from /";
            return Err(self.mistake(what));
        }
        let beside = Path::new(&*self.line.place.file)
            .parent()
            .unwrap_or(Path::new(""));
        let path = beside.join(path).to_string_lossy().into_owned();
        let text = (self.file)(&path)
            .map_err(|error| self.mistake(format!("{}: {error}", visible(&path))))?;
        self.whole(&path, &text)
    }

    fn repeat(&mut self, times: &str) -> Result<Vec<Step>, Mistake> {
        let mut times = times.parse().unwrap_or_default();
        if !(1..=REPEAT_TIMES_MAX).contains(&times) {
            let shape = shape_of("repeat");
            return Err(self.mistake(format!("{shape}, at most {REPEAT_TIMES_MAX}")));
        }
        let (line, block) = (self.line.clone(), self.below()?);
        // Where names count the rounds, each is a block of its own: so people come and go by name, whoever looks.
        // Below a sentence stand no names, except where it is `at once`.
        let mut deepest = usize::MAX;
        let mut counts = |line: &Line| {
            let sentence = line.indent <= deepest;
            if sentence && &*line.text == "at once:" {
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
            self.line = line.clone();
            let act = Act::Repeat(times, self.block(block.clone())?);
            let place = line.place.clone();
            steps.push(Step { place, act });
        }
        self.room.round = outer;
        Ok(steps)
    }

    /// `anna and ben get: …`
    fn people(&mut self, said: &str) -> Result<Vec<Step>, Mistake> {
        let place = self.line.place.clone();
        let (names, said) = names(said, self.room.round).map_err(|what| self.mistake(what))?;
        let Some(deed) = Deed::read(said, self)? else {
            return self.same_of_each(said);
        };
        let act = |name| Act::Person(name, deed.clone());
        let step = |act| Step {
            place: place.clone(),
            act,
        };
        Ok(names.into_iter().map(act).map(step).collect())
    }

    /// Where only lines stand below a colon, what is said above is said of each.
    fn same_of_each(&mut self, said: &str) -> Result<Vec<Step>, Mistake> {
        if !said.ends_with(':') {
            return Err(self.mistake(shape_of(said)));
        }
        for line in self.alike()?.into_iter().rev() {
            let text = Arc::from(format!("{} {}", self.line.text, line.text));
            self.lines.push_front(Line {
                text,
                indent: self.line.indent,
                ..line
            });
        }
        Ok(Vec::new())
    }

    /// What stands behind a colon.
    fn behind<T>(
        &mut self,
        text: &str,
        parse: fn(&str, &mut Room) -> Result<T, String>,
    ) -> Result<Option<T>, Mistake> {
        let read = match text {
            "" => {
                Err("nothing stands behind the colon; write `an empty line` without one".to_owned())
            }
            EMPTY => parse("", &mut self.room),
            text if text.ends_with(char::is_whitespace) => {
                Err("nobody sees a space at the end of a line: write it as \\x20".to_owned())
            }
            text => parse(text, &mut self.room),
        };
        read.map(Some).map_err(|what| self.mistake(what))
    }
}

impl Reads for Reader<'_> {
    fn text(&mut self, written: &str) -> Read<Text> {
        self.behind(written, Text::parse)
    }

    fn pattern(&mut self, written: &str) -> Read<Pattern> {
        self.behind(written, Pattern::parse)
    }

    fn patterns(&mut self, _below: &str) -> Read<Vec<Pattern>> {
        let lines = self.alike()?;
        if lines.len() > SET_LINES_MAX {
            return Err(self.mistake(format!("a set is at most {SET_LINES_MAX} lines")));
        }
        let pattern = |line: Line| {
            self.line = line;
            self.behind(&self.line.text.clone(), Pattern::parse)
        };
        lines.into_iter().map(pattern).collect()
    }

    fn steps(&mut self, _below: &str) -> Read<Vec<Step>> {
        let block = self.below()?;
        self.block(block).map(Some)
    }

    fn names(&mut self, written: &str) -> Read<Vec<String>> {
        let (names, rest) = names(written, self.room.round).map_err(|what| self.mistake(what))?;
        Ok((names.len() > 1 && rest.is_empty()).then_some(names))
    }

    fn word(&mut self, written: &str) -> Read<String> {
        Ok(Some(written.trim().to_owned()).filter(|word| !word.is_empty()))
    }

    fn cue(&mut self, written: &str) -> Read<Cue> {
        let cue = Cue::parse(written).map(Some);
        cue.ok_or_else(|| self.mistake(format!("as in {SENTENCES}")))
    }

    fn number(&mut self, written: &str) -> Read<u32> {
        Ok(written.parse().ok())
    }

    fn time(&mut self, written: &str) -> Read<Duration> {
        let time = match written.split_once(' ') {
            Some((number, "s")) => number.parse().ok().map(Duration::from_secs),
            Some((number, "ms")) => number.parse().ok().map(Duration::from_millis),
            _ => None,
        };
        let most = Duration::from_secs(DEADLINE_SECONDS_MAX);
        Ok(time.filter(|time| !time.is_zero() && *time <= most))
    }
}

#[cfg(test)]
mod tests;
