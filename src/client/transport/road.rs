//! Where the bytes go: a TCP connection, or the standard input and output of a command.

use crate::client::address::Address;
use crate::client::event::Trouble;
use crate::client::way::Over;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Time for a connection to be made, over all of a host's addresses.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Where bytes come from.
pub(super) enum Reader {
    Tcp(TcpStream),
    Command(ChildStdout),
}

/// Where bytes go.
pub(super) enum Writer {
    Tcp(TcpStream),
    Command(Child, Option<ChildStdin>),
}

impl Reader {
    /// Reads what is there, or waits for something. Zero at the end.
    pub(super) fn read(&mut self, space: &mut [u8]) -> Result<usize, Trouble> {
        loop {
            let read = match self {
                Reader::Tcp(stream) => stream.read(space),
                Reader::Command(output) => output.read(space),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Trouble::NoAnswer),
                // To whoever reads, a reset is an end.
                other => return Ok(other.unwrap_or(0)),
            }
        }
    }

    /// The same, and waits no longer than that. From a command it waits for ever: pipes have no time-out, and
    /// whoever typed the command can end it.
    pub(super) fn read_within(
        &mut self,
        space: &mut [u8],
        patience: Duration,
    ) -> Result<usize, Trouble> {
        if patience.is_zero() {
            return Err(Trouble::NoAnswer);
        }
        if let Reader::Tcp(stream) = self {
            stream
                .set_read_timeout(Some(patience))
                .map_err(|error| own(&error))?;
        }
        self.read(space)
    }

    /// Undoes what [`read_within`](Reader::read_within) set.
    pub(super) fn wait_for_ever(&mut self) -> Result<(), Trouble> {
        match self {
            Reader::Tcp(stream) => stream.set_read_timeout(None).map_err(|error| own(&error)),
            Reader::Command(_) => Ok(()),
        }
    }
}

impl Writer {
    /// Writes all of it, or says why not.
    pub(super) fn write(&mut self, bytes: &[u8], patience: Duration) -> Result<(), Trouble> {
        match self {
            Writer::Tcp(stream) => write_within(stream, bytes, patience),
            // One request is unanswered at a time, which a pipe has room for: it does not wait.
            Writer::Command(_, Some(input)) => input
                .write_all(bytes)
                .and_then(|()| input.flush())
                .map_err(|_| Trouble::Broken),
            Writer::Command(_, None) => Err(Trouble::Broken),
        }
    }

    /// Ends it. Dropping a stream does not, while its thread holds it too: this also wakes the thread.
    pub(super) fn hang_up(self) {
        match self {
            Writer::Tcp(stream) => {
                // It fails where the other side was first.
                let _ = stream.shutdown(Shutdown::Both);
            }
            Writer::Command(mut child, input) => {
                drop(input);
                // It may have ended by itself; either way it is not left behind as a zombie.
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
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

/// Starts a command. What it has to say, to stderr, it says to the user itself.
pub(super) fn run(over: &Over) -> Result<(Reader, Writer), Trouble> {
    let started = Command::new(&over.program)
        .args(&over.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let failed = |error| Trouble::Own(format!("{} cannot be run: {error}", over.program));
    let mut child = started.map_err(failed)?;
    let output = child.stdout.take().ok_or(Trouble::Broken)?;
    let input = child.stdin.take();
    Ok((Reader::Command(output), Writer::Command(child, input)))
}

/// Tries a host's addresses in the order the system gives them, which is the order it would use itself.
pub(super) fn connect(address: &Address) -> Result<(Reader, Writer), Trouble> {
    let begun = Instant::now();
    let mut trouble = Trouble::NoSuchHost;
    for candidate in look_up(address)? {
        let left = CONNECT_PATIENCE.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Trouble::NoAnswer);
        }
        match TcpStream::connect_timeout(&candidate, left) {
            Ok(stream) => return halves(stream).map_err(|error| own(&error)),
            Err(error) => trouble = of_connecting(&error),
        }
    }
    Err(trouble)
}

fn halves(stream: TcpStream) -> io::Result<(Reader, Writer)> {
    // A line is whole when it is sent: waiting for more to come would only delay it.
    stream.set_nodelay(true)?;
    let ours = stream.try_clone()?;
    Ok((Reader::Tcp(stream), Writer::Tcp(ours)))
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
