//! Reads a transcript.
//!
//! A sentence is a line. What belongs to the sentence above is indented under it; blank lines
//! and comments stand anywhere. Where a colon ends the words, the rest of the line is taken as
//! it stands, so that no line of a protocol needs quotes. Files are the caller's: whoever reads
//! says how an included one is come by.

mod lines;
mod words;

use super::check;
use super::piece::visible;
use super::script::{
    Act, Deed, Demand, Location, Mistake, Note, REPEAT, Read, Reads, Script, Step,
};
use super::sentence::{EMPTY, holes};
use super::text::{Room, Text, Vars};
use crate::proxy::cue::{Cue, SENTENCES};
use lines::{Line, Lines, lines};
use std::mem::{replace, take};
use std::path::{Component, Path};
use std::sync::Arc;
use std::time::Duration;
use words::{COUNTED, counted, is_of_nobody, names, shape_of};

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
        count: 0,
        line: Line::default(),
        lines: Lines::default(),
        steps: Vec::new(),
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
    /// How many steps there are so far, those in blocks too.
    count: usize,
    /// What is being read, what comes behind it in the same block, and the steps of that so far.
    line: Line,
    lines: Lines,
    steps: Vec<Step>,
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
            return Err(Location { file, line: 1 }.mistake(what));
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
        let (above, outer) = (self.line.clone(), take(&mut self.steps));
        let behind = replace(&mut self.lines, block);
        while let Some(line) = self.lines.pop_front() {
            self.line = line;
            if self.line.indent > indent {
                return Err(self.mistake("this is indented, but nothing above it takes a block"));
            }
            if self.line.indent < indent {
                return Err(self.mistake("this stands at the indentation of no line above it"));
            }
            self.sentence()?;
        }
        (self.line, self.lines) = (above, behind);
        self.depth -= 1;
        Ok(replace(&mut self.steps, outer))
    }

    /// One more step, which stands in this line.
    fn step(&mut self, act: Act) -> Result<(), Mistake> {
        self.count += 1;
        if self.count > STEPS_MAX {
            let what = format!("more than {STEPS_MAX} steps; write several files");
            return Err(self.mistake(what));
        }
        let place = self.line.place.clone();
        self.steps.push(Step { place, act });
        Ok(())
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

    fn sentence(&mut self) -> Result<(), Mistake> {
        let said = self.line.text.clone();
        if let Some(note) = Note::read(&said, self)? {
            return self.note(note);
        }
        if let Some([times, _]) = holes(REPEAT, &said) {
            return self.repeat(times);
        }
        let act = match Demand::read(&said, self)? {
            Some(demand) => Some(Act::Server(demand)),
            None => Act::read(&said, self)?,
        };
        match act {
            Some(act) => self.step(act),
            None if is_of_nobody(&said) => Err(self.mistake(shape_of(&said))),
            None => self.people(&said),
        }
    }

    fn note(&mut self, note: Note) -> Result<(), Mistake> {
        match note {
            Note::Include(path) => return self.include(&path),
            Note::Flags(flags) => {
                let flags = flags.split_whitespace().map(str::to_owned);
                self.script.flags.extend(flags);
            }
            Note::Known(why) if self.count == 0 => {
                self.script.known = Some((self.line.place.clone(), why));
            }
            Note::Known(_) => return Err(self.mistake("say so before anybody does anything")),
            Note::Race => self.script.race = true,
        }
        Ok(())
    }

    fn include(&mut self, path: &str) -> Result<(), Mistake> {
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
        let mut included = self.whole(&path, &text)?;
        self.steps.append(&mut included);
        Ok(())
    }

    fn repeat(&mut self, times: &str) -> Result<(), Mistake> {
        let mut times = times.parse().unwrap_or_default();
        if !(1..=REPEAT_TIMES_MAX).contains(&times) {
            let shape = shape_of("repeat");
            return Err(self.mistake(format!("{shape}, at most {REPEAT_TIMES_MAX}")));
        }
        let block = self.below()?;
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
        for round in 1..=blocks {
            self.room.round = (times == 1).then_some(round);
            let steps = self.block(block.clone())?;
            self.step(Act::Repeat(times, steps))?;
        }
        self.room.round = outer;
        Ok(())
    }

    /// `anna and ben get: …`
    fn people(&mut self, said: &str) -> Result<(), Mistake> {
        let (names, said) = names(said, self.room.round).map_err(|what| self.mistake(what))?;
        let Some(deed) = Deed::read(said, self)? else {
            return self.same_of_each(said);
        };
        let mut acts = names
            .into_iter()
            .map(|name| Act::Person(name, deed.clone()));
        acts.try_for_each(|act| self.step(act))
    }

    /// Where only lines stand below a colon, what is said above is said of each.
    fn same_of_each(&mut self, said: &str) -> Result<(), Mistake> {
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
        Ok(())
    }

    /// What stands behind a colon.
    fn behind(
        &mut self,
        text: &str,
        parse: fn(&str, &mut Room) -> Result<Text, String>,
    ) -> Result<Text, String> {
        match text {
            "" => {
                Err("nothing stands behind the colon; write `an empty line` without one".to_owned())
            }
            EMPTY => parse("", &mut self.room),
            text if text.ends_with(char::is_whitespace) => {
                Err("nobody sees a space at the end of a line: write it as \\x20".to_owned())
            }
            text => parse(text, &mut self.room),
        }
    }
}

impl Reads for Reader<'_> {
    fn text(&mut self, written: &str) -> Read<Text> {
        let text = self.behind(written, Text::parse);
        text.map(Some).map_err(|what| self.mistake(what))
    }

    fn pattern(&mut self, written: &str) -> Read<Text> {
        let pattern = self.behind(written, Text::parse_pattern);
        pattern.map(Some).map_err(|what| self.mistake(what))
    }

    fn patterns(&mut self, _below: &str) -> Read<Vec<Text>> {
        let lines = self.alike()?;
        if lines.len() > SET_LINES_MAX {
            return Err(self.mistake(format!("a set is at most {SET_LINES_MAX} lines")));
        }
        let pattern = |line: Line| {
            let pattern = self.behind(&line.text, Text::parse_pattern);
            pattern.map(Some).map_err(|what| line.place.mistake(what))
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
        let cue = Cue::parse(&counted(written, self.room.round)).map(Some);
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
