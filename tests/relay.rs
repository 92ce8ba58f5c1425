//! Servers whose rooms are one, over the real engine; and a relay against an engine that means harm.
//!
//! Where there is no `nats-server`, that is said, and only the latter is tested.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::{Client, DEADLINE, Lines, Output, Process, Program, Server};
use chalktalk_tests::skipped;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
const NATS: &str = "nats-server";

/// The real engine.
struct Engine {
    process: Process,
    port: u16,
}

impl Engine {
    /// Starts one at any port, or says loudly that there is none.
    fn start() -> Option<Engine> {
        if let Err(error) = Command::new(NATS).arg("--version").output() {
            skipped::say(&format!("no engine for relays, {NATS}: {error}"));
            return None;
        }
        Some(Engine::at("-1"))
    }

    fn at(port: &str) -> Engine {
        let program = Program::new(NATS).arguments(&["-a", "127.0.0.1", "-p", port]);
        let mut process = program.start();
        let line = process
            .errors
            .skip_to("*Listening for client connections on *");
        let port = line
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("a port in {line}"));
        process.errors.skip_to("*Server is ready*");
        Engine { process, port }
    }

    /// Kills it as `kill -9` does.
    fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts another at its port.
    fn again(&mut self) {
        *self = Engine::at(&self.port.to_string());
    }
}

/// A relay, and what it says.
struct Relay {
    process: Process,
    said: Output,
}

impl Relay {
    /// Starts a relay that is still on its way.
    fn set_out(port: u16, name: &str, server: &Server) -> Relay {
        let (engine, server) = (
            format!("nats://127.0.0.1:{port}"),
            server.address().to_string(),
        );
        let arguments = ["relay", &engine, "--name", name, "--join", &server];
        let process = Program::new(PROGRAM).arguments(&arguments).start();
        let said = process.errors.clone();
        Relay { process, said }
    }

    /// Starts a relay, and waits until it relays the lobby.
    fn start(port: u16, name: &str, server: &Server) -> Relay {
        let mut relay = Relay::set_out(port, name, server);
        let connected = "chalktalk: connected to the engine at *";
        relay
            .said
            .expect_set(&[connected, "chalktalk: relaying lobby"]);
        relay
    }
}

fn server() -> Server {
    Server::start(PROGRAM, &["--no-limits"])
}

/// What is said and done of the lines, without ids and times.
fn said(lines: &[String]) -> Vec<String> {
    let said = lines
        .iter()
        .filter(|line| line.starts_with("SAID ") || line.starts_with("DID "));
    said.map(|line| line.splitn(4, ' ').nth(3).expect("an event").to_owned())
        .collect()
}

const PEOPLE: usize = 100;
const ROUNDS: usize = 3;
const NAMES: [&str; 3] = ["north", "south", "east"];

/// At each of three servers, all people see all that was said anywhere, in one order, once; and of each server in its own.
#[test]
fn three_hundred_people_at_three_servers_hear_each_other_once_and_in_each_servers_order() {
    let Some(engine) = Engine::start() else {
        return;
    };
    let servers = [(); 3].map(|()| server());
    let people = servers.each_ref().map(|server| {
        let join = |n| server.join(&format!("p{n}"));
        (0..PEOPLE).map(join).collect::<Vec<Client>>()
    });
    let mut people = people;
    let relays = [0, 1, 2].map(|at| Relay::start(engine.port, NAMES[at], &servers[at]));
    let mut heard: [Vec<Vec<String>>; 3] = [(); 3].map(|()| vec![Vec::new(); PEOPLE]);
    for round in 0..ROUNDS {
        for (here, people) in people.iter_mut().enumerate() {
            for (n, one) in people.iter_mut().enumerate() {
                one.send(&format!("SAY {} {n} {round}", NAMES[here]));
            }
        }
        // All of a round has come everywhere before the next begins: so nothing waits for long enough to be dropped.
        for (people, heard) in people.iter_mut().zip(&mut heard) {
            for (one, heard) in people.iter_mut().zip(heard) {
                let mut left = 3 * PEOPLE;
                while left > 0 {
                    let line = one.next_line().expect("a line");
                    left -= usize::from(line.starts_with("SAID "));
                    heard.push(line);
                }
            }
        }
    }
    let last = people.each_mut().map(|people| people[0].fence());
    assert_eq!(
        last.map(|lines| said(&lines).len()),
        [0, 0, 0],
        "too much was said"
    );
    let heard = heard.map(|all| {
        let all: Vec<_> = all.iter().map(|lines| said(lines)).collect();
        assert!(all.iter().all(|one| *one == all[0]), "one order for all");
        all[0].clone()
    });
    for (here, name) in NAMES.iter().enumerate() {
        let home = from(&heard[here], None);
        assert_eq!(home.len(), ROUNDS * PEOPLE);
        for there in (0..NAMES.len()).filter(|there| *there != here) {
            assert_eq!(from(&heard[there], Some(name)), home, "as {name} has it");
        }
    }
    drop(relays);
}

