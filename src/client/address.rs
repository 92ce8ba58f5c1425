//! Where a server is, as people write it: `host`, `host:port`, `[v6]:port`, or a bare IPv6 address.
//!
//! The host stays a word: it is looked up anew for each attempt, since a laptop that changes networks finds the
//! server elsewhere. `std`'s own parsers want a port and refuse hosts.

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

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// Nothing stands before the port.
    NoHost,
    /// What stands behind the colon is not a number from 0 to 65535.
    BadPort,
    /// White space, a slash, or brackets in the wrong place.
    BadHost,
    /// Several colons, and not an IPv6 address.
    TooManyColons,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressError::NoHost => "the host is missing; write HOST or HOST:PORT",
            AddressError::BadPort => "a port is a number from 0 to 65535; write HOST:PORT",
            AddressError::BadHost => "not a host; write HOST, HOST:PORT or [IPV6]:PORT",
            AddressError::TooManyColons => "too many colons; write [IPV6]:PORT",
        })
    }
}

impl std::error::Error for AddressError {}

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
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => bracketed(rest)?,
            None => bare(text)?,
        };
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        // To another program, as ssh, it would be an option.
        if host.starts_with('-') {
            return Err(AddressError::BadHost);
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control() || "/[]@".contains(c)) {
            return Err(AddressError::BadHost);
        }
        Ok(Address {
            host: host.to_owned(),
            port: port.map_or(Ok(PORT), parse_port)?,
        })
    }
}

fn bracketed(rest: &str) -> Result<(&str, Option<&str>), AddressError> {
    let (host, behind) = rest.split_once(']').ok_or(AddressError::BadHost)?;
    if !is_ipv6(host) {
        return Err(AddressError::BadHost);
    }
    match behind.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if behind.is_empty() => Ok((host, None)),
        None => Err(AddressError::BadHost),
    }
}

fn bare(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if is_ipv6(text) {
        return Ok((text, None));
    }
    match text.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(AddressError::TooManyColons),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

/// An address of one's own link may name its interface, as in `fe80::1%eth0`.
fn is_ipv6(text: &str) -> bool {
    let number = text.split_once('%').map_or(text, |(number, _)| number);
    number.parse::<Ipv6Addr>().is_ok()
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or(AddressError::BadPort)
}

/// As [`Address::parse`] takes it, the port always written.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, AddressError>) {
        let parsed = Address::parse(text);
        let shown = parsed.as_ref().map(ToString::to_string).map_err(|e| *e);
        assert_eq!(shown.as_deref().map_err(|e| *e), expected, "{text:?}");
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
        check("", Err(AddressError::NoHost));
        check(":80", Err(AddressError::NoHost));
        for bad in ["h:", "h:x", "h:+1", "h:65536", "h:٣", "h: 1"] {
            check(bad, Err(AddressError::BadPort));
        }
        for bad in [
            "a b", "[::1", "[::1]80", "[host]:1", "http/", "a@b", "a\u{1b}", "-oX=y",
        ] {
            check(bad, Err(AddressError::BadHost));
        }
        check("1:2:3", Err(AddressError::TooManyColons));
        check("http://host:1", Err(AddressError::TooManyColons));
    }
}
