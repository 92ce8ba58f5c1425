//! How bytes get onto a connection: the one place that knows whether they are plain or sealed.
//!
//! The two halves are apart, because a reader thread has one and whoever holds the right to write has the other.
//! Holding a [`Writer`] *is* that right: it is a value that cannot be copied, and moves to the courier and back. What
//! was sealed must be sent, whole and next, so the rest of a frame that did not fit travels with it.

mod noise;

pub use noise::Noise;

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crate::wire::Mode;
pub(super) use noise::NotIn;
use noise::{SealedReader, SealedWriter};

/// What goes over the wire.
#[derive(Clone, Debug, Default)]
pub enum Security {
    /// The lines as they are.
    #[default]
    Open,
    /// The lines in frames that only who has the code can open.
    Noise(Arc<Noise>),
}

impl Security {
    /// As the greeting names it.
    pub fn mode(&self) -> Mode {
        match self {
            Security::Open => Mode::open(),
            Security::Noise(_) => Mode::noise(),
        }
    }
}

/// The write half.
pub(super) enum Writer {
    Plain,
    Sealed(Box<SealedWriter>),
}

/// The read half.
pub(super) enum Reader {
    Plain,
    Sealed(Box<SealedReader>),
}

impl Writer {
    /// Writes what fits. Returns how many bytes of the pieces were taken; some of them may not have left yet, see
    /// [`is_clear`](Writer::is_clear).
    ///
    /// # Errors
    /// `WouldBlock` where nothing fits within the stream's write timeout; others where the connection is broken.
    pub(super) fn write(
        &mut self,
        mut stream: &TcpStream,
        pieces: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        match self {
            Writer::Plain => stream.write_vectored(pieces),
            Writer::Sealed(writer) => writer.write(stream, pieces),
        }
    }

    /// Has everything left that was taken?
    pub(super) fn is_clear(&self) -> bool {
        match self {
            Writer::Plain => true,
            Writer::Sealed(writer) => writer.is_clear(),
        }
    }

    /// Says that nothing follows.
    pub(super) fn end(self, stream: &TcpStream) {
        if let Writer::Sealed(writer) = self {
            writer.end(stream);
        }
    }
}

impl Reader {
    /// Reads what is there, or waits for something. Zero at the end.
    ///
    /// # Errors
    /// `WouldBlock` while somebody writes without blocking: the flag belongs to the open socket, not to the half.
    /// `InvalidData` where something is forged: then nothing more may be said either.
    pub(super) fn read(&mut self, mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        match self {
            Reader::Plain => stream.read(space),
            Reader::Sealed(reader) => reader.read(stream, space),
        }
    }
}
