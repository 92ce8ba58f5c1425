//! One connection, as its threads share it: the socket, and the outbox with what the peer was too slow to take.
//!
//! No write ever blocks. What the kernel takes goes out at once. The rest is copied to the backlog, and while there
//! is one everything else goes behind it, so nothing overtakes anything. The dispatcher retries from time to time
//! ([`drain`](Peer::drain)). A peer with too large a backlog is closed: it gets the rest of the line that was begun,
//! then the reason.
//!
//! Whether a socket blocks is a flag of the open socket (`O_NONBLOCK`), and so the same for all threads that use it.
//! It cannot be set for the read half alone, yet a reader wants to block and a writer must not. So the thread that
//! needs the other setting changes it under the outbox's lock. A writer keeps the lock while it writes. A reader
//! cannot keep it while it blocks: if a writer comes between its setting the flag and its `read`, that `read` returns
//! `WouldBlock`, and it tries again. A `read` that blocks already goes on blocking. In a busy room most members only
//! listen, so their flag is set once and each delivery is a single system call.
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

/// Slices in one system call: `IOV_MAX` on Linux, macOS and the BSDs.
const SLICES_MAX: usize = 1024;
/// The most that one look writes to a peer that is behind, so that the others get theirs.
const DRAIN_BYTES_MAX: usize = 256 * 1024;
/// How often a reader that waits for its rate checks that its peer is still there.
const RESET_LOOK: Duration = Duration::from_millis(100);

/// A connection, shared by its reader and the thread that delivers.
pub(super) struct Peer {
    id: ConnectionId,
    stream: TcpStream,
    outbox: Mutex<Outbox>,
    /// Wakes a reader that waits for its rate.
    ended: Condvar,
    /// Nothing is ever sent. When the last of these is dropped the channel disconnects, and so the server learns that
    /// all connections have ended.
    _alive: Sender<Infallible>,
}

/// What the peer's lock guards.
#[derive(Default)]
struct Outbox {
    /// `None` until the handshake is through, and once nothing more will be written.
    writer: Option<Writer>,
    /// What did not fit. A ring buffer, so that taking from its front moves nothing.
    backlog: VecDeque<u8>,
    /// True if the last byte written was not an LF: the peer has half a line.
    mid_line: bool,
    end: End,
    /// The socket's flag, as we last set it. A new socket blocks.
    nonblocking: bool,
}

/// How far a connection is on the way to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Too slow: nothing more is kept, except the last line, which the hub is about to send.
    GivenUp,
    /// The last line, of so many bytes, is written or the last in the backlog. Nothing follows it.
    Last(usize),
}

/// Why a peer is closed whose backlog is over its limit, or that has taken nothing for too long.
pub(super) fn too_slow() -> Fault {
    Fault::new(Code::TOO_SLOW, "you did not read what was sent to you")
}

impl Peer {
    /// Makes a connection; `writer` is `None` if a handshake has to come first.
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

    /// Duplicates the socket's descriptor. The connection stays open until both are closed.
    pub(super) fn keep_open(&self) -> io::Result<TcpStream> {
        self.stream.try_clone()
    }

    /// Blocks until there is input, and reads it. Nothing else in the server blocks on a peer.
    pub(super) fn read(&self, reader: &mut Reader, space: &mut [u8]) -> io::Result<usize> {
        loop {
            lock(&self.outbox).set_nonblocking(false, &self.stream)?;
            match reader.read(&self.stream, space) {
                // A writer has changed the flag in between, or a signal came: try again.
                Err(error) if is_pause(&error) => {}
                done => return done,
            }
        }
    }

    /// Reads what is there, without blocking.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is.
    pub(super) fn read_now(&self, reader: &mut Reader, space: &mut [u8]) -> io::Result<usize> {
        lock(&self.outbox).set_nonblocking(true, &self.stream)?;
        // Nobody sets it back before the read: only `read` does, and there is one reader.
        reader.read(&self.stream, space)
    }

