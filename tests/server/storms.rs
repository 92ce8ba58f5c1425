//! Coming and going, by the thousand.

use super::*;
use chalktalk_tests::harness::Lines;
use std::thread;

/// The names of whoever came or left, in order of the alphabet.
fn names(lines: &[String], event: &str) -> Vec<String> {
    let of = |line: &String| {
        let mut words = line.split(' ');
        (words.next() == Some(event)).then(|| words.nth(3).expect("a name").to_owned())
    };
    let mut names: Vec<_> = lines.iter().filter_map(of).collect();
    names.sort();
    names
}

#[test]
fn thousands_of_connections_one_after_the_other() {
    let server = serve(lifted());
    let mut anna = server.join("anna");
    for _ in 0..3000 {
        server.connect().expect("CHALKTALK *");
    }
    assert_eq!(anna.fence(), [""; 0]);
}

#[test]
fn a_thousand_that_reset_at_once() {
    let server = serve(lifted());
    let mut anna = server.join("anna");
    for n in 0..1000 {
        let client = server.connect();
        match n % 3 {
            0 => client.reset(),
            // Before it was greeted, or in the middle of that.
            1 => drop(client),
            _ => {
                let mut client = client;
                client.send("NAME ghost");
                client.reset();
            }
        }
    }
    let came = names(&anna.fence(), "CAME").len();
    assert!(came <= 333, "{came}");
    server.join("ghost2");
}

#[test]
fn all_come_and_go_at_once_and_each_is_told_of() {
    let server = serve(Limits {
        announced_people_max: 1000,
        ..lifted()
    });
    let mut watch = server.join("watch");
    for _ in 0..3 {
        let joining: Vec<_> = (0..8)
            .map(|part| {
                let address = server.address();
                thread::spawn(move || {
                    let name = |n| format!("p{part}x{n}");
                    (0..20)
                        .map(|n| Client::join(address, &name(n)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let people = joining
            .into_iter()
            .flat_map(|one| one.join().expect("a client"));
        let people: Vec<Client> = people.collect();
        let came = names(&watch.fence(), "CAME");
        assert_eq!(came.len(), 160);
        drop(people);
        let mut left = Vec::new();
        while left.len() < came.len() {
            left.extend(names(&[watch.next_line().expect("a line")], "LEFT"));
        }
        left.sort();
        assert_eq!(left, came);
    }
}

#[test]
fn renaming_and_moving_in_a_storm_keeps_names_and_rooms_apart() {
    let server = serve(lifted());
    let storms: Vec<_> = (0..8)
        .map(|n| {
            let address = server.address();
            thread::spawn(move || {
                let mut client = Client::join(address, &format!("p{n}"));
                for round in 0..50 {
                    client.send(&format!("@n NAME both{}", round % 3));
                    client.skip_to("@n *");
                    client.send(&format!("@j JOIN room{}", (round + n) % 4));
                    client.skip_to("@j *");
                    client.send("WHO");
                    client.fence();
                }
                client
            })
        })
        .collect();
    let mut people: Vec<_> = storms
        .into_iter()
        .map(|one| one.join().expect("a client"))
        .collect();
    people[0].fence();
    people[0].send("ROOMS");
    let rooms = people[0].fence();
    let counts = rooms
        .iter()
        .map(|row| row.split(' ').nth(2).expect("a count"));
    let counted: usize = counts
        .map(|count| count.parse::<usize>().expect("a count"))
        .sum();
    assert_eq!(counted, 8);
    let seen = server.console("who\n");
    assert_eq!(
        seen.lines().filter(|line| line.contains(" from ")).count(),
        8,
        "{seen}"
    );
}
