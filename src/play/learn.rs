//! `chalktalk learn`: the course, and its checks against a server in any language.
//!
//! It stops at the first check that fails, and shows what came: that is what a student can go on from. A score, or
//! all failures at once, would be what is worked for instead.

use super::lessons::{CHAT, Check, ECHO, LESSONS, Lesson, checks};
use super::outcome;
use super::parse::parse;
use super::process::{quoted, shell};
use super::report::{Failure as Failed, Verdict};
use super::run::{How, play};
use super::server::READY_MAX;
use super::text::Vars;
use crate::cli::args::{Arg, Args, Verb, unknown};
use crate::cli::failure::Failure;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// The verb.
pub(crate) const VERB: Verb = ("learn", "write a chat server, step by step", USAGE, run);

const USAGE: &str = "\
usage: chalktalk learn [N] [--hint | --new] [-- COMMAND…]

The course: sockets and threads in steps, checked on this machine, in any language.

  learn                       list the steps
  learn 3                     the page of step 3
  learn 3 --hint              its hint
  learn 3 --new               write what step 3 starts from, and its checks, into this folder
  learn 3 -- ./server {port}  check a server, up to step 3: {port} is where it shall listen
  learn -- ./server {port}    say how far a server gets

The command is started as it stands. The exit code is 0 if all checks held, 1 if not.
";

/// In the comment of a check that wants more descriptors than there are: so few are there for it.
const FEW: &str = "ulimit -n 64";

fn run(mut args: Vec<String>) -> Result<ExitCode, Failure> {
    let dashes = args.iter().position(|arg| arg == "--");
    let command = dashes.map(|at| args.split_off(at).split_off(1));
    let (mut args, mut number, mut option) = (Args::new(args), None, None);
    while let Some(arg) = args.next()? {
        match &arg {
            Arg::Option(new) if ["--hint", "--new"].contains(&new.as_str()) => option = Some(arg),
            Arg::Word(word) if number.is_none() => number = Some(step(word)?),
            _ => return Err(unknown(&arg, "chalktalk learn")),
        }
    }
    let lesson = number.map(|number| &LESSONS[number]);
    let text = match (command.as_deref(), lesson, option) {
        (Some([]), ..) => return Err(Failure::Usage("a command is wanted behind --".to_owned())),
        (Some(command), ..) => return check(number, command),
        (None, None, None) => list(),
        (None, None, Some(_)) => return Err(Failure::Usage("of which step?".to_owned())),
        (None, Some(lesson), None) => lesson.parts()[0].to_owned(),
        (None, Some(lesson), Some(Arg::Option(new))) if new == "--new" => lay(lesson, |_| true)?,
        (None, Some(lesson), Some(_)) => lesson.parts()[1].to_owned(),
    };
    say(&text);
    Ok(ExitCode::SUCCESS)
}

/// The step of this number.
fn step(word: &str) -> Result<usize, Failure> {
    let number = word.parse().ok().filter(|number| *number < LESSONS.len());
    let none = format!("there is no step {word}; chalktalk learn lists them");
    number.ok_or(Failure::Usage(none))
}

/// A line for each step: what it is called, and how long it takes.
fn list() -> String {
    let row = |lesson: &Lesson| {
        let head = lesson.parts()[0].split(". One idea").next();
        let head = head.unwrap_or_default();
        head.trim_start_matches("# ").replace("\n\n", ", ") + "\n"
    };
    let rows: String = LESSONS.iter().map(row).collect();
    rows + "chalktalk learn 0 shows the first page\n"
}

impl Lesson {
    /// What its page says before the hint, there, and from the answer on.
    fn parts(&self) -> [&'static str; 3] {
        let (task, rest) = (self.page.split_once("\n## Hint\n\n")).unwrap_or((self.page, ""));
        let (hint, answer) = rest.split_once("\n## ").unwrap_or((rest, ""));
        [task, hint, answer]
    }
}

/// Writes the files of a step into this folder, the page left out; nothing is written over. Says what it did.
fn lay(lesson: &Lesson, wanted: impl Fn(&str) -> bool) -> Result<String, Failure> {
    let mut told = String::new();
    for (name, text) in lesson.files.iter().filter(|(name, _)| wanted(name)) {
        match File::create_new(name).and_then(|mut file| file.write_all(text.as_bytes())) {
            Ok(()) => told += &format!("written: {name}\n"),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                told += &format!("kept as it is: {name}\n");
            }
            Err(error) => return Err(Failure::Failed(format!("cannot write {name}: {error}"))),
        }
    }
    Ok(told)
}

