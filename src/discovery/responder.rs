//! The server's end: a thread that answers questions at the port where the chat is.
//!
//! It learns of the chat by a function that it is given, and calls only for a question that it
//! will answer, so that a flood of questions costs the chat at most two hundred looks a second.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::wire::Mode;

use super::allowance::Allowance;
use super::packet::{Answer, ChatName, Nonce, QUESTION_BYTES, Question};

const STACK_BYTES: usize = 64 * 1024;

/// Single errors are of earlier answers that could not be delivered; so many are the socket's,
/// and trying on would only keep a core busy.
const ERRORS_IN_A_ROW_MAX: u32 = 1000;

/// What a chat tells about itself.
#[derive(Clone, Debug)]
pub struct Presence {
    /// How many people are there.
    pub people: u16,
    /// Open or encrypted.
    pub mode: Mode,
    /// What it is called.
    pub name: ChatName,
}

/// The thread that answers. It stops when this is dropped, which nothing depends on.
#[derive(Debug)]
pub struct Responder {
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    /// Starts to answer for the server that listens there. The instance is a random number.
    ///
    /// # Errors
    /// The system's, where the UDP port is taken, or the address is one that no question can
    /// reach, as those of IPv6 are. The chat goes on without being found.
    pub fn start(
        listening: SocketAddr,
        instance: Nonce,
        describe: impl FnMut() -> Presence + Send + 'static,
    ) -> io::Result<Self> {
        let port = NonZeroU16::new(listening.port()).ok_or(io::ErrorKind::InvalidInput)?;
        let socket = Arc::new(UdpSocket::bind(ask_address(listening)?)?);
        let stop = Arc::new(AtomicBool::new(false));
        let mut desk = Desk {
            socket: Arc::clone(&socket),
            stop: Arc::clone(&stop),
            only_from: specific(listening.ip()),
            port,
            instance,
            describe,
        };
        let thread = thread::Builder::new()
            .name("discovery".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || desk.work())?;
        Ok(Self {
            socket,
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The thread waits for a packet; this is one. Where it cannot be sent, the thread stays
        // until the process ends.
        let woken = wake(&self.socket).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// Where questions for that server arrive. A socket bound to a broadcast address gets what is
/// sent to it, and answers from the interface's own: so a server for this machine alone is not
/// heard of on the network.
fn ask_address(listening: SocketAddr) -> io::Result<SocketAddrV4> {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => Ipv4Addr::new(127, 255, 255, 255),
        IpAddr::V6(ip) if !ip.is_unspecified() => {
            let why = "servers are found over IPv4 only";
            return Err(io::Error::new(io::ErrorKind::Unsupported, why));
        }
        _ => Ipv4Addr::UNSPECIFIED,
    };
    Ok(SocketAddrV4::new(ip, listening.port()))
}

/// The one address that the server listens at, if it is one of the network's.
fn specific(ip: IpAddr) -> Option<IpAddr> {
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

fn wake(socket: &UdpSocket) -> io::Result<()> {
    let mut address = socket.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let bell = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    bell.set_broadcast(true)?;
    bell.send_to(&[], address).map(|_| ())
}

/// What the thread works with.
struct Desk<F> {
    socket: Arc<UdpSocket>,
    stop: Arc<AtomicBool>,
    only_from: Option<IpAddr>,
    port: NonZeroU16,
    instance: Nonce,
    describe: F,
}

impl<F: FnMut() -> Presence> Desk<F> {
    fn work(&mut self) {
        let start = Instant::now();
        let mut allowance = Allowance::default();
        // One more than a question has, so that a longer packet does not pass for one.
        let mut packet = [0; QUESTION_BYTES + 1];
        let mut errors = 0;
        while !self.stop.load(Ordering::Acquire) {
            let Ok((bytes, from)) = self.socket.recv_from(&mut packet) else {
                errors += 1;
                if errors == ERRORS_IN_A_ROW_MAX {
                    return;
                }
                continue;
            };
            errors = 0;
            let Some(question) = packet.get(..bytes).and_then(Question::decode) else {
                continue;
            };
            if allowance.admit(from.ip(), start.elapsed()) && self.is_reached_by(from) {
                let answer = self.answer(question).encode();
                // One that is lost is asked for again.
                let _ = self.socket.send_to(&answer, from);
            }
        }
    }

    fn answer(&mut self, question: Question) -> Answer {
        let Presence { people, mode, name } = (self.describe)();
        Answer {
            nonce: question.nonce,
            port: self.port,
            instance: self.instance,
            people,
            mode,
            name,
        }
    }

    /// A server that listens at one address only would otherwise send another as its own.
    fn is_reached_by(&self, asker: SocketAddr) -> bool {
        let Some(only) = self.only_from else {
            return true;
        };
        let leaving_from = || {
            let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
            socket.connect(asker).ok()?;
            Some(socket.local_addr().ok()?.ip())
        };
        leaving_from() == Some(only)
    }
}
