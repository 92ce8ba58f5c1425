//! A link: where a server is and its join code, in one word to paste.
//!
//! `chalktalk://192.168.1.20:24255/1ZVW-G4PN-PPMN-3RDX-04HM-ASW9`
//!
//! Read by hand, for this one shape: a general reader of addresses knows user names, queries
//! and percent signs, each of which would have to be refused here.

use std::fmt;

use super::code::{CodeError, JoinCode, looks_like_code};

const SCHEME: &str = "chalktalk://";

/// Where a server is, and the code for it. It prints as the link, secret included.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The port, where the link names one.
    pub port: Option<u16>,
    /// The code.
    pub code: JoinCode,
}

/// Why a text is not a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It does not begin with `chalktalk://`.
    Scheme,
    /// There is no host, or one that no host is called.
    Host,
    /// What follows the host's colon is not a port, 1 to 65535.
    Port,
    /// What follows the slash is not a join code.
    Code(CodeError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => write!(f, "a link begins with {SCHEME}"),
            Self::Host => write!(f, "the link names no host"),
            Self::Port => write!(f, "the link's port is not a number from 1 to 65535"),
            Self::Code(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for LinkError {}

impl Link {
    /// Whether a text is meant for a link, so that an error in it is worth telling.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        without_scheme(text.trim()).is_some()
    }

    /// Reads a link; white space around it is ignored.
    ///
    /// # Errors
    /// A [`LinkError`]. Hosts that begin with `-` are refused: another program might take one
    /// for an option.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let rest = without_scheme(text.trim()).ok_or(LinkError::Scheme)?;
        let (place, code) = rest
            .split_once('/')
            .ok_or(LinkError::Code(CodeError::Length(0)))?;
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']').ok_or(LinkError::Host)?,
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        let is_word = host.chars().all(stands_in_a_host) && !looks_like_code(host);
        if host.is_empty() || host.starts_with('-') || !is_word {
            return Err(LinkError::Host);
        }
        let port = match port.strip_prefix(':') {
            Some(digits) => Some(parse_port(digits).ok_or(LinkError::Port)?),
            None if port.is_empty() => None,
            None => return Err(LinkError::Host),
        };
        let code = JoinCode::parse(code).map_err(LinkError::Code)?;
        Ok(Self {
            host: host.to_owned(),
            port,
            code,
        })
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, code } = self;
        let (open, close) = if host.contains(':') {
            ("[", "]")
        } else {
            ("", "")
        };
        write!(f, "{SCHEME}{open}{host}{close}")?;
        if let Some(port) = port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{code}")
    }
}

fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

fn stands_in_a_host(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-' | '_' | ':' | '%')
}

fn parse_port(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port = plain.then(|| digits.parse().ok())?;
    port.filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9";

    #[track_caller]
    fn check(place: &str, host: &str, port: Option<u16>) {
        let text = format!("chalktalk://{place}/{CODE}");
        let link = Link::parse(&text).ok().unwrap();
        assert_eq!((link.host.as_str(), link.port), (host, port));
        assert_eq!(link.to_string(), text);
    }

    #[track_caller]
    fn refused(text: &str, expected: LinkError) {
        assert_eq!(Link::parse(text).err(), Some(expected), "{text}");
    }

    #[test]
    fn links_are_read_and_written_alike() {
        check("192.168.1.20:24255", "192.168.1.20", Some(24255));
        check("laptop.local", "laptop.local", None);
        check("[fe80::1%eth0]:65535", "fe80::1%eth0", Some(65535));
        check("[::1]", "::1", None);
    }

    #[test]
    fn a_link_is_read_as_it_was_pasted() {
        let text = " Chalktalk://host:1/1zvwg4pnppmn3rdx04hmasw9\r\n";
        assert!(Link::is_meant_by(text));
        assert_eq!(
            Link::parse(text).ok().unwrap().to_string(),
            format!("chalktalk://host:1/{CODE}")
        );
        assert!(!Link::is_meant_by(CODE));
    }

    #[test]
    fn what_is_no_link_is_refused() {
        let with = |place: &str| format!("chalktalk://{place}/{CODE}");
        refused(CODE, LinkError::Scheme);
        refused("chalktalk:/", LinkError::Scheme);
        refused("chalktalk\u{e9}//", LinkError::Scheme);
        for host in [
            "", ":1", "-o", "[-o]", "[::1", "[]", "[::1]x", "a b", "a@b", "\u{1b}[m", CODE,
        ] {
            refused(&with(host), LinkError::Host);
        }
        for port in ["", "0", "65536", "+1", "1x", "::1"] {
            refused(&with(&format!("host:{port}")), LinkError::Port);
        }
        refused("chalktalk://host", LinkError::Code(CodeError::Length(0)));
        refused(
            "chalktalk://host/1ZVW",
            LinkError::Code(CodeError::Length(4)),
        );
    }
}
