//! The TCP connection below: how it is made, and how long it may take.

use crate::client::address::Address;
use crate::client::event::Trouble;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Time for a connection to be made, over all of a host's addresses.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

/// Where bytes come from.
pub(super) struct Reader(TcpStream);

/// Where bytes go.
pub(super) struct Writer(TcpStream);

impl Reader {
    /// Reads what is there, or waits for something. Zero at the end.
    pub(super) fn read(&mut self, space: &mut [u8]) -> Result<usize, Trouble> {
        loop {
            match self.0.read(space) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(Trouble::NoAnswer),
                // To whoever reads, a reset is an end.
                other => return Ok(other.unwrap_or(0)),
            }
        }
    }

    /// The same, and waits no longer than that.
    pub(super) fn read_within(
        &mut self,
        space: &mut [u8],
        patience: Duration,
    ) -> Result<usize, Trouble> {
        if patience.is_zero() {
            return Err(Trouble::NoAnswer);
        }
        let set = self.0.set_read_timeout(Some(patience));
        set.map_err(|error| own(&error))?;
        self.read(space)
    }

    /// Undoes what [`read_within`](Reader::read_within) set.
    pub(super) fn wait_for_ever(&mut self) -> Result<(), Trouble> {
        self.0.set_read_timeout(None).map_err(|error| own(&error))
    }
}

impl Writer {
    /// Writes all of it, or says why not.
    pub(super) fn write(&mut self, bytes: &[u8], patience: Duration) -> Result<(), Trouble> {
        write_within(&mut self.0, bytes, patience)
    }

    /// Ends it. Dropping a stream does not, while its thread holds it too: this also wakes the thread.
    pub(super) fn hang_up(self) {
        // It fails where the other side was first.
        let _ = self.0.shutdown(Shutdown::Both);
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
    Ok((Reader(stream), Writer(ours)))
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
