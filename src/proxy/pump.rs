//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::plan::{DIRECTIONS, HOLD_MS, How, Plan, Step, Then};
use crate::transport::input;
use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
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

/// Starts the two threads between a client and a server; they end with the connection. `tell`
/// hears what is done, from both.
pub fn between(
    client: &TcpStream,
    server: &TcpStream,
    plans: [Plan; 2],
    tell: impl Fn(fmt::Arguments<'_>) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let ended = Ended::default();
    let tell: Arc<Tell> = Arc::new(tell);
    let ways = DIRECTIONS
        .into_iter()
        .zip([(client, server), (server, client)]);
    for ((direction, (from, to)), plan) in ways.zip(plans) {
        input::ready(from)?;
        let pump = Pump {
            direction,
            from: Source(from.try_clone()?),
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

/// What hears of each step that has passed.
type Tell = dyn Fn(fmt::Arguments<'_>) + Send + Sync;

struct Pump {
    direction: &'static str,
    from: Source,
    to: TcpStream,
    ended: Ended,
    tell: Arc<Tell>,
}

/// What one of the two says.
struct Source(TcpStream);

impl Read for &Source {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        input::read(&self.0, space)
    }
}

impl Pump {
    fn run(mut self, plan: Plan) {
        // An error is one of the two who went away: then the other loses the connection too.
        if self.carry(plan).is_err() {
            let _ = self.from.0.shutdown(Shutdown::Both);
            let _ = self.to.shutdown(Shutdown::Both);
        }
    }

    fn carry(&mut self, plan: Plan) -> io::Result<()> {
        let mut from = 0;
        for step in plan {
            if self.step(step)? > 0 {
                return self.to.shutdown(Shutdown::Write);
            }
            if matches!(step.then, Then::Cut | Then::HalfClose) {
                self.ended.0.store(true, Ordering::SeqCst);
            }
            let (direction, to) = (self.direction, from + step.bytes - 1);
            (self.tell)(format_args!("{direction}, bytes {from} to {to}: {step}"));
            from += step.bytes;
            match step.then {
                Then::GoOn => {}
                Then::Pause(time) => pause(time),
                Then::Cut => return Err(ErrorKind::ConnectionAborted.into()),
                Then::HalfClose => {
                    self.to.shutdown(Shutdown::Write)?;
                    // Whoever still writes must not be stopped by a full buffer.
                    return io::copy(&mut &self.from, &mut io::sink()).map(drop);
                }
            }
        }
        io::copy(&mut &self.from, &mut self.to)?;
        self.to.shutdown(Shutdown::Write)
    }

    /// Lets the bytes of one step pass; how many were left when the end came.
    fn step(&mut self, step: Step) -> io::Result<u64> {
        let mut bytes = (&self.from).take(step.bytes);
        match step.how {
            How::AsTheyCome => {
                io::copy(&mut bytes, &mut self.to)?;
            }
            How::OneByOne => {
                for byte in BufReader::new(&mut bytes).bytes() {
                    self.to.write_all(&[byte?])?;
                }
            }
            How::Together => {
                while bytes.limit() > 0 && input::wait(&self.from.0)? > 0 {
                    let mut held = Vec::new();
                    let soon = Duration::from_millis(HOLD_MS);
                    self.from.0.set_read_timeout(Some(soon))?;
                    let read = bytes.read_to_end(&mut held);
                    input::ready(&self.from.0)?;
                    self.to.write_all(&held)?;
                    match read.map_err(|error| error.kind()) {
                        Ok(_) | Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                        Err(kind) => return Err(kind.into()),
                    }
                }
            }
        }
        Ok(bytes.limit())
    }
}

/// Waits for something that never comes: a delay is what is asked for here.
pub(crate) fn pause(time: Duration) {
    let (_never, comes) = mpsc::channel::<()>();
    let _ = comes.recv_timeout(time);
}
