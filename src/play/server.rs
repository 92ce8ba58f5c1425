//! The server under test: somewhere already, started by a command, or ours.
//!
//! What a run starts dies with it, however it dies: beside it waits a shell for the end of a pipe
//! that only this process holds, and then kills all that was started.
//! Killing in `drop` alone would leave a server behind whenever the run itself is killed.

use super::piece::visible;
use super::port::Port;
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a started server may take until it listens.
pub const READY_SECONDS_MAX: u64 = 10;
/// How soon, and then how often, it is tried to connect where a server does not say that it is
/// ready.
const TRY_FIRST: Duration = Duration::from_millis(1);
const TRY_EVERY: Duration = Duration::from_millis(20);
/// How long a process may take to end when its connections have.
const ENDS_SOON: Duration = Duration::from_millis(100);
/// The longest line that is read of what a server says on its outputs.
const OUTPUT_LINE_BYTES_MAX: u64 = 4096;
/// The lines that are kept of what a server says on stderr: its last words.
const LAST_WORDS_MAX: usize = 12;
/// How long is waited for the last of them.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(1);

/// Which server to play against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// One that runs already, at this address.
    At(String),
    /// One that this command starts. `{port}` in it, and `PORT` in its environment, is the port
    /// it shall listen at, on 127.0.0.1.
    Command(String),
    /// The one of this program.
    Ours(PathBuf),
}

