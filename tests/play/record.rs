//! What `chalktalk proxy --record` writes, and that it plays.

use crate::proxy::Proxy;
use crate::{Folder, PROGRAM};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};

/// Our server, which ends with the test.
struct Server(Child, String);

impl Server {
    fn start() -> Server {
        let mut serve = Command::new(PROGRAM);
        serve.args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--until-eof",
            "--no-limits",
        ]);
        let serve = serve.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = serve.stderr(Stdio::null()).spawn().expect("it runs");
        let mut line = String::new();
        let out = process.stdout.take().expect("its stdout");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line
            .trim_end()
            .strip_prefix("listening on ")
            .expect("the ready line");
        Server(process, address.to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Somebody who speaks the protocol.
struct Person {
    lines: BufReader<TcpStream>,
    room: usize,
}

impl Person {
    fn connect(address: &str) -> Person {
        let stream = TcpStream::connect(address).expect("a connection");
        Person {
            lines: BufReader::new(stream),
            room: 0,
        }
    }

    fn send(&mut self, line: &str) {
        let stream = self.lines.get_mut();
        stream
            .write_all(format!("{line}\n").as_bytes())
            .expect("it takes");
    }

    /// Reads up to a line that holds this.
    fn await_line(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            let count = self.lines.read_line(&mut line).expect("a line");
            assert!(count > 0, "the end, before {part}");
        }
    }

    /// What was sent has been done when that is answered.
    fn does(&mut self, line: &str) {
        self.send(line);
        self.send("PING done");
        self.await_line("PONG done");
    }
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

const NAMES: [&str; 12] = [
    "anna", "ben", "carl", "dora", "emil", "fred", "gina", "Зоя", "ida12345", "jan", "kim", "and",
];
const ROOMS: [&str; 4] = ["lobby", "maths", "chess", "kitchen2026"];
const WORDS: [&str; 10] = [
    "hello",
    "the bus is late",
    "call 491701234567",
    "costs 5 $, not *",
    "# one",
    "https://a.example/b?c=d",
    "so  far",
    "\\\\ and \\n",
    "früh, 🙂",
    "anna",
];

/// What a person does of what people do; whether that person is gone then.
fn acts(people: &mut BTreeMap<&'static str, Person>, name: &'static str, dice: &mut Dice) {
    let (others, rooms) = (NAMES[dice.below(NAMES.len())], dice.below(ROOMS.len()));
    let said = format!(
        "{} {}",
        WORDS[dice.below(WORDS.len())],
        WORDS[dice.below(WORDS.len())]
    );
    let person = people.get_mut(name).expect("a person");
    match dice.below(24) {
        0..8 => person.does(&format!("SAY {said}")),
        8 => person.does(&format!("@7 SAY {said}")),
        9 => person.does(&format!("DO {said}")),
        10..13 => person.does(&format!("TELL {others} {said}")),
        13 => person.does(&format!("TOPIC {said}")),
        14..17 => {
            person.room = rooms;
            person.does(&format!("JOIN {}", ROOMS[rooms]));
        }
        17 => person.does("@a WHO"),
        18 => person.does("ROOMS"),
        19 => person.does("HISTORY 5"),
        20 => person.does("nonsense"),
        21 => {
            person.send(&format!("QUIT {said}"));
            person.await_line("BYE quit");
            people.remove(name);
        }
        22 => {
            person
                .lines
                .get_mut()
                .shutdown(Shutdown::Write)
                .expect("it ends");
            let mut rest = Vec::new();
            person.lines.read_to_end(&mut rest).expect("the end");
            people.remove(name);
        }
        _ => {
            let room = person.room;
            let Some(witness) = people
                .keys()
                .copied()
                .find(|other| *other != name && people[other].room == room)
            else {
                return;
            };
            // What of this person has come to the witness before is no sign.
            people.get_mut(witness).expect("a person").does("WHO");
            // What is unread when it is closed makes a reset of it.
            let mut person = people.remove(name).expect("a person");
            person.send("PING unread");
            person.lines.get_ref().peek(&mut [0]).expect("an answer");
            drop(person);
            people
                .get_mut(witness)
                .expect("a person")
                .await_line(&format!(" {name} "));
        }
    }
}

/// An hour, without the pauses.
fn an_hour(address: &str, seed: u64) {
    let (mut dice, mut people) = (Dice(seed), BTreeMap::new());
    for _ in 0..600 {
        let name = NAMES[dice.below(NAMES.len())];
        if people.contains_key(name) {
            acts(&mut people, name, &mut dice);
        } else {
            let mut person = Person::connect(address);
            person.does(&format!("NAME {name}"));
            people.insert(name, person);
        }
    }
    // One after the other: those who go at once are told of in an order that is another each time.
    for mut person in people.into_values() {
        person.send("QUIT");
        person.await_line("BYE quit");
    }
}

/// What is recorded of that.
fn recorded(folder: &Folder, arguments: &[&str], happens: impl FnOnce(&str)) -> String {
    let server = Server::start();
    let file = folder.0.join("a.chat");
    let _ = std::fs::remove_file(&file);
    let file = file.to_str().expect("a path");
    let record = ["--record", file, "--until-eof"];
    let mut proxy = Proxy::start(&server.1, &[&record, arguments].concat());
    happens(&proxy.address);
    proxy.ends();
    folder.read("a.chat")
}

#[test]
fn an_hour_of_a_chat_plays_against_a_fresh_server() {
    let folder = Folder::new();
    for seed in [1, 2] {
        let text = recorded(&folder, &[], |address| an_hour(address, seed));
        for part in [
            "anna sends: ",
            " sends: TELL ",
            " closes\n",
            " half-closes\n",
            " gets the end\n",
            "call 491701234567",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert_eq!(folder.play(&["a.chat"]).out, "ok    a.chat\n");
    }
}

#[test]
fn a_recording_without_texts_holds_no_word_that_was_said_and_plays() {
    let folder = Folder::new();
    let text = recorded(&folder, &["--no-texts"], |address| {
        let [mut anna, mut ben] = ["anna", "ben"].map(|name| {
            let mut person = Person::connect(address);
            person.does(&format!("NAME {name}"));
            person
        });
        anna.does("@7 SAY the elephant sings");
        ben.await_line("elephant");
        ben.does("TELL anna rhubarb");
        anna.await_line("rhubarb");
        anna.does("TOPIC zebra");
        ben.await_line("zebra");
        ben.does("walrus nonsense");
        anna.send("QUIT giraffe");
        anna.await_line("BYE quit");
        ben.await_line("giraffe");
        ben.send("QUIT");
        ben.await_line("BYE quit");
    });
    for word in ["elephant", "sings", "rhubarb", "zebra", "walrus", "giraffe"] {
        assert!(!text.contains(word), "{word} is in\n{text}");
    }
    for line in ["anna sends: @7 SAY text1\n", " lobby anna text1\n"] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert_eq!(folder.play(&["a.chat"]).out, "ok    a.chat\n");
}
