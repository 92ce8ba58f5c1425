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

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, IoSlice, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::outgoing::{ConnectionId, Unread};
use crate::transport::{Reader, Writer, is_pause};
use crate::wire::{Code, Fault};

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
#[derive(Default)]
struct Outbox {
    /// `None` until the two sides have agreed on how to talk, and when nothing more will be written.
    writer: Option<Writer>,
    /// What did not fit. A ring: what has left makes room for what comes, and nothing is moved.
    backlog: VecDeque<u8>,
    /// True if the last byte that was written did not end its line.
    mid_line: bool,
    end: End,
    /// How the socket's flag stands. A new socket blocks.
    nonblocking: bool,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Too slow: nothing more is kept but the last line, which the hub is about to send.
    GivenUp,
    /// The last line, of so many bytes, is written or stands last in the backlog. Nothing follows; without a writer
    /// there is nothing to write either.
    Last(usize),
}

/// Why a peer is closed for which more waits than may, or that takes nothing for too long.
pub(super) fn too_slow() -> Fault {
    Fault::new(Code::TOO_SLOW, "you did not read what was sent to you")
}

impl Peer {
    /// A connection; `writer` is `None` where the two sides have to agree first on how to talk.
    pub(super) fn new(
        id: ConnectionId,
        stream: TcpStream,
        writer: Option<Writer>,
        alive: Sender<Infallible>,
    ) -> Peer {
        let outbox = Mutex::new(Outbox {
            writer,
            ..Outbox::default()
        });
        Peer {
            id,
            stream,
            outbox,
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
            lock(&self.outbox).set_nonblocking(false, &self.stream)?;
            match reader.read(&self.stream, space) {
                // Somebody wrote in between, or a signal came.
                Err(error) if is_pause(&error) => {}
                done => return done,
            }
        }
    }

    /// Reads what is there.
    ///
    /// # Errors
    /// `WouldBlock` where nothing is.
    pub(super) fn read_now(&self, reader: &mut Reader, space: &mut [u8]) -> io::Result<usize> {
        lock(&self.outbox).set_nonblocking(true, &self.stream)?;
        // Only a read that waits would set it back, and there is one reader.
        reader.read(&self.stream, space)
    }

