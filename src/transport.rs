//! How bytes get onto a connection and off it: the only place that knows whether they are plain or sealed.
//!
//! Client and server share it. A connection has two halves, because one thread reads while another writes. Neither
//! half owns the socket: each call is handed the stream, so the caller decides who may use it, whether it blocks, and
//! when it is closed. In the handshake too: [`shake_hands`] reads and sends only through the caller's functions.
//!
//! What holds:
//! - [`Writer::write`] gives the socket what it takes and returns; nothing here loops until all has left. What was
//!   sealed *must* be sent next, whole: a frame's nonce is its number, so after a frame that is left out or cut short
//!   every later one is a forgery to the peer. The rest of a frame stays inside the writer, ahead of everything else.
//! - A reader that waits for its peer keeps next to no memory, whatever it has read before.
//! - A reader that waits is woken when its stream is shut down (`input`).
//! - A plain half is a null pointer and a trace. What sealing needs is boxed, so that a thousand plain connections do
//!   not pay for it.
//!
//! Ruled out:
//! - One type with `Read` and `Write`: the threads would share it behind a lock, and `write_all` on a socket that does
//!   not block loses count of what has left.
//! - A trait with two implementations: there will be no third, and `match` shows both in one place.
//! - A deadline in here: a server gives up on a peer by what waits for it, a client by the clock.

pub(crate) mod input;
mod sealed;

use std::fmt;
use std::io::{self, IoSlice, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crate::secure::{FrameError, Halves};
pub(crate) use sealed::is_pause;
use sealed::{Opening, Sealing, some};

/// Sees what goes over connections. Called from the threads that read and write, which wait for it.
pub trait Tap: fmt::Debug + Send + Sync {
    /// One `read` has brought these bytes; none at the end of the input.
    fn read(&self, connection: u64, bytes: &[u8]);
    /// One `write` has taken these bytes; none where nothing fitted.
    fn wrote(&self, connection: u64, bytes: &[u8]);
    /// A whole line was decoded: what it was taken for, or what is wrong with it.
    fn decoded(&self, connection: u64, line: Result<&str, &str>);
}

/// A connection's tap and the number by which the tap knows it. The default shows nothing to anybody.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Who looks on, if anybody does.
    pub tap: Option<Arc<dyn Tap>>,
    /// The number that the tap is told.
    pub connection: u64,
}

impl Trace {
    /// The tap and the connection's number, where somebody looks on.
    pub fn get(&self) -> Option<(&dyn Tap, u64)> {
        Some((self.tap.as_deref()?, self.connection))
    }
}

/// The write half.
pub struct Writer {
    sealing: Option<Box<Sealing>>,
    trace: Trace,
}

/// The read half.
pub struct Reader {
    opening: Option<Box<Opening>>,
    trace: Trace,
}

/// Makes the halves of a connection that sends its bytes as they are.
pub fn plain(trace: &Trace) -> (Reader, Writer) {
    let (opening, sealing) = (None, None);
    let reader = |trace| Reader { opening, trace };
    let writer = |trace| Writer { sealing, trace };
    (reader(trace.clone()), writer(trace.clone()))
}

/// Makes the halves of a connection that has been through its handshake. `rest` is what [`shake_hands`] has read
/// beyond it: the peer's first frames, or the beginning of one.
///
/// # Errors
/// A frame in the rest was forged.
pub fn sealed(halves: Halves, rest: &[u8], trace: &Trace) -> Result<(Reader, Writer), FrameError> {
    let opening = Opening::new(halves.opener, rest)?;
    let (mut reader, mut writer) = plain(trace);
    reader.opening = Some(Box::new(opening));
    writer.sealing = Some(Box::new(Sealing::new(halves.sealer)));
    Ok((reader, writer))
}

