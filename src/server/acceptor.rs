//! Accepting connections: nothing else is done here, so that the next is accepted soon. The system holds 128 that are
//! not accepted yet and drops the next one's SYN, whose owner then waits a second.
//!
//! Nothing that goes wrong here ends the server, and nothing makes it spin.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use super::greeter::{Arrival, refuse};
use super::log::Log;
use crate::wire::{Code, Fault};

/// Pause after an `accept` that failed without a descriptor to give back: what it lacks (descriptors, memory) comes back
/// when others leave.
const PAUSE: Duration = Duration::from_millis(50);

/// Errors of who has gone meanwhile.
const GONE: [ErrorKind; 2] = [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset];
/// Acceptors of one listener. Each is one more thread that the system may run next: with one, 2,000 arrivals in a row met
/// a full backlog 3 to 8 times, with three 2 to 4 times.
pub(super) const ACCEPTORS: usize = 3;

/// Accepts from one listener, until the server takes nobody any more.
pub(super) fn run(
    listener: &TcpListener,
    greeter: &SyncSender<Arrival>,
    closed: &AtomicBool,
    log: &Log,
) {
    // A descriptor kept for the moment at which there is no other: given back, one more can be accepted, and told so.
    let descriptor = || listener.try_clone().ok();
    let mut spare = descriptor();
    let mut complained = false;
    loop {
        let accepted = listener.accept();
        // Whoever stops the server connects, so that this is seen.
        if closed.load(Ordering::Relaxed) {
            return;
        }
        let arrival = match accepted {
            Ok((stream, from)) => {
                spare = spare.or_else(descriptor);
                if spare.is_none() {
                    let sentence = "the server has no descriptor left; try again later";
                    log.lack(&"no descriptor left: newcomers are sent away; ulimit -n raises them");
                    drop(refuse(stream, &Fault::new(Code::SERVER_FULL, sentence)));
                    continue;
                }
                complained = false;
                // What comes from the very address that it goes to is of this machine, however that is called.
                let is_own = stream.local_addr().is_ok_and(|to| to.ip() == from.ip());
                let own = is_own.then_some(Ipv4Addr::LOCALHOST.into());
                Arrival::Connection(stream, own.unwrap_or(from.ip().to_canonical()))
            }
            // Gone before it was here, and nothing is lacking.
            Err(error) if GONE.contains(&error.kind()) => continue,
            Err(error) => {
                if !std::mem::replace(&mut complained, true) {
                    log.lack(&format!("cannot take a connection: {error}"));
                }
                if spare.take().is_none() {
                    thread::park_timeout(PAUSE);
                }
                Arrival::Shortage
            }
        };
        if greeter.send(arrival).is_err() {
            return;
        }
    }
}
