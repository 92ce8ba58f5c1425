//! The socket and its thread.
//!
//! A thread for each connection opens it and then reads, because `std` can wait for one thing at a time; it
//! hands what it read to the one channel of the client's loop. Two buffers go round between the two, so a server
//! that sends faster than anybody reads is slowed by TCP and fills no memory, while a user's commands, which
//! come through the same channel, never wait. A bounded channel instead could make both sides wait for each
//! other, where whoever takes the events is also the one who sends.

use super::address::Address;
use super::command::Command;
use super::event::{Ticket, Trouble};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Time for a connection to be made, over all of a host's addresses.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// Time for the server to take what is sent to it.
const WRITE_PATIENCE: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 16 * 1024;
const BUFFERS: usize = 2;

/// What the client's loop waits for. The number tells connections apart: a late word of an old one means nothing.
pub(super) enum Input {
    /// The user wants something.
    Command(Ticket, Command),
    /// Nobody is interested any more.
    Abandoned,
    /// The connection is open.
    Opened(u64, TcpStream),
    /// This was read.
    Read(u64, Buffer),
    /// It could not be made, or is gone.
    Broken(u64, Trouble),
}

/// Bytes that were read, and the way back to the thread that reads. Were the way kept anywhere else, a thread
/// whose buffers were dropped would wait for them for ever.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    home: Sender<Buffer>,
}

impl Buffer {
    /// To be filled again.
    pub(super) fn give_back(self) {
        let home = self.home.clone();
        // The thread may have ended.
        let _ = home.send(self);
    }
}

/// The way to the server: at most one connection.
pub(super) struct Link {
    address: Address,
    inputs: Sender<Input>,
    /// How many connections there have been.
    number: u64,
    stream: Option<TcpStream>,
}

impl Link {
    pub(super) fn new(address: Address, inputs: Sender<Input>) -> Link {
        Link {
            address,
            inputs,
            number: 0,
            stream: None,
        }
    }

    /// Begins to open a connection; an [`Input`] will tell how it went.
    pub(super) fn open(&mut self) {
        self.close();
        let (number, address, inputs) = (self.number, self.address.clone(), self.inputs.clone());
        let thread = thread::Builder::new().name("link".into()).spawn(move || {
            let trouble = run(number, &address, &inputs);
            // Nobody listens where the client has ended meanwhile.
            let _ = inputs.send(Input::Broken(number, trouble));
        });
        if let Err(error) = thread {
            let trouble = Trouble::Own(error.to_string());
            let _ = self.inputs.send(Input::Broken(number, trouble));
        }
    }

    /// Is this a word of the connection that counts?
    pub(super) fn is_current(&self, number: u64) -> bool {
        self.number == number
    }

    /// The connection has been opened.
    pub(super) fn opened(&mut self, stream: TcpStream) {
        self.stream = Some(stream);
    }

    /// Ends the connection, if there is one.
    pub(super) fn close(&mut self) {
        self.number += 1;
        if let Some(stream) = self.stream.take() {
            hang_up(&stream);
        }
    }

    /// Sends all of it, or says why not.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match &mut self.stream {
            Some(stream) => write_within(stream, bytes, WRITE_PATIENCE),
            None => Err(Trouble::Broken),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

/// Dropping a stream does not, while its thread holds it too: this also wakes the thread.
pub(super) fn hang_up(stream: &TcpStream) {
    // It fails where the other side was first.
    let _ = stream.shutdown(Shutdown::Both);
}

/// A write time-out is of one call, and a peer that takes a byte at a time could stretch them for ever.
fn write_within(
    stream: &mut TcpStream,
    mut bytes: &[u8],
    patience: Duration,
) -> Result<(), Trouble> {
    let begun = Instant::now();
    while !bytes.is_empty() {
        let left = patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Trouble::Stuck);
        }
        stream
            .set_write_timeout(Some(left))
            .map_err(|_| Trouble::Broken)?;
        match stream.write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_timeout(&error) => return Err(Trouble::Stuck),
            Err(_) => return Err(Trouble::Broken),
        }
    }
    Ok(())
}

/// Unix says the one, Windows the other.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Opens the connection and reads until it ends; says why it did.
fn run(number: u64, address: &Address, inputs: &Sender<Input>) -> Trouble {
    let opened = connect(address).and_then(|stream| {
        let ours = stream.try_clone().map_err(|error| own(&error))?;
        Ok((stream, ours))
    });
    let (mut stream, ours) = match opened {
        Ok(streams) => streams,
        Err(trouble) => return trouble,
    };
    if inputs.send(Input::Opened(number, ours)).is_err() {
        return Trouble::Broken;
    }
    let (home, buffers) = channel();
    for _ in 0..BUFFERS {
        let bytes = Vec::new();
        Buffer {
            bytes,
            home: home.clone(),
        }
        .give_back();
    }
    drop(home);
    read_on(&mut stream, &buffers, |buffer| {
        inputs.send(Input::Read(number, buffer))
    });
    Trouble::Broken
}

fn read_on<E>(
    stream: &mut TcpStream,
    buffers: &Receiver<Buffer>,
    hand_over: impl Fn(Buffer) -> Result<(), E>,
) {
    while let Ok(mut buffer) = buffers.recv() {
        buffer.bytes.resize(READ_BYTES, 0);
        let read = loop {
            match stream.read(&mut buffer.bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) | Ok(0) => return,
                Ok(read) => break read,
            }
        };
        buffer.bytes.truncate(read);
        if hand_over(buffer).is_err() {
            return;
        }
    }
}

/// Tries a host's addresses in the order the system gives them, which is the order it would use itself.
fn connect(address: &Address) -> Result<TcpStream, Trouble> {
    let begun = Instant::now();
    let mut trouble = Trouble::NoSuchHost;
    for candidate in look_up(address)? {
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

fn look_up(address: &Address) -> Result<Vec<SocketAddr>, Trouble> {
    (address.host.as_str(), address.port)
        .to_socket_addrs()
        .map(Iterator::collect)
        .map_err(|_| Trouble::NoSuchHost)
}

fn own(error: &io::Error) -> Trouble {
    Trouble::Own(error.to_string())
}

fn of_connecting(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::ConnectionRefused => Trouble::NobodyListens,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Trouble::NoAnswer,
        _ => Trouble::Unreachable(error.to_string()),
    }
}
