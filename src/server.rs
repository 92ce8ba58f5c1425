//! The server's front door: bind, announce, accept, stop.
//!
//! One thread for each connection reads; one round at a time is delivered. What is
//! deliberately not here: a signal handler (std has none, so nothing that matters happens at the end: a server
//! that is killed has lost nothing it promised), and a pool of threads (a thread that waits for its peer costs two
//! pages; a class can read it).

mod acceptor;
mod greeter;
mod admission;
mod inbound;
mod dispatcher;
pub mod hub;
pub mod outgoing;
mod round;
mod outbox;
mod polling;
pub mod limits;
mod console;
mod log;

#[cfg(test)]
mod tests;

pub use admission::{Noise, Security};
pub use limits::{Limits, Rate};
pub use log::{Log, Style};

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::transport::Taps;
use crate::wire::{Boot, PORT};
use acceptor::Acceptor;
use dispatcher::Dispatcher;
use greeter::{ARRIVALS_MAX, Greeter, Spawn};
use hub::Hub;

/// Enough for the deepest call, which is a handshake: not optimised, it takes over 64 KiB. What is not touched costs
/// nothing.
const STACK_BYTES: usize = 192 * 1024;

/// How a server is to be.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// What to bear.
    pub limits: Limits,
    /// Plain lines, or sealed ones.
    pub security: Security,
    /// Who is shown each read and each write.
    pub taps: Taps,
    /// Where to tell what happens.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Config {
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        Config {
            listen: vec![here],
            limits: Limits::default(),
            security: Security::Open,
            taps: Taps::default(),
            log: Log::silent(),
        }
    }
}

/// Why a server did not start. Says what to do.
#[derive(Debug)]
pub struct StartError {
    address: Option<SocketAddr>,
    error: io::Error,
}

impl StartError {
    /// Does something listen there already?
    pub fn is_in_use(&self) -> bool {
        self.error.kind() == ErrorKind::AddrInUse
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(address) = self.address else {
            return write!(f, "cannot start the server's threads: {}", self.error);
        };
        write!(f, "cannot listen on {address}: ")?;
        match self.error.kind() {
            ErrorKind::AddrInUse => {
                write!(
                    f,
                    "something listens on that port already; join it, or choose another with --listen"
                )
            }
            ErrorKind::PermissionDenied => {
                write!(
                    f,
                    "this port is not allowed to you; choose one of 1024 or more with --listen"
                )
            }
            ErrorKind::AddrNotAvailable => {
                write!(
                    f,
                    "this machine does not have that address; --lan listens on all that it has"
                )
            }
            _ => self.error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

/// A running server. When this is dropped nobody comes in any more; who is in stays until the process ends.
pub struct Server {
    dispatcher: Arc<Dispatcher>,
    security: Security,
    doors: Doors,
    /// Disconnects when the last connection is gone.
    alive: Receiver<Infallible>,
}

/// Where people come in, until this is dropped.
#[derive(Default)]
struct Doors {
    addresses: Vec<SocketAddr>,
    /// Dropped to tell the doors to close.
    open: Vec<Sender<Infallible>>,
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.open.clear();
        for &address in &self.addresses {
            // A door that waits for somebody sees nothing else.
            let _ = TcpStream::connect_timeout(&reachable(address), Duration::from_millis(200));
        }
    }
}

impl Server {
    /// Binds, and begins to take connections.
    ///
    /// # Errors
    /// Where an address cannot be listened on, or a thread not be started.
    pub fn start(config: Config) -> Result<Server, StartError> {
        Server::start_with(config, spawn)
    }

    fn start_with(config: Config, spawn: Spawn) -> Result<Server, StartError> {
        let no_thread = |error| StartError {
            address: None,
            error,
        };
        let listeners = bind_all(&config.listen)?;
        let boot = Boot::from_seed(seed());
        let dispatcher = Dispatcher::new(Hub::new(boot, config.limits), config.log);
        let (alive, all_gone) = channel();
        let running = Arc::clone(&dispatcher);
        spawn("dispatcher".into(), Box::new(move || running.run())).map_err(no_thread)?;
        let clock = Arc::downgrade(&dispatcher);
        spawn(
            "clock".into(),
            Box::new(move || Dispatcher::run_clock(&clock)),
        )
        .map_err(no_thread)?;
        let (hand_on, arrivals) = sync_channel(ARRIVALS_MAX);
        let greeter = Greeter {
            arrivals,
            dispatcher: Arc::clone(&dispatcher),
            security: config.security.clone(),
            taps: config.taps,
            spawn,
            alive,
        };
        spawn("greeter".into(), Box::new(move || greeter.run())).map_err(no_thread)?;
        let mut doors = Doors::default();
        for (listener, address) in listeners {
            let (open, stop) = channel();
            let acceptor = Acceptor {
                listener,
                greeter: hand_on.clone(),
                dispatcher: Arc::clone(&dispatcher),
                stop,
            };
            spawn("acceptor".into(), Box::new(move || acceptor.run())).map_err(no_thread)?;
            doors.addresses.push(address);
            doors.open.push(open);
        }
        Ok(Server {
            dispatcher,
            security: config.security,
            doors,
            alive: all_gone,
        })
    }

    /// Where it really listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.doors.addresses
    }

    /// Counts the people who have a name, as often as it is called; none once the server is gone.
    pub fn people(&self) -> impl Fn() -> usize + Send + 'static {
        let dispatcher = Arc::downgrade(&self.dispatcher);
        move || {
            let dispatcher = dispatcher.upgrade();
            dispatcher.map_or(0, |dispatcher| {
                dispatcher.enter(|hub, _, _| hub.everybody().count())
            })
        }
    }

    /// Obeys an operator who types at `input`. Returns when the operator says stop, or when the input ends.
    /// True for stop.
    pub fn console(&self, input: impl BufRead, output: impl Write) -> bool {
        console::run(input, output, &self.dispatcher, &self.security) == console::End::Stop
    }

    /// Tells everybody, closes every connection, and waits for them to end, but not for long.
    pub fn stop(self, sentence: &str) {
        let Server {
            dispatcher,
            doors,
            alive,
            ..
        } = self;
        drop(doors);
        dispatcher.enter(|hub, out, _| hub.stop(sentence, out));
        let longest = dispatcher.limits().linger_max + dispatcher.limits().tick();
        // Nothing is ever sent: it disconnects, or time is up.
        let _ = alive.recv_timeout(longest);
        dispatcher.dismiss();
        dispatcher.log().say("stopped");
        dispatcher.log().flush();
    }

    /// Waits for ever: the server ends with the process.
    pub fn wait(self) -> ! {
        loop {
            thread::park();
        }
    }
}

fn bind_all(addresses: &[SocketAddr]) -> Result<Vec<(TcpListener, SocketAddr)>, StartError> {
    let bind = |&address: &SocketAddr| {
        let bound = TcpListener::bind(address).and_then(|listener| {
            let real = listener.local_addr()?;
            Ok((listener, real))
        });
        bound.map_err(|error| StartError {
            address: Some(address),
            error,
        })
    };
    addresses.iter().map(bind).collect()
}

/// An address of this machine at which a listener can be reached.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Another for each start, as the ids of events need: no secret.
fn seed() -> u64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    RandomState::new().hash_one((now, std::process::id()))
}

fn spawn(name: String, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new()
        .name(name)
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let _ends = EndsWithPanic;
            run();
        })
        .map(drop)
}

/// A server of which one thread is dead would be mute; one that is dead is restarted. The program is built so that
/// every panic ends it, but who embeds the server may not be.
struct EndsWithPanic;

impl Drop for EndsWithPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}