/// What was heard of the people at that server; where none is named, of those who are here.
fn from(heard: &[String], there: Option<&str>) -> Vec<String> {
    let heard = heard.iter().filter_map(|line| match there {
        None => line.strip_prefix("lobby p").map(str::to_owned),
        Some(name) => {
            let relayed = line.strip_prefix("lobby ~lobby p")?;
            let (who, text) = relayed.split_once(&format!("@{name}: "))?;
            Some(format!("{who} {text}"))
        }
    });
    heard.collect()
}

/// anna at one server and bert at another, with a relay each.
struct Pair {
    engine: Engine,
    north: Server,
    _south: Server,
    relays: [Relay; 2],
    anna: Client,
    bert: Client,
}

impl Pair {
    fn start() -> Option<Pair> {
        let engine = Engine::start()?;
        let (north, south) = (server(), server());
        let relay = |name, server: &Server| Relay::start(engine.port, name, server);
        let relays = [relay("north", &north), relay("south", &south)];
        let (anna, bert) = (north.join("anna"), south.join("bert"));
        Some(Pair {
            engine,
            north,
            relays,
            anna,
            bert,
            _south: south,
        })
    }

    /// Each hears the other.
    #[track_caller]
    fn check(&mut self, text: &str) {
        self.anna.send(&format!("SAY {text}"));
        self.bert
            .skip_to(&format!("SAID * * lobby ~lobby anna@north: {text}"));
        self.bert.send(&format!("DO {text}"));
        self.anna
            .skip_to(&format!("DID * * lobby ~lobby bert@south {text}"));
    }
}

#[test]
fn whoever_is_killed_is_met_again() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    pair.check("before");
    pair.engine.kill();
    for relay in &mut pair.relays {
        relay.said.skip_to("chalktalk: the engine at * is away*");
    }
    pair.anna.send("SAY into the void");
    let lost = "chalktalk: not passed on: the engine is away (that makes 1)";
    pair.relays[0].said.skip_to(lost);
    pair.engine.again();
    for relay in &mut pair.relays {
        relay
            .said
            .skip_to("chalktalk: connected to the engine at *");
    }
    pair.check("with another engine");
    pair.north.restart();
    pair.relays[0].said.skip_to("chalktalk: relaying lobby");
    pair.anna = pair.north.join("anna");
    pair.check("with another server");
    let many: String = (0..100).map(|n| format!("SAY many {n}\n")).collect();
    pair.anna.send_raw(many.as_bytes());
    pair.bert.skip_to("SAID * anna@north: many 0");
    pair.relays[0].process.kill();
    // Its name is free at the moment when it has left.
    pair.anna.skip_to("LEFT * ~lobby *");
    pair.relays[0] = Relay::start(pair.engine.port, "north", &pair.north);
    pair.anna.send("SAY with another relay");
    let heard = pair.bert.take_to("SAID * anna@north: with another relay");
    let heard = said(&heard).into_iter().filter_map(|line| {
        let (_, number) = line.split_once("anna@north: many ")?;
        Some(number.parse::<u32>().expect("a whole line"))
    });
    assert!(
        heard
            .collect::<Vec<_>>()
            .is_sorted_by(|before, after| before < after)
    );
}

#[test]
fn nobody_takes_a_name_by_hand_that_is_elsewhere_and_one_relay_is_enough() {
    let Some(mut pair) = Pair::start() else {
        return;
    };
    for (name, code) in [("anna@north", "bad-name"), ("~lobby", "name-taken")] {
        pair.bert.send(&format!("@1 NAME {name}"));
        pair.bert.skip_to(&format!("@1 ERROR {code} *"));
    }
    let mut second = Relay::set_out(pair.engine.port, "other", &pair.north);
    second
        .said
        .skip_to("chalktalk: ~lobby is here already, or not for us: *");
    assert_eq!(second.process.wait().code(), Some(1));
    pair.check("still once");
    pair.anna.send("TELL ~lobby psst");
    pair.anna.send("TOPIC tea");
    pair.anna.send("NAME ann");
    pair.anna.send("SAY that is all");
    let heard = pair.bert.take_to("SAID * ~lobby ann@north: that is all");
    // Whispers, topics and names stay at home. His own was on its way to him.
    let all = [
        "lobby bert still once",
        "lobby ~lobby ann@north: that is all",
    ];
    assert_eq!(said(&heard), all);
    assert_eq!(heard.len(), all.len(), "{heard:?}");
}

