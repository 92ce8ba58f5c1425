//! What holds of every packet that comes from a network.

use chalktalk::discovery::{Answer, PACKET_BYTES, Question, gather, networks};

/// Any packet at all is a question, an answer or neither, and has one spelling.
pub fn a_packet_has_one_spelling(packet: &[u8]) {
    let (question, answer) = (Question::decode(packet), Answer::decode(packet));
    assert!(question.is_none() || answer.is_none());
    if let Some(question) = question {
        assert_eq!(packet.len(), PACKET_BYTES);
        assert_eq!(question.encode(), packet);
    }
    if let Some(answer) = answer {
        assert!(packet.len() <= PACKET_BYTES);
        assert_eq!(answer.encode(), packet);
        an_answer_is_found_once(&answer);
    }
}

/// An answer that comes again, or another way, adds no server.
pub fn an_answer_is_found_once(answer: &Answer) {
    let (ours, other) = (Question(answer.nonce), Question(answer.nonce ^ 1));
    let mut found = Vec::new();
    for (question, last) in [(ours, 1), (ours, 1), (ours, 2), (other, 3)] {
        gather(
            &mut found,
            question,
            answer.clone(),
            [192, 0, 2, last].into(),
        );
    }
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].addresses.len(), 2);
    let mut others = Vec::new();
    gather(&mut others, other, answer.clone(), [192, 0, 2, 1].into());
    assert!(others.is_empty());
}

/// Any text in the place of the kernel's gives a bounded list; that nothing stands there twice its type says.
pub fn networks_are_listed_once(route: &str) {
    let networks = networks(route);
    assert!(networks.len() <= 32, "{networks:?}");
    for (address, shown) in networks {
        assert!(shown.starts_with(&format!("{address} (")), "{shown}");
    }
}
