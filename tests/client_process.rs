//! The program as people and scripts run it: plain mode, and `chalktalk` alone.
#![forbid(unsafe_code)]

use chalktalk::client::{Address, Client, Command, Event, Outcome, Settings};
use chalktalk::server::{Limits, Rate, Security};
use chalktalk::wire::Text;
use chalktalk_tests::harness::port::Port;
use chalktalk_tests::harness::{
    Client as Raw, DEADLINE, Lines, Process, Program, Server, matches, serve_here,
};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

fn join(address: &str, arguments: &[&str]) -> Program {
    let program = Program::new(PROGRAM).arguments(&["join", address, "--plain"]);
    program.arguments(arguments)
}

/// A person in plain mode who is in.
fn person(server: &Server, name: &str) -> Process {
    let address = server.address().to_string();
    let mut process = join(&address, &["--name", name]).start();
    process.output.skip_to(&format!("* welcome, {name}"));
    process.output.skip_to("* in lobby: *");
    process
}

/// What a script of these lines ends with: its exit code, and its last word on stderr. Where there is nobody to talk
/// to, nothing may read them: then there should be none.
fn script(address: &str, arguments: &[&str], lines: &str) -> (Option<i32>, String) {
    let mut process = join(address, arguments).start();
    if !lines.is_empty() {
        process.type_raw(lines.as_bytes());
    }
    process.close_input();
    let code = process.wait().code();
    (code, process.errors.rest().pop().unwrap_or_default())
}

/// Where nobody listens, for as long as the port is held.
fn free_address() -> (Port, String) {
    let port = Port::take().expect("a port");
    let address = format!("127.0.0.1:{}", port.number());
    (port, address)
}

/// Which of two threads comes first is open, so only each one's own order is looked at.
#[test]
fn a_trace_shows_each_read_and_write_and_what_lines_were_taken_for() {
    let server = Server::start(PROGRAM, &[]);
    let address = server.address().to_string();
    let arguments = ["--name", "anna", "--trace"];
    let mut process = join(&address, &arguments).start();
    process.type_line("hello");
    process.close_input();
    assert!(process.wait().success());
    let seen = process.errors.rest();
    for line in &seen {
        assert!(matches("*-*-*T*:*:*.*+00:00 [*] *", line), "{line}");
    }
    let one_by_one = [
        "[main] #1 read * \"CHALKTALK 1 open *\\n\"",
        "[client] #1 a line: CHALKTALK 1 open *",
        "[client] #1 wrote 13: \"@1 NAME anna\\n\"",
        "[client] #1 wrote 13: \"@* SAY hello\\n\"",
        "[client] #1 a line: SAID * lobby anna hello",
        "[client] #1 a line: BYE quit *",
    ];
    let mut rest = seen.iter();
    for wanted in one_by_one {
        let is_it = |line: &&String| matches(&format!("* {wanted}"), line);
        assert!(rest.any(|line| is_it(&line)), "{wanted} is not in {seen:?}");
    }
}

#[test]
fn two_people_chat() {
    let server = Server::start(PROGRAM, &[]);
    let mut anna = person(&server, "anna");
    let mut bert = person(&server, "bert");
    anna.output.skip_to("* bert came");
    anna.type_raw("good\nmorning\n/msg bert psst\n".as_bytes());
    for line in ["anna: good", "anna: morning", "@ anna -> bert: psst"] {
        assert_eq!(anna.output.next_line().as_deref(), Some(line));
        assert_eq!(bert.output.next_line().as_deref(), Some(line));
    }
    bert.type_line("/topic tea");
    anna.output.expect("* bert set the topic: tea");
    bert.type_line("/join maths");
    bert.output.skip_to("* you are in maths, 1 person");
    anna.output.expect("* bert moved to maths");
    anna.type_line("/who maths");
    anna.output.expect("# bert is in maths");
    anna.output
        .expect(&format!("# at {} (open)", server.address()));
    anna.type_line("/rooms");
    anna.output.expect("# lobby: 1 person, topic: tea");
    anna.output.expect("# maths: 1 person");
    anna.type_line("/name Anna");
    anna.output.expect("* anna is now Anna");
    anna.type_line("/nonsense");
    anna.output
        .expect("# there is no /nonsense; /help lists what there is; *");
    bert.type_line("/quit see you");
    assert_eq!(bert.wait().code(), Some(0));
    anna.close_input();
    // A script's code: one line was nonsense.
    assert_eq!(anna.wait().code(), Some(1));
}

