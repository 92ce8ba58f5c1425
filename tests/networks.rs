//! Three hosts and two networks inside this machine, one host on both: a chat is found, listed once and joined, and
//! who listens on the wire hears none of it.
//!
//! The hosts are network namespaces. Making them needs `ip` and the rights of an administrator; where these are
//! missing that is said, and nothing is tested. The wire is read by a few lines of Python: listening on it wants a
//! kind of socket that the standard library does not have.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

use chalktalk_tests::harness::{Folder, Lines, Process, Program};
use chalktalk_tests::skipped;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

/// Prints all frames that pass an interface until its input ends.
const LISTENER: &str = "
import select, socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
wire.bind((sys.argv[1], 0))
print('listening', flush=True)
heard, ready = [], [wire]
while wire in ready:
    ready, _, _ = select.select([wire, sys.stdin], [], [])
    while select.select([wire], [], [], 0)[0]:
        heard.append(wire.recv(1 << 16))
    if sys.stdin in ready:
        break
sys.stdout.buffer.write(b''.join(heard))
";

/// What nobody else has to know.
const SAID: &str = "the treasure lies under the old oak";
const ANSWERED: &str = "then bring a spade at midnight";

/// A host: a network namespace and a folder for its keys, gone with its value.
struct Host {
    name: String,
    folder: Folder,
}

impl Host {
    fn new(name: &str) -> io::Result<Host> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("chalktalk-{}-{number}-{name}", std::process::id());
        ip(&["netns", "add", &name])?;
        let folder = Folder::make();
        let host = Host { name, folder };
        ip(&["-n", &host.name, "link", "set", "lo", "up"])?;
        Ok(host)
    }

    /// A program on this host.
    fn run(&self, program: &str, arguments: &[&str]) -> Program {
        Program::new("ip")
            .arguments(&["netns", "exec", &self.name, program])
            .arguments(arguments)
            .environment("XDG_STATE_HOME", &self.folder.named("state"))
            .environment("USER", "carla")
    }

    /// A server at the usual port, and its code where it has one.
    fn serve(&self, arguments: &[&str]) -> (Process, Option<String>) {
        let mut server = self
            .run(PROGRAM, &["serve", "--lan"])
            .arguments(arguments)
            .start();
        server.output.expect("listening on *");
        server.output.skip_to("    chalktalk join 10.24.*");
        let code = (!arguments.contains(&"--open")).then(|| {
            server.output.skip_to("which asks for this code:");
            server.output.expect("");
            server.output.expect("    *").trim().to_owned()
        });
        (server, code)
    }

    /// The lines of `chalktalk find`.
    fn finds(&self) -> Vec<String> {
        let mut find = self.run(PROGRAM, &["find"]).start();
        find.wait();
        find.output.all().lines().map(str::to_owned).collect()
    }

    /// Somebody on this host, in the chat at this address.
    fn join(&self, address: &str, name: &str, code: Option<&str>) -> Process {
        let mut join = self.run(PROGRAM, &["join", address, "--name", name]);
        if let Some(code) = code {
            join = join.environment("CHALKTALK_CODE", code);
        }
        let mut joined = join.start();
        joined.output.skip_to("* in lobby: *");
        joined
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "ip {}: {}",
        arguments.join(" "),
        said.trim()
    )))
}

/// `left` and `both` share the network 10.24.1.0, `both` and `right` 10.24.2.0; each calls it `wire`, and `both`
/// `wire1` and `wire2`. Nothing goes from one network to the other.
struct Networks {
    left: Host,
    right: Host,
    both: Host,
}

impl Networks {
    fn new() -> io::Result<Networks> {
        let networks = Networks {
            left: Host::new("left")?,
            right: Host::new("right")?,
            both: Host::new("both")?,
        };
        networks.cable(&networks.left, 1)?;
        networks.cable(&networks.right, 2)?;
        Ok(networks)
    }

    fn cable(&self, host: &Host, number: u8) -> io::Result<()> {
        let (there, wire) = (&self.both.name, format!("wire{number}"));
        let ends = ["type", "veth", "peer", "name", &wire, "netns", there];
        ip(&[&["-n", &host.name, "link", "add", "wire"], &ends[..]].concat())?;
        for (host, wire, last) in [(&host.name, "wire", 10), (there, &wire, 1)] {
            let address = format!("10.24.{number}.{last}/24");
            ip(&[
                "-n",
                host,
                "address",
                "add",
                &address,
                "broadcast",
                "+",
                "dev",
                wire,
            ])?;
            ip(&["-n", host, "link", "set", wire, "up"])?;
        }
        Ok(())
    }
}

