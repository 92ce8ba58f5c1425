//! The classroom protocol, done right: `rustc -O classroom.rs`, then `./classroom PORT`.
//!
//! Two threads a person: one reads, the other writes what waits in their queue. The lock is held
//! to look at the room, to change it, and to queue a line for all, so that all see one order;
//! nobody holds it while writing. When standard input ends, the server does.
#![forbid(unsafe_code)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const LINE_BYTES_MAX: usize = 16 * 1024;
/// Of a thousand; the system's own buffers hold the rest.
const WAITING_LINES_MAX: usize = 900;
const NAME_BYTES_MAX: usize = 16;
/// So long the server waits for somebody to take the last words.
const FAREWELL: Duration = Duration::from_secs(1);

/// Somebody who is connected, with a name or without.
struct Person {
    name: Option<Vec<u8>>,
    /// What the writer waits for; when this is dropped, it writes what is left and ends.
    queue: SyncSender<Arc<[u8]>>,
    connection: Arc<TcpStream>,
}

impl Person {
    /// Waits for nobody: who leaves too much unread is closed. All queues share the one line.
    fn send(&self, line: &Arc<[u8]>) {
        if self.queue.try_send(Arc::clone(line)).is_err() {
            let _ = self.connection.shutdown(Shutdown::Both);
        }
    }
}

#[derive(Default)]
struct Room {
    people: Vec<Person>,
    /// Every thread that serves somebody holds a copy; `None` once the server stops.
    alive: Option<Sender<()>>,
}

impl Room {
    /// Where somebody is in the list, who is there until they finish or the server stops.
    fn find(&mut self, connection: &Arc<TcpStream>) -> Option<&mut Person> {
        let mut people = self.people.iter_mut();
        people.find(|person| Arc::ptr_eq(&person.connection, connection))
    }

    fn tell_others(&self, parts: &[&[u8]], sender: &Arc<TcpStream>) {
        let line = line_of(parts);
        for person in &self.people {
            if person.name.is_some() && !Arc::ptr_eq(&person.connection, sender) {
                person.send(&line);
            }
        }
    }

    /// Gives somebody a name and tells all; `None` if it is no name here.
    fn come(&mut self, connection: &Arc<TcpStream>, name: &[u8]) -> Option<()> {
        let others: Vec<&[u8]> = self
            .people
            .iter()
            .filter_map(|p| p.name.as_deref())
            .collect();
        let legal = (1..=NAME_BYTES_MAX).contains(&name.len())
            && name.iter().all(u8::is_ascii_alphanumeric);
        if !legal || others.contains(&name) {
            return None;
        }
        let names = others.iter().map(|name| [b" ", *name].concat());
        let here = line_of(&[b"* here:", &names.collect::<Vec<_>>().join(&b","[..])]);
        let person = self.find(connection)?;
        person.name = Some(name.to_vec());
        person.send(&here);
        self.tell_others(&[b"* ", name, b" has come"], connection);
        Some(())
    }
}

type Shared = Arc<Mutex<Room>>;

/// The room, for as long as the guard lives. A panic elsewhere leaves it as good as before.
fn enter(room: &Shared) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

fn line_of(parts: &[&[u8]]) -> Arc<[u8]> {
    [&parts.concat()[..], b"\n"].concat().into()
}

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let (alive, all_gone) = channel();
    let room = Shared::default();
    enter(&room).alive = Some(alive);
    let shared = Arc::clone(&room);
    thread::Builder::new().spawn(move || accept(&listener, &shared))?;

    io::copy(&mut io::stdin(), &mut io::sink())?;
    let mut room = enter(&room);
    for person in room.people.drain(..) {
        person.send(&line_of(&[b"* The server stops."]));
    }
    room.alive = None;
    drop(room);
    // Ends early when the last thread has dropped its copy: nobody ever sends.
    let _ = all_gone.recv_timeout(FAREWELL);
    Ok(())
}

fn accept(listener: &TcpListener, room: &Shared) {
    loop {
        let Ok((connection, _)) = listener.accept() else {
            // No descriptor is left; newcomers wait until one is.
            thread::park_timeout(Duration::from_millis(100));
            continue;
        };
        let room = Arc::clone(room);
        // No thread is left, or the person is torn away: that closes the one connection.
        let _ = thread::Builder::new().spawn(move || serve(&Arc::new(connection), &room));
    }
}

fn serve(connection: &Arc<TcpStream>, room: &Shared) -> io::Result<()> {
    let (queue, waiting) = sync_channel(WAITING_LINES_MAX);
    let (done, written) = channel();
    let writer = Arc::clone(connection);
    thread::Builder::new().spawn(move || write(&writer, &waiting, &done))?;
    let person = Person {
        name: None,
        queue,
        connection: Arc::clone(connection),
    };
    person.send(&line_of(&[b"Welcome! What is your name?"]));
    let mut here = enter(room);
    let Some(_alive) = here.alive.clone() else {
        return Ok(());
    };
    here.people.push(person);
    drop(here);

    // Torn away is left, too.
    let _ = talk(connection, room);
    leave(connection, room);
    finish(connection, &written)
}

fn talk(connection: &Arc<TcpStream>, room: &Shared) -> io::Result<()> {
    let mut input = BufReader::new(&**connection);
    let Some(name) = line(&mut input)? else {
        return Ok(());
    };
    if enter(room).come(connection, &name).is_none() {
        if let Some(person) = enter(room).find(connection) {
            person.send(&line_of(&[b"That is no name here."]));
        }
        return Ok(());
    }
    while let Some(text) = line(&mut input)? {
        enter(room).tell_others(&[b"[", &name, b"] ", &text], connection);
    }
    Ok(())
}

/// The next line without its end; `None` at the end of the input, and after a line too long.
fn line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = LINE_BYTES_MAX as u64 + 1;
    input.take(limit).read_until(b'\n', &mut line)?;
    let Some(line) = line.strip_suffix(b"\n") else {
        return Ok(None);
    };
    Ok(Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
}

/// Takes somebody off the list, first, so that the name is free when others hear of it.
fn leave(connection: &Arc<TcpStream>, room: &Shared) {
    let mut room = enter(room);
    let name = room.find(connection).and_then(|person| person.name.take());
    room.people
        .retain(|person| !Arc::ptr_eq(&person.connection, connection));
    if let Some(name) = name {
        room.tell_others(&[b"* ", &name, b" has left"], connection);
    }
}

/// Writes until nobody is left who could give it more, then the end, behind the last words.
/// Dropping `done` says that it has ended.
fn write(
    mut connection: &TcpStream,
    waiting: &Receiver<Arc<[u8]>>,
    _done: &Sender<()>,
) -> io::Result<()> {
    for line in waiting {
        connection.write_all(&line)?;
    }
    connection.shutdown(Shutdown::Write)
}

/// Reads on to their end: closing with bytes unread resets, and the last words are lost.
fn finish(mut connection: &TcpStream, written: &Receiver<()>) -> io::Result<()> {
    let end = Instant::now() + FAREWELL;
    let _ = written.recv_timeout(FAREWELL);
    let left = || {
        end.checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    };
    while let Some(left) = left() {
        connection.set_read_timeout(Some(left))?;
        match connection.read(&mut [0; 4096]) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    // Wakes a writer that still waits for somebody who does not read.
    connection.shutdown(Shutdown::Both)
}
