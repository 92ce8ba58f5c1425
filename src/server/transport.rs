//! How bytes get onto a connection: the one place that knows whether they are plain.
//!
//! The two halves are apart, because a reader thread has one and whoever holds the right to write has the other.
//! Holding a [`Writer`] *is* that right: it is a value that cannot be copied, and moves to the courier and back.

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;

/// The write half.
#[derive(Debug)]
pub(super) struct Writer(());

/// The read half.
#[derive(Debug)]
pub(super) struct Reader(());

/// The halves of a connection that sends its lines as they are.
pub(super) fn plain() -> (Reader, Writer) {
    (Reader(()), Writer(()))
}

impl Writer {
    /// Writes what fits. Returns how many bytes of the pieces were taken.
    ///
    /// # Errors
    /// `WouldBlock` where nothing fits within the stream's write timeout; others where the connection is broken.
    pub(super) fn write(
        &mut self,
        mut stream: &TcpStream,
        pieces: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        stream.write_vectored(pieces)
    }
}

impl Reader {
    /// Reads what is there, or waits for something. Zero at the end.
    ///
    /// # Errors
    /// `WouldBlock` while somebody writes without blocking: the flag belongs to the open socket, not to the half.
    pub(super) fn read(&mut self, mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        stream.read(space)
    }
}
