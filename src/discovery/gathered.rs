//! What is made of the answers: each server once, however many ways lead to it.
//!
//! A server that is reached over two networks answers twice, with the same instance and from
//! two addresses. Answers are taken together only where everything in them agrees except the
//! number of people: somebody who repeats another server's instance with a name or port of his
//! own is listed beside it, and does not replace it.

use std::net::{IpAddr, SocketAddr};

use crate::wire::Mode;

use super::packet::{Answer, ChatName, Nonce};

/// Servers listed, at most: beyond that nobody reads the list.
const FOUND_MAX: usize = 64;
/// Addresses kept of one server.
const ADDRESSES_MAX: usize = 8;

/// A server that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it answered from, with its TCP port; the first to answer first. Never empty.
    pub addresses: Vec<SocketAddr>,
    /// Which run of a server it is.
    pub instance: Nonce,
    /// How many people are there, by its latest answer.
    pub people: u16,
    /// Open or encrypted.
    pub mode: Mode,
    /// What it says it is called: others' text.
    pub name: ChatName,
}

/// The servers that have answered one question so far.
#[derive(Debug)]
pub struct Gathered {
    nonce: Nonce,
    found: Vec<Found>,
}

impl Gathered {
    /// Nobody yet, for the question with that number.
    #[must_use]
    pub fn new(nonce: Nonce) -> Self {
        Self {
            nonce,
            found: Vec::new(),
        }
    }

    /// Takes an answer that came from that address; one to another question is dropped.
    pub fn take(&mut self, answer: Answer, from: IpAddr) {
        if answer.nonce != self.nonce {
            return;
        }
        let address = SocketAddr::new(from, answer.port.get());
        if let Some(found) = self.found.iter_mut().find(|found| is_same(found, &answer)) {
            found.people = answer.people;
            if !found.addresses.contains(&address) && found.addresses.len() < ADDRESSES_MAX {
                found.addresses.push(address);
            }
        } else if self.found.len() < FOUND_MAX {
            self.found.push(Found {
                addresses: vec![address],
                instance: answer.instance,
                people: answer.people,
                mode: answer.mode,
                name: answer.name,
            });
        }
    }

    /// The servers, in the order of their first answers.
    #[must_use]
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    pub(super) fn into_found(self) -> Vec<Found> {
        self.found
    }
}

fn is_same(found: &Found, answer: &Answer) -> bool {
    found.instance == answer.instance
        && found.mode == answer.mode
        && found.name == answer.name
        && found
            .addresses
            .iter()
            .all(|address| address.port() == answer.port.get())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU16;

    fn answer(instance: u64, name: &str) -> Answer {
        Answer {
            nonce: Nonce(1),
            port: NonZeroU16::new(24255).unwrap(),
            instance: Nonce(instance),
            people: 3,
            mode: Mode::open(),
            name: ChatName::new(name).unwrap(),
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_server_seen_over_two_networks_is_one() {
        let mut gathered = Gathered::new(Nonce(1));
        gathered.take(answer(7, "class"), address(1));
        gathered.take(answer(7, "class"), address(2));
        let later = Answer {
            people: 4,
            ..answer(7, "class")
        };
        gathered.take(later, address(1));
        let [found] = gathered.found() else {
            panic!("listed more than once: {gathered:?}");
        };
        let addresses = [address(1), address(2)].map(|ip| SocketAddr::new(ip, 24255));
        assert_eq!((&found.addresses[..], found.people), (&addresses[..], 4));
    }

    #[test]
    fn whoever_repeats_anothers_instance_is_listed_beside_it() {
        let mut gathered = Gathered::new(Nonce(1));
        gathered.take(answer(7, "class"), address(1));
        let port = NonZeroU16::new(1).unwrap();
        gathered.take(
            Answer {
                port,
                ..answer(7, "class")
            },
            address(2),
        );
        gathered.take(answer(7, "other"), address(3));
        let mode = Mode::parse("noise").unwrap();
        gathered.take(
            Answer {
                mode,
                ..answer(7, "class")
            },
            address(4),
        );
        assert_eq!(gathered.found().len(), 4);
        assert_eq!(gathered.found()[0].addresses.len(), 1);
    }

    #[test]
    fn an_answer_to_another_question_is_dropped() {
        let mut gathered = Gathered::new(Nonce(2));
        gathered.take(answer(7, "class"), address(1));
        assert!(gathered.found().is_empty());
    }

    #[test]
    fn a_flood_of_answers_fills_a_bounded_list() {
        let mut gathered = Gathered::new(Nonce(1));
        for instance in 0..1000 {
            gathered.take(answer(instance, "class"), address(1));
        }
        for last in 0..=255 {
            gathered.take(answer(0, "class"), address(last));
        }
        assert_eq!(gathered.found().len(), FOUND_MAX);
        assert_eq!(gathered.found()[0].addresses.len(), ADDRESSES_MAX);
    }
}