/// Reads and answers until a handshake is through. `step` is the `read` of [`ServerHandshake`] or [`ClientHandshake`].
/// Returns what it made, with what was read beyond it, for [`sealed()`]; `None` if the peer ended the connection first.
///
/// `read` returns 0 at the end. How long either function may wait is the caller's matter.
///
/// # Errors
/// The first error of the three. Nothing is answered to a step that failed.
///
/// [`ServerHandshake`]: crate::secure::ServerHandshake
/// [`ClientHandshake`]: crate::secure::ClientHandshake
pub fn shake_hands<T, E>(
    mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    mut send: impl FnMut(&[u8]) -> Result<(), E>,
    mut step: impl FnMut(&mut &[u8], &mut Vec<u8>) -> Result<Option<T>, E>,
) -> Result<Option<(T, Vec<u8>)>, E> {
    // Longer than any message of the handshake. What a fast peer sends behind it is the rest.
    let mut space = [0; 256];
    loop {
        let bytes = read(&mut space)?;
        if bytes == 0 {
            return Ok(None);
        }
        let (mut input, mut answer) = (&space[..bytes], Vec::new());
        let through = step(&mut input, &mut answer)?;
        if !answer.is_empty() {
            send(&answer)?;
        }
        if let Some(through) = through {
            return Ok(Some((through, input.to_vec())));
        }
    }
}

impl Writer {
    /// Writes what fits now and returns how many bytes of the slices were taken. Some of those may not have left yet;
    /// then [`is_clear`](Writer::is_clear) is false and the next call sends them first. `write(stream, &[])` sends only
    /// them. It returns 0 too if only a part of what was held has left.
    ///
    /// A plain writer gives all slices to one system call, which takes 1,024 of them at most.
    ///
    /// # Errors
    /// `WouldBlock` if no byte was taken and none has left: the socket's buffer is full, or stayed full for the
    /// stream's write timeout. `Interrupted` likewise, by a signal. After any other error the connection is broken.
    pub fn write(&mut self, mut stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        // A call with nothing to write is no system call, and not shown.
        let is_flush = slices.iter().all(|slice| slice.is_empty());
        let written = match &mut self.sealing {
            Some(sealing) => sealing.write(stream, slices),
            None if is_flush => Ok(0),
            None => some(stream.write_vectored(slices)),
        };
        if let Some((tap, connection)) = self.trace.get()
            && !is_flush
        {
            let bytes = slices.iter().flat_map(|slice| slice.iter().copied());
            let taken = *written.as_ref().unwrap_or(&0);
            tap.wrote(connection, &bytes.take(taken).collect::<Vec<u8>>());
        }
        written
    }

    /// True if no byte that was taken is still held here.
    pub fn is_clear(&self) -> bool {
        self.sealing.as_deref().is_none_or(Sealing::is_clear)
    }

    /// The memory of what was taken and is still held here, in bytes.
    pub fn held_bytes(&self) -> usize {
        self.sealing.as_deref().map_or(0, Sealing::held_bytes)
    }

    /// Says that nothing follows. A sealed writer holds its end frame from then on, to be sent with
    /// `write(stream, &[])`; without it the peer sees a connection that was cut. A plain one does nothing.
    ///
    /// The caller shuts the socket down for writing when the writer is clear, and closes it after reading what still
    /// comes: `close` over unread input is a reset, which can take back what the peer has not read yet.
    pub fn finish(&mut self) {
        self.sealing.as_deref_mut().map(Sealing::finish);
    }
}

impl Reader {
    /// True if a read takes just what is there and nobody looks on.
    pub fn is_plain_and_untraced(&self) -> bool {
        self.opening.is_none() && self.trace.get().is_none()
    }

    /// Reads what is there, or waits for something if the stream blocks. Returns 0 where the peer has ended its side.
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there and the stream does not block, even for a moment and by another thread: that
    /// flag belongs to the open socket, and both halves share it. `Interrupted` after a signal. `InvalidData` if a
    /// frame was forged: the connection is to be closed without a word. `UnexpectedEof` if a sealed connection ended
    /// without an end frame, so was cut by somebody who may not be the peer.
    pub fn read(&mut self, stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.opening {
            Some(opening) => opening.read(stream, space),
            None => input::read(stream, space),
        };
        if let Some((tap, connection)) = self.trace.get() {
            match &read {
                Ok(bytes) => tap.read(connection, &space[..*bytes]),
                Err(error) if is_pause(error) => {}
                // A reset is an end, and so is a cut.
                Err(_) => tap.read(connection, &[]),
            }
        }
        read
    }

    /// The trace of this connection, for what its bytes were taken for.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

#[cfg(test)]
mod tests;