/// The hosts; or says loudly why there are none.
fn networks() -> Option<Networks> {
    let without =
        |error: &io::Error| skipped::say(&format!("no networks inside this machine: {error}"));
    Networks::new().inspect_err(without).ok()
}

/// Listens on the wire; or says loudly why not.
fn listen(host: &Host, interface: &str) -> Option<Process> {
    let python = std::env::var("CHALKTALK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut listener = host.run(&python, &["-c", LISTENER, interface]).start();
    if listener.output.next_line().as_deref() != Some("listening") {
        skipped::say("nobody listens on the wire, for want of a Python");
        return None;
    }
    Some(listener)
}

#[track_caller]
fn is_listed_once(found: &[String], addresses: &str, mode: &str) {
    let [row] = found else {
        panic!("not listed once: {found:?}");
    };
    let words: Vec<&str> = row.split_whitespace().collect();
    let expected = format!("{addresses} 0 people {mode} carla's chat");
    assert_eq!(words.join(" "), expected);
}

/// anna on the left and bert on the right talk, on the server of the host between; what was heard on the wire.
fn conversation(networks: &Networks, code: Option<&str>) -> Option<String> {
    let mut listener = listen(&networks.left, "wire")?;
    let mut bert = networks.right.join("10.24.2.1", "bert", code);
    let mut anna = networks.left.join("10.24.1.1", "anna", code);
    anna.type_line(SAID);
    bert.output.skip_to(&format!("anna: {SAID}"));
    bert.type_line(ANSWERED);
    anna.output.skip_to(&format!("bert: {ANSWERED}"));
    anna.close_input();
    assert!(anna.wait().success());
    listener.close_input();
    assert!(listener.wait().success());
    Some(listener.output.all())
}

#[test]
fn a_chat_is_found_and_joined_from_two_networks_and_not_overheard() {
    let Some(networks) = networks() else { return };
    let (_server, code) = networks.both.serve(&[]);
    is_listed_once(&networks.left.finds(), "10.24.1.1:24255", "noise");
    is_listed_once(&networks.right.finds(), "10.24.2.1:24255", "noise");
    let Some(heard) = conversation(&networks, code.as_deref()) else {
        return;
    };
    for opening in ["CHALKTALK 1 noise ", "NOISE 1\n"] {
        assert!(heard.contains(opening), "the wire was not listened on");
    }
    for secret in [
        SAID, ANSWERED, "treasure", "midnight", "SAY ", "SAID ", "WELCOME", "lobby",
    ] {
        assert!(!heard.contains(secret), "{secret} was overheard");
    }
    for group in code.unwrap().split('-').skip(4) {
        assert!(!heard.contains(group), "of the code was overheard");
    }
}

/// The control: so the test above would notice.
#[test]
fn an_open_chat_is_overheard() {
    let Some(networks) = networks() else { return };
    let (_server, _) = networks.both.serve(&["--open"]);
    is_listed_once(&networks.left.finds(), "10.24.1.1:24255", "open");
    let Some(heard) = conversation(&networks, None) else {
        return;
    };
    for open in [SAID, ANSWERED, "SAY ", "SAID ", "WELCOME", "lobby"] {
        assert!(heard.contains(open), "{open} was not overheard");
    }
}

#[test]
fn a_server_that_is_reached_in_two_ways_is_one_entry() {
    let Some(networks) = networks() else { return };
    let (_server, _) = networks.both.serve(&[]);
    let found = networks.both.finds();
    let [row] = &found[..] else {
        panic!("not listed once: {found:?}");
    };
    for address in ["10.24.1.1:24255", "10.24.2.1:24255"] {
        assert!(row.contains(address), "{row}");
    }
}

#[test]
fn whoever_is_on_two_networks_finds_the_chats_of_both() {
    let Some(networks) = networks() else { return };
    let (_left, _) = networks.left.serve(&[]);
    let (_right, _) = networks.right.serve(&["--open"]);
    let mut found = networks.both.finds();
    found.sort();
    let [left, right] = &found[..] else {
        panic!("not two: {found:?}");
    };
    assert!(
        left.starts_with("10.24.1.10:24255 ") && left.contains(" noise "),
        "{left}"
    );
    assert!(
        right.starts_with("10.24.2.10:24255 ") && right.contains(" open "),
        "{right}"
    );
}
