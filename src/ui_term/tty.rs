//! The terminal itself: no other file opens it, or knows how its modes are set.
//!
//! Holds: whatever ends the program, the terminal is afterwards as it was before. The modes
//! are set and put back by `stty`, since std cannot; and since nothing can be done about
//! SIGKILL from inside, three processes share the work:
//!
//! - the *supervisor*, a shell in place of the program first started, runs the program again
//!   as its child, waits, and puts the terminal back;
//! - the *screen* is that child. It puts the terminal back itself when it leaves or panics,
//!   and ends when its supervisor is gone;
//! - the *guardian*, a shell in a process group of its own, puts the terminal back when the
//!   supervisor has ended without a goodbye.
//!
//! Only raw modes are put back: when a job that was suspended is ended, the terminal is a shell's. A supervisor that is
//! killed behind a wrapper that goes on to exit with a code is beyond help: bash takes over the raw modes at once.
//!
//! Ruled out: only restoring on the way out (nothing is left of that after a signal); a
//! guardian alone (some shells take over the raw modes before it can act).

use super::escape;
use super::frame::Size;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, parent_id};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{env, panic, process, thread};

const TTY: &str = "/dev/tty";
/// Tells the screen which processes supervise and guard it, and how the terminal was.
const SUPERVISED: &str = "CHALKTALK_TERMINAL";
/// Between two looks whether the supervisor is there.
const WATCH: Duration = Duration::from_millis(100);
/// Bytes of keys that one read may give.
const READ_BYTES: usize = 4096;

/// Whether the second screen is shown. Of the process, as the terminal is: a panic in any thread asks.
static SECOND: AtomicBool = AtomicBool::new(false);

/// Raw: every byte comes as it is, at once, and none makes a signal.
const RAW: &[&str] = &[
    "-icanon", "-echo", "-isig", "-iexten", "-ixon", "-icrnl", "-inlcr", "-istrip", "-brkint",
    "-opost", "cs8", "min", "1", "time", "0",
];

/// Waits for `bye` or for the end of the pipe, beside a command for that: a shell defers its traps while it reads. The
/// pause lets the screen notice and end.
const GUARDIAN: &str = r#"
trap '' INT QUIT HUP TERM TSTP TTIN TTOU
trap second=shown USR1
trap second= USR2
exec 4<&0
(read -r word <&4; [ "$word" = bye ]) &
echo ready
exec >/dev/null
while wait $!; code=$?; kill -0 $! 2>/dev/null; do :; done
[ "$code" = 0 ] && exit 0
sleep 0.2
exec 3<>/dev/tty || exit 1
[ -z "$second" ] || printf '%s' "$2" >&3
case $(stty -a <&3) in *-opost*) stty "$1" <&3 ;; esac
"#;

/// Runs the screen, which holds no end of the guardian's pipe, beside itself: a shell defers its traps while it runs a
/// command. Whatever asks the supervisor to end ends the screen first, for behind a wrapper that turns a signal into a
/// code of its own, a shell takes over the modes that it finds when the wrapper ends.
const SUPERVISOR: &str = r#"
saved=$1 leave=$2 screen= asked= second=
shift 2
end() {
    asked=$1
    [ -z "$screen" ] || { kill "$screen"; kill -CONT "$screen"; } 2>/dev/null
}
# That the screen was ended is no news to whoever asked.
await() {
    if [ -n "$asked" ]; then wait "$screen" 2>/dev/null; else wait "$screen"; fi
    code=$?
}
for signal in HUP INT QUIT TERM; do trap "end $signal" $signal; done
trap second=shown USR1
trap second= USR2
exec 3>&0 </dev/tty
"$@" </dev/tty 3>&- &
screen=$!
unset CHALKTALK_CODE
[ -z "$asked" ] || end "$asked"
while await; kill -0 "$screen" 2>/dev/null; do :; done
[ "$code" -gt 128 ] && [ -n "$second" ] && printf '%s' "$leave" >/dev/tty
# Of what puts the terminal back nothing is ended by who asks again.
trap '' HUP INT QUIT TERM TTOU PIPE
case $(stty -a </dev/tty) in *-opost*) stty "$saved" </dev/tty ;; esac
echo bye 2>/dev/null >&3
[ -z "$asked" ] || { trap - "$asked"; kill -s "$asked" $$; }
exit "$code"
"#;

/// Tells the supervisor and the guardian whether the second screen is shown: what leaves it would move the cursor and
/// blank lines on the first.
const TELL: &str = r#"kill -s "$@" 2>/dev/null"#;

/// Says the size whenever it changes, and ends when its stdin does. A `read` would not be
/// interrupted by the signal; `wait` is.
const SIZES: &str = r#"
exec 3</dev/tty 4<&0
trap 'stty size <&3' WINCH
cat <&4 >/dev/null & cat=$!
stty size <&3
while kill -0 $cat 2>/dev/null; do wait $cat; done
"#;

