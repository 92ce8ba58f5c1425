//! What holds of bytes on their way to becoming lines.

use chalktalk::wire::{Code, Fault, LINE_BYTES_MAX, LineReader, Refusal, Request, ServerLine, Tag};

/// A line, or what is wrong with it: the code, the column and the tag.
pub type Line = Result<String, (Code, Option<usize>, Option<Tag>)>;

const TOO_LONG: Line = Err((Code::LINE_TOO_LONG, None, None));

fn owned(line: Result<&str, Refusal>) -> Line {
    let wrong = |Refusal {
                     tag,
                     fault: Fault { code, column, .. },
                 }| (code, column, tag);
    line.map(str::to_owned).map_err(wrong)
}

/// The rules of the page, followed one after the other over all the bytes at once.
pub fn lines_of(bytes: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let parts = bytes.split_inclusive(|byte| *byte == b'\n');
    let mut first = true;
    for part in parts {
        let Some(line) = part.strip_suffix(b"\n") else {
            // A whole line of this length could not end any more.
            lines.extend((part.len() >= LINE_BYTES_MAX).then_some(TOO_LONG));
            break;
        };
        if part.len() > LINE_BYTES_MAX {
            lines.push(TOO_LONG);
            break;
        }
        let mark = if first { "\u{feff}" } else { "" };
        first = false;
        let line = line.strip_prefix(mark.as_bytes()).unwrap_or(line);
        lines.push(text_of(line.strip_suffix(b"\r").unwrap_or(line)));
    }
    lines
}

fn text_of(line: &[u8]) -> Line {
    let good = line.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    if good.len() == line.len() {
        Ok(good.to_owned())
    } else {
        let column = good.chars().count() + 1;
        Err((Code::NOT_UTF8, Some(column), tag_of(good)))
    }
}

fn tag_of(good: &str) -> Option<Tag> {
    let (word, _) = good.split_once(' ')?;
    Tag::parse(word.strip_prefix('@')?)
}

/// However the bytes come, in these chunks over and over, the lines are those of the rules.
pub fn chunks_make_no_difference(bytes: &[u8], chunks: &[usize]) {
    let expected = lines_of(bytes);
    assert_eq!(pushed(bytes, chunks), expected, "pushed");
    assert_eq!(read(bytes, chunks), expected, "read");
}

/// The bytes in pieces of these lengths, over and over.
fn pieces<'a>(mut bytes: &'a [u8], chunks: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let lengths = if chunks.is_empty() { &[1] } else { chunks };
    let lengths = lengths.iter().cycle();
    lengths.map_while(move |length| {
        if bytes.is_empty() {
            return None;
        }
        let (piece, rest) = bytes.split_at((*length).clamp(1, bytes.len()));
        bytes = rest;
        Some(piece)
    })
}

fn pushed(bytes: &[u8], chunks: &[usize]) -> Vec<Line> {
    let mut reader = LineReader::default();
    let mut lines = Vec::new();
    for piece in pieces(bytes, chunks) {
        reader.push(piece, |line| lines.push(owned(line)));
        if lines.last() == Some(&TOO_LONG) {
            break;
        }
    }
    lines
}

/// As a socket is read: into the space there is, as much as has come.
fn read(bytes: &[u8], chunks: &[usize]) -> Vec<Line> {
    let mut reader = LineReader::default();
    let mut lines = Vec::new();
    for mut piece in pieces(bytes, chunks) {
        while !piece.is_empty() {
            let space = reader.space();
            assert!(!space.is_empty(), "there is always space");
            let taken = space.len().min(piece.len());
            space[..taken].copy_from_slice(&piece[..taken]);
            let all = taken == space.len();
            reader.filled(taken);
            assert_eq!(reader.is_drained(), !all);
            piece = &piece[taken..];
            while let Some(line) = reader.next_line() {
                lines.push(owned(line));
                if lines.last() == Some(&TOO_LONG) {
                    assert_eq!(reader.next_line().map(owned), Some(TOO_LONG));
                    return lines;
                }
            }
            let rest = reader.rest().len();
            assert!(rest < LINE_BYTES_MAX, "the rest is bounded");
            assert!(rest + reader.space().len() <= 2 * LINE_BYTES_MAX);
        }
    }
    lines
}

/// One flipped bit stays in its line: all others are as they were, and of one line there are not two.
///
/// Two flips are let off, because no format without a checksum could see them, and TCP has one: a byte that
/// becomes an LF (in a line of ours only `*`, `J` and 8A inside a character can) parts its line, and an LF that
/// becomes something else joins two. Even then no other line changes.
pub fn a_flipped_bit_stays_in_its_line(bytes: &[u8], bit: usize) {
    if bytes.is_empty() {
        return;
    }
    let (at, bit) = (bit / 8 % bytes.len(), bit % 8);
    let mut flipped = bytes.to_vec();
    flipped[at] ^= 1 << bit;
    let (before, after) = (lines_of(bytes), lines_of(&flipped));
    for line in after.iter().flatten() {
        // Neither may panic, whatever it is taken for.
        let _ = (Request::decode(line), ServerLine::decode(line));
    }
    if before.contains(&TOO_LONG) || after.contains(&TOO_LONG) {
        return;
    }
    let whose = bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    let (was, is) = (bytes[at] == b'\n', flipped[at] == b'\n');
    let rest_before = whose + 1 + usize::from(was);
    let rest_after = whose + 1 + usize::from(is);
    let from = |lines: &[Line], at: usize| lines.get(at..).unwrap_or_default().to_vec();
    assert_eq!(before.get(..whose), after.get(..whose), "what came before");
    assert_eq!(
        from(&before, rest_before),
        from(&after, rest_after),
        "what comes after"
    );
    if was == is {
        assert_eq!(before.len(), after.len(), "one line of one");
    }
}
