//! Our handshake and frames against an independent peer: a Python program, written from the
//! protocol's page alone, over another implementation of Noise.
//!
//! `CHALKTALK_PYTHON` names the interpreter, else `python3`; where it does not have the package
//! `noiseprotocol`, that is said, and nothing is tested.

use chalktalk::secure::{Entropy, Identity, Keys};
use chalktalk::server::{Limits, Noise, Security};
use chalktalk_tests::harness::{Lines as _, Process, Program, serve_here};
use chalktalk_tests::skipped;
use std::process::Command;
use std::sync::Arc;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/noise_peer.py");

/// Starts the peer, or says loudly that it cannot be had.
fn peer(arguments: &[&str]) -> Option<Process> {
    let python = std::env::var("CHALKTALK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut import = Command::new(&python);
    let why = match import.args(["-c", "import noise.connection"]).output() {
        Err(error) => format!("no Python: {error}"),
        Ok(output) if !output.status.success() => "Python has no package noiseprotocol".to_owned(),
        Ok(_) => {
            let program = Program::new(&python).arguments(&[PEER]);
            return Some(program.arguments(arguments).start());
        }
    };
    skipped::say(&format!(
        "no independent peer for the encrypted mode: {why}"
    ));
    None
}

#[test]
fn a_client_of_another_make_chats_on_our_server() {
    let entropy = Entropy::open().unwrap();
    let identity = Arc::new(Identity::new(Keys::from_random(&entropy.bytes().unwrap())));
    let code = identity.code().to_string();
    let noise = Arc::new(Noise::new(identity, entropy));
    let server = serve_here(Limits::default().lifted(), Security::Noise(noise));
    let port = server.addresses()[0].port().to_string();
    let Some(mut peer) = peer(&["join", "127.0.0.1", &port, &code]) else {
        return;
    };
    // Longer than a frame, both ways.
    let said: Vec<String> = (0..4000).map(|number| format!("line {number}")).collect();
    let typed = format!("NAME petra\nSAY {}\n@q QUIT\n", said.join("\nSAY "));
    peer.type_raw(typed.as_bytes());
    peer.close_input();
    assert!(peer.wait().success());
    let heard = peer.output.all();
    assert!(heard.starts_with("CHALKTALK 1 noise "), "{heard}");
    let lines = heard.lines();
    let came = lines.filter_map(|line| line.split_once(" lobby petra line "));
    let came = came.map(|(_, number)| format!("line {number}"));
    assert!(came.eq(said), "{heard}");
    assert!(
        heard.lines().last().unwrap().starts_with("BYE quit "),
        "{heard}"
    );
}

#[test]
fn our_client_chats_on_a_server_of_another_make() {
    let Some(mut peer) = peer(&["chat"]) else {
        return;
    };
    let announced = peer.output.next_line().expect("a port and a code");
    let (port, code) = announced.split_once(' ').expect("a port and a code");
    let mut anna = Program::new(env!("CARGO_BIN_EXE_chalktalk"))
        .arguments(&["join", &format!("127.0.0.1:{port}"), "--name", "anna"])
        .environment("CHALKTALK_CODE", code)
        .start();
    anna.output
        .expect(&format!("# connected to 127.0.0.1:{port} (noise)"));
    anna.output.expect("* welcome, anna");
    anna.output.skip_to("* in lobby: anna, petra");
    anna.type_line("what nobody else has to know");
    anna.output.expect("anna: what nobody else has to know");
    anna.output
        .expect("petra: I hear: what nobody else has to know");
    anna.close_input();
    assert_eq!(anna.wait().code(), Some(0));
    assert!(peer.wait().success());
}
