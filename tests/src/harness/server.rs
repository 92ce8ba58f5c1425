//! A server on a port that the system chose.

use super::{Client, Lines, Process, Program};
use chalktalk::server::{self, Config, Limits, Security};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What a server says first on stdout, and all it says there.
const ANNOUNCEMENT: &str = "listening on ";

const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Starts a server in this process, where one of its own adds nothing.
#[track_caller]
pub fn serve_here(limits: Limits, security: Security) -> server::Server {
    let config = Config {
        listen: vec![ANY_PORT],
        limits,
        security,
        ..Config::default()
    };
    server::Server::start(config).expect("a server")
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    program: Program,
    /// Its process; what it logs is there, line by line, on `errors`.
    pub process: Process,
    address: SocketAddr,
}

impl Server {
    /// Starts `serve` with these flags, on a free port of this machine alone.
    #[track_caller]
    pub fn start(path: &str, flags: &[&str]) -> Server {
        Server::run(&Program::new(path).arguments(&["serve"]).arguments(flags))
    }

    /// Starts a server that needs more than flags: `serve` is among the arguments already.
    #[track_caller]
    pub fn run(program: &Program) -> Server {
        Server::run_at(program.clone(), ANY_PORT)
    }

    #[track_caller]
    fn run_at(program: Program, address: SocketAddr) -> Server {
        let listen = address.to_string();
        let mut process = program.clone().arguments(&["--listen", &listen]).start();
        let Some(line) = process.output.next_line() else {
            panic!("the server ended before it was listening");
        };
        let address = line
            .strip_prefix(ANNOUNCEMENT)
            .and_then(|address| address.parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("expected {ANNOUNCEMENT}ADDRESS, got {line}"));
        Server {
            program,
            process,
            address,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it as `kill -9` does, and starts it again on the same port with the same flags.
    #[track_caller]
    pub fn restart(&mut self) {
        self.process.kill();
        *self = Server::run_at(self.program.clone(), self.address);
    }

    /// A connection that has read nothing yet.
    #[track_caller]
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// A connection with a name, in the lobby, that has read all there was.
    #[track_caller]
    pub fn join(&self, name: &str) -> Client {
        Client::join(self.address, name)
    }
}
