//! From one socket to many: a whole server in this process, and clients on the loopback that read what comes.
//!
//! Clients and server share the machine's cores, and each client has a thread that counts line ends. So this tells
//! whether a change made fan-out faster or slower, not how many deliveries the server is capable of; that is what
//! the comparison in `benches/README.md` is for.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use chalktalk::server::{Config, Limits, Server};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TEXT: &str = "SAY a message of the length that most of what is said at school has\n";

/// A room whose members wait to be told how many lines to read.
struct Room {
    speaker: TcpStream,
    members: Vec<Sender<usize>>,
    done: Receiver<()>,
}

impl Room {
    /// The first of these members speaks.
    fn with(server: &Server, members: usize) -> Room {
        let (is_done, done) = channel();
        let room = format!("room{members}");
        let mut speaker = None;
        let mut orders = Vec::new();
        for number in 0..members {
            let stream = enter(server.addresses()[0], &room, number);
            speaker.get_or_insert_with(|| stream.try_clone().unwrap());
            let (order, ordered) = channel();
            let is_done = is_done.clone();
            thread::spawn(move || count(stream, &ordered, &is_done));
            orders.push(order);
        }
        Room {
            speaker: speaker.expect("a member"),
            members: orders,
            done,
        }
    }

    /// So many messages at once; returns when every member has read all of them.
    fn hears(&mut self, messages: usize) {
        for member in &self.members {
            member.send(messages).unwrap();
        }
        let said = TEXT.repeat(messages);
        self.speaker.write_all(said.as_bytes()).unwrap();
        for _ in &self.members {
            self.done.recv().unwrap();
        }
    }
}

/// Connects and moves to the room, and has read all of that. One after the other, so nothing of others is read here.
fn enter(address: SocketAddr, room: &str, number: usize) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let hello = format!("REPLAY 0\nNAME {room}-{number}\nJOIN {room}\nPING in\n");
    (&stream).write_all(hello.as_bytes()).unwrap();
    let mut line = String::new();
    while line != "PONG in\n" {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0);
    }
    assert!(reader.buffer().is_empty(), "nothing came after the fence");
    stream
}

/// Counts the ends of what was said; lines about comings and goings have another verb.
fn count(stream: TcpStream, ordered: &Receiver<usize>, is_done: &Sender<()>) {
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut line = Vec::new();
    for lines in ordered {
        let mut left = lines;
        while left > 0 {
            line.clear();
            assert_ne!(reader.read_until(b'\n', &mut line).unwrap(), 0);
            left -= usize::from(line.starts_with(b"SAID "));
        }
        if is_done.send(()).is_err() {
            return;
        }
    }
}

fn fan_out(criterion: &mut Criterion) {
    let config = Config {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        limits: Limits::default().lifted(),
        ..Config::default()
    };
    let server = Server::start(config).unwrap();
    let mut group = criterion.benchmark_group("from one to");
    group.sample_size(10);
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    for members in [2, 10, 100] {
        let mut room = Room::with(&server, members);
        for messages in [1, 100] {
            group.throughput(Throughput::Elements((members * messages) as u64));
            group.bench_function(format!("{members}, {messages} at once"), |bencher| {
                bencher.iter(|| room.hears(messages));
            });
        }
    }
    group.finish();
}

criterion_group!(fans, fan_out);
criterion_main!(fans);
