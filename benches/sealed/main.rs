//! What encryption costs where it counts: one room, sealed and plain in turns, and Redis where it is there.
//!
//! The server is a process of its own. The members are one thread that reads what each of them is due, in turn: a
//! thread for each would measure the switching of threads. A message is due to everybody once the first member has it.
//!
//! Only the first member opens what is sealed; of the others' frames the lengths are added up, which stand in the
//! clear. So the members cost nearly as little as plain ones, and the figures are the server's. Each round starts
//! servers of their own, one after the other, and what counts is the relation within a round.
//!
//! `ulimit -n 8192; cargo bench --manifest-path tests/Cargo.toml --bench sealed -- ROUNDS`

mod member;
mod server;

use std::io::{self, Write as _};
use std::time::Instant;

use member::Member;
use server::{Kind, Server};

const ROUNDS: usize = 5;
const PAYLOAD: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk~";

/// How many are in the room, how many of them speak, how many messages, and how many of these may be on their way.
#[derive(Clone, Copy)]
struct Shape {
    members: usize,
    speakers: usize,
    messages: usize,
    window: usize,
}

const SHAPES: [Shape; 3] = [
    Shape {
        members: 50,
        speakers: 10,
        messages: 20_000,
        window: 64,
    },
    Shape {
        members: 50,
        speakers: 1,
        messages: 20_000,
        window: 64,
    },
    Shape {
        members: 1000,
        speakers: 10,
        messages: 1000,
        window: 64,
    },
];

/// Everybody in one room, from whom everything before is read.
fn room(server: &Server, shape: Shape) -> Vec<Member> {
    let mut members: Vec<Member> = (0..shape.members)
        .map(|number| Member::enter(server, number))
        .collect();
    for member in &mut members {
        if server.kind != Kind::Redis {
            member.send(b"PING all\n");
            member.read_to("PONG all\n");
        }
    }
    members
}

/// What came of one round.
struct Measured {
    deliveries_per_second: f64,
    microseconds_each: f64,
}

fn measure(kind: Kind, shape: Shape) -> Option<Measured> {
    let server = Server::start(kind)?;
    let mut members = room(&server, shape);
    let message = match kind {
        Kind::Redis => format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$64\r\n{PAYLOAD}\r\n"),
        _ => format!("SAY {PAYLOAD}\n"),
    };
    let (mut space, mut plain) = (vec![0; 256 * 1024], Vec::new());
    let (mut sent, mut first_bytes) = (0, 0);
    let (begun, processor) = (Instant::now(), server.processor());
    while members[0].got < shape.messages {
        let until = shape.messages.min(members[0].got + shape.window);
        for (speaker, member) in members.iter_mut().enumerate().take(shape.speakers) {
            let share = (sent..until)
                .filter(|number| number % shape.speakers == speaker)
                .count();
            if share > 0 {
                member.send(message.repeat(share).as_bytes());
            }
        }
        sent = until;
        first_bytes += members[0].count_messages(&mut space, &mut plain);
        let first = members[0].got;
        for member in &mut members[1..] {
            match kind {
                Kind::Sealed => {
                    while member.got < first_bytes {
                        member.count_bytes(&mut space);
                    }
                }
                _ => {
                    while member.got < first {
                        member.count_messages(&mut space, &mut plain);
                    }
                }
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let deliveries = (shape.messages * shape.members) as f64;
    Some(Measured {
        deliveries_per_second: deliveries / begun.elapsed().as_secs_f64(),
        microseconds_each: (server.processor() - processor) * 1e6 / deliveries,
    })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> io::Result<()> {
    let rounds = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(ROUNDS);
    let mut output = io::stdout();
    for shape in SHAPES {
        let Shape {
            members,
            speakers,
            messages,
            window,
        } = shape;
        writeln!(
            output,
            "-n {members} -s {speakers} -m {messages} -w {window}"
        )?;
        let mut all: Vec<[Option<Measured>; 3]> = Vec::new();
        for _ in 0..rounds {
            all.push([Kind::Plain, Kind::Sealed, Kind::Redis].map(|kind| measure(kind, shape)));
        }
        for (at, name) in ["plain", "sealed", "redis"].into_iter().enumerate() {
            let of = |pick: fn(&Measured) -> f64| {
                median(
                    all.iter()
                        .filter_map(|round| round[at].as_ref().map(pick))
                        .collect(),
                )
            };
            let rate = of(|measured| measured.deliveries_per_second) / 1e6;
            let each = of(|measured| measured.microseconds_each);
            writeln!(
                output,
                "  {name:7} {rate:6.2} M deliveries/s   {each:.3} us of the server's processor each"
            )?;
        }
        for (at, name) in [(0, "plain"), (2, "redis")] {
            let ratio = |round: &[Option<Measured>; 3]| {
                let (sealed, other) = (round[1].as_ref()?, round[at].as_ref()?);
                Some(sealed.deliveries_per_second / other.deliveries_per_second)
            };
            let ratio = median(all.iter().filter_map(ratio).collect());
            writeln!(output, "  sealed to {name}: {ratio:.2}")?;
        }
    }
    Ok(())
}
