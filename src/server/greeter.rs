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
use super::hub::{Hub, Now};
use super::inbound::{Inbound, discard};
use super::outbox::Peer;
use super::outgoing::Outgoing;
use crate::transport::Taps;
use crate::transport::{self, Reader, Trace};
use crate::wire::{Code, Fault, Mode, ServerLine, Text};

/// How threads are started; a test has one that fails.
pub(super) type Spawn = fn(String, Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// Connections that may wait to be greeted.
pub(super) const ARRIVALS_MAX: usize = 256;
/// Let in together.
const TOGETHER_MAX: usize = 32;
/// Connections that were let in and wait for their thread.
const STARTS_MAX: usize = 1024;
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
    pub(super) arrivals: Receiver<Arrival>,
    pub(super) dispatcher: Arc<Dispatcher>,
    pub(super) security: Security,
    pub(super) taps: Taps,
    pub(super) spawn: Spawn,
    /// Cloned into each connection; see [`Peer`].
    pub(super) alive: Sender<Infallible>,
}

/// One that was let in, or the reason why not.
type Admitted = Result<(Arc<Peer>, Reader), (TcpStream, Fault)>;

impl Greeter {
    /// Runs until the server stops.
    pub(super) fn run(self) {
        let mut refused = Refused::default();
        let mut admitted: VecDeque<(Arc<Peer>, Reader)> = VecDeque::new();
        loop {
            let first = match admitted.is_empty() {
                true => self.arrivals.recv().ok(),
                false => self.arrivals.try_recv().ok(),
            };
            let Some(first) = first else {
                let Some((peer, reader)) = admitted.pop_front() else {
                    return;
                };
                self.start(&peer, reader, &mut refused);
                continue;
            };
            let more = self.arrivals.try_iter().take(TOGETHER_MAX - 1);
            let mut connections = Vec::with_capacity(1);
            for arrival in std::iter::once(first).chain(more) {
                match arrival {
                    // One that fails was gone before it was here.
                    Arrival::Connection(stream, from) if stream.set_nodelay(true).is_ok() => {
                        connections.push((stream, from));
                    }
                    Arrival::Connection(..) => {}
                    Arrival::Shortage => refused.0.clear(),
                }
            }
            for arrived in self.admit(connections) {
                match arrived {
                    Ok(connection) => admitted.push_back(connection),
                    Err((stream, fault)) => refused.keep(refuse(stream, &fault)),
                }
            }
            for (peer, reader) in admitted.drain(..admitted.len().saturating_sub(STARTS_MAX)) {
                self.start(&peer, reader, &mut refused);
            }
        }
    }

    fn admit(&self, connections: Vec<(TcpStream, IpAddr)>) -> Vec<Admitted> {
        self.dispatcher.arrive(|hub, out, arrivals, now| {
            let admitted = connections.into_iter().map(|(stream, from)| {
                let (peer, reader) = self.open(stream, from, hub, out, now)?;
                arrivals.push(Arc::clone(&peer));
                Ok((peer, reader))
            });
            admitted.collect()
        })
    }

    fn open(
        &self,
        stream: TcpStream,
        from: IpAddr,
        hub: &mut Hub,
        out: &mut Outgoing,
        now: Now,
    ) -> Admitted {
        let id = match hub.opened(from, now, out) {
            Ok(id) => id,
            Err(fault) => return Err((stream, fault)),
        };
        let (reader, writer) = transport::plain(&Trace::new(&self.taps, id.0));
        let writer = match self.security {
            Security::Open => {
                hub.greet(id, Mode::open(), out);
                Some(writer)
            }
            Security::Noise(_) => None,
        };
        let peer = Peer::new(id, stream, writer, self.alive.clone());
        Ok((Arc::new(peer), reader))
    }

    /// Starts the thread that reads.
    fn start(&self, peer: &Arc<Peer>, reader: Reader, refused: &mut Refused) {
        let (serving, dispatcher) = (Arc::clone(peer), Arc::clone(&self.dispatcher));
        let security = self.security.clone();
        let run = move || {
            let agreed = match &security {
                Security::Open => Some(reader),
                Security::Noise(noise) => agree(&serving, reader.trace(), noise, &dispatcher),
            };
            if let Some(reader) = agreed {
                let inbound = Inbound::new(serving, reader);
                inbound.run(|inbound| dispatcher.hand_in(inbound), dispatcher.limits());
            }
        };
        let id = peer.id();
        if (self.spawn)(format!("reader {}", id.0), Box::new(run)).is_err() {
            let sentence = "the server could not start a thread for you; try again later";
            refused.keep(peer.keep_open().ok());
            self.dispatcher
                .enter(|hub, out, now| hub.close(id, Code::NO_THREAD, sentence, now, out));
        }
    }
}

/// Agrees with the peer on how to talk. `None` where it is not let in. Not inlined, for its locals would be part of the
/// reader's frame and cost each connection a page for as long as it lives.
#[inline(never)]
fn agree(
    peer: &Arc<Peer>,
    trace: &Trace,
    noise: &Noise,
    dispatcher: &Dispatcher,
) -> Option<Reader> {
    let leave = |code| dispatcher.enter(|hub, out, now| hub.gone(peer.id(), code, now, out));
    let mut plain = transport::plain(&Trace::default()).0;
    let admitted = noise.admit(
        |space| peer.read(&mut plain, space),
        |bytes| peer.shake(bytes),
        trace,
    );
    match admitted {
        Ok((reader, writer)) => {
            // Or it was closed while it tried.
            if peer.admit(writer) {
                dispatcher.enter(|hub, out, _| hub.greet(peer.id(), Mode::noise(), out));
                return Some(reader);
            }
        }
        Err(NotIn::Gone) => leave(Code::LOST),
        Err(NotIn::Silently) => {
            leave(Code::NOT_ADMITTED);
            peer.cut();
        }
        Err(NotIn::Told(sentence)) => {
            // It speaks another protocol, in the clear, and so it is answered.
            let (mut reader, writer) = transport::plain(trace);
            if peer.admit(writer) {
                dispatcher.enter(|hub, out, now| {
                    hub.close(peer.id(), Code::ENCRYPTED, sentence, now, out);
                });
                discard(peer, &mut reader, dispatcher.limits().linger_bytes_max);
            }
        }
    }
    None
}

/// Connections that were told to go. One that is closed while something of it is unread takes back what was sent
/// to it, so each is kept until enough others have come.
#[derive(Default)]
struct Refused(VecDeque<TcpStream>);

impl Refused {
    fn keep(&mut self, stream: Option<TcpStream>) {
        self.0.extend(stream);
        if self.0.len() > REFUSED_KEPT {
            self.0.pop_front();
        }
    }
}

/// Says why, and gives the connection back to be kept for a while.
pub(super) fn refuse(mut stream: TcpStream, fault: &Fault) -> Option<TcpStream> {
    let mut line = Vec::new();
    let sentence = Text::cut(&fault.sentence);
    ServerLine::Bye {
        code: fault.code.clone(),
        sentence,
    }
    .encode(None, &mut line);
    stream.set_nonblocking(true).ok()?;
    stream.write_all(&line).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    Some(stream)
}
