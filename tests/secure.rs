//! The encrypted connection against whoever sits on the line, and against mistakes.

use chalktalk::secure::handshake::Halves;
use chalktalk::secure::{
    ClientHandshake, FrameError, Identity, JoinCode, JoinError, Keys, PrivateKey, PublicKey,
    Refusal, Secret, ServerHandshake,
};
use chalktalk_tests::properties::secure::{
    Script, an_altered_handshake_fails, client, connect, identity, no_false_server_is_joined,
    no_stranger_is_answered, nothing_opens_by_chance, open_in_pieces, server, unvisited,
    what_is_sealed_opens,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_sealed_and_opened_however_they_are_cut(
        runs in vec(vec(any::<u8>(), 0..600), 0..6),
        cuts in vec(any::<u8>(), 0..8),
    ) {
        let runs: Vec<&[u8]> = runs.iter().map(Vec::as_slice).collect();
        what_is_sealed_opens(&runs, &cuts);
    }

    #[test]
    fn lengths_about_a_frames_are_sealed_and_opened(
        length in prop_oneof![16_360_usize..16_400, 32_760_usize..32_780],
        cuts in vec(100_u8.., 0..8),
    ) {
        what_is_sealed_opens(&[&vec![7; length]], &cuts);
    }

    #[test]
    fn bytes_that_were_not_sealed_never_open(
        bytes in vec(any::<u8>(), 0..200),
        length in 16_u16..64,
        cuts in vec(any::<u8>(), 0..8),
    ) {
        nothing_opens_by_chance(&bytes, &cuts);
        nothing_opens_by_chance(&[&length.to_be_bytes()[..], &bytes].concat(), &cuts);
    }

    #[test]
    fn a_stranger_is_neither_answered_nor_seated(bytes in vec(any::<u8>(), 0..120)) {
        no_stranger_is_answered(&bytes);
        no_stranger_is_answered(&[b"NOISE 1\n\0\x30", &bytes[..]].concat());
    }

    #[test]
    fn a_handshake_altered_anywhere_fails(
        front in any::<u16>(),
        change in vec(any::<u8>(), 0..8),
    ) {
        an_altered_handshake_fails(&[&front.to_be_bytes()[..], &change].concat());
    }

    #[test]
    fn a_false_server_is_not_joined(bytes in vec(any::<u8>(), 0..120)) {
        no_false_server_is_joined(&bytes);
        no_false_server_is_joined(&[unvisited().line(), b"\0\x30", &bytes].concat());
    }
}

/// Feeds a server everything a client sends; what it answers, and whether it seats the client.
fn serve(input: &[u8]) -> (Vec<u8>, Result<Option<Halves>, Refusal>) {
    let mut out = Vec::new();
    let result = server().read(&mut &input[..], &mut out);
    (out, result)
}

/// Feeds a client everything a server sends.
fn join(input: &[u8]) -> (Vec<u8>, Result<Option<Halves>, JoinError>) {
    let mut out = Vec::new();
    let result = client(&identity().code().secret).read(&mut &input[..], &mut out);
    (out, result)
}

fn script() -> Script {
    connect().0
}

