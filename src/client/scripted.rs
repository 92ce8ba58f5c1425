//! For tests: a server of a few scripted lines on a real socket.

use super::{Address, Settings};
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
pub(super) fn nobody() -> Settings {
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
