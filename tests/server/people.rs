//! Several people: one order for all, names that belong to one, words that only one hears.

use super::*;
use chalktalk_tests::harness::Lines;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

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
fn after_both_fences_the_other_has_it() {
    let server = serve(lifted());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    for n in 0..200 {
        anna.send(&format!("SAY {n}"));
        anna.fence();
        let seen = bert.fence();
        assert!(
            seen.last()
                .is_some_and(|line| line.ends_with(&format!(" anna {n}"))),
            "{seen:?}"
        );
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

/// How somebody goes.
type Leave<'a> = &'a dyn Fn(&Here, Client);

#[test]
fn a_name_is_free_at_once_however_its_person_left() {
    let server = serve(Limits {
        ping_after: Duration::from_millis(20),
        silence_max: Duration::from_millis(80),
        ..lifted()
    });
    let mut bert = server.join("bert");
    let leave: [(&str, Leave<'_>); 5] = [
        ("quit", &|_, mut anna| anna.send("QUIT")),
        ("quit", &|_, mut anna| anna.half_close()),
        ("lost", &|_, mut anna| {
            anna.send("SAY unread");
            anna.reset();
        }),
        ("kicked", &|server, anna| {
            assert!(server.console("kick anna").contains("anna is closed"));
            drop(anna);
        }),
        ("timed-out", &|_, mut anna| {
            anna.skip_to("PING *");
            anna.send("PONG");
            anna.expect_bye("timed-out");
        }),
    ];
    for (code, leave) in leave {
        let anna = server.join("anna");
        leave(&server, anna);
        bert.skip_to(&format!("LEFT * * lobby anna {code}*"));
        drop(server.join("anna"));
        bert.skip_to("LEFT * * lobby anna *");
    }
}

#[test]
fn a_name_that_is_taken_is_kept_by_both() {
    let server = serve(lifted());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    anna.fence();
    bert.send("@1 NAME Anna");
    bert.expect("@1 ERROR name-taken *");
    bert.send("@2 NAME BERT");
    bert.expect("@2 OK *");
    anna.expect("RENAMED * * lobby bert BERT");
    for reserved in ["server", "System", "you", "OPERATOR", "chalktalk"] {
        bert.send(&format!("@3 NAME {reserved}"));
        bert.skip_to("@3 ERROR name-reserved *");
    }
    bert.send("TELL ANNA still you?");
    anna.expect("TOLD * * * BERT anna still you?");
}

#[test]
fn a_whisper_is_heard_by_one_and_remembered_by_none() {
    let server = serve(lifted());
    let mut people = ["anna", "bert", "carl"].map(|name| server.join(name));
    people.iter_mut().for_each(|one| drop(one.fence()));
    let [anna, bert, carl] = &mut people;
    anna.send("@1 TELL bert psst");
    anna.expect("@1 OK *");
    anna.expect("TOLD * * * anna bert psst");
    anna.fence();
    assert_eq!(bert.fence().len(), 1);
    assert_eq!(carl.fence(), [""; 0]);
    carl.send("@2 HISTORY");
    carl.expect("@2 HISTORY lobby 0");
}

#[test]
fn a_room_is_a_house_of_its_own() {
    let server = serve(lifted());
    let (mut anna, mut bert) = (server.join("anna"), server.join("bert"));
    anna.fence();
    bert.send("JOIN maths");
    anna.expect("LEFT * * lobby bert moved maths");
    bert.skip_to("CAME * * maths bert");
    for n in 0..5 {
        bert.send(&format!("SAY {n}"));
    }
    bert.send("TOPIC primes");
    bert.skip_to("TOPIC * * maths bert primes");
    assert_eq!(anna.fence(), [""; 0]);
    anna.send("REPLAY 3");
    anna.send("JOIN Maths");
    anna.expect("LEFT * * lobby anna moved maths");
    anna.expect("ROOM * * maths 2 primes");
    anna.expect("HISTORY maths 3");
    anna.expect("SAID * * maths bert 3");
    anna.expect("SAID * * maths bert 4");
    anna.expect("TOPIC * * maths bert primes");
    anna.expect("END maths");
    anna.expect("CAME * * maths anna");
    // The room ends with the last one, and what it remembers.
    anna.send("JOIN lobby");
    anna.fence();
    bert.send("JOIN lobby");
    bert.skip_to("CAME * * lobby bert");
    bert.send("JOIN maths");
    bert.skip_to("HISTORY maths 0");
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
    let answer = server.console("kick carl\nkick BERT be kind\nnonsense\n");
    assert!(answer.contains("carl is not here"), "{answer}");
    assert!(answer.contains("BERT is closed"), "{answer}");
    assert!(
        bert.rest()
            .last()
            .is_some_and(|line| line == "BYE kicked be kind")
    );
    anna.send("WHO maths");
    anna.skip_to("ERROR no-such-room *");
}
