//! Greeting those who were accepted: the hub lets them in or says why not, and each gets a thread that reads.
//!
//! All that were accepted meanwhile are let in together, so that under a storm of arrivals the hub is entered and the
//! dispatcher woken once for many. Their threads start when nobody waits to be let in: a thread takes three times as
//! long to start as a connection to accept, and what it takes is taken from the acceptor (of 2,000 arrivals 3 to 5 met a
//! full backlog, and waited a second; now 3 or 4).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use super::admission::{Noise, NotIn, Security};
use super::dispatcher::Dispatcher;
use super::inbound::{Inbound, discard};
use super::outbox::Peer;
use crate::transport::{self, Reader, Tap, Trace};
use crate::wire::{Code, Fault, Mode, ServerLine};

/// How threads are started; a test has one that fails.
pub(super) type Spawn = fn(String, Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// Connections that may wait to be greeted.
pub(super) const ARRIVALS_MAX: usize = 256;
/// Let in together.
const TOGETHER_MAX: usize = 32;
/// Connections that were let in and wait for their thread.
const STARTS_MAX: usize = 1024;
/// Threads that every system has room for, so that nobody has to ask.
const THREADS_ANYWHERE: usize = 8192;
/// Refused connections that are kept open for a while, so that they can read why.
const REFUSED_KEPT: usize = 32;

/// What an acceptor hands on.
pub(super) enum Arrival {
    /// Somebody has connected, from there.
    Connection(TcpStream, IpAddr),
    /// Descriptors are short.
    Shortage,
}

/// Greets until there are no acceptors any more.
pub(super) struct Greeter {
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) security: Security,
    pub(super) tap: Option<Arc<dyn Tap>>,
    pub(super) spawn: Spawn,
    /// Cloned into each connection; see [`Peer`].
    pub(super) alive: Sender<Infallible>,
}

/// One that was let in, or the reason why not.
type Admitted = Result<(Arc<Peer>, Reader), (TcpStream, Fault)>;

impl Greeter {
    /// Runs until the server stops.
    pub(super) fn run(self, arrivals: &Receiver<Arrival>) {
        // Told to go. One that is closed while something of it is unread takes back what was sent to it, so each is kept
        // until enough others have come.
        let mut refused = Vec::new();
        let mut admitted = VecDeque::new();
        loop {
            let mut first = arrivals.try_recv().ok();
            if first.is_none() && admitted.is_empty() {
                let Ok(next) = arrivals.recv() else { return };
                first = Some(next);
            }
            let more = arrivals.try_iter().take(TOGETHER_MAX - 1);
            let mut connections = Vec::with_capacity(1);
            for arrival in first.into_iter().chain(more) {
                match arrival {
                    Arrival::Connection(stream, from) => connections.push((stream, from)),
                    Arrival::Shortage => refused.clear(),
                }
            }
            // One that fails was gone before it was here.
            connections.retain(|(stream, _)| transport::input::ready(stream).is_ok());
            for arrived in self.admit(connections) {
                match arrived {
                    Ok(connection) => admitted.push_back(connection),
                    Err((stream, fault)) => refused.extend(refuse(stream, &fault)),
                }
            }
            // The oldest starts in any case, so that no storm keeps it waiting for ever.
            let starts = admitted.len().saturating_sub(STARTS_MAX).max(1);
            for (peer, reader) in admitted.drain(..starts.min(admitted.len())) {
                self.start(&peer, reader, &mut refused);
            }
            refused.drain(..refused.len().saturating_sub(REFUSED_KEPT));
        }
    }

