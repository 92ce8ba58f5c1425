//! The engine's protocol, as far as a relay needs it: lines that end in CR and LF, and behind `MSG` so many bytes.
//! <https://docs.nats.io/reference/reference-protocols/nats-protocol>
//!
//! The engine is not trusted: what is kept of what it sends is bounded, and no size that it names is reserved. A message
//! longer than any of ours is passed over as it comes and never held.
//!
//! Ruled out: a parser of JSON. Of all that `INFO` says one number is wanted, and to find that one it is enough to know
//! where strings begin and end and how deep one is.

/// Longest payload that can be one of ours: an event's line, and who it is from.
const PAYLOAD_BYTES_MAX: usize = 17 * 1024;
/// Longest payload that any engine passes on.
const FOREIGN_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest line: `INFO` lists all engines of a cluster.
const LINE_BYTES_MAX: usize = 32 * 1024;

const BAD_LENGTH: &str = "sent a message of another length than it said";

/// What the engine says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Who it is, with the longest payload that it takes.
    Info(Option<usize>),
    /// A payload for the subscription of this number; empty in place of one that was passed over.
    Message(usize, Vec<u8>),
    Ping,
    Pong,
    /// What it did not do.
    Refused(String),
}

/// Cuts the engine's bytes into what it says.
#[derive(Debug, Default)]
pub(super) struct Inlet {
    /// What was read and is not understood yet.
    pub(super) held: Vec<u8>,
    /// Bytes, held or to come, that are passed over.
    foreign: usize,
}

impl Inlet {
    /// The next thing that is there whole.
    ///
    /// # Errors
    /// It is not the protocol; where the next thing would begin is unknown.
    pub(super) fn next(&mut self) -> Result<Option<Op>, &'static str> {
        let passed_over = self.foreign.min(self.held.len());
        self.held.drain(..passed_over);
        self.foreign -= passed_over;
        let Some(end) = self.held.iter().position(|&byte| byte == b'\n') else {
            let fits = self.held.len() <= LINE_BYTES_MAX;
            return fits.then_some(None).ok_or("sent a line without end");
        };
        let line = String::from_utf8_lossy(&self.held[..end]).into_owned();
        let (verb, rest) = line.split_once([' ', '\t', '\r']).unwrap_or((&line, ""));
        let op = match &*verb.to_ascii_uppercase() {
            "MSG" => return self.message(end + 1, rest),
            "INFO" => Op::Info(payload_max(rest)),
            "PING" => Op::Ping,
            "PONG" => Op::Pong,
            "-ERR" => Op::Refused(rest.trim().to_owned()),
            _ => return Err("sent what is not the NATS protocol"),
        };
        self.held.drain(..=end);
        Ok(Some(op))
    }

    /// `MSG subject number [reply] bytes`, and behind it the bytes with an end of line.
    fn message(&mut self, begin: usize, fields: &str) -> Result<Option<Op>, &'static str> {
        let mut numbers = fields.split_whitespace().skip(1).map(str::parse);
        let found = (numbers.next(), numbers.last());
        let (Some(Ok(number)), Some(Ok(bytes @ 0..=FOREIGN_BYTES_MAX))) = found else {
            return Err(BAD_LENGTH);
        };
        let end = begin + bytes + 2;
        if bytes > PAYLOAD_BYTES_MAX {
            self.foreign = end;
            return Ok(Some(Op::Message(number, Vec::new())));
        }
        let Some(behind) = self.held.get(begin..end) else {
            return Ok(None);
        };
        let payload = behind.strip_suffix(b"\r\n").ok_or(BAD_LENGTH)?.to_vec();
        self.held.drain(..end);
        Ok(Some(Op::Message(number, payload)))
    }
}

