//! An encrypted server on real sockets, against a peer that seals by hand, one that does not, and our own client.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use chalktalk::client::{Address, Client, Ending, Event, Settings, Trouble};
use chalktalk::secure::trust::Pin;
use chalktalk::secure::{
    ClientHandshake, Entropy, Identity, JoinError, Keys, Opener, PrivateKey, Sealer, Secret,
};
use chalktalk::server::{Limits, Noise, Security, Server};
use chalktalk_tests::harness::{DEADLINE, Lines, serve_here};

/// A running server, and what it knows of itself.
struct Encrypted {
    server: Server,
    identity: Arc<Identity>,
    noise: Arc<Noise>,
}

impl Encrypted {
    fn start(limits: Limits) -> Encrypted {
        let entropy = Entropy::open().unwrap();
        let identity = Arc::new(Identity::new(Keys::from_random(&entropy.bytes().unwrap())));
        let noise = Arc::new(Noise::new(Arc::clone(&identity), entropy));
        let server = serve_here(limits, Security::Noise(Arc::clone(&noise)));
        Encrypted {
            server,
            identity,
            noise,
        }
    }

    fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        stream
    }

    /// Through the handshake, or what ended it.
    fn shake_hands(&self, secret: &Secret) -> Result<Sealed, JoinError> {
        let mut stream = self.connect();
        let ephemeral = Entropy::open().unwrap().bytes().unwrap();
        let (server, ephemeral) = (*self.identity.public(), PrivateKey::from_bytes(ephemeral));
        let mut handshake = ClientHandshake::new(server, secret.clone(), ephemeral);
        let mut space = [0; 256];
        loop {
            let bytes = stream.read(&mut space).unwrap();
            if bytes == 0 {
                return Err(JoinError::NotAdmitted);
            }
            let (mut input, mut answer) = (&space[..bytes], Vec::new());
            let joined = handshake.read(&mut input, &mut answer)?;
            stream.write_all(&answer).unwrap();
            if let Some(joined) = joined {
                let (sealer, mut opener) = (joined.sealer, joined.opener);
                let mut plain = Vec::new();
                opener.open(input, &mut plain).unwrap();
                return Ok(Sealed {
                    stream,
                    sealer,
                    opener,
                    plain,
                });
            }
        }
    }

    fn join(&self, name: &str) -> Sealed {
        let mut sealed = self.shake_hands(&self.identity.code().secret).unwrap();
        sealed.expect("CHALKTALK 1 noise Welcome*");
        sealed.send(&format!("NAME {name}\n"));
        sealed.skip_to(&format!("CAME *{name}"));
        sealed
    }
}

/// A peer that seals and opens by hand.
struct Sealed {
    stream: TcpStream,
    sealer: Sealer,
    opener: Opener,
    plain: Vec<u8>,
}

impl Sealed {
    fn frames(&mut self, text: &str) -> Vec<u8> {
        let mut frames = Vec::new();
        self.sealer.seal(text.as_bytes(), &mut frames);
        frames
    }

    fn send(&mut self, text: &str) {
        let frames = self.frames(text);
        self.stream.write_all(&frames).unwrap();
    }

    /// More of what comes; false at the end.
    fn fill(&mut self) -> bool {
        let mut space = [0; 4096];
        let bytes = self.stream.read(&mut space).unwrap_or(0);
        self.opener.open(&space[..bytes], &mut self.plain).unwrap();
        bytes > 0
    }
}

impl Lines for Sealed {
    fn next_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.plain.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8(self.plain.drain(..=end).collect()).unwrap();
                return Some(line.trim_end().to_owned());
            }
            if !self.fill() {
                return None;
            }
        }
    }
}

/// Everything that still comes; a reset is an end too.
fn rest(mut stream: &TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn inside_the_frames_are_the_lines_of_the_open_protocol() {
    let server = Encrypted::start(Limits::default());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    // However a line is cut over frames and bytes.
    for part in ["@1 SA", "Y good", " morning", "\n"] {
        for byte in anna.frames(part) {
            anna.stream.write_all(&[byte]).unwrap();
        }
    }
    anna.skip_to("@1 OK *");
    for one in [&mut anna, &mut bert] {
        one.skip_to("* lobby anna good morning");
    }
    anna.send("QUIT\n");
    anna.rest();
    assert!(anna.opener.has_ended(), "the end was not sealed");
    bert.skip_to("* lobby anna quit");
    assert_eq!(server.noise.refused(), 0);
}

#[test]
fn a_wrong_secret_is_closed_without_a_word_and_counted() {
    let server = Encrypted::start(Limits::default());
    for tries in 1..=3 {
        let refused = server.shake_hands(&Secret::from_bytes([0; 5])).err();
        assert_eq!(refused, Some(JoinError::NotAdmitted));
        assert_eq!(server.noise.refused(), tries);
    }
    let mut told = Vec::new();
    server.server.console(&b"who\n"[..], &mut told);
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("\n3 refused for a wrong code"), "{told}");
    server.join("anna");
}

