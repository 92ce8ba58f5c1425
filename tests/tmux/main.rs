//! The terminal client in a real terminal, tmux: between people and a server, and under
//! everything that may kill it. Whatever is waited for has a deadline, and nothing sleeps.

mod ends;
mod first_screen;
mod shown;
mod lines;
mod window;

use std::fs;
use std::time::Instant;

use chalktalk_tests::harness::{Client, DEADLINE, Lines, Server};
use window::{Window, has_tmux};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
const SHELLS: [&str; 3] = ["bash --norc --noprofile", "dash", "zsh -f"];

/// None, said loudly, where there is no tmux.
fn server() -> Option<Server> {
    has_tmux().then(|| Server::start(PROGRAM, &["--no-limits"]))
}

/// A server, and anna in a window of this size.
fn anna(test: &str, rows: u16, columns: u16) -> Option<(Server, Window)> {
    let server = server()?;
    let window = Window::open(test, SHELLS[0], rows, columns);
    window.join(&server, "anna");
    Some((server, window))
}

#[test]
fn two_people_talk_in_two_terminals() {
    let Some(server) = server() else { return };
    let anna = Window::open("talk-a", SHELLS[0], 24, 80);
    let bert = Window::open("talk-b", SHELLS[1], 10, 40);
    anna.join(&server, "anna");
    bert.join(&server, "bert");
    anna.expect("bert came");
    anna.line("good morning, bert: 日本語 👍");
    bert.expect("▌anna: good morning, bert: 日本語 👍");
    anna.expect("│ anna: good morning");
    bert.line("/msg anna psst");
    anna.expect("█ bert whispers to you: psst");
    anna.expect("whispered: bert 1");
    anna.line("/r thanks");
    bert.expect("█anna whispers to you: thanks");
    bert.press("C-d");
    bert.expect("left:0");
    anna.expect("bert left");
}

#[test]
fn an_operator_types_at_the_terminal_of_the_server() {
    if !has_tmux() {
        return;
    }
    let host = Window::open("console", SHELLS[0], 40, 100);
    let port_file = host.folder.join("port");
    let serve = format!("{PROGRAM} serve --listen 127.0.0.1:0 --port-file");
    host.line(&format!("{serve} {}; echo left:$?", port_file.display()));
    host.until("port", |_| port_file.exists());
    let port = fs::read_to_string(&port_file).unwrap();
    let address = format!("127.0.0.1:{}", port.trim()).parse().unwrap();
    let mut bert = Client::join(address, "bert");
    host.line("who");
    host.expect("bert in lobby from 127.0.0.1");
    host.line("kik bert");
    host.expect("there is no kik; did you mean kick? help lists what there is");
    host.line("kick bert 2");
    host.expect("kept out for 2 minutes: bert, by name alone; thrown out: 1");
    bert.skip_to("BYE kicked the operator has thrown you out for 2 minutes");
    let mut again = Client::connect(address);
    again.send("NAME bert");
    again.skip_to("BYE kicked the operator keeps you out of this chat for 2 minutes");
    host.line("stop");
    host.expect("left:0");
}

#[test]
fn the_screen_follows_the_window() {
    let Some((_server, anna)) = anna("resize", 24, 80) else {
        return;
    };
    anna.type_text("a draft");
    for (columns, rows) in [("30", "8"), ("200", "50"), ("1", "1"), ("64", "12")] {
        anna.tmux(&["resize-window", "-x", columns, "-y", rows]);
        let last = rows.parse::<usize>().unwrap() - 1;
        let cursor = format!("{last} {columns}");
        let told = "#{cursor_y} #{pane_width}";
        let begun = Instant::now();
        while anna.ask(told) != cursor {
            assert!(begun.elapsed() < DEADLINE, "{}", anna.ask(told));
        }
    }
    anna.until("the draft in the last row", |screen| {
        screen.lines().nth(11) == Some("> a draft")
    });
}

