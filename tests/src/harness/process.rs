//! A process: how it is started, what it is given, how it ends.

use super::Output;
use super::port::apart_from_trying;
use std::fs;
use std::io::Write;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;

/// How a process is to be started.
#[derive(Clone, Debug)]
pub struct Program {
    path: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    descriptors: Option<u64>,
    reads_output: bool,
}

impl Program {
    /// The program at a path, without arguments, and without what the environment says to
    /// chalktalk and to terminals.
    pub fn new(path: &str) -> Program {
        Program {
            path: path.to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            descriptors: None,
            reads_output: true,
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Program {
        self.arguments
            .extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Program {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// It may have so many descriptors. For more than the system's limit it needs the rights to.
    #[must_use]
    pub fn descriptors(mut self, limit: u64) -> Program {
        self.descriptors = Some(limit);
        self
    }

    /// Nobody reads its stdout: the pipe is closed as soon as it runs.
    #[must_use]
    pub fn closed_output(mut self) -> Program {
        self.reads_output = false;
        self
    }

    /// Starts it.
    #[track_caller]
    pub fn start(&self) -> Process {
        let mut command = self.command();
        for (name, _) in std::env::vars() {
            if name.starts_with("CHALKTALK_") || name == "NO_COLOR" {
                command.env_remove(name);
            }
        }
        // What is remembered in the home of whoever runs the tests is none of theirs, and not to be added to.
        let state = format!("chalktalk-state-{}", std::process::id());
        command.env("XDG_STATE_HOME", std::env::temp_dir().join(state));
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // A test beside this one may just try a port.
        let mut child = apart_from_trying(|| command.spawn())
            .unwrap_or_else(|error| panic!("{}: {error}", self.path));
        let output = child.stdout.take().filter(|_| self.reads_output);
        let errors = child.stderr.take().expect("a pipe for stderr");
        Process {
            input: child.stdin.take(),
            output: output.map_or_else(Output::ended, Output::read),
            errors: Output::read(errors),
            child,
        }
    }

    /// The command; a shell sets a limit and then becomes the program.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if let Some(limit) = self.descriptors {
            command = Command::new("sh");
            let script = format!("ulimit -n {limit} && exec \"$@\"");
            command.args(["-c", &script, "sh", &self.path]);
        }
        command.args(&self.arguments);
        command
    }
}

/// A process that runs until it ends, is killed, or is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    /// What it says on stdout.
    pub output: Output,
    /// What it says on stderr.
    pub errors: Output,
}

impl Process {
    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Gives its stdin a line.
    #[track_caller]
    pub fn type_line(&mut self, line: &str) {
        self.type_raw(format!("{line}\n").as_bytes());
    }

    /// Gives its stdin bytes as they are.
    #[track_caller]
    pub fn type_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(bytes).expect("the process reads");
    }

    /// Ends its stdin.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Kills it as `kill -9` does, and waits until it is gone. Fine where it is already.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until it has ended of itself.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        // Its outputs end with it: of the two waits only this one has a deadline.
        self.errors.wait_for_end();
        self.output.wait_for_end();
        self.child.wait().expect("a child to wait for")
    }

    /// The most memory it has had, in KiB; None where the system does not tell.
    pub fn peak_kib(&self) -> Option<u64> {
        self.status("VmHWM:")
    }

    /// How many threads it has; None where the system does not tell.
    pub fn threads(&self) -> Option<u64> {
        self.status("Threads:")
    }

    /// How many descriptors it has open; None where the system does not tell.
    pub fn descriptors(&self) -> Option<usize> {
        let folder = fs::read_dir(format!("/proc/{}/fd", self.id())).ok()?;
        Some(folder.count())
    }

    fn status(&self, field: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            // `print!` and not stderr itself: so it is shown with the test it belongs to.
            print!("-- stderr of process {}\n{}", self.id(), self.errors.all());
        }
    }
}
