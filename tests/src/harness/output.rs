//! The output of a process, line by line.

use super::{DEADLINE, Lines};
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What came out of a pipe, read by a thread of its own: the process never waits for the test.
#[derive(Clone, Debug)]
pub struct Output(Arc<(Mutex<Taken>, Condvar)>);

#[derive(Debug, Default)]
struct Taken {
    lines: Vec<String>,
    taken: usize,
    ended: bool,
}

impl Output {
    pub(super) fn ended() -> Output {
        let read = Taken {
            ended: true,
            ..Taken::default()
        };
        Output(Arc::new((Mutex::new(read), Condvar::new())))
    }

    pub(super) fn read(pipe: impl Read + Send + 'static) -> Output {
        let output = Output(Arc::default());
        let shared = output.clone();
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe
                .read_until(b'\n', &mut line)
                .is_ok_and(|length| length > 0)
            {
                let text = String::from_utf8_lossy(&line);
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                line.clear();
                shared.update(|read| read.lines.push(text));
            }
            shared.update(|read| read.ended = true);
        });
        output
    }

    /// Every line so far, taken or not.
    pub fn all(&self) -> String {
        self.lock()
            .lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, change: impl FnOnce(&mut Taken)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    #[track_caller]
    fn wait_while(&self, condition: impl Fn(&mut Taken) -> bool) -> MutexGuard<'_, Taken> {
        let waited = self
            .0
            .1
            .wait_timeout_while(self.lock(), DEADLINE, condition);
        let (read, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(
            !waited.timed_out(),
            "nothing came within {DEADLINE:?}, after {:#?}",
            read.lines
        );
        read
    }

    #[track_caller]
    pub(super) fn wait_for_end(&self) {
        drop(self.wait_while(|read| !read.ended));
    }
}

impl Lines for Output {
    #[track_caller]
    fn next_line(&mut self) -> Option<String> {
        let mut read = self.wait_while(|read| read.taken == read.lines.len() && !read.ended);
        let line = read.lines.get(read.taken).cloned();
        read.taken += usize::from(line.is_some());
        line
    }
}
