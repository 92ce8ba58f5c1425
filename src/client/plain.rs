//! Plain mode: lines in, lines out. For scripts, pipes, screen readers, and terminals that can do no more.
//!
//! Every line of the input is a message or a command, several pasted at once are several; what the lines of the
//! output mean stands at [`line()`]. At the end of its input it waits until all it was given has been answered and
//! everything said before has arrived, then leaves.
//!
//! The input is asked for only while few commands wait for their answers, so a file of any length is sent at the
//! pace the server allows and none of it is held here. Reading it at once and pausing between lines would need
//! to know the server's limits.

mod show;
mod typed;

use super::command::{COMMANDS, Command};
use super::event::{Ending, Event, Line, Outcome, Ticket};
use super::handle::{Client, Settings};
use crate::sanitise::plain_line;
use crate::wire::Name;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::{Duration, Instant};
use typed::Typed;

pub use show::line;

/// Commands that may wait for their answers before more input is taken.
const PENDING_MAX: usize = 64;
/// Inputs that may wait for the loop.
const INPUTS_MAX: usize = 256;
const READ_BYTES: usize = 8 * 1024;
/// How long a lost line is waited for by what has something left to do before it leaves.
const LOST_PATIENCE: Duration = Duration::from_secs(60);

/// What to do at the end of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AtEnd {
    /// Leave.
    #[default]
    Leave,
    /// Go on listening.
    Stay,
}

/// Who gives the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typist {
    /// Somebody at a keyboard, who can be asked again and sees what became of everything.
    Person,
    /// A pipe or a file: a refused name ends it, and its exit code tells whether all was done.
    Script,
}

/// Why plain mode ended otherwise than as asked for.
#[derive(Debug)]
pub enum Failure {
    /// There was no getting in, or the server wanted one gone: a sentence, fit to be shown.
    Ended(String),
    /// A script's name was refused: a sentence, fit to be shown.
    Name(String),
    /// So many lines of a script were not done, or may not have been.
    NotDone(usize),
    /// The line was lost, and did not come back while something was left to do.
    GaveUp,
    /// The output failed otherwise than by being closed.
    Output(io::Error),
    /// The system gives no thread.
    Start(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Ended(sentence) => f.write_str(sentence),
            Failure::Name(sentence) => write!(f, "{sentence}; choose another with --name"),
            Failure::NotDone(1) => f.write_str("1 line was not done; the output says which"),
            Failure::NotDone(lines) => {
                write!(f, "{lines} lines were not done; the output says which")
            }
            Failure::GaveUp => write!(
                f,
                "the server did not come back within {} s; the output says what was not done",
                LOST_PATIENCE.as_secs()
            ),
            Failure::Output(error) => write!(f, "the output cannot be written: {error}"),
            Failure::Start(error) => write!(f, "the client cannot be started: {error}"),
        }
    }
}

impl std::error::Error for Failure {}

/// What the loop waits for.
enum Input {
    Event(Event),
    Typed(Vec<u8>),
    TypedEnd,
}

/// How far one has come with leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There may be more input.
    Reading,
    /// All is answered; what others said before is waited for.
    Fencing(Ticket),
    /// Only the end is waited for.
    Leaving,
    /// The same, with something left undone.
    GivingUp,
}

/// Chats until the end; see the module.
///
/// # Errors
/// Where it did not end as asked for. That nobody reads the output any more is no error: it leaves.
pub fn run(
    settings: Settings,
    typist: Typist,
    at_end: AtEnd,
    input: impl Read + Send + 'static,
    output: &mut impl Write,
) -> Result<(), Failure> {
    let (inputs, received) = mpsc::sync_channel(INPUTS_MAX);
    let (place, mode) = (settings.place(), settings.way.to_string());
    let events = inputs.clone();
    let client = Client::connect_into(settings, move |event| {
        let _ = events.send(Input::Event(event));
    })
    .map_err(Failure::Start)?;
    let (ask, asked) = mpsc::channel();
    thread::Builder::new()
        .name("input".into())
        .spawn(move || read(input, &inputs, &asked))
        .map_err(Failure::Start)?;
    let mut plain = Plain {
        client,
        place,
        mode,
        typist,
        at_end,
        output,
        output_error: None,
        typed: Typed::default(),
        ask,
        is_asked: false,
        pending: BTreeMap::new(),
        not_done: 0,
        name_wanted: false,
        stage: Stage::Reading,
        lost_since: None,
    };
    plain.go_on();
    plain.run(&received)
}

