//! Public test vectors, where they lie beside the checkout: `../shared/vectors`, or the
//! folder that `CHALKTALK_VECTORS` names. They are large, and other people's; those of the RFCs
//! are typed into the unit tests and run everywhere.

use std::collections::BTreeMap;

use std::path::{Path, PathBuf};

use chalktalk::secure::aead;
use chalktalk::secure::noise::{Initiator, Responder};
use chalktalk::secure::{PrivateKey, PublicKey};
use chalktalk_tests::skipped;

/// A file's text, or `None` and a word about it that no test runner swallows.
fn vectors(name: &str) -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = std::env::var_os("CHALKTALK_VECTORS").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path);
    if let Err(error) = &text {
        let path = path.display();
        skipped::say(&format!("the vectors of {path} were not run: {error}"));
    }
    text.ok()
}

fn bytes(digits: &str) -> Vec<u8> {
    let digits = digits.trim_start_matches('-').as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty(), "half a byte");
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(byte).collect()
}

fn fixed<const N: usize>(digits: &str) -> [u8; N] {
    bytes(digits)
        .try_into()
        .expect("a value of the right length")
}

/// The rows of a table: not the comments, not the empty lines.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').collect())
}

#[test]
fn x25519_agrees_with_the_public_vectors() {
    let Some(text) = vectors("x25519.txt") else {
        return;
    };
    let mut count = 0;
    for row in rows(&text) {
        let [id, _, private, public, shared, flags] = row[..] else {
            panic!("a row of other columns: {row:?}");
        };
        let private = PrivateKey::from_bytes(fixed(private));
        let public = PublicKey::from_bytes(fixed(public));
        let expected: [u8; 32] = fixed(shared);
        // All zeros is what the vectors give for points of low order, and what is refused here.
        let expected = (expected != [0; 32]).then_some(expected);
        assert_eq!(private.shared(&public), expected, "vector {id}, {flags}");
        count += 1;
    }
    assert_eq!(count, 518, "all of the table");
}

#[test]
fn sealing_and_opening_agree_with_the_public_vectors() {
    let Some(text) = vectors("chacha20_poly1305.txt") else {
        return;
    };
    let mut count = 0;
    for row in rows(&text) {
        let [
            id,
            result,
            key,
            nonce,
            additional,
            plain,
            sealed,
            tag,
            flags,
        ] = row[..]
        else {
            panic!("a row of other columns: {row:?}");
        };
        let (key, nonce, tag) = (fixed(key), fixed(nonce), fixed(tag));
        let (additional, plain, sealed) = (bytes(additional), bytes(plain), bytes(sealed));
        let mut text = sealed.clone();
        let opened = aead::open(&key, &nonce, &additional, &mut text, &tag);
        if result == "valid" {
            assert_eq!((opened, &text), (Ok(()), &plain), "vector {id}, {flags}");
            let given = aead::seal(&key, &nonce, &additional, &mut text);
            assert_eq!((given, text), (tag, sealed), "vector {id}, {flags}");
        } else {
            assert_eq!(
                (opened, text),
                (Err(aead::BadTag), sealed),
                "vector {id}, {flags}"
            );
        }
        count += 1;
    }
    assert_eq!(count, 316, "all of the table");
}

/// One vector of the handshake: its values, and its messages as payload and what is sent.
struct Handshake<'a> {
    values: BTreeMap<&'a str, &'a str>,
    messages: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Handshake<'_> {
    fn value(&self, key: &str) -> Vec<u8> {
        bytes(self.values[key])
    }

    fn private(&self, key: &str) -> PrivateKey {
        PrivateKey::from_bytes(fixed(self.values[key]))
    }
}

fn handshake(paragraph: &str) -> Handshake<'_> {
    let mut values = BTreeMap::new();
    let mut messages = Vec::new();
    for row in rows(paragraph) {
        match row[..] {
            ["message", payload, sent] => messages.push((bytes(payload), bytes(sent))),
            [key, value] => drop(values.insert(key, value)),
            _ => panic!("neither a value nor a message: {row:?}"),
        }
    }
    Handshake { values, messages }
}

#[test]
fn the_handshake_agrees_with_the_public_vectors() {
    let Some(text) = vectors("noise.txt") else {
        return;
    };
    let ours = "Noise_NKpsk0_25519_ChaChaPoly_BLAKE2s";
    let all = text.split("\n\n").map(handshake);
    let ours: Vec<_> = all
        .filter(|vector| vector.values.get("protocol_name") == Some(&ours))
        .collect();
    assert!(!ours.is_empty(), "a vector of this pattern");
    ours.iter().for_each(check_handshake);
}

fn check_handshake(vector: &Handshake<'_>) {
    let server_private = vector.private("resp_static");
    let server = server_private.public();
    assert_eq!(vector.value("init_remote_static"), server.as_bytes());
    let (init_psk, resp_psk) = (
        fixed(vector.values["init_psks"]),
        fixed(vector.values["resp_psks"]),
    );
    let [first, second, later @ ..] = &vector.messages[..] else {
        panic!("fewer messages than a handshake has");
    };

    let (mut message, mut payload) = (Vec::new(), Vec::new());
    let prologue = vector.value("init_prologue");
    let ephemeral = vector.private("init_ephemeral");
    let initiator = Initiator::start(
        &prologue,
        &server,
        &init_psk,
        ephemeral,
        &first.0,
        &mut message,
    )
    .unwrap();
    assert_eq!(message, first.1);
    let prologue = vector.value("resp_prologue");
    let pair = (&server_private, &server);
    let responder = Responder::start(&prologue, pair, &resp_psk, &message, &mut payload).unwrap();
    assert_eq!(payload, first.0);

    message.clear();
    payload.clear();
    let ephemeral = vector.private("resp_ephemeral");
    let mut responder = responder
        .finish(&ephemeral, &second.0, &mut message)
        .unwrap();
    assert_eq!(message, second.1);
    let mut initiator = initiator.finish(&message, &mut payload).unwrap();
    assert_eq!(payload, second.0);

    let hash: [u8; 32] = fixed(vector.values["handshake_hash"]);
    assert_eq!(
        (initiator.handshake_hash, responder.handshake_hash),
        (hash, hash)
    );
    for (at, (payload, sent)) in later.iter().enumerate() {
        let (from, to) = if at % 2 == 0 {
            (&mut initiator.sending, &mut responder.receiving)
        } else {
            (&mut responder.sending, &mut initiator.receiving)
        };
        let mut text = payload.clone();
        from.seal(&[], &mut text, 0);
        assert_eq!(text, *sent);
        to.open(&[], &mut text, 0).unwrap();
        assert_eq!(text, *payload);
    }
}
