//! Plain mode: lines in, lines out. For scripts, pipes, screen readers, and terminals that can do no more.
//!
//! Every line of the input is a message or a command, several pasted at once are several; what the lines of the
//! output mean stands at [`line()`]. At the end of its input it waits until all it was given has been answered and
//! everything said before has arrived, then leaves.
//!
//! The next line is asked for only while few commands wait for their answers, so a file of any length is sent at the
//! pace the server allows and none of it is held here. Reading it at once and pausing between lines would need
//! to know the server's limits.

mod show;
mod typed;

pub use show::{MARKS, host_leaves, how_left, line};

use super::command::{COMMANDS, Command};
use super::connection::Connection;
use super::event::{Ending, Event, Happened, Line, Outcome, Ticket, When};
use super::handle::{Client, Settings};
use crate::clock::{self, Asked, OFFSET_HOLDS, Offset};
use crate::sanitise::plain_line;
use crate::secure::trust::Person;
use crate::wire::{EventKind, Name, UnixMs};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Inputs that may wait for the loop.
const INPUTS_MAX: usize = 256;
/// Commands that may wait for their answers before more input is taken.
const PENDING_MAX: usize = 64;
/// How long a lost line is waited for by what has something left to do before it leaves.
const LOST_PATIENCE: Duration = Duration::from_secs(60);

/// Asks a person for another name, and says why; none where nobody can be asked.
pub type AskName<'a> = &'a mut dyn FnMut(&str) -> Option<Name>;

/// That, and what counts the others here, where the chat ends with this client: then a person is asked before leaving.
pub type Asking<'a> = (AskName<'a>, Option<&'a dyn Fn() -> usize>);

/// In which manner one chats.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// At the end of the input it goes on listening, instead of leaving.
    pub stay: bool,
    /// Each line begins with its time: an event's own, or now.
    pub times: bool,
    /// Nothing is shown of the past, nor of who is here, comes or goes.
    pub quiet: bool,
}

/// Chats until the end; see the module. The input is read once one is in: before, it answers questions. A person can
/// be asked again and sees what became of everything; a refused name ends a script, and its exit code tells whether
/// all was done.
///
/// # Errors
/// Why it did not end as asked for, as a sentence. That nobody reads the output any more is no error: it leaves.
pub fn run<'a>(
    settings: Settings,
    first: Option<Connection>,
    (person, manner): (Person, Manner),
    (ask_name, others): Asking<'a>,
    input: impl Read + Send + 'static,
    output: &'a mut impl Write,
) -> Result<(), String> {
    let unstarted = |error: io::Error| format!("the client cannot be started: {error}");
    let (inputs, received) = mpsc::sync_channel(INPUTS_MAX);
    let place = settings.address.to_string();
    let there = format!("{place} ({})", settings.mode().as_str());
    let events = inputs.clone();
    let tell = move |event| drop(events.send(Input::Event(event)));
    let client = Client::connect_into(settings, first, tell).map_err(unstarted)?;
    let (ask, asked) = mpsc::channel();
    let typing = thread::Builder::new().name("input".into()).spawn(move || {
        let mut lines = typed::lines(input);
        while asked.recv().is_ok() && inputs.send(Input::Typed(lines.next())).is_ok() {}
    });
    typing.map_err(unstarted)?;
    let mut talk = Talk {
        client,
        place,
        there,
        person,
        manner,
        others,
        offset: Asked::default(),
        output: Ok(output),
        ask,
        is_asked: false,
        is_over: false,
        is_doubted: false,
        is_warned: false,
        pending: BTreeMap::new(),
        not_done: 0,
        stage: Stage::Reading,
        lost_since: None,
    };
    talk.show(&format!("# connected to {}", talk.there));
    if person == Person::Present {
        talk.show("# type to speak; /help lists the commands");
    }
    let next = || match received.recv() {
        Ok(Input::Event(event)) => Some(event),
        // Nothing is asked for that could be typed.
        Ok(Input::Typed(_)) | Err(_) => None,
    };
    let welcome = come_in(&talk.client, &talk.place, ask_name, next)?;
    talk.run(welcome, &received)
}

/// Waits for the welcome and gives it; or the end, where that was asked for. A person is
/// asked for another name than one that is refused.
///
/// # Errors
/// Why there is no getting in, as a sentence.
pub(crate) fn come_in(
    client: &Client,
    place: &impl Display,
    ask_name: AskName<'_>,
    mut next: impl FnMut() -> Option<Event>,
) -> Result<Event, String> {
    loop {
        let event = next().ok_or("the client has ended")?;
        match &event {
            Event::Line(Line::NameRefused { .. }) => {
                let why = name_refused(&event);
                let name = ask_name(&why).ok_or_else(|| format!("{why} (--name NAME)"))?;
                client.send(Command::Name(name));
            }
            Event::Ended(Ending::Failed(trouble)) => return Err(trouble.sentence(place)),
            Event::Happened(happened) if !matches!(happened.what, EventKind::Welcome(..)) => {}
            Event::Happened(_) | Event::Ended(Ending::Left) => return Ok(event),
            _ => {}
        }
    }
}

