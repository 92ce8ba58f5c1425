//! Step 7, last words: `rustc -O start.rs`, then `./start PORT`.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Somebody who is in.
struct Person {
    name: String,
    /// The same connection that their thread reads from.
    connection: TcpStream,
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
            // Your turn: the connection is dropped behind this, and that closes it. What happens to
            // bytes of theirs that nobody has read?
            // An error ends this connection and not the server.
            if let Err(error) = connection.and_then(|connection| serve(&connection, &people)) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

/// Asks for a name, and then tells all others what is said, until it is no more.
fn serve(connection: &TcpStream, people: &People) -> io::Result<()> {
    let mut rest = Vec::new();
    send(connection, b"Welcome! What is your name?")?;
    let Some(line) = next_line(connection, &mut rest)? else {
        return Ok(());
    };
    let Some(name) = come(line, connection, people)? else {
        return send(connection, b"That is no name here.");
    };
    let end = talk(&name, connection, &mut rest, people);
    // However it ended: by an end of the input, or by an error.
    leave(&name, people);
    end
}

fn talk(name: &str, input: &TcpStream, rest: &mut Vec<u8>, people: &People) -> io::Result<()> {
    while let Some(line) = next_line(input, rest)? {
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
fn come(line: Vec<u8>, connection: &TcpStream, people: &People) -> io::Result<Option<String>> {
    let Some(name) = legal_name(line) else {
        return Ok(None);
    };
    let mut people = people.lock().unwrap();
    let taken: Vec<&str> = people.iter().map(|person| &person.name[..]).collect();
    if taken.contains(&&name[..]) {
        return Ok(None);
    }
    let here = format!("* here: {}", taken.join(", "));
    send(connection, here.as_bytes())?;
    let connection = connection.try_clone()?;
    people.push(Person {
        name: name.clone(),
        connection,
    });
    tell_others(&people, format!("* {name} has come").as_bytes(), &name);
    Ok(Some(name))
}

fn leave(name: &str, people: &People) {
    let mut people = people.lock().unwrap();
    people.retain(|person| person.name != name);
    tell_others(&people, format!("* {name} has left").as_bytes(), name);
}

/// Sends a line to everybody but its sender. The lock is held: the list stays as it is.
fn tell_others(people: &[Person], line: &[u8], sender: &str) {
    for person in people.iter().filter(|person| person.name != sender) {
        // Who cannot be sent to has gone; the thread that reads from them finds out and says so.
        let _ = send(&person.connection, line);
    }
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

/// Sends a line and its end in one write.
fn send(mut connection: &TcpStream, line: &[u8]) -> io::Result<()> {
    connection.write_all(&[line, b"\n"].concat())
}
