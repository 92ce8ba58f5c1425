//! Frames: the line protocol's bytes, sealed in runs of at most 16 KiB.
//!
//! A frame is a length, two bytes, the highest first, and so many bytes sealed. Where lines are
//! cut does not matter; an empty frame ends its direction, so that an end made by somebody who
//! cut the connection is told from an end that was meant. The count of frames is the nonce: a
//! frame repeated, left out or out of its place does not open, and that ends the connection.
//!
//! The two directions are two values. A [`Sealer`] belongs to whoever has the right to write:
//! a frame sealed must be sent, whole and next. Nothing here does any input or output.

use std::fmt;

use super::aead::TAG_BYTES;
use super::noise::{Cipher, Refused};

/// Bytes of the line protocol in one frame, at most.
pub const FRAME_TEXT_BYTES_MAX: usize = 16 * 1024;
/// Bytes before a frame that say how long it is.
pub const LENGTH_BYTES: usize = 2;

const FRAME_BYTES_MAX: usize = FRAME_TEXT_BYTES_MAX + TAG_BYTES;
/// What an idle connection may keep of a buffer that it once needed.
const IDLE_BYTES_MAX: usize = 1024;

/// The writing half.
pub struct Sealer(Cipher);

impl Sealer {
    pub(super) fn new(cipher: Cipher) -> Self {
        Self(cipher)
    }

    /// Appends to `out` the frames that carry `plain`: one, unless it is longer than 16 KiB;
    /// none if it is empty, because an empty frame has another meaning.
    pub fn seal(&mut self, plain: &[u8], out: &mut Vec<u8>) {
        let frames = plain.len().div_ceil(FRAME_TEXT_BYTES_MAX);
        out.reserve(plain.len() + frames * (LENGTH_BYTES + TAG_BYTES));
        for run in plain.chunks(FRAME_TEXT_BYTES_MAX) {
            self.frame(run, out);
        }
    }

    /// Appends the frame that says that nothing follows. It consumes the sealer: nothing can.
    pub fn end(mut self, out: &mut Vec<u8>) {
        self.frame(&[], out);
    }

    pub(super) fn frame(&mut self, run: &[u8], out: &mut Vec<u8>) {
        let length = u16::try_from(run.len() + TAG_BYTES).expect("a run fits a frame");
        out.extend_from_slice(&length.to_be_bytes());
        let from = out.len();
        out.extend_from_slice(run);
        self.0.seal(&[], out, from);
    }
}

/// The reading half: bytes of the connection in, in whatever pieces they come; bytes of the line
/// protocol out.
pub struct Opener {
    cipher: Cipher,
    /// The beginning of a frame that has not come whole, its length included.
    partial: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    Failed,
}

/// Why a connection is over. The other side is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A length outside 16 to 16,400.
    Length(usize),
    /// Not the frame that was to come next: altered, repeated, out of order, or not by the peer.
    Forged,
    /// Bytes after the frame that ended the direction.
    AfterEnd,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(bytes) => write!(f, "a frame of {bytes} bytes, which none has"),
            Self::Forged => write!(
                f,
                "a frame that was altered, repeated or left out on the way"
            ),
            Self::AfterEnd => write!(f, "bytes after the last frame"),
        }
    }
}

impl std::error::Error for FrameError {}

impl From<Refused> for FrameError {
    fn from(_: Refused) -> Self {
        Self::Forged
    }
}

impl Opener {
    pub(super) fn new(cipher: Cipher) -> Self {
        Self {
            cipher,
            partial: Vec::new(),
            state: State::Open,
        }
    }

    /// Takes all of `input`, and appends to `plain` what the frames that are now whole carry.
    ///
    /// # Errors
    /// A [`FrameError`], and `plain` holds what came before the bad frame. From then on every
    /// call fails: the connection is to be closed without a word.
    pub fn open(&mut self, mut input: &[u8], plain: &mut Vec<u8>) -> Result<(), FrameError> {
        let result = self.frames(&mut input, plain);
        if result.is_err() {
            self.state = State::Failed;
            self.partial = Vec::new();
        }
        result
    }

    /// Whether the other side has said that nothing follows. An end of input while this is
    /// false is a cut: somebody ended the connection who may not be the peer.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    fn frames(&mut self, input: &mut &[u8], plain: &mut Vec<u8>) -> Result<(), FrameError> {
        if !self.partial.is_empty() && !self.complete_partial(input, plain)? {
            return Ok(());
        }
        while let Some(frame) = whole_frame(input)? {
            self.frame(frame, plain)?;
        }
        if !input.is_empty() {
            self.expect_open()?;
            self.partial.extend_from_slice(input);
        }
        Ok(())
    }

    /// Completes the frame that was begun, if the input suffices, and opens it.
    fn complete_partial(
        &mut self,
        input: &mut &[u8],
        plain: &mut Vec<u8>,
    ) -> Result<bool, FrameError> {
        let missing = LENGTH_BYTES.saturating_sub(self.partial.len());
        self.move_to_partial(input, missing);
        let Some(length) = frame_length(&self.partial)? else {
            return Ok(false);
        };
        self.move_to_partial(input, LENGTH_BYTES + length - self.partial.len());
        if self.partial.len() < LENGTH_BYTES + length {
            return Ok(false);
        }
        let mut partial = std::mem::take(&mut self.partial);
        self.frame(&partial[LENGTH_BYTES..], plain)?;
        partial.clear();
        if partial.capacity() <= IDLE_BYTES_MAX {
            self.partial = partial;
        }
        Ok(true)
    }

    fn move_to_partial(&mut self, input: &mut &[u8], wanted: usize) {
        let (taken, rest) = input.split_at(wanted.min(input.len()));
        self.partial.extend_from_slice(taken);
        *input = rest;
    }

    fn frame(&mut self, sealed: &[u8], plain: &mut Vec<u8>) -> Result<(), FrameError> {
        self.expect_open()?;
        let from = plain.len();
        plain.extend_from_slice(sealed);
        self.cipher.open(&[], plain, from)?;
        if plain.len() == from {
            self.state = State::Ended;
        }
        Ok(())
    }

    fn expect_open(&self) -> Result<(), FrameError> {
        match self.state {
            State::Open => Ok(()),
            State::Ended => Err(FrameError::AfterEnd),
            State::Failed => Err(FrameError::Forged),
        }
    }
}

/// Cuts one whole frame off the front of the input, without its length.
fn whole_frame<'a>(input: &mut &'a [u8]) -> Result<Option<&'a [u8]>, FrameError> {
    let Some(length) = frame_length(input)? else {
        return Ok(None);
    };
    let Some((frame, rest)) = input.split_at_checked(LENGTH_BYTES + length) else {
        return Ok(None);
    };
    *input = rest;
    Ok(Some(&frame[LENGTH_BYTES..]))
}

/// The length that these bytes begin with, once it is there.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some(length) = bytes.first_chunk::<LENGTH_BYTES>() else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    if (TAG_BYTES..=FRAME_BYTES_MAX).contains(&length) {
        Ok(Some(length))
    } else {
        Err(FrameError::Length(length))
    }
}
