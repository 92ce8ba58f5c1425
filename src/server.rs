//! A server: binds, starts its threads, and stops.
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
pub mod operator;
pub mod hub;
pub mod moderation;
pub mod outgoing;
mod round;
mod outbox;
mod polling;
pub mod limits;
mod console;
pub(crate) mod log;

#[cfg(test)]
mod tests;

pub use admission::{Noise, Security};
pub use limits::{Limits, Rate};
pub use log::{Log, Style};

use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::transport::Tap;
use crate::wire::{Boot, PORT};
use dispatcher::Dispatcher;
use greeter::{ARRIVALS_MAX, Greeter, Spawn};
use hub::Hub;

/// Enough for the deepest call, which is a handshake: not optimised, it takes over 64 KiB. What is not touched costs
/// nothing.
const STACK_BYTES: usize = 192 * 1024;

/// How a server is to be.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 lets the system choose.
    pub listen: Vec<SocketAddr>,
    /// What to bear.
    pub limits: Limits,
    /// Plain lines, or sealed ones.
    pub security: Security,
    /// Who is shown each read and each write.
    pub tap: Option<Arc<dyn Tap>>,
    /// Where to tell what happens.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))],
            limits: Limits::default(),
            security: Security::Open,
            tap: None,
            log: Log::silent(),
        }
    }
}

/// Why a server did not start, and where it was to listen, if that is why. Says what to do.
#[derive(Debug)]
pub struct StartError(io::Error, Option<SocketAddr>);

impl StartError {
    /// Does something listen there already?
    pub fn is_in_use(&self) -> bool {
        self.0.kind() == ErrorKind::AddrInUse
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StartError(error, Some(address)) = self else {
            return write!(f, "cannot start the server's threads: {}", self.0);
        };
        let advice = match error.kind() {
            ErrorKind::AddrInUse => {
                "something listens on that port already; join it, or choose another with --listen, or with --lan and --port"
            }
            ErrorKind::PermissionDenied => {
                "this port is not allowed to you; choose one of 1024 or more with --listen, or with --lan and --port"
            }
            ErrorKind::AddrNotAvailable => {
                "this machine does not have that address; --lan listens on all that it has"
            }
            _ => return write!(f, "cannot listen on {address}: {error}"),
        };
        write!(f, "cannot listen on {address}: {advice}")
    }
}

impl std::error::Error for StartError {}

/// A running server. When this is dropped nobody comes in any more; who is in stays until the process ends.
pub struct Server {
    dispatcher: Arc<Dispatcher>,
    security: Security,
    listening: Listeners,
    /// Disconnects when the last connection is gone.
    alive: Receiver<Infallible>,
}

/// Where people come in, until this is dropped.
#[derive(Default)]
struct Listeners {
    addresses: Vec<SocketAddr>,
    closed: Arc<AtomicBool>,
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        for &(mut address) in &self.addresses {
            // A listener on all addresses of a family is reached at the one within.
            if address.ip().is_unspecified() {
                let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
                address.set_ip(if address.is_ipv4() { v4 } else { v6 });
            }
            // Acceptors wait in `accept`, and std cannot wake them: a connection wakes one, and then it looks.
            for _ in 0..acceptor::ACCEPTORS {
                let _ = TcpStream::connect_timeout(&address, Duration::from_millis(200));
            }
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
        let failed = |address| move |error| StartError(error, address);
        let bind = |&address| TcpListener::bind(address).map_err(failed(Some(address)));
        let listeners = config.listen.iter().map(bind).collect::<Result<_, _>>()?;
        Server::run(listeners, config, spawn).map_err(failed(None))
    }

    /// Starts the threads: one delivers, one is the clock, one greets, and three for each listener accept.
    fn run(listeners: Vec<TcpListener>, config: Config, spawn: Spawn) -> io::Result<Server> {
        let start = |name: &str, run: Box<dyn FnOnce() + Send>| spawn(name.into(), run);
        // Another for each start, as the ids of events need: no secret.
        let seed = RandomState::new().hash_one((SystemTime::now(), std::process::id()));
        let hub = Hub::new(Boot::from_seed(seed), config.limits);
        let dispatcher = Dispatcher::new(hub, config.log);
        let running = Arc::clone(&dispatcher);
        start("dispatcher", Box::new(move || running.run()))?;
        let clock = Arc::downgrade(&dispatcher);
        start("clock", Box::new(move || Dispatcher::run_clock(&clock)))?;
        let (alive, all_gone) = channel();
        let greeter = Greeter {
            dispatcher: Arc::clone(&dispatcher),
            security: config.security.clone(),
            tap: config.tap,
            spawn,
            alive,
        };
        let (hand_on, arrivals) = sync_channel(ARRIVALS_MAX);
        start("greeter", Box::new(move || greeter.run(&arrivals)))?;
        let mut listening = Listeners::default();
        for listener in listeners {
            listening.addresses.push(listener.local_addr()?);
            for _ in 0..acceptor::ACCEPTORS {
                let (listener, greeter) = (listener.try_clone()?, hand_on.clone());
                let (closed, log) = (Arc::clone(&listening.closed), dispatcher.log.clone());
                let accept = move || acceptor::run(&listener, &greeter, &closed, &log);
                start("acceptor", Box::new(accept))?;
            }
        }
        Ok(Server {
            dispatcher,
            security: config.security,
            listening,
            alive: all_gone,
        })
    }

    /// Where it really listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.listening.addresses
    }

    /// Counts the people who have a name, as often as it is called; none once the server is gone.
    pub fn people(&self) -> impl Fn() -> usize + Send + 'static {
        let dispatcher = Arc::downgrade(&self.dispatcher);
        let count = |all: Arc<Dispatcher>| all.enter(|hub, _, _| hub.everybody().count());
        move || dispatcher.upgrade().map_or(0, count)
    }

    /// Obeys an operator, as often as it is called with a command. A chat that is gone obeys nobody.
    pub fn operator(&self) -> impl Fn(&str) -> Result<String, String> + Send + Sync + 'static {
        let dispatcher = Arc::downgrade(&self.dispatcher);
        move |line| {
            let dispatcher = dispatcher.upgrade().ok_or("this chat has ended")?;
            console::obey(line, &dispatcher)
        }
    }

    /// Obeys an operator who types at `input`. Returns when the operator says stop, or when the input ends.
    /// True for stop.
    pub fn console(&self, input: impl BufRead, output: impl Write) -> bool {
        console::run(input, output, &self.dispatcher, &self.security)
    }

    /// Tells everybody, closes every connection, and waits for them to end, but not for long.
    pub fn stop(self, sentence: &str) {
        drop(self.listening);
        let dispatcher = self.dispatcher;
        dispatcher.enter(|hub, out, _| hub.stop(sentence, out));
        let longest = dispatcher.limits.linger_max + dispatcher.limits.tick();
        // Nothing is ever sent: it disconnects, or time is up.
        let _ = self.alive.recv_timeout(longest);
        dispatcher.dismiss();
        dispatcher.log.say("stopped");
        dispatcher.log.flush();
    }

    /// Waits for ever: the server ends with the process.
    pub fn wait(self) -> ! {
        loop {
            thread::park();
        }
    }
}

/// Starts a thread. A server of which one thread is dead would be mute; one that is dead is restarted. The program is
/// built so that every panic ends it, but who embeds the server may not be.
fn spawn(name: String, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let thread = thread::Builder::new().name(name).stack_size(STACK_BYTES);
    let run = AssertUnwindSafe(run);
    let guarded = || catch_unwind(run).unwrap_or_else(|_| std::process::abort());
    thread.spawn(guarded).map(drop)
}
