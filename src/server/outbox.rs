//! One connection, as its threads share it: the socket, and the outbox with what it was slow to take.
//!
//! Nobody who writes ever waits. What the kernel takes goes out at once; the rest is copied into the backlog, and
//! while there is one everything else goes behind it, so nothing overtakes anything. The dispatcher looks at those who
//! are behind from time to time ([`drain`](Peer::drain)). A peer that lets too much pile up is closed: it gets the rest
//! of the line that was begun, then the reason.
//!
//! A socket is blocking or not for everybody who uses it: the flag belongs to the open socket, and cannot be had for
//! the read half alone. A reader wants to wait and a writer must not. So the flag is set under the outbox's lock, by
//! whoever needs it the other way: a writer holds the lock while it writes; a reader that sets it and is overtaken on the
//! way to its `read` is told `WouldBlock` and sets it again. A read that waits already goes on waiting. In a busy
//! room most members only listen, so their flag is set once and each delivery is a single system call.
//!
//! Ruled out, measured: blocking writes with a time-out (a millisecond is two of the kernel's ticks, and each of
//! fifty that stall in turns would cost it), a queue and a thread for each connection (a seventeenth of the
//! deliveries), and a thread for each peer that is behind (it may not be had when it is needed most).

use std::convert::Infallible;
use std::io::{self, ErrorKind, IoSlice};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::outgoing::{ConnectionId, Unread};
use crate::transport::{Reader, Writer};

/// Slices given to the kernel at once: `IOV_MAX` on Linux, macOS and the BSDs.
const SLICES_MAX: usize = 1024;
/// What one look at a peer that is behind may write, so that the next one's turn comes.
const DRAIN_BYTES_MAX: usize = 256 * 1024;
/// How often a reader that pays for its rate looks whether its peer is still there.
const RESET_LOOK: Duration = Duration::from_millis(100);

/// A connection.
pub(super) struct Peer {
    id: ConnectionId,
    stream: TcpStream,
    outbox: Mutex<Outbox>,
    /// Wakes a reader that pays for its rate.
    ended: Condvar,
    /// Dropped with the last thread that knows the connection: that is how the server learns that all are gone.
    _alive: Sender<Infallible>,
}

/// What the peer's lock guards.
struct Outbox {
    /// `None` until the two sides have agreed on how to talk, and when nothing more will be written.
    writer: Option<Writer>,
    /// What did not fit, from `sent` on.
    backlog: Vec<u8>,
    sent: usize,
    /// True if the last byte that was written did not end its line.
    mid_line: bool,
    end: End,
    /// True if the dispatcher knows that it is behind.
    watched: bool,
    /// How the socket's flag stands.
    blocking: bool,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    /// More waited than may: nothing more is kept but the last line, which the hub is about to send.
    Overfull,
    /// The last line, of so many bytes, is written or stands last in the backlog.
    Last(usize),
    /// The backlog is empty, and the writer has been told that nothing follows.
    Finished,
    /// Nothing is written any more.
    Over,
}

/// How a peer stands after something was sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// True if it is behind and nobody looks after it yet.
    pub(super) fell_behind: bool,
    /// Why it has to be closed, where it has.
    pub(super) failure: Option<Failure>,
}

/// What came of a look at a peer that is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// It is behind no longer.
    All,
    /// It took something.
    Some,
    /// It took not a byte.
    Nothing,
}

/// Why a peer has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// More waits than may.
    TooSlow,
    /// The connection broke.
    Broken,
}