/// What comes from a terminal.
#[derive(Debug)]
pub(super) enum Input {
    /// What one read gave; the next waits for [`Terminal::read_on`].
    Bytes(Vec<u8>),
    /// It has this size now.
    Size(Size),
    /// The size was told again and is the same: it is to be drawn anew.
    Redraw,
    /// Nobody will tell of changes of the size any more.
    SizesEnd,
    /// It is gone.
    End,
}

/// A terminal in raw mode.
#[derive(Debug)]
pub(super) struct Terminal {
    tty: File,
    guards: Guards,
    /// Each word lets the keys be read once more.
    read_on: SyncSender<()>,
    /// The helper that tells sizes runs for as long as this is open.
    _sizes: Option<ChildStdin>,
}

/// Who puts the terminal back.
#[derive(Debug, Clone)]
pub(super) struct Guards {
    supervisor: u32,
    guardian: String,
    /// The modes to be put back.
    saved: String,
}

/// Becomes the supervisor of a second process of the same program. Returns only if that
/// cannot be done.
pub(super) fn supervise() -> io::Error {
    match supervisor() {
        Ok(mut supervisor) => supervisor.exec(),
        Err(error) => error,
    }
}

/// The supervisor's command; the guardian runs already. The terminal is as it was: what is
/// asked before there is a screen wants the modes of lines.
fn supervisor() -> io::Result<Command> {
    let program = env::current_exe()?;
    let saved = stty(&["-g"])?;
    let mut guardian = helper("sh");
    guardian.args(["-c", GUARDIAN, "sh", &saved, escape::LEAVE]);
    let (guardian, pipe, mut ready) = start(guardian.process_group(0))?;
    // Before it is ready, a word to it would end it.
    ready.read_line(&mut String::new())?;
    let mut supervisor = Command::new("sh");
    supervisor
        .args(["-c", SUPERVISOR, "sh", &saved, escape::LEAVE])
        .arg(program)
        .args(env::args_os().skip(1))
        // The supervisor takes the place of this process, and its number.
        .env(
            SUPERVISED,
            format!("{} {} {saved}", process::id(), guardian.id()),
        )
        .stdin(Stdio::from(pipe));
    Ok(supervisor)
}

/// The terminal, if there is one to draw on.
pub(super) fn open() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(TTY)
}

/// How large this process's terminal is, if it has one that knows.
pub(super) fn size() -> Option<Size> {
    parse_size(&stty(&["size"]).ok()?)
}

/// Another program, which has no use for the code of a chat.
fn helper(program: &str) -> Command {
    let mut helper = Command::new(program);
    helper.env_remove("CHALKTALK_CODE");
    helper
}

/// Starts a helper, and gives what it is told through, and what it tells.
fn start(helper: &mut Command) -> io::Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let piped = helper.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut helper = piped.stderr(Stdio::null()).spawn()?;
    let pipes = helper.stdin.take().zip(helper.stdout.take());
    let (stdin, stdout) = pipes.ok_or_else(|| io::Error::other("a helper without pipes"))?;
    Ok((helper, stdin, BufReader::new(stdout)))
}

