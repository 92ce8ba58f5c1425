//! The two lines that open an encrypted connection, before anything is secret.
//!
//! Both are exact to the byte: they are the handshake's prologue, so that a line altered on the
//! way breaks it, and there is nothing in them to be read in more than one way.

use super::hex;
use super::x25519::PublicKey;

const SERVER_LINE_START: &[u8] = b"CHALKTALK 1 noise ";

/// Bytes of the server's line, its LF included.
pub(super) const SERVER_LINE_BYTES: usize = SERVER_LINE_START.len() + 64 + 1;

/// What the client answers.
pub(super) const CLIENT_LINE: &[u8] = b"NOISE 1\n";

/// The server's line: version, mode, its public key.
pub(super) fn server_line(key: &PublicKey) -> Vec<u8> {
    let digits = hex::encode(key.as_bytes());
    [SERVER_LINE_START, digits.as_bytes(), b"\n"].concat()
}

/// The key in a server's line, LF included.
pub(super) fn parse_server_line(line: &[u8]) -> Option<PublicKey> {
    let digits = line.strip_prefix(SERVER_LINE_START)?.strip_suffix(b"\n")?;
    hex::decode(digits).map(PublicKey::from_bytes)
}

/// Both lines, as the handshake takes them in.
pub(super) fn prologue(server_line: &[u8]) -> Vec<u8> {
    [server_line, CLIENT_LINE].concat()
}
