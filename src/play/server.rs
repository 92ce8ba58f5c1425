//! The server under test: somewhere already, started by a command, or ours.

use super::piece::visible;
use super::port::Port;
use super::process::{Process, Stderr, quoted, until};
use super::script::spell_time;
use super::usage::Usage;
use std::env;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a started server may take until it listens.
pub const READY_MAX: Duration = Duration::from_secs(10);
/// How long a server may take to let connect where it does not say that it is ready, until that is tried again.
const TRY_MAX: Duration = Duration::from_millis(20);
/// How long a process may take to end when its connections have.
const ENDS_SOON: Duration = Duration::from_millis(500);
/// Where a command wants the flags.
const FLAGS: &str = "{flags}";
/// And the port.
const PORT: &str = "{port}";

/// This program: asked for once, for another may take its place while it plays.
static OURS: LazyLock<PathBuf> = LazyLock::new(|| env::current_exe().unwrap_or_default());

/// Which server to play against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Which {
    /// One that runs already, at this address.
    At(String),
    /// One that this program with these arguments starts, within this time. `{port}` in them, and `PORT` in its
    /// environment, is the port it shall listen at, on 127.0.0.1; `{flags}` is those of the transcript.
    Command(Vec<String>, Duration),
    /// The one of this program.
    #[default]
    Ours,
}

impl Which {
    /// Whether a transcript's flags reach it.
    #[must_use]
    pub fn takes_flags(&self) -> bool {
        match self {
            Which::At(_) => false,
            Which::Command(argv, _) => argv.iter().any(|word| word.contains(FLAGS)),
            Which::Ours => true,
        }
    }
}

/// A server that can be connected to.
#[derive(Debug, Default)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    /// The connection that showed that a silent server is ready: the first to connect gets it,
    /// so that a server sees no connections but those of the transcript.
    tried: Option<TcpStream>,
    process: Option<Process>,
    /// What it used when it was ready, if somebody has looked.
    pub at_first: Option<Usage>,
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
                    ..Server::default()
                })
            }
            Which::Command(argv, ready) => {
                let port = Port::take().map_err(|error| format!("no free port: {error}"))?;
                let number = port.number().to_string();
                let flags: Vec<String> = flags.iter().map(|flag| quoted(flag)).collect();
                let flags = flags.join(" ");
                let filled = |word: &String| word.replace(PORT, &number).replace(FLAGS, &flags);
                let mut argv = argv.iter().map(filled);
                let mut command = Command::new(argv.next().unwrap_or_default());
                await_ready(command.args(argv), Some(port), *ready, stderr)
            }
            Which::Ours => {
                let mut serve = Command::new(&*OURS);
                serve.args(["serve", "--until-eof", "--listen", "127.0.0.1:0"]);
                if let Stderr::Traced(witness) = &stderr {
                    witness.seen().server_starts();
                    serve.arg("--trace");
                }
                await_ready(serve.args(flags), None, READY_MAX, stderr)
            }
        }
    }

    /// A new connection. While it is waited for, others can be made.
    pub fn connect(server: &Mutex<Server>, patience: Duration) -> io::Result<TcpStream> {
        let (addresses, tried) = {
            let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
            (server.addresses.clone(), server.tried.take())
        };
        let tried = tried.ok_or(io::ErrorKind::NotFound.into());
        let connect = |address| TcpStream::connect_timeout(address, patience);
        let addresses = addresses.iter();
        addresses.fold(tried, |found, address| found.or_else(|_| connect(address)))
    }

    /// Ends its standard input.
    pub fn ask_to_stop(&mut self) {
        self.process.as_mut().map(Process::ask_to_stop);
    }

    /// How its process has ended, if it was started and has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.as_mut()?.ended()
    }

    /// What it uses, if it was started and the system says so.
    pub fn usage(&self) -> Option<Usage> {
        Usage::of_group(self.process.as_ref()?.group()?)
    }

    /// What it uses more than at first.
    pub fn used_more(&self) -> Option<Usage> {
        Some(self.usage()?.beyond(self.at_first?))
    }

    /// How the process has ended and what it said last, if it was started and has ended, or does
    /// so in a moment: a connection mostly ends a little before its process does.
    pub fn last_words(&mut self) -> Option<Vec<String>> {
        let status = until(Instant::now() + ENDS_SOON, || self.ended())?;
        let process = self.process.as_mut()?;
        let mut words = vec![format!("the server had ended: {status}")];
        words.extend(process.stop());
        Some(words)
    }
}

/// Starts it and waits until it is ready: until it lets connect at the port it was given, or has said where it
/// listens. Whoever lets connect after the process has ended is somebody else.
fn await_ready(
    command: &Command,
    port: Option<Port>,
    ready: Duration,
    stderr: Stderr,
) -> Result<Server, String> {
    let local = |port: &Port| SocketAddr::from(([127, 0, 0, 1], port.number()));
    let given = port.as_ref().map(local);
    let mut process = Process::start(command, stderr, port)
        .map_err(|error| format!("the server could not be started: {error}"))?;
    let found = until(Instant::now() + ready, || {
        let said = process.first_line().as_deref().and_then(address_in);
        let tried = said.or(given).and_then(|at| {
            // Who was given no port listens when it says so.
            let tried = given.map(|_| TcpStream::connect_timeout(&at, TRY_MAX));
            Some((at, tried.transpose().ok()?))
        });
        let Some(status) = process.ended() else {
            return tried.map(Ok);
        };
        let words = process.stop().join("\n");
        Some(Err(format!(
            "the server ended before it was ready: {status}\n{words}"
        )))
    });
    let time = spell_time(ready);
    let late = || format!("the server was not ready within {time}: nobody can connect at {PORT}");
    let (at, tried) = found.ok_or_else(late)??;
    Ok(Server {
        addresses: vec![at],
        tried,
        process: Some(process),
        at_first: None,
    })
}

/// The address of a line `listening on ADDR`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, after) = line.split_once("listening on ")?;
    after.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Server, Stderr, Which, address_in};
    #[cfg(unix)]
    use {super::READY_MAX, crate::play::process::shell};

    #[cfg(unix)]
    #[track_caller]
    fn check_command(command: &str, expected: &str) {
        let which = Which::Command(shell(command), READY_MAX);
        let error = Server::start(&which, &[], Stderr::Kept).unwrap_err();
        assert_eq!(error, expected);
    }

    #[cfg(unix)]
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
