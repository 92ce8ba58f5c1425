//! Where a server is, as people write it: `host`, `host:port`, `[v6]:port`, or a bare IPv6 address.
//!
//! The host stays a word: it is looked up anew for each attempt, since a laptop that changes networks finds the
//! server elsewhere. `std`'s own parsers want a port and refuse hosts.

use crate::secure::code::looks_like_code;
use crate::wire::PORT;
use std::fmt;
use std::net::Ipv6Addr;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name or a number, an IPv6 one without its brackets.
    pub host: String,
    /// [`PORT`] where none was written.
    pub port: u16,
}

const NO_HOST: &str = "the host is missing; write HOST or HOST:PORT";
const BAD_PORT: &str = "a port is a number from 0 to 65535; write HOST:PORT";
const BAD_HOST: &str = "not a host; write HOST, HOST:PORT or [IPV6]:PORT";
/// No name server hears of a code, however it is mistyped.
const IS_CODE: &str = "that is a code, not an address; chalktalk join ADDR asks for the code";
const TOO_MANY_COLONS: &str = "too many colons; write [IPV6]:PORT";

impl Address {
    /// This machine, at the usual port.
    pub fn here() -> Address {
        Address {
            host: "127.0.0.1".into(),
            port: PORT,
        }
    }

    /// Parses an address; the port is [`PORT`] where none is written.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Address, &'static str> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !is_ipv6(text) && !text.ends_with(']') => (host, Some(port)),
            _ => (text, None),
        };
        if port.is_some() && host.contains(':') && !host.starts_with('[') {
            return Err(TOO_MANY_COLONS);
        }
        let opened = host.strip_prefix('[');
        let inner = opened.and_then(|host| host.strip_suffix(']'));
        let is_foreign = |c: char| c.is_whitespace() || c.is_control() || "/[]@".contains(c);
        match inner.filter(|inner| is_ipv6(inner)).unwrap_or(host) {
            "" => Err(NO_HOST),
            host if looks_like_code(host) => Err(IS_CODE),
            // To another program, as ssh, a dash would begin an option.
            host if host.starts_with('-') || host.contains(is_foreign) => Err(BAD_HOST),
            host => Ok(Address {
                host: host.to_owned(),
                port: port.map_or(Ok(PORT), parse_port)?,
            }),
        }
    }
}

/// An address of one's own link may name its interface, as in `fe80::1%eth0`.
fn is_ipv6(text: &str) -> bool {
    let number = text.split_once('%').map_or(text, |(number, _)| number);
    number.parse::<Ipv6Addr>().is_ok()
}

/// A sign is none of a port's, though std takes one.
fn parse_port(text: &str) -> Result<u16, &'static str> {
    let parsed = text.parse().ok().filter(|_| !text.starts_with('+'));
    parsed.ok_or(BAD_PORT)
}

/// As [`Address::parse`] takes it, the port always written.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let parsed = Address::parse(text);
        let shown = parsed.as_ref().map(ToString::to_string);
        let shown = shown.as_deref().map_err(|error| **error);
        assert_eq!(shown, expected, "{text:?}");
        if let Ok(address) = parsed {
            assert_eq!(Address::parse(&address.to_string()), Ok(address));
        }
    }

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        check("localhost", Ok("localhost:24255"));
        check("10.0.0.7:80", Ok("10.0.0.7:80"));
        check("::1", Ok("[::1]:24255"));
        check("[::1]", Ok("[::1]:24255"));
        check("[fe80::1%eth0]:0", Ok("[fe80::1%eth0]:0"));
        check("fe80::1%eth0", Ok("[fe80::1%eth0]:24255"));
        check("teachers-pc.local:65535", Ok("teachers-pc.local:65535"));
    }

    #[test]
    fn what_is_no_address_is_named() {
        check("", Err(NO_HOST));
        check(":80", Err(NO_HOST));
        for bad in ["h:", "h:x", "h:+1", "h:65536", "h:٣", "h: 1"] {
            check(bad, Err(BAD_PORT));
        }
        for bad in [
            "a b", "[::1", "[::1]80", "[host]:1", "http/", "a@b", "a\u{1b}", "-oX=y",
        ] {
            check(bad, Err(BAD_HOST));
        }
        for code in [
            "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9",
            "1zvw-g4pn-ppmn-3rdx-04hm:24255",
            "1ZVWG4PN-PPMN3RDX04HMASW9:x",
            "1ZVW G4PN PPMN 3RDX 04HM ASW9",
        ] {
            check(code, Err(IS_CODE));
        }
        check("1:2:3", Err(TOO_MANY_COLONS));
        check("1:2:3:4:5:6:7:8:80", Err(TOO_MANY_COLONS));
        check("http://host:1", Err(TOO_MANY_COLONS));
    }
}
