//! Carries the bytes of one connection, as its plans say.
//!
//! Two threads, one for each direction, each reading from one socket and writing to the other;
//! nothing is kept beyond one step. What was done is told when a step has passed whole, by the
//! numbers of its bytes, so that it is told the same however the bytes came in.

use super::plan::{Direction, HOLD_MS, How, Plan, Step, Then};
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

/// Starts the two threads between a client and a server; they end with the connection. `tell`
/// hears what comes and what is done, from both.
pub fn between(
    client: &TcpStream,
    server: &TcpStream,
    plans: [Plan; 2],
    tell: impl Fn(Direction, Told<'_>) + Send + Sync + 'static,
) -> io::Result<Ended> {
    let ended = Ended::default();
    let tell: Arc<Tell> = Arc::new(tell);
    let ways = Direction::ALL
        .into_iter()
        .zip([(client, server), (server, client)]);
    for ((direction, (from, to)), plan) in ways.zip(plans) {
        from.set_nodelay(true)?;
        let pump = Pump {
            direction,
            from: Source {
                stream: from.try_clone()?,
                direction,
                tell: Arc::clone(&tell),
            },
            to: to.try_clone()?,
            ended: ended.clone(),
        };
        thread::Builder::new()
            .name(format!("pump {}", direction.name()))
            .spawn(move || pump.run(plan))?;
    }
    Ok(ended)
}

type Tell = dyn Fn(Direction, Told<'_>) + Send + Sync;

/// What is read from, where it is told what comes.
struct Source {
    stream: TcpStream,
    direction: Direction,
    tell: Arc<Tell>,
}

impl Source {
    fn tell(&self, told: Told<'_>) {
        (self.tell)(self.direction, told);
    }
}

impl Read for &Source {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = (&self.stream).read(bytes);
        match &read {
            Ok(count @ 1..) => self.tell(Told::Came(bytes.get(..*count).unwrap_or_default())),
            Err(error) if !is_for_now(error) => self.tell(Told::Torn),
            Ok(_) | Err(_) => {}
        }
        read
    }
}

/// Whether a read or write that failed so may succeed later.
fn is_for_now(error: &io::Error) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

struct Pump {
    direction: Direction,
    from: Source,
    to: TcpStream,
    ended: Ended,
}

impl Pump {
    fn run(mut self, plan: Plan) {
        // An error is one of the two who went away: then the other loses the connection too.
        if self.carry(plan).is_err() {
            (self.from.tell)(self.direction.back(), Told::Torn);
            let _ = self.from.stream.shutdown(Shutdown::Both);
            let _ = self.to.shutdown(Shutdown::Both);
        }
    }

    fn carry(&mut self, plan: Plan) -> io::Result<()> {
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
                    return Err(ErrorKind::ConnectionAborted.into());
                }
                Then::HalfClose => {
                    match self.direction {
                        Direction::ToServer => self.end()?,
                        Direction::ToClient => self.to.shutdown(Shutdown::Write)?,
                    }
                    // Whoever still writes must not be stopped by a full buffer.
                    return io::copy(&mut &self.from.stream, &mut io::sink()).map(drop);
                }
            }
        }
        io::copy(&mut &self.from, &mut self.to)?;
        self.end()
    }

    fn end(&self) -> io::Result<()> {
        self.from.tell(Told::End);
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
                while bytes.limit() > 0 && self.from.stream.peek(&mut [0])? > 0 {
                    let mut held = Vec::new();
                    let soon = Duration::from_millis(HOLD_MS);
                    self.from.stream.set_read_timeout(Some(soon))?;
                    let read = bytes.read_to_end(&mut held);
                    self.from.stream.set_read_timeout(None)?;
                    self.to.write_all(&held)?;
                    match read {
                        Err(error) if !is_for_now(&error) => return Err(error),
                        Ok(_) | Err(_) => {}
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
