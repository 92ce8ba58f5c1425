//! Whom to ask: the broadcast addresses of this machine's networks.
//!
//! The standard library does not list interfaces, but Linux tells in two files of `/proc/net`:
//! `fib_trie` has every broadcast address, `route` has the interface of each network. Both are
//! read as text, by a function that touches no file. Elsewhere there is the address this
//! machine would send from, and the guess that its network is as large as most are at home.
//!
//! 255.255.255.255 alone would not do: it leaves by one interface only.

use std::fmt;
use std::net::{Ipv4Addr, UdpSocket};

/// Everybody on the network of the default route.
const EVERYBODY: Ipv4Addr = Ipv4Addr::BROADCAST;
/// Everybody on this machine.
const THIS_MACHINE: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
/// An address set aside for documentation; connecting a UDP socket to it sends nothing.
const SOMEWHERE_ELSE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
/// Addresses asked, at most; a machine with containers has many networks.
const TARGETS_MAX: usize = 32;

/// An address to ask at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A broadcast address.
    pub address: Ipv4Addr,
    /// The interface it leaves by, where that is known.
    pub interface: Option<String>,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{} ({interface})", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// All addresses to ask at, this machine's own included.
#[must_use]
pub fn targets() -> Vec<Target> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mut targets = networks(&read("/proc/net/route"), &read("/proc/net/fib_trie"));
    if targets.iter().all(|target| target.address.is_loopback()) {
        targets.extend(guessed_network().map(unnamed));
    }
    for address in [EVERYBODY, THIS_MACHINE] {
        if targets.iter().all(|target| target.address != address) {
            targets.push(unnamed(address));
        }
    }
    targets
}

/// The broadcast addresses in the text of `/proc/net/fib_trie`, each with the interface that
/// `/proc/net/route` has for its network; without the former, those that follow from the latter.
#[must_use]
pub fn networks(route: &str, fib_trie: &str) -> Vec<Target> {
    let routes: Vec<Route<'_>> = route.lines().filter_map(parse_route).collect();
    let mut addresses = broadcasts(fib_trie);
    if addresses.is_empty() {
        addresses.extend(routes.iter().filter_map(Route::broadcast));
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(TARGETS_MAX);
    let interface = |address| {
        let holding = routes.iter().filter(|route| route.holds(address));
        let nearest = holding.max_by_key(|route| route.mask)?;
        Some(nearest.interface.to_owned())
    };
    let target = |address| Target {
        address,
        interface: interface(address),
    };
    addresses.into_iter().map(target).collect()
}

fn unnamed(address: Ipv4Addr) -> Target {
    Target {
        address,
        interface: None,
    }
}

/// An address by which this machine is reached on one of its networks, where the system tells: a network that leads
/// nowhere else has one too.
#[must_use]
pub fn own_address() -> Option<Ipv4Addr> {
    let fib_trie = std::fs::read_to_string("/proc/net/fib_trie").ok()?;
    let own = leaves(&fib_trie, " LOCAL");
    own.into_iter().find(|address| !address.is_loopback())
}

fn broadcasts(fib_trie: &str) -> Vec<Ipv4Addr> {
    leaves(fib_trie, " BROADCAST")
}

/// A leaf of the trie is `|-- address`, and below it what it is, as in `/32 link BROADCAST` or `/32 host LOCAL`.
fn leaves(fib_trie: &str, what: &str) -> Vec<Ipv4Addr> {
    let mut leaf: Option<Ipv4Addr> = None;
    let mut addresses = Vec::new();
    for line in fib_trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line.starts_with("/32 ") && line.ends_with(what) {
            addresses.extend(leaf);
        }
    }
    addresses
}

/// A network that is reached without a gateway.
struct Route<'a> {
    interface: &'a str,
    network: u32,
    mask: u32,
}

