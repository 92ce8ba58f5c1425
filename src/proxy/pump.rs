//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::network::{Leave, Network, Progress};
use super::plan::{Direction, HOLD_MS, How, Plan, Step, Then};
use crate::transport::input;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Whether a connection was ended by its plan. Set before the end can be felt.
#[derive(Debug, Clone, Default)]
pub struct Ended(Arc<AtomicBool>);

impl Ended {
    /// Whether it was.
    #[must_use]
    pub fn by_plan(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What is told of a direction.
#[derive(Debug)]
pub enum Told<'a> {
    /// These bytes have come; none of them is passed on before that is told.
    Came(&'a [u8]),
    /// Its end has come; the same.
    End,
    /// Who sends in this direction has torn the connection away, or no longer takes what the other sends.
    Torn,
    /// A step has passed whole, and these are the numbers of its bytes.
    Done(Step, u64, u64),
}

/// The network between somebody and the server.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it does.
    pub network: Arc<Network>,
    /// Who that is, as it is told.
    pub who: String,
}

/// Starts the two threads between a client and a server; they end with the connection. `tell`
/// hears what comes and what is done, from both.
pub fn between(
    client: &TcpStream,
    server: &TcpStream,
    (plans, line): ([Plan; 2], &Line),
    tell: impl Fn(Direction, Told<'_>) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let ended = Ended::default();
    let tell: Arc<Tell> = Arc::new(tell);
    let shared = Arc::new(Shared {
        to_server: Mutex::new(Some(server.try_clone()?)),
        to_client: Mutex::new(Some(client.try_clone()?)),
        cut: AtomicBool::new(false),
    });
    let ways = Direction::ALL.into_iter().zip([client, server]);
    for ((direction, from), plan) in ways.zip(plans) {
        input::ready(from)?;
        let pump = Pump {
            from: Source {
                stream: from.try_clone()?,
                direction,
                tell: Arc::clone(&tell),
            },
            shared: Arc::clone(&shared),
            ended: ended.clone(),
            line: line.clone(),
            progress: Progress::default(),
        };
        thread::Builder::new()
            .name(format!("pump {}", direction.name()))
            .spawn(move || pump.run(plan))?;
    }
    Ok(ended)
}

/// What both directions know.
struct Shared {
    /// What is written to; nothing where that was torn away.
    to_server: Mutex<Option<TcpStream>>,
    to_client: Mutex<Option<TcpStream>>,
    /// Nothing passes any more, and both have been told the end.
    cut: AtomicBool,
}

impl Shared {
    fn to(&self, direction: Direction) -> MutexGuard<'_, Option<TcpStream>> {
        let to = match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        };
        to.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const READ_BYTES: usize = 8192;

type Tell = dyn Fn(Direction, Told<'_>) + Send + Sync;

/// What is read from, where it is told what comes.
struct Source {
    stream: TcpStream,
    direction: Direction,
    tell: Arc<Tell>,
}

impl Source {
    fn peek(&self) -> io::Result<usize> {
        self.told(input::wait(&self.stream))
    }

    /// The result, of which an error is told.
    fn told<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            if !is_for_now(error) {
                self.tell(Told::Torn);
            }
        })
    }

    fn tell(&self, told: Told<'_>) {
        (self.tell)(self.direction, told);
    }
}

impl Read for &Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.told(input::read(&self.stream, bytes))?;
        if count > 0 {
            self.tell(Told::Came(bytes.get(..count).unwrap_or_default()));
        }
        Ok(count)
    }
}

/// Whether a read or write that failed so may succeed later.
fn is_for_now(error: &io::Error) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

/// Why nothing more is carried.
enum Stop {
    /// One of the two went away, or the plan says so: then the other loses the connection too.
    Gone,
    /// The end was told to both, in order.
    Cut,
    /// Who sends next finds it torn away.
    Reset,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Stop {
        Stop::Gone
    }
}

struct Pump {
    from: Source,
    shared: Arc<Shared>,
    ended: Ended,
    line: Line,
    progress: Progress,
}

impl Pump {
    fn run(mut self, plan: Plan) {
        let direction = self.from.direction;
        match self.carry(plan) {
            Ok(()) => {}
            // A socket that is closed over unread bytes would take back what was passed on.
            Err(Stop::Cut) => drop(io::copy(&mut &self.from, &mut io::sink())),
            // That very thing is what makes a reset of it, here where the last of its two ends is dropped.
            Err(Stop::Reset) => *self.shared.to(direction.back()) = None,
            Err(Stop::Gone) if self.shared.cut.load(Ordering::SeqCst) => {}
            Err(Stop::Gone) => {
                (self.from.tell)(direction.back(), Told::Torn);
                let _ = self.from.stream.shutdown(Shutdown::Both);
                let _ = self.shut(Shutdown::Both);
            }
        }
    }

