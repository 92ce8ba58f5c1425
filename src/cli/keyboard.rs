//! What an operator types at the terminal of `serve`, while that is in the foreground.
//!
//! Who reads from a terminal in the background is stopped by SIGTTIN, and so is everything that the process does: a chat
//! whose server was started with `&`, or sent to the background later, would stand still. A process that ignores that
//! signal is given an error instead, as at the end of an input. std sets no signals, but a shell does, and what it
//! ignores stays ignored in what takes its place.
//!
//! Ruled out: to ask whether one is in the foreground before reading. It says nothing of the time after.

use crate::server::Server;
use std::io::{self, BufRead, Write};
use std::thread;
use std::time::Duration;

/// Has the signal ignored: becomes a shell, which becomes this program again. Where there is no shell, goes on.
#[cfg(unix)]
pub(super) fn prepare() {
    use std::os::unix::process::CommandExt;
    use std::{env, process};
    const PREPARED: &str = "CHALKTALK_KEYBOARD";
    let id = process::id().to_string();
    // Of the same number, and so of this very process.
    if env::var_os(PREPARED).is_some_and(|prepared| prepared == *id) {
        return;
    }
    if let Ok(program) = env::current_exe() {
        let mut shell = process::Command::new("sh");
        shell.args(["-c", r#"trap '' TTIN TTOU; exec "$@""#, "sh"]);
        shell.arg(program).args(env::args_os().skip(1));
        // It returns only where that failed.
        shell.env(PREPARED, id).env_remove("CHALKTALK_CODE");
        drop(shell.exec());
    }
}

/// How often it is asked whether the terminal can be read again.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// Obeys an operator who types at the terminal, until that says stop. Says when nobody can; a C-d, or a time in the
/// background, is not the end of it.
pub(super) fn obeys(server: &Server) {
    let mut told = "";
    loop {
        let is_there = match open().map(|typed| server.console(typed, io::stderr())) {
            Ok(true) => return,
            // Was that a C-d, or did the terminal go to somebody else?
            Ok(false) => open().is_ok(),
            Err(_) => false,
        };
        let now = match is_there {
            true => "the server goes on; stop ends it",
            false => "no console, for this terminal is not in the foreground; the server serves",
        };
        if told != now {
            let _ = writeln!(io::stderr(), "{now}");
            told = now;
        }
        thread::park_timeout(ASKED_EVERY);
    }
}

/// The keyboard of this process's terminal, not of another one that standard input may be.
///
/// # Errors
/// It has none, or is in the background.
#[cfg(unix)]
fn open() -> io::Result<impl BufRead> {
    let mut tty = std::fs::File::open("/dev/tty")?;
    // To read nothing fails where to read something would, and does not wait.
    let _nothing = io::Read::read(&mut tty, &mut [])?;
    Ok(io::BufReader::new(tty))
}

#[cfg(not(unix))]
pub(super) fn prepare() {}

#[cfg(not(unix))]
fn open() -> io::Result<impl BufRead> {
    Ok(io::stdin().lock())
}
