//! What stood in the window before: it is there again afterwards, and where no second screen is shown nothing moves it.

use std::time::Instant;

use chalktalk_tests::harness::DEADLINE;

use crate::ends::{family, is_running, kill, screen_of, supervisor_of};
use crate::window::Window;
use crate::{PROGRAM, SHELLS, server};

/// A window with something in it, and the terminal's modes.
fn marked(test: &str, shell: usize) -> (Window, String) {
    let window = Window::open(test, SHELLS[shell], 24, 80);
    let modes = window.modes("before");
    // What leaves a second screen puts the cursor where it was when one was entered.
    window.line("printf '\\033[?1049h\\033[?1049l'; echo ma''rk");
    window.expect("mark");
    (window, modes)
}

#[track_caller]
fn is_unmoved(window: &Window, family: &[String], modes: &str) {
    let begun = Instant::now();
    while let Some(left) = family.iter().find(|process| is_running(process)) {
        assert!(begun.elapsed() < DEADLINE, "{left} is left running");
    }
    assert_eq!(window.modes("after"), modes);
    window.line("echo ty''ped");
    let screen = window.expect("typed");
    let row = |words: &str| screen.lines().position(|line| line.starts_with(words));
    assert!(
        row("mark").is_some() && row("mark") < row("typed"),
        "{screen}"
    );
    let (_, below) = screen.split_once("typed\n").unwrap_or_default();
    assert!(
        below.lines().filter(|line| !line.is_empty()).count() <= 1,
        "{screen}"
    );
}

#[test]
fn a_suspended_chat_that_is_killed_moves_nothing() {
    let Some(server) = server() else { return };
    for (shell, signal) in [(0, "-KILL"), (0, "-TERM"), (1, "-KILL"), (2, "-TERM")] {
        let (window, modes) = marked(&format!("stopped-{shell}{signal}"), shell);
        window.join(&server, &format!("anna{shell}{signal}"));
        let family = family(&window.ask("#{pane_pid}"));
        window.press("C-z");
        window.expect_stopped();
        window.line(&format!("kill {signal} %1; echo se''nt"));
        window.expect("sent");
        is_unmoved(&window, &family, &modes);
    }
}

#[test]
fn who_ends_it_before_there_is_a_screen_moves_nothing() {
    let Some(server) = server() else { return };
    for signal in ["-TERM", "-HUP", "-KILL", "C-c"] {
        let (window, modes) = marked(&format!("early{signal}"), 0);
        let join = format!("{PROGRAM} join {}", server.address());
        window.line(&format!("env -u USER -u LOGNAME -u CHALKTALK_NAME {join}"));
        window.expect("your name:");
        let family = family(&window.ask("#{pane_pid}"));
        match signal {
            "C-c" => window.press(signal),
            signal => kill(signal, &[&supervisor_of(&family)]),
        }
        is_unmoved(&window, &family, &modes);
    }
}

#[test]
fn plain_lines_to_be_copied_stay_whoever_is_killed() {
    let Some(server) = server() else { return };
    for (n, signal) in ["-TERM", "-KILL"].into_iter().enumerate() {
        let (window, modes) = marked(&format!("copied{signal}"), 1);
        window.join(&server, &format!("anna{n}"));
        window.press("M-l");
        window.expect("-- Enter goes back to the chat --");
        let family = family(&window.ask("#{pane_pid}"));
        kill(signal, &[screen_of(&family)]);
        is_unmoved(&window, &family, &modes);
        window.expect("you are in lobby");
    }
}

#[test]
fn without_a_second_screen_what_comes_next_has_a_clean_place() {
    let Some(server) = server() else { return };
    let window = Window::open("one-screen", SHELLS[0], 12, 60);
    window.tmux(&["set-option", "-g", "-w", "alternate-screen", "off"]);
    window.join(&server, "anna");
    window.press("C-d");
    let screen = window.expect("left:0");
    assert!(
        !screen.contains("F1 help") && !screen.contains("lobby"),
        "{screen}"
    );
    assert!(screen.starts_with("left:0"), "{screen}");
}
