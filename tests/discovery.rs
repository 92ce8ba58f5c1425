//! Packets that nobody would think of, and the two ends on this machine.

use chalktalk::discovery::{Answer, ChatName, Question, Responder, Search, find};
use chalktalk::wire::Mode;
use chalktalk_tests::harness::DEADLINE;
use chalktalk_tests::properties::discovery::{
    a_packet_has_one_spelling, an_answer_is_found_once, networks_are_listed_once,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::num::NonZeroU16;

fn answers() -> impl Strategy<Value = Answer> {
    let name = any::<String>().prop_map(|text| ChatName::cut(&text));
    let mode = "[a-z]{1,16}".prop_map(|word| Mode::parse(&word).unwrap());
    let port = (1..=u16::MAX).prop_map(|port| NonZeroU16::new(port).unwrap());
    let numbers = (any::<u64>(), any::<u64>(), any::<u16>(), port);
    (numbers, mode, name).prop_map(|((nonce, instance, people, port), mode, name)| Answer {
        nonce,
        port,
        instance,
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
        let question = Question(nonce);
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
        let mut packet = Question(answer.nonce).encode();
        *at.get_mut(&mut packet) = to;
        a_packet_has_one_spelling(&packet);
    }

    #[test]
    fn the_kernels_file_may_hold_anything(
        route in "((e[0-9]\t[0-9A-F]{8}\t(0|[0-9A-F]{8})\t1 0 0 0 [0-9A-F]{8}|[0-9A-F \t]{0,30})\n){0,120}",
    ) {
        networks_are_listed_once(&route);
    }
}

/// A port that nobody uses; the listener keeps it until the test ends.
fn port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A server that answers.
fn respond(server: SocketAddr) -> io::Result<Responder> {
    let port = NonZeroU16::new(server.port()).unwrap();
    Responder::start(server, move |Question(nonce)| Answer {
        nonce,
        port,
        instance: 7,
        people: 3,
        mode: Mode::open(),
        name: ChatName::new("class 7b").unwrap(),
    })
}

fn search(port: u16) -> Search {
    let this_machine = BTreeMap::from([(Ipv4Addr::new(127, 255, 255, 255), String::new())]);
    find(port, &this_machine, &[60_000], |found| !found.is_empty()).unwrap()
}

#[track_caller]
fn is_found(listening: Ipv4Addr) {
    let (_listener, port) = port();
    let server = SocketAddr::new(listening.into(), port);
    let _responder = respond(server).unwrap();
    let search = search(port);
    let [found] = &search.found[..] else {
        panic!("not found: {search:?}");
    };
    assert_eq!(
        found.addresses,
        [SocketAddr::from((Ipv4Addr::LOCALHOST, port))]
    );
    let answer = &found.answer;
    assert_eq!((answer.instance, answer.people), (7, 3));
    assert_eq!(
        (answer.mode.as_str(), answer.name.written()),
        ("open", "class 7b")
    );
    assert!(matches!(search.tried[..], [(_, Ok(()))]));
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
    assert!(respond(server).is_err());
    let ipv6 = "[::1]:1".parse().unwrap();
    assert!(respond(ipv6).is_err());
}

#[test]
fn a_responder_that_is_dropped_gives_its_port_back() {
    let (_listener, port) = port();
    let server = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    for _ in 0..20 {
        drop(respond(server).unwrap());
    }
}

#[test]
fn packets_of_any_length_do_not_end_it() {
    let (_listener, port) = port();
    let server = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let _responder = respond(server).unwrap();
    let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for length in (0..2000).map(|number| 9_000 - 4 * number) {
        asker
            .send_to(&vec![b' '; length], (Ipv4Addr::LOCALHOST, port))
            .unwrap();
    }
    // A question may be lost behind so many.
    asker.set_read_timeout(Some(DEADLINE / 100)).unwrap();
    let question = Question(9).encode();
    let is_answered = (0..100).any(|_| {
        asker
            .send_to(&question, (Ipv4Addr::LOCALHOST, port))
            .unwrap();
        asker.recv_from(&mut [0; 512]).is_ok()
    });
    assert!(is_answered);
}

#[test]
fn what_is_no_question_gets_no_answer() {
    let (_listener, port) = port();
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let _responder = respond(server).unwrap();
    let asker = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    asker.set_broadcast(true).unwrap();
    asker.set_read_timeout(Some(DEADLINE)).unwrap();
    let right = Question(9).encode();
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
    assert_eq!((answer.nonce, from.port()), (9, port));
}
