//! One connection to the server: how it is met and joined and ended, and how long each step may take.
//!
//! [`crate::transport`] carries the bytes. This adds what a client alone needs: time limits, since a person waits for
//! every step and is to be told why it took too long. What is sent leaves whole within its time, or the connection is
//! given up. A thread of its own has the reader, and the client's loop the writer.
//!
//! A connection is *met* first: its first line is read and nothing is said. Whether it may go on is then decided by
//! [`crate::secure::trust`], and this very connection goes on or none does: what another one claimed proves nothing.
//!
//! Ruled out: the server's way, a socket that does not block and a backlog. One request is unanswered at a time, so
//! there is no second one to send meanwhile, and a write that waits is all there is to do.

use super::address::Address;
use super::event::Trouble;
use crate::secure::addresses::Addresses;
use crate::secure::trust::{Greeting, Pin};
use crate::secure::{ClientHandshake, Entropy, JoinError, PrivateKey, PublicKey, Secret, hex};
use crate::transport::{self, Trace};
use crate::wire::{LINE_BYTES_MAX, LineReader, Mode, ServerLine, VERSION};
use std::io::{self, ErrorKind, IoSlice, Read};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time for each step: to connect, over all of a host's addresses; for the first line; for the handshake; and for the
/// server to take what is sent to it.
const STEP_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the server to take the last frame; the end of the connection follows all the same.
const END_PATIENCE: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 16 * 1024;

/// A connection whose first line was read, and to which nothing was said.
pub struct Met {
    stream: Arc<TcpStream>,
    /// All that was read, the first line in front.
    read: Vec<u8>,
    /// What its first line says. Nothing of it is proved.
    pub greeting: Greeting,
    /// Where it was met, in every spelling.
    pub addresses: Addresses,
}

/// A connection that goes on, in its two halves, which may be used at once; and what was read of it already.
pub struct Connection(pub(super) Reader, pub(super) Writer, pub(super) Vec<u8>);

/// The read half.
pub(super) struct Reader {
    stream: Arc<TcpStream>,
    half: transport::Reader,
}

/// The write half. Dropped, it ends the connection and wakes the thread that reads from it.
pub(super) struct Writer {
    stream: Arc<TcpStream>,
    half: transport::Writer,
}

impl Met {
    /// Connects and reads the first line, within this time for each of the two. Blocks.
    ///
    /// # Errors
    /// What is wrong: nobody listens, or it is no server that this client could talk to.
    pub fn at(address: &Address, patience: Option<Duration>) -> Result<Met, Trouble> {
        let patience = patience.unwrap_or(STEP_PATIENCE);
        let resolved = (address.host.as_str(), address.port).to_socket_addrs();
        let mut resolved: Vec<SocketAddr> = resolved.map_err(|_| Trouble::NoSuchHost)?.collect();
        let stream = connect(&resolved, patience)?;
        // The one that answers comes first: that the others are this server too is only claimed.
        let answers = own(stream.peer_addr())?;
        resolved.sort_by_key(|address| *address != answers);
        let deadline = Instant::now() + patience;
        let mut read = Vec::new();
        while !read.contains(&b'\n') {
            let mut space = [0; 256];
            let bytes = read_until(&stream, &mut space, deadline)?;
            if bytes == 0 || read.len() > LINE_BYTES_MAX {
                return Err(Trouble::NotChalktalk);
            }
            read.extend_from_slice(&space[..bytes]);
        }
        let mut first = None;
        LineReader::default().push(&read, |line| {
            first.get_or_insert_with(|| recognise(line.unwrap_or_default()));
        });
        Ok(Met {
            addresses: Addresses::new(&address.host, address.port, &resolved),
            stream: Arc::new(stream),
            read,
            greeting: first.unwrap_or(Err(Trouble::NotChalktalk))?,
        })
    }

    /// Is it still there? While a person was asked, the server may have closed it.
    pub fn is_there(&self) -> bool {
        let is_quiet = |error: io::Error| error.kind() == ErrorKind::WouldBlock;
        let looked = self.stream.set_nonblocking(true);
        let looked = looked.and_then(|()| self.stream.peek(&mut [0]));
        let blocks = self.stream.set_nonblocking(false).is_ok();
        blocks && looked.map_or_else(is_quiet, |bytes| bytes > 0)
    }

    /// Goes on with whom it is pinned to. A sealed server has proved then that it has its key.
    ///
    /// # Errors
    /// Somebody else greets, or proves nothing.
    pub fn go_on(self, pin: &Pin, trace: &Trace) -> Result<Connection, Trouble> {
        let ((half, writer), read) = match pin {
            Pin::Open if self.greeting == Greeting::Open => {
                if let Some((tap, number)) = trace.get() {
                    tap.read(number, &self.read);
                }
                (transport::plain(trace), self.read)
            }
            Pin::Open => return Err(Trouble::Encrypted),
            Pin::Key { server, secret } if pin.allows(&self.greeting) => {
                let with = (*server, secret.clone());
                let halves = shake_hands(&self.stream, &self.read, with, trace)?;
                (halves, Vec::new())
            }
            Pin::Key { .. } => return Err(Trouble::OtherServer),
        };
        // From here on the session asks for signs of life, and a quiet chat is none of its troubles.
        own(transport::input::ready(&self.stream))?;
        let stream = Arc::clone(&self.stream);
        let reader = Reader { stream, half };
        let (stream, half) = (self.stream, writer);
        Ok(Connection(reader, Writer { stream, half }, read))
    }
}

