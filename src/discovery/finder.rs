//! The client's end: whom to ask, and what they answer.
//!
//! The standard library does not list interfaces. Linux tells in `/proc/net/route` which networks it reaches without
//! a gateway, and the last address of a network is everybody's there. `/proc/net/fib_trie` has these addresses as
//! they are, but no interfaces; measured, it knows of no network more that could be reached. Elsewhere there is the
//! address this machine would send from, and the guess that its network is as large as most are at home.
//!
//! 255.255.255.255 alone would not do: it leaves by one interface only.

use super::packet::{Answer, Found, PACKET_BYTES, Question, gather};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant};

/// Everybody on this machine.
pub(super) const THIS_MACHINE: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
/// Networks asked; a machine with containers has many.
const ASKED_MAX: usize = 32;

/// What came of asking.
#[derive(Debug)]
pub struct Search {
    /// The servers, in the order in which they answered.
    pub found: Vec<Found>,
    /// The targets as they are shown, and whether the last question could be sent there: for `--explain`.
    pub tried: Vec<(String, io::Result<()>)>,
}

/// Asks for servers at that port, once for each round, and takes answers until so many milliseconds after the start,
/// or until there are `enough`.
///
/// # Errors
/// The system's, where there is no UDP at all. What fails at one address stands in the search.
pub fn find(
    port: u16,
    targets: &BTreeMap<Ipv4Addr, String>,
    rounds_ms: &[u64],
    enough: impl Fn(&[Found]) -> bool,
) -> io::Result<Search> {
    let socket = broadcaster()?;
    let question = Question(nonce());
    let (mut found, mut tried) = (Vec::new(), Vec::new());
    // One byte more than an answer has, so that a longer packet does not pass for one.
    let mut packet = [0; PACKET_BYTES + 1];
    let start = Instant::now();
    for until in rounds_ms {
        let ask = |at: &Ipv4Addr| socket.send_to(&question.encode(), (*at, port)).map(drop);
        let asked = targets.iter().map(|(at, shown)| (shown.clone(), ask(at)));
        tried = asked.collect();
        let left = || Duration::from_millis(*until).saturating_sub(start.elapsed());
        while let Some(left) = Some(left()).filter(|left| !left.is_zero() && !enough(&found)) {
            socket.set_read_timeout(Some(left))?;
            // An error is a time-out, or a machine that says that nobody listens there: both are no answer.
            if let Ok((bytes, from)) = socket.recv_from(&mut packet)
                && let Some(answer) = Answer::decode(&packet[..bytes])
            {
                gather(&mut found, question, answer, from.ip());
            }
        }
    }
    Ok(Search { found, tried })
}

/// All addresses to ask at, each as it is shown: with the interface it leaves by, where that is known.
pub(super) fn targets() -> BTreeMap<Ipv4Addr, String> {
    let mut targets = own_networks();
    if targets.keys().all(Ipv4Addr::is_loopback)
        // An address set aside for documentation (RFC 5737).
        && let Some(IpAddr::V4(own)) = leaving_from((Ipv4Addr::new(192, 0, 2, 1), 9))
    {
        let everybody = own | Ipv4Addr::new(0, 0, 0, 255);
        targets.insert(everybody, everybody.to_string());
    }
    for always in [Ipv4Addr::BROADCAST, THIS_MACHINE] {
        targets.entry(always).or_insert_with(|| always.to_string());
    }
    targets
}

/// An address by which this machine is reached on one of its networks, where the system tells: a network that leads
/// nowhere else has one too.
pub(crate) fn own_address() -> Option<IpAddr> {
    let networks = own_networks().into_keys();
    let mut own = networks.filter_map(|everybody| leaving_from((everybody, 9)));
    own.find(|own| !own.is_loopback())
}

fn own_networks() -> BTreeMap<Ipv4Addr, String> {
    networks(&std::fs::read_to_string("/proc/net/route").unwrap_or_default())
}

