//! The log: one line an event on stderr, with the name of the thread. Never what people said.
//!
//! Lines go through a bounded queue to a thread of their own, because a stderr that nobody reads must not stop the
//! chat. What does not fit is counted and told later. `eprintln!` is not used: it panics on a closed stderr.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::hub::Note;

/// Lines that may wait.
const QUEUE_LINES: usize = 1024;

/// Where to tell what happens.
#[derive(Clone, Debug)]
pub struct Log {
    queue: Option<SyncSender<Line>>,
    dropped: Arc<AtomicU64>,
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

#[derive(Debug)]
enum Line {
    Said {
        at: Duration,
        thread: String,
        what: What,
    },
    /// Answer when all before it is written.
    Flush(SyncSender<()>),
}

#[derive(Debug)]
enum What {
    Note(Note),
    Text(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Note(note) => note.fmt(f),
            What::Text(text) => f.write_str(text),
        }
    }
}

impl Log {
    /// A log that tells nobody.
    pub fn silent() -> Log {
        Log {
            queue: None,
            dropped: Arc::default(),
        }
    }

    /// A log to a stream, through a thread: as text.
    pub fn to(stream: impl Write + Send + 'static) -> Log {
        Log::styled(stream, Style::Text)
    }

    /// The same, as one likes it.
    pub fn styled(stream: impl Write + Send + 'static, style: Style) -> Log {
        let (queue, lines) = sync_channel(QUEUE_LINES);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&dropped);
        let writer = thread::Builder::new()
            .name("log".into())
            .spawn(move || write(stream, &lines, &counter, style));
        Log {
            queue: writer.ok().map(|_| queue),
            dropped,
        }
    }

    /// Something happened at the hub.
    pub(super) fn note(&self, note: Note) {
        self.push(What::Note(note));
    }

    /// Something else happened.
    pub fn say(&self, text: impl Into<String>) {
        self.push(What::Text(text.into()));
    }

    fn push(&self, what: What) {
        let Some(queue) = &self.queue else { return };
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let thread = thread::current().name().unwrap_or("?").to_owned();
        if let Err(TrySendError::Full(_)) = queue.try_send(Line::Said { at, thread, what }) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was said is written, but not for long.
    pub fn flush(&self) {
        let (done, written) = sync_channel(1);
        if let Some(queue) = &self.queue
            && queue.try_send(Line::Flush(done)).is_ok()
        {
            let _ = written.recv_timeout(Duration::from_secs(1));
        }
    }
}

fn write(mut stream: impl Write, lines: &Receiver<Line>, dropped: &AtomicU64, style: Style) {
    for line in lines {
        let missed = dropped.swap(0, Ordering::Relaxed);
        if missed > 0 {
            let _ = writeln!(
                stream,
                "{}",
                style.line(
                    "",
                    "log",
                    &What::Text(format!("{missed} lines were dropped"))
                )
            );
        }
        // A stream that is closed stays closed; the lines are nobody's then.
        match line {
            Line::Said { at, thread, what } => {
                let _ = writeln!(stream, "{}", style.line(&time_of_day(at), &thread, &what));
            }
            Line::Flush(done) => {
                let _ = stream.flush();
                let _ = done.send(());
            }
        }
    }
}

impl Style {
    fn line(self, time: &str, thread: &str, what: &What) -> String {
        match (self, what) {
            (Style::Text, what) => format!("{time} [{thread}] {what}"),
            (Style::Json, What::Text(text)) => {
                json(time, thread, "text", &[("text", text.clone())])
            }
            (Style::Json, What::Note(note)) => {
                let (event, fields) = note.fields();
                json(time, thread, event, &fields)
            }
        }
    }
}

/// One object of strings, on one line.
fn json(time: &str, thread: &str, event: &str, fields: &[(&str, String)]) -> String {
    let head = [
        ("time", time.to_owned()),
        ("thread", thread.to_owned()),
        ("event", event.to_owned()),
    ];
    let members: Vec<String> = head
        .iter()
        .chain(fields)
        .map(|(key, value)| format!("\"{key}\":{}", json_string(value)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// RFC 8259, section 7: the quotation mark, the backslash and the controls are escaped.
fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The time of day in UTC, to the millisecond. The date is left to whoever keeps the log.
fn time_of_day(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs() % (24 * 60 * 60);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02}.{:03}Z",
        seconds % 60,
        since_1970.subsec_millis()
    )
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
        let log = Log::to(Stuck(begun, stuck));
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
    fn a_line_for_programs_is_json_whatever_stands_in_it() {
        let text = What::Text("a \"b\" \\ \u{1b}é".into());
        let line = Style::Json.line("1", "reader 1", &text);
        assert_eq!(
            line,
            r#"{"time":"1","thread":"reader 1","event":"text","text":"a \"b\" \\ \u001bé"}"#
        );
    }

    #[test]
    fn the_clock_is_that_of_utc() {
        assert_eq!(
            time_of_day(Duration::from_millis(1_763_816_400_250)),
            "13:00:00.250Z"
        );
    }
}