/// The other end of a relay's connection to an engine that the test plays.
struct Hostile {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Hostile {
    /// One that has greeted, and was greeted.
    fn greet(listener: &TcpListener) -> Hostile {
        let (mut stream, _) = listener.accept().expect("a relay");
        stream.set_read_timeout(Some(DEADLINE)).expect("a time-out");
        stream
            .write_all(b"INFO {\"a\":\"\\\"max_payload\\\":1\",\"max_payload\":200}\r\n")
            .expect("taken");
        let mut reader = BufReader::new(stream.try_clone().expect("a reader"));
        let mut lines = [(); 3].map(|()| String::new());
        lines
            .iter_mut()
            .for_each(|line| _ = reader.read_line(line).expect("a line"));
        assert!(
            lines[0].starts_with("CONNECT {") && lines[0].contains("\"echo\":false"),
            "{lines:?}"
        );
        assert_eq!(lines[1..], ["SUB chalk.lobby 0\r\n", "PING\r\n"]);
        Hostile { stream, reader }
    }

    fn accept(listener: &TcpListener) -> Hostile {
        let mut engine = Hostile::greet(listener);
        engine.stream.write_all(b"PONG\r\n").expect("taken");
        engine
    }

    fn message(&mut self, payload: &[u8]) {
        let head = format!("MSG chalk.lobby 0 {}\r\n", payload.len());
        let message = [head.as_bytes(), payload, b"\r\n"].concat();
        self.stream.write_all(&message).expect("taken");
    }

    fn expect(&mut self, expected: &str) {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("a line");
        assert_eq!(line, expected);
    }
}

#[test]
fn an_engine_that_means_harm_is_told_nothing_and_says_nothing_here() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let south = server();
    let port = listener.local_addr().expect("an address").port();
    let mut relay = Relay::set_out(port, "south", &south);
    let mut engine = Hostile::accept(&listener);
    let connected = "chalktalk: connected to the engine at *";
    relay
        .said
        .expect_set(&[connected, "chalktalk: relaying lobby"]);
    let mut bert = south.join("bert");
    for payload in [
        b"".as_slice(),
        b"north SAID b.1 9 lobby anna \xff\xfe",
        b"north SAID b.2 9 lobby anna a\r\nSAY hi",
        b"north SAID b.3 9 lobby anna \x1b[2J",
        b"north SAID b.4 9 lobby anna@east hi",
        b"south SAID b.5 9 lobby bert it is not me",
        b"north NOTICE b.6 9 * the server ends",
        b"north SAID b.7 9 lobby ~lobby hi",
        b"north SAID b.8 9 lobby anna hi",
        b"north SAID b.8 9 lobby anna hi",
        b"east SAID b.8 9 lobby anna hi",
        b"north SAID b.7 9 lobby anna hi",
    ] {
        engine.message(payload);
    }
    engine.message(&[b'x'; 1_000_000]);
    engine
        .stream
        .write_all(b"-ERR 'Permissions Violation \x1b[2J'\r\nMSG nobodys 7 2\r\nhi\r\nPING\r\n")
        .expect("taken");
    engine.expect("PONG\r\n");
    engine.message(b"north DID b.9 9 lobby anna waves");
    bert.expect("SAID * * lobby ~lobby anna@north: hi");
    bert.expect("DID * * lobby ~lobby anna@north waves");
    bert.send(&format!("SAY {}", "too long".repeat(40)));
    bert.send("SAY hi");
    bert.skip_to("SAID * lobby bert too long*");
    let own = bert.expect("SAID * * lobby bert hi");
    engine.expect(&format!(
        "PUB chalk.lobby {}\r\n",
        "south ".len() + own.len()
    ));
    engine.expect(&format!("south {own}\r\n"));
    // What is not the protocol ends the connection, and the next one is a new beginning.
    for broken in [
        "MSG chalk.lobby 0 -1\r\n",
        "MSG chalk.lobby 0 99999999999999999999\r\n",
        "MSG chalk.lobby 0 2\r\nhi!\r\n",
        "HTTP/1.1 400 Bad Request\r\n",
    ] {
        engine.stream.write_all(broken.as_bytes()).expect("taken");
        engine = Hostile::accept(&listener);
    }
    engine.message(b"north SAID b.8 9 lobby anna hi");
    engine.message(b"north SAID b.10 9 lobby anna still here");
    bert.expect("SAID * * lobby ~lobby anna@north: still here");
    let said = relay.said.all();
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(
        said.contains("not passed on: what came is not from a relay (that makes 1)"),
        "{said}"
    );
}

#[test]
fn an_engine_that_takes_nobody_in_is_quoted_and_no_message_counts_as_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let south = server();
    let port = listener.local_addr().expect("an address").port();
    let mut relay = Relay::set_out(port, "south", &south);
    for why in ["'Authorization Violation'", "'Secure Connection \x1b[2J'"] {
        let mut engine = Hostile::greet(&listener);
        let line = format!("-ERR {why}\r\n");
        engine.stream.write_all(line.as_bytes()).expect("taken");
        drop(engine);
        let shown = why.replace('\x1b', "^[");
        relay.said.skip_to(&format!(
            "chalktalk: the engine at * is away, and asked again each second: it says {shown}"
        ));
    }
    let _engine = Hostile::accept(&listener);
    relay
        .said
        .skip_to("chalktalk: connected to the engine at *");
    let said = relay.said.all();
    assert!(!said.contains("not passed on"), "{said}");
}
