//! Taking connections. Nothing that goes wrong here ends the server, and nothing makes it spin.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

use super::admission::Security;
use super::connection;
use super::post::Post;
use super::post::peer::Peer;
use crate::tap::Taps;
use crate::transport::{self, Trace};
use crate::wire::{Code, Fault, Mode, ServerLine, Text};

/// Pause after an `accept` that failed: what it lacks (descriptors, memory) comes back when others leave.
const PAUSE: Duration = Duration::from_millis(50);
/// Refused connections that are kept open for a while, so that they can read why.
const REFUSED_KEPT: usize = 32;

/// Takes connections from one listener until the sender of `stop` is dropped.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) post: Arc<Post>,
    pub(super) security: Security,
    pub(super) taps: Taps,
    /// Cloned into each connection; see [`Peer`].
    pub(super) alive: Sender<Infallible>,
    pub(super) stop: Receiver<Infallible>,
}

impl Door {
    /// Runs until the server stops.
    pub(super) fn run(self) {
        let mut spare = spare();
        let mut refused = VecDeque::new();
        let mut complained = false;
        loop {
            let accepted = self.listener.accept();
            // Whoever stops the server knocks, so that this is seen.
            if self.stop.try_recv() == Err(TryRecvError::Disconnected) {
                return;
            }
            match accepted {
                Ok((stream, from)) => {
                    complained = false;
                    self.take(stream, from.ip(), &mut refused);
                }
                // Gone before it was here, and nothing is lacking.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    if !std::mem::replace(&mut complained, true) {
                        let log = self.post.log();
                        log.say(format!("cannot take a connection: {error}"));
                    }
                    refused.clear();
                    if spare.take().is_some() {
                        self.refuse_with_spare();
                    }
                    spare = self::spare();
                    if self.stop.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected) {
                        return;
                    }
                }
            }
        }
    }

    /// The spare descriptor has been given back: there is one to say so with. The listener must not block here, since
    /// whoever knocked may have gone.
    fn refuse_with_spare(&self) {
        let fault = Fault::new(
            Code::SERVER_FULL,
            "the server has no descriptor left; try again later",
        );
        if self.listener.set_nonblocking(true).is_ok() {
            if let Ok((stream, _)) = self.listener.accept() {
                drop(refuse(stream, &fault));
            }
            let _ = self.listener.set_nonblocking(false);
        }
    }

    fn take(&self, stream: TcpStream, from: IpAddr, refused: &mut VecDeque<TcpStream>) {
        if Peer::prepare(&stream).is_err() {
            // It was gone before it was here.
            return;
        }
        let mut refusal = None;
        let mut reader = None;
        let peer =
            self.post.arrive(
                |hub, out, now| match hub.opened(from.to_canonical(), now, out) {
                    Ok(id) => {
                        let (read, write) = transport::plain(&Trace::new(&self.taps, id.0));
                        reader = Some(read);
                        let writer = match self.security {
                            Security::Open => {
                                hub.greet(id, Mode::open(), out);
                                Some(write)
                            }
                            Security::Noise(_) => None,
                        };
                        Some(Arc::new(Peer::new(id, stream, writer, self.alive.clone())))
                    }
                    Err(fault) => {
                        refusal = Some((stream, fault));
                        None
                    }
                },
            );
        if let Some((stream, fault)) = refusal {
            refused.extend(refuse(stream, &fault));
            refused.drain(..refused.len().saturating_sub(REFUSED_KEPT));
        }
        let (Some(peer), Some(reader)) = (peer, reader) else {
            return;
        };
        let (serving, post, id) = (Arc::clone(&peer), Arc::clone(&self.post), peer.id());
        let security = self.security.clone();
        let started = self.post.spawn(
            format!("reader {}", id.0),
            Box::new(move || connection::run(&serving, reader, &security, &post)),
        );
        if started.is_err() {
            let sentence = "the server could not start a thread for you; try again later";
            self.post
                .enter(|hub, out, now| hub.close(id, Code::NO_THREAD, sentence, now, out));
            refused.extend(peer.stream.try_clone());
        }
    }
}

/// Says why, and gives the connection back to be kept for a while.
fn refuse(mut stream: TcpStream, fault: &Fault) -> Option<TcpStream> {
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

/// A descriptor kept for the moment at which there is no other.
fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}