/// Each input with one of its bits the other way.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..8 * bytes.len()).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// The example in `docs/PROTOCOL.md`, which another implementation of Noise computed.
#[test]
fn the_documented_example_comes_out() {
    let page = include_str!("../docs/PROTOCOL.md");
    let start = page
        .find("K          8f40")
        .expect("the page has an example");
    let example = &page[start..];
    let (example, _) = example.split_once("```").expect("the example ends");
    // The digits in the order of the page; the code and quoted texts are none.
    let digits: String = example
        .lines()
        .filter(|line| !line.starts_with("code"))
        .map(|line| line.get(11..75.min(line.len())).unwrap_or_default())
        .flat_map(|line| line.split(' ').take(1))
        .collect();
    let keys = Keys {
        private: counting_from(0x00),
        secret: Secret::from_bytes([0x01, 0x23, 0x45, 0x67, 0x89]),
    };
    let identity = Arc::new(Identity::new(keys));
    let key = identity.public().as_bytes();
    let mut said = key.to_vec();
    said.extend_from_slice(&identity.code().secret.psk(identity.public()));

    let mut server = ServerHandshake::new(Arc::clone(&identity), counting_from(0x40));
    let code = JoinCode::parse("1ZVW-G4PN-PPMN-3RDX-04HM-ASW9").unwrap();
    assert_eq!(code.fingerprint, identity.code().fingerprint);
    let mut client = ClientHandshake::new(*identity.public(), code.secret, counting_from(0x20));
    let (mut first, mut second, mut later) = (Vec::new(), Vec::new(), Vec::new());
    assert!(matches!(
        client.read(&mut identity.line(), &mut first),
        Ok(None)
    ));
    assert!(matches!(
        server.read(&mut &first[..], &mut second),
        Ok(None)
    ));
    let mut joined = client
        .read(&mut &second[..], &mut later)
        .ok()
        .flatten()
        .unwrap();
    let mut seated = server
        .read(&mut &later[..], &mut Vec::new())
        .ok()
        .flatten()
        .unwrap();
    seated.sealer.seal(b"CHALKTALK", &mut later);
    joined.sealer.seal(b"NAME anna\n", &mut later);
    joined.sealer.end(&mut later);
    said.extend([&first[b"NOISE 1\n".len()..], &second, &later].concat());
    assert_eq!(
        digits,
        said.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    );
}

fn counting_from(first: u8) -> PrivateKey {
    PrivateKey::from_bytes(std::array::from_fn(|at| first + u8::try_from(at).unwrap()))
}

#[test]
fn a_handshake_succeeds_however_it_is_cut() {
    let Script {
        line,
        first,
        second,
        third,
    } = script();
    let (from_server, from_client) = (
        [line, second].concat(),
        [first, third, b"rest".to_vec()].concat(),
    );
    for size in 1..=20 {
        let (mut client, mut server) = (client(&identity().code().secret), server());
        let mut joined = None;
        for mut piece in from_server.chunks(size) {
            joined = client.read(&mut piece, &mut Vec::new()).ok().unwrap();
        }
        assert!(joined.is_some());
        let mut rest = Vec::new();
        let mut seated = None;
        for mut piece in from_client.chunks(size) {
            if seated.is_none() {
                seated = server.read(&mut piece, &mut Vec::new()).ok().unwrap();
            }
            rest.extend_from_slice(piece);
        }
        assert!(seated.is_some());
        assert_eq!(rest, b"rest", "what follows is left for the opener");
    }
}

#[test]
fn every_flipped_bit_of_what_a_client_sends_keeps_it_out() {
    let script = script();
    for flipped in flips(&script.first) {
        let (out, result) = serve(&flipped);
        assert!(out.is_empty(), "it is answered");
        let expected = if flipped.starts_with(b"NOISE 1\n") {
            Refusal::Silent
        } else {
            Refusal::NotNoise
        };
        assert_eq!(result.err(), Some(expected));
    }
    for flipped in flips(&script.third) {
        let (out, result) = serve(&[&script.first[..], &flipped].concat());
        assert_eq!(out, script.second, "message 2 is all there is");
        assert_eq!(result.err(), Some(Refusal::Silent));
    }
}

#[test]
fn every_flipped_bit_of_what_a_server_sends_ends_the_joining() {
    let script = script();
    for flipped in flips(&script.line) {
        let (out, result) = join(&flipped);
        assert!(out.is_empty() && result.is_err(), "no word to {flipped:?}");
    }
    for flipped in flips(&script.second) {
        let (out, result) = join(&[&script.line[..], &flipped].concat());
        assert_eq!(out, script.first);
        assert_eq!(result.err(), Some(JoinError::Forged));
    }
}

