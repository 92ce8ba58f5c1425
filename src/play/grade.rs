//! `chalktalk grade`: each submission of a folder, put to the checks of the course.
//!
//! Limits keep their mistakes apart, and no attacker: what is graded could do all that its teacher can. To promise
//! more, this would have to be a container.

mod confine;

use super::cli::variable;
use super::lessons::{Check, checks};
use super::piece::visible;
use super::report::{Outcome, Verdict};
use super::text::Vars;
use super::{side_by_side, usual_jobs};
use crate::cli::args::{Arg, Args, Verb, unknown};
use crate::cli::failure::Failure;
use crate::cli::limits::whole;
use crate::file::write_whole;
use crate::server::log::json_string;
use confine::Confined;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The verb.
pub(crate) const VERB: Verb = ("grade", "check a folder of servers", USAGE, run);

const USAGE: &str = "\
usage: chalktalk grade DIR --run COMMAND [OPTION…]

Puts every folder in DIR, a submission each, to the checks of the course, and prints a table. What was
handed in runs as you, with limits: they keep mistakes apart, not attackers.

  --run COMMAND    what starts a server, in its folder; {port} in it is where it shall listen
  --build COMMAND  what is run there before
  --steps A-B      the steps to check (4-11)
  --set mark=TEXT  what the chat's own lines begin with, in place of *
  --jobs N         so many at a time (two for each processor)
  --csv FILE       write the table as CSV, too; - is stdout, in place of the table
  --json FILE      write all that came, too, in the shape that Gradescope takes
";
/// What the table shows of a note.
const NOTE_CHARS_MAX: usize = 200;
/// How often in a row a server may fail to start.
const FAILED_STARTS_MAX: usize = 2;

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let (mut args, mut folder, mut jobs) = (Args::new(args), None, usual_jobs());
    let (mut set, mut steps, mut texts) = (Vars::new(), 4..=11, BTreeMap::new());
    while let Some(arg) = args.next()? {
        match &arg {
            Arg::Word(word) => folder = Some(PathBuf::from(word)),
            Arg::Option(option) => match option.as_str() {
                "--set" => set.extend([args.value(variable)?]),
                "--jobs" => jobs = args.value(whole)?,
                "--steps" => steps = args.value(range)?,
                "--run" | "--build" | "--csv" | "--json" => {
                    texts.insert(option.clone(), args.value(str::parse::<String>)?);
                }
                _ => return Err(unknown(&arg, "chalktalk grade")),
            },
        }
    }
    let (Some(folder), Some(run)) = (folder, texts.get("--run")) else {
        let why = "a folder is wanted, and what starts a server: --run './server {port}'";
        return Err(Failure::Usage(why.to_owned()));
    };
    let failed = |what: &Path, error| Failure::Failed(format!("{}: {error}", what.display()));
    let checks = checks(steps, &set).map_err(Failure::Failed)?;
    let submissions = submissions(&folder).map_err(|error| failed(&folder, error))?;
    let done = AtomicUsize::new(0);
    let one = |submission: &PathBuf| {
        let copy = Confined::new(submission, texts.get("--build"));
        let play = |copy: &Confined, check: &Check| copy.play(run, check, &set);
        let graded = grade(submission, copy, &checks, play);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if io::stderr().is_terminal() {
            let end = if done == submissions.len() { "\n" } else { "" };
            let _ = write!(io::stderr(), "\r{done} of {}{end}", submissions.len());
        }
        graded
    };
    let graded = side_by_side(&submissions, jobs, one, |_| {});
    let total = counts(&checks, &[]);
    let heading = |column: &Option<usize>| column.map_or("all".to_owned(), |step| step.to_string());
    let mut shown = row("submission", total.keys().map(heading), "note");
    let of = total
        .iter()
        .map(|(column, (_, all))| format!("{} (of {all})", heading(column)));
    let mut csv = csv("submission", of, "note");
    let mut objects = Vec::new();
    for [row, line, object] in graded {
        (shown, csv) = (shown + &row, csv + &line);
        objects.push(object);
    }
    let json = format!("[{}]\n", objects.join(",\n"));
    // What was an hour's work is shown, even where a file cannot be written.
    let mut written = Ok(ExitCode::SUCCESS);
    for (option, text) in [("--csv", csv), ("--json", json)] {
        match texts.get(option).map(Path::new) {
            None => {}
            Some(file) if file == "-" => shown = text,
            Some(file) => {
                if let Err(error) = write_whole(file, &text) {
                    written = written.and(Err(failed(file, error)));
                }
            }
        }
    }
    let _ = io::stdout().write_all(shown.as_bytes());
    written
}

