//! Who delivers: what was left at the hub is delivered, by whoever it is, and nobody holds the hub up.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::super::{Held, PASSED_MAX, Queue, Role, lock};
use super::*;
use crate::server::inbound::Turn;

impl Fixture {
    /// Makes the role what a thread would find that comes now.
    pub(super) fn set_role(&self, role: Role) {
        lock(&self.dispatcher.state).role = role;
    }

    /// Makes it long ago that anybody had the role: whoever comes now takes it for a round.
    pub(super) fn calm_down(&self) {
        let long_ago = std::time::Instant::now().checked_sub(DEADLINE).unwrap();
        self.set_role(Role::Free { since: long_ago });
    }

    fn role_is(&self, like: fn(&Role) -> bool) -> bool {
        like(&lock(&self.dispatcher.state).role)
    }

    /// Does this while nobody else delivers, as a thread does that has the role; then gives it back. The thread that
    /// otherwise delivers has not begun.
    fn while_held(&self, act: impl FnOnce()) {
        self.set_role(Role::Held);
        let held = Held(&self.dispatcher);
        act();
        drop(held);
    }

    /// One with a person, who has read all there was, and whose thread is no more.
    fn with_dead_thread() -> (Fixture, Far) {
        Fixture::with_dead_thread_and(patient())
    }

    fn with_dead_thread_and(limits: Limits) -> (Fixture, Far) {
        let fixture = Fixture::without_thread(limits);
        let thread = fixture.start_thread();
        let anna = fixture.join("anna");
        fixture.dispatcher.dismiss();
        thread.join().unwrap();
        (fixture, anna)
    }
}

fn is_free(role: &Role) -> bool {
    matches!(role, Role::Free { .. })
}

fn is_called(role: &Role) -> bool {
    matches!(role, Role::Called)
}

#[test]
fn when_it_is_quiet_who_leaves_something_delivers_it() {
    let (fixture, mut anna) = Fixture::with_dead_thread();
    fixture.calm_down();
    fixture.say(b"quiet\n");
    anna.expect(b"quiet\n");
    assert!(fixture.role_is(is_free));
}

#[test]
fn when_it_is_busy_the_thread_does() {
    let (fixture, mut anna) = Fixture::with_dead_thread();
    let since = std::time::Instant::now() + DEADLINE;
    fixture.set_role(Role::Free { since });
    fixture.say(b"busy\n");
    assert!(fixture.role_is(is_called));
    fixture.start_thread();
    anna.expect(b"busy\n");
}

#[test]
fn what_is_left_while_somebody_delivers_is_delivered_after() {
    let (fixture, mut anna) = Fixture::with_dead_thread();
    fixture.while_held(|| fixture.say(b"meanwhile\n"));
    fixture.start_thread();
    anna.expect(b"meanwhile\n");
}

#[test]
fn a_thread_that_unwinds_gives_the_role_back() {
    let (fixture, mut anna) = Fixture::with_dead_thread();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        fixture.while_held(|| {
            fixture.say(b"before\n");
            panic!("as a test may, where a panic does not end the process");
        });
    }));
    assert!(unwound.is_err());
    fixture.start_thread();
    anna.expect(b"before\n");
}

impl Fixture {
    /// Starts a reader that has this to hand in, and waits until it stands in the queue.
    fn waits_for_its_turn(&self, far: &Far, line: &str) -> thread::JoinHandle<Turn> {
        (&far.stream).write_all(line.as_bytes()).unwrap();
        let waiting = |fixture: &Fixture| lock(&fixture.dispatcher.state).queue.waiting.len();
        let before = waiting(self);
        let (dispatcher, mut inbound) = (Arc::clone(&self.dispatcher), far.inbound());
        let reader = thread::spawn(move || {
            while !inbound.read() {}
            dispatcher.hand_in(&mut inbound)
        });
        // It tells nobody that it waits.
        while waiting(self) == before && !reader.is_finished() {
            thread::park_timeout(Duration::from_millis(1));
        }
        reader
    }
}

#[test]
fn readers_wait_in_turn_the_light_ones_first_and_departures_pass() {
    let limits = Limits {
        outgoing_bytes_max: 1000,
        ..patient()
    };
    let (fixture, mut anna) = Fixture::with_dead_thread_and(limits);
    fixture.set_role(Role::Held);
    let people = ["bert", "carl", "dora", "fred"].map(|name| fixture.join_unseen(name));
    let eva = fixture.join_unseen("eva");
    fixture.say(&line("much", 1001));
    let heavy = format!("SAY heavy {}\n", ".".repeat(15_000));
    let lines = ["SAY light\n", &heavy, &heavy, "SAY light\n"];
    // The second line comes when the first is read: then it is known to be heavy.
    let order = [1, 2, 0, 3];
    let readers: Vec<_> = order
        .iter()
        .map(|&n| fixture.waits_for_its_turn(&people[n], lines[n]))
        .collect();
    fixture
        .dispatcher
        .enter(|hub, out, now| hub.gone(eva.id(), crate::wire::Code::QUIT, now, out));
    fixture.dispatcher.tick();
    assert_eq!(fixture.people(), 5);
    assert!(readers.iter().all(|reader| !reader.is_finished()));
    drop(Held(&fixture.dispatcher));
    fixture.start_thread();
    for reader in readers {
        assert_eq!(reader.join().unwrap(), Turn::Done);
    }
    let all = anna.take_to(" dora heavy ") + &anna.take_to("\n");
    let said = |text: &str| all.find(text).unwrap_or_else(|| panic!("no {text}: {all}"));
    let order = [
        " eva quit",
        " bert light",
        " fred light",
        " carl heavy",
        " dora heavy",
    ];
    assert!(order.map(said).is_sorted(), "{all}");
}