/// The input's thread: reads once each time it is asked to.
fn read(mut input: impl Read, inputs: &SyncSender<Input>, asked: &Receiver<()>) {
    let mut buffer = vec![0; READ_BYTES];
    while asked.recv().is_ok() {
        let read = loop {
            match input.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // An input that fails has no more to say.
                read => break read.unwrap_or(0),
            }
        };
        let bytes = buffer.get(..read).unwrap_or_default().to_vec();
        let input = match read {
            0 => Input::TypedEnd,
            _ => Input::Typed(bytes),
        };
        if inputs.send(input).is_err() || read == 0 {
            return;
        }
    }
}

struct Plain<'a, W> {
    client: Client,
    /// What people call the other end.
    place: String,
    /// What lies between.
    mode: String,
    typist: Typist,
    at_end: AtEnd,
    output: &'a mut W,
    /// What became of the output, once it has failed.
    output_error: Option<io::Error>,
    typed: Typed,
    ask: Sender<()>,
    /// The input's thread has been asked and has not answered.
    is_asked: bool,
    /// What was typed and is not settled.
    pending: BTreeMap<Ticket, String>,
    not_done: usize,
    /// What is typed next is a name.
    name_wanted: bool,
    stage: Stage,
    lost_since: Option<Instant>,
}

