//! What really happened, as a transcript that plays: `chalktalk serve --record FILE`.
//!
//! It tells all that was said, in private too. A `story` makes sentences of what the server reads and decides, and
//! a thread writes them, since nobody may wait under the server's lock. But whoever reads on waits until
//! all is written that was decided before: so what waits is bounded by what one read of everybody can cause, and
//! when the process is killed the file ends with a whole turn, at most one behind for each connection.

mod line;
mod story;

#[cfg(test)]
mod tests;

use crate::tap::{Decision, Tap, Taps};
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use story::Story;

/// For the thread that writes.
enum Page {
    Text(String),
    /// Answer when all before it is written.
    Written(SyncSender<()>),
}

struct Record {
    story: Mutex<Story>,
    pages: Sender<Page>,
}

/// A tap that writes a transcript there. `flags` are for the server that will play it; `complain` is told if it
/// cannot go on.
///
/// # Errors
/// Where nothing can be written there.
pub fn to(
    mut file: impl Write + Send + 'static,
    flags: &str,
    complain: impl FnOnce(io::Error) + Send + 'static,
) -> io::Result<Taps> {
    // Patient, for nothing in it waits for a time to pass.
    let head = format!(
        "# A conversation as it was: chalktalk serve --record wrote it. All that was said is here, in private too.\n\
         flags: {flags}\ndeadline 10 s\n"
    );
    file.write_all(head.as_bytes())?;
    let (pages, waiting) = channel();
    let write = move || {
        if let Err(error) = write(file, &waiting) {
            complain(error);
        }
    };
    thread::Builder::new().name("record".into()).spawn(write)?;
    let story = Mutex::default();
    Ok(Taps::new(Arc::new(Record { story, pages })))
}

fn write(mut file: impl Write, pages: &Receiver<Page>) -> io::Result<()> {
    for page in pages {
        match page {
            Page::Text(text) => file.write_all(text.as_bytes())?,
            Page::Written(done) => drop(done.send(())),
        }
    }
    Ok(())
}

impl Record {
    fn story(&self) -> std::sync::MutexGuard<'_, Story> {
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tap for Record {
    fn read(&self, connection: u64, bytes: &[u8]) {
        self.story().read(connection, bytes);
        let (done, written) = sync_channel(1);
        // Where the thread has ended nothing is written any more, and nobody waits.
        let _ = self.pages.send(Page::Written(done));
        let _ = written.recv();
    }

    fn wrote(&self, _: u64, _: &[u8]) {}

    fn decoded(&self, _: u64, _: Result<&str, &str>) {}

    fn decided(&self, decision: Decision<'_>) {
        let mut story = self.story();
        let text = story.decided(decision);
        if !text.is_empty() {
            let _ = self.pages.send(Page::Text(text));
        }
    }
}
