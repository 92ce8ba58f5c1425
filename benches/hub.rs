//! What the hub alone costs, without a socket or a thread: a message, a change of room, a question.

use std::net::{IpAddr, Ipv4Addr};

use chalktalk::server::Limits;
use chalktalk::server::hub::{Hub, Now, Verdict};
use chalktalk::server::outgoing::{ConnectionId, Outgoing, Round};
use chalktalk::wire::{Boot, Refusal, Request, Tagged};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// As many messages as gather under load while a round is delivered.
const BATCH: usize = 64;

type Asked = Result<Tagged<Request>, Refusal>;

/// A lobby with people in it, and the list they are told through.
struct Lobby {
    hub: Hub,
    out: Outgoing,
    used: Round,
    people: Vec<ConnectionId>,
}

impl Lobby {
    fn with(people: usize) -> Lobby {
        let boot = Boot::parse("bench").unwrap();
        let mut lobby = Lobby {
            hub: Hub::new(boot, Limits::default().lifted()),
            out: Outgoing::default(),
            used: Round::default(),
            people: Vec::new(),
        };
        for number in 0..people {
            let address = IpAddr::from(Ipv4Addr::LOCALHOST);
            let opened = lobby.hub.opened(address, Now::default(), &mut lobby.out);
            lobby.people.push(opened.unwrap());
            lobby.asks(number, &asked(&format!("NAME u{number}")));
            lobby.is_delivered();
        }
        lobby
    }

    fn asks(&mut self, person: usize, asked: &Asked) {
        let id = self.people[person];
        let verdict = self.hub.handle(id, asked, Now::default(), &mut self.out);
        assert_eq!(verdict, Verdict::Handled);
    }

    /// Takes the round as the dispatcher does, but nobody walks it.
    fn is_delivered(&mut self) {
        let used = std::mem::take(&mut self.used);
        self.used = self.out.take(used);
    }
}

fn asked(line: &str) -> Asked {
    Ok(Request::decode(line).unwrap())
}

fn hub(criterion: &mut Criterion) {
    for people in [10, 1000] {
        let mut group = criterion.benchmark_group(format!("a room of {people}"));
        group.sample_size(30);
        let mut lobby = Lobby::with(people);
        let said = asked("SAY a message of the length that most of what is said at school has");
        let tagged =
            asked("@17 SAY a message of the length that most of what is said at school has");
        for _ in 0..1000 {
            // History is full, as it is in a room that is used.
            lobby.asks(0, &said);
            lobby.is_delivered();
        }
        group.throughput(Throughput::Elements(1));
        group.bench_function("SAY, and the list is taken", |bencher| {
            bencher.iter(|| {
                lobby.asks(0, &said);
                lobby.is_delivered();
            });
        });
        group.throughput(Throughput::Elements(BATCH as u64));
        for (kind, said) in [("SAY", &said), ("SAY with a tag", &tagged)] {
            group.bench_function(
                format!("{BATCH} times {kind}, and the list is taken"),
                |bencher| {
                    bencher.iter(|| {
                        for speaker in 0..BATCH {
                            lobby.asks(speaker % people.min(10), said);
                        }
                        lobby.is_delivered();
                    });
                },
            );
        }
        group.throughput(Throughput::Elements(2));
        let (there, back) = (asked("JOIN elsewhere"), asked("JOIN lobby"));
        let unseen = asked("REPLAY 0");
        lobby.asks(0, &unseen);
        group.bench_function("JOIN another room and come back", |bencher| {
            bencher.iter(|| {
                lobby.asks(0, &there);
                lobby.asks(0, &back);
                lobby.is_delivered();
            });
        });
        group.throughput(Throughput::Elements(1));
        for question in ["WHO", "HISTORY"] {
            let question_asked = asked(question);
            group.bench_function(question, |bencher| {
                bencher.iter(|| {
                    lobby.asks(0, &question_asked);
                    lobby.is_delivered();
                });
            });
        }
        group.finish();
    }
}

criterion_group!(hubs, hub);
criterion_main!(hubs);
