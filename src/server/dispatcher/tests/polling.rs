//! What the dispatcher reads itself: all that comes is handled once and in order, and each reader has its own back.

use std::io::Write;
use std::thread::JoinHandle;

use super::super::{Role, State, lock};
use super::*;
use crate::server::inbound::{Inbound, Turn};
use crate::server::polling::{Polled, Polling};

const SHORT: Duration = Duration::from_micros(10);
const LONG: Duration = Duration::from_millis(10);

/// A dispatcher whose thread's part the test plays, with as many speakers as make it worth while.
struct Stage {
    fixture: Fixture,
    polled: Polled,
    people: Vec<Far>,
    readers: Vec<JoinHandle<(Inbound, Turn)>>,
}

impl Stage {
    fn with(limits: Limits) -> Stage {
        let fixture = Fixture::without_thread(limits);
        let thread = fixture.start_thread();
        let people: Vec<_> = (0..5).map(|n| fixture.join(&format!("p{n}"))).collect();
        fixture.dispatcher.dismiss();
        thread.join().unwrap();
        let mut stage = Stage {
            fixture,
            polled: Polled::default(),
            people,
            readers: Vec::new(),
        };
        stage.fixture.set_role(Role::Held);
        // In the first round it is seen how many speak.
        (0..5).for_each(|n| stage.offer(n));
        (0..5).for_each(|_| assert_eq!(stage.returned(0).1, Turn::Done));
        stage.round(SHORT);
        (0..5).for_each(|n| stage.offer(n));
        stage
    }

    /// The reader of this person offers what it reads with, as often as it is told to go on reading.
    fn offer(&mut self, person: usize) {
        let dispatcher = Arc::clone(&self.fixture.dispatcher);
        let mut inbound = self.people[person].inbound();
        let offered = |polling: &Polling| polling.fresh();
        let before = offered(&lock(&dispatcher.state).polling);
        let reader = thread::spawn({
            let dispatcher = Arc::clone(&dispatcher);
            move || {
                let turn = dispatcher.hand_in(&mut inbound);
                (inbound, turn)
            }
        });
        // It tells nobody that it waits.
        while !reader.is_finished() && offered(&lock(&dispatcher.state).polling) == before {
            thread::park_timeout(Duration::from_millis(1));
        }
        self.readers.push(reader);
    }

    /// What the thread does between two rounds.
    fn round(&mut self, took: Duration) {
        self.polled.read();
        let mut state = lock(&self.fixture.dispatcher.state);
        let now = self.fixture.dispatcher.now();
        let State {
            hub,
            outgoing,
            polling,
            ..
        } = &mut *state;
        self.polled
            .hand_in(polling, took, |_| true, hub, outgoing, now);
    }

    fn send(&mut self, person: usize, bytes: &[u8]) {
        (&self.people[person].stream).write_all(bytes).unwrap();
    }

    /// Has what was handed in delivered.
    fn deliver(&self) {
        self.fixture.calm_down();
        self.fixture.dispatcher.enter(|_, _, _| ());
        self.fixture.set_role(Role::Held);
    }

    /// What the reader of this person, the `n`th that offered, has got back.
    fn returned(&mut self, n: usize) -> (Inbound, Turn) {
        self.readers.remove(n).join().unwrap()
    }

    /// Gives all back, as the thread does before it sleeps.
    fn close(&mut self) {
        self.polled
            .close(&mut lock(&self.fixture.dispatcher.state).polling);
        std::mem::take(&mut self.polled).give_back();
    }

    /// What p4 said, as p0 sees it up to this.
    fn said(&mut self, last: &str) -> Vec<String> {
        self.deliver();
        let seen = self.people[0].take_to(&format!(" p4 {last}\n"));
        let said = seen
            .lines()
            .filter_map(|line| line.split_once(" lobby p4 "));
        said.map(|(_, text)| text.to_owned()).collect()
    }
}

#[test]
fn few_speakers_read_for_themselves() {
    let mut stage = Stage::with(patient());
    for n in 0..4 {
        assert_eq!(stage.returned(0).1, Turn::Done, "{n}");
    }
    stage.round(SHORT);
    assert_eq!(stage.polled.len(), 1);
    stage.close();
    stage.returned(0);
}

