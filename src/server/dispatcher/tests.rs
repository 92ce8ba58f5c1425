//! Delivery over real sockets. A test leaves bytes at the hub as they are to arrive, holds the far end of each
//! connection, and reads when it wants to: so what a peer gets is compared byte for byte.

mod endings;
mod behind;
mod limits;
mod polling;
mod role;
mod walk;

use std::convert::Infallible;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use super::Dispatcher;
use crate::server::hub::Hub;
use crate::server::inbound::Inbound;
use crate::server::limits::Limits;
use crate::server::log::Log;
use crate::server::outbox::Peer;
use crate::server::outgoing::{ConnectionId, RoomId};
use crate::transport::{self, Trace};
use crate::wire::{Boot, Name, Request, Tagged};

/// Only a hung dispatcher takes so long.
const DEADLINE: Duration = Duration::from_secs(30);
/// The hub's first room, in which everybody is who has a name.
const LOBBY: RoomId = RoomId(0);
/// More than the kernel holds for one connection, both ends together.
const MORE_THAN_FITS: usize = 16 * 1024 * 1024;

/// A dispatcher, with its thread or without.
struct Fixture {
    dispatcher: Arc<Dispatcher>,
    listener: TcpListener,
    alive: Sender<Infallible>,
}

/// The far end of a connection.
struct Far {
    peer: Arc<Peer>,
    stream: TcpStream,
    /// Read, and not yet taken.
    read: Vec<u8>,
}

impl Fixture {
    fn new(limits: Limits) -> Fixture {
        let fixture = Fixture::without_thread(limits);
        fixture.start_thread();
        fixture
    }

    fn without_thread(limits: Limits) -> Fixture {
        let hub = Hub::new(Boot::from_seed(1), limits.lifted());
        let (alive, _) = channel();
        Fixture {
            dispatcher: Dispatcher::new(hub, Log::silent()),
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            alive,
        }
    }

    fn start_thread(&self) -> thread::JoinHandle<()> {
        let dispatcher = Arc::clone(&self.dispatcher);
        thread::spawn(move || dispatcher.run())
    }

    /// A connection without a name.
    fn connect(&self) -> Far {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (near, from) = self.listener.accept().unwrap();
        near.set_nodelay(true).unwrap();
        let peer = self.dispatcher.arrive(|hub, out, arrivals, now| {
            let id = hub.opened(from.ip(), now, out).unwrap();
            let (_, writer) = transport::plain(&Trace::default());
            let peer = Arc::new(Peer::new(id, near, Some(writer), self.alive.clone()));
            arrivals.push(Arc::clone(&peer));
            peer
        });
        Far {
            peer,
            stream,
            read: Vec::new(),
        }
    }

    /// A connection with a name, so in the lobby, that has read all there was for it.
    fn join(&self, name: &str) -> Far {
        let mut far = self.join_unseen(name);
        far.take_to(&format!(" lobby {name}\n"));
        far
    }

    /// The same where nobody delivers yet: it has read nothing.
    fn join_unseen(&self, name: &str) -> Far {
        let far = self.connect();
        let request = Request::Name(Name::parse(name).unwrap());
        let line = Ok(Tagged {
            tag: None,
            body: request,
        });
        self.dispatcher.enter(|hub, out, now| {
            hub.handle(far.id(), &line, now, out);
        });
        far
    }

    /// Leaves this for everybody.
    fn say(&self, bytes: &[u8]) {
        self.dispatcher.enter(|_, out, _| {
            out.to_room(LOBBY, |line| line.extend_from_slice(bytes));
        });
    }

    /// Leaves this for one person.
    fn tell(&self, far: &Far, bytes: &[u8]) {
        self.dispatcher.enter(|_, out, _| {
            out.to_one(far.id(), |line| line.extend_from_slice(bytes));
        });
    }

    /// A person who sees nothing of the lobby.
    fn join_blind(&self, name: &str) -> Far {
        let far = self.join(name);
        self.dispatcher.enter(|_, out, _| out.left(far.id()));
        far
    }

    /// Waits until all is delivered that was left before. The person has nothing else to read.
    #[track_caller]
    fn fence(&self, blind: &mut Far) {
        self.tell(blind, b"fence\n");
        blind.expect(b"fence\n");
    }

    /// How many connections the hub has.
    fn people(&self) -> usize {
        self.dispatcher.enter(|hub, _, _| hub.connections())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.dispatcher.dismiss();
    }
}

impl Far {
    fn id(&self) -> ConnectionId {
        self.peer.id()
    }

    /// What its reader would read with.
    fn inbound(&self) -> Inbound {
        let (reader, _) = transport::plain(&Trace::default());
        Inbound::new(Arc::clone(&self.peer), reader)
    }

    /// Reads up to where this stands, and gives all of it.
    #[track_caller]
    fn take_to(&mut self, end: &str) -> String {
        let mut looked = 0;
        loop {
            let found = self.read[looked..]
                .windows(end.len())
                .position(|bytes| bytes == end.as_bytes());
            if let Some(at) = found {
                let rest = self.read.split_off(looked + at + end.len());
                let taken = std::mem::replace(&mut self.read, rest);
                return String::from_utf8(taken).unwrap();
            }
            looked = self.read.len().saturating_sub(end.len());
            assert!(
                self.read_more().unwrap() > 0,
                "the end came before {end:?}, after {:?}",
                self.read.escape_ascii().to_string()
            );
        }
    }

    /// Reads as many bytes, which must be these.
    #[track_caller]
    fn expect(&mut self, bytes: &[u8]) {
        while self.read.len() < bytes.len() {
            assert!(self.read_more().unwrap() > 0, "the end came too early");
        }
        let rest = self.read.split_off(bytes.len());
        let taken = std::mem::replace(&mut self.read, rest);
        if taken != bytes {
            let differ = taken
                .iter()
                .zip(bytes)
                .position(|(got, wanted)| got != wanted);
            panic!("another byte at {differ:?}");
        }
    }

    /// Reads to the end, and gives all of it.
    #[track_caller]
    fn rest(mut self) -> String {
        while self.read_more().unwrap() > 0 {}
        String::from_utf8(self.read).unwrap()
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let mut some = [0; 32 * 1024];
        let bytes = self.stream.read(&mut some)?;
        self.read.extend_from_slice(&some[..bytes]);
        Ok(bytes)
    }
}

/// Nothing that waits is too much.
fn patient() -> Limits {
    Limits {
        slow_bytes_max: usize::MAX,
        slow_bytes_all_max: usize::MAX,
        stall_max: DEADLINE,
        linger_max: DEADLINE,
        ..Limits::default()
    }
}

/// A line of so many bytes that begins with this.
fn line(start: &str, bytes: usize) -> Vec<u8> {
    let dots = bytes - start.len() - 2;
    format!("{start} {}\n", ".".repeat(dots)).into_bytes()
}