#[test]
fn a_peer_that_does_not_encrypt_is_told_one_sentence() {
    let server = Encrypted::start(Limits::default());
    let mut stream = server.connect();
    stream.write_all(b"NAME anna\nSAY hello\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let told = rest(&stream);
    let told = told.strip_prefix(server.identity.line()).unwrap();
    let told = str::from_utf8(told).unwrap();
    assert!(
        told.starts_with("BYE encrypted this chat is encrypted"),
        "{told}"
    );
    assert_eq!(told.matches('\n').count(), 1, "{told}");
}

#[test]
fn a_forged_frame_ends_it_without_a_word() {
    let server = Encrypted::start(Limits::default());
    let mut bert = server.join("bert");
    let mut anna = server.join("anna");
    let mut frames = anna.frames("SAY altered\n");
    *frames.last_mut().unwrap() ^= 1;
    anna.stream.write_all(&frames).unwrap();
    while anna.fill() {}
    let told = String::from_utf8(anna.plain).unwrap();
    assert!(!told.contains("BYE") && !told.contains("altered"), "{told}");
    bert.skip_to("* lobby anna lost");
    let all = String::from_utf8(bert.plain).unwrap();
    assert!(!all.contains("altered"), "{all}");
}

#[test]
fn an_end_that_was_not_sealed_is_a_cut() {
    let server = Encrypted::start(Limits::default());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    anna.stream.shutdown(Shutdown::Write).unwrap();
    anna.skip_to("BYE lost *");
    bert.skip_to("* lobby anna lost");
}

#[test]
fn whoever_does_not_shake_hands_in_time_is_closed() {
    let limits = Limits {
        name_deadline: std::time::Duration::from_millis(100),
        ..Limits::default()
    };
    let server = Encrypted::start(limits);
    let mut stream = server.connect();
    stream.write_all(b"NOISE 1\n\0").unwrap();
    let told = rest(&stream);
    assert!(told == server.identity.line(), "{told:?}");
}

#[test]
fn those_who_never_shake_hands_keep_nobody_out() {
    let server = Encrypted::start(Limits::default());
    // The first has been told who the server is; whoever comes in a crowd may be gone before that.
    let first = server.connect();
    first.peek(&mut [0]).unwrap();
    // More than one address may have without a name; the oldest go.
    let mut idle = vec![first];
    idle.extend((0..90).map(|_| server.connect()));
    let mut half = server.connect();
    half.write_all(b"NOISE 1\n\0").unwrap();
    idle.push(half);
    server.join("anna");
    let gone = rest(&idle[0]);
    assert!(gone.starts_with(server.identity.line()), "{gone:?}");
}

#[test]
fn what_waits_for_one_that_stalls_arrives_whole_and_in_order() {
    const LINES: usize = 600;
    let limits = Limits {
        slow_bytes_max: 64 * 1024 * 1024,
        ..Limits::default().lifted()
    };
    let server = Encrypted::start(limits);
    let (mut slow, mut bert) = (server.join("slow"), server.join("bert"));
    let words = "x".repeat(15_000);
    // More than two sockets hold, and bert reads, so only slow can be behind.
    for number in 0..LINES {
        bert.send(&format!("SAY {number} {words}\n"));
        bert.skip_to(&format!("* bert {number} x*"));
    }
    for number in 0..LINES {
        let line = slow.skip_to("SAID *");
        let expected = format!(" lobby bert {number} {words}");
        assert!(line.ends_with(&expected), "line {number}");
    }
}

fn settings(address: SocketAddr) -> Settings {
    let address = Address::parse(&address.to_string()).unwrap();
    Settings::new("anna").unwrap().at(address)
}

#[track_caller]
fn ends_with(settings: Settings, expected: &Trouble) {
    let (_client, events) = Client::connect(settings).unwrap();
    let ended = std::iter::from_fn(|| events.recv_timeout(DEADLINE).ok())
        .find(|event| matches!(event, Event::Ended(_)));
    assert_eq!(ended, Some(Event::Ended(Ending::Failed(expected.clone()))));
}

fn pin(server: &Encrypted, secret: &Secret) -> Pin {
    let (server, secret) = (*server.identity.public(), secret.clone());
    Pin::Key { server, secret }
}

#[test]
fn our_client_says_why_it_does_not_come_in() {
    let server = Encrypted::start(Limits::default());
    let other = Encrypted::start(Limits::default());
    let open = serve_here(Limits::default(), Security::Open);
    let here = || settings(server.address());
    ends_with(here(), &Trouble::Encrypted);
    let wrong = Secret::from_bytes([0; 5]);
    ends_with(
        here().pinned(pin(&server, &wrong)),
        &Trouble::NotJoined(JoinError::NotAdmitted),
    );
    let right = &server.identity.code().secret;
    ends_with(here().pinned(pin(&other, right)), &Trouble::OtherServer);
    let plain = settings(open.addresses()[0]).pinned(pin(&server, right));
    ends_with(plain, &Trouble::OtherServer);
}
