//! The server as a process: killed, restarted, given much, and with less than it would like to have.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::{Client, DEADLINE, Folder, Lines, Program, Server};
use std::fs::{self, File};
use std::io::Write;
use std::net::{Shutdown, SocketAddr};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

fn serve(flags: &[&str]) -> Program {
    Program::new(PROGRAM).arguments(&["serve"]).arguments(flags)
}

/// Asks until it is so, where nobody tells.
#[track_caller]
fn until(mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        assert!(Instant::now() < deadline, "it does not come to that");
        thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn a_server_that_is_killed_is_back_at_once_at_the_same_port() {
    let mut server = Server::run(&serve(&["--no-limits"]));
    let mut boots = Vec::new();
    for _ in 0..3 {
        // Some with something unread on either side.
        let people: Vec<_> = (0..20).map(|n| server.join(&format!("p{n}"))).collect();
        let mut anna = server.join("anna");
        anna.send("SAY hi");
        let said = anna.expect("SAID *");
        boots.push(said.split(['.', ' ']).nth(1).map(str::to_owned));
        server.restart();
        drop(people);
    }
    boots.dedup();
    assert_eq!(boots.len(), 3, "a boot is another each time");
}

#[test]
fn when_its_input_ends_everybody_is_told() {
    let mut server = Server::run(&serve(&["--until-eof"]));
    let mut people = ["anna", "bert"].map(|name| server.join(name));
    server.process.close_input();
    for one in &mut people {
        one.expect_bye("stopping");
    }
    drop(people);
    assert_eq!(server.process.wait().code(), Some(0));
}

#[test]
fn without_descriptors_it_says_so_and_goes_on() {
    let started = Instant::now();
    let server = Server::run(&serve(&["--no-limits"]).descriptors(40));
    let mut people = Vec::new();
    let mut refused = 0;
    while refused < 5 {
        let mut client = server.connect();
        match client.next_line().expect("a line") {
            line if line.starts_with("BYE server-full ") => refused += 1,
            line => {
                assert!(line.starts_with("CHALKTALK "), "{line}");
                people.push(client);
            }
        }
        assert!(people.len() < 40);
    }
    assert!(people.len() > 20, "only {} have a place", people.len());
    for client in &mut people {
        assert_eq!(client.fence(), [""; 0]);
    }
    // The log is written by another thread, and says it once a second at most.
    let told = |what| server.process.errors.all().matches(what).count();
    until(|| told("cannot take a connection") + told("no descriptor left") > 0);
    people.truncate(10);
    until(|| {
        let mut client = server.connect();
        client
            .next_line()
            .is_some_and(|line| line.starts_with("CHALKTALK "))
    });
    let since = started.elapsed().as_secs() + 1;
    let told = told("cannot take a connection") + told("no descriptor left");
    assert!(told as u64 <= since, "it said so {told} times in {since} s");
}

#[test]
fn whoever_comes_from_another_address_is_from_there() {
    // Elsewhere this machine has no second address.
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut server = Server::run(&serve(&[]));
    let port = server.address().port().to_string();
    let elsewhere = Program::new("nc").arguments(&["-s", "127.0.0.2", "127.0.0.1", &port]);
    let mut anna = elsewhere.start();
    anna.type_line("NAME anna");
    server.process.errors.skip_to("*anna came from 127.0.0.2");
}

#[test]
fn a_stderr_that_nobody_reads_or_that_breaks_stops_nobody() {
    let folder = Folder::make();
    let pipe = folder.join("stderr");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    // Open for both, so that neither side waits for the other.
    let held = File::options().read(true).write(true).open(&pipe);
    let held = held.expect("a pipe");
    let stderr = format!("exec \"$0\" serve --no-limits \"$@\" 2>{}", pipe.display());
    let server = Server::run(&Program::new("sh").arguments(&["-c", &stderr, PROGRAM]));
    // Two lines each: more than the pipe and the queue of the log hold.
    for n in 0..1500 {
        server.join(&format!("p{n}"));
    }
    chat(server.address(), "stuck");
    drop(held);
    for n in 0..100 {
        server.join(&format!("q{n}"));
    }
    chat(server.address(), "broken");
}

#[test]
fn a_stdout_that_is_closed_stops_nobody() {
    let folder = Folder::make();
    let port = folder.join("port");
    let flags = [
        "--listen",
        "127.0.0.1:0",
        "--port-file",
        &folder.named("port"),
    ];
    let _server = serve(&flags).closed_output().start();
    let mut number = None;
    until(|| {
        let text = fs::read_to_string(&port).unwrap_or_default();
        number = text.trim().parse::<u16>().ok();
        number.is_some()
    });
    let address = SocketAddr::from(([127, 0, 0, 1], number.expect("a port")));
    chat(address, "closed");
}

/// Two can talk there.
#[track_caller]
fn chat(address: SocketAddr, name: &str) {
    let [mut one, mut two] = [1, 2].map(|n| Client::join(address, &format!("{name}{n}")));
    one.send("SAY hi");
    two.skip_to(&format!("SAID * lobby {name}1 hi"));
}

#[test]
fn after_a_storm_no_thread_no_descriptor_is_left() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let server = Server::run(&serve(&["--no-limits"]));
    let mut anna = server.join("anna");
    let (threads, descriptors) = (server.process.threads(), server.process.descriptors());
    for round in 0..5 {
        let people: Vec<_> = (0..100).map(|n| server.join(&format!("p{n}"))).collect();
        anna.fence();
        assert!(server.process.threads() >= threads.map(|before| before + 100));
        for (n, mut client) in people.into_iter().enumerate() {
            match (n + round) % 4 {
                0 => drop(client),
                1 => client.half_close(),
                2 => client.reset(),
                _ => client.send_raw(b"SAY half"),
            }
        }
        until(|| {
            anna.fence();
            let now = (server.process.threads(), server.process.descriptors());
            now == (threads, descriptors)
        });
    }
}

