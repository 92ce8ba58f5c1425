//! Our handshake and frames against an independent peer: a Python program, written from the
//! protocol's page alone, over another implementation of Noise.
//!
//! `CHALKTALK_PYTHON` names the interpreter, else `python3`; where it does not have the package
//! `noiseprotocol`, that is said, and nothing is tested.

use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use chalktalk::secure::code::Fingerprint;
use chalktalk::secure::handshake::Halves;
use chalktalk::secure::{
    ClientHandshake, Entropy, Identity, JoinCode, Keys, PrivateKey, PublicKey, Secret,
    ServerHandshake, hex,
};
use chalktalk::server::{Config, Noise, Security, Server};
use chalktalk_tests::harness::{DEADLINE, Lines as _, Program};
use chalktalk_tests::skipped;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/noise_peer.py");

/// Text of many lines, longer than a frame.
fn long_text() -> Vec<u8> {
    (0..4000)
        .flat_map(|number| format!("SAY line {number}\n").into_bytes())
        .collect()
}

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

fn private(entropy: &Entropy) -> PrivateKey {
    PrivateKey::from_bytes(entropy.bytes().unwrap())
}

/// Reads until the handshake is through; what was read beyond it is the first of the frames.
fn handshake<T, E: std::fmt::Debug>(
    stream: &mut TcpStream,
    mut read: impl FnMut(&mut &[u8], &mut Vec<u8>) -> Result<Option<T>, E>,
) -> (T, Vec<u8>) {
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the peer has closed the connection");
        let (mut input, mut out) = (&buffer[..count], Vec::new());
        let result = read(&mut input, &mut out).unwrap();
        stream.write_all(&out).unwrap();
        if let Some(through) = result {
            return (through, input.to_vec());
        }
    }
}

/// Sends back whatever comes, until it ends.
fn echo(mut stream: TcpStream, mut halves: Halves, first: &[u8]) {
    let mut buffer = [0; 4096];
    let (mut plain, mut sealed) = (Vec::new(), Vec::new());
    halves.opener.open(first, &mut plain).unwrap();
    while !halves.opener.has_ended() {
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the stream was cut");
        halves.opener.open(&buffer[..count], &mut plain).unwrap();
        halves.sealer.seal(&plain, &mut sealed);
        stream.write_all(&sealed).unwrap();
        plain.clear();
        sealed.clear();
    }
    halves.sealer.end(&mut sealed);
    stream.write_all(&sealed).unwrap();
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

#[test]
fn a_client_of_another_make_joins_our_server() {
    let entropy = Entropy::open().unwrap();
    let identity = Arc::new(Identity::new(Keys::from_random(&entropy.bytes().unwrap())));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let Some(mut child) = peer(&["join", "127.0.0.1", &port, &identity.code().to_string()]) else {
        return;
    };
    let mut stdin = child.stdin.take().unwrap();
    let server = std::thread::spawn(move || {
        let mut stream = accept(&listener);
        stream.write_all(identity.line()).unwrap();
        let mut server = ServerHandshake::new(identity, private(&entropy));
        let (halves, first) = handshake(&mut stream, |input, out| server.read(input, out));
        echo(stream, halves, &first);
    });
    let speaker = std::thread::spawn(move || stdin.write_all(&long_text()));
    let output = finished(child);
    assert!(
        output.stdout == long_text(),
        "what came back is not what was said"
    );
    server.join().unwrap();
    speaker.join().unwrap().unwrap();
}

#[test]
fn a_client_of_another_make_chats_on_our_server() {
    let entropy = Entropy::open().unwrap();
    let identity = Arc::new(Identity::new(Keys::from_random(&entropy.bytes().unwrap())));
    let code = identity.code().to_string();
    let config = Config {
        listen: vec!["127.0.0.1:0".parse().unwrap()],
        security: Security::Noise(Arc::new(Noise::new(identity, entropy))),
        ..Config::default()
    };
    let server = Server::start(config).unwrap();
    let port = server.addresses()[0].port().to_string();
    let Some(mut child) = peer(&["join", "127.0.0.1", &port, &code]) else {
        return;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(b"NAME petra\nSAY from another make\n@q QUIT\n")
        .unwrap();
    drop(stdin);
    let heard = String::from_utf8(finished(child).stdout).unwrap();
    let lines: Vec<&str> = heard.lines().collect();
    assert!(lines[0].starts_with("CHALKTALK 1 noise "), "{heard}");
    let said = lines
        .iter()
        .any(|line| line.ends_with(" lobby petra from another make"));
    assert!(said, "{heard}");
    assert!(lines.last().unwrap().starts_with("BYE quit "), "{heard}");
}

#[test]
fn a_client_of_another_make_with_a_wrong_secret_is_closed() {
    let keys = Keys::from_random(&[3; 37]);
    let identity = Arc::new(Identity::new(keys));
    let mut code = identity.code().clone();
    code.secret = Secret::from_bytes([0; 5]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let Some(child) = peer(&["join", "127.0.0.1", &port, &code.to_string()]) else {
        return;
    };
    let mut stream = accept(&listener);
    stream.write_all(identity.line()).unwrap();
    let mut server = ServerHandshake::new(identity, PrivateKey::from_bytes([4; 32]));
    let mut buffer = [0; 1024];
    let mut out = Vec::new();
    let refused = loop {
        let count = stream.read(&mut buffer).unwrap();
        match server.read(&mut &buffer[..count], &mut out) {
            Ok(None) => assert_ne!(count, 0),
            other => break other.is_err(),
        }
    };
    assert!(refused && out.is_empty());
    drop(stream);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
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

#[test]
fn our_client_joins_a_server_of_another_make() {
    let Some(mut child) = peer(&["serve"]) else {
        return;
    };
    let (port, code) = announced(&mut child);
    let code = JoinCode::parse(&code).unwrap();

    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    // Only what the code names is known of the key, so the first line is looked at, as by our client.
    let mut line = [0; 83];
    stream.read_exact(&mut line).unwrap();
    let key = hex::decode(&line[18..82]).unwrap();
    let server = PublicKey::from_bytes(key);
    assert_eq!(Fingerprint::of(&server), code.fingerprint);
    let ephemeral = private(&Entropy::open().unwrap());
    let mut client = ClientHandshake::new(server, code.secret, ephemeral);
    let mut answer = Vec::new();
    assert!(client.read(&mut &line[..], &mut answer).unwrap().is_none());
    stream.write_all(&answer).unwrap();
    let (mut halves, first) = handshake(&mut stream, |input, out| client.read(input, out));
    let mut sealed = Vec::new();
    halves.sealer.seal(&long_text(), &mut sealed);
    halves.sealer.end(&mut sealed);
    let mut writer = stream.try_clone().unwrap();
    let speaker = std::thread::spawn(move || writer.write_all(&sealed));
    let mut plain = Vec::new();
    halves.opener.open(&first, &mut plain).unwrap();
    let mut buffer = [0; 4096];
    while !halves.opener.has_ended() {
        let count = stream.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the stream was cut");
        halves.opener.open(&buffer[..count], &mut plain).unwrap();
    }
    assert!(plain == long_text(), "what came back is not what was said");
    speaker.join().unwrap().unwrap();
    finished(child);
}
