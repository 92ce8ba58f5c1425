//! [`LineReader`]: bytes in, in any chunking; lines out.
//!
//! Whoever has a socket reads straight into [`space`](LineReader::space), so a byte is copied once, from the
//! kernel. A line is lent from the buffer. The buffer begins small, because thousands of quiet connections each
//! have one, grows while reads fill it, and is given back when it has run empty.
//!
//! "Need more bytes" is `None`, never an error.

use std::fmt;
use std::ops::Range;

use super::{LINE_BYTES_MAX, Tag};

/// A line as people type them. Thousands of quiet connections hold as much each.
const SPACE_BYTES_MIN: usize = 128;
/// Whoever fills it mostly has much more.
const GROWTH: usize = 8;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
pub struct LineReader {
    buffer: Vec<u8>,
    /// What has come and was not yet taken.
    held: Range<usize>,
    /// How much of what is held is known to be without an LF.
    scanned: usize,
    /// Did the last read leave room? Then the other side has nothing more for now.
    drained: bool,
    /// Past the first line, where a byte order mark is no longer one.
    begun: bool,
    overlong: bool,
}

/// Why there is no line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// Over [`LINE_BYTES_MAX`], with or without an LF. No line comes after it.
    TooLong,
    /// Not UTF-8 from this character on, counted from 1. The next line may be right.
    NotUtf8 {
        /// In characters, counted from 1.
        column: usize,
        /// Its tag, where that much could be read: whoever asked waits for an answer that carries it.
        tag: Option<Tag>,
    },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::TooLong => write!(
                f,
                "a line has at most {LINE_BYTES_MAX} bytes, its end included"
            ),
            LineError::NotUtf8 { column, .. } => write!(f, "not UTF-8 (column {column})"),
        }
    }
}

impl std::error::Error for LineError {}

impl LineReader {
    /// A reader with nothing in it, and no memory taken yet.
    pub fn new() -> LineReader {
        LineReader {
            drained: true,
            ..LineReader::default()
        }
    }

    /// Where the next bytes are to be read to; never empty. Then call [`filled`](LineReader::filled).
    pub fn space(&mut self) -> &mut [u8] {
        if self.held.is_empty() {
            self.held = 0..0;
            if self.drained && self.buffer.len() > SPACE_BYTES_MIN {
                self.buffer = Vec::new();
            }
        }
        if self.held.start > 0 && self.buffer.len() - self.held.end < SPACE_BYTES_MIN {
            self.buffer.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
        }
        let full = self.buffer.len() == self.held.end;
        if full || (!self.drained && self.buffer.len() < LINE_BYTES_MAX) {
            let bytes = (self.buffer.len() * GROWTH).clamp(SPACE_BYTES_MIN, 2 * LINE_BYTES_MAX);
            // `resize` alone would reserve more.
            self.buffer.reserve_exact(bytes - self.buffer.len());
            self.buffer.resize(bytes, 0);
        }
        &mut self.buffer[self.held.end..]
    }

    /// So many bytes of [`space`](LineReader::space) have been read.
    pub fn filled(&mut self, bytes: usize) {
        self.drained = self.held.end + bytes < self.buffer.len();
        self.held.end = (self.held.end + bytes).min(self.buffer.len());
    }

    /// Did the last read leave room in the space it was given?
    pub fn is_drained(&self) -> bool {
        self.drained
    }

    /// Takes these bytes, however many.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Result<&str, LineError>)) {
        while !bytes.is_empty() {
            let space = self.space();
            let taken = space.len().min(bytes.len());
            space[..taken].copy_from_slice(&bytes[..taken]);
            self.filled(taken);
            bytes = &bytes[taken..];
            while let Some(line) = self.next_line() {
                each(line);
                if self.overlong {
                    return;
                }
            }
        }
    }

    /// The next whole line, without its end; `None` where more bytes are needed.
    pub fn next_line(&mut self) -> Option<Result<&str, LineError>> {
        if self.overlong {
            return Some(Err(LineError::TooLong));
        }
        let held = &self.buffer[self.held.clone()];
        let found = find_lf(&held[self.scanned..]).map(|at| self.scanned + at);
        let bytes = found.map_or(held.len(), |at| at + 1);
        if bytes > LINE_BYTES_MAX || (found.is_none() && bytes == LINE_BYTES_MAX) {
            self.overlong = true;
            return Some(Err(LineError::TooLong));
        }
        let Some(end) = found else {
            self.scanned = bytes;
            return None;
        };
        let line = self.held.start..self.held.start + end;
        self.held.start += bytes;
        self.scanned = 0;
        let first = !std::mem::replace(&mut self.begun, true);
        Some(text_of(&self.buffer[line], first))
    }

    /// What has come of a line that is not ended.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.held.clone()]
    }
}