    /// Asks the hub for all of them at once.
    fn admit(&self, connections: Vec<(TcpStream, IpAddr)>) -> Vec<Admitted> {
        self.dispatcher.arrive(|hub, out, peers, now| {
            let admit = |(stream, from)| {
                let id = match hub.opened(from, now, out) {
                    Ok(id) => id,
                    Err(fault) => return Err((stream, fault)),
                };
                let (tap, connection) = (self.tap.clone(), id.0);
                let (reader, writer) = transport::plain(&Trace { tap, connection });
                // Where the two sides have yet to agree on how to talk, the hub has nothing to say.
                let plain = matches!(self.security, Security::Open);
                if plain {
                    hub.greet(id, Mode::open(), out);
                }
                let (writer, alive) = (plain.then_some(writer), self.alive.clone());
                let peer = Arc::new(Peer::new(id, stream, writer, alive));
                peers.push(Arc::clone(&peer));
                Ok((peer, reader))
            };
            connections.into_iter().map(admit).collect()
        })
    }

    /// Starts the thread that reads.
    fn start(&self, peer: &Arc<Peer>, reader: Reader, refused: &mut Vec<TcpStream>) {
        let (serving, dispatcher) = (Arc::clone(peer), Arc::clone(&self.dispatcher));
        let security = self.security.clone();
        let run = move || {
            let agreed = match &security {
                Security::Open => Some(reader),
                Security::Noise(noise) => agree(&serving, reader.trace(), noise, &dispatcher),
            };
            if let Some(reader) = agreed {
                dispatcher.serve(Inbound::new(serving, reader));
            }
        };
        // Each that reads has the dispatcher.
        let threads = Arc::strong_count(&self.dispatcher);
        let spawned = match threads > THREADS_ANYWHERE && threads > threads_max() {
            true => Err(io::Error::other(
                "no maps are left; sysctl vm.max_map_count",
            )),
            false => (self.spawn)(format!("reader {}", peer.id().0), Box::new(run)),
        };
        if let Err(error) = spawned {
            let lacking = format!("cannot start a thread for a connection: {error}");
            self.dispatcher.log.lack(&lacking);
            let sentence = "the server could not start a thread for you; try again later";
            let fault = Fault::new(Code::NO_THREAD, sentence);
            refused.extend(peer.keep_open());
            self.dispatcher
                .enter(|hub, out, now| hub.close(peer.id(), fault, now, out));
        }
    }
}

/// Threads that the system has room for. Linux counts maps of memory, and a thread takes four. Near the last it may give
/// the thread and refuse the guard of its stack, and then the standard library ends the process.
pub(super) fn threads_max() -> usize {
    let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap_or_default();
    (maps.trim().parse()).map_or(usize::MAX, |maps: usize| (maps / 4).saturating_sub(256))
}

/// Agrees with the peer on how to talk. `None` where it is not let in. Not inlined, for its locals would be part of the
/// reader's frame and cost each connection a page for as long as it lives.
#[inline(never)]
fn agree(peer: &Peer, trace: &Trace, noise: &Noise, dispatcher: &Dispatcher) -> Option<Reader> {
    match noise.admit(peer, trace) {
        Ok((reader, writer)) => {
            // Or it was closed while it tried.
            if peer.admit(writer) {
                dispatcher.enter(|hub, out, _| hub.greet(peer.id(), Mode::noise(), out));
                return Some(reader);
            }
        }
        Err(NotIn::Silently(code)) => {
            dispatcher.enter(|hub, out, now| hub.gone(peer.id(), code, now, out));
            peer.cut();
        }
        Err(NotIn::Told(sentence)) => {
            // It speaks another protocol, in the clear, and so it is answered.
            let (mut reader, writer) = transport::plain(trace);
            if peer.admit(writer) {
                let fault = Fault::new(Code::ENCRYPTED, sentence);
                dispatcher.enter(|hub, out, now| hub.close(peer.id(), fault, now, out));
                discard(peer, &mut reader, dispatcher.limits.linger_bytes_max);
            }
        }
    }
    None
}

/// Says why, and gives the connection back to be kept for a while.
pub(super) fn refuse(mut stream: TcpStream, fault: &Fault) -> Option<TcpStream> {
    let mut line = Vec::new();
    ServerLine::bye(fault.code.clone(), &fault.sentence).encode(None, &mut line);
    stream.set_nonblocking(true).ok()?;
    stream.write_all(&line).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    Some(stream)
}
