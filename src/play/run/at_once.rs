//! What several do at once: the one place where a transcript has threads.

use super::{Failure, Run};
use crate::play::script::{Step, people};
use std::collections::BTreeMap;
use std::io;
use std::panic::resume_unwind;
use std::sync::{RwLock, mpsc};
use std::thread::{self, ScopedJoinHandle};

impl<'a> Run<'a> {
    /// Does these steps, each person's in a thread of its own. All are there before any begins.
    pub(super) fn at_once(&mut self, steps: &'a [Step]) -> Result<(), Box<Failure>> {
        self.note("all at once:");
        let alone = |name: &'a str| {
            let person = self.people.remove(name).unwrap_or_default();
            Run {
                people: BTreeMap::from([(name.to_owned(), person)]),
                vars: self.vars.clone(),
                line_end: self.line_end.clone(),
                only: Some(name),
                cut: self.was_cut(),
                network: self.network.clone(),
                ..*self
            }
        };
        let mut runs: Vec<Run<'a>> = people(steps).into_iter().map(alone).collect();
        let gate = RwLock::new(());
        let (arrive, arrived) = mpsc::channel();
        let done: Result<(), Box<Failure>> = thread::scope(|scope| {
            let closed = gate.write();
            let mut threads = Vec::new();
            for run in &mut runs {
                let (arrive, gate) = (arrive.clone(), &gate);
                threads.push(thread::Builder::new().spawn_scoped(scope, move || {
                    let _ = arrive.send(());
                    drop(gate.read());
                    run.steps(steps)
                }));
            }
            let started = threads.iter().flatten().count();
            arrived.iter().take(started).for_each(drop);
            drop(closed);
            let join = |thread: io::Result<ScopedJoinHandle<'_, _>>| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(error) => {
                    let all = "a thread for each of those who do something at once".to_owned();
                    Err(Failure::new(None, all, error.to_string()))
                }
            };
            threads.into_iter().try_for_each(join)
        });
        for mut run in runs {
            self.people.append(&mut run.people);
            self.vars.append(&mut run.vars);
        }
        done.map(|()| self.note("all are done"))
    }
}
