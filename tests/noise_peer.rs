//! Our handshake and frames against an independent peer: a Python program, written from the
//! protocol's page alone, over another implementation of Noise.
//!
//! `CHALKTALK_PYTHON` names the interpreter, else `python3`; where it does not have the package
//! `noiseprotocol`, that is said, and nothing is tested.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use chalktalk::secure::{Entropy, Identity, Keys};
use chalktalk::server::{Config, Limits, Noise, Security, Server};
use chalktalk_tests::harness::{Lines as _, Program};
use chalktalk_tests::skipped;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/noise_peer.py");

fn python() -> Command {
    let program = std::env::var_os("CHALKTALK_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(program);
    command.arg(PEER);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the peer, or says loudly that it cannot be had.
fn peer(arguments: &[&str]) -> Option<Child> {
    let without = |why: &str| {
        skipped::say(&format!(
            "no independent peer for the encrypted mode: {why}"
        ));
    };
    match Command::new(python().get_program())
        .args(["-c", "import noise.connection"])
        .output()
    {
        Err(error) => without(&format!("no Python: {error}")),
        Ok(output) if !output.status.success() => without("Python has no package noiseprotocol"),
        Ok(_) => return Some(python().args(arguments).spawn().unwrap()),
    }
    None
}

fn finished(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the peer gave up: {said}");
    output
}

#[test]
fn a_client_of_another_make_chats_on_our_server() {
    let entropy = Entropy::open().unwrap();
    let identity = Arc::new(Identity::new(Keys::from_random(&entropy.bytes().unwrap())));
    let code = identity.code().to_string();
    let config = Config {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        security: Security::Noise(Arc::new(Noise::new(identity, entropy))),
        limits: Limits::default().lifted(),
        ..Config::default()
    };
    let server = Server::start(config).unwrap();
    let port = server.addresses()[0].port().to_string();
    let Some(mut child) = peer(&["join", "127.0.0.1", &port, &code]) else {
        return;
    };
    // Longer than a frame, both ways.
    let said: Vec<String> = (0..4000).map(|number| format!("line {number}")).collect();
    let typed = format!("NAME petra\nSAY {}\n@q QUIT\n", said.join("\nSAY "));
    let mut stdin = child.stdin.take().unwrap();
    let speaker = std::thread::spawn(move || stdin.write_all(typed.as_bytes()));
    let heard = String::from_utf8(finished(child).stdout).unwrap();
    speaker.join().unwrap().unwrap();
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

/// The port and the code that a server of another make tells.
fn announced(child: &mut Child) -> (String, String) {
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let (port, code) = line.trim().split_once(' ').expect("a port and a code");
    (port.to_owned(), code.to_owned())
}

#[test]
fn our_client_chats_on_a_server_of_another_make() {
    let Some(mut child) = peer(&["chat"]) else {
        return;
    };
    let (port, code) = announced(&mut child);
    let folder = format!("chalktalk-peer-{}", std::process::id());
    let folder = std::env::temp_dir().join(folder);
    let mut anna = Program::new(env!("CARGO_BIN_EXE_chalktalk"))
        .arguments(&["join", &format!("127.0.0.1:{port}"), "--name", "anna"])
        .environment("CHALKTALK_CODE", &code)
        .environment("XDG_STATE_HOME", folder.to_str().unwrap())
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
    finished(child);
    let _ = std::fs::remove_dir_all(folder);
}
