//! The connection to the engine, opened again whenever it breaks.
//!
//! Whoever has something to pass on writes it, and nobody waits for an engine that is away or slow: what is not taken
//! within a second is lost, with the connection, and that is told. What was written to a connection that broke is never
//! sent again, because nobody knows whether it arrived; so each message arrives at most once.
//!
//! Ruled out: a line of messages that wait for the engine. It would have to be bounded, so the same would have to be told,
//! only later, and what is said an hour late is no chat.

use super::nats::{Inlet, Op, publish};
use crate::sanitise::plain_line;
use std::convert::Infallible;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Time to take what is sent.
const SEND_PATIENCE: Duration = Duration::from_secs(1);
/// Silence before the engine is asked whether it is there, and again before it is taken for gone.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Before the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// What this process did not pass on.
static LOST: AtomicU64 = AtomicU64::new(0);

/// A message is not passed on. That is told for the first, second, fourth, eighth time and so on, with the count: a flood
/// is not to become one of lines.
pub(super) fn lost(why: &str) {
    let count = LOST.fetch_add(1, Ordering::Relaxed) + 1;
    if count.is_power_of_two() {
        say(&format!("not passed on: {why} (that makes {count})"));
    }
}

/// Tells what happens to the relay itself. Others may have written a part of it.
pub(super) fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "chalktalk: {}", plain_line(sentence));
}

/// Takes what comes: the number of its subject, and the payload.
type Take<'a> = dyn FnMut(usize, &[u8]) + 'a;

/// The connection, once the engine has taken the subscriptions, and the longest payload that it takes. Who writes holds
/// the lock.
#[derive(Default)]
pub(super) struct Engine(Mutex<Option<(TcpStream, usize)>>);

impl Engine {
    fn lock(&self) -> MutexGuard<'_, Option<(TcpStream, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes on a message, or tells why not.
    pub(super) fn publish(&self, subject: &str, payload: &[u8]) {
        match &*self.lock() {
            None => lost("the engine is away"),
            Some((_, max)) if payload.len() > *max => lost("the engine's max_payload is less"),
            Some((stream, _)) => {
                if (&*stream).write_all(&publish(subject, payload)).is_err() {
                    lost("the engine does not take it");
                    // A part of it may have left. Wakes the thread that reads, or its read ends after a while.
                    let _ = stream.shutdown(Shutdown::Both);
                }
            }
        }
    }

    /// Keeps a connection for as long as the process lives, and hands on what comes, with the number of its subject.
    pub(super) fn run(&self, at: &str, hello: &str, mut take: impl FnMut(usize, &[u8])) -> ! {
        let mut told = String::new();
        loop {
            let Err(why) = self.listen(at, hello, &mut take);
            let was_there = self.lock().take().is_some();
            let why = format!("the engine at {at} is away, and asked again each second: {why}");
            if was_there || why != told {
                say(&why);
                told = why;
            }
            thread::park_timeout(PAUSE);
        }
    }

    /// Connects and hears what the engine says, until that is of no more use.
    ///
    /// # Errors
    /// Why it is not.
    fn listen(&self, at: &str, mut hello: &str, take: &mut Take<'_>) -> io::Result<Infallible> {
        let stream = TcpStream::connect(at)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(SEND_PATIENCE))?;
        stream.set_read_timeout(Some(SILENCE_MAX))?;
        let (mut inlet, mut space, mut asked) = (Inlet::default(), [0; 16 * 1024], false);
        let (mut payload_max, mut last) = (usize::MAX, String::from("it hangs up"));
        let answer = |answer: &str| {
            let _alone = self.lock();
            (&stream).write_all(answer.as_bytes())
        };
        loop {
            asked = match (&stream).read(&mut space) {
                Ok(0) => return Err(io::Error::other(last)),
                Ok(bytes) => {
                    inlet.held.extend_from_slice(&space[..bytes]);
                    false
                }
                Err(_) if asked => return Err(io::Error::other("it says nothing")),
                // Silence, or a signal. If it is worse, this fails, or the next read.
                Err(_) => answer("PING\r\n").map(|()| true)?,
            };
            while let Some(op) = inlet.next().map_err(io::Error::other)? {
                match op {
                    Op::Message(number, payload) => take(number, &payload),
                    Op::Ping => answer("PONG\r\n")?,
                    // It goes on after that. With any other it hangs up, and this is why.
                    Op::Refused(why) if why.contains("Permissions Violation") => {
                        lost(&format!("the engine says {why}"));
                    }
                    Op::Refused(why) => last = format!("it says {why}"),
                    Op::Info(max) => {
                        payload_max = max.unwrap_or(usize::MAX);
                        // It may tell more of itself later, and is greeted once.
                        answer(std::mem::take(&mut hello))?;
                    }
                    Op::Pong => {
                        let ready = (stream.try_clone()?, payload_max);
                        if self.lock().replace(ready).is_none() {
                            say(&format!("connected to the engine at {at}"));
                        }
                    }
                }
            }
        }
    }
}
