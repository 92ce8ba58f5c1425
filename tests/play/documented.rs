//! The examples of `docs/TESTING.md` and `docs/TRANSCRIPTS.md`, played: they hold, or print what stands below them.

use crate::{CLASSROOM, Folder, PROGRAM, project};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// The way in.
const TUTORIAL: &str = "docs/TESTING.md";
/// All that there is to know.
const REFERENCE: &str = "docs/TRANSCRIPTS.md";

fn read(page: &str) -> String {
    fs::read_to_string(project(page)).expect("the page")
}

/// The fenced blocks of a page: what each is, and its text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// Each transcript of a page holds against this server, or prints what stands in the block below it.
#[track_caller]
fn check_examples(page: &str, folder: &Folder, server: &str, least: usize) {
    let page = read(page);
    let blocks = blocks(&page);
    let chats = blocks.iter().enumerate().filter(|(_, b)| b.0 == "chat");
    let mut tried = 0;
    for (at, (_, script)) in chats {
        folder.write("example.chat", script);
        let played = folder.play(&["example.chat", "--server-command", server]);
        let expected = match blocks.get(at + 1) {
            Some(("output", output)) => format!("{output}\n"),
            _ => "ok    example.chat\n".to_owned(),
        };
        assert_eq!(played.out + &played.err, expected, "{script}");
        tried += 1;
    }
    assert!(tried >= least, "{tried} examples");
}

#[test]
fn the_examples_of_the_reference_print_what_it_says() {
    check_examples(REFERENCE, &Folder::new(), CLASSROOM, 4);
}

#[test]
fn the_examples_of_the_tutorial_print_what_it_says() {
    let folder = Folder::new();
    folder.write("server.py", &only("python server.py"));
    check_examples(TUTORIAL, &folder, "python3 server.py {port}", 3);
}

/// The only block of this kind in the tutorial.
fn only(kind: &str) -> String {
    let page = read(TUTORIAL);
    let mut of_kind = blocks(&page)
        .into_iter()
        .filter(|(found, _)| *found == kind);
    let (_, text) = of_kind.next().expect("a block");
    assert_eq!(of_kind.next(), None);
    format!("{text}\n")
}

/// What a command says in the folder, where `chalktalk` is this program.
#[track_caller]
fn expect_success(folder: &Folder, program: &str, arguments: &[&str]) -> String {
    let here = Path::new(PROGRAM).parent().expect("a folder");
    let path = env::var_os("PATH").expect("a path");
    let path = env::join_paths([here.to_owned()].into_iter().chain(env::split_paths(&path)));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(&folder.0)
        .env("XDG_STATE_HOME", &folder.0)
        .env("PATH", path.expect("a path"));
    let output = command.output().expect(program);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{program}: {said}");
    said
}

#[test]
fn the_script_of_the_tutorial_runs() {
    let folder = Folder::new();
    folder.write("ci.sh", &only("sh"));
    expect_success(&folder, "sh", &["ci.sh"]);
}

/// All but the build, which `.ci/run` does: that the program is there is what it is for.
#[test]
fn the_workflow_of_the_tutorial_plays_the_transcript_of_the_tutorial() {
    let (folder, page, workflow) = (Folder::new(), read(TUTORIAL), only("yaml"));
    folder.write("server.py", &only("python server.py"));
    let first = blocks(&page).into_iter().find(|(kind, _)| *kind == "chat");
    fs::create_dir(folder.0.join("transcripts")).expect("a folder");
    folder.write("transcripts/votes.chat", first.expect("a transcript").1);
    let lines = workflow.lines().map(str::trim);
    let runs: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("- run: "))
        .collect();
    let ["cargo install --path chalktalk", play] = runs[..] else {
        panic!("{runs:?}")
    };
    assert_eq!(workflow.lines().count(), 10);
    let said = expect_success(&folder, "sh", &["-c", play]);
    assert_eq!(said, "ok    transcripts/votes.chat\n");
    // The page shows what it says, too.
    assert!(page.contains(&format!("$ {play}\n{said}")));
}

/// Without pytest, whose part is played by what little of it the example needs.
#[test]
fn the_pytest_of_the_tutorial_passes() {
    let folder = Folder::new();
    folder.write("test_chat.py", &only("python test_chat.py"));
    folder.write("pytest.py", "def fixture(function): return function\n");
    let drive = "import test_chat as t; chat = t.chat(); t.test_what_is_said_comes_back(next(chat)); \
                 assert next(chat, None) is None";
    expect_success(&folder, "python3", &["-c", drive]);
}

#[test]
fn the_rust_test_of_the_tutorial_passes() {
    let folder = Folder::new();
    folder.write("chat.rs", &only("rust"));
    expect_success(
        &folder,
        "rustc",
        &["--edition", "2024", "--test", "chat.rs"],
    );
    expect_success(&folder, "./chat", &[]);
}
