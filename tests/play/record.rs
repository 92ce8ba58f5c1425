//! `chalktalk serve --record`: a conversation as it really was plays back.

use crate::{Folder, PROGRAM};
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// A server that records into `r.chat`; it ends with its input.
struct Recorder {
    process: Child,
    address: String,
    /// The rest of what it says on stderr.
    errors: BufReader<std::process::ChildStderr>,
    life: Option<ChildStdin>,
}

impl Recorder {
    fn start(folder: &Folder, flags: &[&str]) -> Recorder {
        let mut serve = Command::new(PROGRAM);
        serve
            .args(["serve", "--listen", "127.0.0.1:0", "--until-eof"])
            .args(["--record", "r.chat"])
            .args(flags)
            .current_dir(&folder.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = serve.spawn().expect("it runs");
        let mut ready = String::new();
        BufReader::new(process.stdout.take().expect("its stdout"))
            .read_line(&mut ready)
            .expect("a line");
        let address = ready.trim().replace("listening on ", "");
        let errors = BufReader::new(process.stderr.take().expect("its stderr"));
        let life = process.stdin.take();
        Recorder {
            process,
            address,
            errors,
            life,
        }
    }

    fn end(mut self) {
        drop(self.life.take());
        let status = self.process.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who says what she is told to, however broken.
struct Person(BufReader<TcpStream>);

impl Person {
    fn new(to: &Recorder) -> Person {
        let stream = TcpStream::connect(&to.address).expect("a connection");
        let patience = Some(Duration::from_secs(30));
        stream.set_read_timeout(patience).expect("a timeout");
        Person(BufReader::new(stream))
    }

    fn named(to: &Recorder, name: &str) -> Person {
        let mut person = Person::new(to);
        person.says(format!("NAME {name}\n").as_bytes());
        person.sees(&format!(" {name}"));
        person
    }

    fn says(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("it is sent");
    }

    /// Reads up to a line that ends so.
    fn sees(&mut self, end: &str) {
        let mut line = String::new();
        while !line.trim_end().ends_with(end) {
            line.clear();
            let read = self.0.read_line(&mut line).expect("a line");
            assert!(read > 0, "the end instead of {end}");
        }
    }

    fn sees_the_end(&mut self) {
        while self.0.read_until(b'\n', &mut Vec::new()).expect("a line") > 0 {}
    }

    /// The connection is torn away: the standard library does it over an unread byte.
    fn vanishes(self) {
        self.0.get_ref().peek(&mut [0]).expect("a byte");
    }
}

/// Three people, and all that goes wrong between them.
#[test]
fn a_conversation_plays_back_however_it_was() {
    let folder = Folder::new();
    let server = Recorder::start(&folder, &["--rooms", "2"]);
    let mut anna = Person::named(&server, "anna");
    let mut ben = Person::named(&server, "ben");
    let mut carl = Person::new(&server);
    carl.says(b"NAME anna\r\n@1 NAME carl\r\nPING in\r\n");
    carl.sees("PONG in");
    // Three lines at once, and one in two pieces.
    anna.says(b"SAY two \\\\ *stars* and $5\nTELL ben psst, a secret\nNAME Anna\nPING 1\n");
    anna.sees("PONG 1");
    ben.says(b"SAY caf");
    ben.says("é\n\nFROB\nSAY \u{fffd}".as_bytes());
    ben.says(b"\xff\xfe\nHISTORY\nPING 2\n");
    ben.sees("PONG 2");
    carl.says(b"JOIN maths\nTOPIC primes\nJOIN art\nPING 3\n");
    carl.sees("PONG 3");
    carl.says(b"JOIN lobby\nSAY back again\nPING 4\nSAY half a li");
    carl.sees("PONG 4");
    anna.says(b"SAY carl does not read this\n");
    anna.sees("read this");
    carl.vanishes();
    anna.sees("carl lost");
    anna.says(&[b'x'; 20_000]);
    anna.sees_the_end();
    ben.says(b"WHO\nSAY nobody hears the rest");
    ben.0.get_ref().shutdown(Shutdown::Write).expect("an end");
    ben.sees_the_end();
    server.end();

    let record = folder.read("r.chat");
    for told in [
        "--rooms 2\n",
        "carl sends: @1 NAME carl\\r\n",
        "carl gets:\n    ERROR name-taken *\n",
        " psst, a secret\n",
        "ben sends: SAY caf\u{e9}\n",
        "ben sends: SAY \u{fffd}\\xff\\xfe\n",
        "ERROR too-many-rooms *\n",
        "carl sends bytes: SAY half a li\ncarl resets\n",
        // As many as one read or two had brought when it was too long.
        "anna sends bytes: \\{x*",
        "ben sends bytes: SAY nobody hears the rest\nben half-closes\n",
    ] {
        assert!(record.contains(told), "{told} is not in\n{record}");
    }
    let passes = |arguments: &[&str]| {
        let played = folder.play(arguments);
        assert_eq!(played.out + &played.err, "ok    r.chat\n", "{record}");
    };
    (0..20).for_each(|_| passes(&["r.chat"]));
    for seed in 1..=10 {
        passes(&["r.chat", "--through", "--seed", &seed.to_string()]);
    }
}

/// Nobody waits for anybody, so lines of all race to the server.
#[test]
fn a_race_plays_back_as_it_was_decided() {
    let folder = Folder::new();
    let server = Recorder::start(&folder, &["--no-limits"]);
    std::thread::scope(|scope| {
        for who in 0..6 {
            let server = &server;
            scope.spawn(move || {
                let mut person = Person::new(server);
                // Everybody wants every name and every room.
                for round in 0..20 {
                    let name = (who + round) % 5;
                    let lines = format!(
                        "NAME n{name}\nSAY {round}\nTELL n{round} hi\nJOIN r{}\nWHO\nROOMS\nTOPIC {who}\n",
                        round % 3
                    );
                    person.says(lines.as_bytes());
                }
                person.says(b"QUIT\n");
                person.sees_the_end();
            });
        }
    });
    server.end();
    let played = folder.play(&["r.chat"]);
    assert_eq!(played.out + &played.err, "ok    r.chat\n");
}

#[test]
fn a_server_that_is_killed_leaves_a_whole_record() {
    let folder = Folder::new();
    let mut server = Recorder::start(&folder, &[]);
    let mut anna = Person::named(&server, "anna");
    for n in 0..50 {
        anna.says(format!("SAY {n}\nPING {n}\n").as_bytes());
        anna.sees(&format!("PONG {n}"));
    }
    server.process.kill().expect("it is killed");
    anna.sees_the_end();
    drop(server);
    // What was answered last may be missing, and nothing else.
    let record = folder.read("r.chat");
    assert!(record.contains("PONG 48\n"), "{record}");
    assert_eq!(folder.play(&["r.chat"]).out, "ok    r.chat\n");
}

#[test]
fn of_an_encrypted_chat_what_was_said_inside_is_recorded() {
    let folder = Folder::new();
    let mut server = Recorder::start(&folder, &["--key", "key"]);
    let mut line = String::new();
    while !line.contains("asks for this code: ") {
        line.clear();
        server.errors.read_line(&mut line).expect("a line");
    }
    let code = line.rsplit(' ').next().expect("the code").trim();
    let mut join = Command::new(PROGRAM)
        .args(["join", &server.address, "--name", "anna", "--plain"])
        .env("CHALKTALK_CODE", code)
        .env("XDG_STATE_HOME", &folder.0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let said = join.stdin.take().expect("its stdin");
    (&said).write_all(b"good morning\n").expect("it is said");
    drop(said);
    assert!(join.wait().expect("it ends").success());
    server.end();
    let record = folder.read("r.chat");
    assert!(record.contains("SAY good morning\n"), "{record}");
    assert_eq!(folder.play(&["r.chat"]).out, "ok    r.chat\n", "{record}");
}

#[cfg(unix)]
#[test]
fn a_record_is_its_owners_and_never_written_over() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    Recorder::start(&folder, &[]).end();
    let mode = std::fs::metadata(folder.0.join("r.chat"))
        .expect("the file")
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = folder.read("r.chat");
    let again = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--record", "r.chat"])
        .current_dir(&folder.0)
        .output()
        .expect("it runs");
    assert_eq!(again.status.code(), Some(1));
    let told = "chalktalk: cannot record to r.chat: it is there already, and is not written over\n";
    assert_eq!(String::from_utf8_lossy(&again.stderr), told);
    assert_eq!(folder.read("r.chat"), before);
}