    fn carry(&mut self, plan: Plan) -> Result<(), Stop> {
        let mut from = 0;
        for step in plan {
            if self.step(step)? > 0 {
                return self.end();
            }
            if matches!(step.then, Then::Cut | Then::HalfClose) {
                self.ended.0.store(true, Ordering::SeqCst);
            }
            self.from
                .tell(Told::Done(step, from, from + step.bytes - 1));
            from += step.bytes;
            match step.then {
                Then::GoOn => {}
                Then::Pause(time) => pause(time),
                Then::Cut => {
                    (self.from.tell)(Direction::ToServer, Told::Torn);
                    return Err(Stop::Gone);
                }
                Then::HalfClose => {
                    match self.from.direction {
                        Direction::ToServer => self.end()?,
                        Direction::ToClient => self.shut(Shutdown::Write)?,
                    }
                    // Whoever still writes must not be stopped by a full buffer.
                    io::copy(&mut &self.from, &mut io::sink())?;
                    return Ok(());
                }
            }
        }
        self.copy(u64::MAX, usize::MAX)?;
        self.end()
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.pass(&[])?;
        self.from.tell(Told::End);
        Ok(self.shut(Shutdown::Write)?)
    }

    fn shut(&self, how: Shutdown) -> io::Result<()> {
        let to = self.shared.to(self.from.direction);
        to.as_ref().map_or(Ok(()), |to| to.shutdown(how))
    }

    /// Lets the bytes of one step pass; how many were left when the end came.
    fn step(&mut self, step: Step) -> Result<u64, Stop> {
        match step.how {
            How::AsTheyCome => self.copy(step.bytes, usize::MAX),
            How::OneByOne => self.copy(step.bytes, 1),
            How::Together => {
                let mut left = step.bytes;
                while left > 0 && self.has_come()? {
                    let mut held = Vec::new();
                    let soon = Duration::from_millis(HOLD_MS);
                    self.from.stream.set_read_timeout(Some(soon))?;
                    let read = (&self.from).take(left).read_to_end(&mut held);
                    input::ready(&self.from.stream)?;
                    left = left.saturating_sub(held.len() as u64);
                    self.pass(&held)?;
                    match read {
                        Err(error) if !is_for_now(&error) => return Err(Stop::Gone),
                        Ok(_) | Err(_) => {}
                    }
                }
                Ok(left)
            }
        }
    }

    /// Lets so many bytes pass as they come, in pieces of at most so many; how many were left when the end came.
    fn copy(&mut self, mut left: u64, piece: usize) -> Result<u64, Stop> {
        let mut bytes = [0; READ_BYTES];
        while left > 0 && self.has_come()? {
            let most = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            let count = (&self.from).read(bytes.get_mut(..most).unwrap_or_default())?;
            left -= count as u64;
            for piece in bytes.get(..count).unwrap_or_default().chunks(piece) {
                self.pass(piece)?;
            }
        }
        Ok(left)
    }

    /// Waits for a byte, or the end, and leaves it unread.
    fn has_come(&self) -> Result<bool, Stop> {
        let count = self.from.peek()?;
        match count > 0
            && self
                .line
                .network
                .resets(&self.line.who, self.from.direction)
        {
            true => Err(Stop::Reset),
            false => Ok(count > 0),
        }
    }

    /// Lets bytes pass as the network does now; none are the end.
    fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        let Line { network, who } = &self.line;
        loop {
            let leave = network.leave(who, self.from.direction, bytes.len(), &mut self.progress);
            let (Leave::Pass(count) | Leave::Last(count)) = leave else {
                return Ok(());
            };
            let (now, later) = bytes.split_at(count);
            if self.shared.cut.load(Ordering::SeqCst) {
                return Err(Stop::Cut);
            }
            if let Some(to) = &mut *self.shared.to(self.from.direction) {
                to.write_all(now)?;
            }
            if let Leave::Last(_) = leave {
                self.shared.cut.store(true, Ordering::SeqCst);
                (self.from.tell)(Direction::ToServer, Told::Torn);
                let _ = self.from.stream.shutdown(Shutdown::Write);
                let _ = self.shut(Shutdown::Write);
                return Err(Stop::Cut);
            }
            if later.is_empty() {
                return Ok(());
            }
            bytes = later;
        }
    }
}

/// Waits for something that never comes: a delay is what is asked for here.
pub(crate) fn pause(time: Duration) {
    let (_never, comes) = mpsc::channel::<()>();
    let _ = comes.recv_timeout(time);
}