/// Checks a server up to this step, or says how far it gets.
fn check(number: Option<usize>, command: &[String]) -> Result<ExitCode, Failure> {
    let refused = |why: &str| Err(Failure::Usage(why.to_owned()));
    let is_told_its_port = command.iter().any(|word| word.contains("{port}"));
    let steps = match number {
        Some(number) if ECHO.contains(&number) => *ECHO.start()..=number,
        Some(number) if CHAT.contains(&number) => *CHAT.start()..=number,
        Some(_) => return refused("no server is checked in this step; its page says what is run"),
        None if is_told_its_port && !greets(command) => ECHO,
        None => CHAT,
    };
    if !is_told_its_port {
        return refused("where is its port? as in chalktalk learn 3 -- ./server {port}");
    }
    let last = *steps.end();
    let words = line(command);
    for check in checks(steps, &Vars::new()).map_err(Failure::Failed)? {
        let few = with_few(check.text, &words);
        let argv = few.as_ref().map_or(command.to_vec(), |few| shell(few));
        let how = How::check(argv, READY_MAX, &Vars::new());
        let outcome = outcome(&check.path, &check.script, &how, 1);
        say(&outcome.to_string());
        if let Verdict::Failed(failure) = outcome.verdict {
            let (line, hint) = (few.unwrap_or(words), number.unwrap_or(check.step));
            say(&what_next(&check, &line, &failure, hint)?);
            return Ok(ExitCode::FAILURE);
        }
    }
    let answer = LESSONS[last].parts()[2];
    say(&format!("step {last} is done\n\n## {answer}"));
    Ok(ExitCode::SUCCESS)
}

/// Whether a server speaks first, as one of the chat does.
fn greets(command: &[String]) -> bool {
    let text = "anna connects\nanna gets: *\n";
    let script = parse("greeting", text, &mut |_| Err(String::new()), &Vars::new());
    let how = How::check(command.to_vec(), READY_MAX, &Vars::new());
    script.is_ok_and(|script| matches!(play(&script, &how), Verdict::Passed))
}

/// The line with few descriptors, as `grade` gives them, for a check that says so: it wants more than there are.
fn with_few(check: &str, line: &str) -> Option<String> {
    (cfg!(unix) && check.contains(FEW)).then(|| format!("{FEW}; exec {line}"))
}

/// The words of a command as a line for a shell.
fn line(command: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./{}=:".contains(c);
    let word = |word: &String| match word.chars().all(plain) {
        true => word.clone(),
        false => quoted(word),
    };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// How to go on from a check that failed. Its transcript is laid into this folder, to be changed. The hint is of the
/// step that somebody is at: what fails of those before held once.
fn what_next(check: &Check, line: &str, failure: &Failed, hint: usize) -> Result<String, Failure> {
    let (step, path) = (check.step, &check.path);
    let file = path.rsplit('/').next().unwrap_or_default();
    let needs = |name: &str| check.text.contains(&format!("include {name}"));
    let laid = lay(&LESSONS[step], |name| name == file || needs(name))?;
    let (stands, hint) = match failure.place {
        None => ("it does not start".to_owned(), String::new()),
        Some(_) => (
            format!("it does not pass step {step} yet"),
            format!("a hint: chalktalk learn {hint} --hint\n"),
        ),
    };
    let line = quoted(line);
    Ok(format!(
        "{stands}\n{laid}by hand: chalktalk play {file} --server-command {line}\n{hint}"
    ))
}

fn say(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::{LESSONS, with_few};

    #[cfg(unix)]
    #[test]
    fn the_check_with_too_many_people_gives_few_descriptors_and_no_other_does() {
        let files = LESSONS.iter().flat_map(|lesson| lesson.files);
        let few = files.filter(|(name, _)| name.ends_with(".chat"));
        let few = few.filter_map(|(name, text)| Some((*name, with_few(text, "./a {port}")?)));
        let line = "ulimit -n 64; exec ./a {port}".to_owned();
        assert_eq!(
            few.collect::<Vec<_>>(),
            [("more-than-there-is-room-for.chat", line)]
        );
    }
}
