//! A client: `rustc -O client.rs`, then `./client PORT`, and on Unix `./client PORT raw`.
//!
//! By lines, the terminal holds what is typed until Enter and shows it itself: a line that comes in
//! can only wipe the row (CR, ESC [ K) and be written over it. Raw, each key comes here, and so
//! does the work: the row is drawn again, with the draft, behind every line that comes in.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

const WIPE: &str = "\r\x1b[K";

/// What is typed and not sent. Locked to change it, and to write to the screen.
type Draft = Arc<Mutex<String>>;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let port = arguments.get(1).expect("usage: PORT [raw]");
    let raw = arguments.get(2).is_some_and(|mode| mode == "raw");
    let connection = TcpStream::connect(format!("127.0.0.1:{port}"))?;
    let (input, draft) = (connection.try_clone()?, Draft::default());
    let shared = Arc::clone(&draft);
    let before = if raw { stty(&["-g"])? } else { String::new() };
    let reader = thread::spawn(move || listen(input, &shared));
    if raw {
        stty(&["-icanon", "-echo", "-isig"])?;
        let ended = by_keys(&connection, &draft);
        stty(&[before.trim()])?;
        ended?;
    } else {
        io::copy(&mut io::stdin(), &mut &connection)?;
    }
    connection.shutdown(Shutdown::Write)?;
    reader.join().expect("a thread that does not panic")
}

/// The terminal's modes are no part of the standard library: `stty` sets them for us.
fn stty(arguments: &[&str]) -> io::Result<String> {
    let mut stty = Command::new("stty");
    let output = stty.args(arguments).stdin(Stdio::inherit()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn show(text: &str) -> io::Result<()> {
    let mut screen = io::stdout().lock();
    screen.write_all(text.as_bytes())?;
    screen.flush()
}

/// Without what would move the cursor, ring, or type: others may send any byte.
fn visible(line: &str) -> String {
    line.replace(char::is_control, "?")
}

fn listen(input: TcpStream, draft: &Draft) -> io::Result<()> {
    let (mut input, mut line) = (BufReader::new(input), Vec::new());
    while input.read_until(b'\n', &mut line)? > 0 {
        let draft = draft.lock().unwrap();
        let text = String::from_utf8_lossy(&line);
        let text = visible(text.trim_end_matches(['\r', '\n']));
        show(&format!("{WIPE}{text}\n{draft}"))?;
        line.clear();
    }
    Ok(())
}

/// Lines out of single keys: Enter sends, Backspace takes back, C-c and C-d end.
fn by_keys(mut connection: &TcpStream, draft: &Draft) -> io::Result<()> {
    let mut bytes = Vec::new();
    for byte in io::stdin().bytes() {
        bytes.push(byte?);
        // The rest of a character beyond ASCII is still to come.
        let Ok(key) = std::str::from_utf8(&bytes) else {
            bytes.truncate(if bytes.len() < 4 { 4 } else { 0 });
            continue;
        };
        let mut draft = draft.lock().unwrap();
        match key {
            "\x03" | "\x04" => return Ok(()),
            "\r" | "\n" => {
                connection.write_all(format!("{draft}\n").as_bytes())?;
                draft.clear();
            }
            "\x7f" | "\x08" => drop(draft.pop()),
            key => draft.push_str(&visible(key)),
        }
        show(&format!("{WIPE}{draft}"))?;
        bytes.clear();
    }
    Ok(())
}