    /// Writes whole lines, or as much of them as fits; the rest goes to the backlog. True if the peer is behind then.
    ///
    /// # Errors
    /// Why the peer has to be closed.
    pub(super) fn send(&self, lines: &mut [IoSlice<'_>], bytes_max: usize) -> Result<bool, Fault> {
        let mut outbox = lock(&self.outbox);
        // Without a writer the handshake is not through, and nothing unencrypted may get out.
        if outbox.end == End::Open && outbox.writer.is_some() {
            self.put(&mut outbox, lines, bytes_max)?;
        }
        Ok(outbox.is_behind())
    }

    /// Sends the last line, and nothing after it. The backlog goes before it, or is dropped up to the end of a line
    /// that was begun. True if the peer is behind then.
    pub(super) fn end(&self, last: &[u8], unread: Unread) -> bool {
        let mut outbox = lock(&self.outbox);
        self.ended.notify_all();
        if outbox.writer.is_none() {
            // The handshake was never through, or the connection is over.
            let _ = self.cut_off(&mut outbox);
        } else if outbox.awaits_last_line() {
            if unread == Unread::Dropped {
                outbox.drop_unread(0);
            }
            outbox.end = End::Last(last.len());
            // No limit applies to a last line. An error needs no handling: `write` has cut the connection off.
            let put = self.put(&mut outbox, &mut [IoSlice::new(last)], usize::MAX);
            let _ = put.and_then(|()| self.finish(&mut outbox));
        }
        outbox.is_behind()
    }

    /// Writes what fits, if there is no backlog, and keeps the rest. If that is over the limit nothing of it is kept,
    /// except the rest of a line that was begun.
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
            // Each slice is whole lines, so a line that was begun ends in the first.
            let begun = outbox.begun(lines[0].iter());
            outbox.append(&lines[0][..begun], bytes_max);
        }
        outbox.end = End::GivenUp;
        Err(too_slow())
    }

    /// Drops what a closed peer has not read, up to its last line. False if it is open.
    pub(super) fn forget_unread(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        if let End::Last(bytes) = outbox.end {
            outbox.drop_unread(bytes);
        }
        !outbox.awaits_last_line()
    }

    /// Drops the backlog and keeps nothing from now on, since the hub is about to close the peer. False if that was
    /// known already, or the peer is closed.
    pub(super) fn give_up(&self) -> bool {
        let mut outbox = lock(&self.outbox);
        let open = outbox.end == End::Open;
        if open {
            outbox.drop_unread(0);
            outbox.end = End::GivenUp;
        }
        open
    }

    /// Writes what fits of the backlog, and sets `since` to now if something did. True if the peer is still behind.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) fn drain(&self, since: &mut Instant) -> Result<bool, Fault> {
        let mut outbox = lock(&self.outbox);
        // Moved out for the write, which borrows the outbox; where the write fails there is nothing left to keep.
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

    /// The memory that is held for the peer, in bytes.
    pub(super) fn backlog_bytes(&self) -> usize {
        let outbox = lock(&self.outbox);
        let sealed = outbox.writer.as_ref().map_or(0, Writer::held_bytes);
        outbox.backlog.capacity() + sealed
    }

    /// Lets lines be written, after the handshake. False if the connection has been closed meanwhile.
    pub(super) fn admit(&self, writer: Writer) -> bool {
        let mut outbox = lock(&self.outbox);
        let open = outbox.end == End::Open;
        if open {
            outbox.writer = Some(writer);
        }
        open
    }

    /// Sends a message of the handshake. `write_all` would lose count of what was written if the socket's buffer were
    /// full, but these few bytes are the first to be sent, so they fit.
    pub(super) fn send_handshake(&self, bytes: &[u8]) -> io::Result<()> {
        let mut outbox = lock(&self.outbox);
        outbox.set_nonblocking(true, &self.stream)?;
        (&self.stream).write_all(bytes)
    }

    /// Waits out a debt to the rate, or until the connection ends.
    ///
    /// # Errors
    /// If the peer has reset the connection. One that has only finished sending still wants its answers.
    pub(super) fn pay(&self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        let mut outbox = lock(&self.outbox);
        while outbox.awaits_last_line()
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
            // `SO_ERROR` tells of a reset. A `read` would too, but only behind all the input that came before it.
            if let Some(error) = self.stream.take_error()? {
                return Err(error);
            }
            let waited = self.ended.wait_timeout(outbox, left.min(RESET_LOOK));
            outbox = waited.unwrap_or_else(|_| std::process::abort()).0;
        }
        Ok(())
    }

    /// Shuts both directions down at once. Every thread that blocks on the socket wakes; closing a descriptor
    /// would wake none of them.
    pub(super) fn cut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Writes without blocking. Returns how many bytes were taken, which may be fewer than there are; `None` if the
    /// socket's buffer is full. Any other error ends the connection.
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
            // A short write: the socket's buffer is full. So it is if the writer still holds sealed bytes.
            if taken < wanted || !writer.is_clear() {
                break;
            }
        }
        Ok(all)
    }

    /// Shuts the writing direction down, once the last line has left. `shutdown` and not `close`: if a socket is
    /// closed with unread input, the kernel sends a reset, which may destroy what the peer has not read yet.
    fn finish(&self, outbox: &mut Outbox) -> Result<(), Fault> {
        if let (End::Last(_), false) = (outbox.end, outbox.is_behind()) {
            // A sealed writer makes its end frame, once. If that does not fit, the next look comes here again.
            outbox.writer.as_mut().map(Writer::finish);
            self.write(outbox, &[IoSlice::new(&[])])?;
            if !outbox.is_behind() {
                outbox.writer = None;
                let _ = self.stream.shutdown(Shutdown::Write);
            }
        }
        Ok(())
    }

    /// Gives the connection up, since nothing can be written any more. Returns why.
    fn cut_off(&self, outbox: &mut Outbox) -> Fault {
        (outbox.end, outbox.writer) = (End::Last(0), None);
        outbox.backlog = VecDeque::new();
        self.ended.notify_all();
        self.cut();
        Fault::new(Code::LOST, "the connection broke")
    }
}

