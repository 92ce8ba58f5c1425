//! A process that dies with this one, however that dies: beside it waits a shell for the end of a pipe
//! that only this process holds, and then kills all that was started.
//! Killing in `drop` alone would leave a server behind whenever the run itself is killed. The standard input of the
//! process would do for a pipe, but is its own: that it ends asks a server to stop.

use super::piece::visible;
use super::port::{Port, apart_from_trying};
use super::report::Received;
use super::witness::Witness;
use crate::proxy::pump::pause;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The longest line that is read of what a process says on its outputs.
const OUTPUT_LINE_BYTES_MAX: u64 = 4096;
/// What is read of either: a process that says more writes to nobody.
const OUTPUT_BYTES_MAX: u64 = 64 << 20;
/// How soon a watcher kills. On Windows two programs have to start for that.
const KILLS_SOON: Duration = Duration::from_secs(if cfg!(windows) { 10 } else { 1 });
/// How often something is looked for, in the end.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long is waited for its last words.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(1);

/// What becomes of what a started process says on stderr.
#[derive(Debug, Clone, Default)]
pub enum Stderr {
    /// Its last lines are kept, for a report.
    #[default]
    Kept,
    /// It goes where ours goes.
    Shown,
    /// It is kept, and what of it is a trace goes there.
    Traced(Witness),
}

/// Leads a process group, and kills it when our pipe to it ends. On Windows stands beside the tree that it kills.
#[derive(Debug)]
struct Watcher(Child);

impl Watcher {
    /// One, and the command so that it becomes a member of its group.
    #[cfg(unix)]
    fn over(command: &Command) -> io::Result<(Option<Watcher>, Command)> {
        use std::os::unix::process::CommandExt;
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "read -r _; kill -KILL 0"])
            .env_clear()
            .process_group(0);
        let silent = shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let watcher = Watcher(silent.spawn()?);
        // A server that kills its parent is not to kill this process.
        let mut parent = Command::new("/bin/sh");
        parent.args(["-c", "\"$@\"; exit $?", "sh"]);
        parent.arg(command.get_program()).args(command.get_args());
        parent.process_group(watcher.0.id().cast_signed());
        Ok((Some(watcher), parent))
    }

    /// The same command: there are no groups to become a member of, but a tree that ends in its root.
    #[cfg(windows)]
    fn over(command: &Command) -> io::Result<(Option<Watcher>, Command)> {
        use std::os::windows::process::CommandExt;
        let mut same = Command::new(command.get_program());
        for argument in command.get_args() {
            // What a shell is to run is quoted as it has to be: it knows none of the escapes that std would put in.
            match command.get_program() == "cmd" {
                true => same.raw_arg(argument),
                false => same.arg(argument),
            };
        }
        Ok((None, same))
    }

    /// One over this process and all that it starts. Its number is nobody else's as long as this process lives.
    #[cfg(windows)]
    fn beside(id: u32) -> io::Result<Watcher> {
        use std::os::windows::process::CommandExt;
        /// Not reached by a C-c in its terminal (`CREATE_NEW_PROCESS_GROUP`).
        const ALONE: u32 = 0x200;
        let kill = format!("set /p end= & taskkill /F /T /PID {id}");
        let mut shell = Command::new("cmd");
        let silent = shell.args(["/D", "/C", &kill]).creation_flags(ALONE);
        let silent = silent.stdin(Stdio::piped()).stdout(Stdio::null());
        Ok(Watcher(silent.stderr(Stdio::null()).spawn()?))
    }

    /// Ends it, which kills, where it does not end by itself.
    #[cfg(windows)]
    fn end(&mut self) {
        let _ = self.0.kill();
    }

    /// Somebody has stopped the whole group, the watcher too.
    #[cfg(unix)]
    fn end(&mut self) {
        let kill = format!("kill -KILL -{}", self.0.id());
        let _ = Command::new("/bin/sh").args(["-c", &kill]).status();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if until(Instant::now() + KILLS_SOON, || self.0.try_wait().ok()?).is_none() {
            self.end();
            let _ = self.0.wait();
        }
    }
}

/// Looks again and again until something is there that cannot be waited for; `None` is nothing in time.
pub fn until<T>(by: Instant, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let mut wait = Duration::from_millis(1);
    loop {
        match look() {
            Some(found) => return Some(found),
            None if Instant::now() > by => return None,
            None => pause(wait),
        }
        wait = LOOK_EVERY.min(2 * wait);
    }
}

/// An argument as that shell takes it for one, whatever it holds.
pub fn quoted(argument: &str) -> String {
    match cfg!(unix) {
        true => format!("'{}'", argument.replace('\'', r"'\''")),
        false => format!("\"{}\"", argument.replace('"', "")),
    }
}