/// The broadcast addresses of the networks in the text of `/proc/net/route`, each as it is shown with its interface.
#[must_use]
pub fn networks(route: &str) -> BTreeMap<Ipv4Addr, String> {
    route.lines().filter_map(network).take(ASKED_MAX).collect()
}

/// Columns: interface, network, gateway, flags, three counts, mask, …; only what has no gateway is a network. One of
/// one or two machines has no address for all of them.
fn network(line: &str) -> Option<(Ipv4Addr, String)> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let [interface, network, gateway, _, _, _, _, mask, ..] = columns[..] else {
        return None;
    };
    // The kernel prints the four bytes of an address as one number in this machine's order.
    let number = |digits| u32::from_str_radix(digits, 16).ok();
    let (network, gateway, mask) = (number(network)?, number(gateway)?, number(mask)?);
    let everybody = Ipv4Addr::from((network | !mask).to_ne_bytes());
    (gateway == 0 && mask.count_zeros() >= 2)
        .then(|| (everybody, format!("{everybody} ({interface})")))
}

/// The address of this machine that a packet to that one would come from. Nothing is sent: connecting a UDP socket
/// only asks the system for the way.
pub(super) fn leaving_from(to: impl ToSocketAddrs) -> Option<IpAddr> {
    let socket = broadcaster().ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

pub(super) fn broadcaster() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.set_broadcast(true)?;
    Ok(socket)
}

/// Tells questions apart and servers apart. No secret depends on it, so it needs no more than to differ.
pub(super) fn nonce() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS_C: [u8; 4] = [255, 255, 255, 0];
    const NOWHERE: [u8; 4] = [0; 4];

    /// A line of the kernel's.
    fn line(interface: &str, network: [u8; 4], gateway: [u8; 4], mask: [u8; 4]) -> String {
        let [network, gateway, mask] = [network, gateway, mask].map(u32::from_ne_bytes);
        format!("{interface}\t{network:08X}\t{gateway:08X}\t0001\t0\t0\t600\t{mask:08X}\t0\t0\t0\n")
    }

    #[track_caller]
    fn check(route: &str, expected: &[&str]) {
        let shown: Vec<String> = networks(route).into_values().collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn every_network_is_asked_once_and_named_by_its_interface() {
        let route = [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                .to_owned(),
            line("wlan0", NOWHERE, [192, 168, 1, 1], NOWHERE),
            line("wlan0", [192, 168, 1, 0], NOWHERE, CLASS_C),
            line("docker0", [172, 17, 0, 0], NOWHERE, [255, 255, 0, 0]),
            line("tun0", [10, 0, 0, 1], NOWHERE, [255; 4]),
            line("tun1", [10, 8, 0, 4], NOWHERE, [255, 255, 255, 254]),
        ];
        let expected = ["172.17.255.255 (docker0)", "192.168.1.255 (wlan0)"];
        check(&route.concat(), &expected);
        check(&route.concat().repeat(2), &expected);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        check("", &[]);
        check("one two\neth0 x y z 0 0 0 q\neth0 0 0 0 0 0 0\n", &[]);
    }

    #[test]
    fn a_machine_with_many_networks_asks_a_bounded_number() {
        let network = |number| line("eth0", [10, 0, number, 0], NOWHERE, CLASS_C);
        let many: String = (0..=255).map(network).collect();
        assert_eq!(networks(&many).len(), ASKED_MAX);
    }

    #[test]
    fn this_machine_and_everybody_are_always_asked() {
        let targets = targets();
        for address in [Ipv4Addr::BROADCAST, THIS_MACHINE] {
            assert!(targets.contains_key(&address), "{address} in {targets:?}");
        }
    }

    #[test]
    fn an_address_of_this_machine_is_the_one_it_sends_from() {
        assert_eq!(
            leaving_from((THIS_MACHINE, 9)),
            Some(Ipv4Addr::LOCALHOST.into())
        );
    }
}
