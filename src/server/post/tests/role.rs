//! Who delivers: what was left at the hub is delivered, by whoever it is, and nobody holds the hub up.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::ThreadId;

use super::super::{Held, Role, lock};
use super::*;

impl Office {
    /// Makes the role what a thread would find that comes now.
    fn set_role(&self, role: Role) {
        lock(&self.post.desk).role = role;
    }

    /// Makes it long ago that anybody had the role: whoever comes now takes it for a round.
    pub(super) fn calm_down(&self) {
        let long_ago = std::time::Instant::now().checked_sub(DEADLINE).unwrap();
        self.set_role(Role::Free { since: long_ago });
    }

    fn role_is(&self, like: fn(&Role) -> bool) -> bool {
        like(&lock(&self.post.desk).role)
    }

    /// Does this while nobody else delivers, as a thread does that has the role; then gives it back.
    fn while_held(&self, act: impl FnOnce()) {
        loop {
            let mut desk = lock(&self.post.desk);
            if is_free(&desk.role) {
                desk.role = Role::Held;
                break;
            }
            drop(desk);
            thread::yield_now();
        }
        let held = Held(&self.post);
        act();
        drop(held);
    }

    pub(super) fn start_postman(&self) -> thread::JoinHandle<()> {
        let post = Arc::clone(&self.post);
        thread::spawn(move || post.run())
    }

    /// One with a person, who has read all there was, and whose postman is no more.
    fn without_postman() -> (Office, Far) {
        let office = Office::closed(patient(), couriers);
        let postman = office.start_postman();
        let anna = office.join("anna");
        office.post.dismiss_postman();
        postman.join().unwrap();
        (office, anna)
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
    let (office, mut anna) = Office::without_postman();
    office.calm_down();
    office.say(b"quiet\n");
    anna.expect(b"quiet\n");
    assert!(office.role_is(is_free));
}

#[test]
fn when_it_is_busy_the_thread_does() {
    let (office, mut anna) = Office::without_postman();
    let soon = std::time::Instant::now() + DEADLINE;
    office.set_role(Role::Free { since: soon });
    office.say(b"busy\n");
    assert!(office.role_is(is_called));
    office.start_postman();
    anna.expect(b"busy\n");
}

#[test]
fn what_is_left_while_somebody_delivers_is_delivered_after() {
    let office = Office::open(patient(), couriers);
    let mut anna = office.join("anna");
    office.while_held(|| office.say(b"meanwhile\n"));
    anna.expect(b"meanwhile\n");
}

#[test]
fn a_thread_that_unwinds_gives_the_role_back() {
    let office = Office::open(patient(), couriers);
    let mut anna = office.join("anna");
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        office.while_held(|| {
            office.say(b"before\n");
            panic!("as a test may, where a panic does not end the process");
        });
    }));
    assert!(unwound.is_err());
    anna.expect(b"before\n");
}

#[test]
fn a_reader_waits_while_too_much_waits_and_departures_pass() {
    let limits = Limits {
        outgoing_bytes_max: 1000,
        ..patient()
    };
    let office = Office::open(limits, couriers);
    let (mut anna, bert) = (office.join("anna"), office.join("bert"));
    let (in_now, came_in) = channel();
    office.while_held(|| {
        office.say(&line("much", 1001));
        let post = Arc::clone(&office.post);
        thread::spawn(move || {
            post.enter_when_clear(|_, out, _| {
                out.to_room(LOBBY, |line| line.extend(b"waited\n"));
            });
            in_now.send(()).unwrap();
        });
        // It is at the door once it is counted there.
        while lock(&office.post.desk).readers_waiting == 0 {
            thread::yield_now();
        }
        assert!(came_in.try_recv().is_err());
        let name = crate::wire::Code::QUIT;
        office
            .post
            .enter(|hub, out, now| hub.gone(bert.id(), name, now, out));
        office.post.tick();
        assert_eq!(office.people(), 1);
        assert!(came_in.try_recv().is_err());
    });
    assert_eq!(came_in.recv_timeout(DEADLINE), Ok(()));
    let all = anna.take_to("waited\n");
    assert!(all.find(" bert quit").is_some(), "{all}");
}

#[test]
fn what_many_threads_leave_at_once_comes_to_all_in_one_order() {
    let office = Office::open(patient(), couriers);
    let mut people: Vec<_> = (0..5).map(|n| office.join(&format!("p{n}"))).collect();
    office.say(b"start\n");
    people
        .iter_mut()
        .for_each(|far| drop(far.take_to("start\n")));
    let readers: Vec<_> = people
        .into_iter()
        .map(|mut far| thread::spawn(move || far.take_to("done\n")))
        .collect();
    thread::scope(|scope| {
        let said = |thread: ThreadId, n: i32| format!("{thread:?} {n}\n");
        for _ in 0..8 {
            let office = &office;
            scope.spawn(move || {
                let me = thread::current().id();
                (0..500).for_each(|n| office.say(said(me, n).as_bytes()));
            });
        }
    });
    office.say(b"done\n");
    let streams: Vec<_> = readers
        .into_iter()
        .map(|reader| reader.join().unwrap())
        .collect();
    assert_eq!(streams[0].lines().count(), 8 * 500 + 1);
    assert!(streams.iter().all(|stream| *stream == streams[0]));
}

#[test]
fn nothing_is_delivered_after_the_postman_is_dismissed() {
    let (office, anna) = Office::without_postman();
    office.say(b"too late\n");
    anna.peer.cut();
    assert_eq!(anna.rest(), "");
}
