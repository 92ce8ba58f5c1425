//! The examples end, and say why in a sentence.
#![forbid(unsafe_code)]

#[allow(dead_code)]
#[path = "../examples/bot.rs"]
mod bot;
#[allow(dead_code)]
#[path = "../examples/log.rs"]
mod log;

use chalktalk_tests::harness::port::Port;
use chalktalk_tests::harness::{Lines, Server};
use std::error::Error;
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

type Ended = Result<(), Box<dyn Error>>;

/// An example with a name and an address, to its end.
type Example = fn(&str, &str) -> Ended;

const EXAMPLES: [Example; 2] = [
    |name, address| bot::bot([name, address].map(str::to_owned).into_iter()),
    |name, address| log::log([name, address].map(str::to_owned).into_iter()),
];

#[track_caller]
fn fails(name: &str, address: &str, expected: &str) {
    for example in EXAMPLES {
        let error = example(name, address).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn they_fail_in_sentences_and_do_not_hang() {
    let server = Server::start(PROGRAM, &[]);
    let address = server.address().to_string();
    let _anna = server.join("anna");
    fails("anna", &address, "you cannot be called anna: ");
    fails("two words", &address, "a name holds no space");
    fails("bot", "host:x", "a port is a number");
    let port = Port::take().expect("a port");
    let nowhere = format!("127.0.0.1:{}", port.number());
    fails("bot", &nowhere, &format!("nobody listens on {nowhere}; "));
}

#[test]
fn the_bot_greets() {
    let server = Server::start(PROGRAM, &[]);
    let mut anna = server.join("anna");
    let address = server.address().to_string();
    thread::spawn(move || bot::bot(["bot".to_owned(), address].into_iter()).is_ok());
    anna.skip_to("CAME * lobby bot");
    let _bert = server.join("bert");
    anna.skip_to("SAID * lobby bot welcome, bert!");
}
