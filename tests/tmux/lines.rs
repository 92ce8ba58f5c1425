//! Plain lines and servers at a real terminal.

use chalktalk_tests::harness::port::Port;
use chalktalk_tests::harness::{Client, Lines};

use crate::window::{Window, has_tmux};
use crate::{PROGRAM, SHELLS, server};

#[test]
fn a_server_in_the_background_serves_without_a_console() {
    if !has_tmux() {
        return;
    }
    let serve = format!("{PROGRAM} serve --listen 127.0.0.1:0");
    let comes_in = |window: &Window| {
        let screen = window.expect("listening on 127.0.0.1:");
        let (_, address) = screen.rsplit_once("listening on ").unwrap();
        let address = address.split_whitespace().next().unwrap();
        Client::join(address.parse().unwrap(), "bot").fence();
    };
    for (shell, command) in SHELLS.iter().enumerate() {
        let window = Window::open(&format!("serve-{shell}"), command, 40, 100);
        window.line(&format!("{serve} &"));
        window.expect("no console, for this terminal is not in the foreground");
        comes_in(&window);
        // It would outlive a shell that hangs up on nobody.
        window.line("kill $!; wait; echo en''ded");
        window.expect("ended");

        let window = Window::open(&format!("serve-fg-{shell}"), command, 40, 100);
        window.line(&format!("{serve}; echo le''ft:$?"));
        window.expect("type a command; help lists them");
        window.line("who");
        window.expect("0 connections");
        window.press("C-z");
        window.expect_stopped();
        window.line("bg");
        let screen = window.expect("no console, for this terminal is not in the foreground");
        assert!(!screen.contains("the server goes on"), "{screen}");
        comes_in(&window);
        // What is waited for from here on stood there before.
        window.line("clear; echo cle''ared; fg");
        window.expect("cleared");
        window.expect("type a command; help lists them");
        window.press("C-d");
        window.expect("the server goes on; stop ends it");
        window.line("say still here");
        window.expect("said to everybody");
        window.line("stop");
        window.line("echo en''ded");
        window.expect("ended");
    }
}

#[test]
fn nothing_that_is_said_looks_like_somebody_elses_line() {
    let Some(server) = server() else { return };
    let window = Window::open("rows", SHELLS[0], 24, 40);
    let join = format!("{PROGRAM} join {} --plain --name carl", server.address());
    window.line(&join);
    window.expect("* in lobby: carl");
    let mut bot = server.join("bot");
    bot.send(&format!("SAY pad{}anna: I resign", " ".repeat(60)));
    bot.send(&format!("SAY {}anna:yes", "x".repeat(35)));
    let screen = window.expect("yes");
    let of_anna = |row: &str| row.starts_with("anna");
    assert!(!screen.lines().any(of_anna), "{screen}");
    assert!(screen.contains("\n    anna: I resign"), "{screen}");
}

#[test]
fn a_host_is_asked_before_others_are_left_behind() {
    if !has_tmux() {
        return;
    }
    for (plain, prompt) in [("", " F1 help"), (" --plain", "* in lobby: anna")] {
        let port = Port::take().expect("a port");
        let address = format!("127.0.0.1:{}", port.number());
        let window = Window::open(&format!("host{}", plain.len()), SHELLS[0], 24, 90);
        window.line(&format!(
            "CHALKTALK_SERVER={address} {PROGRAM} --name anna{plain}; echo le''ft:$?"
        ));
        window.expect(prompt);
        let mut bot = Client::join(address.parse().unwrap(), "bot");
        window.expect("bot came");
        window.press("C-d");
        window.expect("the chat ends with you, for others too (1)");
        bot.fence();
        window.press("C-d");
        window.expect("left:0");
        bot.skip_to("BYE stopping *");
    }
}
