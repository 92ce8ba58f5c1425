//! Foreign protocols: programs at the wrong address, known by their first bytes.
//!
//! Only those of which no request of ours shares the beginning, so nobody who chats is ever taken for one. Ruled
//! out: an `ERROR` for each of their lines. A browser sends a dozen, and one sentence says it all.

use super::fault::{Code, Fault};

/// How each of them begins. TLS: a record that holds a handshake, and the major version that all versions share.
const FOREIGN: [(&str, &[&str]); 3] = [
    ("TLS", &["\x16\x03"]),
    ("SSH", &["SSH-"]),
    (
        "HTTP",
        &[
            "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "CONNECT ", "OPTIONS ", "TRACE ",
            "PATCH ", "PRI ",
        ],
    ),
];

/// Names the foreign protocol that these first bytes of a connection belong to. Call it again when more have come.
pub fn foreign_protocol(first: &[u8]) -> Option<Fault> {
    let begins = |begin: &&str| first.starts_with(begin.as_bytes());
    let (name, _) = FOREIGN.iter().find(|(_, all)| all.iter().any(begins))?;
    let sentence = format!("this is a chat and speaks chalktalk, not {name}");
    Some(Fault::new(Code::FOREIGN_PROTOCOL, sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_shells_are_known_and_chatters_are_not_taken_for_them() {
        for foreign in [
            b"POST / HTTP/1.1\r\n".as_slice(),
            b"GET /",
            b"PRI * HTTP/2.0",
            b"\x16\x03\x01\x02",
            b"SSH-2.0-x\r\n",
        ] {
            assert_eq!(
                foreign_protocol(foreign).map(|fault| fault.code),
                Some(Code::FOREIGN_PROTOCOL)
            );
        }
        for ours in [
            b"".as_slice(),
            b"N",
            b"NAME anna\n",
            b"GET",
            b"post / x",
            b"\x16",
            b"SSH",
        ] {
            assert_eq!(foreign_protocol(ours), None);
        }
    }
}
