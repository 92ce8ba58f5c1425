//! One connection, as its threads share it: the socket, and the outbox that says who may write to it.
//!
//! The postman writes what fits. A write may take a millisecond, which the kernel rounds up to two of its ticks, so
//! it is paid once: a peer that has stalled before, and all others for the rest of a round in which one stalled,
//! are written to without blocking. That flag belongs to the open socket and not to the call, so the write is
//! done under the outbox's lock, and a reader that is told to come back passes the same lock first.
//!
//! Ruled out: non-blocking sockets throughout (every reader would need a poll, which std does not have), and a retry
//! after a short write (fifty peers that stall in turns then cost everyone else nine tenths of the speed).

use std::cmp::Ordering;
use std::convert::Infallible;
use std::io::{self, ErrorKind, IoSlice, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{self, AtomicUsize};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::letters::{Letters, Piece};
use super::means::{Means, lock};
use super::outbox::{Ending, Outbox, Right};
use crate::server::outgoing::{ConnectionId, Unread};
use crate::transport::{Reader, Writer};
use crate::wire::ServerLine;

/// How long the postman waits for a peer, the first time.
pub(super) const PATIENCE: Duration = Duration::from_millis(1);
/// Pieces given to the kernel at once.
const SLICES: usize = 16;

/// See the module.
pub(in crate::server) struct Peer {
    id: ConnectionId,
    pub(in crate::server) stream: TcpStream,
    outbox: Mutex<Outbox>,
    /// Wakes a reader that pays for its rate.
    ended: Condvar,
    /// Bytes that wait with the courier.
    pub(super) waiting: AtomicUsize,
    /// Dropped with the last thread that knows the connection: that is how the server learns that all are gone.
    _alive: Sender<Infallible>,
}

/// What became of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Written, or with the courier, or nobody's any more.
    Taken,
    /// The connection is broken.
    Broken,
    /// More waits than may, or there is no thread for a courier.
    TooSlow,
}

/// How far a write came.
enum Progress {
    All,
    /// Up to this byte of this piece.
    Stalled(usize, usize),
}

impl Peer {
    /// One that is written to as it is, or one that agrees with its reader on how first.
    pub(in crate::server) fn new(
        id: ConnectionId,
        stream: TcpStream,
        writer: Option<Writer>,
        alive: Sender<Infallible>,
    ) -> Peer {
        let outbox = Mutex::new(Outbox::new(writer.map_or(Right::Reader, Right::Postman)));
        Peer {
            id,
            stream,
            outbox,
            ended: Condvar::new(),
            waiting: AtomicUsize::new(0),
            _alive: alive,
        }
    }

    /// By its reader: the two sides have agreed. False where the connection is to end.
    pub(in crate::server) fn admit(&self, writer: Writer) -> bool {
        let mut outbox = self.outbox();
        let open = matches!(outbox.ending, Ending::Open);
        outbox.right = if open {
            Right::Postman(writer)
        } else {
            Right::Nobody
        };
        open
    }

