//! To a courier and back: order is kept, nobody else is slowed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::thread;

use super::*;

/// As good as for ever.
const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn not_a_byte_moves_over_a_handover_to_a_courier_and_back() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let mut anna = office.join("anna");
    let mut number = 0;
    for stall in 1..=4 {
        let mut said = Vec::new();
        let mut say = |bytes| {
            number += 1;
            let line = line(&number.to_string(), bytes);
            office.say(&line);
            said.extend(line);
        };
        while COURIERS.begun() < stall {
            say(7001);
        }
        for _ in 0..50 {
            say(777);
        }
        anna.expect(&said);
        COURIERS.wait_for_end();
        let by_the_postman = line("again", 70);
        office.say(&by_the_postman);
        anna.expect(&by_the_postman);
    }
}

#[test]
fn a_peer_that_has_stalled_is_never_waited_for_again() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let mut anna = office.join("anna");
    let much = line("much", MORE_THAN_FITS);
    office.say_from_another_thread(&much);
    COURIERS.wait_for(1);
    anna.expect(&much);
    COURIERS.wait_for_end();
    // Whoever waits for it now waits too long for this test.
    anna.peer.stream.set_write_timeout(Some(HOUR)).unwrap();
    office.say_from_another_thread(&much);
    COURIERS.wait_for(2);
    anna.expect(&much);
}

#[test]
fn after_one_stall_nobody_is_waited_for_in_that_round() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let mut people = ["anna", "bert", "carl"].map(|name| office.join(name));
    for later in &people[1..] {
        later.peer.stream.set_write_timeout(Some(HOUR)).unwrap();
    }
    let start = line("start", 10);
    office.say(&start);
    people
        .iter_mut()
        .for_each(|far| drop(far.take_to("start ...\n")));
    let much = line("much", MORE_THAN_FITS);
    office.say_from_another_thread(&much);
    COURIERS.wait_for(3);
    for far in &mut people {
        far.expect(&much);
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
fn fifty_that_stall_and_drain_in_turns_cost_ten_that_talk_nothing() {
    static COURIERS: Couriers = Couriers::new();
    let office = Office::open(patient(), |name, run| COURIERS.start(&name, run));
    let mut people: Vec<Far> = (0..60).map(|n| office.join(&format!("p{n}"))).collect();
    office.say(b"start\n");
    people
        .iter_mut()
        .for_each(|far| drop(far.take_to("start\n")));
    // Ten always read, and talk; the fifty are two halves.
    let half = |n: usize| (n >= 10).then_some(n % 2);
    let couriers_of = |closed: usize| -> Vec<String> {
        let stalling = people
            .iter()
            .enumerate()
            .filter(|(n, _)| half(*n) == Some(closed));
        stalling
            .map(|(_, far)| format!("courier {}", far.id().0))
            .collect()
    };
    let halves = [couriers_of(0), couriers_of(1)];
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
        let stalled = AtomicBool::new(false);
        gate.set(Some(turn % 2));
        thread::scope(|scope| {
            for (talker, number) in numbers.iter().enumerate() {
                let (office, stalled) = (&office, &stalled);
                let say = move || {
                    let number = number.fetch_add(1, Ordering::Relaxed) + 1;
                    office.say(&line(&format!("t{talker} {number}"), TALK_BYTES));
                };
                scope.spawn(move || {
                    // Enough for every socket there is.
                    for _ in 0..10_000 {
                        if stalled.load(Ordering::Relaxed) {
                            break;
                        }
                        say();
                    }
                    (0..50).for_each(|_| say());
                });
            }
            COURIERS.wait_for_each(&halves[turn % 2]);
            stalled.store(true, Ordering::Relaxed);
            gate.set(None);
        });
        COURIERS.wait_for_end();
    }
    office.say(b"done\n");
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
    assert_eq!(office.people(), 60);
}
