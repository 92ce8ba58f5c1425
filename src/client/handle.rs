//! The handle on a running client, and the thread behind it.
//!
//! The thread waits for one channel: what was read, what the user wants, what became of a connection. It carries
//! out what the session wants and tells it what came of that. `std` can wait for one thing at a time, so each
//! connection has a thread of its own that opens it and then reads. A third that writes would let a user speak while
//! the server takes nothing; but one request is unanswered at a time, so there is nothing to say.

use super::address::Address;
use super::command::Command;
use super::connection::{Connection, Met, Writer};
use super::event::{Event, Outcome, Row, Ticket, Trouble};
use super::session::{Output, Session};
use crate::secure::trust::Pin;
use crate::transport::{Tap, Trace};
use crate::wire::{Code, Fault, LineReader, Mode, Name, Refusal, Room, ServerLine, Text};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Events that may wait to be received from [`Client::connect`]'s channel.
const EVENTS_MAX: usize = 256;

/// Obeys whoever hosts: gives the answer, or what is wrong with the command.
pub type Operator = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// Which server, and as whom.
#[derive(Clone)]
pub struct Settings {
    /// Where the server is.
    pub address: Address,
    /// Who it has to be, on each connection.
    pub pin: Pin,
    /// Who is shown each read and each write; connections are counted from 1.
    pub tap: Option<Arc<dyn Tap>>,
    /// Under which name.
    pub name: Name,
    /// In which room; the lobby where none is named.
    pub room: Option<Room>,
    /// The server of this process, where it hosts the chat.
    pub operator: Option<Operator>,
}

impl Settings {
    /// The open server on this machine, and the lobby.
    ///
    /// # Errors
    /// Where it is no name.
    pub fn new(name: &str) -> Result<Settings, Fault> {
        Ok(Settings {
            address: Address::here(),
            pin: Pin::Open,
            tap: None,
            name: Name::parse(name)?,
            room: None,
            operator: None,
        })
    }

    /// The same, at this address.
    #[must_use]
    pub fn at(mut self, address: Address) -> Settings {
        self.address = address;
        self
    }

    /// The same, with nobody else.
    #[must_use]
    pub fn pinned(mut self, pin: Pin) -> Settings {
        self.pin = pin;
        self
    }

    /// How its lines travel.
    pub fn mode(&self) -> Mode {
        match self.pin {
            Pin::Open => Mode::open(),
            Pin::Key { .. } => Mode::noise(),
        }
    }
}

/// A client that is running. Dropped, it is gone from the server without a goodbye.
#[derive(Debug)]
pub struct Client {
    inputs: Sender<Input>,
    tickets: AtomicU64,
}

impl Client {
    /// Begins to connect, and tells what happens through a channel that ends after [`Event::Ended`].
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn connect(settings: Settings) -> io::Result<(Client, Receiver<Event>)> {
        let (events, received) = mpsc::sync_channel(EVENTS_MAX);
        // Whoever has dropped the receiver does not want to know.
        let tell = move |event| drop(events.send(event));
        Ok((Client::connect_into(settings, None, tell)?, received))
    }

    /// The same, for a caller with a loop of its own: `tell` is called with each event, on the client's thread,
    /// and may wait. The first connection may be there already.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn connect_into(
        settings: Settings,
        first: Option<Connection>,
        tell: impl FnMut(Event) + Send + 'static,
    ) -> io::Result<Client> {
        let (inputs, received) = mpsc::channel();
        let seed = RandomState::new().hash_one(0);
        let (name, room) = (settings.name.clone(), settings.room.clone());
        let client = Loop {
            session: Session::new(name, room, settings.mode(), seed),
            settings,
            first,
            inputs: inputs.clone(),
            number: 0,
            writer: None,
            lines: LineReader::default(),
            tell,
            begun: Instant::now(),
        };
        let thread = thread::Builder::new().name("client".into());
        thread.spawn(move || client.run(&received))?;
        let tickets = AtomicU64::default();
        Ok(Client { inputs, tickets })
    }

    /// Wants something. Never waits; what becomes of it comes as events with this ticket, the last of them
    /// [`Event::Settled`]. Where it has ended already, nothing comes.
    pub fn send(&self, command: Command) -> Ticket {
        let ticket = Ticket(self.tickets.fetch_add(1, Ordering::Relaxed));
        let _ = self.inputs.send(Input::Command(ticket, command));
        ticket
    }

    /// Where the line is lost, tries at once and not after its pause: somebody is there and waits.
    pub fn hurry(&self) {
        let _ = self.inputs.send(Input::Hurry);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.inputs.send(Input::Abandoned);
    }
}

/// What the client's loop waits for. The number tells connections apart: a late word of an old one means nothing.
enum Input {
    /// The user wants something.
    Command(Ticket, Command),
    /// The user is there and waits.
    Hurry,
    /// Nobody is interested any more.
    Abandoned,
    /// The connection is open, and this was read of it already.
    Opened(u64, Writer, Vec<u8>),
    /// This was read. The thread that reads waits for the receipt, and ends where none comes.
    Read(u64, Vec<u8>, Sender<()>),
    /// It could not be made, or is gone.
    Broken(u64, Trouble),
}

/// The client's thread: carries out what the session wants, and tells it what came of it.
struct Loop<F> {
    session: Session,
    settings: Settings,
    /// The first connection, where it is there already.
    first: Option<Connection>,
    inputs: Sender<Input>,
    /// Of the connection that counts.
    number: u64,
    writer: Option<Writer>,
    lines: LineReader,
    tell: F,
    begun: Instant,
}

