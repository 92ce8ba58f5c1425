//! The wait for input, which ends when another thread shuts the stream down.
//!
//! Unix wakes a `read` then. Windows wakes nobody: only the next call is told. A peer that is shut out and stays
//! would keep a thread and a socket for ever. So a wait is made of pieces there, and each looks again. It is a wait
//! in `peek`, since a `recv` that gives up there may lose what it has taken already.
//!
//! Ruled out: a flag beside each stream, which whoever shuts it down would have to set.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How long a wait goes on in one piece.
const PIECE: Duration = Duration::from_millis(500);

/// Gets a stream ready for its halves: what is written leaves at once, and no wait is longer than a piece where pieces
/// are needed.
///
/// # Errors
/// The system's: the connection is gone.
pub(crate) fn ready(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(cfg!(windows).then_some(PIECE))
}

/// Waits for input. Returns 0 at its end. The stream has to be [`ready`].
///
/// # Errors
/// `WouldBlock` if nothing is there and the stream does not block; else the system's.
pub(crate) fn wait(stream: &TcpStream) -> io::Result<usize> {
    loop {
        let begun = Instant::now();
        match stream.peek(&mut [0]) {
            // One that comes early is not the end of a piece: the connection has died, or its owner is in a hurry.
            Err(error) if error.kind() == ErrorKind::TimedOut && begun.elapsed() > PIECE / 2 => {}
            looked => return looked,
        }
    }
}

/// Reads what is there, or waits for something.
///
/// # Errors
/// As [`wait`].
pub(crate) fn read(mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    if cfg!(windows) {
        wait(stream)?;
    }
    stream.read(space)
}
