//! The server under test: somewhere already, started by a command, or ours.

use super::piece::visible;
use super::port::Port;
use super::process::{Process, Stderr, quoted, shell, watched};
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a started server may take until it listens.
pub const READY_SECONDS_MAX: u64 = 10;
/// How soon, and then how often, it is tried to connect where a server does not say that it is
/// ready.
const TRY_FIRST: Duration = Duration::from_millis(1);
const TRY_EVERY: Duration = Duration::from_millis(20);
/// How long a process may take to end when its connections have.
const ENDS_SOON: Duration = Duration::from_millis(500);
/// Where a command wants the flags.
const FLAGS: &str = "{flags}";

/// Which server to play against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// One that runs already, at this address.
    At(String),
    /// One that this command starts. `{port}` in it, and `PORT` in its environment, is the port
    /// it shall listen at, on 127.0.0.1; `{flags}` is those of the transcript.
    Command(String),
    /// The one of this program.
    Ours(PathBuf),
}

impl Which {
    /// Whether a transcript's flags reach it.
    #[must_use]
    pub fn takes_flags(&self) -> bool {
        match self {
            Which::At(_) => false,
            Which::Command(command) => command.contains(FLAGS),
            Which::Ours(_) => true,
        }
    }
}

/// A server that can be connected to.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    /// The connection that showed that a silent server is ready: the first to connect gets it,
    /// so that a server sees no connections but those of the transcript.
    tried: Option<TcpStream>,
    process: Option<Process>,
}

impl Server {
    /// Starts it, or finds it; with these flags, if it takes any. The error is a sentence.
    pub fn start(which: &Which, flags: &[String], stderr: Stderr) -> Result<Server, String> {
        match which {
            Which::At(address) => {
                let found = address.to_socket_addrs().map(Iterator::collect);
                let nowhere = |error| format!("no server at {}: {error}", visible(address));
                let addresses = found.map_err(nowhere)?;
                Ok(Server {
                    addresses,
                    tried: None,
                    process: None,
                })
            }
            Which::Command(command) => {
                let port = Port::take().map_err(|error| format!("no free port: {error}"))?;
                let port_text = port.number().to_string();
                let quoted: Vec<String> = flags.iter().map(|flag| quoted(flag)).collect();
                let command = command.replace("{port}", &port_text);
                let mut shell = shell(&command.replace(FLAGS, &quoted.join(" ")));
                shell.env("PORT", port_text);
                await_ready(shell, Some(port), stderr)
            }
            Which::Ours(program) => {
                let listen = ["serve", "--listen", "127.0.0.1:0"];
                let serve = watched(
                    program,
                    listen.into_iter().chain(flags.iter().map(String::as_str)),
                );
                await_ready(serve, None, stderr)
            }
        }
    }

    /// A new connection to it.
    pub fn connect(&mut self, patience: Duration) -> io::Result<TcpStream> {
        if let Some(tried) = self.tried.take() {
            return Ok(tried);
        }
        let mut last = io::ErrorKind::NotFound.into();
        for address in &self.addresses {
            match TcpStream::connect_timeout(address, patience) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Ends it, if it was started.
    pub fn stop(&mut self) {
        self.tried = None;
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// How the process has ended and what it said last, if it was started and has ended, or does
    /// so in a moment: a connection mostly ends a little before its process does.
    pub fn last_words(&mut self) -> Option<Vec<String>> {
        let process = self.process.as_mut()?;
        let until = Instant::now() + ENDS_SOON;
        let status = loop {
            match process.ended().ok()? {
                Some(status) => break status,
                None if Instant::now() > until => return None,
                None => crate::proxy::pump::pause(TRY_EVERY),
            }
        };
        let mut words = vec![format!("the server had ended: {status}")];
        words.extend(process.stop());
        Some(words)
    }
}

/// Starts it and waits until it is ready: until it has said where it listens, or lets connect at
/// the port it was given. Whoever lets connect after the process has ended is somebody else.
fn await_ready(mut command: Command, port: Option<Port>, stderr: Stderr) -> Result<Server, String> {
    let until = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    let mut wait = TRY_FIRST;
    let mut given = port
        .as_ref()
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port.number())));
    let mut process = Process::start(&mut command, stderr, port)
        .map_err(|error| format!("the server could not be started: {error}"))?;
    loop {
        let said = process.first_line(wait);
        wait = TRY_EVERY.min(2 * wait);
        match said.as_deref().and_then(address_in) {
            Some(told) if given.is_none() => {
                return Ok(Server {
                    addresses: vec![told],
                    tried: None,
                    process: Some(process),
                });
            }
            Some(told) => given = Some(told),
            None => {}
        }
        let tried = given.and_then(|at| {
            let tried = TcpStream::connect_timeout(&at, TRY_EVERY).ok()?;
            Some((at, tried))
        });
        if let Ok(Some(status)) = process.ended() {
            let words = process.stop().join("\n");
            return Err(format!(
                "the server ended before it was ready: {status}\n{words}"
            ));
        }
        if let Some((at, tried)) = tried {
            return Ok(Server {
                addresses: vec![at],
                tried: Some(tried),
                process: Some(process),
            });
        }
        if Instant::now() > until {
            return Err(format!(
                "the server was not ready within {READY_SECONDS_MAX} s"
            ));
        }
    }
}

/// The address of a line `listening on ADDR`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, after) = line.split_once("listening on ")?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Server, Stderr, Which, address_in};

    #[track_caller]
    fn check_command(command: &str, expected: &str) {
        let which = Which::Command(command.to_owned());
        let error = Server::start(&which, &[], Stderr::Kept).unwrap_err();
        assert_eq!(error, expected);
    }

    #[test]
    fn a_server_that_does_not_start_says_why() {
        let ended = "the server ended before it was ready: exit status: 3\n";
        check_command("exit 3", ended);
        check_command("echo no luck >&2; exit 3", &format!("{ended}no luck"));
        check_command(
            "echo ready; printf '\\033[2J\\377' >&2; exit 3",
            &format!("{ended}\\x1b[2J\\xff"),
        );
    }

    #[test]
    fn a_server_at_no_address_is_told_so() {
        let error = Server::start(&Which::At("nowhere".to_owned()), &[], Stderr::Kept).unwrap_err();
        assert!(error.starts_with("no server at nowhere: "), "{error}");
    }

    #[test]
    fn the_announced_address_is_found() {
        assert_eq!(
            address_in("listening on 127.0.0.1:7"),
            "127.0.0.1:7".parse().ok()
        );
        assert_eq!(
            address_in("listening on [::1]:7 and more"),
            "[::1]:7".parse().ok()
        );
        assert_eq!(address_in("ready"), None);
    }
}