/// Calls `stty` for the terminal, and gives what it said.
fn stty(arguments: &[&str]) -> io::Result<String> {
    let output = helper("stty")
        .args(arguments)
        .stdin(open()?)
        .stderr(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other("stty cannot set this terminal"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Terminal {
    /// The terminal of a supervised process; raw, and what comes from it told through `tell`.
    pub(super) fn take(tell: impl Fn(Input) + Clone + Send + 'static) -> io::Result<Self> {
        let guards = supervised_by().ok_or_else(|| io::Error::other("nobody supervises"))?;
        let tty = open()?;
        restore_on_panic(guards.saved.clone());
        stty(RAW)?;
        let (read_on, may_read) = sync_channel(1);
        read_keys(tty.try_clone()?, may_read, tell.clone())?;
        let sizes = read_sizes(tell.clone());
        if sizes.is_err() {
            tell(Input::SizesEnd);
        }
        Ok(Self {
            tty,
            guards,
            read_on,
            _sizes: sizes.ok(),
        })
    }

    /// Says that the keys told last were dealt with. No others are read before that: what is
    /// typed behind a key that stops or ends the program is for the shell, and a read that has
    /// begun would take it even from a process that is being stopped.
    pub(super) fn read_on(&self) {
        let _ = self.read_on.try_send(());
    }

    /// Says something to the terminal, all at once.
    pub(super) fn say(&mut self, words: &str) -> io::Result<()> {
        self.tty.write_all(words.as_bytes())
    }

    /// Whether somebody still waits for this process and the terminal is its to use.
    pub(super) fn is_ours(&self) -> bool {
        parent_id() == self.guards.supervisor
    }

    /// Sets the modes again, whoever has changed them.
    pub(super) fn make_raw(&self) -> io::Result<()> {
        stty(RAW).map(drop)
    }

    /// Shows the second screen, blank.
    pub(super) fn enter(&mut self) {
        if !SECOND.swap(true, Ordering::SeqCst) {
            self.tell("USR1");
            let _ = self.say(escape::SAVE);
        }
        // Where this is in vain, the next frame will be too, which ends the program.
        let _ = self.say(escape::ENTER);
    }

    /// Shows the first screen again, where it is not shown already.
    pub(super) fn leave(&mut self) {
        if SECOND.swap(false, Ordering::SeqCst) {
            let _ = self.say(escape::LEAVE);
            self.tell("USR2");
        }
    }

    fn tell(&self, signal: &str) {
        let supervisor = self.guards.supervisor.to_string();
        let words = ["-c", TELL, "sh", signal, &supervisor, &self.guards.guardian];
        // Who has gone needs no word.
        let _ = helper("sh").args(words).status();
    }

    /// Puts the terminal back as it was.
    pub(super) fn give_back(&mut self) {
        self.leave();
        let _ = stty(&[&self.guards.saved]);
    }

    /// Stops this process and those around it, as the shell's Ctrl-Z does; returns when they
    /// go on.
    pub(super) fn stop(&self) -> io::Result<()> {
        helper("sh").args(["-c", "kill -TSTP 0"]).status().map(drop)
    }
}

/// Who guards this process. A variable that some other process has inherited names another parent.
pub(super) fn supervised_by() -> Option<Guards> {
    let told = env::var(SUPERVISED).ok()?;
    let mut told = told.splitn(3, ' ').map(str::to_owned);
    let guards = Guards {
        supervisor: told.next()?.parse().ok()?,
        guardian: told.next()?,
        saved: told.next()?,
    };
    (guards.supervisor == parent_id()).then_some(guards)
}

/// Ends this process soon after its supervisor, whatever it waits for: a read from the terminal that has begun would
/// take what is typed for somebody else.
pub(super) fn end_with_supervisor() -> io::Result<()> {
    let watch = thread::Builder::new().name("supervisor".to_owned());
    let supervisor = parent_id();
    watch.spawn(move || {
        while parent_id() == supervisor {
            thread::park_timeout(WATCH);
        }
        process::exit(1);
    })?;
    Ok(())
}

/// Before a panic's message is printed, the terminal is to be able to show it. Ends as a
/// failure and not by a signal, after which the supervisor would put the terminal back again
/// and the cursor onto the message.
fn restore_on_panic(saved: String) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if SECOND.swap(false, Ordering::SeqCst)
            && let Ok(mut tty) = open()
        {
            let _ = tty.write_all(escape::LEAVE.as_bytes());
        }
        let _ = stty(&[&saved]);
        before(info);
        process::exit(101);
    }));
}

fn read_keys(
    mut tty: File,
    may_read: Receiver<()>,
    tell: impl Fn(Input) + Send + 'static,
) -> io::Result<()> {
    let keys = thread::Builder::new().name("keys".to_owned());
    keys.spawn(move || {
        let mut bytes = [0; READ_BYTES];
        loop {
            match tty.read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    tell(Input::Bytes(bytes.iter().take(count).copied().collect()));
                    if may_read.recv().is_err() {
                        return;
                    }
                }
            }
        }
        tell(Input::End);
    })?;
    Ok(())
}

fn read_sizes(tell: impl Fn(Input) + Send + 'static) -> io::Result<ChildStdin> {
    let (mut teller, stdin, told) = start(helper("sh").args(["-c", SIZES]))?;
    let sizes = thread::Builder::new().name("sizes".to_owned());
    sizes.spawn(move || {
        let mut last = None;
        for line in told.lines().map_while(Result::ok) {
            let Some(size) = parse_size(&line) else {
                continue;
            };
            tell(match last.replace(size) {
                Some(before) if before == size => Input::Redraw,
                _ => Input::Size(size),
            });
        }
        tell(Input::SizesEnd);
        let _ = teller.wait();
    })?;
    Ok(stdin)
}

/// Reads what `stty size` says; of a terminal whose size nobody has set that is `0 0`.
fn parse_size(line: &str) -> Option<Size> {
    let (rows, columns) = line.trim().split_once(' ')?;
    let size = Size {
        rows: rows.parse().ok()?,
        columns: columns.parse().ok()?,
    };
    (size.rows > 0 && size.columns > 0).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_numbers_and_not_none() {
        let size = |rows, columns| Some(Size { rows, columns });
        assert_eq!(parse_size("24 80\n"), size(24, 80));
        for bad in ["0 0", "0 80", "", "24", "a b", "-1 80"] {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
    }
}
