//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::network::{Leave, Network, Progress};
use super::plan::{Direction, HOLD, How, Plan, Step, Then};
use super::record::Passed;
use crate::transport::input;
use std::io::{self, Write};
use std::mem::swap;
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

/// What is told.
#[derive(Debug)]
pub enum Told {
    /// What has come; none of it is passed on before that is told. Torn is a connection also by who no longer takes what
    /// the other sends.
    Passed(Passed),
    /// A step has passed whole, and these are the numbers of its bytes.
    Done(Direction, Step, u64, u64),
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
    tell: impl Fn(Told) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let (ended, cut) = (Ended::default(), Arc::<AtomicBool>::default());
    let tell: Arc<Tell> = Arc::new(tell);
    let end =
        |stream: &TcpStream| Ok::<End, io::Error>(Arc::new(Mutex::new(Some(stream.try_clone()?))));
    let ends = [end(client)?, end(server)?];
    let ways = Direction::ALL.into_iter().zip([client, server]);
    for ((direction, from), plan) in ways.zip(plans) {
        input::ready(from)?;
        let [mut back, mut to] = ends.clone();
        if direction == Direction::ToClient {
            swap(&mut back, &mut to);
        }
        let pump = Pump {
            from: from.try_clone()?,
            direction,
            to,
            back,
            tell: Arc::clone(&tell),
            cut: Arc::clone(&cut),
            ended: ended.clone(),
            line: line.clone(),
            progress: Progress::default(),
        };
        let thread = thread::Builder::new().name(format!("pump {}", direction.name()));
        thread.spawn(move || pump.run(plan))?;
    }
    Ok(ended)
}

const READ_BYTES: usize = 8192;

type Tell = dyn Fn(Told) + Send + Sync;

/// What is written to; nothing where that was torn away.
type End = Arc<Mutex<Option<TcpStream>>>;

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

/// One direction.
struct Pump {
    from: TcpStream,
    direction: Direction,
    to: End,
    /// The end that the other direction writes to.
    back: End,
    tell: Arc<Tell>,
    /// Nothing passes any more, and both have been told the end.
    cut: Arc<AtomicBool>,
    ended: Ended,
    line: Line,
    progress: Progress,
}

impl Pump {
    fn run(mut self, plan: Plan) {
        match self.carry(plan) {
            Ok(()) => {}
            // A socket that is closed over unread bytes would take back what was passed on.
            Err(Stop::Cut) => drop(self.drain()),
            // That very thing is what makes a reset of it, here where the last of its two ends is dropped.
            Err(Stop::Reset) => *locked(&self.back) = None,
            Err(Stop::Gone) if self.cut.load(Ordering::SeqCst) => {}
            Err(Stop::Gone) => {
                self.tell(Passed::Torn(self.direction.back()));
                let _ = self.from.shutdown(Shutdown::Both);
                let _ = self.shut(Shutdown::Both);
            }
        }
    }

    fn carry(&mut self, plan: Plan) -> Result<(), Stop> {
        let mut from = 0;
        for step in plan {
            if self.copy(step.bytes, step.how)? > 0 {
                return self.end();
            }
            if matches!(step.then, Then::Cut | Then::HalfClose) {
                self.ended.0.store(true, Ordering::SeqCst);
            }
            let to = from + step.bytes;
            (self.tell)(Told::Done(self.direction, step, from, to - 1));
            from = to;
            match step.then {
                Then::GoOn => {}
                Then::Pause(time) => pause(time),
                Then::Cut => {
                    self.tell(Passed::Torn(Direction::ToServer));
                    return Err(Stop::Gone);
                }
                Then::HalfClose => {
                    match self.direction {
                        Direction::ToServer => self.end()?,
                        Direction::ToClient => self.shut(Shutdown::Write)?,
                    }
                    // Whoever still writes must not be stopped by a full buffer.
                    return Ok(self.drain()?);
                }
            }
        }
        self.copy(u64::MAX, How::AsTheyCome)?;
        self.end()
    }

    fn tell(&self, passed: Passed) {
        (self.tell)(Told::Passed(passed));
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.pass(&[])?;
        self.tell(Passed::Ends(self.direction));
        Ok(self.shut(Shutdown::Write)?)
    }

    fn shut(&self, how: Shutdown) -> io::Result<()> {
        let to = locked(&self.to);
        to.as_ref().map_or(Ok(()), |to| to.shutdown(how))
    }

    /// Reads some bytes, and tells of them.
    fn read(&self, space: &mut [u8]) -> io::Result<usize> {
        let count = self.told(input::read(&self.from, space))?;
        if let Some(bytes @ [_, ..]) = space.get(..count) {
            self.tell(Passed::Bytes(self.direction, bytes.to_vec()));
        }
        Ok(count)
    }

    /// The result, of which an error is told.
    fn told<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|_| self.tell(Passed::Torn(self.direction)))
    }

    /// Reads what still comes.
    fn drain(&self) -> io::Result<()> {
        while self.read(&mut [0; READ_BYTES])? > 0 {}
        Ok(())
    }

    /// Lets so many bytes pass; how many were left when the end came.
    fn copy(&mut self, mut left: u64, how: How) -> Result<u64, Stop> {
        let mut bytes = [0; READ_BYTES];
        while left > 0 && self.has_come()? {
            if how == How::Together {
                pause(HOLD);
            }
            let most = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            let count = self.read(bytes.get_mut(..most).unwrap_or_default())?;
            left -= count as u64;
            let piece = if how == How::OneByOne { 1 } else { READ_BYTES };
            for piece in bytes.get(..count).unwrap_or_default().chunks(piece) {
                self.pass(piece)?;
            }
        }
        Ok(left)
    }

    /// Waits for a byte, or the end, and leaves it unread.
    fn has_come(&self) -> Result<bool, Stop> {
        let has_come = self.told(input::wait(&self.from))? > 0;
        let Line { network, who } = &self.line;
        match has_come && network.resets(who, self.direction) {
            true => Err(Stop::Reset),
            false => Ok(has_come),
        }
    }

    /// Lets bytes pass as the network does now; none are the end.
    fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        let Line { network, who } = &self.line;
        loop {
            let leave = network.leave(who, self.direction, bytes.len(), &mut self.progress);
            let (Leave::Pass(count) | Leave::Last(count)) = leave else {
                return Ok(());
            };
            let (now, later) = bytes.split_at(count);
            if self.cut.load(Ordering::SeqCst) {
                return Err(Stop::Cut);
            }
            if let Some(to) = &mut *locked(&self.to) {
                to.write_all(now)?;
            }
            if let Leave::Last(_) = leave {
                self.cut.store(true, Ordering::SeqCst);
                self.tell(Passed::Torn(Direction::ToServer));
                let _ = self.from.shutdown(Shutdown::Write);
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

fn locked(end: &End) -> MutexGuard<'_, Option<TcpStream>> {
    end.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for something that never comes: a delay is what is asked for here.
pub(crate) fn pause(time: Duration) {
    let (_never, comes) = mpsc::channel::<()>();
    let _ = comes.recv_timeout(time);
}
