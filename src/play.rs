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
pub mod usage;
pub mod server;
pub mod through;
pub mod run;
mod lessons;
pub(crate) mod learn;
pub(crate) mod grade;

use parse::{FILES_BYTES_MAX, REPEAT_TIMES_MAX, parse};
use piece::{is_name, visible};
use process::Stderr;
use report::{Outcome, Verdict, junit, summary};
use run::{How, play};
use script::Script;
use server::Which;
use std::io::{self, Read as _, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::{env, fs};
use text::{ROUND, Vars};
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
  --times N              play each so often; one failure is a failure, and none is tried again
  --set NAME=TEXT        let $NAME stand for this text from the start
  --jobs N               so many files at a time (default: two for each processor)
  --through              put trouble between everybody and the server: what, the seed decides
  --seed N               another number, other trouble (default 1)
  --junit FILE           write the outcome as JUnit XML too

The exit code is 0 if all held, 1 if not or if all were skipped, 2 for a mistake in a transcript
or in the arguments.
";

/// What to play, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The transcripts, by path.
    pub files: Vec<String>,
    /// `None` is our own.
    pub server: Option<Which>,
    /// What becomes of what it says on stderr.
    pub stderr: Stderr,
    /// How often each is played, at least once.
    pub times: u32,
    /// What variables stand for from the start.
    pub set: Vars,
    /// How many at a time; `None` is what suits the machine.
    pub jobs: Option<usize>,
    /// What decides on the trouble.
    pub seed: u64,
    /// Whether there is trouble between everybody and the server.
    pub through: bool,
    /// Where the outcome goes as XML too.
    pub junit: Option<String>,
}

