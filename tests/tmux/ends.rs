//! Whatever ends the program, the terminal is afterwards as it was before.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chalktalk_tests::harness::{DEADLINE, Server};

use crate::window::Window;
use crate::{PROGRAM, SHELLS, server};

/// What ends the program, or seems to.
#[derive(Clone, Copy, Debug)]
enum End {
    Quit,
    /// A signal to the process that draws.
    Screen(&'static str),
    /// A panic in some thread of the process that draws.
    Panic,
    /// A signal to the process that waits for it.
    Supervisor(&'static str),
    /// Quit, after the process that helps when all others are killed was killed.
    Unguarded,
    /// A signal to what the shell has started, which may be a wrapper.
    Job(&'static str),
    /// A signal to all processes of the job.
    Group(&'static str),
}

const BARE: &str = "";
/// What it does when the time has passed it does at an alarm too.
const TIMEOUT: &str = "timeout 600";
const TIMEOUT_IN_FRONT: &str = "timeout --foreground 600";
/// Has an exit code of its own, whatever has ended.
const LAUNCHER: &str = r#"sh -c 'trap "exit 0" TERM HUP; "$@"; exit 3' sh"#;
const WRAPPERS: [&str; 3] = [TIMEOUT, TIMEOUT_IN_FRONT, LAUNCHER];

/// A number out of what the system says of a process, counted from its state.
fn stat(process: &str, at: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let behind_name = stat.rsplit_once(") ")?.1;
    Some(behind_name.split(' ').nth(at)?.to_owned())
}

fn parent(of: &str) -> Option<String> {
    stat(of, 1)
}

pub(crate) fn group(of: &str) -> Option<String> {
    stat(of, 2)
}

/// All that a process has started, and what those have, the eldest first.
pub(crate) fn family(of: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().map_while(Result::ok);
    let processes: Vec<(String, String)> = processes
        .filter_map(|process| {
            let process = process.file_name().into_string().ok()?;
            Some((process.clone(), parent(&process)?))
        })
        .collect();
    let mut family = vec![of.to_owned()];
    let mut at = 0;
    while let Some(parent) = family.get(at) {
        let children = processes.iter().filter(|(_, of)| of == parent);
        let children: Vec<String> = children.map(|(child, _)| child.clone()).collect();
        family.extend(children);
        at += 1;
    }
    family.remove(0);
    family
}

pub(crate) fn is_running(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// The screen's process among the shell's descendants: its argument zero is the program, or this test of it.
pub(crate) fn screen_of(family: &[String]) -> &str {
    let this = std::env::current_exe().unwrap();
    let programs = [PROGRAM, this.to_str().unwrap()];
    let is_screen = |process: &&String| {
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        programs
            .iter()
            .any(|program| line.starts_with(program.as_bytes()))
    };
    family.iter().find(is_screen).expect("a process that draws")
}

pub(crate) fn supervisor_of(family: &[String]) -> String {
    parent(screen_of(family)).expect("a supervisor")
}

/// Sends a signal to these processes in one moment. Not to a group by its number: of `kill -KILL -42` some versions of
/// `kill` make the group of all processes.
pub(crate) fn kill(signal: &str, processes: &[&str]) {
    let are_numbers = processes
        .iter()
        .all(|process| process.parse::<u32>().is_ok_and(|number| number > 1));
    assert!(are_numbers && !processes.is_empty(), "{processes:?}");
    let status = Command::new("kill").arg(signal).args(processes).status();
    // Of several, one may have ended another meanwhile.
    assert!(status.unwrap().success() || processes.len() > 1);
}

#[track_caller]
fn ends_well(shell: usize, wrapper: &str, end: End) {
    let Some(server) = server().filter(|_| Path::new("/proc/self/stat").exists()) else {
        return;
    };
    let name = format!("{shell}-{wrapper:.20}-{end:?}");
    let name = name.replace(|c: char| !c.is_alphanumeric(), "-");
    let window = Window::open(&name, SHELLS[shell], 24, 80);
    let before = window.modes("before");
    let trigger = window.folder.join("trigger");
    if let End::Panic = end {
        let made = Command::new("mkfifo").arg(&trigger).status();
        assert!(made.unwrap().success());
        window.join_by(&doomed(&trigger, &server), &server);
    } else {
        let join = format!("{PROGRAM} join {} --name anna", server.address());
        window.join_by(&format!("{wrapper} {join}"), &server);
    }
    assert_eq!(window.ask("#{alternate_on}"), "1");
    let family = family(&window.ask("#{pane_pid}"));
    let job = family.first().expect("a job");
    let screen = screen_of(&family);
    match end {
        End::Quit => window.press("C-d"),
        End::Panic => fs::write(&trigger, "now").unwrap(),
        End::Screen(signal) => kill(signal, &[screen]),
        End::Supervisor(signal) => kill(signal, &[&supervisor_of(&family)]),
        End::Unguarded => {
            let is_guardian = |process: &&String| {
                group(process).as_ref() != Some(job)
                    && parent(process) == Some(supervisor_of(&family))
            };
            kill(
                "-KILL",
                &[family.iter().find(is_guardian).expect("a guardian")],
            );
            window.press("C-d");
            window.expect("left:0");
        }
        End::Job(signal) => kill(signal, &[job]),
        End::Group(signal) => {
            let is_in_group = |process: &&String| group(process).as_ref() == Some(job);
            let all: Vec<&str> = family
                .iter()
                .filter(is_in_group)
                .map(String::as_str)
                .collect();
            kill(signal, &all);
        }
    }
    let begun = Instant::now();
    while let Some(left) = family.iter().find(|process| is_running(process)) {
        assert!(begun.elapsed() < DEADLINE, "{left} is left running");
    }
    window.until("the shell's screen", |_| {
        window.ask("#{alternate_on}") == "0"
    });
    if let End::Panic = end {
        window.expect("on purpose");
        window.expect("left:101");
    }
    let ended = format!("{} {wrapper} {end:?}", SHELLS[shell]);
    assert_eq!(window.modes("after"), before, "{ended}");
    assert_eq!(window.ask("#{cursor_flag}"), "1", "{ended}");
    window.line("echo ty''ped");
    window.expect("typed");
}

#[track_caller]
fn ends_well_everywhere(wrapper: &str, end: End) {
    (0..SHELLS.len()).for_each(|shell| ends_well(shell, wrapper, end));
}

#[test]
fn after_quitting_the_terminal_is_as_before() {
    ends_well_everywhere(BARE, End::Quit);
    ends_well(0, TIMEOUT, End::Quit);
    ends_well(1, LAUNCHER, End::Quit);
    ends_well(2, "env A=b nice", End::Quit);
}

const TRIGGER: &str = "CHALKTALK_TEST_TRIGGER";
const SERVER: &str = "CHALKTALK_TEST_SERVER";

/// What runs the program with one more thread, which panics when something is written to the trigger.
fn doomed(trigger: &Path, server: &Server) -> String {
    let this = std::env::current_exe().unwrap();
    let test = "--exact --ignored --nocapture ends::the_program_with_a_thread_that_panics";
    let (this, trigger, address) = (this.display(), trigger.display(), server.address());
    format!("{TRIGGER}={trigger} {SERVER}={address} {this} {test}")
}

#[test]
#[ignore = "it is run in a terminal by the test below"]
fn the_program_with_a_thread_that_panics() {
    let trigger = std::env::var_os(TRIGGER).expect("a trigger");
    let server = std::env::var(SERVER).expect("a server");
    std::thread::spawn(move || {
        fs::read(trigger).unwrap();
        panic!("on purpose");
    });
    let arguments = ["join", &server, "--name", "anna"];
    chalktalk::cli::main(arguments.map(Into::into));
}

#[test]
fn after_a_panic_in_any_thread_the_terminal_is_as_before() {
    ends_well_everywhere(BARE, End::Panic);
}

#[test]
fn after_an_abort_the_terminal_is_as_before() {
    ends_well_everywhere(BARE, End::Screen("-ABRT"));
}

#[test]
fn after_the_screen_is_killed_the_terminal_is_as_before() {
    for signal in ["-KILL", "-TERM", "-HUP"] {
        ends_well_everywhere(BARE, End::Screen(signal));
    }
}

/// zsh takes over the modes that it finds when its child is gone, so nothing helps it where that child is killed.
const KILLED: [usize; 2] = [0, 1];

#[test]
fn after_the_supervisor_is_killed_the_terminal_is_as_before() {
    for signal in ["-TERM", "-HUP", "-INT"] {
        ends_well_everywhere(BARE, End::Supervisor(signal));
    }
    let _ = KILLED.map(|shell| ends_well(shell, BARE, End::Supervisor("-KILL")));
}

#[test]
fn after_all_of_the_job_is_killed_the_terminal_is_as_before() {
    for signal in ["-TERM", "-HUP"] {
        ends_well_everywhere(BARE, End::Group(signal));
    }
    let _ = KILLED.map(|shell| ends_well(shell, BARE, End::Group("-KILL")));
}

#[test]
fn without_its_guardian_the_terminal_is_as_before() {
    ends_well_everywhere(BARE, End::Unguarded);
}

#[test]
fn behind_a_wrapper_whose_time_has_passed_the_terminal_is_as_before() {
    for wrapper in [TIMEOUT, TIMEOUT_IN_FRONT] {
        ends_well_everywhere(wrapper, End::Job("-ALRM"));
    }
}

#[test]
fn behind_a_wrapper_that_is_told_to_end_the_terminal_is_as_before() {
    for wrapper in WRAPPERS {
        ends_well_everywhere(wrapper, End::Group("-TERM"));
        ends_well_everywhere(wrapper, End::Group("-HUP"));
    }
    for wrapper in [TIMEOUT, TIMEOUT_IN_FRONT] {
        ends_well_everywhere(wrapper, End::Job("-TERM"));
    }
}

#[test]
fn behind_a_wrapper_each_of_our_processes_is_killed_and_the_terminal_is_as_before() {
    for wrapper in WRAPPERS {
        for signal in ["-KILL", "-TERM", "-HUP"] {
            ends_well_everywhere(wrapper, End::Screen(signal));
        }
        for signal in ["-TERM", "-HUP"] {
            ends_well_everywhere(wrapper, End::Supervisor(signal));
        }
    }
}
