//! The trace: each read and each write as it happened, and what the lines were taken for.
//!
//! What it is there to show: a read is not a message. One may bring half a line, or three; one write may carry what
//! ten people said. It goes through the log, and so says which thread did it, and stops nobody.

use std::sync::Arc;

use crate::sanitise::plain_line;
use crate::server::Log;
use crate::transport::Tap;

/// A tap that tells the log.
#[derive(Debug)]
struct Trace(Log);

/// A tap that tells this log, if one is wanted.
pub fn to(log: &Log, is_wanted: bool) -> Option<Arc<dyn Tap>> {
    is_wanted.then(|| -> Arc<dyn Tap> { Arc::new(Trace(log.clone())) })
}

impl Trace {
    fn moved(&self, connection: u64, did: &str, bytes: &[u8], nothing: &str) {
        let told = match bytes.len() {
            0 => nothing.to_owned(),
            count => format!("{did} {count}: \"{}\"", bytes.escape_ascii()),
        };
        self.0.say(format!("#{connection} {told}"));
    }
}

impl Tap for Trace {
    fn read(&self, connection: u64, bytes: &[u8]) {
        self.moved(connection, "read", bytes, "read: the end");
    }

    fn wrote(&self, connection: u64, bytes: &[u8]) {
        self.moved(connection, "wrote", bytes, "wrote nothing");
    }

    fn decoded(&self, connection: u64, line: Result<&str, &str>) {
        let (what, text) = match line {
            Ok(line) => ("a line", line),
            Err(fault) => ("no line of ours", fault),
        };
        // Lines hold what others wrote, and a log may be read on a terminal.
        let text = plain_line(text);
        self.0.say(format!("#{connection} {what}: {text}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Style;
    use std::io::Write;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn bytes_are_shown_with_their_boundaries_and_cannot_reach_the_terminal() {
        let lines = Lines::default();
        let log = Log::to(lines.clone(), Style::Text);
        let tap = to(&log, true).unwrap();
        tap.read(7, b"NAME an");
        tap.read(7, b"na\n\x1b[2J\xff");
        tap.decoded(7, Ok("NAME anna"));
        tap.decoded(7, Err("not-utf8: \u{202e}"));
        tap.wrote(7, b"");
        tap.read(7, b"");
        log.flush();
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let thread = std::thread::current().name().unwrap_or("?").to_owned();
        let expected = [
            "#7 read 7: \"NAME an\"",
            "#7 read 8: \"na\\n\\x1b[2J\\xff\"",
            "#7 a line: NAME anna",
            "#7 no line of ours: not-utf8: <RLO>",
            "#7 wrote nothing",
            "#7 read: the end",
        ];
        let expected = expected.map(|line| format!("[{thread}] {line}"));
        let without_times = text.lines().map(|line| line.split_once(' ').unwrap().1);
        assert_eq!(without_times.collect::<Vec<_>>(), expected);
    }
}