    /// Sets up a socket so that it can be one of ours.
    ///
    /// # Errors
    /// Where the kernel will not.
    pub(in crate::server) fn prepare(stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))
    }

    pub(in crate::server) fn id(&self) -> ConnectionId {
        self.id
    }

    /// How much waits with its courier.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting.load(atomic::Ordering::Relaxed)
    }

    /// For a reader that was told to come back: waits while somebody writes without blocking.
    pub(in crate::server) fn pass_gate(&self) {
        drop(self.outbox());
    }

    /// For a reader that pays for its rate: waits so long, or until the connection ends.
    pub(in crate::server) fn pay(&self, time: Duration) {
        let open = |outbox: &mut Outbox| matches!(outbox.ending, Ending::Open);
        drop(self.ended.wait_timeout_while(self.outbox(), time, open));
    }

    /// Ends both directions, whatever is under way: every thread that waits for the socket wakes.
    pub(in crate::server) fn cut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// By its reader, where the two sides cannot agree: the one line that says so.
    pub(in crate::server) fn tell(&self, line: &ServerLine) {
        let mut bytes = Vec::new();
        line.encode(None, &mut bytes);
        let _ = (&self.stream).write_all(&bytes);
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// By the postman, to which the reader has lent its half: reads what is there, without waiting. `None` where
    /// somebody else may be writing, who would find the socket not blocking.
    pub(super) fn poll(&self, reader: &mut Reader, space: &mut [u8]) -> Option<io::Result<usize>> {
        let outbox = self.outbox();
        if !matches!(outbox.right, Right::Postman(_)) {
            return None;
        }
        Some(self.stream.set_nonblocking(true).and_then(|()| {
            let read = reader.read(&self.stream, space);
            self.stream.set_nonblocking(false)?;
            read
        }))
    }

    /// By the postman: writes the pieces, or gives them to the courier.
    pub(super) fn post(
        self: &Arc<Self>,
        pieces: &[Piece],
        letters: &mut Letters,
        means: &Arc<Means>,
    ) -> Outcome {
        let mut outbox = self.outbox();
        if outbox.given_up {
            // Its courier may have caught up since, but there is a gap now.
            return Outcome::Taken;
        }
        let (pieces, written, stalled) = match self.write(&mut outbox, pieces, letters) {
            None => (pieces, 0, false),
            Some(Ok(Progress::All)) => return Outcome::Taken,
            Some(Ok(Progress::Stalled(piece, at))) => (&pieces[piece..], at, true),
            Some(Err(_)) => {
                self.break_off(&mut outbox, means);
                return Outcome::Broken;
            }
        };
        let queued = outbox.queue(pieces, written, letters, &self.waiting, means);
        if (stalled && self.call_courier(&mut outbox, means).is_err()) || queued.is_err() {
            return Outcome::TooSlow;
        }
        Outcome::Taken
    }

    /// By the postman: writes the pieces, the last of which is the last line, and ends. Returns what becomes of
    /// lines that are still to be written.
    pub(super) fn end(
        self: &Arc<Self>,
        pieces: &[Piece],
        unread: Unread,
        letters: &mut Letters,
        means: &Arc<Means>,
    ) -> Unread {
        let mut outbox = self.outbox();
        let Some((last, mut before)) = pieces.split_last() else {
            return Unread::Dropped;
        };
        // Once it has left it can no longer be chosen as the largest.
        let couriered = means.couriered.load(atomic::Ordering::Relaxed);
        let unread = if couriered > means.limits.slow_bytes_all_max {
            Unread::Dropped
        } else {
            unread
        };
        if outbox.given_up {
            before = &[];
        }
        let pieces = &pieces[pieces.len() - before.len() - 1..];
        self.ended.notify_all();
        outbox.ending = Ending::Last;
        let progress = self.write(&mut outbox, pieces, letters);
        let last = letters.of(last).to_vec();
        match progress {
            Some(Ok(Progress::All)) => {
                if let Right::Postman(writer) = std::mem::replace(&mut outbox.right, Right::Nobody)
                {
                    self.close_write(&mut outbox, writer);
                }
            }
            Some(Err(_)) => self.break_off(&mut outbox, means),
            Some(Ok(Progress::Stalled(piece, at))) => {
                match piece.cmp(&before.len()) {
                    Ordering::Less => {
                        // Too much for it is nothing new now: what fits is sent.
                        let _ = outbox.queue(&before[piece..], at, letters, &self.waiting, means);
                        outbox.ending = Ending::Asked { last, unread };
                    }
                    Ordering::Equal => outbox.queue_last(last, at),
                    Ordering::Greater => {}
                }
                let _ = self.call_courier(&mut outbox, means);
                return unread;
            }
            None => {
                match unread {
                    Unread::Sent => {
                        let _ = outbox.queue(before, 0, letters, &self.waiting, means);
                    }
                    Unread::Dropped => outbox.keep_first(&self.waiting, means),
                }
                outbox.ending = Ending::Asked { last, unread };
                return unread;
            }
        }
        Unread::Dropped
    }

    /// Writes what fits; `None` where the right to write is not the postman's.
    fn write(
        &self,
        outbox: &mut Outbox,
        pieces: &[Piece],
        letters: &mut Letters,
    ) -> Option<io::Result<Progress>> {
        let Outbox {
            right: Right::Postman(writer),
            stalled_before,
            ..
        } = outbox
        else {
            return None;
        };
        let progress = if *stalled_before || letters.stalled {
            self.stream.set_nonblocking(true).and_then(|()| {
                let progress = write_pieces(writer, &self.stream, pieces, letters);
                self.stream.set_nonblocking(false)?;
                progress
            })
        } else {
            write_pieces(writer, &self.stream, pieces, letters)
        };
        if let Ok(Progress::Stalled(..)) = progress {
            *stalled_before = true;
            letters.stalled = true;
        }
        Some(progress)
    }

    /// Gives the right to write to a courier. Where its thread cannot be started the connection ends.
    fn call_courier(self: &Arc<Self>, outbox: &mut Outbox, means: &Arc<Means>) -> io::Result<()> {
        if let Right::Postman(writer) = std::mem::replace(&mut outbox.right, Right::Nobody) {
            outbox.right = Right::Handed(writer);
        }
        let (peer, shared) = (Arc::clone(self), Arc::clone(means));
        let started = (means.spawn)(
            format!("courier {}", self.id.0),
            Box::new(move || peer.carry(&shared)),
        );
        if started.is_err() {
            self.break_off(outbox, means);
        }
        started
    }

    /// The last line is written.
    pub(super) fn close_write(&self, outbox: &mut Outbox, mut writer: Writer) {
        outbox.right = Right::Nobody;
        writer.finish();
        // Should the end frame not fit, the peer sees a connection that was cut, which it then was.
        let _ = writer.write(&self.stream, &[]);
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Nothing can be written any more.
    pub(super) fn break_off(&self, outbox: &mut Outbox, means: &Means) {
        outbox.right = Right::Nobody;
        outbox.drop_all(&self.waiting, means);
        self.cut();
    }
}

fn write_pieces(
    writer: &mut Writer,
    stream: &TcpStream,
    pieces: &[Piece],
    letters: &Letters,
) -> io::Result<Progress> {
    for (group, some) in pieces.chunks(SLICES).enumerate() {
        let mut slices = [IoSlice::new(&[]); SLICES];
        for (slice, piece) in slices.iter_mut().zip(some) {
            *slice = IoSlice::new(letters.of(piece));
        }
        let mut written = match writer.write(stream, &slices[..some.len()]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => written,
            // A signal is as rare as a stall, and taken for one.
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                0
            }
            Err(error) => return Err(error),
        };
        for (index, piece) in some.iter().enumerate() {
            if written < piece.bytes.len() {
                return Ok(Progress::Stalled(group * SLICES + index, written));
            }
            written -= piece.bytes.len();
        }
        // What is sealed has been taken, and may yet have to leave.
        if !writer.is_clear() {
            return Ok(Progress::Stalled(group * SLICES + some.len(), 0));
        }
    }
    Ok(Progress::All)
}
