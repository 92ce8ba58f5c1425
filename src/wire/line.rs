//! Lines and their tags. [`LineReader`] takes bytes, in any chunking, and gives lines.
//!
//! The caller reads from its socket straight into [`space`](LineReader::space), so a byte is copied once, by the
//! kernel, and a line is borrowed from the buffer. The buffer begins small, because thousands of quiet connections
//! each have one; it grows while reads fill it, and is freed when it has run empty. "Need more bytes" is `None`,
//! never an error.
//!
//! Ruled out: std's `BufRead::read_until`. It has no limit, hands out a copy, and cannot say whether a read left
//! room in the buffer, which is how a server knows that nothing more is there for now.

use std::ops::Range;
use std::sync::Arc;

use super::fault::{Code, Fault};
use super::{LINE_BYTES_MAX, TAG_CHARS_MAX};

/// Enough for a line as people type them; thousands of quiet connections hold as much each.
const SPACE_BYTES_MIN: usize = 128;
/// The factor of growth: a peer that fills the buffer mostly has much more to send.
const GROWTH: usize = 8;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Cuts a stream of bytes into lines. A new one takes no memory yet.
#[derive(Debug, Default)]
pub struct LineReader {
    buffer: Vec<u8>,
    /// The bytes that have come and were not yet taken as lines.
    held: Range<usize>,
    /// How many of them are known to hold no LF, so that no byte is searched twice.
    scanned: usize,
    /// True if the last read left no room: the other side may have sent more.
    filled_up: bool,
    /// Bytes that the last read brought.
    last_read: usize,
    /// True behind the first line, where a byte order mark is no longer one.
    begun: bool,
    /// True once a line was too long. There is no way back: where the next one begins is unknown.
    overlong: bool,
}

impl LineReader {
    /// The space to read the next bytes into; never empty. Call [`filled`](LineReader::filled) afterwards.
    pub fn space(&mut self) -> &mut [u8] {
        if self.held.is_empty() {
            self.held = 0..0;
            // Whoever still sends as much keeps it, and saves a read for each of its lines.
            if self.last_read <= SPACE_BYTES_MIN && self.buffer.len() > SPACE_BYTES_MIN {
                self.buffer = Vec::new();
            }
        }
        if self.held.start > 0 && self.buffer.len() - self.held.end < SPACE_BYTES_MIN {
            self.buffer.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
        }
        let full = self.buffer.len() == self.held.end;
        if full || (self.filled_up && self.buffer.len() < LINE_BYTES_MAX) {
            let bytes = (self.buffer.len() * GROWTH).clamp(SPACE_BYTES_MIN, 2 * LINE_BYTES_MAX);
            // `resize` alone would reserve more.
            self.buffer.reserve_exact(bytes - self.buffer.len());
            self.buffer.resize(bytes, 0);
        }
        &mut self.buffer[self.held.end..]
    }

    /// Takes over so many bytes that were read into [`space`](LineReader::space).
    pub fn filled(&mut self, bytes: usize) {
        self.last_read = bytes;
        self.filled_up = self.held.end + bytes >= self.buffer.len();
        self.held.end = (self.held.end + bytes).min(self.buffer.len());
    }

    /// True if the last read left room in the space it was given.
    pub fn is_drained(&self) -> bool {
        !self.filled_up
    }

    /// Takes these bytes, however many, and calls `each` with every line that they complete.
    pub fn push(&mut self, mut bytes: &[u8], mut each: impl FnMut(Result<&str, Refusal>)) {
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

    /// Takes the next whole line, without its end; `None` if that needs more bytes.
    ///
    /// # Errors
    /// [`Code::NOT_UTF8`]: the next line may be right. [`Code::LINE_TOO_LONG`]: no line comes any more.
    pub fn next_line(&mut self) -> Option<Result<&str, Refusal>> {
        if self.overlong {
            return Some(Err(too_long()));
        }
        let held = &self.buffer[self.held.clone()];
        let found = find_lf(&held[self.scanned..]).map(|at| self.scanned + at);
        let bytes = found.map_or(held.len(), |at| at + 1);
        if bytes > LINE_BYTES_MAX || (found.is_none() && bytes == LINE_BYTES_MAX) {
            self.overlong = true;
            return Some(Err(too_long()));
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

    /// The bytes that have come of a line without its end yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.held.clone()]
    }
}

/// Finds the first LF. std has no `memchr`; taking sixteen bytes at a time lets the compiler compare them at once.
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
    let found = bytes[before..].iter().position(|&b| b == b'\n');
    found.map(|at| before + at)
}

/// Drops the CR, and before the first line the byte order mark, and checks that the rest is UTF-8.
fn text_of(line: &[u8], first: bool) -> Result<&str, Refusal> {
    let mark = if first { BYTE_ORDER_MARK } else { &[] };
    let line = line.strip_prefix(mark).unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line).map_err(|error| {
        let good = std::str::from_utf8(&line[..error.valid_up_to()]).unwrap_or_default();
        let column = good.chars().count() + 1;
        let sentence = "the line is not UTF-8 from here on";
        Refusal {
            tag: Tag::leading(good),
            fault: Fault::at(Code::NOT_UTF8, column, sentence),
        }
    })
}

