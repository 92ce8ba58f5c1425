//! Trouble on cue: what the network does when a transcript, or who keeps a proxy, says so.

use crate::proxy::Proxy;
use crate::{play_against, server};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Says each line again.
fn echo(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().expect("a handle"));
    for line in lines.lines().map_while(Result::ok) {
        if stream.write_all(format!("{line}\n").as_bytes()).is_err() {
            return;
        }
    }
}

#[track_caller]
fn check(script: &str, expected: &str) {
    let played = play_against(echo, script);
    assert!(played.out.contains(expected), "{played:?}");
}

#[test]
fn a_stall_holds_everything_and_loses_nothing() {
    check(
        "deadline 20 s\nanna and ben connect\nthe network stalls of anna\nanna sends: a\nanna half-closes\nben sends: b\n\
         ben gets: b\nanna gets nothing for 50 ms\nthe network is whole again\nanna gets: a\nanna gets the end\n",
        "ok    example.chat",
    );
    check(
        "deadline 20 s\nanna connects\nthe network stalls 50 ms to anna\nanna sends: a\nanna gets: a\n\
         the network splits every byte\nanna sends: b\nanna gets: b\nthe network passes 1 KB a second\n\
         anna sends: \\{c*100}\nanna gets: \\{c*100}\n",
        "ok    example.chat",
    );
    // Who is not whole again is not, though all others are.
    check(
        "anna and ben connect\nthe network stalls\nthe network is whole again of ben\nanna and ben send: x\nben gets: x\n\
         deadline 50 ms\nanna gets: x\n",
        "but came  nothing for 50 ms",
    );
}

#[test]
fn a_cut_is_an_end_in_order_after_the_byte_that_was_said() {
    check(
        "deadline 20 s\nanna connects\nanna sends: one\nanna gets: one\nthe network cuts after 3 bytes to anna\n\
         anna sends: hello\nanna gets part: hel\nanna gets the end\nben connects\nben sends: x\nben gets: x\n",
        "ok    example.chat",
    );
}

#[test]
fn a_reset_is_none() {
    check(
        "deadline 20 s\nanna and ben connect\nthe network resets of anna\nben sends: x\nben gets: x\nanna sends: y\n\
         anna gets the end\n",
        "but came  a reset of the connection",
    );
    // What has been sent into a stall is no less lost.
    check(
        "deadline 20 s\nanna connects\nthe network stalls of anna\nanna sends: x\nthe network resets of anna\n\
         anna gets the end\n",
        "but came  a reset of the connection",
    );
}

#[test]
fn what_cannot_be_said_is_told_what_can() {
    let played = play_against(echo, "anna connects\nthe network melts\n");
    assert_eq!(played.code, 2);
    assert!(
        played
            .err
            .contains("example.chat:2: as in `the network splits every byte`"),
        "{played:?}"
    );
}

#[test]
fn the_proxy_obeys_its_input() {
    let mut proxy = Proxy::start(&server(echo).to_string(), &["--until-eof"]);
    for (said, told) in [
        ("melts", None),
        ("stalls of anna", None),
        ("", None),
        ("stalls of 1", Some("the network stalls of 1")),
        (
            "the network stalls 1 s from 2",
            Some("the network stalls 1 s from 2"),
        ),
        ("is whole again", Some("the network is whole again")),
    ] {
        proxy.say(said);
        if let Some(told) = told {
            assert_eq!(proxy.line(), told);
        }
    }
    let mut stream = TcpStream::connect(&proxy.address).expect("a connection");
    stream.write_all(b"x\n").expect("it takes");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("a line");
    assert_eq!(line, "x\n");
    let told = proxy.ends();
    let expected = "chalktalk proxy: no such trouble: say `the network splits every byte`, ";
    assert!(
        told.starts_with(expected) && told.lines().count() == 2,
        "{told}"
    );
}