#[test]
fn one_reads_back_while_others_talk() {
    let Some((server, anna)) = anna("scroll", 16, 60) else {
        return;
    };
    let mut bot = server.join("bot");
    (0..100).for_each(|n| bot.send(&format!("SAY number {n}.")));
    anna.expect("number 99.");
    anna.press("PageUp");
    anna.expect("further down");
    anna.press("C-s");
    anna.type_text("number 7.");
    anna.expect("▶ bot: number 7.");
    anna.press("Escape");
    anna.press("Escape");
    anna.until("the newest alone", |screen| {
        !screen.contains("further down")
    });
}

/// Lines that come while the program is stopped are read at once; each Enter is one all the same.
#[test]
fn what_is_typed_ahead_is_sent_line_by_line() {
    for (n, enter) in ["\r", "\r\n"].into_iter().enumerate() {
        let Some((server, anna)) = anna(&format!("ahead-{n}"), 24, 80) else {
            return;
        };
        let (mut ben, mut carl) = (server.join("ben"), server.join("carl"));
        let family = ends::family(&anna.ask("#{pane_pid}"));
        let screen = ends::screen_of(&family);
        ends::kill("-STOP", &[screen]);
        let lines = ["hi all", "/msg ben my secret", "bye all"];
        let typed = lines.map(|line| format!("{line}{enter}")).concat();
        let bytes: Vec<String> = typed.bytes().map(|byte| format!("{byte:x}")).collect();
        let keys: Vec<&str> = bytes.iter().map(String::as_str).collect();
        anna.tmux(&[&["send-keys", "-H"], &keys[..]].concat());
        ends::kill("-CONT", &[screen]);
        ben.skip_to("SAID * * lobby anna hi all");
        ben.expect("TOLD * * * anna ben my secret");
        carl.skip_to("SAID * * lobby anna hi all");
        carl.expect("SAID * * lobby anna bye all");
    }
}

/// Also where the Enter behind it comes in the same read, and may be part of what was copied.
#[test]
fn the_end_of_a_pasted_line_is_no_line() {
    for (n, end) in ["\n", "\r\n", ""].into_iter().enumerate() {
        let Some((server, anna)) = anna(&format!("pasted-{n}"), 24, 80) else {
            return;
        };
        let mut bot = server.join("bot");
        let family = ends::family(&anna.ask("#{pane_pid}"));
        let screen = ends::screen_of(&family);
        let file = anna.folder.join("paste");
        fs::write(&file, format!("make test{end}")).unwrap();
        anna.tmux(&["load-buffer", file.to_str().unwrap()]);
        ends::kill("-STOP", &[screen]);
        anna.tmux(&["paste-buffer", "-p", "-r"]);
        anna.press("Enter");
        ends::kill("-CONT", &[screen]);
        // The Enter may come in a read of its own after all; then it has sent, and another sends nothing.
        anna.expect("make test");
        anna.press("Enter");
        bot.skip_to("SAID * * lobby anna make test");
    }
}

#[test]
fn a_suspended_chat_goes_on() {
    let Some(server) = server() else { return };
    for (shell, command) in SHELLS.iter().enumerate() {
        let window = Window::open(&format!("stop-{shell}"), command, 24, 80);
        let before = window.modes("before");
        window.join(&server, &format!("anna{shell}"));
        window.type_text("a draft");
        window.expect("> a draft");
        window.press("C-z");
        window.expect_stopped();
        assert_eq!(window.modes("stopped"), before);
        window.line("fg; echo ba''ck:$?");
        window.expect("> a draft");
        window.press("Enter");
        window.expect(&format!("│ anna{shell}: a draft"));
        window.press("C-d");
        window.expect("back:0");
        assert_eq!(window.modes("after"), before);
    }
}

#[test]
fn a_trace_is_not_written_over_the_screen() {
    let Some(server) = server() else { return };
    let window = Window::open("trace", SHELLS[0], 24, 80);
    let join = format!("{PROGRAM} join {} --trace", server.address());
    window.line(&format!("{join}; echo le''ft:$?"));
    window.expect("left:2");
    window.expect("--trace writes over the screen: add --plain, or 2>FILE");
}
