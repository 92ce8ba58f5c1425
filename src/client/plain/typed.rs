//! What is typed or piped in, cut into lines.
//!
//! Unlike a peer's connection, one's own input goes on after a line that is too long, and its last line counts
//! though nothing ends it: so [`LineReader`](crate::wire::LineReader), which promises the opposite of both, is not used.

use crate::wire::LINE_BYTES_MAX;
use std::fmt;

/// Cuts input into lines.
#[derive(Debug, Default)]
pub(super) struct Typed {
    held: Vec<u8>,
    /// Bytes of `held` that have been taken.
    taken: usize,
    /// Within a line that is too long, up to its end.
    skipping: bool,
    begun: bool,
    ended: bool,
}

/// Why a line is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedError {
    TooLong,
    NotUtf8,
}

impl fmt::Display for TypedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypedError::TooLong => write!(
                f,
                "a line of more than {LINE_BYTES_MAX} bytes was not sent; send it in parts"
            ),
            TypedError::NotUtf8 => {
                f.write_str("a line that is not UTF-8 was not sent; convert it first")
            }
        }
    }
}

impl Typed {
    /// More has come. All lines should have been taken before, or what is held grows.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.held.drain(..self.taken);
        self.taken = 0;
        self.held.extend_from_slice(bytes);
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Has everything been taken that will ever come?
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.taken == self.held.len()
    }

    /// The next line, without its end; `None` where more is needed.
    pub(super) fn next_line(&mut self) -> Option<Result<String, TypedError>> {
        loop {
            let rest = self.held.get(self.taken..).unwrap_or_default();
            let found = rest.iter().position(|&b| b == b'\n');
            let length = match found {
                Some(at) => at,
                None if self.ended && !rest.is_empty() => rest.len(),
                None if rest.len() > LINE_BYTES_MAX => {
                    self.taken = self.held.len();
                    if !std::mem::replace(&mut self.skipping, true) {
                        return Some(Err(TypedError::TooLong));
                    }
                    return None;
                }
                None => return None,
            };
            let line = rest.get(..length).unwrap_or_default().to_vec();
            self.taken += length + usize::from(found.is_some());
            if !std::mem::take(&mut self.skipping) {
                return Some(self.text_of(line));
            }
        }
    }

    fn text_of(&mut self, mut line: Vec<u8>) -> Result<String, TypedError> {
        if line.len() > LINE_BYTES_MAX {
            return Err(TypedError::TooLong);
        }
        if line.ends_with(b"\r") {
            line.pop();
        }
        let line = String::from_utf8(line).map_err(|_| TypedError::NotUtf8)?;
        if std::mem::replace(&mut self.begun, true) {
            return Ok(line);
        }
        // Some editors begin a file with a byte order mark.
        Ok(line.strip_prefix('\u{feff}').unwrap_or(&line).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<Result<String, TypedError>> {
        let mut typed = Typed::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            typed.push(chunk);
            lines.extend(std::iter::from_fn(|| typed.next_line()));
            assert!(typed.held.len() - typed.taken <= LINE_BYTES_MAX);
        }
        typed.end();
        lines.extend(std::iter::from_fn(|| typed.next_line()));
        assert!(typed.is_over());
        lines
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[Result<&str, TypedError>]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|line| line.map(str::to_owned))
            .collect();
        assert_eq!(lines(&[bytes]), expected);
        // Single bytes, but of the long ones more at a time.
        let chunk = 1 + bytes.len() / 100;
        assert_eq!(lines(&bytes.chunks(chunk).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn any_chunking_gives_the_same_lines() {
        check(b"", &[]);
        check(b"one\ntwo", &[Ok("one"), Ok("two")]);
        check(b"one\r\n\ntwo\n", &[Ok("one"), Ok(""), Ok("two")]);
        check("\u{feff}é\n\u{feff}".as_bytes(), &[Ok("é"), Ok("\u{feff}")]);
    }

    #[test]
    fn a_bad_line_costs_itself_only() {
        use TypedError::{NotUtf8, TooLong};
        check(b"a\n\xff\nb", &[Ok("a"), Err(NotUtf8), Ok("b")]);
        let longest = "x".repeat(LINE_BYTES_MAX);
        check(format!("{longest}\nb").as_bytes(), &[Ok(&longest), Ok("b")]);
        check(
            format!("{longest}x\nb").as_bytes(),
            &[Err(TooLong), Ok("b")],
        );
        let endless = "x".repeat(10 * LINE_BYTES_MAX);
        check(endless.as_bytes(), &[Err(TooLong)]);
        check(
            format!("{endless}\nb\n").as_bytes(),
            &[Err(TooLong), Ok("b")],
        );
    }
}
