//! The log: one line an event on stderr, with the name of the thread. Never what people said.
//!
//! Lines go through a bounded queue to a thread of their own, because a stderr that nobody reads must not stop the
//! chat. What does not fit is counted and told later. `eprintln!` is not used: it panics on a closed stderr.

use std::fmt::{Display, Write as _};
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::hub::Note;
use super::outbox::lock;
use crate::clock::{self, Offset};
use crate::wire::UnixMs;

/// Lines that may wait.
const QUEUE_LINES: usize = 1024;

/// Where to tell what happens.
#[derive(Clone, Debug, Default)]
pub struct Log {
    queue: Option<SyncSender<Line>>,
    style: Style,
    dropped: Arc<AtomicU64>,
    shortages: Arc<Mutex<Shortages>>,
}

/// What the server lacked since that was last told.
#[derive(Debug, Default)]
struct Shortages {
    told: Option<Instant>,
    untold: u64,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// For people.
    #[default]
    Text,
    /// For programs: an object of strings on each line, with `time`, `thread` and `event`.
    Json,
}

/// What a line for programs tells, beside its text.
type Field<'a> = (&'a str, &'a dyn Display);

#[derive(Debug)]
enum Line {
    Said(String),
    /// Answer when all before it is written.
    Flush(SyncSender<()>),
}

impl Log {
    /// A log that tells nobody.
    pub fn silent() -> Log {
        Log::default()
    }

