//! The course: its answers pass their checks, whatever is wrong fails just the check it names, what a step begins
//! with does not pass yet, and its pages show what really comes.
//!
//! All of it is found by looking at `lessons/NN-word/`, so a new step needs no line here.

use crate::{CLASSROOM, Folder, PROGRAM, Played, project, server};
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::{env, fs, thread};

/// Lines of code that an answer may have.
const ANSWER_LINES_MAX: usize = 150;
/// The step whose check the answer before may pass by luck, in Python even most of the time.
const RACE: u32 = 9;
/// How many servers a test tries at a time, each with two of its checks: mostly they wait for a deadline.
const JOBS: usize = 4;

/// What a server of a step speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// Neither: step 0 checks transcripts.
    None,
    Echo,
    Chat,
}

/// A folder of the course.
#[derive(Debug)]
struct Step {
    number: u32,
    folder: PathBuf,
}

impl Step {
    fn protocol(&self) -> Protocol {
        match self.number {
            1..=3 => Protocol::Echo,
            4..=11 => Protocol::Chat,
            _ => Protocol::None,
        }
    }

    /// The files of the folder with such a beginning and end of their names, in order.
    fn files(&self, prefix: &str, suffix: &str) -> Vec<PathBuf> {
        let files = listing(&self.folder).into_iter();
        files
            .filter(|path| path.is_file())
            .filter(|path| name(path).starts_with(prefix) && name(path).ends_with(suffix))
            .collect()
    }

    /// What every server of this step has to pass: its own checks and those of the steps before.
    fn checks(&self) -> Vec<PathBuf> {
        let steps = steps().iter();
        steps
            .filter(|step| step.protocol() == self.protocol() && step.number <= self.number)
            .flat_map(|step| step.files("", ".chat"))
            .collect()
    }
}

fn listing(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a text")
}

/// All steps, in order.
fn steps() -> &'static [Step] {
    static STEPS: OnceLock<Vec<Step>> = OnceLock::new();
    STEPS.get_or_init(|| {
        let folders = listing(&project("lessons")).into_iter();
        folders
            .filter_map(|folder| {
                let number = name(&folder).split_once('-')?.0.parse().ok()?;
                Some(Step { number, folder })
            })
            .collect()
    })
}

/// The steps in which a server is written.
fn with_servers() -> impl Iterator<Item = &'static Step> {
    let steps = steps().iter();
    steps.filter(|step| step.protocol() != Protocol::None)
}

/// Does this to each, several at a time, and panics with all complaints.
fn for_each<T: Send>(
    all: impl IntoIterator<Item = T>,
    check: impl Fn(T) -> Result<(), String> + Sync,
) {
    let queue: Mutex<VecDeque<T>> = Mutex::new(all.into_iter().collect());
    let complaints = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                let next = || queue.lock().expect("the queue").pop_front();
                while let Some(one) = next() {
                    if let Err(complaint) = check(one) {
                        complaints.lock().expect("the list").push(complaint);
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().expect("the list");
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// `rustc -O FILE`, as the pages say it.
fn compile(source: &Path, to: &Path) -> Result<(), String> {
    let mut rustc = Command::new("rustc");
    let output = rustc
        .args(["-O", "-o"])
        .arg(to)
        .arg(source)
        .output()
        .expect("rustc");
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.success() && said.is_empty() {
        true => Ok(()),
        false => Err(format!("{}: {said}", source.display())),
    }
}

/// Everything of the course that is written in Rust and runs, compiled once: from source to program.
fn programs() -> &'static BTreeMap<PathBuf, PathBuf> {
    static PROGRAMS: OnceLock<BTreeMap<PathBuf, PathBuf>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons");
        fs::create_dir_all(&to).expect("a folder");
        let sources = steps().iter().flat_map(|step| step.files("", ".rs"));
        let sources = sources.filter(|source| !name(source).starts_with("refused-"));
        let programs: BTreeMap<PathBuf, PathBuf> = sources
            .map(|source| {
                let step = name(source.parent().expect("a folder"));
                let program = to.join(format!("{step}-{}", name(&source).trim_end_matches(".rs")));
                (source, program)
            })
            .collect();
        for_each(&programs, |(source, program)| compile(source, program));
        programs
    })
}