/// The number behind the key `max_payload` of the object itself: not in a string, nor in an object within it.
fn payload_max(json: &str) -> Option<usize> {
    // Without what is escaped each quote begins or ends a string, and every other part is one.
    let bare = json.replace(r"\\", "").replace("\\\"", "");
    let parts: Vec<&str> = bare.split('"').collect();
    let mut depth = 0;
    for three in parts.windows(3).step_by(2) {
        let opened = depth + three[0].matches(['{', '[']).count();
        depth = opened.checked_sub(three[0].matches(['}', ']']).count())?;
        let value = three[2].trim_start().strip_prefix(':');
        if let (1, "max_payload", Some(value)) = (depth, three[1], value) {
            return value.split([',', '}']).next()?.trim().parse().ok();
        }
    }
    None
}

/// The first lines to the engine: it is to send nothing back to whom it came from. The login is JSON. The engine answers
/// when it has done all of it.
pub(super) fn hello<'a>(login: &str, subjects: impl Iterator<Item = &'a str>) -> String {
    let connect = r#"CONNECT {"verbose":false,"pedantic":false,"echo":false,"protocol":1"#;
    let mut hello = format!("{connect}{login}}}\r\n");
    for (number, subject) in subjects.enumerate() {
        hello += &format!("SUB {subject} {number}\r\n");
    }
    hello + "PING\r\n"
}

/// Reads `nats://[LOGIN@]HOST[:PORT]`: where it is, and the login as JSON.
pub(super) fn place(url: &str) -> Option<(String, String)> {
    let place = url.strip_prefix("nats://")?.trim_end_matches('/');
    let (login, host) = place.rsplit_once('@').unwrap_or(("", place));
    let has_port = host.contains(':') && !host.ends_with(']');
    let at = format!("{host}{}", if has_port { "" } else { ":4222" });
    let (name, port) = at.rsplit_once(':')?;
    // Rust and JSON escape such characters in the same way.
    let is_plain = place.bytes().all(|byte| byte.is_ascii_graphic());
    let login = match login.split_once(':') {
        Some((user, pass)) => format!(",\"user\":{user:?},\"pass\":{pass:?}"),
        None if login.is_empty() => String::new(),
        None => format!(",\"auth_token\":{login:?}"),
    };
    let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
    (is_plain && is_port && !name.is_empty()).then_some((at, login))
}