    /// A log to a stream, through a thread.
    pub fn to(stream: impl Write + Send + 'static, style: Style) -> Log {
        let (queue, lines) = sync_channel(QUEUE_LINES);
        let dropped = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&dropped);
        let writer = thread::Builder::new().name("log".into());
        let writer = writer.spawn(move || write(stream, &lines, &counter, style));
        let queue = writer.ok().map(|_| queue);
        Log {
            queue,
            style,
            dropped,
            shortages: Arc::default(),
        }
    }

    /// Something happened at the hub.
    pub(super) fn note(&self, note: &Note) {
        note.tell(|event, fields| self.push(&note.to_string(), event, fields));
    }

    /// Something else happened.
    pub fn say(&self, text: impl Into<String>) {
        let text = text.into();
        self.push(&text, "text", &[("text", &text)]);
    }

    /// Says what the server lacks. Each who comes meets it, so it is said once a second at most, and then how often.
    pub(super) fn lack(&self, what: &dyn Display) {
        let mut shortages = lock(&self.shortages);
        let just_told = |told: Instant| told.elapsed() < Duration::from_secs(1);
        shortages.untold += 1;
        if !shortages.told.is_some_and(just_told) {
            shortages.told = Some(Instant::now());
            match std::mem::take(&mut shortages.untold) {
                1 => self.say(what.to_string()),
                times => self.say(format!("{what} ({times} times since it was last told)")),
            }
        }
    }

    /// Laid out here and not by the thread that writes, so that what waits is nothing but text.
    fn push(&self, text: &str, event: &str, fields: &[Field<'_>]) {
        let Some(queue) = &self.queue else { return };
        let line = self.style.line(clock::now(), event, text, fields);
        if let Err(TrySendError::Full(_)) = queue.try_send(Line::Said(line)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was said is written, but not for long.
    pub fn flush(&self) {
        let (done, written) = sync_channel(1);
        // Where nobody takes it, it is dropped, and there is nothing to wait for.
        let flush = |queue: &SyncSender<Line>| drop(queue.try_send(Line::Flush(done)));
        self.queue.as_ref().map(flush);
        let _ = written.recv_timeout(Duration::from_secs(1));
    }
}

/// The log's thread. A stream that is closed stays closed; the lines are nobody's then.
fn write(mut stream: impl Write, lines: &Receiver<Line>, dropped: &AtomicU64, style: Style) {
    for line in lines {
        let missed = dropped.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let text = format!("{missed} lines were dropped");
            let line = style.line(clock::now(), "text", &text, &[("text", &text)]);
            let _ = stream.write_all(line.as_bytes());
        }
        match line {
            Line::Said(line) => drop(stream.write_all(line.as_bytes())),
            Line::Flush(done) => {
                let _ = stream.flush();
                let _ = done.send(());
            }
        }
    }
}

impl Style {
    /// Lays out a line of this time and event, and of the thread that tells it, with its LF: it is written in one piece,
    /// so that what others write to the same stream does not stand in the middle of it.
    fn line(self, time: UnixMs, event: &str, text: &str, fields: &[Field<'_>]) -> String {
        let (time, me) = (timestamp(time), thread::current());
        let thread = me.name().unwrap_or("?");
        if self == Style::Text {
            return format!("{time} [{thread}] {text}\n");
        }
        let head: [Field<'_>; 3] = [("time", &time), ("thread", &thread), ("event", &event)];
        let member =
            |(key, value): &Field<'_>| format!("\"{key}\":{}", json_string(&value.to_string()));
        let members: Vec<String> = head.iter().chain(fields).map(member).collect();
        format!("{{{}}}\n", members.join(","))
    }
}

/// RFC 8259, section 7: the quotation mark, the backslash and the controls are escaped.
pub(crate) fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Date and time as RFC 3339 writes them, to the millisecond, in UTC: whoever keeps logs of several machines wants one
/// clock. The offset stands there as a number, as in the times of those who say where they are.
fn timestamp(time: UnixMs) -> String {
    let (stamp, millis) = (Offset::default().stamp(time), time.0 % 1000);
    let (time, offset) = stamp.split_once('+').unwrap_or_default();
    format!("{time}.{millis:03}+{offset}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_takes_nothing_stops_nobody() {
        struct Stuck(SyncSender<()>, Receiver<()>);
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.try_send(());
                let _ = self.1.recv();
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (release, stuck) = std::sync::mpsc::channel();
        let (begun, stuck_now) = sync_channel(1);
        let log = Log::to(Stuck(begun, stuck), Style::Text);
        log.say("the first, which is written for ever");
        stuck_now.recv().unwrap();
        for n in 0..3 * QUEUE_LINES {
            log.say(n.to_string());
        }
        assert_eq!(log.dropped.load(Ordering::Relaxed), 2 * QUEUE_LINES as u64);
        drop(release);
        log.flush();
    }

    #[test]
    fn a_line_is_written_in_one_piece() {
        struct Pieces(std::sync::mpsc::Sender<String>);
        impl Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (sender, pieces) = std::sync::mpsc::channel();
        let log = Log::to(Pieces(sender), Style::Text);
        log.dropped.store(3, Ordering::Relaxed);
        log.say("hello");
        let [dropped, said] = [(); 2].map(|()| pieces.recv().unwrap());
        assert!(dropped.ends_with("] 3 lines were dropped\n") && said.ends_with("] hello\n"));
    }

    #[test]
    fn a_line_for_programs_is_json_whatever_stands_in_it() {
        let text = "a \"b\" \\ \u{1b}é";
        let line = Style::Json.line(UnixMs(1), "text", "", &[("text", &text)]);
        let me = thread::current();
        let thread = json_string(me.name().unwrap());
        let told = r#""event":"text","text":"a \"b\" \\ \u001bé""#;
        let expected =
            format!(r#"{{"time":"1970-01-01T00:00:00.001+00:00","thread":{thread},{told}}}"#);
        assert_eq!(line, expected + "\n");
    }

    #[test]
    fn the_clock_is_that_of_utc() {
        #[track_caller]
        fn check(millis: u64, expected: &str) {
            assert_eq!(timestamp(UnixMs(millis)), expected);
        }
        check(0, "1970-01-01T00:00:00.000+00:00");
        check(951_782_399_999, "2000-02-28T23:59:59.999+00:00");
        check(951_782_400_000, "2000-02-29T00:00:00.000+00:00");
        check(1_709_251_200_000, "2024-03-01T00:00:00.000+00:00");
        check(1_763_816_400_250, "2025-11-22T13:00:00.250+00:00");
        check(1_798_761_599_000, "2026-12-31T23:59:59.000+00:00");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000+00:00");
    }

    #[test]
    fn what_the_server_lacks_is_said_once_a_second_with_how_often() {
        let (queue, lines) = sync_channel(QUEUE_LINES);
        let log = Log {
            queue: Some(queue),
            ..Log::default()
        };
        let said = || {
            let text = |line| match line {
                Line::Said(line) => line.split_once("] ").map(|(_, text)| text.to_owned()),
                Line::Flush(_) => None,
            };
            lines.try_iter().filter_map(text).collect::<Vec<_>>()
        };
        for _ in 0..100 {
            log.lack(&"no thread");
        }
        assert_eq!(said(), ["no thread\n"]);
        // A second later.
        log.shortages.lock().unwrap().told = None;
        log.clone().lack(&"no thread");
        assert_eq!(said(), ["no thread (100 times since it was last told)\n"]);
    }
}
