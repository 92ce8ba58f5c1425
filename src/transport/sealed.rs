//! The sealed halves: [`crate::secure`] makes and opens frames in memory, this moves them to and from a socket.
//!
//! What holds: at most 64 KiB are sealed ahead of what the socket takes, so a peer that stalls has little more waiting
//! than its backlog; and a buffer is given back when it is empty, or each of a thousand idle connections would keep the
//! longest it ever needed.
//!
//! Ruled out: sealing into the caller's backlog. What is sealed cannot be dropped any more, and a backlog is cut when
//! its connection is closed for being too slow.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::TcpStream;

use crate::secure::frames::FRAME_TEXT_BYTES_MAX;
use crate::secure::{FrameError, Opener, Sealer};

/// Bytes sealed for one system call: several frames, since a call costs more than a frame.
const SEALED_AT_ONCE_BYTES: usize = 4 * FRAME_TEXT_BYTES_MAX;
/// Bytes that a reader which waits may keep.
const IDLE_BYTES_MAX: usize = 1024;

/// Seals what is written.
pub(super) struct Sealing {
    /// `None` once the end frame is sealed.
    sealer: Option<Sealer>,
    /// Sealed and not yet sent. Ahead of everything else: the peer counts frames.
    begun: Vec<u8>,
}

impl Sealing {
    pub(super) fn new(sealer: Sealer) -> Sealing {
        let (sealer, begun) = (Some(sealer), Vec::new());
        Sealing { sealer, begun }
    }

    pub(super) fn is_clear(&self) -> bool {
        self.begun.is_empty()
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.begun.capacity()
    }

    /// See [`Writer::write`](super::Writer::write). Takes more for as long as what it has sealed leaves at once.
    pub(super) fn write(
        &mut self,
        stream: &TcpStream,
        slices: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        self.flush(stream)?;
        // Many short lines share a frame: 18 bytes and a tag's work for each line would cost more than the lines.
        let mut rest = slices
            .iter()
            .flat_map(|slice| slice.chunks(FRAME_TEXT_BYTES_MAX))
            .peekable();
        let (mut taken, mut text) = (0, Vec::new());
        while self.is_clear() && rest.peek().is_some() {
            let sealer = self.sealer.as_mut().ok_or(ErrorKind::BrokenPipe)?;
            text.clear();
            while let Some(chunk) =
                rest.next_if(|chunk| text.len() + chunk.len() <= SEALED_AT_ONCE_BYTES)
            {
                text.extend_from_slice(chunk);
            }
            sealer.seal(&text, &mut self.begun);
            // Taken from here on, whether or not it leaves now: it cannot be unsealed.
            taken += text.len();
            match self.flush(stream) {
                Err(error) if is_pause(&error) => {}
                flushed => flushed?,
            }
        }
        Ok(taken)
    }

    /// Sends what fits of the begun frames, in one call.
    fn flush(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        if self.is_clear() {
            return Ok(());
        }
        let sent = some(stream.write(&self.begun))?;
        if sent == self.begun.len() {
            self.begun = Vec::new();
        } else {
            self.begun.drain(..sent);
        }
        Ok(())
    }

    /// Seals the end frame behind what is still to leave.
    pub(super) fn finish(&mut self) {
        if let Some(sealer) = self.sealer.take() {
            sealer.end(&mut self.begun);
        }
    }
}

/// Opens what is read.
pub(super) struct Opening {
    opener: Opener,
    /// Opened; read by the caller up to `at`.
    text: Vec<u8>,
    at: usize,
}

impl Opening {
    /// Begins with what was read behind the handshake.
    pub(super) fn new(mut opener: Opener, rest: &[u8]) -> Result<Opening, FrameError> {
        let (mut text, at) = (Vec::new(), 0);
        opener.open(rest, &mut text)?;
        Ok(Opening { opener, text, at })
    }

    /// See [`Reader::read`](super::Reader::read).
    pub(super) fn read(&mut self, stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        // A read may bring half a frame, or one that holds nothing but the end.
        while self.at == self.text.len() {
            self.text.clear();
            self.text.shrink_to(IDLE_BYTES_MAX);
            self.at = 0;
            if self.opener.has_ended() {
                return Ok(0);
            }
            // The caller's space holds the frames first, and what was in them afterwards.
            let bytes = super::input::read(stream, space)?;
            if bytes == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let opened = self.opener.open(&space[..bytes], &mut self.text);
            opened.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
        let rest = &self.text[self.at..];
        let taken = rest.len().min(space.len());
        space[..taken].copy_from_slice(&rest[..taken]);
        self.at += taken;
        Ok(taken)
    }
}

/// True if the call may be made again: nothing is wrong with the connection.
pub(crate) fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// The result of a write that had something to write. That nothing was taken is an error then: a caller would try
/// again at once and for ever.
pub(super) fn some(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Ok(0) => Err(ErrorKind::WriteZero.into()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tests::{admitted, pair};

    #[test]
    fn a_reader_that_waits_keeps_next_to_nothing() {
        let (near, mut far) = pair();
        let (mut reader, _writer, mut client) = admitted(b"");
        let mut frames = Vec::new();
        client.sealer.seal(&[b'x'; 40_000], &mut frames);
        far.write_all(&frames).unwrap();
        let mut space = [0; 8192];
        let mut read = 0;
        while read < 40_000 {
            read += reader.read(&near, &mut space).unwrap();
        }
        near.set_nonblocking(true).unwrap();
        let nothing = reader.read(&near, &mut space).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        let opening = reader.opening.unwrap();
        assert!(opening.text.capacity() <= IDLE_BYTES_MAX);
    }
}
