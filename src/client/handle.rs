//! The handle on a running client, and the thread behind it.
//!
//! The thread waits for one channel: what was read, what the user wants, what became of a connection. It carries
//! out what the session wants and tells it what came of that. A thread that writes beside it would let a user
//! speak while the server takes nothing; but one request is unanswered at a time, so there is nothing to say.

use super::address::Address;
use super::command::Command;
use super::connection::Connection;
use super::event::{Event, Ticket};
use super::link::{Input, Link};
use super::session::{Output, Session, Wish};
use crate::secure::trust::Pin;
use crate::transport::Taps;
use crate::wire::{LineError, LineReader, Mode, Name, NameError, Room, ServerLine};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Instant;

/// Events that may wait to be received from [`Client::connect`]'s channel.
const EVENTS_MAX: usize = 256;

/// Which server, and what of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server is.
    pub address: Address,
    /// Who it has to be, on each connection.
    pub pin: Pin,
    /// Who is shown each read and each write; connections are counted from 1.
    pub taps: Taps,
    /// Under which name, in which room, with how much history.
    pub wish: Wish,
}

impl Settings {
    /// The server on this machine, the lobby, and all the history it keeps.
    ///
    /// # Errors
    /// Where it is no name.
    pub fn new(name: &str) -> Result<Settings, NameError> {
        Ok(Settings {
            address: Address::here(),
            pin: Pin::Open,
            taps: Taps::default(),
            wish: Wish {
                name: Name::parse(name)?,
                room: None,
                replay: None,
            },
        })
    }

    /// The same, in this room from the start.
    #[must_use]
    pub fn in_room(mut self, room: Room) -> Settings {
        self.wish.room = Some(room);
        self
    }

    /// The same, with at most so many past events on entering a room.
    #[must_use]
    pub fn with_replay(mut self, events: u64) -> Settings {
        self.wish.replay = Some(events);
        self
    }

    /// The same, at this address.
    #[must_use]
    pub fn at(mut self, address: Address) -> Settings {
        self.address = address;
        self
    }

    /// How its lines travel.
    pub fn mode(&self) -> Mode {
        match self.pin {
            Pin::Open => Mode::open(),
            Pin::Key { .. } => Mode::noise(),
        }
    }

    /// The same, with nobody else.
    #[must_use]
    pub fn pinned(mut self, pin: Pin) -> Settings {
        self.pin = pin;
        self
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
        let client = Client::connect_into(settings, None, move |event| {
            // Whoever has dropped the receiver does not want to know.
            let _ = events.send(event);
        })?;
        Ok((client, received))
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
        let mode = settings.mode();
        let taps = settings.taps.clone();
        let to = (settings.address, settings.pin, settings.taps);
        let link = Link::new(to, first, inputs.clone());
        let seed = RandomState::new().hash_one(0);
        let session = Session::new(settings.wish, seed).expecting(mode);
        thread::Builder::new()
            .name("client".into())
            .spawn(move || {
                Loop {
                    session,
                    link,
                    lines: LineReader::new(),
                    taps,
                    tell,
                    begun: Instant::now(),
                }
                .run(&received);
            })?;
        Ok(Client {
            inputs,
            tickets: AtomicU64::new(0),
        })
    }

    /// Wants something. Never waits; what becomes of it comes as events with this ticket, the last of them
    /// [`Event::Settled`]. Where it has ended already, nothing comes.
    pub fn send(&self, command: Command) -> Ticket {
        let ticket = Ticket(self.tickets.fetch_add(1, Ordering::Relaxed));
        let _ = self.inputs.send(Input::Command(ticket, command));
        ticket
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.inputs.send(Input::Abandoned);
    }
}

/// The client's thread: carries out what the session wants, and tells it what came of it.
struct Loop<F> {
    session: Session,
    link: Link,
    lines: LineReader,
    taps: Taps,
    tell: F,
    begun: Instant,
}

impl<F: FnMut(Event)> Loop<F> {
    fn run(mut self, inputs: &Receiver<Input>) {
        self.carry_out();
        while !self.session.is_ended() {
            let left = self
                .session
                .deadline()
                .map(|at| at.saturating_sub(self.begun.elapsed()));
            let input = match left {
                Some(left) => inputs.recv_timeout(left),
                None => inputs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match input {
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
            Input::Command(ticket, command) => self.session.command(ticket, command, now),
            Input::Opened(number, writer, from) if self.link.is_current(number) => {
                self.link.opened(writer);
                self.lines = LineReader::new();
                self.session.connected(from, now);
            }
            Input::Opened(_, writer, _) => writer.hang_up(),
            Input::Read(number, buffer) => {
                self.read(number, &buffer.bytes);
                buffer.give_back();
            }
            Input::Broken(number, trouble) if self.link.is_current(number) => {
                self.session.broken(trouble, now);
            }
            _ => {}
        }
        self.carry_out();
    }

    /// Line by line, so that what one line causes is done before the next is looked at.
    fn read(&mut self, number: u64, mut bytes: &[u8]) {
        while self.link.is_current(number) && !bytes.is_empty() {
            let space = self.lines.space();
            let taken = space.len().min(bytes.len());
            space[..taken].copy_from_slice(&bytes[..taken]);
            self.lines.filled(taken);
            bytes = &bytes[taken..];
            while self.link.is_current(number) {
                let Some(line) = self.lines.next_line() else {
                    break;
                };
                show(&self.taps, number, &line);
                self.session.line(&line, self.begun.elapsed());
                self.carry_out();
            }
        }
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.session.next_output() {
            match output {
                Output::Connect => self.link.open(),
                Output::Close => self.link.close(),
                Output::Tell(event) => (self.tell)(event),
                Output::Send(bytes) => {
                    if let Err(trouble) = self.link.send(&bytes) {
                        self.link.close();
                        self.session.broken(trouble, self.begun.elapsed());
                    }
                }
            }
        }
    }
}

/// Shows what a line was taken for.
fn show(taps: &Taps, connection: u64, line: &Result<&str, LineError>) {
    let Some(tap) = taps.get() else { return };
    match line.as_ref().map(|line| ServerLine::decode(line)) {
        Ok(Ok(told)) => {
            let mut line = Vec::new();
            told.body.encode(told.tag.as_ref(), &mut line);
            tap.decoded(connection, Ok(String::from_utf8_lossy(&line).trim_end()));
        }
        Ok(Err(fault)) => tap.decoded(connection, Err(&format!("{}: {fault}", fault.code))),
        Err(error) => tap.decoded(connection, Err(&error.to_string())),
    }
}