/// What becomes of what a started server says on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stderr {
    /// Its last lines are kept, for a report.
    Kept,
    /// It goes where ours goes.
    Shown,
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
    /// Starts it, or finds it; `flags` are for ours only. The error is a sentence.
    pub fn start(which: &Which, flags: &[String], stderr: Stderr) -> Result<Server, String> {
        match which {
            Which::At(address) => {
                let found = address.to_socket_addrs().map(Iterator::collect);
                let addresses =
                    found.map_err(|error| format!("no server at {address}: {error}"))?;
                Ok(Server {
                    addresses,
                    tried: None,
                    process: None,
                })
            }
            Which::Command(command) => {
                let port = free_port().map_err(|error| format!("no free port: {error}"))?;
                let port_text = port.number().to_string();
                let mut shell = shell(&command.replace("{port}", &port_text));
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
            match process.child.try_wait().ok()? {
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

/// This program with these arguments, in a process group of its own that a watcher kills when our
/// pipe to it ends.
#[cfg(unix)]
fn watched<'a>(program: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    use std::os::unix::process::CommandExt;
    const WATCH: &str = "exec 3<&0; { read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 & \
                         exec 3<&- </dev/null; \"$@\"";
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", WATCH, "sh"]).arg(program).args(arguments);
    shell.process_group(0);
    shell
}

#[cfg(not(unix))]
fn watched<'a>(program: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// What a shell makes of this command.
fn shell(command: &str) -> Command {
    let (shell, takes) = if cfg!(unix) {
        ("/bin/sh", "-c")
    } else {
        ("cmd", "/C")
    };
    watched(Path::new(shell), [takes, command])
}

/// Held while a port is tried and while a process is started, for many transcripts are played at
/// once. A new process has a copy of every socket of ours until it becomes the other program: with
/// a listener among them, what connects to a port that is free again reaches nobody and is reset.
static PORT_OR_PROCESS: Mutex<()> = Mutex::new(());

fn free_port() -> io::Result<Port> {
    let _alone = PORT_OR_PROCESS
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    Port::take()
}

fn spawn(command: &mut Command) -> io::Result<Child> {
    let _alone = PORT_OR_PROCESS
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

/// Starts it and waits until it is ready: until it has said where it listens, or lets connect at
/// the port it was given. Whoever lets connect after the process has ended is somebody else.
fn await_ready(mut command: Command, port: Option<Port>, stderr: Stderr) -> Result<Server, String> {
    let mut process = Process::start(&mut command, stderr)
        .map_err(|error| format!("the server could not be started: {error}"))?;
    let until = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    let mut wait = TRY_FIRST;
    let mut given = port
        .as_ref()
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port.number())));
    process._port = port;
    loop {
        let said = process.first_line.recv_timeout(wait).ok();
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
        if let Ok(Some(status)) = process.child.try_wait() {
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

/// A process that is killed when this is dropped.
#[derive(Debug)]
struct Process {
    child: Child,
    first_line: Receiver<String>,
    /// Keeps `first_line` open when the process has closed its stdout, so that waiting for it
    /// stays waiting.
    _open: Sender<String>,
    last_words: Arc<Mutex<VecDeque<String>>>,
    /// Ends when nobody holds the process's stderr any more.
    listening: Option<Receiver<()>>,
    /// Where it listens, if it was told: given back when it is gone.
    _port: Option<Port>,
}

impl Process {
    fn start(command: &mut Command, stderr: Stderr) -> io::Result<Process> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(match stderr {
            Stderr::Kept => Stdio::piped(),
            Stderr::Shown => Stdio::inherit(),
        });
        let (say, first_line) = mpsc::channel();
        let (child, _open) = (spawn(command)?, say.clone());
        let mut process = Process {
            child,
            first_line,
            _open,
            last_words: Arc::default(),
            listening: None,
            _port: None,
        };
        if let Some(out) = process.child.stdout.take() {
            thread::Builder::new().spawn(move || hear_first(out, &say))?;
        }
        if let Some(err) = process.child.stderr.take() {
            let words = Arc::clone(&process.last_words);
            let (listens, listening) = mpsc::channel();
            process.listening = Some(listening);
            thread::Builder::new().spawn(move || {
                hear_last(err, &words);
                drop(listens);
            })?;
        }
        Ok(process)
    }

    /// Ends it, and all it has started; what it said last.
    fn stop(&mut self) -> Vec<String> {
        // The watcher of a command waits for the end of this pipe, and kills the rest.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(listening) = self.listening.take() {
            // What has left the process group may hold stderr for ever.
            let _ = listening.recv_timeout(LAST_WORDS_WAIT);
        }
        let words = self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        words.iter().cloned().collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Tells the first line, and throws away the rest: a full pipe would stop the server.
fn hear_first(out: impl Read, say: &Sender<String>) {
    let mut out = BufReader::new(out);
    if let Some(line) = bounded_line(&mut out) {
        let _ = say.send(line);
    }
    let _ = io::copy(&mut out, &mut io::sink());
}

/// Keeps the last lines.
fn hear_last(err: impl Read, words: &Mutex<VecDeque<String>>) {
    let mut err = BufReader::new(err);
    while let Some(line) = bounded_line(&mut err) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() == LAST_WORDS_MAX {
            words.pop_front();
        }
        words.push_back(line);
    }
}

/// The next line, made visible, or as much of it as is kept; `None` at the end.
fn bounded_line(from: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    let count = from
        .take(OUTPUT_LINE_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (count > 0).then(|| visible(line))
}

#[cfg(test)]
mod tests {
    use super::{Server, Stderr, Which, address_in, free_port, spawn};
    use std::io::Read;
    use std::net::TcpStream;
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

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

    #[test]
    fn a_free_port_is_free_however_many_processes_are_started_meanwhile() {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let mut child = spawn(&mut Command::new("/bin/true")).unwrap();
                        child.wait().unwrap();
                    }
                });
            }
            let taken = (0..300).find_map(|_| {
                let port = free_port().unwrap();
                TcpStream::connect(("127.0.0.1", port.number())).ok()
            });
            done.store(true, Ordering::Relaxed);
            assert!(taken.is_none(), "somebody listens at {taken:?}");
        });
    }

    #[cfg(unix)]
    #[test]
    fn all_a_command_has_started_dies_when_the_pipe_to_it_ends() {
        let mut shell = super::shell("tail -f /dev/null & echo up; tail -f /dev/null");
        let mut child = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = child.stdout.take().unwrap();
        assert_eq!(out.read(&mut [0; 9]).unwrap(), "up\n".len());
        drop(child.stdin.take());
        // The end comes when the last of them is gone.
        assert_eq!(out.read(&mut [0; 9]).unwrap(), 0);
        child.wait().unwrap();
    }
}
