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

use super::outbox::Peer;
use crate::tap::{Tap, Taps};
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

/// Who is told of what this connection reads and writes.
#[derive(Clone, Default)]
pub(super) struct Watch {
    taps: Taps,
    connection: u64,
}

impl Watch {
    pub(super) fn new(taps: &Taps, connection: u64) -> Watch {
        Watch {
            taps: taps.clone(),
            connection,
        }
    }

    /// Where there is a tap: the tap, and as what it knows this connection.
    pub(super) fn get(&self) -> Option<(&dyn Tap, u64)> {
        Some((self.taps.get()?, self.connection))
    }
}

/// The write half.
pub(super) struct Writer {
    form: WriterForm,
    watch: Watch,
}

enum WriterForm {
    Plain,
    Sealed(Box<SealedWriter>),
}

/// The read half.
pub(super) struct Reader {
    form: ReaderForm,
    watch: Watch,
}

enum ReaderForm {
    Plain,
    Sealed(Box<SealedReader>),
}

/// The halves of a connection that sends its lines as they are.
pub(super) fn plain(watch: &Watch) -> (Reader, Writer) {
    let reader = Reader {
        form: ReaderForm::Plain,
        watch: watch.clone(),
    };
    (
        reader,
        Writer {
            form: WriterForm::Plain,
            watch: watch.clone(),
        },
    )
}

/// Agrees with the peer on how to talk. Blocks; whoever will not wait cuts the stream.
pub(super) fn agree(noise: &Noise, peer: &Peer, watch: &Watch) -> Result<(Reader, Writer), NotIn> {
    let (reader, writer) = noise.admit(peer)?;
    let reader = Reader {
        form: ReaderForm::Sealed(Box::new(reader)),
        watch: watch.clone(),
    };
    Ok((
        reader,
        Writer {
            form: WriterForm::Sealed(Box::new(writer)),
            watch: watch.clone(),
        },
    ))
}

impl Writer {
    /// Writes what fits. Returns how many bytes of the pieces were taken; some of them may not have left yet, see
    /// [`is_clear`](Writer::is_clear); none where only a part of what was taken before has left now.
    ///
    /// # Errors
    /// `WouldBlock` where nothing fits within the stream's write timeout; others where the connection is broken.
    pub(super) fn write(
        &mut self,
        mut stream: &TcpStream,
        pieces: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        let written = match &mut self.form {
            WriterForm::Plain => stream.write_vectored(pieces),
            WriterForm::Sealed(writer) => writer.write(stream, pieces),
        };
        if let Some((tap, connection)) = self.watch.get() {
            let taken = pieces
                .iter()
                .flat_map(|piece| piece.iter().copied())
                .take(*written.as_ref().unwrap_or(&0));
            tap.wrote(connection, &taken.collect::<Vec<u8>>());
        }
        written
    }

    /// Has everything left that was taken?
    pub(super) fn is_clear(&self) -> bool {
        match &self.form {
            WriterForm::Plain => true,
            WriterForm::Sealed(writer) => writer.is_clear(),
        }
    }

    /// Says that nothing follows; what is sealed for that has yet to leave.
    pub(super) fn finish(&mut self) {
        if let WriterForm::Sealed(writer) = &mut self.form {
            writer.finish();
        }
    }
}

impl Reader {
    /// Does a read take what is there, and does nobody look on?
    pub(super) fn is_plain_and_untraced(&self) -> bool {
        matches!(self.form, ReaderForm::Plain) && self.watch.get().is_none()
    }

    /// Reads what is there, or waits for something. Zero at the end.
    ///
    /// # Errors
    /// `WouldBlock` while somebody writes without blocking: the flag belongs to the open socket, not to the half.
    /// `InvalidData` where something is forged: then nothing more may be said either.
    pub(super) fn read(&mut self, mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.form {
            ReaderForm::Plain => stream.read(space),
            ReaderForm::Sealed(reader) => reader.read(stream, space),
        };
        if let (Some((tap, connection)), Ok(bytes)) = (self.watch.get(), &read) {
            tap.read(connection, &space[..*bytes]);
        }
        read
    }

    /// Who is told of what was read, and so of what it was taken for.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }
}
