//! What a reader lends: what comes meanwhile is handled once and in order, and it has its ear back in the end.

use std::io::Write;
use std::thread::JoinHandle;

use super::super::ears::{Ear, Ears, Heard};
use super::super::{Desk, lock};
use super::*;
use crate::wire::LineReader;

const SHORT: Duration = Duration::from_micros(10);
const LONG: Duration = Duration::from_millis(10);

/// A post whose thread's part the test plays, with as many speakers as make it worth while.
struct Stage {
    office: Office,
    ears: Ears,
    people: Vec<Far>,
    readers: Vec<JoinHandle<(Ear, Heard)>>,
}

impl Stage {
    fn with(limits: Limits) -> Stage {
        let office = Office::closed(limits, couriers);
        let postman = office.start_postman();
        let people: Vec<_> = (0..5).map(|n| office.join(&format!("p{n}"))).collect();
        office.post.dismiss_postman();
        postman.join().unwrap();
        let mut stage = Stage {
            office,
            ears: Ears::default(),
            people,
            readers: Vec::new(),
        };
        stage.round(SHORT);
        for n in 0..5 {
            stage.lend(n);
        }
        stage
    }

    /// The reader of this person comes to lend, as often as it is told to go on reading.
    fn lend(&mut self, person: usize) {
        let (post, peer) = (
            Arc::clone(&self.office.post),
            Arc::clone(&self.people[person].peer),
        );
        let before = lock(&self.office.post.desk).lending.waiting();
        let reader = thread::spawn(move || {
            let (reader, _) = transport::plain(&Trace::default());
            let ear = Ear {
                reader,
                lines: LineReader::new(),
            };
            post.lend(&peer, ear)
        });
        while !reader.is_finished() && lock(&self.office.post.desk).lending.waiting() == before {
            thread::yield_now();
        }
        self.readers.push(reader);
    }

    /// What the thread does between two rounds.
    fn round(&mut self, took: Duration) {
        self.ears.listen();
        let mut desk = lock(&self.office.post.desk);
        let now = self.office.post.now();
        let Desk {
            hub,
            outgoing,
            lending,
            ..
        } = &mut *desk;
        self.ears.hand_in(lending, took, hub, outgoing, now);
    }

    fn send(&mut self, person: usize, bytes: &[u8]) {
        (&self.people[person].stream).write_all(bytes).unwrap();
    }

    /// Has what was handed in delivered.
    fn deliver(&self) {
        self.office.calm_down();
        self.office.post.enter(|_, _, _| ());
    }

    /// What the reader of this person, the `n`th that lent, has got back.
    fn returned(&mut self, n: usize) -> Heard {
        self.readers.remove(n).join().unwrap().1
    }

    /// Gives all back, as the thread does before it sleeps.
    fn close(&mut self) {
        self.ears.close(&mut lock(&self.office.post.desk).lending);
        std::mem::take(&mut self.ears).give_back();
    }
}

#[test]
fn few_speakers_keep_theirs() {
    let mut stage = Stage::with(patient());
    for n in 0..4 {
        assert!(matches!(stage.returned(0), Heard::Nothing), "{n}");
    }
    stage.round(SHORT);
    assert_eq!(stage.ears.len(), 1);
    stage.close();
    assert!(matches!(stage.returned(0), Heard::Nothing));
}

#[test]
fn after_a_long_round_none_is_taken() {
    let mut stage = Stage::with(patient());
    stage.close();
    stage.readers.clear();
    stage.round(LONG);
    (0..5).for_each(|n| stage.lend(n));
    stage.round(LONG);
    assert_eq!(stage.ears.len(), 0);
}

/// What p4 said, as p0 sees it up to this.
fn said(stage: &mut Stage, last: &str) -> Vec<String> {
    stage.deliver();
    let seen = stage.people[0].take_to(&format!(" p4 {last}\n"));
    let said = seen
        .lines()
        .filter_map(|line| line.split_once(" lobby p4 "));
    said.map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn what_comes_is_handed_in_in_order_and_none_is_lost_when_it_goes_back() {
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
    assert_eq!(said(&mut stage, "four"), ["one", "two", "three", "four"]);
    stage.close();
    let (mut ear, heard) = stage.readers.remove(4).join().unwrap();
    assert!(matches!(heard, Heard::Nothing));
    assert_eq!(ear.lines.rest(), b"SAY kept");
    assert_eq!(ear.lines.next_line(), None);
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
    assert_eq!(said(&mut stage, "number 499"), lines);
    stage.close();
}

#[test]
fn two_silent_rounds_give_it_back() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    stage.round(SHORT);
    assert_eq!(stage.ears.len(), 1);
    stage.round(SHORT);
    assert_eq!(stage.ears.len(), 0);
    assert!(matches!(stage.returned(4), Heard::Nothing));
}

