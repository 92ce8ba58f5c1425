//! `chalktalk play`: reads all transcripts, plays them, and says which held.

use super::ci::{annotation, junit, tap, without_commands};
use super::files::{is_markdown, meant};
use super::markdown::blocks;
use super::parse::{FILES_BYTES_MAX, REPEAT_TIMES_MAX, parse};
use super::picture::svg;
use super::piece::{is_name, visible};
use super::process::{Stderr, shell};
use super::report::{Outcome, Verdict, summary};
use super::run::How;
use super::script::Script;
use super::server::{READY_MAX, Which};
use super::text::{ROUND, Vars};
use super::through::Disturbance;
use super::update::Changes;
use super::witness::Witness;
use super::{outcome, side_by_side, usual_jobs};
use crate::cli::args::{self, Arg, Args, Verb, unknown};
use crate::cli::failure::Failure;
use crate::cli::limits::{limits_of, whole};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// The verb.
pub(crate) const VERB: Verb = (
    "play",
    "run conversations written down as files",
    USAGE,
    run,
);

const USAGE: &str = "\
usage: chalktalk play FILE… [OPTION…]

Plays transcripts and says which held. Each gets a server of its own, this program's unless told
otherwise. A FILE is a transcript, a page in Markdown, of which the blocks fenced with ```chat are
transcripts, a folder, of which all that lies below it and ends in .chat, or a pattern ('a/*.chat').

  --server ADDR          play against the server at this address; files then run one by one,
                         for they share it
  --server-command CMD   start the server with this command; {port} in it, and PORT in its
                         environment, is the port it shall listen at; {flags} is what the
                         transcript says of limits, as our own server takes it
  --server-log           show what the server says on stderr, and how long it took to be ready
  --times N              play each so often; one failure is a failure, and none is tried again
  --set NAME=TEXT        let $NAME stand for this text from the start
  --jobs N               so many files at a time (default: two for each processor)
  --through              put trouble between everybody and the server: what, the seed decides
  --seed N               another number, other trouble (default 1)
  --junit FILE           write the outcome as JUnit XML too
  --update               rewrite what is expected to what comes, and show the difference
  --picture FILE         draw the run, as SVG; for one transcript
  --tap                  print the outcome as TAP, version 14

Where GITHUB_ACTIONS is set, each failure is an annotation too, on stderr.

The exit code is 0 if all held, 1 if not or if all were skipped, 2 for a mistake in a transcript
or in the arguments.
";

/// What to play, and how.
#[derive(Default)]
struct Options {
    files: Vec<String>,
    how: How,
    times: u32,
    jobs: Option<usize>,
    /// What decides on the trouble, if there is some.
    seed: u64,
    through: bool,
    junit: Option<String>,
    picture: Option<String>,
    tap: bool,
    update: bool,
}

fn options(args: Vec<String>) -> Result<Options, Failure> {
    let mut options = Options {
        times: 1,
        seed: 1,
        ..Options::default()
    };
    let (mut args, how) = (Args::new(args), &mut options.how);
    while let Some(arg) = args.next()? {
        match &arg {
            Arg::Word(file) => options.files.push(file.clone()),
            Arg::Option(option) => match option.as_str() {
                "--server" => how.server = Which::At(args.value(str::parse)?),
                "--server-command" => {
                    let command: String = args.value(str::parse)?;
                    how.server = Which::Command(shell(&command), READY_MAX);
                }
                "--server-log" => how.stderr = Stderr::Shown,
                "--times" => options.times = args.value(times)?,
                "--set" => how.set.extend([args.value(variable)?]),
                "--jobs" => options.jobs = Some(args.value(whole)?),
                "--seed" => options.seed = args.value(whole)?,
                "--through" => options.through = true,
                "--junit" => options.junit = Some(args.value(str::parse)?),
                "--update" => options.update = true,
                "--picture" => {
                    options.picture = Some(args.value(str::parse)?);
                    how.witness = Some(Witness::default());
                }
                "--tap" => options.tap = true,
                _ => return Err(unknown(&arg, "chalktalk play")),
            },
        }
    }
    if options.files.is_empty() {
        let which = "which transcripts? name at least one file, as in chalktalk play a.chat";
        return Err(Failure::Usage(which.to_owned()));
    }
    if options.update && (options.through || options.times > 1) {
        let once =
            "--update plays each transcript once and undisturbed: leave out --times and --through";
        return Err(Failure::Usage(once.to_owned()));
    }
    Ok(options)
}

fn times(text: &str) -> Result<u32, String> {
    let times = whole(text)?;
    match (1..=REPEAT_TIMES_MAX).contains(&times) {
        true => Ok(times),
        false => Err(format!("at least once, at most {REPEAT_TIMES_MAX} times")),
    }
}

/// `NAME=TEXT`, of a variable.
pub(super) fn variable(set: &str) -> Result<(String, Vec<u8>), String> {
    let good = |name: &str| {
        let taken = [ROUND, "one", "other"].contains(&name);
        !name.is_empty() && name.chars().all(is_name) && !taken
    };
    match set.split_once('=') {
        Some((name, text)) if good(name) => Ok((name.to_owned(), text.as_bytes().to_vec())),
        _ => Err("a name is wanted and what it stands for, as in `--set mark='#'`".to_owned()),
    }
}

/// A mistake in a transcript is a line of its own, so they are told here.
fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    play_all(&options(args)?).or_else(|mistakes| {
        let _ = write!(io::stderr(), "chalktalk play: {mistakes}");
        Ok(ExitCode::from(2))
    })
}

/// Plays all, shows each outcome, and says in the exit code whether all held. All are read before any is played: a slip
/// in the last one is known at once.
///
/// # Errors
/// A line for each mistake in a transcript.
fn play_all(options: &Options) -> Result<ExitCode, String> {
    let (how, scripts) = (&options.how, read_all(options)?);
    if options.picture.is_some() && scripts.len() > 1 {
        let one =
            "--picture draws one transcript, so name one; the others need pictures of their own\n";
        return Err(one.to_owned());
    }
    let one = |(name, script): &(String, Script)| {
        let mut how = how.clone();
        how.through = options.through.then(|| Disturbance::of(options.seed, name));
        // What is known to fail is not to be made right by writing down what comes.
        how.update = (options.update && script.known.is_none()).then(Arc::default);
        let played = outcome(name, script, &how, options.times);
        updated(played, &how.update.unwrap_or_default())
    };
    let on_github = args::variable("GITHUB_ACTIONS").is_some();
    let shown = Cell::new(0);
    let show = |outcome: &Outcome| {
        shown.set(shown.get() + 1);
        let mut text = match options.tap {
            true => tap(shown.get(), outcome),
            false => outcome.to_string(),
        };
        if on_github {
            text = without_commands(&text);
            let _ = io::stderr().write_all(annotation(outcome).unwrap_or_default().as_bytes());
        }
        let mut out = io::stdout().lock();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    };
    if options.tap {
        let _ = writeln!(io::stdout(), "TAP version 14\n1..{}", scripts.len());
    }
    // Files that share a server would see each other.
    let shared = matches!(how.server, Which::At(_));
    let usual = if shared { 1 } else { usual_jobs() };
    let jobs = options.jobs.unwrap_or(usual);
    finish(options, &side_by_side(&scripts, jobs, one, show))
}

/// Says and writes down what is to be said of the whole run.
///
/// # Errors
/// Where a file cannot be written.
fn finish(options: &Options, outcomes: &[Outcome]) -> Result<ExitCode, String> {
    let (how, summary) = (&options.how, summary(outcomes));
    if let Some(summary) = &summary {
        let comment = if options.tap { "# " } else { "" };
        let _ = writeln!(io::stdout(), "{comment}{summary}");
    }
    if let (Stderr::Shown, Some(took)) = (&how.stderr, how.slowest_start()) {
        let ready = format!("ready {took} ms after it was started, the slowest of the servers");
        let _ = writeln!(io::stderr(), "chalktalk play: {ready}");
    }
    let save = |file: &String, text| {
        let failed = |error| format!("{}: {error}\n", visible(file));
        fs::write(file, text).map_err(failed)
    };
    if let Some(file) = &options.junit {
        save(file, junit(outcomes))?;
    }
    if let (Some(file), Some(witness), [outcome]) = (&options.picture, &how.witness, outcomes) {
        save(file, svg(&witness.seen().events(), outcome))?;
    }
    Ok(summary.map_or(ExitCode::SUCCESS, |_| ExitCode::FAILURE))
}

/// The outcome, when what came instead was written into the files.
fn updated(mut played: Outcome, changes: &Mutex<Changes>) -> Outcome {
    let changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
    let (rewritten, refused) = changes.apply();
    played.rewritten = rewritten;
    if let (Verdict::Passed, Some(refused)) = (&played.verdict, refused) {
        played.verdict = Verdict::Failed(refused);
    }
    played
}

/// All transcripts that the arguments mean, and what each is called. A file that another of them includes is a part of
/// that one, and is played alone only where it is named itself.
///
/// # Errors
/// A line for each mistake.
fn read_all(options: &Options) -> Result<Vec<(String, Script)>, String> {
    let (mut files, mut parts, mut mistakes) = (Vec::new(), BTreeSet::new(), String::new());
    for argument in &options.files {
        match meant(argument) {
            Ok(all) => files.extend(all),
            Err(why) => mistakes += &format!("{}: {why}\n", visible(argument)),
        }
    }
    let mut read = |file: String| (read_file(&file, &options.how.set, &mut parts), file);
    let read: Vec<_> = files.into_iter().map(&mut read).collect();
    let mut scripts = Vec::new();
    for (result, file) in read {
        let is_part = fs::canonicalize(&file).is_ok_and(|path| parts.contains(&path));
        match result {
            _ if is_part && !options.files.contains(&file) => {}
            Ok(all) => scripts.extend(all),
            Err(mistake) => mistakes += &format!("{mistake}\n"),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    for (name, script) in &scripts {
        if !script.flags.is_empty() && !options.how.server.takes_flags() {
            let (name, flags) = (visible(name), visible(script.flags.join(" ")));
            let told = format!("{name}: not passed on to the server: {flags}");
            let _ = writeln!(io::stderr(), "chalktalk play: {told}");
        }
    }
    Ok(scripts)
}

/// The transcript of a file, or those of a page, each with its name. What they include is added to `parts`.
fn read_file(
    file: &str,
    set: &Vars,
    parts: &mut BTreeSet<PathBuf>,
) -> Result<Vec<(String, Script)>, String> {
    let named = |what| format!("{}: {what}", visible(file));
    let whole = text(file).map_err(named)?;
    let texts = match is_markdown(file) {
        true => blocks(&whole),
        false => vec![(0, whole)],
    };
    if texts.is_empty() {
        let none = "no block in it is fenced with ```chat, as a transcript in a page is";
        return Err(named(none.to_owned()));
    }
    let mut included = |path: &str| match stands_below(path, file) {
        true => {
            parts.extend(fs::canonicalize(path));
            text(path)
        }
        false => Err("there is no such file beside the transcript, or below it".to_owned()),
    };
    let read = |(line, text): (usize, String)| {
        let script = parse(file, &text, &mut included, set);
        let script = script.map_err(|mistake| mistake.to_string())?;
        limits_of(script.flags.clone()).map_err(|why| named(visible(why)))?;
        let name = match line {
            0 => file.to_owned(),
            line => format!("{file}:{line}"),
        };
        match script.steps.is_empty() {
            true => Err(format!("{}: nobody does anything in it", visible(&name))),
            false => Ok((name, script)),
        }
    };
    texts.into_iter().map(read).collect()
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
    // Not more than is looked at: it may have no end.
    let start = |file: File| file.take(FILES_BYTES_MAX as u64 + 1);
    let text = File::open(path).and_then(|file| io::read_to_string(start(file)));
    let text = text.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::InvalidData => "not UTF-8".to_owned(),
        kind => kind.to_string(),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}
