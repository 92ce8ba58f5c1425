//! Step 9, order: `rustc -O start.rs`, then `./start PORT`.
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// So long somebody is waited for who does not end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where lines wait for somebody until their own thread writes them. `None` comes last and is the
/// end.
type Queue = Sender<Line>;
type Line = Option<Vec<u8>>;

/// Somebody who is in.
struct Person {
    name: String,
    queue: Queue,
}

/// Everybody who is in, in the order they came: one list (`Arc`) that one thread at a time can see
/// (`Mutex`).
type People = Arc<Mutex<Vec<Person>>>;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let people = People::default();
    for connection in listener.incoming() {
        let people = Arc::clone(&people);
        // `move` gives the connection to the thread for good. Nobody joins it: this loop must be
        // back in `accept` at once.
        thread::spawn(move || {
            // An error ends this connection and not the server.
            if let Err(error) = connection.and_then(|connection| run(connection, &people)) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn run(connection: TcpStream, people: &People) -> io::Result<()> {
    let connection = Arc::new(connection);
    let output = Arc::clone(&connection);
    let (queue, waiting) = channel();
    let (done, written) = channel();
    thread::spawn(move || write(&output, &waiting, &done));
    let end = serve(&connection, &queue, people);
    finish(&connection, &queue, &written).and(end)
}

/// Writes as fast as they read. When that is not at all, nobody but this thread waits. `done` is
/// dropped when it has ended.
fn write(mut to: &TcpStream, waiting: &Receiver<Line>, _done: &Sender<()>) -> io::Result<()> {
    while let Ok(Some(line)) = waiting.recv() {
        to.write_all(&[&line[..], b"\n"].concat())?;
    }
    to.shutdown(Shutdown::Write)
}

/// Asks for a name, and then tells all others what is said, until it is no more.
fn serve(connection: &TcpStream, queue: &Queue, people: &People) -> io::Result<()> {
    let mut rest = Vec::new();
    send(queue, b"Welcome! What is your name?");
    let Some(line) = next_line(connection, &mut rest)? else {
        return Ok(());
    };
    let Some(name) = come(line, queue, people) else {
        send(queue, b"That is no name here.");
        return Ok(());
    };
    let end = talk(&name, connection, &mut rest, people);
    // However it ended: by an end of the input, or by an error.
    leave(&name, people);
    end
}

fn talk(name: &str, input: &TcpStream, rest: &mut Vec<u8>, people: &People) -> io::Result<()> {
    while let Some(line) = next_line(input, rest)? {
        let said = [format!("[{name}] ").as_bytes(), &line].concat();
        // What is said changes no list. A copy of it is enough, and the lock is free at once.
        let list = people.lock().unwrap();
        let others = list.iter().filter(|person| person.name != name);
        let queues: Vec<Queue> = others.map(|person| person.queue.clone()).collect();
        drop(list);
        for queue in &queues {
            send(queue, &said);
            // Your turn: somebody else may speak here. A millisecond makes that sure; take it out when
            // you are done, and think of what must not happen here rather than of how rare it is.
            thread::sleep(Duration::from_millis(1));
        }
    }
    Ok(())
}

/// The line as a name, if it is one.
fn legal_name(line: Vec<u8>) -> Option<String> {
    let legal = (1..=16).contains(&line.len()) && line.iter().all(u8::is_ascii_alphanumeric);
    String::from_utf8(line).ok().filter(|_| legal)
}

/// Lets somebody in and tells everybody; `None` if that is no name, or somebody has it. The lock is
/// held from the look to the change: let go of in between, two threads may both find the name free.
fn come(line: Vec<u8>, queue: &Queue, people: &People) -> Option<String> {
    let name = legal_name(line)?;
    let mut list = people.lock().unwrap();
    let taken: Vec<&str> = list.iter().map(|person| &person.name[..]).collect();
    if taken.contains(&&name[..]) {
        return None;
    }
    send(queue, format!("* here: {}", taken.join(", ")).as_bytes());
    list.push(Person {
        name: name.clone(),
        queue: queue.clone(),
    });
    tell_others(&list, format!("* {name} has come").as_bytes(), &name);
    Some(name)
}

fn leave(name: &str, people: &People) {
    let mut list = people.lock().unwrap();
    list.retain(|person| person.name != name);
    tell_others(&list, format!("* {name} has left").as_bytes(), name);
}

/// Queues a line for everybody but its sender. The lock is held: the list stays as it is.
fn tell_others(people: &[Person], line: &[u8], sender: &str) {
    for person in people.iter().filter(|person| person.name != sender) {
        send(&person.queue, line);
    }
}

/// Ends a connection so that what was queued before arrives.
///
/// The writer sends what is left and our end, then theirs is read on to: all that for a second at
/// most, for who does not read would hold the writer for ever.
fn finish(mut connection: &TcpStream, queue: &Queue, written: &Receiver<()>) -> io::Result<()> {
    let end = Instant::now() + FAREWELL;
    let _ = queue.send(None);
    // Nothing is ever sent there: waiting ends when the writer does.
    let _ = written.recv_timeout(FAREWELL);
    connection.set_read_timeout(Some(FAREWELL))?;
    while Instant::now() < end && matches!(connection.read(&mut [0; 4096]), Ok(1..)) {}
    // Wakes the writer, should it still wait for them.
    connection.shutdown(Shutdown::Both)
}

/// The next whole line without its end, or `None` at the end of the input. What has come of the
/// line after it waits in `rest`.
fn next_line(mut connection: &TcpStream, rest: &mut Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(at) = rest.iter().position(|&byte| byte == b'\n') {
            let mut line: Vec<u8> = rest.drain(..=at).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Some(line));
        }
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        rest.extend_from_slice(&buffer[..count]);
    }
}

/// Queues a line, and waits for nobody. If its writer has ended, they are gone.
fn send(queue: &Queue, line: &[u8]) {
    let _ = queue.send(Some(line.to_vec()));
}