pub(super) fn publish(subject: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("PUB {subject} {}\r\n", payload.len());
    [head.as_bytes(), payload, b"\r\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is said up to the end, or to what cannot be understood.
    fn said(bytes: &[u8], piece: usize) -> Vec<Result<Op, &'static str>> {
        let (mut inlet, mut said) = (Inlet::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            inlet.held.extend_from_slice(piece);
            loop {
                match inlet.next() {
                    Ok(Some(op)) => said.push(Ok(op)),
                    Ok(None) => break,
                    Err(why) => {
                        said.push(Err(why));
                        return said;
                    }
                }
            }
        }
        said
    }

    #[test]
    fn what_the_engine_says_comes_in_any_pieces() {
        let bytes = b"INFO {\"max_payload\":1048576}\r\nPING\r\npong\r\nMSG a.b 1 5\r\nhi\r\n!\r\n\
            MSG a 7 reply.to 0\r\n\r\n-ERR 'Permissions Violation'\r\nPIN";
        let expected = [
            Op::Info(Some(1_048_576)),
            Op::Ping,
            Op::Pong,
            Op::Message(1, b"hi\r\n!".to_vec()),
            Op::Message(7, Vec::new()),
            Op::Refused("'Permissions Violation'".into()),
        ]
        .map(Ok);
        for piece in 1..bytes.len() {
            assert_eq!(said(bytes, piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_message_that_is_too_long_for_ours_is_passed_over_and_not_kept() {
        let mut inlet = Inlet::default();
        inlet.held.extend_from_slice(b"MSG a 1 1000000\r\n");
        assert_eq!(inlet.next(), Ok(Some(Op::Message(1, Vec::new()))));
        for _ in 0..1000 {
            inlet.held.extend_from_slice(&[b'x'; 1000]);
            assert_eq!(inlet.next(), Ok(None));
            assert_eq!(inlet.held.len(), 0);
        }
        inlet.held.extend_from_slice(b"\r\nPING\r\n");
        assert_eq!(inlet.next(), Ok(Some(Op::Ping)));
    }

    #[test]
    fn what_is_not_the_protocol_ends_it() {
        for broken in [
            "HTTP/1.1 400 Bad Request\r\n",
            "\r\n",
            "MSG\r\n",
            "MSG a\r\n",
            "MSG a 1\r\n",
            "MSG a 1 -1\r\n",
            "MSG a -1 1\r\n",
            "MSG a 1 67108865\r\n",
            "MSG a 1 99999999999999999999999\r\n",
            "MSG a 1 2\r\nabc\r\n",
            "MSG a 1 2\r\nab\rc",
            "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nab\r\n",
            "\0\u{1b}[2J\r\n",
        ] {
            let said = said(broken.as_bytes(), 3);
            assert!(matches!(said[..], [Err(_)]), "{broken:?}: {said:?}");
        }
        assert!(matches!(said(b"\xff\xfe\n", 1)[..], [Err(_)]));
        assert!(matches!(said(&[b'x'; 40_000], 1000)[..], [Err(_)]));
    }

    #[test]
    fn the_longest_payload_is_found_where_it_stands_and_nowhere_else() {
        #[track_caller]
        fn check(json: &str, expected: Option<usize>) {
            assert_eq!(payload_max(json), expected, "{json}");
        }
        check(r#"{"a":"b", "max_payload" : 7 }"#, Some(7));
        check(
            r#"{"a":"\"max_payload\":1","b":["max_payload",2],"max_payload":3}"#,
            Some(3),
        );
        check(r#"{"a":{"max_payload":1},"max_payload":2}"#, Some(2));
        check(r#"{"a":"\\","max_payload":2}"#, Some(2));
        check(r#"{"a":"max_payload"}"#, None);
        for none in ["", "{", "\"", "}\"max_payload\":1", r#"{"max_payload"}"#] {
            check(none, None);
        }
        check(r#"{"max_payload":-1}"#, None);
        check(r#"{"max_payload":"1"}"#, None);
        check(r#"{"max_payload":99999999999999999999999}"#, None);
        check(r#"{"max_payload":1"#, Some(1));
        check("{\"é\\", None);
    }

    #[test]
    fn what_is_sent_is_what_the_engine_reads() {
        assert_eq!(
            publish("chalk.lobby", "é\n".as_bytes()),
            "PUB chalk.lobby 3\r\né\n\r\n".as_bytes()
        );
        let subjects = ["chalk.lobby", "chalk.maths"].into_iter();
        let hello = hello(",\"auth_token\":\"t\"", subjects);
        assert!(hello.starts_with("CONNECT {\"verbose\":false,"), "{hello}");
        let end = ",\"auth_token\":\"t\"}\r\nSUB chalk.lobby 0\r\nSUB chalk.maths 1\r\nPING\r\n";
        assert!(
            hello.contains("\"echo\":false") && hello.ends_with(end),
            "{hello}"
        );
    }

    #[test]
    fn an_engine_has_a_place_and_perhaps_a_login() {
        #[track_caller]
        fn check(url: &str, at: &str, login: &str) {
            assert_eq!(place(url), Some((at.into(), login.into())));
        }
        check("nats://engine", "engine:4222", "");
        check("nats://10.0.0.7:4333/", "10.0.0.7:4333", "");
        check("nats://[::1]", "[::1]:4222", "");
        check("nats://[::1]:4333", "[::1]:4333", "");
        check("nats://t0ken@h", "h:4222", r#","auth_token":"t0ken""#);
        check(
            "nats://anna:p@ss@h",
            "h:4222",
            r#","user":"anna","pass":"p@ss""#,
        );
        let json = ",\"user\":\"a\",\"pass\":\"\\\"\\\\c:'\"";
        check("nats://a:\"\\c:'@h", "h:4222", json);
        for bad in [
            "",
            "nats://",
            "nats://a@",
            "http://h",
            "nats://h h",
            "nats://é@h",
            "nats://h\n",
            "nats://:4222",
            "nats://h:",
            "nats://h:0",
            "nats://h:99999",
        ] {
            assert_eq!(place(bad), None, "{bad:?}");
        }
    }
}
