//! `chalktalk proxy` as a process.

use crate::{NOBODY, PROGRAM, server};
use chalktalk_tests::harness::{Lines, Process, Program};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

/// A proxy, and where it listens.
pub(crate) struct Proxy {
    process: Process,
    pub(crate) address: String,
}

impl Proxy {
    pub(crate) fn start(to: &str, arguments: &[&str]) -> Proxy {
        let ours = ["proxy", "--listen", "127.0.0.1:0", "--to", to];
        let program = Program::new(PROGRAM).arguments(&ours);
        let mut process = program.arguments(arguments).start();
        let line = process.output.expect("listening on *");
        let address = line.trim_start_matches("listening on ").to_owned();
        Proxy { process, address }
    }

    /// Says a line on its input.
    pub(crate) fn say(&mut self, line: &str) {
        self.process.type_line(line);
    }

    /// Ends its input, with which it ends; what it has said on stderr.
    pub(crate) fn ends(&mut self) -> String {
        self.process.close_input();
        assert!(self.process.wait().success());
        self.process.errors.all()
    }

    pub(crate) fn line(&mut self) -> String {
        self.process.output.next_line().expect("a line")
    }
}

/// Reads to the end, then says how much it was.
fn counts(mut stream: TcpStream) {
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    let _ = writeln!(stream, "{}", heard.len());
}

fn ask(proxy: &Proxy) -> String {
    let mut stream = TcpStream::connect(&proxy.address).expect("a connection");
    stream.write_all(&[b'x'; 1000]).expect("it takes");
    stream.shutdown(Shutdown::Write).expect("it ends");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn what_it_does_is_the_same_for_the_same_seed() {
    let at = server(counts).to_string();
    let run = |seed: &str| {
        let mut proxy = Proxy::start(&at, &["--seed", seed, "--split", "--delay", "1"]);
        let answer = ask(&proxy);
        (answer, (0..10).map(|_| proxy.line()).collect::<Vec<_>>())
    };
    let (answer, told) = run("7");
    assert_eq!(answer, "1000\n");
    assert!(
        told[0].starts_with("connection 1 to the server, bytes 0 to "),
        "{told:?}"
    );
    assert!(
        told.iter().all(|line| line.contains(": one by one")),
        "{told:?}"
    );
    assert_eq!(run("7"), (answer, told.clone()));
    assert_ne!(run("8").1, told);
}

#[test]
fn a_connection_that_is_cut_is_told() {
    let at = server(counts).to_string();
    let mut proxy = Proxy::start(&at, &["--seed", "1", "--half-close"]);
    let mut told = Vec::new();
    while told.len() < 10_000
        && !told
            .last()
            .is_some_and(|line: &String| line.ends_with(", then half-closed"))
    {
        ask(&proxy);
        told.push(proxy.line());
    }
    assert!(told.len() < 10_000);
}

#[test]
fn a_server_that_is_not_there_is_told_and_the_proxy_goes_on() {
    let mut proxy = Proxy::start(NOBODY, &[]);
    for connection in 1..3 {
        let mut stream = TcpStream::connect(&proxy.address).expect("a connection");
        let _ = stream.read(&mut [0]);
        let told = proxy.line();
        assert!(
            told.starts_with(&format!("connection {connection}: Connection refused")),
            "{told}"
        );
    }
}
