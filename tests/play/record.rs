//! What `chalktalk proxy --record` writes, and that it plays.

use crate::proxy::Proxy;
use crate::{Folder, PROGRAM};
use chalktalk_tests::harness::{Client, Lines, Server};
use std::collections::BTreeMap;

/// Somebody who speaks the protocol.
struct Person {
    client: Client,
    room: usize,
}

impl Person {
    fn connect(address: &str) -> Person {
        let client = Client::connect(address.parse().expect("an address"));
        Person { client, room: 0 }
    }

    /// What was sent has been done when that is answered.
    fn does(&mut self, line: &str) {
        self.client.send(line);
        self.client.send("PING done");
        self.client.skip_to("PONG done");
    }

    fn quits(mut self, words: &str) {
        self.client.send(format!("QUIT {words}").trim_end());
        self.client.skip_to("BYE quit *");
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
        21 => people.remove(name).expect("a person").quits(&said),
        22 => {
            let mut person = people.remove(name).expect("a person");
            person.client.half_close();
            person.client.rest();
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
            let mut person = people.remove(name).expect("a person");
            person.client.send("PING unread");
            person.client.reset();
            let witness = people.get_mut(witness).expect("a person");
            witness.client.skip_to(&format!("* {name} *"));
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
    for person in people.into_values() {
        person.quits("");
    }
}

/// What is recorded of that.
fn recorded(folder: &Folder, arguments: &[&str], happens: impl FnOnce(&str)) -> String {
    let server = Server::start(PROGRAM, &["--until-eof", "--no-limits"]);
    let file = folder.0.join("a.chat");
    let _ = std::fs::remove_file(&file);
    let file = file.to_str().expect("a path");
    let record = ["--record", file, "--until-eof"];
    let mut proxy = Proxy::start(
        &server.address().to_string(),
        &[&record, arguments].concat(),
    );
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
        ben.client.skip_to("*elephant*");
        ben.does("TELL anna rhubarb");
        anna.client.skip_to("*rhubarb*");
        anna.does("TOPIC zebra");
        ben.client.skip_to("*zebra*");
        ben.does("walrus nonsense");
        anna.quits("giraffe");
        ben.client.skip_to("*giraffe*");
        ben.quits("");
    });
    for word in ["elephant", "sings", "rhubarb", "zebra", "walrus", "giraffe"] {
        assert!(!text.contains(word), "{word} is in\n{text}");
    }
    for line in ["anna sends: @7 SAY text1\n", " lobby anna text1\n"] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert_eq!(folder.play(&["a.chat"]).out, "ok    a.chat\n");
}
