//! The client's end: asks three times, and collects the answers.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use super::gathered::{Found, Gathered};
use super::network::Target;
use super::packet::{ANSWER_BYTES_MAX, Answer, Nonce, Question};

/// When it is asked, after the start: packets get lost, most of all on a wireless network.
const ASKED_AT: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(300),
    Duration::from_millis(1000),
];

/// What came of asking at one address; an error is for `--explain`, and stops nothing.
#[derive(Debug)]
pub struct Attempt {
    /// Where it was asked.
    pub target: Target,
    /// Whether the last of the questions could be sent.
    pub sent: io::Result<()>,
}

/// What was found, and what was tried.
#[derive(Debug)]
pub struct Search {
    /// The servers, in the order in which they answered.
    pub found: Vec<Found>,
    /// Where it was asked.
    pub tried: Vec<Attempt>,
}

/// Asks for servers at that port, at all targets, and takes answers for that long, or until
/// `enough` says so. The nonce is a random number.
///
/// # Errors
/// The system's, where there is no UDP at all. What fails at one target stands in the search.
pub fn find(
    port: u16,
    nonce: Nonce,
    targets: Vec<Target>,
    patience: Duration,
    mut enough: impl FnMut(&[Found]) -> bool,
) -> io::Result<Search> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.set_broadcast(true)?;
    let question = Question { nonce }.encode();
    let mut gathered = Gathered::new(nonce);
    let attempt = |target| Attempt {
        target,
        sent: Ok(()),
    };
    let mut tried: Vec<Attempt> = targets.into_iter().map(attempt).collect();
    let start = Instant::now();
    let mut asks = ASKED_AT.into_iter().filter(|at| *at < patience).peekable();
    while start.elapsed() < patience && !enough(gathered.found()) {
        if asks.next_if(|at| *at <= start.elapsed()).is_some() {
            for attempt in &mut tried {
                let address = (attempt.target.address, port);
                attempt.sent = socket.send_to(&question, address).map(|_| ());
            }
        }
        let until = asks.peek().copied().unwrap_or(patience);
        listen(
            &socket,
            until.saturating_sub(start.elapsed()),
            &mut gathered,
        )?;
    }
    Ok(Search {
        found: gathered.into_found(),
        tried,
    })
}

/// Waits for one packet, and takes it if it is an answer.
fn listen(socket: &UdpSocket, longest: Duration, gathered: &mut Gathered) -> io::Result<()> {
    if longest.is_zero() {
        return Ok(());
    }
    socket.set_read_timeout(Some(longest))?;
    // One more than an answer has, so that a longer packet does not pass for one.
    let mut packet = [0; ANSWER_BYTES_MAX + 1];
    // An error is a time-out, or a machine that says that nobody listens there: both are no
    // answer.
    if let Ok((bytes, from)) = socket.recv_from(&mut packet)
        && let Some(answer) = packet.get(..bytes).and_then(Answer::decode)
    {
        gathered.take(answer, from.ip());
    }
    Ok(())
}
