//! Step 10, limits: `rustc -O answer.rs`, then `./answer PORT`.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{channel, sync_channel, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const LINE_BYTES_MAX: u64 = 16 * 1024;
/// Of a thousand; the buffers of the system hold the rest.
const WAITING_LINES_MAX: usize = 900;
/// So long somebody is waited for who does not end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where lines wait for somebody until their own thread writes them, and the connection, to be
/// closed if too many do. `None` comes last and is the end.
#[derive(Clone)]
struct Queue {
    lines: SyncSender<Line>,
    connection: Arc<TcpStream>,
}
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
    loop {
        let Ok((connection, _)) = listener.accept() else {
            // No descriptor is left. Newcomers wait in the queue of the system until one is.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        let people = Arc::clone(&people);
        // `move` gives the connection to the thread for good. Nobody joins it: this loop must be
        // back in `accept` at once.
        // Where no thread is left, the connection is dropped, and that closes it. An error ends
        // this connection and not the server.
        let _ = thread::Builder::new().spawn(move || run(connection, &people));
    }
}

fn run(connection: TcpStream, people: &People) -> io::Result<()> {
    let connection = Arc::new(connection);
    let output = Arc::clone(&connection);
    let ((lines, waiting), (done, written)) = (sync_channel(WAITING_LINES_MAX), channel());
    thread::Builder::new().spawn(move || write(&output, &waiting, &done))?;
    let queue = Queue { lines, connection };
    let end = serve(&queue, people);
    finish(&queue, &written).and(end)
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
fn serve(queue: &Queue, people: &People) -> io::Result<()> {
    let mut input = BufReader::new(&*queue.connection);
    send(queue, b"Welcome! What is your name?");
    let Some(line) = next_line(&mut input)? else {
        return Ok(());
    };
    let Some(name) = come(line, queue, people) else {
        send(queue, b"That is no name here.");
        return Ok(());
    };
    let end = talk(&name, &mut input, people);
    // However it ended: by an end of the input, or by an error.
    leave(&name, people);
    end
}

fn talk(name: &str, input: &mut impl BufRead, people: &People) -> io::Result<()> {
    while let Some(line) = next_line(input)? {
        let said = [format!("[{name}] ").as_bytes(), &line].concat();
        tell_others(&people.lock().unwrap(), &said, name);
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

/// Queues a line for everybody but its sender. The lock is held until it waits in all queues, so all
/// see one order. That is soon, for a queue waits for nobody.
fn tell_others(people: &[Person], line: &[u8], sender: &str) {
    for person in people.iter().filter(|person| person.name != sender) {
        send(&person.queue, line);
    }
}

/// Ends a connection so that what was queued before arrives.
///
/// The writer sends what is left and our end, then theirs is read on to: all that for a second at
/// most, for who does not read would hold the writer for ever.
fn finish(queue: &Queue, written: &Receiver<()>) -> io::Result<()> {
    let (end, mut connection) = (Instant::now() + FAREWELL, &*queue.connection);
    queue.send(None);
    // Nothing is ever sent there: waiting ends when the writer does.
    let _ = written.recv_timeout(FAREWELL);
    connection.set_read_timeout(Some(FAREWELL))?;
    while Instant::now() < end && matches!(connection.read(&mut [0; 4096]), Ok(1..)) {}
    // Wakes the writer, should it still wait for them.
    connection.shutdown(Shutdown::Both)
}

/// The next whole line without its end, or `None` at the end of the input or where a line is too
/// long. `BufReader` does what `rest` did; `take` is the limit.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let (mut line, mut input) = (Vec::new(), input.take(LINE_BYTES_MAX + 1));
    input.read_until(b'\n', &mut line)?;
    let Some(line) = line.strip_suffix(b"\n") else {
        return Ok(None);
    };
    Ok(Some(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
}

impl Queue {
    /// Waits for nobody: who leaves too much unread is closed.
    fn send(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            let _ = self.connection.shutdown(Shutdown::Both);
        }
    }
}

fn send(queue: &Queue, line: &[u8]) {
    queue.send(Some(line.to_vec()));
}
