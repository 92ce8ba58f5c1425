//! The servers that are measured, each in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use chalktalk::secure::{Entropy, Identity, Keys, key_file};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
/// Ticks of a process's time in a second, as `/proc` counts them.
const TICKS: f64 = 100.0;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Sealed,
    Redis,
}

/// A server in a process of its own, killed with its value.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
    pub(crate) kind: Kind,
    pub(crate) keys: Option<(Identity, PathBuf)>,
}

impl Server {
    /// `None` where there is no such program.
    pub(crate) fn start(kind: Kind) -> Option<Server> {
        if kind == Kind::Redis {
            return Server::redis();
        }
        let keys = (kind == Kind::Sealed).then(|| {
            let keys = Keys::from_random(&Entropy::open().unwrap().bytes().unwrap());
            let name = format!("chalktalk-bench-{}", std::process::id());
            let path = std::env::temp_dir().join(name).join("key");
            key_file::replace(&path, &keys).unwrap();
            (Identity::new(keys), path)
        });
        let mut command = Command::new(PROGRAM);
        let usual = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--no-limits",
            "--ping-after",
            "3600",
        ];
        command.args(usual);
        if let Some((_, path)) = &keys {
            command.arg("--key").arg(path);
        }
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().parse().unwrap();
        Some(Server {
            process,
            port,
            kind,
            keys,
        })
    }

    fn redis() -> Option<Server> {
        // Free a moment ago; Redis cannot be asked to choose one.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
        ]);
        command.args(["--appendonly", "no", "--maxclients", "5000"]);
        command.args(["--client-output-buffer-limit", "pubsub 0 0 0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().ok()?;
        let output = BufReader::new(process.stdout.take().unwrap());
        let is_ready = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains("Ready to accept connections"));
        let kind = Kind::Redis;
        is_ready.then_some(Server {
            process,
            port,
            kind,
            keys: None,
        })
    }

    /// Seconds of the processor that it has had so far.
    pub(crate) fn processor(&self) -> f64 {
        let path = format!("/proc/{}/stat", self.process.id());
        let stat = std::fs::read_to_string(path).unwrap_or_default();
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let times = after_name.split(' ').skip(11).take(2);
        times
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum::<f64>()
            / TICKS
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some((_, path)) = &self.keys {
            let _ = std::fs::remove_dir_all(path.parent().unwrap());
        }
    }
}
