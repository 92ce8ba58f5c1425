//! What holds of every packet that comes from a network.

use chalktalk::discovery::{
    ANSWER_BYTES_MAX, Answer, Gathered, Nonce, QUESTION_BYTES, Question, networks,
};
use std::net::Ipv4Addr;

/// Any packet at all is a question, an answer or neither, and has one spelling.
pub fn a_packet_has_one_spelling(packet: &[u8]) {
    let (question, answer) = (Question::decode(packet), Answer::decode(packet));
    assert!(question.is_none() || answer.is_none());
    if let Some(question) = question {
        assert_eq!(packet.len(), QUESTION_BYTES);
        assert_eq!(question.encode(), packet);
    }
    if let Some(answer) = answer {
        assert!(packet.len() <= ANSWER_BYTES_MAX);
        assert_eq!(answer.encode(), packet);
        an_answer_is_found_once(&answer);
    }
}

/// An answer that comes again, or another way, adds no server.
pub fn an_answer_is_found_once(answer: &Answer) {
    let mut gathered = Gathered::new(answer.nonce);
    for last in [1, 1, 2] {
        gathered.take(answer.clone(), Ipv4Addr::new(192, 0, 2, last).into());
    }
    assert_eq!(gathered.found().len(), 1);
    assert_eq!(gathered.found()[0].addresses.len(), 2);
    let mut others = Gathered::new(Nonce(answer.nonce.0 ^ 1));
    others.take(answer.clone(), Ipv4Addr::LOCALHOST.into());
    assert!(others.found().is_empty());
}

/// Any text in the place of the kernel's gives a bounded list without repetition.
pub fn networks_are_listed_once(route: &str, fib_trie: &str) {
    let targets = networks(route, fib_trie);
    let in_order = targets.is_sorted_by(|left, right| left.address < right.address);
    assert!(in_order && targets.len() <= 32, "{targets:?}");
}
