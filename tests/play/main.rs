//! `chalktalk play`, `proxy`, `learn` and `grade` as processes, against servers that do as they are told.
#![forbid(unsafe_code)]

mod arguments;
mod cues;
mod ci;
mod documented;
mod failures;
mod foreign;
mod grade;
mod learn;
mod lessons;
mod pictures;
mod proxy;
mod record;
mod sentences;
mod update;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process, thread};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
/// The right server of the lessons, for the shell.
const CLASSROOM: &str = concat!("exec '", env!("CARGO_BIN_EXE_classroom"), "' {port}");

/// Where nobody listens: no system deals this port, so nobody has it by chance.
const NOBODY: &str = "127.0.0.1:1";

/// A path of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What a run has printed and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    code: i32,
    out: String,
    err: String,
}

/// A folder of its own, removed with its files when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("chalktalk-play-{}-{count}", process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("a file")
    }

    /// `chalktalk play` here.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("play").args(arguments).current_dir(&self.0);
        command.env_remove("GITHUB_ACTIONS");
        command
    }

    fn play(&self, arguments: &[&str]) -> Played {
        self.run(&[&["play"], arguments].concat())
    }

    /// This program here, with any verb.
    fn run(&self, arguments: &[&str]) -> Played {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).current_dir(&self.0);
        command.env_remove("GITHUB_ACTIONS");
        let output = command.output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        let code = output.status.code().expect("it ends by itself");
        Played {
            code,
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that does this to every connection, each in a thread of its own.
fn server(serve: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Plays one script, `example.chat`, against such a server.
fn play_against(serve: fn(TcpStream), script: &str) -> Played {
    let folder = Folder::new();
    folder.write("example.chat", script);
    folder.play(&["example.chat", "--server", &server(serve).to_string()])
}
