//! The halves over real sockets, and a handshake in memory: each side is driven by what the other sends.

use super::*;
use crate::secure::{ClientHandshake, Identity, JoinError, Keys, PrivateKey, ServerHandshake};
use std::io::{ErrorKind, Read};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

/// Two ends of a connection.
pub(super) fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, far)
}

/// A server's halves and its client's, after a handshake behind which the client has sent this at once.
pub(super) fn admitted(said: &[u8]) -> (Reader, Writer, Halves) {
    admitted_before(said, &Trace::default())
}

fn admitted_before(said: &[u8], trace: &Trace) -> (Reader, Writer, Halves) {
    let identity = Arc::new(Identity::new(Keys::from_random(&[7; _])));
    let (server, secret) = (*identity.public(), identity.code().secret.clone());
    let mut client = ClientHandshake::new(server, secret, PrivateKey::from_bytes([1; 32]));
    let mut server = ServerHandshake::new(Arc::clone(&identity), PrivateKey::from_bytes([2; 32]));
    let mut sent = Vec::new();
    assert!(
        client
            .read(&mut identity.line(), &mut sent)
            .unwrap()
            .is_none()
    );
    let (wire, joined) = (Mutex::new(sent), Mutex::new(None));
    let through = shake_hands::<_, JoinError>(
        |space| {
            let mut wire = wire.lock().unwrap();
            let bytes = wire.len().min(space.len());
            space[..bytes].copy_from_slice(&wire[..bytes]);
            wire.drain(..bytes);
            Ok(bytes)
        },
        |answer| {
            let mut wire = wire.lock().unwrap();
            let mut halves = client.read(&mut &answer[..], &mut wire)?.unwrap();
            halves.sealer.seal(said, &mut wire);
            *joined.lock().unwrap() = Some(halves);
            Ok(())
        },
        |input, answer| Ok(server.read(input, answer).expect("the right code")),
    );
    let (halves, rest) = through.unwrap().expect("nobody hung up");
    let (reader, writer) = sealed(halves, &rest, trace).unwrap();
    (reader, writer, joined.into_inner().unwrap().unwrap())
}