/// Why one cannot be called so.
fn name_refused(event: &Event) -> String {
    let told = line(event, "").unwrap_or_default();
    told.trim_start_matches("# ").to_owned()
}

/// What the loop waits for.
enum Input {
    Event(Event),
    /// A line, or why it is not sent; `None` at the end.
    Typed(Option<Result<String, String>>),
}

/// How far one has come with leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There may be more input.
    Reading,
    /// All is answered; what others said before is waited for, then the end.
    Leaving,
    /// The same, with something left undone, for this reason.
    GivingUp(&'static str),
}

/// The loop, between what is typed and what is told.
struct Talk<'a, W> {
    client: Client,
    /// What people call the other end.
    place: String,
    /// The same, and what lies between.
    there: String,
    person: Person,
    manner: Manner,
    others: Option<&'a dyn Fn() -> usize>,
    offset: Asked<Offset>,
    /// Or what became of it, once it has failed.
    output: io::Result<&'a mut W>,
    ask: Sender<()>,
    /// The input's thread has been asked for a line and has not answered.
    is_asked: bool,
    /// There is no more input.
    is_over: bool,
    /// What is sent waits for a yes.
    is_doubted: bool,
    /// It was told that leaving ends the chat for others; to leave again means it.
    is_warned: bool,
    /// What was typed and is not settled.
    pending: BTreeMap<Ticket, String>,
    not_done: usize,
    stage: Stage,
    lost_since: Option<Instant>,
}

