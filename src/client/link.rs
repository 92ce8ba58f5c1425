//! The connection and its thread.
//!
//! A thread for each connection opens it and then reads, because `std` can wait for one thing at a time; it
//! hands what it read to the one channel of the client's loop. Two buffers go round between the two, so a server
//! that sends faster than anybody reads is slowed by TCP and fills no memory, while a user's commands, which
//! come through the same channel, never wait. A bounded channel instead could make both sides wait for each
//! other, where whoever takes the events is also the one who sends.

use super::address::Address;
use super::command::Command;
use super::connection::{Connection, Met, Reader, Writer};
use super::event::{Ticket, Trouble};
use crate::secure::trust::Pin;
use crate::transport::Taps;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread;

const BUFFERS: usize = 2;

/// What the client's loop waits for. The number tells connections apart: a late word of an old one means nothing.
pub(super) enum Input {
    /// The user wants something.
    Command(Ticket, Command),
    /// Nobody is interested any more.
    Abandoned,
    /// The connection is open; this machine has that address on it.
    Opened(u64, Writer, Option<IpAddr>),
    /// This was read.
    Read(u64, Buffer),
    /// It could not be made, or is gone.
    Broken(u64, Trouble),
}

/// Bytes that were read, and the way back to the thread that reads. Were the way kept anywhere else, a thread
/// whose buffers were dropped would wait for them for ever.
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    home: Sender<Buffer>,
}

impl Buffer {
    /// To be filled again.
    pub(super) fn give_back(self) {
        let home = self.home.clone();
        // The thread may have ended.
        let _ = home.send(self);
    }
}

/// At most one connection to the server.
pub(super) struct Link {
    address: Address,
    pin: Pin,
    taps: Taps,
    inputs: Sender<Input>,
    /// How many connections there have been.
    number: u64,
    /// The first one, where it is there already.
    first: Option<Connection>,
    writer: Option<Writer>,
}

impl Link {
    pub(super) fn new(
        (address, pin, taps): (Address, Pin, Taps),
        first: Option<Connection>,
        inputs: Sender<Input>,
    ) -> Link {
        Link {
            address,
            pin,
            taps,
            inputs,
            number: 0,
            first,
            writer: None,
        }
    }

    /// Begins to open a connection; an [`Input`] will tell how it went.
    pub(super) fn open(&mut self) {
        self.close();
        let (number, inputs) = (self.number, self.inputs.clone());
        let (address, pin, taps) = (self.address.clone(), self.pin.clone(), self.taps.clone());
        let first = self.first.take();
        let thread = thread::Builder::new().name("link".into()).spawn(move || {
            let connection = first.map_or_else(
                || Ok(Met::at(&address, None)?.go_on(&pin, &taps, number)?.0),
                Ok,
            );
            let trouble = connection.map_or_else(
                |trouble| trouble,
                |connection| run(number, connection, &inputs),
            );
            // Nobody listens where the client has ended meanwhile.
            let _ = inputs.send(Input::Broken(number, trouble));
        });
        if let Err(error) = thread {
            let trouble = Trouble::Own(error.to_string());
            let _ = self.inputs.send(Input::Broken(number, trouble));
        }
    }

    /// Is this a word of the connection that counts?
    pub(super) fn is_current(&self, number: u64) -> bool {
        self.number == number
    }

    /// The connection has been opened.
    pub(super) fn opened(&mut self, writer: Writer) {
        self.writer = Some(writer);
    }

    /// Ends the connection, if there is one.
    pub(super) fn close(&mut self) {
        self.number += 1;
        if let Some(writer) = self.writer.take() {
            writer.hang_up();
        }
    }

    /// Sends all of it, or says why not.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.writer.as_mut().ok_or(Trouble::Broken)?.send(bytes)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

/// Reads until the connection ends; says why it did.
fn run(number: u64, connection: Connection, inputs: &Sender<Input>) -> Trouble {
    let Connection {
        mut reader,
        writer,
        from,
    } = connection;
    if let Err(SendError(opened)) = inputs.send(Input::Opened(number, writer, from)) {
        if let Input::Opened(_, writer, _) = opened {
            writer.hang_up();
        }
        return Trouble::Broken;
    }
    let (home, buffers) = channel();
    for _ in 0..BUFFERS {
        let bytes = Vec::new();
        Buffer {
            bytes,
            home: home.clone(),
        }
        .give_back();
    }
    drop(home);
    read_on(&mut reader, &buffers, |buffer| {
        inputs.send(Input::Read(number, buffer))
    })
}

fn read_on<E>(
    reader: &mut Reader,
    buffers: &Receiver<Buffer>,
    hand_over: impl Fn(Buffer) -> Result<(), E>,
) -> Trouble {
    while let Ok(mut buffer) = buffers.recv() {
        if let Err(trouble) = reader.read(&mut buffer.bytes) {
            return trouble;
        }
        if hand_over(buffer).is_err() {
            break;
        }
    }
    Trouble::Broken
}
