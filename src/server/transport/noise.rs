//! Sealed frames on a socket: [`crate::secure`] does the sealing, this does the reading and writing.

use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::secure::frames::FRAME_TEXT_BYTES_MAX;
use crate::secure::handshake::{Halves, Refusal, ServerHandshake};
use crate::secure::{Entropy, Identity, Opener, PrivateKey, Sealer};
use crate::server::outbox::Peer;

/// Bytes sealed before they are written: what a peer that stalls may have waiting beside its outbox.
const SEALED_AT_ONCE_BYTES: usize = 4 * FRAME_TEXT_BYTES_MAX;
/// What an idle reader may keep.
const IDLE_BYTES_MAX: usize = 1024;

/// What an encrypted server needs: who it is, and randomness.
pub struct Noise {
    identity: Arc<Identity>,
    entropy: Entropy,
    refused: AtomicU64,
}

/// Why somebody who came is not let in.
pub(in crate::server) enum NotIn {
    /// The connection ended.
    Gone,
    /// Another protocol than ours; it is told so.
    Told(&'static str),
    /// A wrong code, or something forged; it is told nothing.
    Silently,
}

impl fmt::Debug for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Noise(..)")
    }
}

impl Noise {
    /// An encrypted server of this identity.
    pub fn new(identity: Arc<Identity>, entropy: Entropy) -> Noise {
        Noise {
            identity,
            entropy,
            refused: AtomicU64::new(0),
        }
    }

    /// How many did not know the code.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The whole handshake. Blocks; whoever may wait no longer cuts the stream.
    pub(in crate::server) fn admit(
        &self,
        peer: &Peer,
    ) -> Result<(SealedReader, SealedWriter), NotIn> {
        self.shake_hands(peer).inspect_err(|not_in| {
            if let NotIn::Silently = not_in {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
        })
    }

    fn shake_hands(&self, peer: &Peer) -> Result<(SealedReader, SealedWriter), NotIn> {
        let gone = |_| NotIn::Gone;
        peer.shake(self.identity.line()).map_err(gone)?;
        let mut plain = super::plain(&super::Watch::default()).0;
        // Without randomness nobody gets in: it fails closed.
        let ephemeral = PrivateKey::from_bytes(self.entropy.bytes().map_err(|_| NotIn::Silently)?);
        let mut handshake = ServerHandshake::new(Arc::clone(&self.identity), ephemeral);
        let mut space = [0; 256];
        loop {
            let bytes = match peer.read(&mut plain, &mut space) {
                Ok(0) | Err(_) => return Err(NotIn::Gone),
                Ok(bytes) => bytes,
            };
            let (mut input, mut answer) = (&space[..bytes], Vec::new());
            let halves = handshake.read(&mut input, &mut answer).map_err(refused)?;
            peer.shake(&answer).map_err(gone)?;
            if let Some(Halves { sealer, opener }) = halves {
                let mut reader = SealedReader {
                    opener,
                    plain: Vec::new(),
                    at: 0,
                };
                reader
                    .opener
                    .open(input, &mut reader.plain)
                    .map_err(|_| NotIn::Silently)?;
                let writer = SealedWriter {
                    sealer: Some(sealer),
                    unsent: Vec::new(),
                };
                return Ok((reader, writer));
            }
        }
    }
}

fn refused(refusal: Refusal) -> NotIn {
    refusal.sentence().map_or(NotIn::Silently, NotIn::Told)
}

/// Seals what is written.
pub(in crate::server) struct SealedWriter {
    /// `None` once it has been said that nothing follows.
    sealer: Option<Sealer>,
    /// Sealed, and not yet sent.
    unsent: Vec<u8>,
}

impl SealedWriter {
    pub(super) fn is_clear(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Takes pieces while what it has sealed leaves at once.
    pub(super) fn write(
        &mut self,
        stream: &TcpStream,
        pieces: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        self.flush(stream)?;
        let mut rest = pieces
            .iter()
            .flat_map(|piece| piece.chunks(FRAME_TEXT_BYTES_MAX))
            .peekable();
        let (mut taken, mut plain) = (0, Vec::new());
        while self.is_clear() && rest.peek().is_some() {
            plain.clear();
            while let Some(chunk) =
                rest.next_if(|chunk| plain.len() + chunk.len() <= SEALED_AT_ONCE_BYTES)
            {
                plain.extend_from_slice(chunk);
            }
            let sealer = self.sealer.as_mut().ok_or(ErrorKind::BrokenPipe)?;
            sealer.seal(&plain, &mut self.unsent);
            taken += plain.len();
            match self.flush(stream) {
                // It was taken all the same: what is sealed is sent, by whoever writes next.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                other => other?,
            }
        }
        Ok(taken)
    }

    /// # Errors
    /// `WouldBlock` where not a byte left.
    fn flush(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        if self.unsent.is_empty() {
            return Ok(());
        }
        let sent = stream.write(&self.unsent)?;
        if sent == self.unsent.len() {
            // Not kept: of a thousand connections each would hold on to its longest round.
            self.unsent = Vec::new();
        } else {
            self.unsent.drain(..sent);
        }
        Ok(())
    }

    /// Seals the frame that says that nothing follows.
    pub(super) fn finish(&mut self) {
        if let Some(sealer) = self.sealer.take() {
            sealer.end(&mut self.unsent);
        }
    }
}

/// Opens what is read.
pub(in crate::server) struct SealedReader {
    opener: Opener,
    /// Opened, and not yet taken from here on.
    plain: Vec<u8>,
    at: usize,
}

impl SealedReader {
    pub(super) fn read(&mut self, mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
        while self.at == self.plain.len() {
            self.plain.clear();
            self.plain.shrink_to(IDLE_BYTES_MAX);
            self.at = 0;
            if self.opener.has_ended() {
                return Ok(0);
            }
            let bytes = stream.read(space)?;
            if bytes == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let opened = self.opener.open(&space[..bytes], &mut self.plain);
            opened.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        }
        let rest = &self.plain[self.at..];
        let taken = rest.len().min(space.len());
        space[..taken].copy_from_slice(&rest[..taken]);
        self.at += taken;
        Ok(taken)
    }
}
