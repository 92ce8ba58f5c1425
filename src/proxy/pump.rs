//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::plan::{HOLD_MS, How, Plan, Plans, Step, Then};
use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What is read at a time where nothing is disturbed.
const READ_BYTES: usize = 16 * 1024;

/// Something a pump did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In which direction: `to the server` or `to the client`.
    pub direction: &'static str,
    /// The number of the step's first byte, from 0.
    pub from: u64,
    /// What was planned, and is done.
    pub step: Step,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step { bytes, how, then } = self.step;
        let to = self.from + bytes - 1;
        write!(f, "{}, bytes {} to {to}", self.direction, self.from)?;
        match how {
            How::AsTheyCome => write!(f, ": as they came")?,
            How::OneByOne => write!(f, ": one by one")?,
            How::Together => write!(f, ": together")?,
        }
        match then {
            Then::GoOn => Ok(()),
            Then::Pause(time) => write!(f, ", then a pause of {} ms", time.as_millis()),
            Then::Cut => write!(f, ", then cut"),
            Then::HalfClose => write!(f, ", then half-closed"),
        }
    }
}

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

/// Starts the two threads between a client and a server; they end with the connection. `tell`
/// hears what is done, from both.
pub fn between(
    client: &TcpStream,
    server: &TcpStream,
    plans: Plans,
    tell: impl Fn(&Done) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let ended = Ended::default();
    let tell: Arc<dyn Fn(&Done) + Send + Sync> = Arc::new(tell);
    let ways = [
        ("to the server", client, server, plans.to_server),
        ("to the client", server, client, plans.to_client),
    ];
    for (direction, from, to, plan) in ways {
        from.set_nodelay(true)?;
        let pump = Pump {
            direction,
            from: from.try_clone()?,
            to: to.try_clone()?,
            ended: ended.clone(),
            tell: Arc::clone(&tell),
        };
        thread::Builder::new()
            .name(format!("pump {direction}"))
            .spawn(move || pump.run(plan))?;
    }
    Ok(ended)
}

struct Pump {
    direction: &'static str,
    from: TcpStream,
    to: TcpStream,
    ended: Ended,
    tell: Arc<dyn Fn(&Done) + Send + Sync>,
}

/// Whether bytes still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoesOn,
    Ended,
}

impl Pump {
    fn run(mut self, plan: Plan) {
        // An error is one of the two who went away: then the other loses the connection too.
        if self.carry(plan).is_err() {
            let _ = self.from.shutdown(Shutdown::Both);
            let _ = self.to.shutdown(Shutdown::Both);
        }
    }

    fn carry(&mut self, plan: Plan) -> io::Result<()> {
        let mut from = 0;
        for step in plan {
            if self.step(step)? == Flow::Ended {
                return self.to.shutdown(Shutdown::Write);
            }
            let done = Done {
                direction: self.direction,
                from,
                step,
            };
            from += step.bytes;
            if matches!(step.then, Then::Cut | Then::HalfClose) {
                self.ended.0.store(true, Ordering::SeqCst);
            }
            (self.tell)(&done);
            match step.then {
                Then::GoOn => {}
                Then::Pause(time) => pause(time),
                Then::Cut => return Err(ErrorKind::ConnectionAborted.into()),
                Then::HalfClose => {
                    self.to.shutdown(Shutdown::Write)?;
                    // Whoever still writes must not be stopped by a full buffer.
                    return io::copy(&mut self.from, &mut io::sink()).map(drop);
                }
            }
        }
        let mut bytes = [0; READ_BYTES];
        loop {
            match read(&mut self.from, &mut bytes)? {
                0 => return self.to.shutdown(Shutdown::Write),
                count => self.to.write_all(bytes.get(..count).unwrap_or_default())?,
            }
        }
    }

    /// Lets the bytes of one step pass.
    fn step(&mut self, step: Step) -> io::Result<Flow> {
        let mut left = usize::try_from(step.bytes).unwrap_or(1);
        let mut held = Vec::new();
        while left > 0 {
            let mut bytes = vec![0; left];
            let count = match (step.how, held.is_empty()) {
                (How::Together, false) => self.read_soon(&mut bytes)?,
                _ => Some(read(&mut self.from, &mut bytes)?),
            };
            bytes.truncate(count.unwrap_or(0));
            left -= bytes.len();
            match step.how {
                How::AsTheyCome => self.to.write_all(&bytes)?,
                How::OneByOne => bytes
                    .iter()
                    .try_for_each(|byte| self.to.write_all(&[*byte]))?,
                How::Together => held.append(&mut bytes),
            }
            if left == 0 || count.is_none_or(|count| count == 0) {
                self.to.write_all(&std::mem::take(&mut held))?;
            }
            if count == Some(0) {
                return Ok(Flow::Ended);
            }
        }
        Ok(Flow::GoesOn)
    }

    /// Reads what comes within [`HOLD_MS`]; `None` is nothing, 0 the end.
    fn read_soon(&mut self, bytes: &mut [u8]) -> io::Result<Option<usize>> {
        self.from
            .set_read_timeout(Some(Duration::from_millis(HOLD_MS)))?;
        let count = read(&mut self.from, bytes);
        self.from.set_read_timeout(None)?;
        match count {
            Ok(count) => Ok(Some(count)),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn read(from: &mut TcpStream, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Waits for something that never comes: a delay is what is asked for here.
pub(crate) fn pause(time: Duration) {
    let (_never, comes) = mpsc::channel::<()>();
    let _ = comes.recv_timeout(time);
}