/// The interpreter itself: `python3` may be a script that looks for one, and that takes longer than the server. Started
/// with `-S` it looks for no packages, and with `-B` it leaves nothing behind.
pub(crate) fn python() -> &'static str {
    static PYTHON: OnceLock<String> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let mut python = Command::new("python3");
        let asked = python.args(["-c", "import sys; print(sys.executable, end='')"]);
        let output = asked.output().expect("Python 3");
        String::from_utf8(output.stdout).expect("a path")
    })
}

/// How the shell starts this server.
fn command(server: &Path) -> String {
    match programs().get(server) {
        Some(program) => format!("exec '{}' {{port}}", program.display()),
        None => format!("exec '{}' -S -B '{}' {{port}}", python(), server.display()),
    }
}

fn play(command: &str, files: &[PathBuf], more: &[&str]) -> Played {
    let mut arguments: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    arguments.extend(["--jobs", "2", "--server-command", command]);
    arguments.extend(more);
    Folder::new().play(&arguments)
}

/// Which of the files fail. A wrong server may be lucky, so it is looked at three times before it is held to be right.
fn failing(server: &Path, files: &[PathBuf]) -> Vec<String> {
    let command = command(server);
    let runs = (0..3).map(|_| {
        let Played { out, .. } = play(&command, files, &[]);
        let failed = out.lines().filter_map(|line| line.strip_prefix("FAIL  "));
        failed
            .map(|file| name(Path::new(file)).to_owned())
            .collect()
    });
    runs.into_iter()
        .find(|failed: &Vec<String>| !failed.is_empty())
        .unwrap_or_default()
}

/// All of them hold, and nothing is said besides.
fn expect_ok(command: &str, files: &[PathBuf], more: &[&str]) -> Result<(), String> {
    let Played { code, out, err } = play(command, files, more);
    // A race that was not seen is never `ok`.
    let holds = |line: &&str| line.starts_with("ok    ") || line.starts_with("race  ");
    match (code, out.lines().filter(holds).count(), &err[..]) {
        (0, held, "") if held == files.len() => Ok(()),
        _ => {
            let out: Vec<&str> = out.lines().filter(|line| !holds(line)).take(20).collect();
            Err(format!("{command}\n{}\n{err}", out.join("\n")))
        }
    }
}

/// Lines of code: no blank ones, no comments and none of what Python says of its parts in `"""`.
fn code(path: &Path) -> Vec<String> {
    let rust = name(path).ends_with(".rs");
    let comment = if rust { "//" } else { "#" };
    let text = text(path);
    let mut told = false;
    let mut code = Vec::new();
    for line in text.lines().map(str::trim) {
        let tells = told || line.starts_with("\"\"\"");
        told ^= line.matches("\"\"\"").count() % 2 == 1;
        if !(tells || line.is_empty() || line.starts_with(comment)) {
            code.push(line.to_owned());
        }
    }
    code
}

#[test]
fn each_answer_passes_its_checks_and_not_the_next_ones() {
    let answers = with_servers().flat_map(|step| step.files("answer.", ""));
    for_each(answers, |answer| {
        let step = with_servers()
            .find(|step| answer.starts_with(&step.folder))
            .expect("a step");
        let lines = code(&answer).len();
        if lines > ANSWER_LINES_MAX {
            return Err(format!("{} has {lines} lines of code", answer.display()));
        }
        expect_ok(&command(&answer), &step.checks(), &[])?;
        let next = with_servers().find(|next| next.number == step.number + 1);
        match next.map(|next| failing(&answer, &next.files("", ".chat"))) {
            // Where the next lesson is a race it may hold by luck; its start is this answer, widened, and fails.
            Some(failing) if failing.is_empty() && step.number + 1 != RACE => {
                Err(format!("{} passes the next step", answer.display()))
            }
            _ => Ok(()),
        }
    });
}

