//! Several people at the same time, and the operator.

use super::*;
use chalktalk_tests::harness::Lines;
use std::sync::Barrier;
use std::thread;

#[test]
fn everybody_sees_the_same_in_the_same_order() {
    let server = serve(lifted());
    let mut people: Vec<_> = (0..8).map(|n| server.join(&format!("p{n}"))).collect();
    people[0].send("SAY start");
    let talkers: Vec<_> = people
        .into_iter()
        .enumerate()
        .map(|(talker, mut client)| {
            thread::spawn(move || {
                client.skip_to("SAID * start");
                let lines: String = (0..200).map(|n| format!("SAY {talker} {n}\n")).collect();
                client.send_raw(lines.as_bytes());
                (0..8 * 200)
                    .map(|_| client.expect("SAID *"))
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let seen = talkers
        .into_iter()
        .map(|talker| talker.join().expect("a talker"));
    let seen: Vec<Vec<String>> = seen.collect();
    assert!(seen.iter().all(|one| *one == seen[0]));
    let mut ids = seen[0].iter().map(|line| {
        let id = line.split(' ').nth(1).and_then(|id| id.split_once('.'));
        id.expect("an id").1.parse::<u64>().expect("a count")
    });
    assert!(ids.by_ref().is_sorted_by(|before, after| before < after));
    for talker in 0..8 {
        let said = seen[0]
            .iter()
            .filter_map(|line| line.split_once(&format!(" p{talker} ")));
        let said: Vec<_> = said.map(|(_, text)| text.to_owned()).collect();
        let expected: Vec<_> = (0..200).map(|n| format!("{talker} {n}")).collect();
        assert_eq!(said, expected);
    }
}

#[test]
fn of_many_who_want_a_name_at_once_exactly_one_gets_it() {
    let server = serve(lifted());
    for round in 0..20 {
        let (start, address) = (&Barrier::new(8), server.address());
        let names = ["ada", "Ada", "ADA", "aDA"];
        let got = thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn(move || {
                        let mut client = Client::connect(address);
                        client.expect("CHALKTALK *");
                        start.wait();
                        client.send(&format!("@r NAME {}{round}", names[n % 4]));
                        let answer = client.skip_to("@r *");
                        // It stays until all are answered.
                        start.wait();
                        answer.starts_with("@r OK ") || {
                            assert!(answer.starts_with("@r ERROR name-taken "), "{answer}");
                            false
                        }
                    })
                })
                .collect();
            all.into_iter()
                .map(|one| one.join().expect("a client"))
                .filter(|got| *got)
                .count()
        });
        assert_eq!(got, 1);
    }
}

#[test]
fn the_operator_sees_speaks_and_throws_out() {
    let server = serve(patient());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    bert.send("JOIN maths");
    bert.skip_to("CAME * * maths bert");
    let seen = server.console("who\n");
    assert!(seen.contains("anna in lobby from 127.0.0.1"), "{seen}");
    assert!(seen.contains("bert in maths from 127.0.0.1"), "{seen}");
    assert!(seen.contains("2 connections"), "{seen}");
    server.console("say tea is ready\n");
    anna.skip_to("NOTICE * * * tea is ready");
    bert.expect("NOTICE * * * tea is ready");
    // What it has not read is no obstacle to the reason.
    for _ in 0..2000 {
        bert.send("SAY what I say, and do not read");
    }
    let answer = server.console("kick carl\nkick BERT 7\nkock bert\n");
    assert!(answer.contains("carl is not here"), "{answer}");
    let kicked = "kept out for 7 minutes: bert, by name alone; thrown out: 1";
    assert!(answer.contains(kicked), "{answer}");
    assert!(answer.contains("did you mean kick?"), "{answer}");
    let bye = "BYE kicked the operator has thrown you out for 7 minutes";
    assert_eq!(bert.rest().last().map(String::as_str), Some(bye));
    let mut again = server.connect();
    again.send("NAME bert");
    again.skip_to("BYE kicked the operator keeps you out of this chat for 7 minutes");
    anna.send("WHO maths");
    anna.skip_to("ERROR no-such-room *");
}
