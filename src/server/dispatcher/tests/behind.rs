//! To be behind and to catch up: order is kept, nobody else is slowed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use super::*;

#[test]
fn not_a_byte_moves_while_one_falls_behind_and_catches_up() {
    let fixture = Fixture::new(patient());
    let (mut bert, mut anna) = (fixture.join_blind("bert"), fixture.join("anna"));
    let mut number = 0;
    for _ in 0..4 {
        let mut said = Vec::new();
        let mut say = |bytes| {
            number += 1;
            let line = line(&number.to_string(), bytes);
            fixture.say(&line);
            said.extend(line);
        };
        while anna.peer.backlog_bytes() == 0 {
            (0..100).for_each(|_| say(7001));
            fixture.fence(&mut bert);
        }
        (0..50).for_each(|_| say(777));
        anna.expect(&said);
        let at_once = line("again", 70);
        fixture.say(&at_once);
        anna.expect(&at_once);
    }
}

/// Who may read: everybody, or everybody but one half.
#[derive(Default)]
struct Gate {
    closed_for: Mutex<Option<usize>>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, closed_for: Option<usize>) {
        *self.closed_for.lock().unwrap() = closed_for;
        self.opened.notify_all();
    }

    fn pass(&self, half: Option<usize>) {
        let closed = |closed_for: &mut Option<usize>| half.is_some() && *closed_for == half;
        drop(
            self.opened
                .wait_while(self.closed_for.lock().unwrap(), closed),
        );
    }
}

/// What a talker says, and how long each of it is.
const TALK_BYTES: usize = 2000;

/// Reads to the line `done`, and gives who spoke, in order. What each talker said must come whole and in its order.
fn read_all(mut far: Far, half: Option<usize>, gate: &Gate) -> Vec<u8> {
    let (mut spoke, mut numbers) = (Vec::new(), [0; 10]);
    loop {
        gate.pass(half);
        assert!(far.read_more().unwrap() > 0, "closed after {}", spoke.len());
        let mut taken = 0;
        for talk in far.read.chunks_exact(TALK_BYTES) {
            let talker = talk[1] - b'0';
            let number = &mut numbers[usize::from(talker)];
            *number += 1;
            assert!(talk == line(&format!("t{talker} {number}"), TALK_BYTES));
            spoke.push(talker);
            taken += talk.len();
        }
        far.read.drain(..taken);
        if far.read == b"done\n" {
            return spoke;
        }
    }
}

#[test]
fn fifty_that_stall_and_catch_up_in_turns_cost_ten_that_talk_nothing() {
    let fixture = Fixture::new(patient());
    let mut people: Vec<Far> = (0..60).map(|n| fixture.join(&format!("p{n}"))).collect();
    let mut blind = fixture.join_blind("blind");
    fixture.say(b"start\n");
    people
        .iter_mut()
        .for_each(|far| drop(far.take_to("start\n")));
    // Ten always read, and talk; the fifty are two halves.
    let half = |n: usize| (n >= 10).then_some(n % 2);
    let peers: Vec<_> = people.iter().map(|far| Arc::clone(&far.peer)).collect();
    let all_behind = |closed: usize| {
        let of_half = peers
            .iter()
            .enumerate()
            .filter(|(n, _)| half(*n) == Some(closed));
        of_half
            .map(|(_, peer)| peer.backlog_bytes())
            .all(|bytes| bytes > 0)
    };
    let gate = Arc::<Gate>::default();
    let readers: Vec<_> = (0..)
        .zip(people)
        .map(|(n, far)| {
            let gate = Arc::clone(&gate);
            thread::spawn(move || read_all(far, half(n), &gate))
        })
        .collect();
    let numbers: [AtomicUsize; 10] = Default::default();
    for turn in 0..4 {
        gate.set(Some(turn % 2));
        // Enough for every socket there is, a while after each of the half has fallen behind.
        while !all_behind(turn % 2) {
            thread::scope(|scope| {
                for (talker, number) in numbers.iter().enumerate() {
                    let fixture = &fixture;
                    scope.spawn(move || {
                        for _ in 0..50 {
                            let number = number.fetch_add(1, Ordering::Relaxed) + 1;
                            fixture.say(&line(&format!("t{talker} {number}"), TALK_BYTES));
                        }
                    });
                }
            });
            fixture.fence(&mut blind);
        }
        gate.set(None);
    }
    fixture.say(b"done\n");
    let streams: Vec<_> = readers
        .into_iter()
        .map(|reader| reader.join().unwrap())
        .collect();
    let said = numbers
        .iter()
        .map(|number| number.load(Ordering::Relaxed))
        .sum::<usize>();
    assert_eq!(streams[0].len(), said);
    assert!(streams.iter().all(|stream| *stream == streams[0]));
    assert_eq!(fixture.people(), 61);
}
