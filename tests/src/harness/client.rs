//! A connection that sends exactly what the test says, and reads only when the test asks.
//!
//! It shares no code with the program's own client and codec: what they get wrong together, a
//! test that used them would not see.

use super::{DEADLINE, Lines};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Instant;

/// Bytes asked of the socket at once.
const READ_BYTES: usize = 64 * 1024;

/// One connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    /// What was read and not yet taken.
    unread: Vec<u8>,
    /// Where in `unread` the next line begins.
    start: usize,
    fences: u64,
}

impl Client {
    /// Connects; the greeting is left unread.
    #[track_caller]
    pub fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect_timeout(&address, DEADLINE).expect("a connection");
        stream
            .set_write_timeout(Some(DEADLINE))
            .expect("a write timeout");
        stream.set_nodelay(true).expect("no delay");
        Client {
            stream,
            unread: Vec::new(),
            start: 0,
            fences: 0,
        }
    }

    /// Connects, takes the greeting and gives a name, which must be free.
    #[track_caller]
    pub fn join(address: SocketAddr, name: &str) -> Client {
        let mut client = Client::connect(address);
        client.expect("CHALKTALK 1 open *");
        client.send(&format!("@join NAME {name}"));
        client.expect("@join OK *");
        client.expect(&format!("WELCOME * * * {name} *"));
        client.fence();
        client
    }

    /// Sends a line.
    #[track_caller]
    pub fn send(&mut self, line: &str) {
        self.send_raw(format!("{line}\n").as_bytes());
    }

    /// Sends bytes as they are.
    #[track_caller]
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.try_send_raw(bytes)
            .expect("the server takes what is sent");
    }

    /// Sends bytes to a server that may close meanwhile.
    pub fn try_send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends a PING and gives every line before its PONG: all there was for this connection
    /// when the server came to the PING.
    #[track_caller]
    pub fn fence(&mut self) -> Vec<String> {
        self.fences += 1;
        let mark = format!("fence-{}", self.fences);
        self.send(&format!("PING {mark}"));
        let mut lines = self.take_to(&format!("PONG {mark}"));
        lines.pop();
        lines
    }

    /// The last line must be BYE with this code; gives the lines before it.
    #[track_caller]
    pub fn expect_bye(&mut self, code: &str) -> Vec<String> {
        let mut lines = self.rest();
        let last = lines.pop().unwrap_or_default();
        assert!(
            last.starts_with(&format!("BYE {code} ")),
            "expected BYE {code}, got {last}"
        );
        lines
    }

    /// Ends what is sent; what comes can still be read.
    pub fn half_close(&mut self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("a connection to half close");
    }

    /// Ends the connection without a goodbye, by a reset: that is what closing means while
    /// something is unread, so this waits until there is something.
    pub fn reset(self) {
        self.wait_for_input(Instant::now() + DEADLINE);
        let _ = self.stream.peek(&mut [0]).expect("something unread");
    }

    /// The connection itself, for whatever is not foreseen here.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn wait_for_input(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "nothing came within {DEADLINE:?}");
        self.stream
            .set_read_timeout(Some(left))
            .expect("a read timeout");
    }

    fn take_line(&mut self) -> Option<String> {
        let rest = &self.unread[self.start..];
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8(rest[..length].to_vec()).expect("UTF-8 from the server");
        self.start += length + 1;
        Some(line)
    }
}

impl Lines for Client {
    #[track_caller]
    fn next_line(&mut self) -> Option<String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(line) = self.take_line() {
                return Some(line);
            }
            self.unread.drain(..self.start);
            self.start = 0;
            self.wait_for_input(deadline);
            let held = self.unread.len();
            self.unread.resize(held + READ_BYTES, 0);
            let read = self.stream.read(&mut self.unread[held..]);
            self.unread
                .truncate(held + read.as_ref().map_or(0, |length| *length));
            match read {
                Ok(0) => {
                    let rest = String::from_utf8_lossy(&self.unread);
                    assert!(rest.is_empty(), "the server closed within a line: {rest}");
                    return None;
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    panic!("nothing came within {DEADLINE:?}")
                }
                Err(error) => panic!("the connection broke: {error}"),
            }
        }
    }
}