/// `4-8`, or `4`.
fn range(text: &str) -> Result<RangeInclusive<usize>, &'static str> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok(whole(first)?..=whole(last)?)
}

/// The folders in this one, by name.
fn submissions(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() && !name.as_encoded_bytes().starts_with(b".") {
            found.push(path);
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(io::Error::other("no folder in it: each is a submission")),
        false => Ok(found),
    }
}

/// Puts a submission to all checks. What is told of it: a row of the table, a line of CSV, and an object as Gradescope
/// takes it for `results.json`, with the submission's name.
fn grade(
    submission: &Path,
    mut copy: Result<Confined, String>,
    checks: &[Check],
    play: impl Fn(&Confined, &Check) -> Outcome,
) -> [String; 3] {
    let (mut outcomes, mut first_failed, mut failed_starts) = (Vec::new(), None, 0);
    for check in checks {
        let Ok(confined) = &copy else { break };
        let outcome = play(confined, check);
        let mut fails_to_start = false;
        if let Verdict::Failed(failure) = &outcome.verdict {
            fails_to_start = failure.place.is_none();
            first_failed.get_or_insert(outcome.file.clone());
        }
        failed_starts = usize::from(fails_to_start) * (failed_starts + 1);
        outcomes.push(outcome);
        if failed_starts == FAILED_STARTS_MAX {
            copy = Err("does not start".to_owned());
        }
    }
    let name = submission.file_name().unwrap_or_default();
    let name = visible(name.as_encoded_bytes());
    let note = copy.err().or(first_failed).unwrap_or_default();
    let counts = counts(checks, &outcomes);
    let of = counts.values().map(|(held, all)| format!("{held}/{all}"));
    let held = counts.values().map(|(held, _)| held.to_string());
    let (row, line) = (row(&name, of, &note), csv(&name, held, &note));
    let tests: Vec<String> = outcomes.iter().map(test).collect();
    let (name, note, tests) = (json_string(&name), json_string(&note), tests.join(",\n"));
    let object = format!(r#"{{"submission":{name},"output":{note},"tests":[{tests}]}}"#);
    [row, line, object]
}

/// How many checks held, and of how many that could be looked at: in all, and of each step.
fn counts(checks: &[Check], outcomes: &[Outcome]) -> BTreeMap<Option<usize>, (usize, usize)> {
    let mut counts = BTreeMap::new();
    for (at, check) in checks.iter().enumerate() {
        let (held, all) = match outcomes.get(at).map(|outcome| &outcome.verdict) {
            Some(Verdict::Passed | Verdict::NotSeen(_)) => (1, 1),
            Some(Verdict::Skipped(_) | Verdict::Known(_)) => (0, 0),
            Some(Verdict::Failed(_)) | None => (0, 1),
        };
        for column in [None, Some(check.step)] {
            let count = counts.entry(column).or_insert((0, 0));
            *count = (count.0 + held, count.1 + all);
        }
    }
    counts
}

/// For people; of a note the first line.
fn row(name: &str, cells: impl Iterator<Item = String>, note: &str) -> String {
    let cells: String = cells.map(|cell| format!("{cell:<6}")).collect();
    let note = note.lines().next().unwrap_or_default();
    let note: String = note.chars().take(NOTE_CHARS_MAX).collect();
    format!("{name:<24} {cells}{note}").trim_end().to_owned() + "\n"
}

/// RFC 4180. Names are other people's, so no cell is a formula; and none like 5/6, which is the fifth of June to some.
fn csv(name: &str, cells: impl Iterator<Item = String>, note: &str) -> String {
    let quoted = |text: &str| {
        let tick = "'".repeat(usize::from(text.starts_with(['=', '+', '-', '@'])));
        format!("\"{tick}{}\"", text.replace('"', "\"\""))
    };
    let cells: String = cells.map(|cell| cell + ",").collect();
    format!("{},{cells}{}\r\n", quoted(name), quoted(note))
}

fn test(outcome: &Outcome) -> String {
    let held = matches!(outcome.verdict, Verdict::Passed | Verdict::NotSeen(_));
    let name = json_string(&outcome.file);
    let report = json_string(&outcome.to_string());
    let score = u8::from(held);
    format!(r#"{{"name":{name},"score":{score},"max_score":1,"output":{report}}}"#)
}
