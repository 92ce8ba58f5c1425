//! How a test's post starts its couriers: as always, counted, or not at all.

use std::io::{self, ErrorKind};
use std::sync::{Condvar, Mutex};
use std::thread;

use super::DEADLINE;

/// The couriers that a test's post has had. One for each test: a [`Spawn`](super::Spawn) is a plain function.
pub(super) struct Couriers {
    tally: Mutex<Tally>,
    changed: Condvar,
}

#[derive(Debug)]
struct Tally {
    begun: usize,
    at_work: Vec<String>,
}

impl Couriers {
    pub(super) const fn new() -> Couriers {
        let tally = Tally {
            begun: 0,
            at_work: Vec::new(),
        };
        Couriers {
            tally: Mutex::new(tally),
            changed: Condvar::new(),
        }
    }

    pub(super) fn start(
        &'static self,
        name: &str,
        run: Box<dyn FnOnce() + Send>,
    ) -> io::Result<()> {
        let name = name.to_owned();
        let mut tally = self.tally.lock().unwrap();
        tally.begun += 1;
        // The last of that name may be giving the right back just now.
        tally.at_work.push(name.clone());
        self.changed.notify_all();
        let run = move || {
            run();
            let at_work = &mut self.tally.lock().unwrap().at_work;
            let at = at_work.iter().position(|other| *other == name).unwrap();
            at_work.swap_remove(at);
            self.changed.notify_all();
        };
        thread::Builder::new().spawn(run).map(drop)
    }

    pub(super) fn begun(&self) -> usize {
        self.tally.lock().unwrap().begun
    }

    /// Waits until so many have begun.
    #[track_caller]
    pub(super) fn wait_for(&self, begun: usize) {
        self.wait_while(|tally| tally.begun < begun);
    }

    /// Waits until all of these are at work.
    #[track_caller]
    pub(super) fn wait_for_each(&self, names: &[String]) {
        self.wait_while(|tally| !names.iter().all(|name| tally.at_work.contains(name)));
    }

    /// Waits until none is at work.
    #[track_caller]
    pub(super) fn wait_for_end(&self) {
        self.wait_while(|tally| !tally.at_work.is_empty());
    }

    #[track_caller]
    fn wait_while(&self, unlike: impl Fn(&mut Tally) -> bool) {
        let tally = self.tally.lock().unwrap();
        let waited = self.changed.wait_timeout_while(tally, DEADLINE, unlike);
        let (tally, waited) = waited.unwrap();
        let left = format!("{tally:?}");
        // A panic with the lock would be one of the post's too.
        drop(tally);
        assert!(!waited.timed_out(), "the couriers stay {left}");
    }
}

/// Couriers for a test that does not count them.
pub(super) fn couriers(_: String, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new().spawn(run).map(drop)
}

/// No courier for anybody.
pub(super) fn no_couriers(_: String, _: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    Err(ErrorKind::WouldBlock.into())
}
