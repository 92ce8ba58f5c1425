//! Where a server is, in every spelling: the word that was typed, and each address that it stands for.
//!
//! What is remembered of a server is found under any of them, so that nobody is taken in by `LocalHost.` where
//! `127.0.0.1` is known. Which addresses a word stands for is the network's claim: the word itself comes first.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The spellings of one place, each as `host:port` or `[v6]:port`; the typed one first, then the one that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(Vec<String>);

impl Addresses {
    /// The host as it was typed, without brackets or white space, and what it resolves to, the address that answered
    /// first.
    #[must_use]
    pub fn new(host: &str, port: u16, resolved: &[SocketAddr]) -> Self {
        let mut addresses = vec![spelled(host, port)];
        for address in resolved {
            let place = written(address.ip(), address.port());
            if !addresses.contains(&place) {
                addresses.push(place);
            }
        }
        Self(addresses)
    }

    /// Each spelling once, the typed one first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether a link that names this host, and port if it names one, leads here.
    #[must_use]
    pub fn has(&self, host: &str, port: Option<u16>) -> bool {
        let host = spelled(host, 0);
        self.iter().any(|place| {
            let same_port = port.is_none_or(|port| place.ends_with(&format!(":{port}")));
            same_port && host_of(place) == host_of(&host)
        })
    }
}

/// As it was typed.
impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iter().next().unwrap_or_default())
    }
}

/// The one spelling of a place written as `host:port`; `None` if it is not.
pub(super) fn read(place: &str) -> Option<String> {
    let (host, port) = place.rsplit_once(':')?;
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = inside.unwrap_or(host);
    (!host.is_empty()).then_some(spelled(host, port.parse().ok()?))
}

/// A place without its port.
pub(super) fn host_of(place: &str) -> &str {
    place.rsplit_once(':').map_or(place, |(host, _)| host)
}

fn spelled(host: &str, port: u16) -> String {
    // The scope names an interface of this machine, which may be called otherwise tomorrow.
    let number = host.split_once('%').map_or(host, |(number, _)| number);
    match number.parse::<IpAddr>() {
        Ok(ip) => written(ip, port),
        Err(_) => {
            let host = host.strip_suffix('.').unwrap_or(host).to_lowercase();
            format!("{host}:{port}")
        }
    }
}

fn written(ip: IpAddr, port: u16) -> String {
    // To connect to no address in particular is to connect to this machine.
    let ip = match ip.to_canonical() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, port).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_in_every_spelling() {
        #[track_caller]
        fn check(host: &str, resolved: &[&str], expected: &[&str]) {
            let resolved: Vec<SocketAddr> = resolved.iter().map(|at| at.parse().unwrap()).collect();
            let addresses = Addresses::new(host, 7, &resolved);
            assert!(
                addresses.iter().eq(expected.iter().copied()),
                "{addresses:?}"
            );
        }
        check(
            "LocalHost.",
            &["127.0.0.1:7", "[::1]:7"],
            &["localhost:7", "127.0.0.1:7", "[::1]:7"],
        );
        check("::ffff:10.0.0.7", &["10.0.0.7:7"], &["10.0.0.7:7"]);
        check("10.0.0.7", &["[::ffff:10.0.0.7]:7"], &["10.0.0.7:7"]);
        check("FE80::1%eth0", &["[fe80::1%3]:7"], &["[fe80::1]:7"]);
        check("0.0.0.0", &[], &["127.0.0.1:7"]);
        check("0:0::0", &[], &["[::1]:7"]);
    }

    #[test]
    fn a_remembered_place_is_read_in_any_spelling() {
        for (text, expected) in [
            ("Host.:7", Some("host:7")),
            ("[FE80::1%eth0]:7", Some("[fe80::1]:7")),
            ("host", None),
            (":7", None),
            ("host:x", None),
        ] {
            assert_eq!(read(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_link_leads_here_or_elsewhere() {
        let here = Addresses::new("laptop", 7, &["10.0.0.7:7".parse().unwrap()]);
        assert!(here.has("Laptop.", Some(7)) && here.has("10.0.0.7", None));
        assert!(!here.has("laptop", Some(70)) && !here.has("10.0.0.70", None));
    }
}
