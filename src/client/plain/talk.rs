//! Plain mode's loop: what was typed becomes commands, what is told becomes lines, until the end.

use super::manner::{AskName, AtEnd, Failure, LOST_PATIENCE, Typist};
use super::show;
use super::typed::Typed;
use crate::client::command::{COMMANDS, Command};
use crate::client::event::{Ending, Event, Line, Outcome, Ticket};
use crate::client::handle::Client;
use crate::sanitise::plain_line;
use crate::wire::EventKind;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// Commands that may wait for their answers before more input is taken.
const PENDING_MAX: usize = 64;

/// What the loop waits for.
pub(super) enum Input {
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

/// The loop, between what is typed and what is told.
pub(super) struct Talk<'a, W> {
    client: Client,
    /// What people call the other end.
    place: String,
    /// What lies between.
    mode: String,
    typist: Typist,
    /// For a person, below the first line, which says where to and what lies between.
    hint: Option<&'static str>,
    at_end: AtEnd,
    output: &'a mut W,
    /// What became of the output, once it has failed.
    output_error: Option<io::Error>,
    typed: Typed,
    ask: Sender<()>,
    ask_name: AskName<'a>,
    /// One has been let in.
    is_in: bool,
    /// The input's thread has been asked and has not answered.
    is_asked: bool,
    /// What was typed and is not settled.
    pending: BTreeMap<Ticket, String>,
    not_done: usize,
    stage: Stage,
    lost_since: Option<Instant>,
}

impl<'a, W: Write> Talk<'a, W> {
    pub(super) fn new(
        client: Client,
        (place, mode): (String, String),
        (typist, at_end): (Typist, AtEnd),
        (ask, ask_name): (Sender<()>, AskName<'a>),
        output: &'a mut W,
    ) -> Talk<'a, W> {
        Talk {
            client,
            place,
            mode,
            typist,
            hint: (typist == Typist::Person).then_some("# type to speak; /help lists the commands"),
            at_end,
            output,
            output_error: None,
            typed: Typed::default(),
            ask,
            ask_name,
            is_in: false,
            is_asked: false,
            pending: BTreeMap::new(),
            not_done: 0,
            stage: Stage::Reading,
            lost_since: None,
        }
    }

    /// Until the end.
    pub(super) fn run(&mut self, inputs: &Receiver<Input>) -> Result<(), Failure> {
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
        while self.is_in && self.stage == Stage::Reading && self.pending.len() < PENDING_MAX {
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
        match Command::parse(line) {
            Ok(Some(command)) => self.send(command, line),
            Ok(None) => {}
            Err(error) => self.refuse(&error),
        }
    }

    fn send(&mut self, command: Command, line: &str) {
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
                let doing = if self.is_in {
                    "connecting"
                } else {
                    "connected"
                };
                self.show(&format!("# {doing} to {} ({})", self.place, self.mode));
                if let Some(hint) = self.hint.take() {
                    self.show(hint);
                }
            }
            Event::Line(Line::Doubted) if self.typist == Typist::Script => {
                self.leave(Stage::GivingUp);
            }
            Event::Happened(happened) => {
                self.is_in |= matches!(happened.what, EventKind::Welcome(..));
                self.lost_since = None;
            }
            _ => {}
        }
        if let Some(line) = show::line(event, &self.place) {
            self.show(&line);
        }
        Ok(())
    }

    fn name_refused(&mut self, event: &Event) -> Result<(), Failure> {
        let line = show::line(event, &self.place).unwrap_or_default();
        let why = line.trim_start_matches("# ");
        if self.typist == Typist::Person && self.is_in {
            self.show(&format!("{line}: /name NAME"));
            return Ok(());
        }
        let asked = match self.typist {
            Typist::Person => (self.ask_name)(why),
            Typist::Script => None,
        };
        let name = asked.ok_or_else(|| Failure::Name(why.to_owned()))?;
        self.client.send(Command::Name(name));
        Ok(())
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
            Outcome::Done(_) if matches!(Command::parse(&line), Ok(Some(Command::Who(_)))) => {
                // Whoever asks who is here is also told who else can read along.
                return self.show(&format!("# at {} ({})", self.place, self.mode));
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