#[test]
fn after_a_long_round_nobody_is_taken() {
    let mut stage = Stage::with(patient());
    stage.close();
    stage.readers.clear();
    stage.round(LONG);
    (0..5).for_each(|n| stage.offer(n));
    stage.round(LONG);
    assert_eq!(stage.polled.len(), 0);
}

#[test]
fn what_comes_is_handed_in_in_order_and_nothing_is_lost_when_it_goes_back() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    for bytes in [
        "SAY one\nSA",
        "Y two\n",
        "SAY three\nSAY four\n",
        "SAY kept",
    ] {
        stage.send(4, bytes.as_bytes());
        stage.round(SHORT);
    }
    assert_eq!(stage.said("four"), ["one", "two", "three", "four"]);
    stage.close();
    let (mut inbound, _) = stage.returned(4);
    stage.send(4, b" to the end\n");
    assert!(inbound.read());
    stage.fixture.dispatcher.enter(|hub, out, now| {
        assert_eq!(inbound.hand_in(hub, out, now), Turn::Done);
    });
    assert_eq!(stage.said("kept to the end"), ["kept to the end"]);
}

#[test]
fn many_lines_at_once_are_handled_in_some_rounds() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    let lines: Vec<_> = (0..500).map(|n| format!("number {n}")).collect();
    let sent: String = lines.iter().map(|line| format!("SAY {line}\n")).collect();
    stage.send(4, sent.as_bytes());
    for _ in 0..20 {
        stage.round(SHORT);
    }
    assert_eq!(stage.said("number 499"), lines);
    stage.close();
}

#[test]
fn some_silent_rounds_give_it_back() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    stage.round(SHORT);
    assert_eq!(stage.polled.len(), 1);
    (0..8).for_each(|_| stage.round(SHORT));
    assert_eq!(stage.polled.len(), 0);
    stage.returned(4);
}

#[test]
fn the_end_is_told_to_the_hub_and_to_the_reader() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    stage.send(4, b"SAY last\n");
    stage.people[4]
        .stream
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    (0..3).for_each(|_| stage.round(SHORT));
    assert_eq!(stage.said("last"), ["last"]);
    assert_eq!(stage.returned(4).1, Turn::Gone);
    stage.people[0].take_to(" lobby p4 quit\n");
}

#[test]
fn what_cannot_be_handled_at_once_goes_back() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    stage.send(4, format!("SAY ok\nSAY {}", "x".repeat(20_000)).as_bytes());
    (0..8).for_each(|_| stage.round(SHORT));
    assert_eq!(stage.returned(4).1, Turn::Closed);
    let no_room = Limits {
        outgoing_bytes_max: 0,
        ..patient()
    };
    let mut stage = Stage::with(no_room);
    stage.round(SHORT);
    stage.send(4, b"SAY ok\nSAY no room\n");
    (0..4).for_each(|_| stage.round(SHORT));
    assert_eq!(stage.returned(4).1, Turn::More);
}

#[cfg_attr(windows, ignore = "a reset takes back what was not read there")]
#[test]
fn an_error_behind_lines_comes_after_all_of_them() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    // With something unread at the far end, closing it is a reset.
    stage.fixture.tell(&stage.people[4], b"unread\n");
    stage.deliver();
    stage.people[4].stream.peek(&mut [0]).unwrap();
    let texts: Vec<_> = (0..80).map(|n| format!("number {n}")).collect();
    let sent: String = texts.iter().map(|text| format!("SAY {text}\n")).collect();
    stage.send(4, sent.as_bytes());
    drop(stage.people.remove(4));
    (0..8).for_each(|_| stage.round(SHORT));
    assert_eq!(stage.said("number 79"), texts);
    assert_eq!(stage.returned(4).1, Turn::Gone);
    stage.people[0].take_to(" lobby p4 lost\n");
}

#[test]
fn who_has_no_name_reads_for_itself() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    let nobody = stage.fixture.connect();
    stage.people.push(nobody);
    stage.offer(5);
    stage.round(SHORT);
    assert_eq!(stage.polled.len(), 1);
    stage.returned(5);
    stage.close();
}
