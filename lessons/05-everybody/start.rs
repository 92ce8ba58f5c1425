//! Step 5, everybody: `rustc -O start.rs`, then `./start PORT`.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The names that are taken, in the order they came: one list (`Arc`) that one thread at a time
/// can see (`Mutex`).
// Your turn: who wants to tell everybody needs their connections, too.
type Names = Arc<Mutex<Vec<String>>>;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let names = Names::default();
    for connection in listener.incoming() {
        let names = Arc::clone(&names);
        // `move` gives the connection to the thread for good. Nobody joins it: this loop must be
        // back in `accept` at once.
        thread::spawn(move || {
            // An error ends this connection and not the server.
            if let Err(error) = connection.and_then(|connection| serve(&connection, &names)) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

/// Asks for a name and says who is there. What is said then goes nowhere yet.
fn serve(connection: &TcpStream, names: &Names) -> io::Result<()> {
    let mut rest = Vec::new();
    send(connection, b"Welcome! What is your name?")?;
    let Some(line) = next_line(connection, &mut rest)? else {
        return Ok(());
    };
    let Some(here) = legal_name(line).and_then(|name| come(name, names)) else {
        return send(connection, b"That is no name here.");
    };
    send(connection, here.as_bytes())?;
    // Your turn: tell all others that somebody has come, what they say, and that they have left.
    while next_line(connection, &mut rest)?.is_some() {}
    Ok(())
}

/// The line as a name, if it is one.
fn legal_name(line: Vec<u8>) -> Option<String> {
    let legal = (1..=16).contains(&line.len()) && line.iter().all(u8::is_ascii_alphanumeric);
    String::from_utf8(line).ok().filter(|_| legal)
}

/// Takes the name and says who is there already; `None` if somebody has it. The lock is held from
/// the look to the change: let go of in between, two threads may both find the name free.
fn come(name: String, names: &Names) -> Option<String> {
    let mut names = names.lock().unwrap();
    if names.contains(&name) {
        return None;
    }
    let here = format!("* here: {}", names.join(", "));
    names.push(name);
    Some(here)
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
