//! What is typed or piped in, cut into lines.
//!
//! Unlike a peer's connection, one's own input goes on after a line that is too long, and its last line counts
//! though nothing ends it: so [`LineReader`](crate::wire::LineReader), which promises the opposite of both, is not used.

use crate::wire::LINE_BYTES_MAX;
use std::io::{BufRead, BufReader, Read};
use std::iter;

/// The lines of an input, without their ends, or why one of them is not sent. No more of it is held than a line.
pub(super) fn lines(input: impl Read) -> impl Iterator<Item = Result<String, String>> {
    // Some editors begin a file with a byte order mark.
    let (mut input, mut mark) = (BufReader::new(input), Some('\u{feff}'));
    iter::from_fn(move || {
        let (mut line, bytes_max) = (Vec::new(), LINE_BYTES_MAX as u64 + 1);
        // An input that fails has no more to say.
        let _ = input.by_ref().take(bytes_max).read_until(b'\n', &mut line);
        let end = line.pop_if(|byte| *byte == b'\n');
        if line.is_empty() && end.is_none() {
            return None;
        }
        if line.len() > LINE_BYTES_MAX {
            let _ = input.skip_until(b'\n');
            return Some(Err(format!(
                "a line of more than {LINE_BYTES_MAX} bytes was not sent; send it in parts"
            )));
        }
        line.pop_if(|byte| *byte == b'\r');
        let Ok(line) = String::from_utf8(line) else {
            let sentence = "a line that is not UTF-8 was not sent; convert it first";
            return Some(Err(sentence.to_owned()));
        };
        let unmarked = mark.take().and_then(|mark| line.strip_prefix(mark));
        Some(Ok(unmarked.unwrap_or(&line).to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
            let bytes = self.1.min(space.len());
            self.0.read(&mut space[..bytes])
        }
    }

    const TOO_LONG: Result<&str, &str> = Err("a line of more than 16384 bytes");
    const NOT_UTF8: Result<&str, &str> = Err("a line that is not UTF-8");

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Result<&str, &str>]) {
        // Single bytes, but of the long ones more at a time.
        for chunk in [1 + bytes.len() / 100, bytes.len().max(1)] {
            let cut: Vec<_> = lines(Dribble(bytes, chunk)).collect();
            let cut: Vec<Result<&str, &str>> = cut
                .iter()
                .map(|line| {
                    line.as_deref()
                        .map_err(|why| why.split(" was not").next().unwrap())
                })
                .collect();
            assert_eq!(cut, expected);
        }
    }

    #[test]
    fn any_chunking_gives_the_same_lines() {
        check(b"", &[]);
        check(b"\n", &[Ok("")]);
        check(b"one\ntwo", &[Ok("one"), Ok("two")]);
        check(b"one\r\n\ntwo\n", &[Ok("one"), Ok(""), Ok("two")]);
        check("\u{feff}é\n\u{feff}".as_bytes(), &[Ok("é"), Ok("\u{feff}")]);
    }

    #[test]
    fn a_bad_line_costs_itself_only() {
        check(b"a\n\xff\nb", &[Ok("a"), NOT_UTF8, Ok("b")]);
        let longest = "x".repeat(LINE_BYTES_MAX);
        check(format!("{longest}\nb").as_bytes(), &[Ok(&longest), Ok("b")]);
        check(format!("{longest}x\nb").as_bytes(), &[TOO_LONG, Ok("b")]);
        let endless = "x".repeat(10 * LINE_BYTES_MAX);
        check(endless.as_bytes(), &[TOO_LONG]);
        check(format!("{endless}\nb\n").as_bytes(), &[TOO_LONG, Ok("b")]);
    }
}
