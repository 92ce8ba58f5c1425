//! A client against a server of a few scripted lines, on a real socket.

use super::{Address, Client, Command, Ending, Event, Line, Settings, Trouble, Whose};
use crate::wire::EventKind;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Far longer than anything here takes; a test that waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Listens, and hands over who comes.
pub(super) struct Server {
    settings: Settings,
    comers: Receiver<TcpStream>,
}

/// One connection, the server's side of it.
pub(super) struct Peer(BufReader<TcpStream>);

fn anna_at(listener: &TcpListener) -> Settings {
    let address = listener.local_addr().unwrap().to_string();
    Settings::new("anna")
        .unwrap()
        .at(Address::parse(&address).unwrap())
}

/// Where nobody listens.
fn nobody() -> Settings {
    anna_at(&TcpListener::bind("127.0.0.1:0").unwrap())
}

impl Server {
    pub(super) fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = anna_at(&listener);
        let (come, comers) = channel();
        // `accept` has no deadline, so a thread of its own waits there.
        thread::spawn(move || {
            let comers = listener.incoming().map_while(Result::ok);
            comers
                .map(|comer| come.send(comer))
                .all(|sent| sent.is_ok())
        });
        Server { settings, comers }
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings.clone()
    }

    pub(super) fn accept(&self) -> Peer {
        let stream = self.comers.recv_timeout(PATIENCE).expect("somebody comes");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Peer(BufReader::new(stream))
    }

    /// Greets, and lets in under whatever name is asked for.
    pub(super) fn let_in(&self, boot: &str) -> Peer {
        let mut peer = self.accept();
        peer.say("CHALKTALK 1 open Welcome.\n");
        let name = peer.hear();
        let (tag, name) = name.split_once(" NAME ").unwrap();
        peer.say(&format!(
            "{tag} OK {boot}.1\nWELCOME {boot}.1 5 * {name} hello\nROOM {boot}.2 5 lobby 999\n"
        ));
        assert_eq!(peer.hear(), "PONG");
        peer
    }
}

impl Peer {
    pub(super) fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// The next line; empty at the end.
    pub(super) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(super) fn stream(&self) -> TcpStream {
        self.0.get_ref().try_clone().unwrap()
    }
}

fn say(text: &str) -> Command {
    Command::parse(text).unwrap().unwrap()
}

#[track_caller]
fn expect(events: &Receiver<Event>, is_it: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = events.recv_timeout(PATIENCE).expect("an event");
        if is_it(&event) {
            return event;
        }
    }
}

#[test]
fn a_client_comes_in_speaks_and_leaves() {
    let server = Server::start();
    let (client, events) = Client::connect(server.settings()).unwrap();
    let mut peer = server.let_in("a");
    let ticket = client.send(say("hi"));
    assert_eq!(peer.hear(), "@2 SAY hi");
    for byte in "@2 OK a.3\nSAID a.3 5 lobby anna hi\n".bytes() {
        peer.say(char::from(byte).encode_utf8(&mut [0; 4]));
    }
    let said = expect(
        &events,
        |event| matches!(event, Event::Happened(happened) if matches!(happened.what, EventKind::Said(..))),
    );
    let Event::Happened(said) = said else {
        panic!("{said:?}")
    };
    assert_eq!(said.whose, Whose::Mine(Some(ticket)));
    client.send(Command::Quit(None));
    assert_eq!(peer.hear(), "@3 QUIT");
    peer.say("@3 OK a.4\nBYE quit until next time\n");
    expect(&events, |event| *event == Event::Ended(Ending::Left));
    assert!(
        events.recv_timeout(PATIENCE).is_err(),
        "nothing comes after the end"
    );
    assert_eq!(peer.hear(), "");
}

#[test]
fn what_waits_is_for_whom_one_joined() {
    let server = Server::start();
    let (client, events) = Client::connect(server.settings()).unwrap();
    drop(server.let_in("a"));
    let lost = |trouble: Trouble| move |event: &Event| matches!(event, Event::Line(Line::Lost { trouble: why, .. }) if *why == trouble);
    expect(&events, lost(Trouble::Broken));
    client.send(say("a secret"));
    let mut other = server.accept();
    other.say(&format!("CHALKTALK 1 noise {}\n", "7".repeat(64)));
    expect(&events, lost(Trouble::Encrypted));
    assert_eq!(other.hear(), "");
    let mut full = server.accept();
    full.say("BYE server-full come back later\n");
    assert_eq!(full.hear(), "");
    let mut peer = server.let_in("b");
    assert_eq!(peer.hear(), "@3 SAY a secret");
}

#[test]
fn nobody_and_somebody_else_are_told_apart() {
    let (_client, events) = Client::connect(nobody()).unwrap();
    let nobody = Event::Ended(Ending::Failed(Trouble::NobodyListens));
    expect(&events, |event| *event == nobody);

    for (greeting, expected) in [
        ("SSH-2.0-OpenSSH_9.2\r\n", Trouble::NotChalktalk),
        ("\n", Trouble::NotChalktalk),
        ("CHALKTALK 2 open hi\n", Trouble::OtherVersion(2)),
        ("CHALKTALK 1 sealed hi\n", Trouble::OtherVersion(1)),
    ] {
        let server = Server::start();
        let (_client, events) = Client::connect(server.settings()).unwrap();
        server.accept().say(greeting);
        let somebody = Event::Ended(Ending::Failed(expected));
        expect(&events, |event| *event == somebody);
    }
}

#[test]
fn a_client_that_is_dropped_hangs_up() {
    let server = Server::start();
    let (client, _events) = Client::connect(server.settings()).unwrap();
    let mut peer = server.let_in("a");
    drop(client);
    assert_eq!(peer.hear(), "");
}

#[test]
fn a_server_that_floods_is_slowed_and_fills_no_memory() {
    let server = Server::start();
    let (client, events) = Client::connect(server.settings()).unwrap();
    let peer = server.let_in("a");
    // Nobody takes events, so the client's thread waits, its reader waits, and at last the server does.
    let stream = peer.stream();
    stream
        .set_write_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let flood = "NOTICE a.3 5 * spam\n".repeat(1000);
    let mut id = 3;
    let stuck = (0..10_000).any(|_| {
        id += 1;
        let flood = flood.replace("a.3", &format!("a.{id}"));
        (&stream).write_all(flood.as_bytes()).is_err()
    });
    assert!(stuck, "the client has read 200 MB that nobody wants");
    // It still hears that it is not wanted.
    drop((events, client));
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    while (&stream).write_all(flood.as_bytes()).is_ok() {}
}