impl<F: FnMut(Event)> Loop<F> {
    fn run(mut self, inputs: &Receiver<Input>) {
        self.carry_out();
        while !self.session.is_ended() {
            let left = |at: Duration| at.saturating_sub(self.begun.elapsed());
            let left = self.session.deadline().map_or(Duration::MAX, left);
            match inputs.recv_timeout(left) {
                Ok(Input::Abandoned) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Asked each time, so that a server that never pauses cannot put deadlines off.
            self.session.tick(self.begun.elapsed());
            self.carry_out();
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.begun.elapsed();
        match input {
            Input::Command(ticket, Command::Host(line)) => self.host(ticket, &line),
            Input::Command(ticket, command) => self.session.command(ticket, command, now),
            Input::Hurry => self.session.hurry(now),
            Input::Opened(number, writer, read) if number == self.number => {
                self.session.connected(writer.from(), now);
                self.writer = Some(writer);
                self.lines = LineReader::default();
                self.read(&read);
            }
            Input::Read(number, bytes, receipt) if number == self.number => {
                self.read(&bytes);
                let _ = receipt.send(());
            }
            Input::Broken(number, trouble) if number == self.number => {
                self.session.broken(trouble, now);
            }
            _ => {}
        }
        self.carry_out();
    }

    /// Has the server in this process obey. Nobody else's can be told anything of the kind.
    fn host(&mut self, ticket: Ticket, line: &str) {
        let mut words = line.split_whitespace();
        let throws_out = matches!(words.next(), Some("kick" | "ban"));
        let name = words.next().and_then(|word| Name::parse(word).ok());
        let is_host = name.is_some_and(|name| self.session.place().is_me(&name));
        let answer = match &self.settings.operator {
            None => Err("only who hosts the chat can do that".to_owned()),
            Some(_) if throws_out && is_host => {
                Err("that is you, and the chat ends with you; /quit leaves".to_owned())
            }
            Some(obey) => obey(line),
        };
        let outcome = match answer {
            Ok(answer) => {
                for line in answer.lines() {
                    (self.tell)(Event::Row(ticket, Row::Answer(line.to_owned())));
                }
                Outcome::Done(None)
            }
            Err(sentence) => Outcome::Refused {
                code: Code::UNKNOWN_VERB,
                sentence: Text::cut(&sentence),
            },
        };
        (self.tell)(Event::Settled(ticket, outcome));
    }

    /// Line by line, so that what one line causes is done before the next is looked at.
    fn read(&mut self, bytes: &[u8]) {
        let number = self.number;
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(bytes, |line| {
            if number == self.number {
                show(self.settings.tap.as_deref(), number, &line);
                self.session.line(&line, self.begun.elapsed());
                self.carry_out();
            }
        });
        self.lines = lines;
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.session.next_output() {
            match output {
                Output::Connect => self.open(),
                Output::Close => self.close(),
                Output::Tell(event) => (self.tell)(event),
                Output::Send(bytes) => {
                    let writer = self.writer.as_mut().ok_or(Trouble::Broken);
                    if let Err(trouble) = writer.and_then(|writer| writer.send(&bytes)) {
                        self.close();
                        self.session.broken(trouble, self.begun.elapsed());
                    }
                }
            }
        }
    }

    /// Begins to open a connection; an [`Input`] will tell how it went.
    fn open(&mut self) {
        self.close();
        let (number, inputs) = (self.number, self.inputs.clone());
        let (settings, first) = (self.settings.clone(), self.first.take());
        let thread = thread::Builder::new().name("link".into());
        let thread = thread.spawn(move || {
            if let Err(trouble) = read_on(number, &settings, first, &inputs) {
                // Nobody listens where the client has ended meanwhile.
                let _ = inputs.send(Input::Broken(number, trouble));
            }
        });
        if let Err(error) = thread {
            let trouble = Trouble::Own(error.to_string());
            let _ = self.inputs.send(Input::Broken(number, trouble));
        }
    }

    /// Ends the connection, if there is one.
    fn close(&mut self) {
        self.number += 1;
        self.writer = None;
    }
}

/// Opens a connection where there is none, and reads until it ends, or nobody wants to know any more.
///
/// What was read has to be taken before more is read: so a server that sends faster than anybody takes is slowed by
/// TCP and fills no memory, while a user's commands, which come through the same channel, never wait. A bounded channel
/// instead could make both sides wait for each other, where whoever takes the events is also the one who sends.
fn read_on(
    number: u64,
    settings: &Settings,
    first: Option<Connection>,
    inputs: &Sender<Input>,
) -> Result<(), Trouble> {
    let Connection(mut reader, writer, read) = match first {
        Some(connection) => connection,
        None => {
            let (tap, connection) = (settings.tap.clone(), number);
            let trace = Trace { tap, connection };
            Met::at(&settings.address, None)?.go_on(&settings.pin, &trace)?
        }
    };
    let opened = Input::Opened(number, writer, read);
    let mut is_wanted = inputs.send(opened).is_ok();
    while is_wanted {
        let bytes = reader.read()?;
        let (receipt, taken) = mpsc::channel();
        let is_handed_in = inputs.send(Input::Read(number, bytes, receipt)).is_ok();
        is_wanted = is_handed_in && taken.recv().is_ok();
    }
    Ok(())
}

/// Shows what a line was taken for.
fn show(tap: Option<&dyn Tap>, connection: u64, line: &Result<&str, Refusal>) {
    let Some(tap) = tap else { return };
    let line = line.as_ref().map_err(|refusal| refusal.fault.clone());
    match line.and_then(|line| ServerLine::decode(line)) {
        Ok(told) => {
            let mut line = Vec::new();
            told.body.encode(told.tag.as_ref(), &mut line);
            tap.decoded(connection, Ok(String::from_utf8_lossy(&line).trim_end()));
        }
        Err(fault) => tap.decoded(connection, Err(&format!("{}: {fault}", fault.code))),
    }
}