#[test]
fn twenty_who_flood_and_never_read_cost_little_memory() {
    let server = Server::run(&serve(&["--no-limits"]));
    let mut anna = server.join("anna");
    anna.send("JOIN quiet");
    let lines = format!("SAY {}\n", "f".repeat(4000)).repeat(2000);
    let floods: Vec<_> = (0..20).map(|n| server.join(&format!("f{n}"))).collect();
    thread::scope(|scope| {
        for mut flood in floods {
            let lines = lines.as_bytes();
            // It is closed before it is through.
            scope.spawn(move || drop(flood.try_send_raw(lines)));
        }
    });
    anna.fence();
    if let Some(peak) = server.process.peak_kib() {
        assert!(peak < 32 * 1024, "{peak} KiB");
    }
}

#[test]
fn a_hundred_thousand_lines_and_then_the_end() {
    let server = Server::run(&serve(&["--no-limits"]));
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    let said = |lines: Vec<String>| {
        let said = lines.into_iter().filter(|line| line.starts_with("SAID "));
        let numbers = said.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        assert!(numbers.eq(0..100_000));
    };
    let sender = anna.stream().try_clone().expect("a second handle");
    thread::scope(|scope| {
        scope.spawn(move || {
            let lines: String = (0..100_000).map(|n| format!("SAY {n}\n")).collect();
            let sent = (&sender).write_all(lines.as_bytes());
            sent.expect("the server reads");
            sender.shutdown(Shutdown::Write).expect("a connection");
        });
        scope.spawn(move || said(bert.take_to("LEFT * anna quit")));
        said(anna.expect_bye("quit"));
    });
}

#[test]
fn who_sends_without_an_end_before_a_name_is_not_read_on() {
    let server = Server::run(&serve(&["--no-limits"]));
    // Whoever does not stop is cut off; the reason may be lost on the way.
    let sent = server
        .connect()
        .try_send_raw(&b"a".repeat(100 * 1024 * 1024));
    assert!(sent.is_err());
    server.join("anna");
}