/// A shell, and the arguments with which it runs this command.
pub fn shell(command: &str) -> Vec<String> {
    let shell = match cfg!(unix) {
        true => ["/bin/sh", "-c", command].map(str::to_owned),
        // Takes away the outer quotes and leaves the rest as it is.
        false => ["cmd".into(), "/S /C".into(), format!("\"{command}\"")],
    };
    shell.to_vec()
}

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    watcher: Option<Watcher>,
    first_line: Arc<OnceLock<Vec<u8>>>,
    last_words: Arc<Mutex<Received>>,
    /// Ends when nobody holds the process's stderr any more.
    listening: Option<JoinHandle<()>>,
    /// Where it listens, if it was told: given back when it is gone.
    _port: Option<Port>,
}

impl Process {
    /// Starts it. The port is what it was told to listen at.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(command: &Command, stderr: Stderr, port: Option<Port>) -> io::Result<Process> {
        let (watcher, mut command) = apart_from_trying(|| Watcher::over(command))?;
        if let Some(port) = &port {
            command.env("PORT", port.number().to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // What lets one into a chat is nobody else's.
        command.env_remove("CHALKTALK_CODE");
        command.stderr(match &stderr {
            Stderr::Kept | Stderr::Traced(_) => Stdio::piped(),
            Stderr::Shown => Stdio::inherit(),
        });
        let child = apart_from_trying(|| command.spawn())?;
        let mut process = Process {
            child,
            watcher,
            first_line: Arc::default(),
            last_words: Arc::default(),
            listening: None,
            _port: port,
        };
        #[cfg(windows)]
        process
            .watcher
            .replace(Watcher::beside(process.child.id())?);
        if let Some(out) = process.child.stdout.take() {
            let first = Arc::clone(&process.first_line);
            hear(out, move |line| drop(first.set(line)))?;
        }
        if let Some(err) = process.child.stderr.take() {
            let words = Arc::clone(&process.last_words);
            process.listening = Some(hear(err, move |line| {
                if matches!(&stderr, Stderr::Traced(witness) if witness.seen().heard(&line)) {
                    return;
                }
                let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
                words.push(&line);
            })?);
        }
        Ok(process)
    }

    /// The first line that it says on stdout, made visible, once it has.
    pub fn first_line(&self) -> Option<String> {
        self.first_line.get().map(visible)
    }

    /// How it has ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok()?
    }

    /// Ends its standard input.
    pub fn ask_to_stop(&mut self) {
        drop(self.child.stdin.take());
    }

    /// The number of its process group, where it has one of its own.
    pub fn group(&self) -> Option<u32> {
        self.watcher.as_ref().map(|watcher| watcher.0.id())
    }

    /// Ends it, and all it has started; what it said last.
    pub fn stop(&mut self) -> Vec<String> {
        drop(self.watcher.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(listening) = self.listening.take() {
            // What has left the process group may hold stderr for ever.
            until(Instant::now() + LAST_WORDS_WAIT, || {
                listening.is_finished().then_some(())
            });
        }
        let words = self.last_words.lock();
        let words = words.unwrap_or_else(PoisonError::into_inner);
        words.last.iter().map(visible).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Hears all lines of an output, in a thread of its own: a full pipe would stop the server.
fn hear(
    output: impl Read + Send + 'static,
    mut keep: impl FnMut(Vec<u8>) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let mut output = BufReader::new(output.take(OUTPUT_BYTES_MAX));
    thread::Builder::new().spawn(move || {
        while let Some(line) = bounded_line(&mut output) {
            keep(line);
        }
    })
}

/// The next line, or as much of it as is kept; `None` at the end.
fn bounded_line(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let count = from
        .take(OUTPUT_LINE_BYTES_MAX)
        .read_until(b'\n', &mut line)
        .ok()?;
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (count > 0).then(|| line.to_vec())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::Watcher;
    use std::io::Read;
    use std::process::{Command, Stdio};

    #[test]
    fn all_a_command_has_started_dies_when_the_pipe_to_its_watcher_ends() {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "tail -f /dev/null & echo up; tail -f /dev/null"]);
        let (watcher, mut shell) = Watcher::over(&shell).unwrap();
        let mut child = shell.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        assert_eq!(out.read(&mut [0; 9]).unwrap(), "up\n".len());
        drop(watcher);
        // The end comes when the last of them is gone.
        assert_eq!(out.read(&mut [0; 9]).unwrap(), 0);
        child.wait().unwrap();
    }
}