impl Route<'_> {
    fn holds(&self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask == self.network
    }

    /// A network of one or two machines has no address for all of them.
    fn broadcast(&self) -> Option<Ipv4Addr> {
        let wide = self.mask.count_zeros() >= 2;
        wide.then(|| Ipv4Addr::from_bits(self.network | !self.mask))
    }
}

/// Columns of `route`: interface, network, gateway, flags, three counts, mask, …; a default
/// route has a gateway, and names no network.
fn parse_route(line: &str) -> Option<Route<'_>> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [interface, network, gateway, _, _, _, _, mask, ..] = columns[..] else {
        return None;
    };
    let (network, gateway, mask) = (address(network)?, address(gateway)?, address(mask)?);
    (gateway == 0 && mask != 0).then_some(Route {
        interface,
        network,
        mask,
    })
}

/// An address as the kernel prints it: its four bytes as one number in this machine's order.
fn address(digits: &str) -> Option<u32> {
    let number = u32::from_str_radix(digits, 16).ok()?;
    Some(u32::from_be_bytes(number.to_ne_bytes()))
}

/// Where the default route leaves, in a network of 256 addresses: the usual size at home.
fn guessed_network() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(SOMEWHERE_ELSE).ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) if !address.is_loopback() => {
            let [a, b, c, _] = address.octets();
            Some(Ipv4Addr::new(a, b, c, 255))
        }
        _ => None,
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    const ROUTE: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t0100000A\t00000000\t0001\t0\t0\t0\tFFFFFFFF\t0\t0\t0
";

    const FIB_TRIE: &str = "\
Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
     +-- 192.168.1.0/24 2 0 2
        |-- 192.168.1.0
           /24 link UNICAST
        |-- 192.168.1.20
           /32 host LOCAL
        |-- 192.168.1.255
           /32 link BROADCAST
Local:
        |-- 172.17.255.255
           /32 link BROADCAST
        |-- 192.168.1.255
           /32 link BROADCAST
";

    #[track_caller]
    fn check(route: &str, fib_trie: &str, expected: &[&str]) {
        let targets = networks(route, fib_trie);
        let shown: Vec<String> = targets.iter().map(Target::to_string).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_network_is_asked_once_and_named_by_its_interface() {
        check(
            ROUTE,
            FIB_TRIE,
            &[
                "127.255.255.255",
                "172.17.255.255 (docker0)",
                "192.168.1.255 (wlan0)",
            ],
        );
    }

    #[test]
    fn the_addresses_of_this_machine_stand_there_too() {
        let own = ["127.0.0.1", "192.168.1.20"].map(|text| text.parse::<Ipv4Addr>().unwrap());
        assert_eq!(leaves(FIB_TRIE, " LOCAL"), own);
    }

    #[test]
    fn the_routes_alone_suffice() {
        check(
            ROUTE,
            "",
            &["172.17.255.255 (docker0)", "192.168.1.255 (wlan0)"],
        );
        check(
            "",
            FIB_TRIE,
            &["127.255.255.255", "172.17.255.255", "192.168.1.255"],
        );
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        check("", "", &[]);
        check(
            "one two\neth0 x y z 0 0 0 q\n",
            "|-- somewhere\n/32 link BROADCAST\n",
            &[],
        );
        check(
            "",
            "/32 link BROADCAST\n|-- 10.0.0.255\n/24 link UNICAST\n",
            &[],
        );
    }

    #[test]
    fn a_machine_with_many_networks_asks_a_bounded_number() {
        let many: String = (0..=255)
            .map(|number| format!("|-- 10.0.{number}.255\n/32 link BROADCAST\n"))
            .collect();
        assert_eq!(networks("", &many).len(), TARGETS_MAX);
    }

    #[test]
    fn this_machine_and_everybody_are_always_asked() {
        let targets = targets();
        for address in [EVERYBODY, THIS_MACHINE] {
            let times = targets
                .iter()
                .filter(|target| target.address == address)
                .count();
            assert_eq!(times, 1, "{address} in {targets:?}");
        }
    }
}
