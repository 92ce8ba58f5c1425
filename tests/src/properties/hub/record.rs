//! Whatever happens, its record is a transcript that can be read.

use chalktalk::play::parse::parse;
use chalktalk::play::record;
use chalktalk::server::outgoing::ConnectionId;
use chalktalk::tap::Taps;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A record in memory, and the tap that writes it.
#[derive(Clone, Debug)]
pub struct Record {
    text: Text,
    taps: Taps,
}

#[derive(Clone, Debug, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().expect("nobody panicked");
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Record {
    fn default() -> Record {
        let text = Text::default();
        let taps = record::to(text.clone(), "--no-limits", drop).expect("a thread");
        Record { text, taps }
    }
}

impl Record {
    /// The tap.
    #[must_use]
    pub fn taps(&self) -> Taps {
        self.taps.clone()
    }

    /// This line, which has no end yet, was read.
    pub fn read(&self, connection: ConnectionId, line: &[u8]) {
        let tap = self.taps.get().expect("a tap");
        tap.read(connection.0, &[line, b"\n"].concat());
    }

    /// What was written so far reads as a transcript.
    ///
    /// # Panics
    /// Where it does not.
    pub fn reads(&self) {
        // Whoever reads waits until all before is written.
        self.taps.get().expect("a tap").read(0, b"");
        let text = self.text.0.lock().expect("nobody panicked").clone();
        let text = String::from_utf8(text).expect("a transcript is text");
        let script = parse("record.chat", &text, &mut |_| Err(String::new()));
        if let Err(mistake) = script {
            panic!("{mistake}\n{text}");
        }
    }
}