impl Peer {
    /// A connection; `writer` is `None` where the two sides have to agree first on how to talk.
    pub(super) fn new(
        id: ConnectionId,
        stream: TcpStream,
        writer: Option<Writer>,
        alive: Sender<Infallible>,
    ) -> Peer {
        let outbox = Outbox {
            writer,
            backlog: Vec::new(),
            sent: 0,
            mid_line: false,
            end: End::Open,
            watched: false,
            blocking: true,
        };
        Peer {
            id,
            stream,
            outbox: Mutex::new(outbox),
            ended: Condvar::new(),
            _alive: alive,
        }
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    /// A second handle on the socket: while it is kept the connection stays open.
    pub(super) fn keep_open(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// Waits for input, and reads it. The one place that waits for a peer.
    pub(super) fn read(&self, reader: &mut Reader, space: &mut [u8]) -> io::Result<usize> {
        loop {
            self.lock().set_blocking(true, &self.stream)?;
            match reader.read(&self.stream, space) {
                // Somebody wrote in between, or a signal came.
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                done => return done,
            }
        }
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// `WouldBlock` where nothing is.
    pub(super) fn read_now(&self, reader: &mut Reader, space: &mut [u8]) -> io::Result<usize> {
        self.lock().set_blocking(false, &self.stream)?;
        // Only a read that waits would set it back, and there is one reader.
        reader.read(&self.stream, space)
    }

    /// Writes these whole lines, or what fits of them; the rest waits.
    pub(super) fn send(&self, lines: &[IoSlice<'_>], bytes_max: usize) -> Sent {
        let mut outbox = self.lock();
        let mut failure = None;
        if outbox.end == End::Open && outbox.writer.is_some() {
            failure = self.put(&mut outbox, lines, bytes_max).err();
        }
        Sent {
            fell_behind: outbox.fell_behind(),
            failure,
        }
    }

    /// Sends the last line, and nothing after it. What is unread goes before it, or is dropped up to the end of a
    /// line that was begun. True if the peer is behind and nobody looks after it yet.
    pub(super) fn end(&self, last: &[u8], unread: Unread) -> bool {
        let mut outbox = self.lock();
        self.ended.notify_all();
        if outbox.writer.is_none() {
            // It never came to lines, or is over.
            self.cut_off(&mut outbox);
        }
        if matches!(outbox.end, End::Open | End::Overfull) {
            if unread == Unread::Dropped {
                outbox.drop_unread();
            }
            outbox.end = End::Last(last.len());
            // No limit stops a last line. Where the connection is broken it was cut off on the way.
            let put = self.put(&mut outbox, &[IoSlice::new(last)], usize::MAX);
            let _ = put.and_then(|()| self.finish(&mut outbox));
        }
        outbox.fell_behind()
    }

    /// Writes what fits, where nothing waits, and keeps the rest.
    fn put(
        &self,
        outbox: &mut Outbox,
        lines: &[IoSlice<'_>],
        bytes_max: usize,
    ) -> Result<(), Failure> {
        let taken = if outbox.is_behind() {
            None
        } else {
            self.write(outbox, lines)?
        };
        outbox.keep(lines, taken.unwrap_or(0), bytes_max)
    }

    /// Drops what a peer that has been closed has not read, up to its last line. False if it is open.
    pub(super) fn forget_unread(&self) -> bool {
        let mut outbox = self.lock();
        if let End::Last(bytes) = outbox.end
            && let Some(before) = outbox.waiting().len().checked_sub(bytes)
        {
            let last = outbox.waiting()[before..].to_vec();
            let all = outbox.backlog.len();
            outbox.backlog.truncate(all - bytes);
            outbox.drop_unread();
            outbox.backlog.extend_from_slice(&last);
        }
        !matches!(outbox.end, End::Open | End::Overfull)
    }

    /// From now on nothing more is kept: the hub is about to close the peer. False if it has been told before.
    pub(super) fn give_up(&self) -> bool {
        let mut outbox = self.lock();
        let open = outbox.end == End::Open;
        if open {
            outbox.end = End::Overfull;
        }
        open
    }

    /// Writes what fits of the backlog.
    pub(super) fn drain(&self) -> Result<Drained, Failure> {
        let mut outbox = self.lock();
        let backlog = std::mem::take(&mut outbox.backlog);
        let (from, to) = (
            outbox.sent,
            backlog.len().min(outbox.sent + DRAIN_BYTES_MAX),
        );
        let written = self.write(&mut outbox, &[IoSlice::new(&backlog[from..to])]);
        if written.is_ok() {
            outbox.backlog = backlog;
        }
        let written = written?;
        outbox.advance(written.unwrap_or(0));
        self.finish(&mut outbox)?;
        outbox.watched = outbox.is_behind();
        Ok(match written {
            _ if !outbox.watched => Drained::All,
            Some(_) => Drained::Some,
            None => Drained::Nothing,
        })
    }

    /// How much memory waits for the peer, in bytes.
    pub(super) fn backlog_bytes(&self) -> usize {
        self.lock().backlog.capacity()
    }

    /// The reader has agreed with the peer on how they talk. False where the connection is to end.
    pub(super) fn admit(&self, writer: Writer) -> bool {
        let mut outbox = self.lock();
        let open = outbox.end == End::Open;
        if open {
            outbox.writer = Some(writer);
        }
        open
    }

    /// Sends a part of the handshake. It is short and the first thing to be written, so it fits, or the peer is none.
    pub(super) fn shake(&self, bytes: &[u8]) -> io::Result<()> {
        use io::Write as _;
        let mut outbox = self.lock();
        outbox.set_blocking(false, &self.stream)?;
        match (&self.stream).write(bytes)? {
            all if all == bytes.len() => Ok(()),
            _ => Err(ErrorKind::WriteZero.into()),
        }
    }

    /// Waits so long, as a reader that is in debt to its rate, or until the connection ends.
    ///
    /// # Errors
    /// Where the peer has broken it off meanwhile. One that has only said that nothing follows is waited for.
    pub(super) fn pay(&self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        let mut outbox = self.lock();
        while matches!(outbox.end, End::Open | End::Overfull) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            let waited = self.ended.wait_timeout(outbox, left.min(RESET_LOOK));
            outbox = waited.unwrap_or_else(|_| std::process::abort()).0;
        }
        Ok(())
    }

    /// Ends both directions, whatever is under way: every thread that waits for the socket wakes.
    pub(super) fn cut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Writes, and never waits: the one place that does. Returns how much was taken, which is not always all; `None`
    /// where nothing moved. Whatever else goes wrong ends the connection.
    fn write(&self, outbox: &mut Outbox, lines: &[IoSlice<'_>]) -> Result<Option<usize>, Failure> {
        self.try_write(outbox, lines).map_err(|_| {
            self.cut_off(outbox);
            Failure::Broken
        })
    }

    fn try_write(&self, outbox: &mut Outbox, lines: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        outbox.set_blocking(false, &self.stream)?;
        let Some(writer) = &mut outbox.writer else {
            return Ok(None);
        };
        let mut all = None;
        for slices in lines.chunks(SLICES_MAX) {
            let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
            let taken = match writer.write(&self.stream, slices) {
                Ok(taken) => taken,
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
                {
                    break;
                }
                Err(error) => return Err(error),
            };
            all = Some(all.unwrap_or(0) + taken);
            // What is sealed has been taken, and may yet have to leave.
            if taken < wanted || !writer.is_clear() {
                break;
            }
        }
        Ok(all)
    }

    /// Once the last line has left: says that nothing follows, and closes the writing direction. `shutdown` and not
    /// `close`, since a socket that is closed with unread input takes back what it has sent.
    fn finish(&self, outbox: &mut Outbox) -> Result<(), Failure> {
        if matches!(outbox.end, End::Last(_)) && !outbox.is_behind() {
            outbox.end = End::Finished;
            if let Some(writer) = &mut outbox.writer {
                writer.finish();
            }
            self.write(outbox, &[IoSlice::new(&[])])?;
        }
        if outbox.end == End::Finished && !outbox.is_behind() {
            outbox.end = End::Over;
            outbox.writer = None;
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        Ok(())
    }

    /// Nothing can be written any more.
    fn cut_off(&self, outbox: &mut Outbox) {
        outbox.end = End::Over;
        outbox.writer = None;
        (outbox.backlog, outbox.sent) = (Vec::new(), 0);
        outbox.watched = false;
        self.ended.notify_all();
        self.cut();
    }

    fn lock(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }
}

impl Outbox {
    fn set_blocking(&mut self, blocking: bool, stream: &TcpStream) -> io::Result<()> {
        if self.blocking != blocking {
            stream.set_nonblocking(!blocking)?;
            self.blocking = blocking;
        }
        Ok(())
    }

    /// True if something waits that has to leave before anything else may.
    fn is_behind(&self) -> bool {
        let clear = self.writer.as_ref().is_none_or(Writer::is_clear);
        !self.backlog.is_empty() || !clear
    }

    /// Keeps the lines that were not taken. Where that is more than may wait nothing of them is kept, but for the rest
    /// of a line that was begun.
    fn keep(
        &mut self,
        lines: &[IoSlice<'_>],
        taken: usize,
        bytes_max: usize,
    ) -> Result<(), Failure> {
        let all: usize = lines.iter().map(|slice| slice.len()).sum();
        if taken == all {
            self.mid_line = false;
            return Ok(());
        }
        let overfull = self.waiting().len() + all - taken > bytes_max;
        let mut skip = taken;
        for slice in lines {
            let (left, mut rest) = slice.split_at(skip.min(slice.len()));
            skip -= left.len();
            if let Some(last) = left.last() {
                self.mid_line = *last != b'\n';
            }
            if overfull {
                rest = match self.mid_line && self.backlog.is_empty() {
                    true => rest_of_line(rest),
                    false => &[],
                };
            }
            self.append(rest, bytes_max);
        }
        if overfull {
            self.end = End::Overfull;
            return Err(Failure::TooSlow);
        }
        Ok(())
    }

    /// Grows by doubling, but not over the limit: what counts is the memory that is held.
    fn append(&mut self, bytes: &[u8], bytes_max: usize) {
        let needed = self.backlog.len() + bytes.len();
        if needed > self.backlog.capacity() {
            self.compact();
            let needed = self.backlog.len() + bytes.len();
            let roomy = needed.next_power_of_two().min(bytes_max).max(needed);
            self.backlog.reserve_exact(roomy - self.backlog.len());
        }
        self.backlog.extend_from_slice(bytes);
    }

    /// So much of the backlog has been written.
    fn advance(&mut self, taken: usize) {
        self.sent += taken;
        if taken > 0 {
            self.mid_line = self.backlog[self.sent - 1] != b'\n';
        }
        if self.sent == self.backlog.len() {
            // Given back: of a thousand that were behind once each would keep what it had.
            (self.backlog, self.sent) = (Vec::new(), 0);
        } else if self.sent > self.backlog.len() / 2 {
            self.compact();
        }
    }

    fn compact(&mut self) {
        self.backlog.drain(..self.sent);
        self.sent = 0;
    }

    fn waiting(&self) -> &[u8] {
        &self.backlog[self.sent..]
    }

    /// Drops the backlog, but for the rest of a line that was begun.
    fn drop_unread(&mut self) {
        let kept = match self.mid_line {
            true => rest_of_line(self.waiting()).len(),
            false => 0,
        };
        self.backlog.truncate(self.sent + kept);
        self.compact();
        self.backlog.shrink_to_fit();
    }

    /// True, once, if the peer is behind.
    fn fell_behind(&mut self) -> bool {
        self.is_behind() && !std::mem::replace(&mut self.watched, true)
    }
}

/// Up to the first LF, which is there: these are whole lines.
fn rest_of_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&b| b == b'\n');
    &bytes[..end.map_or(bytes.len(), |at| at + 1)]
}

/// Locks. A panic has ended the process before a lock can be poisoned; should one be all the same, this does.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|_| std::process::abort())
}