/// Tries a host's addresses in the order the system gives them, which is the order it would use itself.
fn connect(resolved: &[SocketAddr], patience: Duration) -> Result<TcpStream, Trouble> {
    let deadline = Instant::now() + patience;
    let mut trouble = Trouble::NoSuchHost;
    for candidate in resolved {
        let left = left(deadline).ok_or(Trouble::NoAnswer)?;
        trouble = match TcpStream::connect_timeout(candidate, left) {
            Ok(stream) => {
                // A line is whole when it is sent: waiting for more to come would only delay it.
                own(stream.set_nodelay(true))?;
                return Ok(stream);
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Trouble::NobodyListens,
            Err(error) if is_timeout(&error) => Trouble::NoAnswer,
            Err(error) => Trouble::Unreachable(error.to_string()),
        };
    }
    Err(trouble)
}

/// The time up to then; none where it is over.
fn left(deadline: Instant) -> Option<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}

/// What a first line says.
fn recognise(line: &str) -> Result<Greeting, Trouble> {
    let line = ServerLine::decode(line).map_err(|_| Trouble::NotChalktalk)?;
    match line.body {
        ServerLine::Greeting {
            version,
            mode,
            sentence,
        } => match version {
            VERSION if mode == Mode::open() => Ok(Greeting::Open),
            VERSION if mode == Mode::noise() => {
                let key = hex::decode(sentence.to_string().as_bytes()).map(PublicKey::from_bytes);
                key.map(Greeting::Sealed).ok_or(Trouble::NotChalktalk)
            }
            _ => Err(Trouble::OtherVersion(version)),
        },
        ServerLine::Bye { code, sentence } => Err(Trouble::Closed { code, sentence }),
        _ => Err(Trouble::NotChalktalk),
    }
}

fn shake_hands(
    stream: &TcpStream,
    mut read: &[u8],
    (server, secret): (PublicKey, Secret),
    trace: &Trace,
) -> Result<(transport::Reader, transport::Writer), Trouble> {
    let ephemeral = own(Entropy::open().and_then(|entropy| entropy.bytes()))?;
    let mut handshake = ClientHandshake::new(server, secret, PrivateKey::from_bytes(ephemeral));
    // A handshake is no part of what was read and written: it is not shown.
    let (_, mut plain) = transport::plain(&Trace::default());
    let deadline = Instant::now() + STEP_PATIENCE;
    let through = transport::shake_hands(
        |space| match read.read(space) {
            Ok(bytes) if bytes > 0 => Ok(bytes),
            _ => read_until(stream, space, deadline),
        },
        |answer| send_within(stream, &mut plain, answer, STEP_PATIENCE),
        |input, answer| handshake.read(input, answer).map_err(Trouble::NotJoined),
    )?;
    let (halves, rest) = through.ok_or(Trouble::NotJoined(JoinError::NotAdmitted))?;
    // What was read with the first line and is no part of the handshake: a server says nothing there.
    transport::sealed(halves, &rest, trace).map_err(|_| Trouble::Altered)
}

/// Reads what is there, and waits for something no longer than that. Returns 0 at the end.
fn read_until(
    mut stream: &TcpStream,
    space: &mut [u8],
    deadline: Instant,
) -> Result<usize, Trouble> {
    loop {
        let left = left(deadline).ok_or(Trouble::NoAnswer)?;
        own(stream.set_read_timeout(Some(left)))?;
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
    let deadline = Instant::now() + patience;
    while !(bytes.is_empty() && half.is_clear()) {
        let left = left(deadline).ok_or(Trouble::Stuck)?;
        let limited = stream.set_write_timeout(Some(left));
        limited.map_err(|_| Trouble::Broken)?;
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

/// Something went wrong on this side.
fn own<T>(done: Result<T, impl ToString>) -> Result<T, Trouble> {
    done.map_err(|error| Trouble::Own(error.to_string()))
}

impl Writer {
    /// Sends all of it, or says why not; then the connection is of no more use, for a part of it may have left.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        send_within(&self.stream, &mut self.half, bytes, STEP_PATIENCE)
    }

    /// This machine's own address on it, by which networks are told apart.
    pub(super) fn from(&self) -> Option<IpAddr> {
        Some(self.stream.local_addr().ok()?.ip())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.half.finish();
        // Where it does not leave, the server takes the end for a cut, which it then is.
        let _ = send_within(&self.stream, &mut self.half, &[], END_PATIENCE);
        // To drop the stream would not end it while that thread holds it too. It fails where the other side was first.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl Reader {
    /// Waits for something and gives all that is there, or says why nothing will come any more.
    pub(super) fn read(&mut self) -> Result<Vec<u8>, Trouble> {
        let mut bytes = vec![0; READ_BYTES];
        let read = loop {
            match self.half.read(&self.stream, &mut bytes) {
                Ok(0) => return Err(Trouble::Broken),
                Ok(read) => break read,
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::InvalidData => return Err(Trouble::Altered),
                    // The kernel has sent again and again, and given up.
                    ErrorKind::TimedOut => return Err(Trouble::NoAnswer),
                    _ => return Err(Trouble::Broken),
                },
            }
        };
        bytes.truncate(read);
        Ok(bytes)
    }
}
