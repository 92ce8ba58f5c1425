//! One connection to the server: how it is made and ended, and how long each step may take.
//!
//! [`crate::transport`] carries the bytes. This adds what a client alone needs: time limits, since a person waits for
//! every step and is to be told why it took too long. What is sent leaves whole within its time, or the connection is
//! given up. The connection's thread has the reader and the client's loop the writer; opening includes the handshake,
//! so a writer may be used at once.
//!
//! Ruled out: the server's way, a socket that does not block and a backlog. One request is unanswered at a time, so
//! there is no second one to send meanwhile, and a write that waits is all there is to do.

use super::address::Address;
use super::event::Trouble;
use super::way::{Seal, Way};
use crate::secure::{ClientHandshake, PrivateKey};
use crate::transport::{self, Trace};
use std::io::{self, ErrorKind, IoSlice, Read};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for a connection to be made, over all of a host's addresses.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the handshake, from an open connection on.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the server to take what is sent to it.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
/// Time for it to take the last frame; the end of the connection follows all the same.
const END_PATIENCE: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 16 * 1024;

/// The write half.
pub(super) struct Writer {
    stream: Arc<TcpStream>,
    half: transport::Writer,
}

/// The read half.
pub(super) struct Reader {
    stream: Arc<TcpStream>,
    half: transport::Reader,
}

/// Opens a connection to the server, the handshake included. Blocks. A tap knows the connection by the number.
pub(super) fn open(address: &Address, way: &Way, number: u64) -> Result<(Reader, Writer), Trouble> {
    let trace = Trace::new(&way.taps, number);
    let stream = Arc::new(connect(address)?);
    let (reader, writer) = match &way.seal {
        None => transport::plain(&trace),
        Some(seal) => shake_hands(&stream, seal, &trace)?,
    };
    Ok((
        Reader {
            stream: Arc::clone(&stream),
            half: reader,
        },
        Writer {
            stream,
            half: writer,
        },
    ))
}

/// Tries a host's addresses in the order the system gives them, which is the order it would use itself.
fn connect(address: &Address) -> Result<TcpStream, Trouble> {
    let begun = Instant::now();
    let mut trouble = Trouble::NoSuchHost;
    let candidates = (address.host.as_str(), address.port).to_socket_addrs();
    for candidate in candidates.map_err(|_| Trouble::NoSuchHost)? {
        let left = CONNECT_PATIENCE.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Trouble::NoAnswer);
        }
        match TcpStream::connect_timeout(&candidate, left) {
            Ok(stream) => {
                // A line is whole when it is sent: waiting for more to come would only delay it.
                stream.set_nodelay(true).map_err(|error| own(&error))?;
                return Ok(stream);
            }
            Err(error) => trouble = of_connecting(&error),
        }
    }
    Err(trouble)
}

fn of_connecting(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::ConnectionRefused => Trouble::NobodyListens,
        _ if is_timeout(error) => Trouble::NoAnswer,
        _ => Trouble::Unreachable(error.to_string()),
    }
}

fn shake_hands(
    stream: &TcpStream,
    seal: &Seal,
    trace: &Trace,
) -> Result<(transport::Reader, transport::Writer), Trouble> {
    let random = seal.entropy.bytes();
    let ephemeral = random.map_err(|error| Trouble::Own(error.to_string()))?;
    let mut handshake = ClientHandshake::new(seal.trust.clone(), PrivateKey::from_bytes(ephemeral));
    // A handshake is no part of what was read and written: it is not shown.
    let (_, mut plain) = transport::plain(&Trace::default());
    let begun = Instant::now();
    let through = transport::shake_hands(
        |space| read_until(stream, space, begun + HANDSHAKE_PATIENCE),
        |answer| send_within(stream, &mut plain, answer, WRITE_PATIENCE),
        |input, answer| handshake.read(input, answer).map_err(Trouble::NotJoined),
    )?;
    let Some((joined, rest)) = through else {
        return Err(Trouble::NotJoined(handshake.ended()));
    };
    let halves = transport::sealed(joined.halves, &rest, trace).map_err(|_| Trouble::Altered)?;
    // From here on the session asks for signs of life, and a quiet chat is none of its troubles.
    let waits = stream.set_read_timeout(None);
    waits.map_err(|error| own(&error))?;
    if let Some(tell) = &seal.joined {
        tell(&joined.server);
    }
    Ok(halves)
}

/// Reads what is there, and waits for something no longer than that. Returns 0 at the end.
fn read_until(
    mut stream: &TcpStream,
    space: &mut [u8],
    deadline: Instant,
) -> Result<usize, Trouble> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::NoAnswer);
        }
        let limited = stream.set_read_timeout(Some(left));
        limited.map_err(|error| own(&error))?;
        match stream.read(space) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(Trouble::NoAnswer),
            // A reset is an end too: the handshake knows what an end means where it stands.
            read => return Ok(read.unwrap_or(0)),
        }
    }
}

/// Sends all of it and what the writer still holds, or says why not. A write timeout is of one call, and a peer that
/// takes a byte at a time could stretch those for ever: the time is for all of it.
fn send_within(
    stream: &TcpStream,
    half: &mut transport::Writer,
    mut bytes: &[u8],
    patience: Duration,
) -> Result<(), Trouble> {
    let begun = Instant::now();
    while !(bytes.is_empty() && half.is_clear()) {
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Trouble::Stuck);
        }
        stream
            .set_write_timeout(Some(left))
            .map_err(|_| Trouble::Broken)?;
        match half.write(stream, &[IoSlice::new(bytes)]) {
            Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(Trouble::Stuck),
            Err(_) => return Err(Trouble::Broken),
        }
    }
    Ok(())
}

/// On a stream that blocks, Unix calls a timeout the one, Windows the other.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn own(error: &io::Error) -> Trouble {
    Trouble::Own(error.to_string())
}

impl Writer {
    /// Sends all of it, or says why not; then the connection is of no more use, for a part of it may have left.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        send_within(&self.stream, &mut self.half, bytes, WRITE_PATIENCE)
    }

    /// Ends the connection and wakes the thread that reads from it.
    pub(super) fn hang_up(mut self) {
        self.half.finish();
        // Where it does not leave, the server takes the end for a cut, which it then is.
        let _ = send_within(&self.stream, &mut self.half, &[], END_PATIENCE);
        // To drop the stream would not end it while that thread holds it too. It fails where the other side was first.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Reader {
    /// Fills `bytes` with what is there, or waits for something; says why nothing will come any more.
    pub(super) fn read(&mut self, bytes: &mut Vec<u8>) -> Result<(), Trouble> {
        bytes.resize(READ_BYTES, 0);
        loop {
            match self.half.read(&self.stream, bytes) {
                Ok(0) => return Err(Trouble::Broken),
                Ok(read) => {
                    bytes.truncate(read);
                    return Ok(());
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::InvalidData => return Err(Trouble::Altered),
                    // The kernel has sent again and again, and given up.
                    ErrorKind::TimedOut => return Err(Trouble::NoAnswer),
                    _ => return Err(Trouble::Broken),
                },
            }
        }
    }
}
