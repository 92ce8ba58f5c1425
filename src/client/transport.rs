//! How bytes get to the server and back: over a socket, plain or sealed.
//!
//! The counterpart of the server's seam, in two halves again: the thread of the connection has the reader, the
//! client's loop the writer. Opening includes the handshake, so that whoever gets a writer may use it.

mod road;

use super::address::Address;
use super::event::Trouble;
use super::way::{Seal, Way};
use crate::secure::handshake::Halves;
use crate::secure::{ClientHandshake, Opener, PrivateKey, Sealer};
use crate::tap::Taps;
use std::time::{Duration, Instant};

/// Time for the handshake, from an open connection on.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the server to take what is sent to it.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// Time for it to take the last frame; the end of the connection follows all the same.
const END_PATIENCE: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 16 * 1024;

/// The write half.
pub(super) struct Writer {
    road: road::Writer,
    form: Form,
    watch: Watch,
}

enum Form {
    Plain,
    Sealed(Sealer),
    /// A frame did not leave whole: nothing may follow it.
    Failed,
}

/// The read half.
pub(super) struct Reader {
    road: road::Reader,
    sealed: Option<Sealed>,
    watch: Watch,
}

/// Who is told of what this connection reads and writes.
#[derive(Clone)]
struct Watch {
    taps: Taps,
    connection: u64,
}

struct Sealed {
    opener: Opener,
    /// Opened, and not yet read.
    plain: Vec<u8>,
    /// As it came.
    frames: Vec<u8>,
}

/// Opens a way to the server, the handshake included. Blocks. The number is what a tap knows the connection by.
pub(super) fn open(
    address: &Address,
    way: &Way,
    connection: u64,
) -> Result<(Reader, Writer), Trouble> {
    let taps = way.taps.clone();
    let watch = Watch { taps, connection };
    let (mut reader, mut writer) = road::connect(address)?;
    let (sealed, form) = match &way.seal {
        None => (None, Form::Plain),
        Some(seal) => match shake_hands(&mut reader, &mut writer, seal) {
            Ok((sealed, sealer)) => (Some(sealed), Form::Sealed(sealer)),
            Err(trouble) => {
                writer.hang_up();
                return Err(trouble);
            }
        },
    };
    let reader = Reader {
        road: reader,
        sealed,
        watch: watch.clone(),
    };
    Ok((
        reader,
        Writer {
            road: writer,
            form,
            watch,
        },
    ))
}

fn shake_hands(
    reader: &mut road::Reader,
    writer: &mut road::Writer,
    seal: &Seal,
) -> Result<(Sealed, Sealer), Trouble> {
    let random = seal.entropy.bytes();
    let ephemeral = random.map_err(|error| Trouble::Own(error.to_string()))?;
    let mut handshake = ClientHandshake::new(seal.trust.clone(), PrivateKey::from_bytes(ephemeral));
    let begun = Instant::now();
    let mut space = [0; 256];
    loop {
        let left = HANDSHAKE_PATIENCE.saturating_sub(begun.elapsed());
        let bytes = match reader.read_within(&mut space, left)? {
            0 => return Err(Trouble::NotJoined(handshake.ended())),
            bytes => bytes,
        };
        let (mut input, mut answer) = (&space[..bytes], Vec::new());
        let joined = handshake.read(&mut input, &mut answer);
        let joined = joined.map_err(Trouble::NotJoined)?;
        writer.write(&answer, WRITE_PATIENCE)?;
        let Some(joined) = joined else { continue };
        let Halves { sealer, mut opener } = joined.halves;
        let mut plain = Vec::new();
        opener
            .open(input, &mut plain)
            .map_err(|_| Trouble::Altered)?;
        reader.wait_for_ever()?;
        if let Some(tell) = &seal.joined {
            tell(&joined.server);
        }
        let frames = Vec::new();
        return Ok((
            Sealed {
                opener,
                plain,
                frames,
            },
            sealer,
        ));
    }
}

impl Writer {
    /// Sends all of it, or says why not; then nothing can be sent any more.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        // Put back below, where all of it has left.
        match std::mem::replace(&mut self.form, Form::Failed) {
            Form::Failed => return Err(Trouble::Broken),
            Form::Plain => {
                self.road.write(bytes, WRITE_PATIENCE)?;
                self.form = Form::Plain;
            }
            Form::Sealed(mut sealer) => {
                let mut frames = Vec::new();
                sealer.seal(bytes, &mut frames);
                self.road.write(&frames, WRITE_PATIENCE)?;
                self.form = Form::Sealed(sealer);
            }
        }
        if let Some(tap) = self.watch.taps.get() {
            tap.wrote(self.watch.connection, bytes);
        }
        Ok(())
    }

    /// Ends the connection, and wakes the thread that reads from it.
    pub(super) fn hang_up(mut self) {
        if let Form::Sealed(sealer) = self.form {
            let mut last = Vec::new();
            sealer.end(&mut last);
            // Where it does not leave, the server takes the end for a cut, which it then is.
            let _ = self.road.write(&last, END_PATIENCE);
        }
        self.road.hang_up();
    }
}

impl Reader {
    /// Fills `bytes` with what is there, or waits for something; why it ended, where nothing will come.
    pub(super) fn read(&mut self, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
        let read = self.fill(bytes);
        if let Some(tap) = self.watch.taps.get() {
            // Where it ended for another reason than its end, that is told besides.
            let bytes = read.as_ref().map_or(&[][..], |()| bytes);
            tap.read(self.watch.connection, bytes);
        }
        read
    }

    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
        let Some(sealed) = &mut self.sealed else {
            return read_some(&mut self.road, bytes);
        };
        bytes.clear();
        bytes.append(&mut sealed.plain);
        while bytes.is_empty() {
            if sealed.opener.has_ended() {
                return Err(Trouble::Broken);
            }
            read_some(&mut self.road, &mut sealed.frames)?;
            let opened = sealed.opener.open(&sealed.frames, bytes);
            opened.map_err(|_| Trouble::Altered)?;
        }
        Ok(())
    }
}

fn read_some(road: &mut road::Reader, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
    bytes.resize(READ_BYTES, 0);
    let read = road.read(bytes)?;
    bytes.truncate(read);
    match read {
        0 => Err(Trouble::Broken),
        _ => Ok(()),
    }
}