fn too_long() -> Refusal {
    let sentence = format!("a line has at most {LINE_BYTES_MAX} bytes, its end included");
    Refusal {
        tag: None,
        fault: Fault::new(Code::LINE_TOO_LONG, sentence),
    }
}

/// A line that is no request, and the tag to answer it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line's tag, if that much could be read: the client waits for an answer that carries it.
    pub tag: Option<Tag>,
    /// What is wrong.
    pub fault: Fault,
}

/// A mark that a client puts before a request, to know the answer by: 1 to 32 letters, digits and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Arc<str>);

impl Tag {
    /// Parses a tag, without its `@`; `None` if it breaks the grammar.
    pub fn parse(text: &str) -> Option<Tag> {
        let fits = (1..=TAG_CHARS_MAX).contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            .then(|| Tag(text.into()))
    }

    /// Reads the tag of a line that is refused as a whole: the client waits for the answer that carries it.
    pub(super) fn leading(line: &str) -> Option<Tag> {
        let (tag, _) = line.strip_prefix('@')?.split_once(' ')?;
        Tag::parse(tag)
    }

    /// The tag, without its `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request or an answer, with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged<T> {
    /// The tag, if there is one.
    pub tag: Option<Tag>,
    /// What stands behind it.
    pub body: T,
}

/// Appends `@tag `, if there is a tag.
pub fn push_tag(tag: Option<&Tag>, out: &mut Vec<u8>) {
    if let Some(tag) = tag {
        out.push(b'@');
        out.extend_from_slice(tag.0.as_bytes());
        out.push(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Result<String, Refusal>> {
        let mut reader = LineReader::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            reader.push(chunk, |line| lines.push(line.map(str::to_owned)));
        }
        lines
    }

    #[test]
    fn the_line_and_the_unterminated_rest_are_bounded() {
        let longest = LINE_BYTES_MAX - 1;
        let line = "a".repeat(longest);
        assert_eq!(lines(&[line.as_bytes(), b"\n"]), [Ok(line.clone())]);
        assert_eq!(lines(&[line.as_bytes(), b"\r\n"]), [Err(too_long())]);
        assert_eq!(lines(&[line.as_bytes(), b"aa\nok\n"]), [Err(too_long())]);
        assert_eq!(lines(&[line.as_bytes(), b"a"]), [Err(too_long())]);
        assert_eq!(lines(&[line.as_bytes()]), []);
        let wide = format!("{}😀\n", "a".repeat(longest - 4));
        assert_eq!(lines(&[wide.as_bytes()]).len(), 1);
        assert_eq!(lines(&[format!("a{wide}").as_bytes()]), [Err(too_long())]);
    }

    #[test]
    fn a_line_that_is_not_utf8_costs_itself_only() {
        let tagged = |column, tag| {
            let fault = Fault::at(Code::NOT_UTF8, column, "the line is not UTF-8 from here on");
            Err(Refusal { tag, fault })
        };
        let bad = |column| tagged(column, None);
        assert_eq!(lines(&[b"\xff\nok\n"]), [bad(1), Ok("ok".into())]);
        assert_eq!(
            lines(&[b"\xc3\xa9\xc3\n\xc0\x80\n\xed\xa0\x80\n"]),
            [bad(2), bad(1), bad(1)]
        );
        assert_eq!(
            lines(&[b"@7 SAY \xff\n@7\xff WHO\n"]),
            [tagged(8, Tag::parse("7")), bad(3)]
        );
    }

    #[test]
    fn a_quiet_reader_gives_its_memory_back() {
        let mut reader = LineReader::default();
        reader.push(&[b'a'; 10_000], |_| {});
        assert!(reader.buffer.capacity() >= 10_000);
        reader.push(b"\n", |_| {});
        reader.filled(0);
        reader.space();
        assert_eq!(reader.buffer.capacity(), SPACE_BYTES_MIN);
    }
}
