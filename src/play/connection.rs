//! One person's connection: lines in, bytes out, each within a deadline.
//!
//! There is no thread and no queue: it reads only while the transcript waits for this person.
//! What nobody waits for stays in the kernel's buffers, so a person who is not spoken of is a
//! slow reader, and the server feels it. Readers in the background would make every transcript
//! a kind one.

use std::convert::Infallible;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The longest line that is waited for.
pub const LINE_BYTES_MAX: usize = 16 << 20;
/// What is thrown away at most when somebody closes.
const UNREAD_BYTES_MAX: usize = 64 << 20;
const READ_BYTES: usize = 4096;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// A line, without its end.
    Line(Vec<u8>),
    /// Nothing within the deadline, but for this beginning of a line.
    Nothing(Vec<u8>),
    /// The end, after this beginning of a line.
    End(Vec<u8>),
    /// The connection was torn away.
    Reset,
    /// This beginning of a line that is longer than [`LINE_BYTES_MAX`].
    TooLong(Vec<u8>),
}

/// A person's connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Read, and not yet taken.
    pending: Vec<u8>,
    /// It was reset, which the system says only once.
    torn: bool,
    /// Whether what was sent last ended a line.
    pub between_lines: bool,
}

impl Connection {
    /// A connection over this stream.
    pub fn new(stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            pending: Vec::new(),
            torn: false,
            between_lines: true,
        })
    }

    /// Sends all of it, or fails when the server has not taken it by then: one that takes a byte now and then would
    /// hold up the run for hours.
    pub fn send(&mut self, mut bytes: &[u8], by: Instant) -> io::Result<()> {
        while !bytes.is_empty() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left))?;
            match self.stream.write(bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next line, taken.
    pub fn line(&mut self, end: &[u8], by: Instant) -> Came {
        match self.part(|_| None::<Infallible>, end, by) {
            Err(came) => came,
        }
    }

    /// Gives back a line that was taken, to be taken again.
    pub fn put_back(&mut self, line: &[u8], end: &[u8]) {
        self.pending.splice(..0, line.iter().chain(end).copied());
    }

    /// Waits until what has come of an unended line fits, and takes that; `Err` is what came
    /// instead.
    pub fn part<T>(
        &mut self,
        fits: impl Fn(&[u8]) -> Option<T>,
        end: &[u8],
        by: Instant,
    ) -> Result<(T, Vec<u8>), Came> {
        // What was searched for a line's end: a long line that comes in small pieces is searched once.
        let mut searched = 0;
        loop {
            if let Some(at) = self.end_of_line(end, searched) {
                let mut line: Vec<u8> = self.pending.drain(..at + end.len()).collect();
                line.truncate(at);
                return Err(Came::Line(line));
            }
            searched = self.pending.len();
            if !self.pending.is_empty()
                && let Some(found) = fits(&self.pending)
            {
                return Ok((found, std::mem::take(&mut self.pending)));
            }
            if let Some(other) = self.read(end, by) {
                return Err(other);
            }
        }
    }

    /// Where the line ends. Its end may have begun in what was searched before.
    fn end_of_line(&self, end: &[u8], searched: usize) -> Option<usize> {
        let from = searched.saturating_sub(end.len());
        let mut here = self.pending.get(from..)?.windows(end.len().max(1));
        Some(from + here.position(|bytes| bytes == end)?)
    }

    /// Reads up to the end of a line, or what there is; what came instead, if nothing did.
    fn read(&mut self, end: &[u8], deadline: Instant) -> Option<Came> {
        if self.pending.len() > LINE_BYTES_MAX {
            return Some(Came::TooLong(self.pending.clone()));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        // No time at all would mean for ever.
        let left = left.max(Duration::from_millis(1));
        let mut bytes = [0; READ_BYTES];
        let timed = self.stream.set_read_timeout(Some(left));
        match timed.and_then(|()| self.stream.peek(&mut bytes)) {
            Ok(0) if self.torn => Some(Came::Reset),
            Ok(0) => Some(Came::End(self.pending.clone())),
            Ok(count) => self.take_up_to_end(bytes.get(..count).unwrap_or_default(), end),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => None,
                ErrorKind::WouldBlock | ErrorKind::TimedOut if Instant::now() < deadline => None,
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    Some(Came::Nothing(self.pending.clone()))
                }
                _ => {
                    self.torn = true;
                    Some(Came::Reset)
                }
            },
        }
    }

    /// Takes what was peeked at out of the kernel, as far as the line reaches: what lies behind
    /// it is not read, and counts as that when somebody resets.
    fn take_up_to_end(&mut self, peeked: &[u8], end: &[u8]) -> Option<Came> {
        let before = self.pending.len();
        self.pending.extend_from_slice(peeked);
        if let Some(at) = self.end_of_line(end, before) {
            self.pending.truncate(at + end.len());
        }
        let mut taken = vec![0; self.pending.len().saturating_sub(before)];
        let read = self.stream.read_exact(&mut taken);
        read.is_err().then_some(Came::Reset)
    }

    /// Sends no more.
    pub fn half_close(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Closes as a program does that ends well: what has come and was not read is thrown away
    /// first, because a socket closed over unread bytes is reset, and the server might lose what
    /// was sent last.
    pub fn close(mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        if self.stream.set_nonblocking(true).is_ok() {
            let mut bytes = vec![0; READ_BYTES];
            let mut left = UNREAD_BYTES_MAX;
            while let Ok(count @ 1..) = self.stream.read(&mut bytes)
                && left > 0
            {
                left = left.saturating_sub(count);
            }
        }
    }

    /// Tears the connection away. The standard library cannot ask for a reset, but closing over
    /// an unread byte is one: so one is waited for, and `None` is that none came.
    #[must_use]
    pub fn reset(self, patience: Duration) -> Option<()> {
        self.stream.set_read_timeout(Some(patience)).ok()?;
        (self.stream.peek(&mut [0]).ok()? > 0).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Came, Connection};
    use crate::play::text::{Room, Text, Vars};
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        far.set_nodelay(true).unwrap();
        (Connection::new(near).unwrap(), far)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[test]
    fn lines_are_cut_at_their_end_whatever_it_is() {
        let (mut anna, mut server) = pair();
        server.write_all(b"a\r\n\nb\rc\r\nrest").unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        assert_eq!(anna.line(b"\n", soon()), Came::Line(b"a\r".to_vec()));
        assert_eq!(anna.line(b"\n", soon()), Came::Line(b"".to_vec()));
        assert_eq!(anna.line(b"\r\n", soon()), Came::Line(b"b\rc".to_vec()));
        assert_eq!(anna.line(b"\n", soon()), Came::End(b"rest".to_vec()));
    }

    #[test]
    fn a_new_end_of_lines_counts_for_what_has_come_already() {
        let (mut anna, mut server) = pair();
        server.write_all(b"a;b").unwrap();
        let by = Instant::now() + Duration::from_millis(20);
        assert_eq!(anna.line(b"\n", by), Came::Nothing(b"a;b".to_vec()));
        server.write_all(b";").unwrap();
        assert_eq!(anna.line(b";", soon()), Came::Line(b"a".to_vec()));
        assert_eq!(anna.line(b";", soon()), Came::Line(b"b".to_vec()));
    }

    #[test]
    fn nothing_comes_after_the_deadline() {
        let (mut anna, mut server) = pair();
        server.write_all(b"half").unwrap();
        let by = Instant::now() + Duration::from_millis(20);
        assert_eq!(anna.line(b"\n", by), Came::Nothing(b"half".to_vec()));
        server.write_all(b" and half\n").unwrap();
        assert_eq!(
            anna.line(b"\n", soon()),
            Came::Line(b"half and half".to_vec())
        );
    }

    #[test]
    fn a_part_is_taken_when_it_fits() {
        let (mut anna, mut server) = pair();
        let mut part = |written: &str| {
            let pattern = Text::parse_pattern(written, &mut Room::default()).unwrap();
            anna.part(|part| pattern.matches(part, &Vars::new()), b"\n", soon())
        };
        server.write_all(b"login: ").unwrap();
        assert_eq!(part("*: "), Ok((Vars::new(), b"login: ".to_vec())));
        server.write_all(b"line\n").unwrap();
        assert_eq!(part("login"), Err(Came::Line(b"line".to_vec())));
    }

    #[test]
    #[cfg_attr(windows, ignore = "wine may send an end before the reset")]
    fn a_reset_is_one_for_the_server() {
        let (mut anna, mut server) = pair();
        server.write_all(b"one\ntwo\n").unwrap();
        assert_eq!(anna.line(b"\n", soon()), Came::Line(b"one".to_vec()));
        assert!(anna.reset(Duration::from_secs(10)).is_some());
        assert!(server.read(&mut [0]).is_err());
        let (anna, _server) = pair();
        assert!(anna.reset(Duration::from_millis(1)).is_none());
    }

    #[test]
    fn what_was_sent_before_closing_arrives_though_nothing_was_read() {
        let (mut anna, mut server) = pair();
        server.write_all(b"unread\n").unwrap();
        assert!(matches!(anna.line(b"d", soon()), Came::Line(_)));
        anna.send(b"bye", soon()).unwrap();
        anna.close();
        let mut heard = Vec::new();
        server.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, b"bye");
    }
}
