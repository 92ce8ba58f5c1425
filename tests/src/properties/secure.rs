//! What holds of every handshake and every frame, whatever somebody on the way does to them.

use std::sync::{Arc, LazyLock};

use chalktalk::secure::handshake::Halves;
use chalktalk::secure::{
    ClientHandshake, FrameError, Identity, JoinError, Keys, Opener, PrivateKey, Refusal, Secret,
    ServerHandshake,
};

/// Bytes before a frame, and the tag at its end.
const FRAME_OVERHEAD_BYTES: usize = 2 + 16;

/// One server for all tests, since its fingerprint costs 16,384 hashes.
static SERVER: LazyLock<Arc<Identity>> =
    LazyLock::new(|| Arc::new(Identity::new(Keys::from_random(&[0x5a; 37]))));

/// Another one, which nobody joins. What it would accept is never made: a fuzzer, which watches
/// what is compared with what, would find it and play it back.
static UNVISITED: LazyLock<Arc<Identity>> =
    LazyLock::new(|| Arc::new(Identity::new(Keys::from_random(&[0xa5; 37]))));

/// The server of these properties.
#[must_use]
pub fn identity() -> Arc<Identity> {
    Arc::clone(&SERVER)
}

/// The server that nobody joins.
#[must_use]
pub fn unvisited() -> Arc<Identity> {
    Arc::clone(&UNVISITED)
}

/// The server's side of a fresh connection.
#[must_use]
pub fn server_of(identity: Arc<Identity>) -> ServerHandshake {
    ServerHandshake::new(identity, PrivateKey::from_bytes([2; 32]))
}

/// The side of a client which knows that server already.
#[must_use]
pub fn client_of(identity: &Identity, secret: &Secret) -> ClientHandshake {
    let ephemeral = PrivateKey::from_bytes([1; 32]);
    ClientHandshake::new(*identity.public(), secret.clone(), ephemeral)
}

/// The server's side of a fresh connection to [`identity`].
#[must_use]
pub fn server() -> ServerHandshake {
    server_of(identity())
}

/// The client's side of one, with that secret.
#[must_use]
pub fn client(secret: &Secret) -> ClientHandshake {
    client_of(&identity(), secret)
}

/// All that the two sides send until they are through.
#[derive(Clone)]
pub struct Script {
    /// The server's line.
    pub line: Vec<u8>,
    /// The client's line and message 1.
    pub first: Vec<u8>,
    /// Message 2.
    pub second: Vec<u8>,
    /// The client's empty frame.
    pub third: Vec<u8>,
}

/// A handshake that succeeds: what was said, and both ends.
#[must_use]
pub fn connect() -> (Script, Halves, Halves) {
    let (mut client, mut server) = (client(&identity().code().secret), server());
    let line = identity().line().to_vec();
    let (mut first, mut second, mut third, mut fourth) = (vec![], vec![], vec![], vec![]);
    assert!(matches!(client.read(&mut &line[..], &mut first), Ok(None)));
    assert!(matches!(
        server.read(&mut &first[..], &mut second),
        Ok(None)
    ));
    let joined = client.read(&mut &second[..], &mut third);
    let halves = server.read(&mut &third[..], &mut fourth);
    assert!(fourth.is_empty(), "the server says nothing after message 2");
    let script = Script {
        line,
        first,
        second,
        third,
    };
    let joined = joined.ok().flatten().expect("the client is through");
    let halves = halves.ok().flatten().expect("the server is through");
    (script, joined, halves)
}

/// Whatever a stranger sends, in whatever pieces, a server answers nothing and seats nobody.
pub fn no_stranger_is_answered(bytes: &[u8]) {
    let mut server = server_of(unvisited());
    let mut out = Vec::new();
    let mut over = None;
    for mut piece in pieces(bytes) {
        let before = piece.len();
        match server.read(&mut piece, &mut out) {
            Ok(None) => assert!(piece.is_empty() && over.is_none(), "all is taken in"),
            Ok(Some(_)) => panic!("a stranger is seated"),
            Err(refusal) => over = over.or(Some(refusal)),
        }
        assert!(piece.len() <= before);
    }
    assert!(out.is_empty(), "a stranger is answered");
    let line = b"NOISE 1\n";
    if over == Some(Refusal::NotNoise) {
        assert!(!line.starts_with(bytes) && !bytes.starts_with(line));
    }
}

