//! The post over real sockets. A test leaves bytes at the hub's list as they are to arrive, holds the far end of
//! each connection, and reads when it wants to: so what a peer gets is compared byte for byte.

mod couriers;
mod ears;
mod endings;
mod handover;
mod limits;
mod role;
mod walk;

use std::convert::Infallible;
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use super::Post;
use super::means::Spawn;
use super::peer::Peer;
use crate::server::hub::Hub;
use crate::server::limits::Limits;
use crate::server::log::Log;
use crate::server::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::transport::{self, Trace};
use crate::wire::{Boot, Name, Request, Tagged};
use couriers::{Couriers, couriers, no_couriers};

/// Only a hung post takes so long.
const DEADLINE: Duration = Duration::from_secs(30);
/// The hub's first room, in which everybody is who has a name.
const LOBBY: RoomId = RoomId(0);
/// More than the kernel holds for one connection, both ends together.
const MORE_THAN_FITS: usize = 16 * 1024 * 1024;

/// A post with its thread.
struct Office {
    post: Arc<Post>,
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

impl Office {
    fn open(limits: Limits, spawn: Spawn) -> Office {
        let office = Office::closed(limits, spawn);
        let post = Arc::clone(&office.post);
        thread::spawn(move || post.run());
        office
    }

    /// One whose thread has not begun.
    fn closed(limits: Limits, spawn: Spawn) -> Office {
        let hub = Hub::new(Boot::from_seed(1), limits.lifted());
        let (alive, _) = channel();
        Office {
            post: Post::new(hub, Outgoing::default(), Log::silent(), spawn),
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            alive,
        }
    }

    /// A connection without a name.
    fn connect(&self) -> Far {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let (near, from) = self.listener.accept().unwrap();
        Peer::prepare(&near).unwrap();
        let arrived = self.post.arrive(|hub, out, now| {
            let id = hub.opened(from.ip(), now, out).unwrap();
            let (_, writer) = transport::plain(&Trace::default());
            let alive = self.alive.clone();
            Some(Arc::new(Peer::new(id, near, Some(writer), alive)))
        });
        Far {
            peer: arrived.unwrap(),
            stream,
            read: Vec::new(),
        }
    }

    /// A connection with a name, so in the lobby, that has read all there was for it.
    fn join(&self, name: &str) -> Far {
        let mut far = self.connect();
        let request = Request::Name(Name::parse(name).unwrap());
        let line = Ok(Tagged {
            tag: None,
            body: request,
        });
        self.post.enter(|hub, out, now| {
            hub.handle(far.id(), &line, now, out);
        });
        far.take_to(&format!(" lobby {name}\n"));
        far
    }

    /// Leaves this for everybody. It is delivered from a thread that the test does not wait for.
    fn say_from_another_thread(&self, bytes: &[u8]) {
        let (post, bytes) = (Arc::clone(&self.post), bytes.to_vec());
        thread::spawn(move || {
            post.enter(|_, out, _| {
                out.to_room(LOBBY, |line| line.extend(bytes));
            });
        });
    }

    /// Leaves this for everybody, when there is room for it.
    fn say(&self, bytes: &[u8]) {
        self.post.enter_when_clear(|_, out, _| {
            out.to_room(LOBBY, |line| line.extend_from_slice(bytes));
        });
    }

    /// Leaves this for one person.
    fn tell(&self, far: &Far, bytes: &[u8]) {
        self.post.enter(|_, out, _| {
            out.to_one(far.id(), Some(LOBBY), |line| line.extend_from_slice(bytes));
        });
    }

    /// A person who sees nothing of the lobby.
    fn join_blind(&self, name: &str) -> Far {
        let far = self.join(name);
        self.post
            .enter(|_, out, _| out.unsubscribe(far.id(), LOBBY));
        far
    }

    /// Waits until all is walked that was left before. The person has nothing else to read.
    #[track_caller]
    fn fence(&self, blind: &mut Far) {
        self.tell(blind, b"fence\n");
        blind.expect(b"fence\n");
    }

    /// How many connections the hub has.
    fn people(&self) -> usize {
        self.post.enter(|hub, _, _| hub.connections())
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.post.dismiss_postman();
    }
}

impl Far {
    fn id(&self) -> ConnectionId {
        self.peer.id()
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
