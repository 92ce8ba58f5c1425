//! Ports to give to commands that start a server.
//!
//! There is no way to hand a listening socket to any command, so the port has to be free when the command comes to
//! it, a moment later. Asking the system for any free port (port 0) and closing it again is the usual way, and a
//! race: the next who asks gets the same one, and whoever then connects talks to a stranger. So these ports come from
//! outside the range that systems choose from, and nobody gets one by chance. Among runs of ours they are dealt out in
//! pairs: whoever listens at the even port may give the odd one above it away.
//!
//! Ruled out: a connection at the port, closed, that keeps the system from dealing it for a minute. It also keeps
//! every server away that does not set `SO_REUSEADDR`, and those that beginners write do not.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The lowest of the even ports. From 32768 on Linux chooses, from 49152 on the others do, unless told otherwise.
const FIRST: u16 = 25_000;
const PAIRS: u16 = (32_768 - FIRST) / 2;
/// In which time the search begins once at every pair. A port at which a connection has just ended takes no new
/// server for a minute, unless that asks for it: so the same one comes up again later.
const AROUND: Duration = Duration::from_secs(150);

/// A port that is nobody else's as long as this is held.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _held: TcpListener,
}

impl Port {
    /// One at which nobody listens, on 127.0.0.1.
    ///
    /// # Errors
    /// Where all are taken.
    pub fn take() -> io::Result<Port> {
        apart_from_trying(Port::search)
    }

    fn search() -> io::Result<Port> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = now.unwrap_or_default().as_millis() % AROUND.as_millis();
        let begin = millis * u128::from(PAIRS) / AROUND.as_millis();
        let begin = u16::try_from(begin).unwrap_or(0);
        (0..PAIRS)
            .find_map(|step| Port::of_pair((begin + step) % PAIRS))
            .ok_or_else(|| ErrorKind::AddrInUse.into())
    }

    fn of_pair(pair: u16) -> Option<Port> {
        let even = FIRST + 2 * pair;
        let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let held = listen(even).ok()?;
        let number = even + 1;
        // And closed at once: nobody has connected, so nothing of it stays.
        listen(number).ok()?;
        Some(Port {
            number,
            _held: held,
        })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Does this while no port is tried: many transcripts are played at once, and a process that is being started has a
/// copy of every socket of ours until it becomes the other program. With a listener among them, what connects to a
/// port that is free again reaches nobody and is reset.
pub fn apart_from_trying<T>(what: impl FnOnce() -> T) -> T {
    static APART: Mutex<()> = Mutex::new(());
    let _alone = APART.lock().unwrap_or_else(PoisonError::into_inner);
    what()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::net::TcpStream;

    #[test]
    fn nobody_gets_a_port_twice_while_it_is_held() {
        let ports: Vec<Port> = (0..100).map(|_| Port::take().unwrap()).collect();
        let numbers: BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), ports.len());
    }

    #[test]
    fn a_port_is_free_for_a_server_and_is_not_dealt_while_one_listens() {
        let port = Port::take().unwrap();
        let address = (Ipv4Addr::LOCALHOST, port.number());
        assert!(TcpStream::connect(address).is_err());
        let _server = TcpListener::bind(address).unwrap();
        let pair = (port.number() - FIRST) / 2;
        drop(port);
        assert!(Port::of_pair(pair).is_none());
    }
}
