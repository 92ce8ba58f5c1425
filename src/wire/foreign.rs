//! Foreign protocols: programs at the wrong address, known by their first line.
//!
//! Only what no first line of ours is, so nobody who chats is ever taken for one. The request of a browser is known by
//! its end and not by its verb: a page that somebody opens can make the browser send `NAME / HTTP/1.1`, and lines of the
//! page's own behind it, which must not be handled. Ruled out: an `ERROR` for each of their lines. A browser sends a
//! dozen, and one sentence says it all.

use super::fault::{Code, Fault};
use super::text::is_control;

/// Names the foreign protocol that these first bytes of a connection belong to. Call it again when more have come,
/// until the first line is whole.
pub fn foreign_protocol(first: &[u8]) -> Option<Fault> {
    let end = first.iter().position(|&byte| byte == b'\n');
    let line = &first[..end.unwrap_or(first.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = match std::str::from_utf8(line) {
        // The rest of its last character may be on its way.
        Err(error) if end.is_none() && error.error_len().is_none() => {
            std::str::from_utf8(&line[..error.valid_up_to()])
        }
        text => text,
    };
    let name = match text.ok().filter(|text| !text.contains(is_control)) {
        None => "a protocol of bytes",
        Some(text) if text.starts_with("SSH-") => "SSH",
        Some(text) if end.is_some() && ends_as_http(text) => "HTTP",
        Some(_) => return None,
    };
    let sentence = format!("this is a chat and speaks chalktalk, not {name}");
    Some(Fault::new(Code::FOREIGN_PROTOCOL, sentence))
}

/// True for `GET / HTTP/1.1`, with any verb.
fn ends_as_http(line: &str) -> bool {
    let (_, version) = line.rsplit_once(" HTTP/").unwrap_or_default();
    !version.is_empty() && version.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_shells_are_known_and_chatters_are_not_taken_for_them() {
        for foreign in [
            b"POST / HTTP/1.1\r\n".as_slice(),
            b"PRI * HTTP/2.0\r\n",
            b"\x16",
            b"\x16\x03\x01\x02",
            b"SSH-2.0-x\r\n",
            b"NAME / HTTP/1.1\r\nHost: x\r\n\r\nNAME m\r\n",
            b"get /a%20b HTTP/1.0\n",
            b"\xef\xbb\xbfNAME / HTTP/2\n",
            b"\0",
            b"NAME an\x1b",
            b"NAME \xff",
            b"NAME \xc3\n",
            b"NAME \xc2\x9b",
            b"NAME a\rSAY",
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
            b"GET /",
            b"GET /\n",
            b"post / x",
            b"SSH",
            b"NAME \xc3",
            b"NAME anna\r",
            b"NAME anna\n\xff\0",
            b"NAME anna\nNAME / HTTP/1.1\n",
            b"NAME / HTTP/1.1",
            b"SAY what is HTTP/1.1 ?\r\n",
            b"SAY what is HTTP/\n",
        ] {
            assert_eq!(foreign_protocol(ours), None);
        }
    }
}