fn options(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let mut options = Options {
        seed: 1,
        ..Options::default()
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--server" => options.server = Some(Which::At(value()?)),
            "--server-command" => options.server = Some(Which::Command(value()?)),
            "--server-log" => options.stderr = Stderr::Shown,
            "--times" => {
                options.times = number(&value()?)?;
                if !(1..=REPEAT_TIMES_MAX).contains(&options.times) {
                    return Err(format!("--times is 1 to {REPEAT_TIMES_MAX}"));
                }
            }
            "--set" => options.set.extend([variable(&value()?)?]),
            "--jobs" => options.jobs = Some(number(&value()?)?),
            "--seed" => options.seed = number(&value()?)?,
            "--through" => options.through = true,
            "--junit" => options.junit = Some(value()?),
            flag if flag.starts_with("--") => {
                return Err(format!("`{}` is unknown", visible(flag)));
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
        .map_err(|_| format!("`{}` is no number", visible(text)))
}

/// `NAME=TEXT`, of a variable.
fn variable(set: &str) -> Result<(String, Vec<u8>), String> {
    let good = |name: &str| {
        let taken = [ROUND, "one", "other"].contains(&name);
        !name.is_empty() && name.chars().all(is_name) && !taken
    };
    match set.split_once('=') {
        Some((name, text)) if good(name) => Ok((name.to_owned(), text.as_bytes().to_vec())),
        _ => Err("--set wants a name and what it stands for, as in `--set mark='#'`".to_owned()),
    }
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

/// Plays all, shows each outcome, and says in the exit code whether all held.
fn play_all(options: &Options, flags: CheckFlags<'_>) -> Result<ExitCode, String> {
    let outcomes = outcomes(options, flags, |outcome| {
        let mut out = io::stdout().lock();
        let _ = write!(out, "{outcome}").and_then(|()| out.flush());
    })?;
    let summary = summary(&outcomes);
    let summed = summary
        .as_ref()
        .map(|summary| writeln!(io::stdout(), "{summary}"));
    if let Some(file) = &options.junit {
        let failed = |error| format!("{}: {error}\n", visible(file));
        fs::write(file, junit(&outcomes)).map_err(failed)?;
    }
    Ok(match summed {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

/// What became of each file, in order, and each is shown as soon as all before it are. All are read before any is
/// played: a slip in the last one is known at once.
///
/// # Errors
/// A line for each mistake in a transcript.
pub fn outcomes(
    options: &Options,
    flags: CheckFlags<'_>,
    show: impl Fn(&Outcome),
) -> Result<Vec<Outcome>, String> {
    let mut mistakes = String::new();
    let mut scripts = Vec::new();
    for file in &options.files {
        match read(file, &options.set, flags) {
            Ok(script) => scripts.push((file.as_str(), script)),
            Err(mistake) => mistakes += &format!("{mistake}\n"),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let ours = || env::current_exe().map(Which::Ours);
    let server = options.server.clone().map_or_else(ours, Ok);
    let server = server.map_err(|error| format!("{error}\n"))?;
    for (file, script) in &scripts {
        if !script.flags.is_empty() && !server.takes_flags() {
            let (file, flags) = (visible(file), visible(script.flags.join(" ")));
            let _ = writeln!(
                io::stderr(),
                "chalktalk play: {file}: not passed on to the server: {flags}"
            );
        }
    }
    Ok(play_side_by_side(&scripts, options, &server, show))
}

fn read(file: &str, set: &Vars, flags: CheckFlags<'_>) -> Result<Script, String> {
    let named = |what| format!("{}: {what}", visible(file));
    let whole = text(file).map_err(named)?;
    let mut included = |path: &str| match stands_below(path, file) {
        true => text(path),
        false => Err("there is no such file beside the transcript, or below it".to_owned()),
    };
    let script = parse(file, &whole, &mut included, set).map_err(|mistake| mistake.to_string())?;
    flags(script.flags.clone()).map_err(|why| named(visible(why)))?;
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

/// Plays several at a time and shows each outcome when those before it are shown.
fn play_side_by_side(
    scripts: &[(&str, Script)],
    options: &Options,
    server: &Which,
    show: impl Fn(&Outcome),
) -> Vec<Outcome> {
    let jobs = options.jobs.unwrap_or(match server {
        Which::At(_) => 1,
        Which::Command(_) | Which::Program(..) | Which::Ours(_) => usual_jobs(),
    });
    let one = |(file, script): &(&str, Script)| {
        let how = How {
            server: server.clone(),
            stderr: options.stderr,
            through: options.through.then(|| Disturbance::of(options.seed, file)),
            set: options.set.clone(),
        };
        outcome(file, script, &how, options.times.max(1))
    };
    side_by_side(scripts, jobs, one, show)
}

/// How many servers run at a time unless said otherwise.
fn usual_jobs() -> usize {
    2 * thread::available_parallelism().map_or(1, usize::from)
}

/// Does this with several at a time and shows each result when those before it are shown.
fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    what: impl Fn(&T) -> R + Sync,
    show: impl Fn(&R),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let (tell, told) = mpsc::channel();
    let job = || {
        let tell = tell.clone();
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        };
        while let Some((index, item)) = take()
            && tell.send((index, what(item))).is_ok()
        {}
    };
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()).max(1) {
            scope.spawn(job);
        }
        in_order(told.into_iter().take(items.len()), show)
    })
}

/// Plays it so often. What failed once has failed.
fn outcome(file: &str, script: &Script, how: &How, times: u32) -> Outcome {
    let (mut first, mut skipped, mut failed) = (None, None, 0);
    for _ in 0..times {
        match play(script, how) {
            Verdict::Failed(failure) => {
                failed += 1;
                first.get_or_insert(Verdict::Failed(failure));
            }
            Verdict::Skipped(why) => skipped = Some(Verdict::Skipped(why)),
            Verdict::Passed | Verdict::NotSeen(_) => {}
        }
    }
    let held = match script.race {
        true => Verdict::NotSeen(times),
        false => Verdict::Passed,
    };
    Outcome {
        file: visible(file),
        title: visible(&script.title),
        verdict: first.or(skipped).unwrap_or(held),
        times: (times, failed),
    }
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
