//! Wrong: starts a thread, and waits for its end. Found by two-at-once.chat
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    for connection in listener.incoming() {
        let thread = thread::spawn(move || {
            // An error ends this connection and not the server.
            if let Err(error) = connection.and_then(|connection| serve(&connection)) {
                eprintln!("{error}");
            }
        });
        thread.join().expect("a thread that does not panic");
    }
    Ok(())
}

/// Sends back what comes, to the end of the input.
fn serve(mut connection: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        // `read` waits for the first byte and then takes what is there, however little. It gives 0
        // for one reason only: the other side has said that nothing more will come.
        let count = connection.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        connection.write_all(&buffer[..count])?;
    }
}
