//! The server's end: a thread that answers questions at the port where the chat is.
//!
//! It answers an address ten times a second, and all together two hundred times. The addresses are those the
//! questions came from, which anybody can invent: without the first limit a server could be made to pester a third
//! party, without the second the list of addresses could be made to grow. It is emptied every second, and so never
//! holds more than two hundred. A bucket for each address would even out the bursts, and have to be kept.

use super::finder::{THIS_MACHINE, broadcaster, leaving_from};
use super::packet::{Answer, Question};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Answers to one address in one second.
const ANSWERS_PER_SECOND_MAX: usize = 10;
/// Answers to all addresses in one second.
const TOTAL_PER_SECOND_MAX: usize = 200;
/// Single errors are of earlier answers that could not be delivered; so many are the socket's, and trying on would
/// only keep a core busy.
const ERRORS_IN_A_ROW_MAX: u32 = 1000;

/// The thread that answers. It stops when this is dropped, which nothing depends on.
#[derive(Debug)]
pub struct Responder {
    /// Where a packet wakes the thread.
    bell: (Ipv4Addr, u16),
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    /// Starts to answer for the server that listens there. `answer` is called only for a question that is answered,
    /// so that a flood of questions costs the chat at most two hundred looks a second.
    ///
    /// # Errors
    /// The system's, where the UDP port is taken, or the address is one that no question can reach, as those of IPv6
    /// are. The chat goes on without being found.
    pub fn start(
        listening: SocketAddr,
        answer: impl Fn(Question) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        let (asked_at, bell, only_from) = match listening.ip() {
            // A socket bound to a broadcast address gets what is sent to it, and answers from the interface's own:
            // so a server for this machine alone is not heard of on the network.
            IpAddr::V4(ip) if ip.is_loopback() => (THIS_MACHINE, THIS_MACHINE, None),
            ip if ip.is_unspecified() => (Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST, None),
            ip @ IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST, Some(ip)),
            IpAddr::V6(_) => return Err(io::Error::other("servers are found over IPv4 only")),
        };
        let socket = UdpSocket::bind((asked_at, listening.port()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("discovery".to_owned())
            .stack_size(64 * 1024)
            .spawn(move || work(&socket, &stopped, only_from, answer))?;
        let (bell, thread) = ((bell, listening.port()), Some(thread));
        Ok(Self { bell, stop, thread })
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The thread waits for a packet; this is one. Where it cannot be sent, the thread stays until the process
        // ends.
        let woken = broadcaster().and_then(|socket| socket.send_to(&[], self.bell));
        if let Some(thread) = self.thread.take().filter(|_| woken.is_ok()) {
            let _ = thread.join();
        }
    }
}

/// Answers until told to stop. A server that listens at one address only answers those whom it reaches from there: to
/// others it would send another address as its own.
///
/// The socket may not send to broadcast addresses, so that a question that claims to come from one gets no answer.
fn work(
    socket: &UdpSocket,
    stop: &AtomicBool,
    only_from: Option<IpAddr>,
    answer: impl Fn(Question) -> Answer,
) {
    let start = Instant::now();
    let mut allowance = Allowance::default();
    // As long as any packet: on Windows one that does not fit is an error, and a thousand of them would be too many.
    let mut packet = vec![0; 1 << 16];
    let mut errors = 0;
    while !stop.load(Ordering::Acquire) && errors < ERRORS_IN_A_ROW_MAX {
        let Ok((bytes, from)) = socket.recv_from(&mut packet) else {
            errors += 1;
            continue;
        };
        errors = 0;
        if let Some(question) = Question::decode(&packet[..bytes])
            && allowance.admit(from.ip(), start.elapsed())
            && (only_from.is_none() || only_from == leaving_from(from))
        {
            // An answer that is lost is asked for again.
            let _ = socket.send_to(&answer(question).encode(), from);
        }
    }
}

/// What was answered in the second that runs.
#[derive(Debug, Default)]
struct Allowance {
    second: u64,
    /// Each address as often as it was answered.
    answered: Vec<IpAddr>,
}

impl Allowance {
    /// True if a question from that address, so long after the start, is answered; then it is counted.
    fn admit(&mut self, address: IpAddr, now: Duration) -> bool {
        if self.second != now.as_secs() {
            self.second = now.as_secs();
            self.answered.clear();
        }
        let times = self.answered.iter().filter(|one| **one == address).count();
        if times == ANSWERS_PER_SECOND_MAX || self.answered.len() == TOTAL_PER_SECOND_MAX {
            return false;
        }
        self.answered.push(address);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn admitted(allowance: &mut Allowance, last: u8, millis: u64) -> usize {
        let now = Duration::from_millis(millis);
        let asked = (0..1000).filter(|_| allowance.admit(address(last), now));
        asked.count()
    }

    #[test]
    fn an_address_gets_ten_answers_a_second() {
        let mut allowance = Allowance::default();
        assert_eq!(admitted(&mut allowance, 1, 0), ANSWERS_PER_SECOND_MAX);
        assert_eq!(admitted(&mut allowance, 1, 999), 0);
        assert_eq!(admitted(&mut allowance, 2, 999), ANSWERS_PER_SECOND_MAX);
        assert_eq!(admitted(&mut allowance, 1, 1000), ANSWERS_PER_SECOND_MAX);
    }

    #[test]
    fn a_thousand_invented_addresses_get_two_hundred_answers_together() {
        let mut allowance = Allowance::default();
        let now = Duration::from_secs(5);
        let invented = (0..1000_u32).map(|number| IpAddr::from(number.to_be_bytes()));
        let admitted = invented.filter(|address| allowance.admit(*address, now));
        assert_eq!(admitted.count(), 200);
        assert_eq!(allowance.answered.len(), 200);
    }
}