/// std has no `memchr`; asking sixteen at a time lets the compiler compare them at once.
fn find_lf(bytes: &[u8]) -> Option<usize> {
    const LANES: usize = 16;
    let mut chunks = bytes.chunks_exact(LANES);
    let mut before = 0;
    for chunk in &mut chunks {
        if chunk.iter().fold(false, |found, &b| found | (b == b'\n')) {
            break;
        }
        before += LANES;
    }
    bytes[before..]
        .iter()
        .position(|&b| b == b'\n')
        .map(|at| before + at)
}

fn text_of(line: &[u8], first: bool) -> Result<&str, LineError> {
    let line = if first {
        line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line)
    } else {
        line
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line).map_err(|error| {
        let good = std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default();
        LineError::NotUtf8 {
            column: good.chars().count() + 1,
            tag: Tag::leading(good),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Result<String, LineError>> {
        let mut reader = LineReader::new();
        let mut lines = Vec::new();
        for chunk in chunks {
            reader.push(chunk, |line| lines.push(line.map(str::to_owned)));
        }
        lines
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|line| Ok((*line).to_owned())).collect();
        assert_eq!(lines(&[bytes]), expected);
        for cut in 0..bytes.len() {
            assert_eq!(
                lines(&[&bytes[..cut], &bytes[cut..]]),
                expected,
                "cut at {cut}"
            );
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(lines(&single), expected);
    }

    #[test]
    fn any_chunking_gives_the_same_lines() {
        check(b"", &[]);
        check(b"no end", &[]);
        check(
            b"one\ntwo\r\n\nthree\r\r\nrest",
            &["one", "two", "", "three\r"],
        );
        check("é😀\n\u{feff}a\n".as_bytes(), &["é😀", "\u{feff}a"]);
        check("\u{feff}\u{feff}a\n".as_bytes(), &["\u{feff}a"]);
    }

    #[test]
    fn the_line_and_the_unterminated_rest_are_bounded() {
        let longest = LINE_BYTES_MAX - 1;
        let line = "a".repeat(longest);
        assert_eq!(lines(&[line.as_bytes(), b"\n"]), [Ok(line.clone())]);
        assert_eq!(
            lines(&[line.as_bytes(), b"\r\n"]),
            [Err(LineError::TooLong)]
        );
        assert_eq!(
            lines(&[line.as_bytes(), b"aa\nok\n"]),
            [Err(LineError::TooLong)]
        );
        assert_eq!(lines(&[line.as_bytes(), b"a"]), [Err(LineError::TooLong)]);
        assert_eq!(lines(&[line.as_bytes()]), []);
        let wide = format!("{}😀\n", "a".repeat(longest - 4));
        assert_eq!(lines(&[wide.as_bytes()]).len(), 1);
        assert_eq!(
            lines(&[format!("a{wide}").as_bytes()]),
            [Err(LineError::TooLong)]
        );
    }

    #[test]
    fn a_line_that_is_not_utf8_costs_itself_only() {
        let bad = |column| Err(LineError::NotUtf8 { column, tag: None });
        assert_eq!(lines(&[b"\xff\nok\n"]), [bad(1), Ok("ok".into())]);
        assert_eq!(
            lines(&[b"\xc3\xa9\xc3\n\xc0\x80\n\xed\xa0\x80\n"]),
            [bad(2), bad(1), bad(1)]
        );
        let tagged = LineError::NotUtf8 {
            column: 8,
            tag: Tag::parse("7"),
        };
        assert_eq!(
            lines(&[b"@7 SAY \xff\n@7\xff WHO\n"]),
            [Err(tagged), bad(3)]
        );
    }

    #[test]
    fn a_quiet_reader_gives_its_memory_back() {
        let mut reader = LineReader::new();
        reader.push(&[b'a'; 10_000], |_| {});
        assert!(reader.buffer.capacity() >= 10_000);
        reader.push(b"\n", |_| {});
        reader.filled(0);
        reader.space();
        assert_eq!(reader.buffer.capacity(), SPACE_BYTES_MIN);
    }
}
