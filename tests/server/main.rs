//! The server over real connections: what its own unit tests cannot show, because it is about sockets, threads, closing
//! and what one connection costs another. In this process where a process of its own adds nothing.
#![forbid(unsafe_code)]

mod load;
mod people;
mod process;
mod storms;

use chalktalk::server::{Config, Limits, Log, Server};
use chalktalk_tests::harness::Client;
use std::io::Cursor;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// A server in this process.
struct Here(Server);

/// Starts one that bears this. It runs to the end of the process, as servers do.
#[track_caller]
fn serve(limits: Limits) -> Here {
    let config = Config {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        limits,
        log: Log::silent(),
        ..Config::default()
    };
    Here(Server::start(config).expect("a server"))
}

/// The limits without rates and counts, for tests that are about something else, and without pings: who only listens
/// while thousands come is not to find one among what it waits for.
fn lifted() -> Limits {
    Limits {
        ping_after: Duration::from_secs(3600),
        ..Limits::default().lifted()
    }
}

/// The same for tests that let somebody be slow: however slow the machine, it is not the clock that closes them.
fn patient() -> Limits {
    Limits {
        linger_max: Duration::from_secs(60),
        stall_max: Duration::from_secs(60),
        ..lifted()
    }
}

impl Here {
    fn address(&self) -> SocketAddr {
        self.0.addresses()[0]
    }

    #[track_caller]
    fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    #[track_caller]
    fn join(&self, name: &str) -> Client {
        Client::join(self.address(), name)
    }

    /// What the operator types, and what the server answers.
    fn console(&self, typed: &str) -> String {
        let mut answer = Vec::new();
        self.0.console(Cursor::new(typed.to_owned()), &mut answer);
        String::from_utf8(answer).expect("UTF-8")
    }
}