#[test]
fn nothing_short_of_the_whole_seats_anybody() {
    let script = script();
    let from_client = [&script.first[..], &script.third].concat();
    for length in 0..from_client.len() {
        let (out, result) = serve(&from_client[..length]);
        assert!(matches!(result, Ok(None)));
        assert_eq!(out.is_empty(), length < script.first.len());
    }
    let from_server = [&script.line[..], &script.second].concat();
    for length in 0..from_server.len() {
        let (out, result) = join(&from_server[..length]);
        assert!(matches!(result, Ok(None)));
        assert_eq!(out.is_empty(), length < script.line.len());
    }
}

#[test]
fn a_recorded_beginning_gets_an_answer_and_no_seat() {
    let script = script();
    // Another connection: the server has another ephemeral key.
    let mut server = ServerHandshake::new(identity(), PrivateKey::from_bytes([9; 32]));
    let mut out = Vec::new();
    assert!(matches!(
        server.read(&mut &script.first[..], &mut out),
        Ok(None)
    ));
    assert_eq!(out.len(), script.second.len());
    assert_ne!(out, script.second);
    let result = server.read(&mut &script.third[..], &mut out);
    assert_eq!(result.err(), Some(Refusal::Silent));
}

/// Points of low order: with each of them every private key gives all zeros.
fn low_order_keys() -> [[u8; 32]; 4] {
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let mut modulus = minus_one;
    modulus[0] = 0xed;
    [[0; 32], one, minus_one, modulus]
}

#[test]
fn keys_of_low_order_are_refused_on_both_sides() {
    for key in low_order_keys() {
        let mut first = script().first;
        first[10..42].copy_from_slice(&key);
        let (out, result) = serve(&first);
        assert!(out.is_empty());
        assert_eq!(result.err(), Some(Refusal::Silent));

        let mut second = script().second;
        second[2..34].copy_from_slice(&key);
        let (_, result) = join(&[identity().line(), &second].concat());
        assert_eq!(result.err(), Some(JoinError::Forged));

        let server = PublicKey::from_bytes(key);
        let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let secret = Secret::from_bytes([0; 5]);
        let ephemeral = PrivateKey::from_bytes([1; 32]);
        let mut client = ClientHandshake::new(server, secret, ephemeral);
        let mut out = Vec::new();
        let line = format!("CHALKTALK 1 noise {digits}\n");
        let result = client.read(&mut line.as_bytes(), &mut out);
        assert_eq!(result.err(), Some(JoinError::Forged));
        assert!(out.is_empty());
    }
}

#[test]
fn a_key_in_an_unusual_spelling_is_the_key_it_spells() {
    // 2^255 - 19 + 9, and the highest bit: both spell 9, the base point.
    let mut unusual = [0xff; 32];
    unusual[0] = 0xf6;
    let private = PrivateKey::from_bytes([4; 32]);
    let shared = private.shared(&PublicKey::from_bytes(unusual));
    assert_eq!(shared, Some(*private.public().as_bytes()));
}

#[test]
fn whoever_speaks_another_protocol_hears_one_sentence() {
    for other in [
        "NAME anna\n",
        "NOISE 2\n",
        "noise 1\n",
        "NOISE 1\r\n",
        "\n",
        "GET / HTTP/1.1\r\n",
        "\u{feff}NOISE 1\n",
    ] {
        let (out, result) = serve(other.as_bytes());
        assert!(out.is_empty());
        let refusal = result.err().unwrap();
        assert_eq!(
            refusal.sentence(),
            Some("this chat is encrypted: join it with chalktalk and its code")
        );
    }
    assert_eq!(Refusal::Silent.sentence(), None);
}

#[test]
fn a_client_says_nothing_to_whatever_else_answers() {
    let (another, upper) = (unvisited(), identity().line().to_ascii_uppercase());
    let others: [&[u8]; 7] = [
        another.line(),
        b"CHALKTALK 1 open Welcome\n",
        b"CHALKTALK 2 noise \n",
        &upper,
        b"BYE server-full try again later\n",
        b"\n",
        &[0; 83],
    ];
    for other in others {
        let (out, result) = join(other);
        assert!(out.is_empty(), "it must say nothing");
        assert_eq!(
            result.err(),
            Some(JoinError::OtherServer),
            "{}",
            other.escape_ascii()
        );
    }
}