#[test]
fn the_past_is_marked_and_others_control_nothing() {
    let server = Server::start(PROGRAM, &[]);
    let mut evil = server.join("evil");
    evil.send(r"SAY \u{1b}[2J\r* anna left\n# gone");
    evil.fence();
    let mut anna = person(&server, "anna");
    anna.close_input();
    anna.wait();
    let shown = anna.output.all();
    assert!(
        shown.contains("\n: evil: ^[[2J^M* anna left / # gone\n"),
        "{shown:?}"
    );
    assert!(
        !shown.replace('\n', "").contains(char::is_control),
        "{shown:?}"
    );
}

#[test]
fn thousands_of_piped_lines_arrive_in_order() {
    let server = Server::start(PROGRAM, &["--no-limits"]);
    let mut bert = server.join("bert");
    let lines: Vec<String> = (0..3_000)
        .map(|number| format!("{} line {number}", ".".repeat(30)))
        .collect();
    let (code, _) = script(
        &server.address().to_string(),
        &["--name", "anna"],
        &lines.join("\n"),
    );
    assert_eq!(code, Some(0));
    let heard = bert.fence();
    let said = heard.iter().filter_map(|line| line.split_once(".. line "));
    let numbers: Vec<usize> = said.filter_map(|(_, number)| number.parse().ok()).collect();
    assert!(numbers.iter().copied().eq(0..3_000), "{numbers:?}");
}

#[test]
fn a_long_script_is_slowed_and_never_closed() {
    let limits = Limits {
        requests: Some(Rate {
            burst: 3,
            interval: Duration::from_millis(20),
        }),
        debt_max: Duration::from_millis(200),
        linger_max: Duration::from_secs(60),
        ..Limits::default()
    };
    let server = serve_here(limits, Security::Open);
    let address = server.addresses()[0];
    let settings = Settings::new("anna").expect("a name");
    let settings = settings.at(Address::parse(&address.to_string()).expect("an address"));
    let (client, events) = Client::connect(settings).expect("a client");
    let tickets: Vec<_> = (0..100)
        .map(|number| client.send(Command::Say(Text::cut(&format!("line {number}")))))
        .collect();
    let mut events = std::iter::from_fn(|| events.recv_timeout(DEADLINE).ok());
    for ticket in tickets {
        let settled = events.find(|event| matches!(event, Event::Settled(..)));
        assert!(
            matches!(settled, Some(Event::Settled(other, Outcome::Done(Some(_)))) if other == ticket),
            "{settled:?}"
        );
    }
    // So many at once are another matter. Most is unread when it is closed: without care that would be a reset.
    let mut rude = Raw::join(address, "rude");
    let _ = rude.try_send_raw(&b"SAY me too\n".repeat(5000));
    rude.expect_bye("too-fast");
}

#[test]
fn a_taken_name_is_an_error_in_a_pipe() {
    let server = Server::start(PROGRAM, &[]);
    let _anna = server.join("anna");
    let (code, error) = script(&server.address().to_string(), &["--name", "Anna"], "");
    assert_eq!(code, Some(1));
    assert!(
        error.starts_with("chalktalk: you cannot be called Anna: ")
            && error.ends_with("(--name NAME)"),
        "{error}"
    );
}

#[test]
fn a_killed_server_is_waited_for() {
    let mut server = Server::start(PROGRAM, &[]);
    let mut anna = person(&server, "anna");
    anna.type_line("/join maths");
    anna.output.skip_to("* in maths: anna");
    server.restart();
    anna.output
        .skip_to("# the connection broke; trying again in *");
    anna.type_line("still here");
    anna.output.skip_to("* welcome, anna");
    anna.output.skip_to("* you are in maths, 1 person");
    anna.output.skip_to("anna: still here");
    anna.close_input();
    assert_eq!(anna.wait().code(), Some(0));
}

