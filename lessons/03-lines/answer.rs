//! Step 3, lines: `rustc -O answer.rs`, then `./answer PORT`.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for connection in listener.incoming() {
        // `move` gives the connection to the thread for good. Nobody joins it: this loop must be
        // back in `accept` at once.
        thread::spawn(move || {
            // An error ends this connection and not the server.
            if let Err(error) = connection.and_then(|connection| serve(&connection)) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

/// Answers each line with its length in bytes and the line itself.
fn serve(connection: &TcpStream) -> io::Result<()> {
    let mut rest = Vec::new();
    while let Some(line) = next_line(connection, &mut rest)? {
        let length = format!("{} ", line.len());
        send(connection, &[length.as_bytes(), &line].concat())?;
    }
    Ok(())
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