impl<W: Write> Plain<'_, W> {
    fn run(&mut self, inputs: &Receiver<Input>) -> Result<(), Failure> {
        loop {
            let input = match self.patience() {
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(left) => inputs.recv_timeout(left),
            };
            match input {
                Ok(Input::Event(Event::Ended(ending))) => return self.end(&ending),
                Ok(Input::Event(event)) => self.event(&event)?,
                Ok(Input::Typed(bytes)) => {
                    self.is_asked = false;
                    self.typed.push(&bytes);
                }
                Ok(Input::TypedEnd) => self.typed.end(),
                Err(RecvTimeoutError::Timeout) => self.leave(Stage::GivingUp),
                Err(RecvTimeoutError::Disconnected) => return self.end(&Ending::Left),
            }
            self.go_on();
        }
    }

    /// How long to wait for a lost line, where that is not for ever.
    fn patience(&self) -> Option<Duration> {
        let is_left = match self.typist {
            Typist::Person => self.typed.is_over(),
            Typist::Script => self.typed.is_over() || !self.pending.is_empty(),
        };
        let gives_up = is_left && self.at_end == AtEnd::Leave && self.stage == Stage::Reading;
        let since = self.lost_since.filter(|_| gives_up)?;
        Some(LOST_PATIENCE.saturating_sub(since.elapsed()))
    }

    /// Takes what was typed as far as that may go, then asks for more or leaves.
    fn go_on(&mut self) {
        while self.stage == Stage::Reading && self.pending.len() < PENDING_MAX {
            match self.typed.next_line() {
                Some(Ok(line)) => self.take(&line),
                Some(Err(error)) => self.refuse(&error),
                None => return self.go_on_without(),
            }
        }
    }

    /// All that was typed so far has been sent.
    fn go_on_without(&mut self) {
        match self.at_end {
            _ if !self.typed.is_over() => self.ask_for_more(),
            AtEnd::Stay => {}
            AtEnd::Leave if self.name_wanted => self.leave(Stage::Leaving),
            AtEnd::Leave if self.pending.is_empty() => {
                self.stage = Stage::Fencing(self.client.send(Command::Fence));
            }
            AtEnd::Leave => {}
        }
    }

    fn ask_for_more(&mut self) {
        if !std::mem::replace(&mut self.is_asked, true) {
            // Its thread lives as long as there is input.
            let _ = self.ask.send(());
        }
    }

    fn leave(&mut self, stage: Stage) {
        self.stage = stage;
        self.client.send(Command::Quit(None));
    }

    fn take(&mut self, line: &str) {
        if self.name_wanted && !line.starts_with('/') && !line.trim().is_empty() {
            match Name::parse(line.trim()) {
                Ok(name) => self.send(Command::Name(name), line),
                Err(error) => self.refuse(&error),
            }
            return;
        }
        match Command::parse(line) {
            Ok(Some(command)) => self.send(command, line),
            Ok(None) => {}
            Err(error) => self.refuse(&error),
        }
    }

    fn send(&mut self, command: Command, line: &str) {
        if let Command::Name(_) = command {
            self.name_wanted = false;
        }
        if let Command::Quit(_) = command {
            self.stage = Stage::Leaving;
        }
        let ticket = self.client.send(command);
        self.pending.insert(ticket, line.to_owned());
    }

    /// A typed line cannot be sent at all.
    fn refuse(&mut self, error: &impl fmt::Display) {
        self.not_done += 1;
        self.show(&format!("# {}", plain_line(&error.to_string())));
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        match event {
            Event::Settled(ticket, outcome) => self.settled(*ticket, outcome),
            Event::Help => self.help(),
            Event::Line(Line::NameRefused { .. }) => return self.name_refused(event),
            Event::Line(Line::Lost { .. }) => {
                self.lost_since.get_or_insert_with(Instant::now);
            }
            Event::Line(Line::Connecting) => {
                self.show(&format!("# connecting to {} ({})", self.place, self.mode));
            }
            Event::Happened(_) => self.lost_since = None,
            _ => {}
        }
        if let Some(line) = show::line(event, &self.place) {
            self.show(&line);
        }
        Ok(())
    }

    fn name_refused(&mut self, event: &Event) -> Result<(), Failure> {
        let line = show::line(event, &self.place).unwrap_or_default();
        match self.typist {
            Typist::Script => Err(Failure::Name(line.trim_start_matches("# ").to_owned())),
            Typist::Person => {
                self.name_wanted = true;
                self.show(&format!("{line}; type another name"));
                Ok(())
            }
        }
    }

    fn settled(&mut self, ticket: Ticket, outcome: &Outcome) {
        if self.stage == Stage::Fencing(ticket) {
            return self.leave(Stage::Leaving);
        }
        let Some(line) = self.pending.remove(&ticket) else {
            return;
        };
        let line = plain_line(&line);
        let told = match outcome {
            Outcome::Done(_) => return,
            // That a name was refused is told as such.
            Outcome::Refused { .. } if self.name_wanted => return,
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

    /// A whole line in one write. Once nobody takes them, nothing is left to do but to leave.
    fn show(&mut self, line: &str) {
        if self.output_error.is_some() {
            return;
        }
        let written = self.output.write_all(format!("{line}\n").as_bytes());
        if let Err(error) = written.and_then(|()| self.output.flush()) {
            self.output_error = Some(error);
            if !matches!(self.stage, Stage::Leaving | Stage::GivingUp) {
                self.leave(Stage::Leaving);
            }
        }
    }

    fn end(&mut self, ending: &Ending) -> Result<(), Failure> {
        if let Some(error) = self.output_error.take() {
            return match error.kind() {
                ErrorKind::BrokenPipe => Ok(()),
                _ => Err(Failure::Output(error)),
            };
        }
        match ending {
            Ending::Failed(trouble) => {
                Err(Failure::Ended(plain_line(&trouble.sentence(&self.place))))
            }
            Ending::Left if self.stage == Stage::GivingUp => Err(Failure::GaveUp),
            Ending::Left if self.typist == Typist::Script && self.not_done > 0 => {
                Err(Failure::NotDone(self.not_done))
            }
            Ending::Left => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
