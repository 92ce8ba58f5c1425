//! A client: `rustc -O client.rs`, then `./client PORT`.
use std::io;
use std::net::{Shutdown, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let port = std::env::args().nth(1).expect("usage: PORT");
    let connection = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    let (mut from_chat, mut to_chat) = (connection.try_clone()?, connection);

    // Two inputs, and waiting for one would leave the other unread: a thread for each.
    let reader = thread::spawn(move || io::copy(&mut from_chat, &mut io::stdout()));
    io::copy(&mut io::stdin(), &mut to_chat)?;

    // The keyboard has ended. Say so, and show what is still to come.
    to_chat.shutdown(Shutdown::Write)?;
    reader.join().expect("a thread that does not panic")?;
    Ok(())
}
