//! Says each line back: `rustc -O right.rs`, then `./right PORT`.
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
    for line in BufReader::new(connection).lines() {
        let line = line? + "\n";
        connection.write_all(line.as_bytes())?;
    }
    Ok(())
}