    /// Writes these whole lines, or what fits of them; the rest waits. True if the peer is behind then.
    ///
    /// # Errors
    /// Why it has to be closed.
    pub(super) fn send(&self, lines: &mut [IoSlice<'_>], bytes_max: usize) -> Result<bool, Fault> {
        let mut outbox = lock(&self.outbox);
        // Without a writer the two sides have not agreed yet; nothing that is not sealed may get out.
        if outbox.end == End::Open && outbox.writer.is_some() {
            self.put(&mut outbox, lines, bytes_max)?;
        }
        Ok(outbox.is_behind())
    }

    /// Sends the last line, and nothing after it. What is unread goes before it, or is dropped up to the end of a
    /// line that was begun. True if the peer is behind then.
    pub(super) fn end(&self, last: &[u8], unread: Unread) -> bool {
        let mut outbox = lock(&self.outbox);
        self.ended.notify_all();
        if outbox.writer.is_none() {
            // It never came to lines, or is over.
            let _ = self.cut_off(&mut outbox);
        } else if outbox.awaits_last_line() {
            if unread == Unread::Dropped {
                outbox.drop_unread(0);
            }
            outbox.end = End::Last(last.len());
            // No limit stops a last line. Where the connection is broken it was cut off on the way.
            let put = self.put(&mut outbox, &mut [IoSlice::new(last)], usize::MAX);
            let _ = put.and_then(|()| self.finish(&mut outbox));
        }
        outbox.is_behind()
    }

    /// Writes what fits, where nothing waits, and keeps the rest. Where that is more than may wait nothing of it is
    /// kept, but for the rest of a line that was begun.
    fn put(
        &self,
        outbox: &mut Outbox,
        mut lines: &mut [IoSlice<'_>],
        bytes_max: usize,
    ) -> Result<(), Fault> {
        if !outbox.is_behind() {
            let taken = self.write(outbox, lines)?.unwrap_or(0);
            let mut bytes = lines.iter().flat_map(|line| line.iter());
            if let Some(before) = taken.checked_sub(1) {
                outbox.mid_line = bytes.nth(before) != Some(&b'\n');
            }
            IoSlice::advance_slices(&mut lines, taken);
        }
        let rest: usize = lines.iter().map(|line| line.len()).sum();
        if outbox.backlog.len() + rest <= bytes_max {
            lines.iter().for_each(|line| outbox.append(line, bytes_max));
            return Ok(());
        }
        if outbox.backlog.is_empty() {
            // Nothing but the rest of a line that was begun, in the first slice: each is whole lines.
            let begun = outbox.begun(lines[0].iter());
            outbox.append(&lines[0][..begun], bytes_max);
        }
        outbox.end = End::GivenUp;
        Err(too_slow())
    }

    /// Drops what a peer that has been closed has not read, up to its last line. False if it is open.
    pub(super) fn forget_unread(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        if let End::Last(bytes) = outbox.end {
            outbox.drop_unread(bytes);
        }
        !outbox.awaits_last_line()
    }

    /// Drops what waits, and from now on nothing more is kept: the hub is about to close the peer. False if it has been
    /// told before.
    pub(super) fn give_up(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        let open = outbox.end == End::Open;
        if open {
            outbox.drop_unread(0);
            outbox.end = End::GivenUp;
        }
        open
    }

    /// Writes what fits of the backlog, and notes in `since` if something did. True if the peer is behind still.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) fn drain(&self, since: &mut Instant) -> Result<bool, Fault> {
        let mut outbox = lock(&self.outbox);
        let backlog = std::mem::take(&mut outbox.backlog);
        let (front, back) = backlog.as_slices();
        let front = &front[..front.len().min(DRAIN_BYTES_MAX)];
        let back = &back[..back.len().min(DRAIN_BYTES_MAX - front.len())];
        let written = self.write(&mut outbox, &[front, back].map(IoSlice::new))?;
        outbox.backlog = backlog;
        if let Some(taken) = written {
            outbox.advance(taken);
            *since = Instant::now();
        }
        self.finish(&mut outbox)?;
        Ok(outbox.is_behind())
    }

    /// How much memory waits for the peer, in bytes.
    pub(super) fn backlog_bytes(&self) -> usize {
        let outbox = lock(&self.outbox);
        let sealed = outbox.writer.as_ref().map_or(0, Writer::held_bytes);
        outbox.backlog.capacity() + sealed
    }

    /// The reader has agreed with the peer on how they talk. False where the connection is to end.
    pub(super) fn admit(&self, writer: Writer) -> bool {
        let mut outbox = lock(&self.outbox);
        let open = outbox.end == End::Open;
        if open {
            outbox.writer = Some(writer);
        }
        open
    }

    /// Sends a part of the handshake. It is short and the first thing to be written, so it fits, or the peer is none:
    /// where the socket does not block, neither does `write_all`.
    pub(super) fn shake(&self, bytes: &[u8]) -> io::Result<()> {
        let mut outbox = lock(&self.outbox);
        outbox.set_nonblocking(true, &self.stream)?;
        (&self.stream).write_all(bytes)
    }

    /// Waits so long, as a reader that is in debt to its rate, or until the connection ends.
    ///
    /// # Errors
    /// Where the peer has broken it off meanwhile. One that has only said that nothing follows is waited for.
    pub(super) fn pay(&self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        let mut outbox = lock(&self.outbox);
        while outbox.awaits_last_line()
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
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
    fn write(&self, outbox: &mut Outbox, lines: &[IoSlice<'_>]) -> Result<Option<usize>, Fault> {
        let written = self.try_write(outbox, lines);
        written.map_err(|_| self.cut_off(outbox))
    }

    fn try_write(&self, outbox: &mut Outbox, lines: &[IoSlice<'_>]) -> io::Result<Option<usize>> {
        outbox.set_nonblocking(true, &self.stream)?;
        let Some(writer) = &mut outbox.writer else {
            return Ok(None);
        };
        let mut all = None;
        for slices in lines.chunks(SLICES_MAX) {
            let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
            let taken = match writer.write(&self.stream, slices) {
                Err(error) if is_pause(&error) => break,
                written => written?,
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
    fn finish(&self, outbox: &mut Outbox) -> Result<(), Fault> {
        if let (End::Last(_), false) = (outbox.end, outbox.is_behind()) {
            // A sealed writer makes its end frame, once, and may be behind with it: then the next look comes here too.
            outbox.writer.as_mut().map(Writer::finish);
            self.write(outbox, &[IoSlice::new(&[])])?;
            if !outbox.is_behind() {
                outbox.writer = None;
                let _ = self.stream.shutdown(Shutdown::Write);
            }
        }
        Ok(())
    }

    /// Nothing can be written any more. Returns why.
    fn cut_off(&self, outbox: &mut Outbox) -> Fault {
        (outbox.end, outbox.writer) = (End::Last(0), None);
        outbox.backlog = VecDeque::new();
        self.ended.notify_all();
        self.cut();
        Fault::new(Code::LOST, "the connection broke")
    }
}

impl Outbox {
    /// Sets the socket's flag, where it stands otherwise: it is a system call.
    fn set_nonblocking(&mut self, nonblocking: bool, stream: &TcpStream) -> io::Result<()> {
        if self.nonblocking != nonblocking {
            stream.set_nonblocking(nonblocking)?;
            self.nonblocking = nonblocking;
        }
        Ok(())
    }

    /// True if something waits that has to leave before anything else may.
    fn is_behind(&self) -> bool {
        let clear = self.writer.as_ref().is_none_or(Writer::is_clear);
        !self.backlog.is_empty() || !clear
    }

    /// True until the hub has closed the connection, or it broke.
    fn awaits_last_line(&self) -> bool {
        matches!(self.end, End::Open | End::GivenUp)
    }

    /// Grows by doubling, but not over the limit: what counts is the memory that is held.
    fn append(&mut self, bytes: &[u8], bytes_max: usize) {
        let needed = self.backlog.len() + bytes.len();
        if needed > self.backlog.capacity() {
            let roomy = needed.next_power_of_two().min(bytes_max).max(needed);
            self.backlog.reserve_exact(roomy - self.backlog.len());
        }
        self.backlog.extend(bytes);
    }

    /// So much of the backlog has been written.
    fn advance(&mut self, taken: usize) {
        if let Some(last) = self.backlog.drain(..taken).next_back() {
            self.mid_line = last != b'\n';
        }
        if self.backlog.is_empty() {
            // Given back: of a thousand that were behind once each would keep what it had.
            self.backlog = VecDeque::new();
        }
    }

    /// How much of these whole lines is the rest of one that was begun.
    fn begun<'a>(&self, mut lines: impl Iterator<Item = &'a u8>) -> usize {
        let end = lines.position(|&byte| byte == b'\n');
        end.filter(|_| self.mid_line).map_or(0, |at| at + 1)
    }

    /// Drops the backlog, but for the rest of a line that was begun and as many bytes at the end.
    fn drop_unread(&mut self, kept: usize) {
        let begun = self.begun(self.backlog.iter());
        // Where the last line itself was begun nothing is before it.
        let last = self.backlog.len().saturating_sub(kept).max(begun);
        self.backlog.drain(begun..last);
        self.backlog.shrink_to_fit();
    }
}

/// Locks. A panic has ended the process before a lock can be poisoned; should one be all the same, this does.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|_| std::process::abort())
}