/// Whatever a false server sends, in whatever pieces, a client is not joined to it, and says
/// nothing unless it has seen the right key.
pub fn no_false_server_is_joined(bytes: &[u8]) {
    let right = unvisited();
    let mut client = client_of(&right, &right.code().secret);
    let mut out = Vec::new();
    let mut over: Option<JoinError> = None;
    for mut piece in pieces(bytes) {
        match client.read(&mut piece, &mut out) {
            Ok(None) => assert!(piece.is_empty() && over.is_none(), "all is taken in"),
            Ok(Some(_)) => panic!("a false server is joined"),
            Err(error) => assert_eq!(*over.get_or_insert(error), error, "an error stays"),
        }
    }
    assert!(out.is_empty() || bytes.starts_with(right.line()));
}

/// Whatever somebody on the way does to what is said before both are through, one of them is
/// not: the first byte chooses the message, the second the place, the rest is XORed over it.
pub fn an_altered_handshake_fails(bytes: &[u8]) {
    let [which, place, change @ ..] = bytes else {
        return;
    };
    let (mut script, _, _) = connect();
    let message = match which % 4 {
        0 => &mut script.line,
        1 => &mut script.first,
        2 => &mut script.second,
        _ => &mut script.third,
    };
    let place = usize::from(*place) % message.len();
    let before = message.clone();
    for (byte, change) in message[place..].iter_mut().zip(change) {
        *byte ^= change;
    }
    if *message == before {
        return;
    }
    let (mut client, mut server) = (client(&identity().code().secret), server());
    let to_client = [script.line, script.second].concat();
    let to_server = [script.first, script.third].concat();
    let joined = client.read(&mut &to_client[..], &mut Vec::new());
    let seated = server.read(&mut &to_server[..], &mut Vec::new());
    let through = matches!(joined, Ok(Some(_))) && matches!(seated, Ok(Some(_)));
    assert!(!through, "message {which} was altered at {place}");
}

/// Whatever is said, and wherever the stream is cut, it comes out as it went in.
pub fn what_is_sealed_opens(runs: &[&[u8]], cuts: &[u8]) {
    let (_, mut client, mut server) = connect();
    let mut sealed = Vec::new();
    for run in runs {
        let before = sealed.len();
        client.sealer.seal(run, &mut sealed);
        let frames = run.len().div_ceil(16 * 1024);
        assert_eq!(
            sealed.len() - before,
            run.len() + frames * FRAME_OVERHEAD_BYTES
        );
    }
    client.sealer.end(&mut sealed);
    let (opened, result) = open_in_pieces(&mut server.opener, &sealed, cuts);
    assert_eq!((opened, result), (runs.concat(), Ok(())));
    assert!(server.opener.has_ended());
    assert_eq!(
        server.opener.open(b"x", &mut Vec::new()),
        Err(FrameError::AfterEnd)
    );
}

/// Whatever comes that was not sealed, nothing comes out, and once refused all is refused.
pub fn nothing_opens_by_chance(bytes: &[u8], cuts: &[u8]) {
    let (_, _, mut server) = connect();
    let (opened, result) = open_in_pieces(&mut server.opener, bytes, cuts);
    assert!(opened.is_empty() && !server.opener.has_ended());
    if result.is_err() {
        let (_, mut client, _) = connect();
        let mut right = Vec::new();
        client.sealer.seal(b"x", &mut right);
        let mut plain = Vec::new();
        assert!(server.opener.open(&right, &mut plain).is_err());
        assert!(plain.is_empty());
    }
}

/// Feeds a stream in pieces, whose lengths the cuts give, over and over.
pub fn open_in_pieces(
    opener: &mut Opener,
    mut stream: &[u8],
    cuts: &[u8],
) -> (Vec<u8>, Result<(), FrameError>) {
    let mut plain = Vec::new();
    let mut cuts = cuts.iter().cycle();
    while !stream.is_empty() {
        // 0 stands for all that is left.
        let length = cuts.next().map_or(0, |cut| usize::from(*cut));
        let length = if length == 0 {
            stream.len()
        } else {
            length.min(stream.len())
        };
        let (piece, rest) = stream.split_at(length);
        stream = rest;
        if let Err(error) = opener.open(piece, &mut plain) {
            return (plain, Err(error));
        }
    }
    (plain, Ok(()))
}

/// The same bytes at once, then the rest one by one: the first byte says where that begins.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let at = bytes
        .first()
        .map_or(0, |byte| usize::from(*byte))
        .min(bytes.len());
    let (front, back) = bytes.split_at(at);
    [front].into_iter().chain(back.chunks(1))
}