#[test]
fn a_server_that_stops_says_so() {
    let server = serve_here(Limits::default(), Security::Open);
    let address = server.addresses()[0].to_string();
    let mut anna = join(&address, &["--name", "anna"]).start();
    anna.output.skip_to("* in lobby: anna");
    server.stop("back in a minute");
    anna.output
        .skip_to("# the server closed the connection: *back in a minute; trying again in *");
}

#[test]
fn nobody_to_talk_to_is_told_and_an_error() {
    let (_port, address) = free_address();
    let (code, error) = script(&address, &["--name", "anna"], "");
    assert_eq!(code, Some(1));
    let expected = format!(
        "chalktalk: nobody listens on {address}; start a server there with chalktalk serve"
    );
    assert!(error.starts_with(&expected), "{error}");

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address").to_string();
    // To whoever comes, however often.
    thread::spawn(move || {
        let comers = listener.incoming().map_while(Result::ok);
        let greet = |mut comer: TcpStream| comer.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").is_ok();
        comers.map(greet).for_each(drop);
    });
    let (code, error) = script(&address, &["--name", "anna"], "");
    assert_eq!(code, Some(1));
    let expected = format!("chalktalk: what listens on {address} is not chalktalk; check the port");
    assert_eq!(error, expected);
}

#[test]
fn a_closed_output_is_no_error() {
    let server = Server::start(PROGRAM, &[]);
    let address = server.address().to_string();
    let mut bert = server.join("bert");
    let mut anna = join(&address, &["--name", "anna"]).closed_output().start();
    bert.skip_to("CAME * lobby anna");
    // Nobody reads what it would show, so it leaves: at its welcome, or now.
    bert.send("SAY hi");
    assert_eq!(anna.wait().code(), Some(0));
    anna.errors.expect_end();
    bert.skip_to("LEFT * lobby anna quit");
}

#[test]
fn the_end_of_the_input_is_not_the_end_of_one_who_stays() {
    let server = Server::start(PROGRAM, &[]);
    let address = server.address().to_string();
    let mut anna = join(&address, &["--name", "anna", "--stay"]).start();
    anna.type_line("hi");
    anna.close_input();
    anna.output.skip_to("anna: hi");
    let mut bert = server.join("bert");
    bert.send("SAY are you there?");
    anna.output.skip_to("bert: are you there?");
}

#[test]
fn nothing_said_before_the_end_of_the_input_is_missed() {
    let server = Server::start(PROGRAM, &[]);
    let mut bert = server.join("bert");
    let address = server.address().to_string();
    let mut anna = join(&address, &["--name", "anna"]).start();
    bert.skip_to("CAME * lobby anna");
    for number in 0..20 {
        bert.send(&format!("SAY {number}"));
    }
    bert.fence();
    anna.close_input();
    assert_eq!(anna.wait().code(), Some(0));
    let shown = anna.output.all();
    assert!(shown.contains("bert: 18\nbert: 19\n"), "{shown}");
}

/// Whoever starts the program alone.
fn alone(address: &str, name: &str) -> Process {
    let program = Program::new(PROGRAM).arguments(&["--name", name]);
    program.environment("CHALKTALK_SERVER", address).start()
}

#[test]
fn two_that_start_at_once_share_a_chat_and_the_host_says_goodbye() {
    let (_port, address) = free_address();
    let start = |name| alone(&address, name);
    let (mut anna, mut bert) = (start("anna"), start("bert"));
    anna.output.skip_to("* welcome, anna");
    bert.output.skip_to("* welcome, bert");
    anna.type_line("hello");
    bert.output.skip_to("*anna: hello");
    bert.type_line("hello yourself");
    anna.output.skip_to("bert: hello yourself");
    let hosts = |process: &Process| process.output.all().contains("this chat is yours");
    assert_ne!(hosts(&anna), hosts(&bert), "one of them hosts");
    let (mut host, mut guest) = if hosts(&anna) {
        (anna, bert)
    } else {
        (bert, anna)
    };
    host.type_line("/quit");
    assert_eq!(host.wait().code(), Some(0));
    guest
        .output
        .skip_to("# the server closed the connection: *the host has left*");
}

