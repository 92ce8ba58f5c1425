//! Who gets what of a round: compared with a model that is too slow to be wrong.

use super::*;
use crate::server::outgoing::{Outgoing, Unread};

/// A peer as the model knows it.
struct Simple {
    far: Far,
    room: Option<RoomId>,
    gets: Vec<u8>,
}

impl Fixture {
    /// A connection that the hub does not know.
    fn stranger(&self, number: u64) -> Simple {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (near, _) = self.listener.accept().unwrap();
        let (_, writer) = transport::plain(&Trace::default());
        let (id, alive) = (ConnectionId(number), self.alive.clone());
        let peer = Arc::new(Peer::new(id, near, Some(writer), alive));
        let far = Far {
            peer,
            stream,
            read: Vec::new(),
        };
        Simple {
            far,
            room: None,
            gets: Vec::new(),
        }
    }
}

/// Numbers without a pattern, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

/// Does something by chance, to the list and to the model.
fn step(
    dice: &mut Dice,
    number: usize,
    people: &mut Vec<Simple>,
    done: &mut Vec<Simple>,
    out: &mut Outgoing,
) {
    let text = format!("line {number}\n");
    let (many, who) = (people.len(), dice.roll(people.len()));
    let person = &mut people[who];
    let id = person.far.id();
    match (dice.roll(20), person.room) {
        (0..2, None) => {
            let room = RoomId(dice.roll(3) as u64);
            out.entered(id, room);
            person.room = Some(room);
        }
        (0..2, Some(_)) => {
            out.left(id);
            person.room = None;
        }
        (2, _) if many > 3 => {
            let mut person = people.swap_remove(who);
            out.closed(id, Unread::Dropped, |line| line.extend(b"bye\n"));
            person.gets.extend(b"bye\n");
            done.push(person);
        }
        (3..9, _) => {
            out.to_one(id, |line| line.extend(text.as_bytes()));
            person.gets.extend(text.as_bytes());
        }
        _ => {
            let room = RoomId(dice.roll(3) as u64);
            out.to_room(room, |line| line.extend(text.as_bytes()));
            for person in people.iter_mut().filter(|person| person.room == Some(room)) {
                person.gets.extend(text.as_bytes());
            }
        }
    }
}

#[test]
fn everybody_gets_what_a_simple_model_gives() {
    let fixture = Fixture::new(patient());
    let mut dice = Dice(24255);
    let (mut people, mut done) = (Vec::new(), Vec::new());
    let mut opened = 0;
    for round in 0..200 {
        // As many rounds are of one entry as are long.
        let steps = [1, 300][round % 2];
        while people.len() < 8 {
            opened += 1;
            let new = fixture.stranger(opened);
            let peer = Arc::clone(&new.far.peer);
            fixture
                .dispatcher
                .arrive(|_, _, arrivals, _| arrivals.push(peer));
            people.push(new);
        }
        fixture.dispatcher.enter(|_, out, _| {
            for number in 0..steps {
                step(
                    &mut dice,
                    round * 1000 + number,
                    &mut people,
                    &mut done,
                    out,
                );
            }
        });
    }
    for person in &mut people {
        fixture.dispatcher.enter(|_, out, _| {
            out.closed(person.far.id(), Unread::Dropped, |line| {
                line.extend(b"bye\n");
            });
        });
        person.gets.extend(b"bye\n");
    }
    for person in people.into_iter().chain(done) {
        let expected = String::from_utf8(person.gets).unwrap();
        assert_eq!(person.far.rest(), expected);
    }
    assert!(opened > 100, "few connections came and went: {opened}");
}
