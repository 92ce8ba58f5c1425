//! What a submission may take, and that all it has started ends.
//!
//! A shell sets the limits that no process can pass: processor time, descriptors, the size of a file, how many
//! threads there are. For the others it is looked a few times a second. Memory is one of them: a limit of the address
//! space would stop right programs, for each thread reserves far more of that than it uses.
//!
//! What has left the process group of its server is found by a variable in its environment. What has cleared that
//! too is not found.

use crate::play::lessons::Check;
use crate::play::outcome;
use crate::play::piece::visible;
use crate::play::process::{Process, Stderr, until};
use crate::play::report::{Outcome, Verdict};
use crate::play::run::How;
use crate::play::text::Vars;
use crate::play::usage::kib;
use std::fs::{self, DirEntry};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const READY_MAX: Duration = Duration::from_secs(3);
/// How long copying and building it may take, each.
const BUILD_MAX: Duration = Duration::from_secs(120);
/// What a process may take: seconds of a processor, and blocks of 512 bytes in one file; a server, descriptors, so that
/// a check may want more than there are.
const LIMITS: &str = "ulimit -t 60 && ulimit -f 131072";
const DESCRIPTORS_MAX: u8 = 64;
/// How many threads there may be on this machine, the teacher's own among them.
const THREADS_MAX: usize = 8000;
/// What all processes of a submission may take together, and its folder.
const PROCESSES_MAX: usize = 64;
const MEMORY_KIB_MAX: u64 = 1 << 20;
const FOLDER_KIB_MAX: &str = "524288";
/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A copy of a submission, in a folder of its own, which is also where it shall put what it wants to keep for a while:
/// that stands in the environment of all it starts, and shows whose they are.
pub(super) struct Confined(String);

/// A process, and how much memory it has.
type Running = (String, u64);

impl Confined {
    /// Copies it, and builds it with this command, if there is one. Links stay links, so that what they lead to is not
    /// read for them.
    pub(super) fn new(from: &Path, build: Option<&String>) -> Result<Confined, String> {
        let folder = tool("mktemp -d \"${TMPDIR:-/tmp}/chalktalk-grade.XXXXXX\"", &[])?;
        let confined = Confined(folder);
        confined.once("cannot be copied", "cp -RP \"$1/.\" \"$TMPDIR\"", from)?;
        if let Some(build) = build {
            let limited = confined.limited(&format!("( {build}\n) >&2"));
            confined.once("does not build", &limited, Path::new(""))?;
        }
        Ok(confined)
    }

    fn mark(&self) -> String {
        format!("TMPDIR={}", self.0)
    }

    /// The command in that folder, with its limits.
    fn limited(&self, command: &str) -> String {
        format!(
            "cd \"$TMPDIR\" && {LIMITS} || exit 1\n\
             ulimit -u {THREADS_MAX} 2>/dev/null || ulimit -p {THREADS_MAX} 2>/dev/null\n{command}"
        )
    }

    /// The command with its mark.
    fn marked(&self, command: &str) -> [String; 5] {
        ["/usr/bin/env", &self.mark(), "/bin/sh", "-c", command].map(str::to_owned)
    }

    /// Runs this before all checks, in a process group of its own: what signals its whole group is not to reach this
    /// process.
    fn once(&self, failed: &str, command: &str, argument: &Path) -> Result<(), String> {
        let [env, marked @ ..] = self.marked(command);
        let mut shell = Command::new(env);
        shell.args(marked).arg("sh").arg(argument);
        let run = || {
            let process = Process::start(&shell, Stderr::Kept, None);
            let mut process = process.map_err(|error| error.to_string())?;
            process.ask_to_stop();
            let ended = until(Instant::now() + BUILD_MAX, || process.ended());
            let said = process.stop().join("\n");
            match ended {
                Some(status) if status.success() => Ok(()),
                Some(_) => Err(said),
                None => Err(format!("it took too long\n{said}")),
            }
        };
        let (done, passed) = self.watched(run);
        done.map_err(|said| format!("{failed}: {}{said}", passed.unwrap_or_default()))
    }

    /// Puts the server that this command starts to a check.
    pub(super) fn play(&self, command: &str, check: &Check, set: &Vars) -> Outcome {
        let limited = self.limited(&format!("ulimit -n {DESCRIPTORS_MAX}; {command}"));
        let how = How::check(self.marked(&limited).to_vec(), READY_MAX, set);
        let play = || outcome(&check.path, &check.script, &how, 1);
        let (mut outcome, passed) = self.watched(play);
        if let (Some(limit), Verdict::Failed(failure)) = (passed, &mut outcome.verdict) {
            failure.last_words.insert(0, limit);
        }
        outcome
    }

    /// Does this, and ends all of it that still runs then, or that has passed a limit; says which.
    fn watched<T>(&self, what: impl FnOnce() -> T) -> (T, Option<String>) {
        let (working, done) = mpsc::channel::<()>();
        let watch = move || {
            let mut passed = None;
            while done.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                let running = self.running();
                if let Some(limit) = self.passed(&running) {
                    passed.get_or_insert(format!("ended by grade: {limit}\n"));
                    kill(&running);
                }
            }
            passed
        };
        let result = thread::scope(|scope| {
            let watching = scope.spawn(watch);
            let result = what();
            drop(working);
            (result, watching.join().ok().flatten())
        });
        loop {
            match self.running() {
                left if left.is_empty() => return result,
                left => kill(&left),
            }
        }
    }

    /// The limit that was passed, if one was.
    fn passed(&self, running: &[Running]) -> Option<&'static str> {
        let memory: u64 = running.iter().map(|(_, kib)| kib).sum();
        let large = "test $(du -sk \"$1\" | cut -f1) -gt \"$2\"";
        let large = || tool(large, &[&self.0, FOLDER_KIB_MAX]).is_ok();
        match () {
            () if running.len() > PROCESSES_MAX => Some("more than 64 processes"),
            () if memory > MEMORY_KIB_MAX => Some("more than 1 GiB of memory"),
            () if large() => Some("more than 512 MiB in its folder"),
            () => None,
        }
    }

    /// What it has started and runs.
    fn running(&self) -> Vec<Running> {
        let mark = self.mark();
        let look = |at: &Path| -> Option<u64> {
            let environment = fs::read(at.join("environ")).ok()?;
            String::from_utf8_lossy(&environment).find(&mark)?;
            kib(at, "VmRSS:")
        };
        let read = |entry: DirEntry| {
            // Of a process whose first thread has ended only the others tell.
            let mut threads = fs::read_dir(entry.path().join("task")).ok()?.flatten();
            let memory = threads.find_map(|thread| look(&thread.path()))?;
            Some((entry.file_name().into_string().ok()?, memory))
        };
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.filter_map(read).collect()
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        let _ = tool("chmod -R u+rwx \"$1\"; rm -rf \"$1\"", &[&self.0]);
    }
}

fn kill(running: &[Running]) {
    let pids: Vec<&str> = running.iter().map(|(pid, _)| pid.as_str()).collect();
    let _ = tool("kill -KILL \"$@\"", &pids);
}

/// What a line of shell says, or why it failed.
fn tool(line: &str, arguments: &[&str]) -> Result<String, String> {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", line, "sh"]).args(arguments);
    let output = shell.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{error}: on Windows, grade within WSL"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        // What is said of other people's files holds their names.
        false => {
            let said = text(&output.stderr);
            Err(said.lines().map(visible).collect::<Vec<_>>().join("\n"))
        }
    }
}