impl<W: Write> Talk<'_, W> {
    fn run(mut self, welcome: Event, inputs: &Receiver<Input>) -> Result<(), String> {
        let mut input = Ok(Input::Event(welcome));
        loop {
            match input {
                Ok(Input::Event(Event::Ended(ending))) => return self.end(&ending),
                Ok(Input::Event(event)) => self.event(&event)?,
                Ok(Input::Typed(typed)) => self.typed(typed),
                Err(RecvTimeoutError::Timeout) => self.leave(Stage::GivingUp("the server is lost")),
                Err(RecvTimeoutError::Disconnected) => return self.end(&Ending::Left),
            }
            self.go_on();
            input = inputs.recv_timeout(self.patience());
        }
    }

    /// How long to wait for a lost line.
    fn patience(&self) -> Duration {
        let is_script = self.person == Person::Absent;
        let is_left = self.is_over || (is_script && !self.pending.is_empty());
        let gives_up = is_left && !self.manner.stay && self.stage == Stage::Reading;
        let since = self.lost_since.filter(|_| gives_up);
        let left = |since: Instant| LOST_PATIENCE.saturating_sub(since.elapsed());
        since.map_or(Duration::MAX, left)
    }

    /// Asks for the next line where that may be sent, or leaves after the last.
    fn go_on(&mut self) {
        if self.stage != Stage::Reading {
            return;
        }
        if self.person == Person::Absent && self.is_doubted && !self.pending.is_empty() {
            return self.leave(Stage::GivingUp("nobody says yes to this network"));
        }
        if !self.is_over && !self.is_asked && self.pending.len() < PENDING_MAX {
            self.is_asked = true;
            // Its thread lives as long as there is input.
            let _ = self.ask.send(());
        }
        let is_done = self.is_over && self.pending.is_empty() && self.lost_since.is_none();
        if is_done && !self.manner.stay {
            // One request is unanswered at a time, so the goodbye leaves behind the fence's answer.
            self.client.send(Command::Fence);
            self.leave(Stage::Leaving);
        }
    }

    fn leave(&mut self, stage: Stage) {
        self.stage = stage;
        self.client.send(Command::Quit(None));
    }

    fn typed(&mut self, typed: Option<Result<String, String>>) {
        self.is_asked = false;
        self.is_over = typed.is_none() && (self.manner.stay || !self.warns());
        let Some(line) = typed.filter(|_| self.stage == Stage::Reading) else {
            return;
        };
        if self.person == Person::Present && self.lost_since.is_some() {
            self.client.hurry();
        }
        let parsed =
            line.and_then(|line| Ok(Command::parse(&line)?.map(|command| (command, line))));
        match parsed {
            Ok(None) => {}
            Ok(Some((Command::Quit(_), _))) if self.warns() => {}
            Ok(Some((command, line))) => {
                self.is_warned = false;
                if let Command::Quit(_) = command {
                    self.stage = Stage::Leaving;
                }
                self.pending.insert(self.client.send(command), line);
            }
            Err(sentence) => {
                self.not_done += 1;
                self.show(&format!("# {}", plain_line(&sentence)));
            }
        }
    }

    /// Tells once, in place of leaving, that this would end the chat for others too.
    fn warns(&mut self) -> bool {
        let others = self.others.map_or(0, |others| others());
        let warns = others > 0 && !self.is_warned && self.person == Person::Present;
        if warns {
            self.is_warned = true;
            self.show(&format!("# {}", host_leaves(others)));
        }
        warns
    }

    fn event(&mut self, event: &Event) -> Result<(), String> {
        let (mut time, mut suffix) = (None, "");
        match event {
            Event::Settled(ticket, outcome) => self.settled(*ticket, outcome),
            Event::Help => self.help(),
            Event::Line(Line::NameRefused { .. }) => match self.person {
                Person::Present => suffix = ": /name NAME",
                Person::Absent => return Err(format!("{} (--name NAME)", name_refused(event))),
            },
            Event::Line(Line::Lost { .. }) => {
                self.is_doubted = false;
                self.lost_since.get_or_insert_with(Instant::now);
            }
            Event::Line(Line::Connecting) => self.show(&format!("# connecting to {}", self.there)),
            Event::Line(Line::Doubted) => self.is_doubted = true,
            Event::Happened(happened) => {
                (self.lost_since, time) = (None, Some(happened.time));
            }
            _ => {}
        }
        let shown = line(event, &self.place).filter(|_| !self.manner.quiet || !is_aside(event));
        if let Some(line) = shown {
            self.show_at(time, &(line + suffix));
        }
        Ok(())
    }

    fn settled(&mut self, ticket: Ticket, outcome: &Outcome) {
        let Some(line) = self.pending.remove(&ticket) else {
            return;
        };
        let line = plain_line(&line);
        let told = match outcome {
            Outcome::Done(_) if matches!(Command::parse(&line), Ok(Some(Command::Who(_)))) => {
                // Whoever asks who is here is also told who else can read along.
                return self.show(&format!("# at {}", self.there));
            }
            Outcome::Done(_) => return,
            Outcome::Refused { sentence, .. } => {
                format!("# {}: {line}", plain_line(&sentence.to_string()))
            }
            Outcome::Unsure => format!("# nobody knows whether this was done: {line}"),
            Outcome::Unsent => format!("# not sent: {line}"),
        };
        self.not_done += 1;
        self.show(&told);
    }

    fn help(&mut self) {
        self.show("# what does not begin with a slash is said to everyone in the room");
        for (usage, about) in COMMANDS {
            self.show(&format!("# {usage}: {about}"));
        }
    }

    fn show(&mut self, line: &str) {
        self.show_at(None, line);
    }

    /// A whole line in one write. Once nobody takes them, nothing is left to do but to leave.
    fn show_at(&mut self, time: Option<UnixMs>, line: &str) {
        let Ok(output) = &mut self.output else { return };
        let stamp = || {
            let offset = self.offset.get(OFFSET_HOLDS, Offset::ask);
            offset.stamp(time.unwrap_or_else(clock::now)) + " "
        };
        let stamp = self.manner.times.then(stamp).unwrap_or_default();
        let written = output.write_all(format!("{stamp}{line}\n").as_bytes());
        if let Err(error) = written.and_then(|()| output.flush()) {
            self.output = Err(error);
            if self.stage == Stage::Reading {
                self.leave(Stage::Leaving);
            }
        }
    }

    fn end(self, ending: &Ending) -> Result<(), String> {
        Err(match (self.output, ending) {
            (Err(error), _) if is_broken_pipe(&error) => return Ok(()),
            (Err(error), _) => format!("the output cannot be written: {error}"),
            (Ok(_), Ending::Failed(trouble)) => plain_line(&trouble.sentence(&self.place)),
            (Ok(_), Ending::Left) => match (self.stage, self.person, self.not_done) {
                (Stage::GivingUp(why), ..) => format!("{why}; the output says what was not done"),
                (_, Person::Present, _) | (.., 0) => return Ok(()),
                (.., 1) => "1 line was not done; the output says which".to_owned(),
                (.., lines) => format!("{lines} lines were not done; the output says which"),
            },
        })
    }
}

/// Has the reader of the output gone away? Windows has a second number for it, which std does not know
/// (`ERROR_PIPE_NOT_CONNECTED`), and which is none elsewhere.
fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe || error.raw_os_error() == Some(233)
}

/// Whether it is what a quiet client does not show.
fn is_aside(event: &Event) -> bool {
    match event {
        Event::Happened(Happened { what, when, .. }) => {
            *when == When::Past || matches!(what, EventKind::Came(..) | EventKind::Left(..))
        }
        event => matches!(event, Event::People(..)),
    }
}

#[cfg(test)]
mod tests;