#[test]
fn half_of_a_round_is_left_to_light_turns() {
    let limits = Limits {
        delivery_bytes_max: 300_000,
        ..patient()
    };
    let (fixture, _anna) = Fixture::with_dead_thread_and(limits);
    fixture.set_role(Role::Held);
    let [bert, carl, dora, _fred, eva] =
        ["bert", "carl", "dora", "fred", "eva"].map(|name| fixture.join_unseen(name));
    fixture.dispatcher.enter(|_, out, _| {
        out.left(eva.id());
        out.entered(eva.id(), RoomId(1));
    });
    // To the five in the lobby, so more than a half.
    fixture.say(&line("much", 40_000));
    let heavy = format!("SAY heavy {}\n", ".".repeat(16_000));
    for (far, line) in [(&bert, &heavy), (&carl, &"SAY light\n".to_owned())] {
        drop(fixture.waits_for_its_turn(far, line));
    }
    let waiting = || lock(&fixture.dispatcher.state).queue.waiting.len();
    assert_eq!(waiting(), 1, "the heavy one");
    fixture.say(&line("much", 50_000));
    drop(fixture.waits_for_its_turn(&dora, "SAY light\n"));
    assert_eq!(waiting(), 2, "the round is full");
}

#[test]
fn a_heavy_turn_is_let_in_after_some_light_ones() {
    let mut queue = Queue::default();
    queue.join(false);
    queue.join(true);
    let light = |queue: &mut Queue| {
        let may = queue.is_clear(true);
        if may {
            queue.take_turn(None);
        }
        may
    };
    assert!(!light(&mut queue), "a light one waits");
    assert_eq!(queue.first(), 0);
    queue.take_turn(Some(0));
    let passed = (0..100).take_while(|_| light(&mut queue)).count();
    assert_eq!(passed + 1, usize::from(PASSED_MAX));
    queue.join(true);
    assert_eq!(queue.first(), 1, "the heavy one");
    queue.take_turn(Some(1));
    assert_eq!((queue.waiting.len(), queue.light, queue.passed), (1, 1, 0));
    queue.take_turn(Some(0));
    assert!(light(&mut queue) && light(&mut queue), "nobody waits");
}

#[test]
fn a_turn_of_exactly_as_many_lines_as_fit_is_ended() {
    let (fixture, _anna) = Fixture::with_dead_thread();
    fixture.set_role(Role::Held);
    let bert = fixture.join_unseen("bert");
    let mut inbound = bert.inbound();
    // Short enough for one read. Where it read on instead of ending the turn it would find the end.
    (&bert.stream).write_all(&b"\n".repeat(64)).unwrap();
    bert.stream.shutdown(std::net::Shutdown::Write).unwrap();
    let turns = [(); 2].map(|()| {
        inbound.read();
        fixture.dispatcher.hand_in(&mut inbound)
    });
    assert_eq!(turns, [Turn::More, Turn::Done]);
}

#[test]
fn a_turn_is_bounded_by_what_it_costs_to_deliver() {
    let (fixture, _anna) = Fixture::with_dead_thread();
    fixture.set_role(Role::Held);
    let people: Vec<_> = (0..200)
        .map(|n| fixture.join_unseen(&format!("p{n}")))
        .collect();
    let mut inbound = people[0].inbound();
    let lines = format!("SAY {}\n", "x".repeat(1000)).repeat(100);
    (&people[0].stream).write_all(lines.as_bytes()).unwrap();
    // Eleven lines are enough; a read brings up to thirty.
    let cost = loop {
        inbound.poll();
        let (turn, cost) = fixture.dispatcher.enter(|hub, out, now| {
            let before = out.delivery_bytes();
            let turn = inbound.hand_in(hub, out, now);
            (turn, out.delivery_bytes() - before)
        });
        if turn == Turn::More {
            break cost;
        }
    };
    assert!((2 << 20..2 << 21).contains(&cost), "{cost}");
}

#[test]
fn nothing_is_delivered_after_the_end() {
    let (fixture, anna) = Fixture::with_dead_thread();
    fixture.say(b"too late\n");
    anna.peer.cut();
    assert_eq!(anna.rest(), "");
}
