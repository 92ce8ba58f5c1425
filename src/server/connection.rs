//! A reader: the one thread that a connection has. It reads what is there, cuts it into lines, decodes them, and
//! hands them to the hub, which decides everything.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use super::admission::{Noise, NotIn, Security};
use super::batch::{Batch, Stop};
use super::hub::Verdict;
use super::post::Post;
use super::post::ears::{Ear, Heard};
use super::post::peer::Peer;
use crate::transport::{self, Reader, Trace};
use crate::wire::{Code, Fault, LineReader, Mode, ServerLine, Text, foreign_protocol};

/// Why a reader ends.
enum Left {
    /// Nothing comes from the peer any more.
    Gone,
    /// The hub has closed it, and there is a last line that the peer should get.
    Closed,
}

/// Serves one connection to its end.
pub(super) fn run(peer: &Arc<Peer>, mut reader: Reader, security: &Security, post: &Arc<Post>) {
    if let Security::Noise(noise) = security {
        match agree(peer, &reader, noise, post) {
            Some(sealed) => reader = sealed,
            None => return,
        }
    }
    let mut ear = Ear {
        reader,
        lines: LineReader::new(),
    };
    let mut heard = Heard::Nothing;
    let mut first = true;
    loop {
        let stays = match heard {
            Heard::Nothing => {
                let came = read(peer, &mut ear.reader, ear.lines.space());
                take(peer, &mut ear, came, &mut first, post)
            }
            Heard::Read(came) => take(peer, &mut ear, came, &mut first, post),
            Heard::Batch(batch, error) => {
                hand_in(peer, batch, &mut ear, post).and_then(|()| match error {
                    Some(error) => take(peer, &mut ear, Err(error), &mut first, post),
                    None => Ok(()),
                })
            }
        };
        if let Err(left) = stays {
            if let Left::Closed = left {
                discard(peer, &mut ear.reader, post);
            }
            return;
        }
        // The first line tells whether it is a protocol of ours.
        heard = if first {
            Heard::Nothing
        } else {
            let (returned, heard) = post.lend(peer, ear);
            ear = returned;
            heard
        };
    }
}

/// Agrees with the peer on how to talk. `None` where it is not let in. Not inlined, for its locals would
/// be part of every reader's frame and cost each plain connection a page for as long as it lives.
#[inline(never)]
fn agree(peer: &Arc<Peer>, reader: &Reader, noise: &Noise, post: &Arc<Post>) -> Option<Reader> {
    // A handshake is no part of what was read and written: it is not shown.
    let (mut untraced, _) = transport::plain(&Trace::default());
    let admitted = noise.admit(
        |space| read(peer, &mut untraced, space),
        |bytes| (&peer.stream).write_all(bytes),
        reader.trace(),
    );
    match admitted {
        Ok((reader, writer)) => {
            // Or it was closed while it tried.
            if peer.admit(writer) {
                post.enter(|hub, out, _| hub.greet(peer.id(), Mode::noise(), out));
                return Some(reader);
            }
        }
        Err(NotIn::Gone) => {
            leave(peer, post, Code::LOST);
        }
        Err(NotIn::Silently) => {
            leave(peer, post, Code::NOT_ADMITTED);
            peer.cut();
        }
        Err(NotIn::Told(sentence)) => {
            leave(peer, post, Code::ENCRYPTED);
            peer.tell(&ServerLine::Bye {
                code: Code::ENCRYPTED,
                sentence: Text::cut(sentence),
            });
            discard(peer, &mut transport::plain(reader.trace()).0, post);
        }
    }
    None
}

/// Reads; waits where somebody has the socket without blocking for a moment.
fn read(peer: &Peer, reader: &mut Reader, space: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(&peer.stream, space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => peer.pass_gate(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Handles what a read has brought.
fn take(
    peer: &Peer,
    ear: &mut Ear,
    came: io::Result<usize>,
    first: &mut bool,
    post: &Arc<Post>,
) -> Result<(), Left> {
    let bytes = match came {
        Ok(0) => return Err(leave(peer, post, Code::QUIT)),
        Ok(bytes) => bytes,
        Err(error) => {
            if error.kind() == ErrorKind::InvalidData {
                // Forged: whoever did it is told nothing.
                peer.cut();
            }
            return Err(leave(peer, post, Code::LOST));
        }
    };
    ear.lines.filled(bytes);
    let foreign = first.then(|| foreign_protocol(ear.lines.rest())).flatten();
    if let Some(fault) = foreign {
        return Err(close(peer, &fault, post));
    }
    let batch = next_batch(ear, bytes);
    *first &= batch.is_empty();
    hand_in(peer, batch, ear, post)
}

fn next_batch(ear: &mut Ear, bytes: usize) -> Batch {
    let batch = Batch::decode(&mut ear.lines, bytes);
    batch.show(ear.reader.trace());
    batch
}

/// Hands in these lines and those behind them, in order, paying for the rate on the way.
fn hand_in(peer: &Peer, mut batch: Batch, ear: &mut Ear, post: &Arc<Post>) -> Result<(), Left> {
    loop {
        let verdict =
            post.enter_when_clear(|hub, out, now| batch.hand_in(peer.id(), hub, out, now));
        match verdict {
            Verdict::Gone => return Err(Left::Closed),
            Verdict::Owes(time) => peer.pay(time),
            Verdict::Handled if batch.is_done() => match &batch.stop {
                None => batch = next_batch(ear, 0),
                Some(Stop::Fault(fault)) => return Err(close(peer, fault, post)),
                Some(Stop::Drained) => return Ok(()),
            },
            Verdict::Handled => {}
        }
    }
}

fn leave(peer: &Peer, post: &Arc<Post>, code: Code) -> Left {
    post.enter(|hub, out, now| hub.gone(peer.id(), code, now, out));
    Left::Gone
}

fn close(peer: &Peer, fault: &Fault, post: &Arc<Post>) -> Left {
    post.enter(|hub, out, now| hub.close(peer.id(), fault.code.clone(), &fault.sentence, now, out));
    Left::Closed
}

/// Reads on for a while without looking: a socket closed with unread input would take the last line back. The clock
/// cuts the connection when it has taken too long.
#[inline(never)]
fn discard(peer: &Peer, reader: &mut Reader, post: &Post) {
    let mut nowhere = [0; 512];
    let mut left = post.limits().linger_bytes_max;
    while left > 0 {
        match read(peer, reader, &mut nowhere) {
            Ok(0) | Err(_) => return,
            Ok(bytes) => left = left.saturating_sub(bytes),
        }
    }
    peer.cut();
}
