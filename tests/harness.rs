//! The harness itself, against processes and listeners that do as they are told here: a test
//! that trusts it must be able to.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::{Client, Lines, Program, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};

/// A server for one connection.
fn serve_once<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let thread = thread::spawn(move || serve(listener.accept().expect("a connection").0));
    (address, thread)
}

/// A client to whom these bytes are sent and then the end.
fn given(bytes: &'static str) -> Client {
    let (address, _) = serve_once(|mut stream| {
        stream
            .write_all(bytes.as_bytes())
            .expect("a client that reads");
    });
    Client::connect(address)
}

fn shell(script: &str) -> Program {
    Program::new("sh").arguments(&["-c", script])
}

/// What must fail does, with these words.
#[track_caller]
fn expect_panic<T>(words: &str, run: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(run)) else {
        panic!("nothing failed")
    };
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    assert!(said.contains(words), "{said}");
}

#[test]
fn what_was_not_expected_is_told() {
    expect_panic("got a 1", || given("a 1\n").expect("b *"));
    expect_panic("got the end", || given("").expect("b *"));
    expect_panic("got c", || given("a\nc\n").expect_set(&["a", "b"]));
    expect_panic("got the end", || given("a\n").skip_to("b"));
    expect_panic("within a line", || given("a\nb").rest());
    expect_panic("expected BYE kicked, got BYE quit x", || {
        given("BYE quit x\n").expect_bye("kicked")
    });
    expect_panic("got hello", || Server::run(&shell("echo hello")));
    expect_panic("ended before", || Server::run(&shell("exit 1")));
}

#[test]
fn a_fence_gives_what_stands_before_its_answer() {
    let (address, _) = serve_once(|stream| {
        let mut lines = BufReader::new(&stream).lines();
        for _ in 0..2 {
            let ping = lines.next().expect("a line").expect("a connection");
            let mark = ping.strip_prefix("PING ").expect("a PING");
            let answer = format!("SAID {mark}\nPONG other\nPONG {mark}\n");
            (&stream).write_all(answer.as_bytes()).expect("a client");
        }
    });
    let mut client = Client::connect(address);
    assert_eq!(client.fence(), ["SAID fence-1", "PONG other"]);
    assert_eq!(client.fence(), ["SAID fence-2", "PONG other"]);
    client.expect_end();
}

#[test]
fn a_reset_is_one() {
    let (address, thread) = serve_once(|mut stream| {
        stream
            .write_all(b"CHALKTALK 1 open hi\n")
            .expect("a client");
        stream.read(&mut [0]).map_err(|error| error.kind())
    });
    Client::connect(address).reset();
    assert_eq!(
        thread.join().expect("the server"),
        Err(std::io::ErrorKind::ConnectionReset)
    );
}

#[test]
fn a_process_is_killed_with_its_value() {
    let process = shell("echo here; exec cat").start();
    let mut output = process.output.clone();
    output.expect("here");
    drop(process);
    output.expect_end();
}