/// A stream of four frames, cut into its frames.
fn four_frames() -> (Halves, Vec<Vec<u8>>) {
    let (_, mut joined, seated) = connect();
    let frames = ["one", "two", "three", "four"].map(|text| {
        let mut frame = Vec::new();
        joined.sealer.seal(text.as_bytes(), &mut frame);
        frame
    });
    (seated, frames.to_vec())
}

#[test]
fn frames_repeated_left_out_or_out_of_order_end_the_connection() {
    for order in [
        [0, 0, 1, 2],
        [0, 2, 1, 3],
        [1, 2, 3, 0],
        [0, 1, 3, 2],
        [3, 2, 1, 0],
    ] {
        let (mut seated, frames) = four_frames();
        let stream = order.map(|at| frames[at].clone()).concat();
        let (plain, result) = open_in_pieces(&mut seated.opener, &stream, &[]);
        assert_eq!(result, Err(FrameError::Forged));
        let right = order
            .iter()
            .zip(0..)
            .take_while(|(at, right)| *at == right)
            .count();
        assert_eq!(plain, ["one", "two", "three"][..right].concat().as_bytes());
        // What was right before is not taken any more either.
        let (plain, result) = open_in_pieces(&mut seated.opener, &frames[right], &[]);
        assert_eq!((plain, result), (vec![], Err(FrameError::Forged)));
    }
}

#[test]
fn every_flipped_bit_of_a_frame_ends_the_connection() {
    let (_, frames) = four_frames();
    for flipped in flips(&frames[0]) {
        let (mut seated, frames) = four_frames();
        let stream = [&flipped[..], &frames[1], &frames[2], &frames[3]].concat();
        let (plain, result) = open_in_pieces(&mut seated.opener, &stream, &[5]);
        assert!(plain.is_empty() && !seated.opener.has_ended());
        // A length that grew waits for bytes that never come: no plain text, and no end.
        let grown = u16::from_be_bytes([flipped[0], flipped[1]]) > 19;
        assert!(result.is_err() || grown);
    }
}

#[test]
fn a_stream_cut_anywhere_is_not_taken_for_ended() {
    let (_, mut joined, _) = connect();
    let mut stream = Vec::new();
    joined.sealer.seal(b"one", &mut stream);
    joined.sealer.seal(b"two", &mut stream);
    joined.sealer.end(&mut stream);
    for length in 0..=stream.len() {
        let (_, _, mut seated) = connect();
        let (plain, result) = open_in_pieces(&mut seated.opener, &stream[..length], &[]);
        assert_eq!(result, Ok(()));
        assert!(b"onetwo".starts_with(&plain[..]));
        assert_eq!(seated.opener.has_ended(), length == stream.len());
    }
}

#[test]
fn what_one_side_sends_does_not_open_on_the_same_side() {
    let (_, mut joined, _) = connect();
    let mut sealed = Vec::new();
    joined.sealer.seal(b"SAY echo\n", &mut sealed);
    let result = joined.opener.open(&sealed, &mut Vec::new());
    assert_eq!(result, Err(FrameError::Forged));
}

#[test]
fn lengths_that_no_frame_has_are_refused_at_once() {
    for length in [0_u16, 1, 15, 16_401, 65_535] {
        let (_, _, mut seated) = connect();
        let result = seated.opener.open(&length.to_be_bytes(), &mut Vec::new());
        assert_eq!(result, Err(FrameError::Length(usize::from(length))));
    }
    for length in [16_u16, 16_400] {
        let (_, _, mut seated) = connect();
        assert_eq!(
            seated.opener.open(&length.to_be_bytes(), &mut Vec::new()),
            Ok(())
        );
    }
}
