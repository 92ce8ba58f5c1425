//! A window of a real terminal, as somebody who types and looks has it.

use std::fs;
use std::process::Command;
use std::time::Instant;

use chalktalk_tests::harness::{DEADLINE, Folder, Server};
use chalktalk_tests::skipped;

use crate::PROGRAM;

/// A tmux of its own with one window, in which a shell runs; killed when dropped.
pub(crate) struct Window {
    socket: String,
    /// A place for files of the test.
    pub(crate) folder: Folder,
}

impl Window {
    pub(crate) fn open(test: &str, shell: &str, rows: u16, columns: u16) -> Window {
        let socket = format!("chalktalk-{}-{test}", std::process::id());
        let folder = Folder::make();
        let window = Window { socket, folder };
        let options = format!("new-session -d -x {columns} -y {rows}");
        let mut arguments: Vec<&str> = options.split(' ').collect();
        let state = format!("XDG_STATE_HOME={}", window.folder.display());
        for variable in ["LC_ALL=C.UTF-8", "HISTFILE=", "NO_COLOR=", &state] {
            arguments.extend(["-e", variable]);
        }
        arguments.push(shell);
        window.tmux(&arguments);
        window.until("prompt", |screen| !screen.trim().is_empty());
        window
    }

    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
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

    pub(crate) fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    pub(crate) fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    pub(crate) fn line(&self, text: &str) {
        self.type_text(text);
        self.press("Enter");
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    pub(crate) fn ask(&self, what: &str) -> String {
        self.tmux(&["display-message", "-p", what])
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
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
    pub(crate) fn expect(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the shell says that what it ran has stopped.
    #[track_caller]
    pub(crate) fn expect_stopped(&self) {
        self.until("word of the stop", |screen| {
            screen.contains("Stopped") || screen.contains("suspended")
        });
    }

    pub(crate) fn join(&self, server: &Server, name: &str) {
        let address = server.address();
        self.join_by(&format!("{PROGRAM} join {address} --name {name}"), server);
    }

    pub(crate) fn join_by(&self, command: &str, server: &Server) {
        let address = server.address();
        self.line(&format!("{command}; echo left:$?"));
        self.expect(&format!("{address} connected"));
        self.expect(" F1 help");
    }

    /// The modes as a command sees them that the shell starts.
    #[track_caller]
    pub(crate) fn modes(&self, file: &str) -> String {
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
    }
}

/// Says loudly that nothing was tested, where that is so.
pub(crate) fn has_tmux() -> bool {
    let found = Command::new("tmux").arg("-V").output().is_ok();
    if !found {
        skipped::say("there is no tmux, so no real terminal was tested");
    }
    found
}