#[test]
fn the_answers_pass_whatever_happens_on_the_way() {
    let runs = ["answer.rs", "answer.py"]
        .iter()
        .flat_map(|file| ["1", "2", "3"].map(|seed| (*file, seed)));
    for_each(runs, |(file, seed)| {
        let step = &steps().iter().find(|step| step.number == 3).expect("lines");
        expect_ok(
            &command(&step.folder.join(file)),
            &step.checks(),
            &["--through", "--seed", seed],
        )
    });
}

/// The last words of its head name the check: `Found by CHECK.chat`.
#[test]
fn each_wrong_server_fails_just_the_check_it_names() {
    let wrong = with_servers().flat_map(|step| {
        let wrong = step
            .files("wrong-", "")
            .into_iter()
            .chain(step.files("widened-", ""));
        wrong.map(move |server| (step, server))
    });
    for_each(wrong, |(step, server)| {
        let text = text(&server);
        let named = text
            .split_once("Found by ")
            .and_then(|(_, rest)| rest.split_once(".chat"));
        let named = named.map(|(check, _)| format!("{check}.chat"));
        let failing = failing(&server, &step.checks());
        match named == failing.first().cloned() && failing.len() == 1 {
            true => Ok(()),
            false => Err(format!(
                "{}: {failing:?} instead of {named:?}",
                server.display()
            )),
        }
    });
}

/// What a step begins with is the answer to the one before, perhaps with more, and says where to go on.
#[test]
fn each_start_is_the_answer_before_and_not_enough() {
    let starts = with_servers().flat_map(|step| {
        let starts = step.files("start.", "").into_iter();
        starts.map(move |start| (step, start))
    });
    for_each(starts, |(step, start)| {
        let at = start.display();
        if !text(&start).contains("Your turn: ") {
            return Err(format!("{at} does not say where the gap is"));
        }
        let before = with_servers().find(|before| before.number + 1 == step.number);
        if let Some(before) = before {
            let answer = name(&start).replace("start", "answer");
            let (code, answer) = (code(&start), code(&before.folder.join(answer)));
            if code == answer {
                // Another test has seen that it does not pass.
                return Ok(());
            }
            let mut code = code.iter();
            if !answer.iter().all(|line| code.any(|other| other == line)) {
                return Err(format!("{at} is not the answer before with more"));
            }
        }
        match failing(&start, &step.files("", ".chat")).is_empty() {
            true => Err(format!("{at} passes already")),
            false => Ok(()),
        }
    });
}

#[test]
fn the_right_servers_pass_everything() {
    let step = steps()
        .iter()
        .rfind(|step| step.protocol() == Protocol::Chat);
    let checks = step.expect("a chat").checks();
    let python = command(&project("lessons/classroom.py"));
    for_each([&python[..], CLASSROOM], |server| {
        expect_ok(server, &checks, &[])
    });
    for_each(["1", "2", "3"], |seed| {
        expect_ok(CLASSROOM, &checks, &["--through", "--seed", seed])
    });
}

/// Names that come again belong to the round: elsewhere they would be somebody who is there already.
#[test]
fn people_who_connect_in_rounds_are_counted() {
    for check in steps().iter().flat_map(|step| step.files("", ".chat")) {
        let text = text(&check);
        for (_, round) in text
            .split("\nrepeat ")
            .skip(1)
            .map(|block| block.split_once('\n').expect("a block"))
        {
            let block = round.lines().take_while(|line| line.starts_with(' '));
            for line in block.filter(|line| line.contains(" connect")) {
                assert!(line.contains("$round"), "{}: {line}", check.display());
            }
        }
    }
}

/// Of those the pages say that a wrong server passes them now and then.
#[test]
fn what_may_hold_by_luck_is_a_race() {
    for check in [
        "04-names/two-with-one-name",
        "05-everybody/somebody-leaves-during-a-walk",
        "06-leaving/a-torn-connection-costs-nobody-else",
        "09-order/one-order",
    ] {
        let text = text(&project(&format!("lessons/{check}.chat")));
        assert!(text.contains("\nthis is a race\n"), "{check}");
    }
}

