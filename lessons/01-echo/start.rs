//! Step 1, echo: `rustc -O start.rs`, then `./start PORT`.
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for connection in listener.incoming() {
        // An error ends this connection and not the server.
        if let Err(error) = connection.and_then(|connection| serve(&connection)) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

/// Sends back what comes, to the end of the input.
fn serve(mut connection: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let count = connection.read(&mut buffer)?;
    // Your turn: send back what came, and go on until nothing more will come.
    println!("{count} bytes: {}", buffer[..count].escape_ascii());
    Ok(())
}