#[test]
fn the_end_is_for_the_reader() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    stage.send(4, b"SAY last\n");
    stage.people[4]
        .stream
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    stage.round(SHORT);
    stage.round(SHORT);
    assert_eq!(said(&mut stage, "last"), ["last"]);
    assert!(matches!(stage.returned(4), Heard::Read(Ok(0))));
}

/// With these limits this comes back as lines that the reader is to hand in.
#[track_caller]
fn check_left(limits: Limits, sent: &str) {
    let mut stage = Stage::with(limits);
    stage.round(SHORT);
    stage.send(4, sent.as_bytes());
    for _ in 0..4 {
        stage.round(SHORT);
    }
    assert_eq!(stage.ears.len(), 0);
    assert!(matches!(stage.returned(4), Heard::Batch(_, None)));
}

#[test]
fn what_cannot_be_handled_at_once_goes_back_with_it() {
    check_left(patient(), &format!("SAY ok\nSAY {}", "x".repeat(20_000)));
    let no_room = Limits {
        outgoing_bytes_max: 0,
        ..patient()
    };
    check_left(no_room, "SAY ok\nSAY no room\n");
}

#[test]
fn lines_that_did_not_fit_into_a_batch_go_back_with_it() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    // An answer to nothing is answered with nothing, so the thread may sleep after it.
    stage.send(4, ("PONG\n".repeat(64) + "SAY kept\n").as_bytes());
    stage.round(SHORT);
    stage.close();
    assert!(matches!(stage.returned(4), Heard::Batch(_, None)));
}

/// A stage on which p4 has sent this and was then torn away.
fn torn(limits: Limits, sent: &str) -> Stage {
    let mut stage = Stage::with(limits);
    stage.round(SHORT);
    stage.office.tell(&stage.people[4], b"unread\n");
    stage.deliver();
    stage.people[4].stream.peek(&mut [0]).unwrap();
    stage.send(4, sent.as_bytes());
    // Over what is unread that is a reset.
    drop(stage.people.remove(4));
    stage
}

/// So many texts and a last one, which said make so many bytes: a reader's space is full with them, so it reads once
/// more and finds the error.
fn filling(count: usize, bytes: usize) -> Vec<String> {
    let mut texts: Vec<_> = (0..count).map(|n| n.to_string()).collect();
    let rest = bytes - said_as(&texts).len() - said_as(&[String::new()]).len();
    texts.push("x".repeat(rest));
    texts
}

fn said_as(texts: &[String]) -> String {
    texts.iter().map(|text| format!("SAY {text}\n")).collect()
}

#[test]
fn an_error_behind_what_cannot_be_handled_goes_back_with_it() {
    let no_room = Limits {
        outgoing_bytes_max: 0,
        ..patient()
    };
    let mut stage = torn(no_room, &said_as(&filling(1, 128)));
    stage.round(SHORT);
    stage.round(SHORT);
    assert!(matches!(stage.returned(4), Heard::Batch(_, Some(_))));
}

#[test]
fn an_error_behind_many_lines_goes_back_after_all_of_them() {
    let texts = filling(80, 1024);
    let mut stage = torn(patient(), &said_as(&texts));
    stage.round(SHORT);
    stage.round(SHORT);
    stage.round(SHORT);
    assert_eq!(said(&mut stage, &texts[80]), texts);
    assert!(matches!(stage.returned(4), Heard::Read(Err(_))));
}

#[test]
fn who_has_no_name_keeps_its_own() {
    let mut stage = Stage::with(patient());
    stage.round(SHORT);
    let nobody = stage.office.connect();
    stage.people.push(nobody);
    stage.lend(5);
    stage.round(SHORT);
    assert_eq!(stage.ears.len(), 1);
    assert!(matches!(stage.returned(5), Heard::Nothing));
    stage.close();
}