impl Outbox {
    /// Sets the socket's flag, unless it is set so already: each change is a system call.
    fn set_nonblocking(&mut self, nonblocking: bool, stream: &TcpStream) -> io::Result<()> {
        if self.nonblocking != nonblocking {
            stream.set_nonblocking(nonblocking)?;
            self.nonblocking = nonblocking;
        }
        Ok(())
    }

    /// True if something has to leave before anything else may.
    fn is_behind(&self) -> bool {
        let clear = self.writer.as_ref().is_none_or(Writer::is_clear);
        !self.backlog.is_empty() || !clear
    }

    /// True until the hub has closed the connection, or it broke.
    fn awaits_last_line(&self) -> bool {
        matches!(self.end, End::Open | End::GivenUp)
    }

    /// Appends to the backlog, which grows by doubling, but not over the limit: the limit is one of memory.
    fn append(&mut self, bytes: &[u8], bytes_max: usize) {
        let needed = self.backlog.len() + bytes.len();
        if needed > self.backlog.capacity() {
            let roomy = needed.next_power_of_two().min(bytes_max).max(needed);
            self.backlog.reserve_exact(roomy - self.backlog.len());
        }
        self.backlog.extend(bytes);
    }

    /// Removes what was written from the backlog.
    fn advance(&mut self, taken: usize) {
        if let Some(last) = self.backlog.drain(..taken).next_back() {
            self.mid_line = last != b'\n';
        }
        if self.backlog.is_empty() {
            // Freed, or a thousand peers that were behind once would each keep their memory.
            self.backlog = VecDeque::new();
        }
    }

    /// How many bytes of these lines finish one that was begun.
    fn begun<'a>(&self, mut lines: impl Iterator<Item = &'a u8>) -> usize {
        let end = lines.position(|&byte| byte == b'\n');
        end.filter(|_| self.mid_line).map_or(0, |at| at + 1)
    }

    /// Drops the backlog, except the rest of a line that was begun and as many bytes at the end.
    fn drop_unread(&mut self, kept: usize) {
        let begun = self.begun(self.backlog.iter());
        // If the last line itself was begun, nothing stands before it.
        let last = self.backlog.len().saturating_sub(kept).max(begun);
        self.backlog.drain(begun..last);
        self.backlog.shrink_to_fit();
    }
}

/// Locks a mutex. It is never poisoned, since a panic in any thread ends the process; if it were, this would.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|_| std::process::abort())
}
