//! The two lines that open an encrypted connection, before anything is secret.
//!
//! Both are exact to the byte: they are the handshake's prologue, so that a line altered on the
//! way breaks it, and there is nothing in them to be read in more than one way.

use super::hex;
use super::x25519::PublicKey;

const SERVER_LINE_START: &[u8] = b"CHALKTALK 1 noise ";

/// What the client answers.
pub(super) const CLIENT_LINE: &[u8] = b"NOISE 1\n";

/// The server's line: version, mode, its public key.
pub(super) fn server_line(key: &PublicKey) -> Vec<u8> {
    let digits = hex::encode(key.as_bytes());
    [SERVER_LINE_START, digits.as_bytes(), b"\n"].concat()
}

/// Compares a line with what comes, byte by byte, of which so many have been seen: those who speak another protocol are
/// noticed at their first wrong byte, not after a line that may never end. How many have been seen then; `None` at a
/// wrong one.
pub(super) fn compare(line: &[u8], seen: usize, input: &mut &[u8]) -> Option<usize> {
    let expected = line.get(seen..)?;
    let (taken, rest) = input.split_at(expected.len().min(input.len()));
    *input = rest;
    expected.starts_with(taken).then_some(seen + taken.len())
}

/// Both lines, as the handshake takes them in.
pub(super) fn prologue(server_line: &[u8]) -> Vec<u8> {
    [server_line, CLIENT_LINE].concat()
}
