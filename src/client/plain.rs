//! Plain mode: lines in, lines out. For scripts, pipes, screen readers, and terminals that can do no more.
//!
//! Every line of the input is a message or a command, several pasted at once are several; what the lines of the
//! output mean stands at [`line()`]. At the end of its input it waits until all it was given has been answered and
//! everything said before has arrived, then leaves.
//!
//! The input is asked for only while few commands wait for their answers, so a file of any length is sent at the
//! pace the server allows and none of it is held here. Reading it at once and pausing between lines would need
//! to know the server's limits.

mod manner;
mod show;
mod talk;
mod typed;

pub use manner::{AskName, AtEnd, Failure, Typist};
pub use show::{how_left, line};

use super::connection::Connection;
use super::handle::{Client, Settings};
use std::io::{ErrorKind, Read, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use talk::{Input, Talk};

/// Inputs that may wait for the loop.
const INPUTS_MAX: usize = 256;
const READ_BYTES: usize = 8 * 1024;

/// Chats until the end; see the module. The input is read once one is in: before, it answers questions.
///
/// # Errors
/// Where it did not end as asked for. That nobody reads the output any more is no error: it leaves.
pub fn run<'a>(
    settings: Settings,
    first: Option<Connection>,
    (typist, at_end): (Typist, AtEnd),
    ask_name: AskName<'a>,
    input: impl Read + Send + 'static,
    output: &'a mut impl Write,
) -> Result<(), Failure> {
    let (inputs, received) = mpsc::sync_channel(INPUTS_MAX);
    let place = settings.address.to_string();
    let mode = settings.mode().as_str().to_owned();
    let events = inputs.clone();
    let client = Client::connect_into(settings, first, move |event| {
        let _ = events.send(Input::Event(event));
    })
    .map_err(Failure::Start)?;
    let (ask, asked) = mpsc::channel();
    thread::Builder::new()
        .name("input".into())
        .spawn(move || read(input, &inputs, &asked))
        .map_err(Failure::Start)?;
    let asks = (ask, ask_name);
    let mut talk = Talk::new(client, (place, mode), (typist, at_end), asks, output);
    talk.run(&received)
}

/// The input's thread: reads once each time it is asked to.
fn read(mut input: impl Read, inputs: &SyncSender<Input>, asked: &Receiver<()>) {
    let mut buffer = vec![0; READ_BYTES];
    while asked.recv().is_ok() {
        let read = loop {
            match input.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // An input that fails has no more to say.
                read => break read.unwrap_or(0),
            }
        };
        let bytes = buffer.get(..read).unwrap_or_default().to_vec();
        let input = match read {
            0 => Input::TypedEnd,
            _ => Input::Typed(bytes),
        };
        if inputs.send(input).is_err() || read == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
