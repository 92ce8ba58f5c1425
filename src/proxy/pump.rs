//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::network::{Flow, Network};
use super::plan::{Direction, HOLD, How, Plan, Then};
use super::record::Passed;
use crate::transport::input;
use std::io::{self, Write};
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
    /// A step has passed whole: in which direction, the numbers of its bytes, and how.
    Done(String),
}

/// Starts the two threads between a client and a server, with the plan of each direction; they end with the connection.
/// What `network` does to `who` holds for it too. `tell` hears what comes and what is done, from both.
pub fn between(
    client: &TcpStream,
    server: &TcpStream,
    plans: [Plan; 2],
    (network, who): (&Arc<Network>, &str),
    tell: impl Fn(Told) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let (ended, cut) = (Ended::default(), Arc::<AtomicBool>::default());
    let tell: Arc<Tell> = Arc::new(tell);
    let end = |stream: &TcpStream| {
        stream
            .try_clone()
            .map(|end| Arc::new(Mutex::new(Some(end))))
    };
    let (near, far) = (end(client)?, end(server)?);
    let ways = [
        (Direction::ToServer, client, &near, &far),
        (Direction::ToClient, server, &far, &near),
    ];
    for ((direction, from, back, to), plan) in ways.into_iter().zip(plans) {
        input::ready(from)?;
        let pump = Pump {
            from: from.try_clone()?,
            to: Arc::clone(to),
            back: Arc::clone(back),
            flow: Flow::of(network, who, direction),
            tell: Arc::clone(&tell),
            cut: Arc::clone(&cut),
            ended: ended.clone(),
        };
        let thread = thread::Builder::new().name(format!("pump {}", direction.name()));
        thread.spawn(move || pump.run(plan))?;
    }
    Ok(ended)
}

const READ_BYTES: usize = 8192;

type Tell = dyn Fn(Told) + Send + Sync;

/// What is written to; nothing where that was torn away, or told the end of both directions. What comes then is lost.
type End = Arc<Mutex<Option<TcpStream>>>;

/// Why nothing more is carried.
enum Stop {
    /// Who sends in this direction went away, or the plan says so: then the other loses the connection too.
    Gone(Direction),
    /// Who sends next finds it torn away.
    Reset,
}

/// One direction.
struct Pump {
    from: TcpStream,
    to: End,
    /// The end that the other direction writes to.
    back: End,
    flow: Flow,
    tell: Arc<Tell>,
    /// Both have been told the end, so what cannot be written any more is lost, and nobody's fault.
    cut: Arc<AtomicBool>,
    ended: Ended,
}

impl Pump {
    fn run(mut self, plan: Plan) {
        match self.carry(plan) {
            Ok(()) => {}
            // A socket that is closed over an unread byte is reset: this one, here where the last of its two ends is
            // dropped.
            Err(Stop::Reset) => *locked(&self.back) = None,
            Err(Stop::Gone(who)) => {
                self.tell(Passed::Torn(who));
                let _ = self.from.shutdown(Shutdown::Both);
                let _ = self.to(|to| to.shutdown(Shutdown::Both));
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
            let (name, last) = (self.flow.direction.name(), from + step.bytes - 1);
            let done = format!("{name}, bytes {from} to {last}: {step}");
            (self.tell)(Told::Done(done));
            from = last + 1;
            match step.then {
                Then::GoOn => {}
                Then::Pause(time) => pause(time),
                Then::Cut => return Err(Stop::Gone(Direction::ToServer)),
                Then::HalfClose => {
                    match self.flow.direction {
                        Direction::ToServer => self.end()?,
                        Direction::ToClient => self.to(|to| to.shutdown(Shutdown::Write))?,
                    }
                    // Whoever still writes must not be stopped by a full buffer.
                    while !self.read(&mut [0; READ_BYTES])?.is_empty() {}
                    return Ok(());
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
        self.flow.leave(0);
        self.tell(Passed::Ends(self.flow.direction));
        self.to(|to| to.shutdown(Shutdown::Write))
    }

    /// Does this to the end that is written to, if it is still there.
    fn to(&self, act: impl FnOnce(&mut TcpStream) -> io::Result<()>) -> Result<(), Stop> {
        let done = locked(&self.to).as_mut().map_or(Ok(()), act);
        done.or_else(|_| match self.cut.load(Ordering::SeqCst) {
            true => Ok(()),
            false => Err(Stop::Gone(self.flow.direction.back())),
        })
    }

    /// The same of the end that is read from.
    fn come<T>(&self, come: io::Result<T>) -> Result<T, Stop> {
        come.map_err(|_| Stop::Gone(self.flow.direction))
    }

    /// Reads some bytes, and tells of them; none are the end.
    fn read<'a>(&self, space: &'a mut [u8]) -> Result<&'a [u8], Stop> {
        let count = self.come(input::read(&self.from, space))?;
        let bytes = space.get(..count).unwrap_or_default();
        if !bytes.is_empty() {
            self.tell(Passed::Bytes(self.flow.direction, bytes.to_vec()));
        }
        Ok(bytes)
    }

    /// Lets so many bytes pass, as the network does now; how many were left when the end came. What may not pass yet is
    /// not read either: so who sends too much feels it, and a reset finds an unread byte.
    fn copy(&mut self, mut left: u64, how: How) -> Result<u64, Stop> {
        let mut space = [0; READ_BYTES];
        while left > 0 && self.come(input::wait(&self.from))? > 0 {
            if how == How::Together {
                pause(HOLD);
            }
            let most = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            let count = self.flow.leave(most).ok_or(Stop::Reset)?;
            let bytes = self.read(space.get_mut(..count).unwrap_or_default())?;
            let piece = if how == How::OneByOne { 1 } else { READ_BYTES };
            for piece in bytes.chunks(piece) {
                self.to(|to| to.write_all(piece))?;
            }
            left -= bytes.len() as u64;
            if self.flow.passed(bytes.len()) {
                self.cut();
            }
        }
        Ok(left)
    }

    /// Tells both the end, in order. What they still send is read and lost: a socket that is closed over unread bytes
    /// would take back what was passed on.
    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.tell(Passed::Torn(Direction::ToServer));
        let _ = self.from.shutdown(Shutdown::Write);
        let _ = self.to(|to| to.shutdown(Shutdown::Write));
        *locked(&self.to) = None;
        *locked(&self.back) = None;
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