/// Step 0 is about transcripts: the one to begin with finds nothing, and the answer finds what is wrong.
#[test]
fn the_first_transcript_tells_right_from_wrong() {
    let step = &steps()[0];
    let runs = [
        "right.py",
        "right.rs",
        "wrong-first-again.py",
        "wrong-first-again.rs",
    ];
    for_each(runs, |file| {
        let server = step.folder.join(file);
        let [start, answer] = ["start.chat", "answer.chat"].map(|file| step.folder.join(file));
        expect_ok(&command(&server), &[start], &[])?;
        let found = !failing(&server, &[answer]).is_empty();
        match found == file.starts_with("wrong-") {
            true => Ok(()),
            false => Err(format!("answer.chat on {file}")),
        }
    });
}

/// The clients of step 5: what is typed goes to the chat, and what comes is shown, until both have ended.
#[test]
fn the_clients_hear_while_they_speak() {
    let address = server(|mut stream| {
        let _ = stream.write_all(b"Welcome!\n");
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        let _ = stream.write_all(&heard.to_ascii_uppercase());
    });
    let step = steps().iter().find(|step| step.number == 5);
    for client in step.expect("everybody").files("client.", "") {
        let client = command(&client).replace("{port}", &address.port().to_string());
        let typed = format!("printf 'anna\\nhello' | {{ {client}; }}");
        let output = Command::new("sh")
            .args(["-c", &typed])
            .output()
            .expect("a shell");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(shown, "Welcome!\nANNA\nHELLO", "{client}");
    }
}

/// The commands of a page, and what it says that they print. A line of `…` stands for any lines.
fn sessions(page: &str) -> Vec<(String, Vec<String>)> {
    let mut sessions: Vec<(String, Vec<String>)> = Vec::new();
    let blocks = page.split("\n```console\n").skip(1);
    for line in blocks
        .filter_map(|block| block.split("\n```").next())
        .flat_map(str::lines)
    {
        match (line.strip_prefix("$ "), sessions.last_mut()) {
            (Some(command), _) => sessions.push((command.to_owned(), Vec::new())),
            (None, Some((_, output))) => output.push(line.to_owned()),
            (None, None) => panic!("a block without a command: {line}"),
        }
    }
    sessions
}

/// Whether these lines are those. `…` stands for any lines on a line of its own, and for any text in a line.
fn fits(expected: &[String], came: &[&str]) -> bool {
    match expected.split_first() {
        None => came.is_empty(),
        Some((first, rest)) if first == "…" => {
            (0..=came.len()).any(|skip| fits(rest, &came[skip..]))
        }
        Some((first, rest)) => match (first.split_once('…'), came.split_first()) {
            (_, None) => false,
            (None, Some((line, came))) => line == first && fits(rest, came),
            (Some((start, end)), Some((line, came))) => {
                line.starts_with(start) && line.ends_with(end) && fits(rest, came)
            }
        },
    }
}

#[test]
fn the_pages_show_what_comes() {
    let pages = steps().iter().flat_map(|step| {
        step.files("README.md", "")
            .into_iter()
            .map(move |page| (step, page))
    });
    // A wrong server may be lucky once.
    for_each(pages, |(step, page)| {
        let look = || shows_what_comes(step, &page);
        look().or_else(|_| look()).or_else(|_| look())
    });
}

fn shows_what_comes(step: &Step, page: &Path) -> Result<(), String> {
    let folder = Folder::new();
    for file in step.files("", "") {
        fs::copy(&file, folder.0.join(name(&file))).expect("a copy");
    }
    for (command, expected) in sessions(&text(page)) {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{{ {command}\n}} 2>&1")])
            .current_dir(&folder.0);
        let here = Path::new(PROGRAM).parent().expect("a folder").to_owned();
        let others = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([here].into_iter().chain(env::split_paths(&others)));
        let output = shell
            .env("PATH", path.expect("a path"))
            .output()
            .expect("a shell");
        let came = String::from_utf8_lossy(&output.stdout);
        if !fits(&expected, &came.lines().collect::<Vec<_>>()) {
            return Err(format!("{}: `{command}` prints\n{came}", page.display()));
        }
    }
    Ok(())
}
