//! Transcripts: a conversation of several people with a server, as a file that runs.
//!
//! One file is the lesson, the test and the bug report. It speaks the level of the wire, lines and
//! bytes, and knows nothing of our own protocol, so it runs against any server that speaks in
//! lines, in any language. `docs/TESTING.md` is its manual.
//!
//! Reading ([`mod@parse`], into a [`script`]) and deciding whether a line fits ([`pattern`]) are
//! pure. [`run`] plays one file over one [`connection`] for each person, with a [`server`] of its
//! own where it is one that a run starts: files that shared one would see each other.

pub mod piece;
pub mod text;
pub mod pattern;
pub mod script;
mod check;
pub mod parse;
pub mod report;
pub mod connection;
pub mod port;
pub mod process;
pub mod server;
pub mod through;
pub mod run;

use parse::{FILES_BYTES_MAX, parse};
use piece::visible;
use process::Stderr;
use report::{Outcome, junit, summary};
use run::{How, play};
use script::Script;
use server::Which;
use std::io::{self, Read as _, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::{env, fs};
use through::Disturbance;

/// What `chalktalk play` takes.
pub const USAGE: &str = "\
usage: chalktalk play FILE… [OPTION…]

Plays transcripts and says which held. Each gets a server of its own, this program's unless told
otherwise.

  --server ADDR          play against the server at this address; files then run one by one,
                         for they share it
  --server-command CMD   start the server with this command; {port} in it, and PORT in its
                         environment, is the port it shall listen at; {flags} is what the
                         transcript says of limits, as our own server takes it
  --server-log           show what the server says on stderr
  --jobs N               so many files at a time (default: two for each processor)
  --through              put trouble between everybody and the server: what, the seed decides
  --seed N               another number, other trouble (default 1)
  --junit FILE           write the outcome as JUnit XML too

The exit code is 0 if all held, 1 if not, 2 for a mistake in a transcript or in the arguments.
";

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Options {
    files: Vec<String>,
    /// `None` is our own.
    server: Option<Which>,
    stderr: Stderr,
    jobs: Option<usize>,
    seed: u64,
    through: bool,
    junit: Option<String>,
}

fn options(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let mut options = Options {
        files: Vec::new(),
        server: None,
        stderr: Stderr::Kept,
        jobs: None,
        seed: 1,
        through: false,
        junit: None,
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--server" => options.server = Some(Which::At(value()?)),
            "--server-command" => options.server = Some(Which::Command(value()?)),
            "--server-log" => options.stderr = Stderr::Shown,
            "--jobs" => options.jobs = Some(number::<usize>(&value()?)?.max(1)),
            "--seed" => options.seed = number(&value()?)?,
            "--through" => options.through = true,
            "--junit" => options.junit = Some(value()?),
            flag if flag.starts_with("--") => {
                return Err(format!("`{}` is unknown", visible(flag.as_bytes())));
            }
            _ => options.files.push(arg),
        }
    }
    if options.files.is_empty() {
        return Err("which transcripts? name at least one file".to_owned());
    }
    Ok(options)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{}` is no number", visible(text.as_bytes())))
}

/// What the verb is for.
pub const ABOUT: &str = "run conversations written down as files";

/// Whether our own server may be started with these flags, and otherwise why not.
pub type CheckFlags<'a> = &'a dyn Fn(Vec<String>) -> Result<(), String>;

/// `chalktalk play`, with what stands behind the verb.
#[must_use]
pub fn cli(args: impl IntoIterator<Item = String>, flags: CheckFlags<'_>) -> ExitCode {
    let args: Vec<String> = args.into_iter().collect();
    if args.iter().any(|arg| arg == "--help") {
        let _ = io::stdout().write_all(USAGE.as_bytes());
        return ExitCode::SUCCESS;
    }
    let played = options(args).map_err(|mistake| format!("{mistake}\n\n{USAGE}"));
    match played.and_then(|options| play_all(&options, flags)) {
        Ok(held) => held,
        Err(mistake) => {
            let _ = write!(io::stderr(), "chalktalk play: {mistake}");
            ExitCode::from(2)
        }
    }
}

/// Reads all files before any is played: a slip in the last one is known at once.
fn play_all(options: &Options, flags: CheckFlags<'_>) -> Result<ExitCode, String> {
    let mut mistakes = String::new();
    let mut scripts = Vec::new();
    for file in &options.files {
        match read(file, flags) {
            Ok(script) => scripts.push((file.as_str(), script)),
            Err(mistake) => mistakes += &format!("{mistake}\n"),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let ours = || {
        env::current_exe()
            .map(Which::Ours)
            .map_err(|error| format!("{error}\n"))
    };
    let server = options.server.clone().map_or_else(ours, Ok)?;
    for (file, script) in &scripts {
        if !script.flags.is_empty() && !server.takes_flags() {
            let (file, flags) = (visible(file), visible(script.flags.join(" ")));
            let _ = writeln!(
                io::stderr(),
                "chalktalk play: {file}: not passed on to the server: {flags}"
            );
        }
    }
    let outcomes = play_side_by_side(&scripts, options, &server);
    let mut out = io::stdout().lock();
    let _ = summary(&outcomes).map(|summary| writeln!(out, "{summary}"));
    if let Some(file) = &options.junit {
        let failed = |error| format!("{}: {error}\n", visible(file));
        fs::write(file, junit(&outcomes)).map_err(failed)?;
    }
    let failed = summary(&outcomes).is_some();
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn read(file: &str, flags: CheckFlags<'_>) -> Result<Script, String> {
    let named = |what| format!("{}: {what}", visible(file.as_bytes()));
    let whole = text(file).map_err(named)?;
    let mut included = |path: &str| match stands_below(path, file) {
        true => text(path),
        false => Err("there is no such file beside the transcript, or below it".to_owned()),
    };
    let script = parse(file, &whole, &mut included).map_err(|mistake| mistake.to_string())?;
    flags(script.flags.clone()).map_err(|why| named(visible(why.as_bytes())))?;
    match script.steps.is_empty() {
        true => Err(named("nobody does anything in it".to_owned())),
        false => Ok(script),
    }
}

/// Whether a path leads to an ordinary file in the folder of a transcript or below, links followed: whoever plays a
/// stranger's file has not read all of it.
fn stands_below(path: &str, transcript: &str) -> bool {
    let (Ok(path), Ok(transcript)) = (fs::canonicalize(path), fs::canonicalize(transcript)) else {
        return false;
    };
    let folder = transcript.parent();
    folder.is_some_and(|folder| path.starts_with(folder)) && path.is_file()
}

/// What a file says, without the byte order mark that some editors begin with.
fn text(path: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    // Not more than is looked at: it may have no end.
    let read = fs::File::open(path).and_then(|file| {
        file.take(FILES_BYTES_MAX as u64 + 1)
            .read_to_end(&mut bytes)
    });
    read.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    })?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Plays several at a time and prints each outcome when those before it are printed.
fn play_side_by_side(
    scripts: &[(&str, Script)],
    options: &Options,
    server: &Which,
) -> Vec<Outcome> {
    let jobs = options.jobs.unwrap_or(match server {
        Which::At(_) => 1,
        Which::Command(_) | Which::Ours(_) => {
            2 * thread::available_parallelism().map_or(1, usize::from)
        }
    });
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(scripts.len()) {
            let (next, tell) = (&next, tell.clone());
            scope.spawn(move || {
                while let Some((index, (file, script))) = take(next, scripts) {
                    let how = How {
                        server: server.clone(),
                        stderr: options.stderr,
                        through: options.through.then(|| Disturbance::of(options.seed, file)),
                    };
                    let outcome = Outcome {
                        file: visible(file),
                        title: visible(&script.title),
                        verdict: play(script, &how),
                    };
                    if tell.send((index, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        in_order(told.into_iter(), |outcome| {
            let mut out = io::stdout().lock();
            let _ = write!(out, "{outcome}").and_then(|()| out.flush());
        })
    })
}

fn take<'a, T>(next: &AtomicUsize, list: &'a [T]) -> Option<(usize, &'a T)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    list.get(index).map(|item| (index, item))
}

/// Brings into order what comes in any, and shows each as soon as all before it are shown.
fn in_order<T>(items: impl Iterator<Item = (usize, T)>, show: impl Fn(&T)) -> Vec<T> {
    let mut waiting = std::collections::BTreeMap::new();
    let mut ordered = Vec::new();
    for (index, item) in items {
        waiting.insert(index, item);
        while let Some(item) = waiting.remove(&ordered.len()) {
            show(&item);
            ordered.push(item);
        }
    }
    ordered
}
