//! The members of the room.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use chalktalk::secure::handshake::Halves;
use chalktalk::secure::{ClientHandshake, Entropy, Identity, PrivateKey};

use crate::server::{Kind, Server};

/// Whoever waits longer than this waits for something that will not come.
const DEADLINE: Duration = Duration::from_secs(30);
/// A message's last character, which stands nowhere else.
const MARK: u8 = b'~';

/// Somebody in the room.
pub(crate) struct Member {
    stream: TcpStream,
    halves: Option<Halves>,
    /// Bytes of the frame that has begun, its length included, that are still to come.
    rest: usize,
    /// The first byte of a length whose second has not come.
    begun: Option<u8>,
    /// Messages or, of frames that are not opened, bytes of the line protocol.
    pub(crate) got: usize,
}

impl Member {
    pub(crate) fn enter(server: &Server, number: usize) -> Member {
        let stream =
            TcpStream::connect((Ipv4Addr::LOCALHOST, server.port)).unwrap_or_else(|error| {
                panic!("member {number}: {error}; are there enough descriptors? ulimit -n 8192")
            });
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut member = Member {
            stream,
            halves: None,
            rest: 0,
            begun: None,
            got: 0,
        };
        if let Some((identity, _)) = &server.keys {
            member.shake_hands(identity);
        }
        let (hello, ready) = match server.kind {
            Kind::Redis => ("HELLO 3\r\nSUBSCRIBE c\r\n".to_owned(), "subscribe"),
            _ => (format!("REPLAY 0\nNAME u{number}\n"), "CAME "),
        };
        member.send(hello.as_bytes());
        member.read_to(ready);
        member
    }

    fn shake_hands(&mut self, identity: &Identity) {
        let (server, secret) = (*identity.public(), identity.code().secret.clone());
        let ephemeral = PrivateKey::from_bytes(Entropy::open().unwrap().bytes().unwrap());
        let mut handshake = ClientHandshake::new(server, secret, ephemeral);
        let mut byte = [0];
        // Byte by byte, so that nothing is read of what comes after.
        while self.halves.is_none() {
            self.stream.read_exact(&mut byte).unwrap();
            let mut answer = Vec::new();
            self.halves = handshake.read(&mut &byte[..], &mut answer).unwrap();
            self.stream.write_all(&answer).unwrap();
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let mut sealed = Vec::new();
        let bytes = match &mut self.halves {
            Some(halves) => {
                halves.sealer.seal(bytes, &mut sealed);
                &sealed
            }
            None => bytes,
        };
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads what is there, opened; or waits for something.
    fn read(&mut self, space: &mut [u8], plain: &mut Vec<u8>) {
        plain.clear();
        let bytes = receive(&mut self.stream, space);
        match &mut self.halves {
            Some(halves) => halves.opener.open(bytes, plain).unwrap(),
            None => plain.extend_from_slice(bytes),
        }
    }

    /// Reads until this has come, and the whole line.
    pub(crate) fn read_to(&mut self, words: &str) {
        let (mut space, mut plain, mut all) = (vec![0; 4096], Vec::new(), String::new());
        while !(all.contains(words) && all.ends_with('\n')) {
            self.read(&mut space, &mut plain);
            all += &String::from_utf8_lossy(&plain);
        }
    }

    /// Reads what is there and counts the messages.
    pub(crate) fn count_messages(&mut self, space: &mut [u8], plain: &mut Vec<u8>) -> usize {
        self.read(space, plain);
        self.got += marks(plain);
        plain.len()
    }

    /// Reads what is there and counts what it would be if it were opened.
    pub(crate) fn count_bytes(&mut self, space: &mut [u8]) {
        const TAG_BYTES: usize = 16;
        let mut bytes = receive(&mut self.stream, space);
        while let Some((&first, after)) = bytes.split_first() {
            if self.rest > 0 {
                let taken = self.rest.min(bytes.len());
                self.rest -= taken;
                bytes = &bytes[taken..];
            } else if let Some(high) = self.begun.take() {
                self.rest = usize::from(u16::from_be_bytes([high, first]));
                self.got += self.rest - TAG_BYTES;
                bytes = after;
            } else {
                self.begun = Some(first);
                bytes = after;
            }
        }
    }
}

fn receive<'a>(stream: &mut TcpStream, space: &'a mut [u8]) -> &'a [u8] {
    let bytes = loop {
        match stream.read(space) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => break read.expect("what is due comes in time"),
        }
    };
    assert_ne!(bytes, 0, "the server has closed the connection");
    &space[..bytes]
}

fn marks(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == MARK).count()
}
