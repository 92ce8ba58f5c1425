//! The protocol's conformance suite, `tests/transcripts/*.chat`, against this very server.
//!
//! `tests/hub.rs` plays it against a hub in memory, and with it what would take minutes here.
//!
//! It is run by `cargo test` in the root too, with no network and no registry, so it may name
//! nothing but the standard library.
#![forbid(unsafe_code)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, thread};

/// Codes that no transcript can bring about, and why.
const UNTRIED: [(&str, &str); 8] = [
    ("kicked", "wants an operator at the server's terminal"),
    ("locked", "wants an operator at the server's terminal"),
    ("muted", "wants an operator at the server's terminal"),
    ("stopping", "wants an operator at the server's terminal"),
    ("no-thread", "wants a machine that has no thread left"),
    (
        "lost",
        "wants a reset, which trouble on the way may turn into an end",
    ),
    ("too-slow", "cannot be told to somebody who does not read"),
    ("encrypted", "is of another mode"),
];

/// Runs of the suite with trouble on the way, each of one transcript.
const RUNS: u64 = 200;

fn project(path: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = if here.join("docs").exists() {
        here.to_owned()
    } else {
        here.join("..")
    };
    root.join(path)
}

/// The transcripts of the suite, in order.
fn suite() -> Vec<String> {
    let entries = fs::read_dir(project("tests/transcripts")).expect("the suite");
    let files = entries.map(|entry| entry.expect("a file").path().to_string_lossy().into_owned());
    let mut files: Vec<String> = files.filter(|file| file.ends_with(".chat")).collect();
    files.sort();
    files
}

/// What `chalktalk play` says of these files, where it is not that all held.
fn fault(files: &[String], arguments: &[&str]) -> Option<String> {
    let mut play = Command::new(env!("CARGO_BIN_EXE_chalktalk"));
    let output = play
        .arg("play")
        .args(files)
        .args(arguments)
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (!output.status.success()).then(|| text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn the_server_does_what_the_protocol_says() {
    assert_eq!(fault(&suite(), &[]).as_deref(), None);
}

/// The seed picks the transcript, and what happens to its connections.
#[test]
fn it_does_so_whatever_happens_on_the_way() {
    let suite = suite();
    let run = |seed: u64| {
        let mut choice = chalktalk::proxy::seed::Seed::new(seed);
        let file = choice.pick(&suite).expect("a transcript").clone();
        fault(&[file], &["--through", "--seed", &seed.to_string()])
    };
    let workers = 4;
    let faults: Vec<String> = thread::scope(|scope| {
        let work = |first| move || (first..RUNS).step_by(4).filter_map(run).collect::<Vec<_>>();
        let threads: Vec<_> = (0..workers).map(|first| scope.spawn(work(first))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a worker"))
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.concat());
}

/// The server holds the end of the pipe that is read here: it ends when the server is gone.
#[test]
fn a_run_that_is_killed_leaves_no_server_behind() {
    let program = env!("CARGO_BIN_EXE_chalktalk");
    let file = format!("chalktalk-killed-{}.chat", std::process::id());
    let file = std::env::temp_dir().join(file);
    let waits = "deadline 600 s\nanna connects\nanna gets: *\nanna sends: NAME anna\nanna skips to: never\n";
    fs::write(&file, waits).expect("a transcript");
    let serve = format!("{program} serve --listen 127.0.0.1:{{port}}");
    let mut play = Command::new(program);
    play.arg("play").arg(&file).arg("--server-log");
    let play = play.args(["--server-command", &serve]);
    let play = play.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut play = play.spawn().expect("it runs");
    let mut log = BufReader::new(play.stderr.take().expect("its stderr"));
    log.read_line(&mut String::new())
        .expect("the server says something");
    play.kill().expect("it is killed");
    play.wait().expect("it is gone");
    log.read_to_end(&mut Vec::new()).expect("the end");
    fs::remove_file(file).expect("nobody else has removed it");
}

/// The words in backquotes in the first column of the tables of a section.
fn first_column(page: &str, section: &str) -> Vec<String> {
    let (_, after) = page
        .split_once(&format!("\n## {section}\n"))
        .expect("the section");
    let section = after.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let cells = rows.filter_map(|row| row.split(" |").next());
    cells
        .flat_map(|cell| {
            cell.split('`')
                .step_by(2)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_suite_knows_every_verb_and_every_code_of_the_protocol() {
    let page = fs::read_to_string(project("docs/PROTOCOL.md")).expect("the protocol");
    let read = |file: &String| fs::read_to_string(file).expect("a transcript");
    let mut said: String = suite().iter().map(read).collect();
    for beside in [
        "parts/anna",
        "parts/anna-and-bert",
        "parts/fence",
        "in-memory/rate",
    ] {
        let file = project(&format!("tests/transcripts/{beside}.chat"));
        said += &read(&file.to_string_lossy().into_owned());
    }
    let words = |wanted: &str| {
        said.split(|c: char| c.is_whitespace() || c == ':')
            .any(|word| word == wanted)
    };

    let requests = first_column(&page, "Requests");
    let events = first_column(&page, "What a server sends");
    let verbs = requests
        .iter()
        .chain(&events)
        .filter_map(|cell| cell.split(' ').next());
    let mut verbs: Vec<&str> = verbs
        .chain(["CHALKTALK", "OK", "ERROR", "END", "BYE"])
        .collect();
    verbs.dedup();
    assert!(verbs.len() > 20, "{verbs:?}");
    let missing: Vec<&str> = verbs.into_iter().filter(|verb| !words(verb)).collect();
    assert!(missing.is_empty(), "no transcript knows {missing:?}");

    let codes = [
        first_column(&page, "Error codes"),
        first_column(&page, "Closing"),
    ]
    .concat();
    assert!(codes.len() > 30, "{codes:?}");
    let untried: Vec<&str> = UNTRIED.iter().map(|(code, _)| *code).collect();
    let mut missing = codes;
    missing.retain(|code| words(code) == untried.contains(&code.as_str()));
    assert!(
        missing.is_empty(),
        "no transcript knows {missing:?}, or one does that was untried"
    );
}
