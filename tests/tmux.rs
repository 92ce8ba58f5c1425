//! The terminal client in a real terminal, tmux: between people and a server, and under
//! everything that may kill it. Whatever is waited for has a deadline, and nothing sleeps.

use chalktalk_tests::harness::{DEADLINE, Lines, Server};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
const SHELLS: [&str; 2] = ["bash --norc --noprofile", "dash"];

/// A tmux of its own with one window, in which a shell runs; killed when dropped.
struct Window {
    socket: String,
    folder: PathBuf,
}

impl Window {
    fn open(test: &str, shell: &str, rows: u16, columns: u16) -> Window {
        let socket = format!("chalktalk-{}-{test}", std::process::id());
        let folder = std::env::temp_dir().join(&socket);
        fs::create_dir_all(&folder).unwrap();
        let window = Window { socket, folder };
        let (rows, columns) = (rows.to_string(), columns.to_string());
        window.tmux(&[
            "new-session",
            "-d",
            "-x",
            &columns,
            "-y",
            &rows,
            "-e",
            "LC_ALL=C.UTF-8",
            "-e",
            "HISTFILE=",
            "-e",
            "NO_COLOR=",
            shell,
        ]);
        window.until("prompt", |screen| !screen.trim().is_empty());
        window
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-L", &self.socket, "-f", "/dev/null"])
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {said}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    fn line(&self, text: &str) {
        self.type_text(text);
        self.press("Enter");
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    fn ask(&self, what: &str) -> String {
        self.tmux(&["display-message", "-p", what])
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < DEADLINE, "no {what} on\n{screen}");
        }
    }

    #[track_caller]
    fn expect(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    fn join(&self, server: &Server, name: &str) {
        let address = server.address();
        self.join_by(&format!("{PROGRAM} join {address} --name {name}"), server);
    }

    fn join_by(&self, command: &str, server: &Server) {
        let address = server.address();
        self.line(&format!("{command}; echo left:$?"));
        self.expect(&format!("{address} connected"));
        self.expect(" F1 help");
    }

    /// The modes as a command sees them that the shell starts.
    #[track_caller]
    fn modes(&self, file: &str) -> String {
        let path = self.folder.join(file);
        self.line(&format!("stty -g >{}; echo do''ne-{file}", path.display()));
        self.expect(&format!("done-{file}"));
        fs::read_to_string(path).unwrap()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", &self.socket, "kill-server"])
            .output();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Says loudly that nothing was tested, where that is so.
fn has_tmux() -> bool {
    let found = Command::new("tmux").arg("-V").output().is_ok();
    if !found {
        println!("\n!!! SKIPPED: there is no tmux, so no real terminal was tested !!!\n");
    }
    found
}

fn server() -> Server {
    Server::start(PROGRAM, &["--no-limits"])
}

#[test]
fn two_people_talk_in_two_terminals() {
    if !has_tmux() {
        return;
    }
    let server = server();
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
fn the_screen_follows_the_window() {
    if !has_tmux() {
        return;
    }
    let server = server();
    let anna = Window::open("resize", SHELLS[0], 24, 80);
    anna.join(&server, "anna");
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
    if !has_tmux() {
        return;
    }
    let server = server();
    let anna = Window::open("scroll", SHELLS[0], 16, 60);
    anna.join(&server, "anna");
    let mut bot = server.join("bot");
    for n in 0..100 {
        bot.send(&format!("SAY number {n}."));
    }
    anna.expect("number 99.");
    anna.press("PageUp");
    anna.press("PageUp");
    let screen = anna.expect("further down");
    assert!(screen.contains("number 99."), "the newest stay:\n{screen}");
    let first = screen.lines().nth(2).unwrap().to_owned();
    bot.send("SAY number 100.");
    let screen = anna.expect("number 100.");
    assert_eq!(screen.lines().nth(2), Some(first.as_str()));
    anna.press("C-s");
    anna.type_text("number 7.");
    anna.expect("▶ bot: number 7.");
    anna.press("Escape");
    anna.press("Escape");
    anna.until("the newest alone", |screen| {
        !screen.contains("further down")
    });
}

#[test]
fn a_paste_of_many_lines_is_one_message() {
    if !has_tmux() {
        return;
    }
    let server = server();
    let anna = Window::open("paste", SHELLS[0], 24, 80);
    anna.join(&server, "anna");
    let mut bot = server.join("bot");
    let text: String = (0..200).map(|n| format!("line {n}\n")).collect();
    let file = anna.folder.join("paste");
    fs::write(&file, &text).unwrap();
    anna.tmux(&["load-buffer", file.to_str().unwrap()]);
    anna.tmux(&["paste-buffer", "-p"]);
    anna.expect("Paste 200 lines");
    anna.press("Enter");
    anna.expect("line 199");
    anna.press("Enter");
    let written = text.trim_end().replace('\n', "\\n");
    bot.skip_to(&format!("SAID * * lobby anna {written}"));
}

#[test]
fn a_killed_server_is_come_back_to() {
    if !has_tmux() {
        return;
    }
    let mut server = server();
    let anna = Window::open("again", SHELLS[0], 24, 80);
    anna.join(&server, "anna");
    anna.type_text("a draft");
    server.restart();
    anna.expect("connected again, as anna");
    anna.expect("> a draft");
    anna.press("Enter");
    anna.expect("│ anna: a draft");
}

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
    let test = "--exact --ignored --nocapture the_program_with_a_thread_that_panics";
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

#[test]
fn a_suspended_chat_goes_on() {
    if !has_tmux() {
        return;
    }
    let server = server();
    for (shell, command) in SHELLS.iter().enumerate() {
        let window = Window::open(&format!("stop-{shell}"), command, 24, 80);
        let before = window.modes("before");
        window.join(&server, &format!("anna{shell}"));
        window.type_text("a draft");
        window.expect("> a draft");
        window.press("C-z");
        window.expect("Stopped");
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