fn kind<T: std::fmt::Debug>(result: io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_plain_connection_does_not_pay_for_sealing() {
    let small = size_of::<Trace>() + size_of::<usize>();
    assert_eq!((size_of::<Reader>(), size_of::<Writer>()), (small, small));
}

#[test]
fn what_comes_right_behind_the_handshake_is_read_first() {
    let (near, _far) = pair();
    let (mut reader, ..) = admitted(b"hello");
    let mut space = [0; 3];
    assert_eq!(reader.read(&near, &mut space).unwrap(), 3);
    assert_eq!(reader.read(&near, &mut space[..2]).unwrap(), 2);
    assert_eq!(&space, b"lol");
}

#[test]
fn who_hangs_up_is_through_no_handshake() {
    let ended = shake_hands::<(), ()>(|_| Ok(0), |_| Ok(()), |_, _| Ok(None));
    assert_eq!(ended, Ok(None));
}

#[test]
fn a_step_that_fails_is_not_answered() {
    let failed = shake_hands::<(), &str>(
        |_| Ok(1),
        |_| panic!("an answer"),
        |_, answer| {
            answer.push(b'x');
            Err("no")
        },
    );
    assert_eq!(failed, Err("no"));
}

#[test]
fn what_was_taken_and_did_not_fit_is_sent_first() {
    let (near, far) = pair();
    let (_, mut writer, client) = admitted(b"");
    let (mut reader, _) = sealed(client, b"", &Trace::default()).unwrap();
    let text: Vec<u8> = (0..=250).cycle().take(1_000_003).collect();
    let mut expected = Vec::new();
    near.set_nonblocking(true).unwrap();
    let full = loop {
        let rest = &text[expected.len() % text.len()..];
        let (some, more) = rest.split_at(rest.len() / 3);
        match writer.write(&near, &[IoSlice::new(some), IoSlice::new(more)]) {
            Ok(taken) => expected.extend_from_slice(&rest[..taken]),
            Err(error) => break error.kind(),
        }
    };
    assert_eq!(full, ErrorKind::WouldBlock);
    assert!(!writer.is_clear());

    let reading = thread::spawn(move || {
        let (mut read, mut space) = (Vec::new(), [0; 4096]);
        loop {
            match reader.read(&far, &mut space).unwrap() {
                0 => return read,
                bytes => read.extend_from_slice(&space[..bytes]),
            }
        }
    });
    near.set_nonblocking(false).unwrap();
    while !writer.is_clear() {
        assert_eq!(writer.write(&near, &[]).unwrap(), 0);
    }
    assert_eq!(writer.write(&near, &[IoSlice::new(b"last")]).unwrap(), 4);
    expected.extend_from_slice(b"last");
    writer.finish();
    assert!(!writer.is_clear(), "the end frame has yet to leave");
    writer.write(&near, &[]).unwrap();
    assert!(writer.is_clear());
    assert_eq!(
        kind(writer.write(&near, &[IoSlice::new(b"x")])),
        ErrorKind::BrokenPipe
    );
    assert!(reading.join().unwrap() == expected);
}

#[test]
fn a_cut_and_a_forgery_are_no_ends() {
    let mut space = [0; 64];
    let (near, far) = pair();
    let (mut reader, ..) = admitted(b"");
    far.shutdown(Shutdown::Write).unwrap();
    assert_eq!(
        kind(reader.read(&near, &mut space)),
        ErrorKind::UnexpectedEof
    );

    let (near, mut far) = pair();
    let (mut reader, _writer, mut client) = admitted(b"");
    let mut frame = Vec::new();
    client.sealer.seal(b"hello", &mut frame);
    frame[4] ^= 1;
    far.write_all(&frame).unwrap();
    assert_eq!(kind(reader.read(&near, &mut space)), ErrorKind::InvalidData);
}

#[test]
fn a_plain_writer_writes_nothing_of_its_own() {
    let (near, mut far) = pair();
    let (mut reader, mut writer) = plain(&Trace::default());
    assert_eq!(writer.write(&near, &[IoSlice::new(b"hi")]).unwrap(), 2);
    writer.finish();
    assert!(writer.is_clear());
    assert_eq!(writer.write(&near, &[]).unwrap(), 0);
    near.shutdown(Shutdown::Write).unwrap();
    let mut all = String::new();
    far.read_to_string(&mut all).unwrap();
    assert_eq!(all, "hi");
    drop(far);
    assert_eq!(reader.read(&near, &mut [0; 8]).unwrap(), 0);
}

/// Writes down what it is shown.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl Tap for Seen {
    fn read(&self, connection: u64, bytes: &[u8]) {
        let read = format!("{connection} read {}", bytes.escape_ascii());
        self.0.lock().unwrap().push(read);
    }
    fn wrote(&self, connection: u64, bytes: &[u8]) {
        let wrote = format!("{connection} wrote {}", bytes.escape_ascii());
        self.0.lock().unwrap().push(wrote);
    }
    fn decoded(&self, _: u64, _: Result<&str, &str>) {}
}

#[test]
fn a_tap_is_shown_what_was_said_and_not_what_was_sealed() {
    let (near, far) = pair();
    let seen = Arc::new(Seen::default());
    let trace = Trace {
        tap: Some(Arc::<Seen>::clone(&seen)),
        connection: 3,
    };
    let (mut reader, mut writer, _) = admitted_before(b"hello\n", &trace);
    assert!(!reader.is_plain_and_untraced());
    let mut space = [0; 64];
    reader.read(&near, &mut space).unwrap();
    near.set_nonblocking(true).unwrap();
    assert_eq!(kind(reader.read(&near, &mut space)), ErrorKind::WouldBlock);
    near.set_nonblocking(false).unwrap();
    writer
        .write(&near, &[IoSlice::new(b"hi "), IoSlice::new(b"you\n")])
        .unwrap();
    writer.finish();
    writer.write(&near, &[]).unwrap();
    far.shutdown(Shutdown::Write).unwrap();
    reader.read(&near, &mut space).unwrap_err();
    let expected = ["3 read hello\\n", "3 wrote hi you\\n", "3 read "];
    assert_eq!(*seen.0.lock().unwrap(), expected);
}

#[test]
fn a_read_that_waits_ends_when_its_stream_is_shut_down() {
    let (near, _stays) = pair();
    input::ready(&near).unwrap();
    let (mut reader, _) = plain(&Trace::default());
    let (begins, begun) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let waits = scope.spawn(|| {
            begins.send(()).unwrap();
            reader.read(&near, &mut [0; 9])
        });
        begun.recv().unwrap();
        near.shutdown(Shutdown::Both).unwrap();
        assert_eq!(waits.join().unwrap().unwrap(), 0);
    });
}
