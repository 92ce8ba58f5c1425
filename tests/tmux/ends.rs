//! Whatever ends the program, the terminal is afterwards as it was before.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chalktalk_tests::harness::{DEADLINE, Server};

use crate::window::{Window, has_tmux};
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
}

fn children(of: &str) -> Vec<String> {
    let stat_of = |process: &Path| fs::read_to_string(process.join("stat")).ok();
    let parent = |stat: &str| {
        let behind_name = stat.rsplit_once(") ")?.1;
        Some(behind_name.split(' ').nth(1)?.to_owned())
    };
    let processes = fs::read_dir("/proc").unwrap().map_while(Result::ok);
    processes
        .filter(|process| {
            let parent = stat_of(&process.path()).and_then(|stat| parent(&stat));
            parent.as_deref() == Some(of)
        })
        .map(|process| process.file_name().into_string().unwrap())
        .collect()
}

fn is_running(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

/// The screen's process among the supervisor's children: its argument zero is the program, or this test of it.
fn screen_of(family: &[String]) -> &str {
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

fn kill(signal: &str, process: &str) {
    let status = Command::new("kill").args([signal, process]).status();
    assert!(status.unwrap().success());
}

#[track_caller]
fn ends_well(shell: usize, end: End) {
    if !has_tmux() || !Path::new("/proc/self/stat").exists() {
        return;
    }
    let server = server();
    let name = format!("{shell}-{end:?}").replace(|c: char| !c.is_alphanumeric(), "-");
    let window = Window::open(&name, SHELLS[shell], 24, 80);
    let before = window.modes("before");
    let trigger = window.folder.join("trigger");
    if let End::Panic = end {
        let made = Command::new("mkfifo").arg(&trigger).status();
        assert!(made.unwrap().success());
        window.join_by(&doomed(&trigger, &server), &server);
    } else {
        window.join(&server, "anna");
    }
    assert_eq!(window.ask("#{alternate_on}"), "1");
    let [supervisor] = &children(&window.ask("#{pane_pid}"))[..] else {
        panic!("one child of the shell")
    };
    let mut family = children(supervisor);
    let screen = screen_of(&family).to_owned();
    family.extend(children(&screen));
    match end {
        End::Quit => window.press("C-d"),
        End::Panic => fs::write(&trigger, "now").unwrap(),
        End::Screen(signal) => kill(signal, &screen),
        End::Supervisor(signal) => kill(signal, supervisor),
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
    assert_eq!(window.modes("after"), before, "{end:?}");
    assert_eq!(window.ask("#{cursor_flag}"), "1");
    window.line("echo ty''ped");
    window.expect("typed");
}

#[test]
fn after_quitting_the_terminal_is_as_before() {
    ends_well(0, End::Quit);
    ends_well(1, End::Quit);
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
    ends_well(0, End::Panic);
    ends_well(1, End::Panic);
}

#[test]
fn after_an_abort_the_terminal_is_as_before() {
    ends_well(0, End::Screen("-ABRT"));
    ends_well(1, End::Screen("-ABRT"));
}

#[test]
fn after_the_screen_is_killed_the_terminal_is_as_before() {
    for signal in ["-KILL", "-TERM", "-HUP"] {
        ends_well(0, End::Screen(signal));
        ends_well(1, End::Screen(signal));
    }
}

#[test]
fn after_the_supervisor_is_killed_the_terminal_is_as_before() {
    for signal in ["-KILL", "-TERM", "-HUP"] {
        ends_well(0, End::Supervisor(signal));
        ends_well(1, End::Supervisor(signal));
    }
}
