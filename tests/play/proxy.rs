//! `chalktalk proxy` as a process.

use crate::{NOBODY, PROGRAM, server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

/// A proxy, and what it prints.
pub(crate) struct Proxy {
    process: Child,
    out: BufReader<ChildStdout>,
    err: ChildStderr,
    pub(crate) address: String,
}

impl Proxy {
    pub(crate) fn start(to: &str, arguments: &[&str]) -> Proxy {
        let mut command = Command::new(PROGRAM);
        command
            .args(["proxy", "--listen", "127.0.0.1:0", "--to", to])
            .args(arguments);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut proxy = Proxy {
            out: BufReader::new(process.stdout.take().expect("its stdout")),
            err: process.stderr.take().expect("its stderr"),
            process,
            address: String::new(),
        };
        let line = proxy.line();
        proxy.address = line
            .strip_prefix("listening on ")
            .expect("the ready line")
            .to_owned();
        proxy
    }

    /// Says a line on its input.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("its input");
        writeln!(input, "{line}").expect("it takes");
    }

    /// Ends its input, with which it ends; what it has said on stderr.
    pub(crate) fn ends(&mut self) -> String {
        drop(self.process.stdin.take());
        let mut said = String::new();
        self.err.read_to_string(&mut said).expect("its stderr");
        assert!(self.process.wait().expect("it ends").success());
        said
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
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
