//! Says the first line back, for ever: `rustc -O wrong-first-again.rs`, then `./wrong-first-again PORT`.
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for connection in listener.incoming() {
        thread::spawn(move || connection.and_then(|connection| serve(&connection)));
    }
    Ok(())
}

fn serve(mut connection: &TcpStream) -> io::Result<()> {
    let mut first = None;
    for line in BufReader::new(connection).lines() {
        let line = line? + "\n";
        let line = first.get_or_insert(line);
        connection.write_all(line.as_bytes())?;
    }
    Ok(())
}