#[test]
fn who_hosts_keeps_order_and_nobody_else_can() {
    let (_port, address) = free_address();
    let start = |name| alone(&address, name);
    let mut anna = start("anna");
    anna.output.skip_to("* welcome, anna");
    let mut bert = start("bert");
    bert.output.skip_to("* welcome, bert");
    bert.type_line("/kick anna");
    bert.output
        .skip_to("# only who hosts the chat can do that: /kick anna");
    anna.type_line("/mute bert");
    anna.output.skip_to("# the operator has muted bert");
    bert.output
        .skip_to("* the server says: the operator has muted bert");
    bert.type_line("hi");
    bert.output.skip_to("# the operator has muted you: *: hi");
    for itself in ["/ban Anna", "/kick anna 0"] {
        anna.type_line(itself);
        let told = "# that is you, and the chat ends with you; /quit leaves";
        anna.output.skip_to(&format!("{told}: {itself}"));
    }
    anna.type_line("/kick bert 3");
    anna.output
        .skip_to("# kept out for 3 minutes: bert, by name alone; thrown out: 1");
    assert_eq!(bert.wait().code(), Some(1));
    let told = bert.errors.all();
    let away = "you were sent away: the operator has thrown you out for 3 minutes";
    assert!(told.contains(away), "{told}");
    let mut again = start("bert");
    assert_eq!(again.wait().code(), Some(1));
    let told = again.errors.all();
    assert!(told.contains("keeps you out of this chat for"), "{told}");
    anna.type_line("/unban bert");
    anna.output.skip_to("# may come in again: bert*");
    start("bert").output.skip_to("* welcome, bert");
    anna.type_line("/quit");
    // Two of her lines were not done.
    assert_eq!(anna.wait().code(), Some(1));
}

#[test]
fn arguments_are_answered_with_what_to_do_and_no_code_is_repeated() {
    #[track_caller]
    fn check(arguments: &str, code: i32, said: &str) {
        let words: Vec<&str> = arguments.split(' ').collect();
        let mut process = Program::new(PROGRAM).arguments(&words).start();
        process.close_input();
        assert_eq!(process.wait().code(), Some(code), "{arguments}");
        let text = process.output.all() + &process.errors.all();
        assert!(text.contains(said), "{arguments}: {text}");
        assert!(!text.to_uppercase().contains("ZVW-G4PN"), "{text}");
    }
    check(
        "--version",
        0,
        concat!("chalktalk ", env!("CARGO_PKG_VERSION")),
    );
    check("help join", 0, "usage: chalktalk join");
    check(
        "jion",
        2,
        "there is no verb jion; did you mean join? there are join, serve",
    );
    check("serve --open --listen 192.0.2.1:0", 1, "--lan");
    // A code in a wrong place is looked up nowhere. One lacks a dash, one a character, one a group.
    for code in [
        "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9",
        "1zvw-g4pnppmn-3rdx-04hm-asw9",
        "1ZVW-G4PN-PPMN-3RDX-04HM-ASW",
        "1ZVW-G4PN-PPMN-3RDX-04HM",
    ] {
        for wrong in [
            "join *",
            "join *:24255",
            "join 10.0.0.7 *",
            "join chalktalk:/h/*",
            "join http://h/*",
            "join 10.0.0.7 --name *",
            "join --room=*",
            "serve --listen *",
            "--name *",
            "*",
        ] {
            check(&wrong.replace('*', code), 2, "(a code)");
        }
        check(
            &format!("join chalktalk://h:x/{code}"),
            2,
            "the link's port",
        );
    }
}
