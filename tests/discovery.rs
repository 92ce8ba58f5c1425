//! Packets that nobody would think of, and the two ends on this machine.

use chalktalk::discovery::{
    Answer, ChatName, Nonce, Presence, Question, Responder, Search, Target, find,
};
use chalktalk::wire::Mode;
use chalktalk_tests::harness::DEADLINE;
use chalktalk_tests::properties::discovery::{
    a_packet_has_one_spelling, an_answer_is_found_once, networks_are_listed_once,
};
use proptest::prelude::*;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::num::NonZeroU16;

fn answers() -> impl Strategy<Value = Answer> {
    let name = any::<String>().prop_map(|text| ChatName::cut(&text));
    let mode = "[a-z]{1,16}".prop_map(|word| Mode::parse(&word).unwrap());
    let port = (1..=u16::MAX).prop_map(|port| NonZeroU16::new(port).unwrap());
    let numbers = (any::<u64>(), any::<u64>(), any::<u16>(), port);
    (numbers, mode, name).prop_map(|((nonce, instance, people, port), mode, name)| Answer {
        nonce: Nonce(nonce),
        port,
        instance: Nonce(instance),
        people,
        mode,
        name,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn answers_come_back_as_they_were_sent(answer in answers()) {
        let packet = answer.encode();
        prop_assert!(packet.len() <= 256);
        prop_assert_eq!(Answer::decode(&packet), Some(answer.clone()));
        an_answer_is_found_once(&answer);
    }

    #[test]
    fn questions_come_back_as_they_were_sent(nonce in any::<u64>()) {
        let question = Question { nonce: Nonce(nonce) };
        prop_assert_eq!(Question::decode(&question.encode()), Some(question));
    }

    #[test]
    fn an_altered_packet_is_another_or_none(
        answer in answers(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut packet = answer.encode();
        *at.get_mut(&mut packet) = to;
        a_packet_has_one_spelling(&packet);
        let mut packet = Question { nonce: answer.nonce }.encode();
        *at.get_mut(&mut packet) = to;
        a_packet_has_one_spelling(&packet);
    }

    #[test]
    fn the_kernels_files_may_hold_anything(
        route in "(e[0-9A-F]{8}|[0-9A-F]{8}|[0-9]| |\t|\n){0,40}",
        fib_trie in "(\\|-- |/32 link BROADCAST|[0-9]{1,3}|\\.|\n| ){0,60}",
    ) {
        networks_are_listed_once(&route, &fib_trie);
    }
}

/// A port that nobody uses; the listener keeps it until the test ends.
fn port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn presence() -> Presence {
    Presence {
        people: 3,
        mode: Mode::open(),
        name: ChatName::new("class 7b").unwrap(),
    }
}

fn this_machine() -> Vec<Target> {
    vec![Target {
        address: Ipv4Addr::new(127, 255, 255, 255),
        interface: None,
    }]
}

fn search(port: u16) -> Search {
    find(port, Nonce(1), this_machine(), DEADLINE, |found| {
        !found.is_empty()
    })
    .unwrap()
}

#[track_caller]
fn is_found(listening: Ipv4Addr) {
    let (_listener, port) = port();
    let server = SocketAddr::new(listening.into(), port);
    let _responder = Responder::start(server, Nonce(7), presence).unwrap();
    let search = search(port);
    let [found] = &search.found[..] else {
        panic!("not found: {search:?}");
    };
    assert_eq!(
        found.addresses,
        [SocketAddr::from((Ipv4Addr::LOCALHOST, port))]
    );
    assert_eq!((found.instance, found.people), (Nonce(7), 3));
    assert_eq!(
        (found.mode.as_str(), found.name.written()),
        ("open", "class 7b")
    );
    assert!(search.tried.iter().all(|attempt| attempt.sent.is_ok()));
}

#[test]
fn a_server_for_this_machine_is_found_here() {
    is_found(Ipv4Addr::LOCALHOST);
}

#[test]
fn a_server_on_every_interface_is_found_here() {
    is_found(Ipv4Addr::UNSPECIFIED);
}

#[test]
fn a_taken_port_is_said() {
    let (_listener, port) = port();
    let _taken = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
    let server = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    assert!(Responder::start(server, Nonce(7), presence).is_err());
    let ipv6 = "[::1]:1".parse().unwrap();
    assert!(Responder::start(ipv6, Nonce(7), presence).is_err());
}

#[test]
fn a_responder_that_is_dropped_gives_its_port_back() {
    let (_listener, port) = port();
    let server = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    for _ in 0..20 {
        drop(Responder::start(server, Nonce(7), presence).unwrap());
    }
}

#[test]
fn what_is_no_question_gets_no_answer() {
    let (_listener, port) = port();
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let _responder = Responder::start(server, Nonce(7), presence).unwrap();
    let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    asker.set_broadcast(true).unwrap();
    asker.set_read_timeout(Some(DEADLINE)).unwrap();
    let right = Question { nonce: Nonce(9) }.encode();
    let longer = [&right[..], b" "].concat();
    let there = (Ipv4Addr::new(127, 255, 255, 255), port);
    // The right one comes last: its answer is the first, if the others get none.
    for packet in [
        &b""[..],
        b"hello",
        &right[..255],
        &longer,
        &[0; 2000],
        &right,
    ] {
        asker.send_to(packet, there).unwrap();
    }
    let mut packet = [0; 512];
    let (bytes, from) = asker.recv_from(&mut packet).unwrap();
    let answer = Answer::decode(&packet[..bytes]).unwrap();
    assert_eq!((answer.nonce, from.port()), (Nonce(9), port));
}
