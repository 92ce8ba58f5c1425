//! The classroom protocol once more, in Rust: `cargo run --example classroom -- PORT`.
//!
//! Two threads for each person, one that reads and one that writes, and a bounded queue between
//! whoever speaks and the one who writes: so a slow reader costs a queue and nobody's time.
#![forbid(unsafe_code)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

const LINE_BYTES_MAX: u64 = 16 * 1024;
const WAITING_LINES_MAX: usize = 1000;
const NAME_BYTES_MAX: usize = 16;

/// Where lines for somebody go, and her connection, to be closed if she leaves too many unread.
struct Outbox {
    lines: SyncSender<Vec<u8>>,
    connection: TcpStream,
}

impl Outbox {
    fn send(&self, line: &[u8]) {
        if self.lines.try_send(line.to_vec()).is_err() {
            let _ = self.connection.shutdown(Shutdown::Both);
        }
    }
}

/// Everybody with a name, in the order they came.
type People = Arc<Mutex<Vec<(Vec<u8>, Outbox)>>>;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let people = People::default();
    for connection in listener.incoming() {
        let people = Arc::clone(&people);
        // A connection that fails is nobody's loss but its own.
        thread::spawn(move || connection.and_then(|connection| serve(&connection, &people)));
    }
    Ok(())
}

fn serve(connection: &TcpStream, people: &People) -> io::Result<()> {
    let (lines, waiting) = sync_channel(WAITING_LINES_MAX);
    let (writer, outbox) = (
        connection.try_clone()?,
        Outbox {
            lines,
            connection: connection.try_clone()?,
        },
    );
    thread::spawn(move || write(writer, &waiting));
    outbox.send(b"Welcome! What is your name?");

    let mut input = BufReader::new(connection);
    let Some(name) = line(&mut input)? else {
        return Ok(());
    };
    if let Err(outbox) = come(people, &name, outbox) {
        outbox.send(b"That is no name here.");
        return Ok(());
    }
    while let Ok(Some(text)) = line(&mut input) {
        let said = [b"[", &name[..], b"] ", &text[..]].concat();
        tell_others(
            &people.lock().unwrap_or_else(PoisonError::into_inner),
            &said,
            &name,
        );
    }
    let mut people = people.lock().unwrap_or_else(PoisonError::into_inner);
    people.retain(|(other, _)| *other != name);
    tell_others(&people, &[b"* ", &name[..], b" has left"].concat(), &name);
    Ok(())
}

/// Sends until nobody is left who could give it more, and then closes.
fn write(mut connection: TcpStream, waiting: &Receiver<Vec<u8>>) -> io::Result<()> {
    while let Ok(mut line) = waiting.recv() {
        line.push(b'\n');
        connection.write_all(&line)?;
    }
    connection.shutdown(Shutdown::Both)
}

/// The next line without its end; `None` at the end of the input, and after a line too long.
fn line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
    let Some(line) = line.strip_suffix(b"\n") else {
        return Ok(None);
    };
    Ok(Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
}

/// Puts somebody on the list and tells all; gives the outbox back if that is no name here.
fn come(people: &People, name: &[u8], outbox: Outbox) -> Result<(), Outbox> {
    let mut people = people.lock().unwrap_or_else(PoisonError::into_inner);
    let legal =
        (1..=NAME_BYTES_MAX).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric);
    if !legal || people.iter().any(|(other, _)| other == name) {
        return Err(outbox);
    }
    let here: Vec<Vec<u8>> = people
        .iter()
        .map(|(other, _)| [b" ", &other[..]].concat())
        .collect();
    outbox.send(&[b"* here:", &here.join(&b","[..])[..]].concat());
    people.push((name.to_vec(), outbox));
    tell_others(&people, &[b"* ", name, b" has come"].concat(), name);
    Ok(())
}

fn tell_others(people: &[(Vec<u8>, Outbox)], line: &[u8], sender: &[u8]) {
    people
        .iter()
        .filter(|(name, _)| name != sender)
        .for_each(|(_, outbox)| outbox.send(line));
}
