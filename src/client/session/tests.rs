//! A server is played to the session, line by line.

mod coming_and_going;
mod ignoring;
mod oddities;

use super::*;
use crate::client::event::{When, Whose};

const GREETING: &str = "CHALKTALK 1 open Welcome.";

/// A session and what it has done.
struct Play {
    session: Session,
    now: Duration,
    tickets: u64,
    done: Vec<String>,
    /// How often it has said unasked that its silence means something.
    vouched: u32,
}

/// An output as a test writes it: what is sent after `>`, what is told after `=`.
fn spelling(output: Output) -> String {
    match output {
        Output::Connect => "connect".into(),
        Output::Close => "close".into(),
        Output::Send(bytes) => format!("> {}", String::from_utf8(bytes).unwrap().trim_end()),
        Output::Tell(event) => format!("= {}", told(event)),
    }
}

fn told(event: Event) -> String {
    match event {
        Event::Happened(happened) => {
            let mut line = Vec::new();
            let (when, whose) = (happened.when, happened.whose);
            Happening {
                id: happened.id,
                time: happened.time,
                what: happened.what,
            }
            .encode(&mut line);
            let mine = match whose {
                Whose::Mine(Some(ticket)) => format!("mine by {}", ticket.0),
                Whose::Mine(None) => "mine".into(),
                Whose::Others => "others'".into(),
            };
            let when = match when {
                When::Now => "now",
                When::Past => "past",
            };
            let line = String::from_utf8(line).unwrap();
            format!("{when}, {mine}: {}", line.trim_end())
        }
        Event::Line(Line::Connecting) => "connecting".into(),
        Event::Line(Line::Lost { trouble, .. }) => format!("lost: {trouble:?}"),
        Event::Line(Line::NameHeld { name, .. }) => format!("held: {name}"),
        Event::Line(Line::Doubted) => "doubted".into(),
        Event::Line(Line::NameRefused { name, code, .. }) => format!("refused: {name} {code}"),
        Event::People(room, people) => format!("people of {room}: {people:?}"),
        Event::Row(Ticket(ticket), row) => format!("row of {ticket}: {row:?}"),
        Event::Settled(Ticket(ticket), outcome) => format!("settled {ticket}: {outcome:?}"),
        Event::Help => "help".into(),
        Event::Ended(ending) => format!("ended: {ending:?}"),
    }
}

impl Play {
    fn new(name: &str) -> Play {
        let mut play = Play {
            session: Session::new(Name::parse(name).unwrap(), None, Mode::open(), 7),
            now: Duration::ZERO,
            tickets: 0,
            done: Vec::new(),
            vouched: 0,
        };
        play.expect(&["= connecting", "connect"]);
        play
    }

    /// Let in as anna, into the lobby, with bert in it.
    fn anna() -> Play {
        let mut play = Play::new("anna");
        play.session.connected(None, play.now);
        play.hear(&[GREETING]);
        play.expect(&["> @1 NAME anna"]);
        play.hear(&[
            "@1 OK b.1",
            "WELCOME b.1 5 * anna hello",
            "ROOM b.2 5 lobby 2",
            "HISTORY lobby 0",
            "END lobby",
            "CAME b.3 5 lobby anna",
            "@2 WHO lobby anna",
            "@2 WHO lobby bert",
            "@2 OK",
        ]);
        play.expect(&[
            "= now, mine: WELCOME b.1 5 * anna hello",
            "= now, mine: ROOM b.2 5 lobby 2",
            "> @2 WHO",
            "= now, mine: CAME b.3 5 lobby anna",
            "= people of lobby: [\"anna\", \"bert\"]",
        ]);
        play
    }

    fn hear(&mut self, lines: &[&str]) {
        for line in lines {
            self.session.line(&Ok(line), self.now);
            self.collect();
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.session.next_output() {
            // Once behind each welcome: a test of its own is about it.
            if output == Output::Send(b"PONG\n".to_vec()) {
                self.vouched += 1;
            } else {
                self.done.push(spelling(output));
            }
        }
    }

    fn type_in(&mut self, typed: &str) {
        let command = Command::parse(typed).unwrap().unwrap();
        self.session
            .command(Ticket(self.tickets), command, self.now);
        self.tickets += 1;
        self.collect();
    }

    /// To the next deadline, however far.
    fn wait(&mut self) -> Duration {
        let before = self.now;
        self.now = self.session.deadline().unwrap().max(before);
        self.session.tick(self.now);
        self.collect();
        self.now - before
    }

    fn lose(&mut self) {
        self.session.broken(Trouble::Broken, self.now);
        self.collect();
    }

    /// The line breaks and is there again, until the name is asked for.
    fn come_back(&mut self) {
        self.lose();
        self.expect(&["= lost: Broken"]);
        self.wait();
        self.expect(&["= connecting", "connect"]);
        self.session.connected(None, self.now);
        self.hear(&[GREETING]);
    }

    #[track_caller]
    fn expect(&mut self, expected: &[&str]) {
        self.collect();
        assert_eq!(std::mem::take(&mut self.done), expected);
    }
}

#[test]
fn a_message_is_pending_until_its_event_comes() {
    let mut play = Play::anna();
    play.type_in("hi");
    play.expect(&["> @3 SAY hi"]);
    play.hear(&[
        "SAID b.4 6 lobby bert hi",
        "@3 OK b.5",
        "SAID b.5 7 lobby anna hi",
    ]);
    play.expect(&[
        "= now, others': SAID b.4 6 lobby bert hi",
        "= settled 0: Done(Some(Id { boot: b, count: 5 }))",
        "= now, mine by 0: SAID b.5 7 lobby anna hi",
    ]);
}

#[test]
fn one_request_at_a_time_is_unanswered() {
    let mut play = Play::anna();
    for typed in ["one", "/who", "two"] {
        play.type_in(typed);
    }
    play.expect(&["> @3 SAY one"]);
    play.hear(&["@9 OK", "OK", "@1 OK"]);
    play.expect(&[]);
    play.hear(&["@3 ERROR text-too-long shorten it"]);
    let refused = "Refused { code: Code(\"text-too-long\"), sentence: \"shorten it\" }";
    play.expect(&[&format!("= settled 0: {refused}"), "> @4 WHO"]);
    play.hear(&["@4 WHO lobby anna", "WHO lobby bert", "@4 OK"]);
    play.expect(&[
        "= row of 1: Person(\"lobby\", \"anna\")",
        "= settled 1: Done(None)",
        "> @5 SAY two",
    ]);
}

#[test]
fn what_is_typed_before_one_is_in_is_sent_after() {
    let mut play = Play::new("anna");
    play.type_in("early");
    play.session.connected(None, play.now);
    play.hear(&[GREETING, "@1 OK b.1", "WELCOME b.1 5 * anna hello"]);
    play.expect(&["> @1 NAME anna", "= now, mine: WELCOME b.1 5 * anna hello"]);
    play.hear(&["ROOM b.2 5 lobby 9000"]);
    play.expect(&["= now, mine: ROOM b.2 5 lobby 9000", "> @2 SAY early"]);
}

#[test]
fn the_topic_is_shown_as_it_is_after_what_was_asked_before() {
    let mut play = Play::anna();
    play.type_in("/topic tea");
    play.type_in("/topic");
    play.type_in("/help");
    play.hear(&[
        "@3 OK b.7",
        "TOPIC b.7 5 lobby anna tea",
        "@4 PONG fence",
        "@4 OK",
    ]);
    play.expect(&[
        "> @3 TOPIC tea",
        "= settled 0: Done(Some(Id { boot: b, count: 7 }))",
        "> @4 PING fence",
        "= now, mine by 0: TOPIC b.7 5 lobby anna tea",
        "= row of 1: Topic(\"lobby\", Some(\"tea\"))",
        "= settled 1: Done(None)",
        "= help",
        "= settled 2: Done(None)",
    ]);
}

#[test]
fn pings_are_answered_and_the_silent_are_asked() {
    let mut play = Play::anna();
    play.hear(&["PING 17", "PING"]);
    play.expect(&["> PONG 17"]);
    assert_eq!(play.vouched, 2);
    assert_eq!(play.wait(), SILENCE_BEFORE_PING);
    play.expect(&["> PING"]);
    play.hear(&["PONG"]);
    assert_eq!(play.wait(), SILENCE_BEFORE_PING);
    play.expect(&["> PING"]);
    assert_eq!(play.wait(), PONG_PATIENCE);
    play.expect(&["close", "= lost: Silent"]);
}

#[test]
fn a_machine_that_slept_gives_the_server_time_to_answer() {
    let mut play = Play::anna();
    play.now += Duration::from_secs(100_000);
    play.session.tick(play.now);
    play.expect(&["> PING"]);
    play.hear(&["PONG"]);
    play.expect(&[]);
}

#[test]
fn history_is_past_and_known_events_are_not_told_again() {
    let mut play = Play::anna();
    play.hear(&["SAID b.8 5 lobby bert one", "SAID b.8 5 lobby bert one"]);
    play.expect(&["= now, others': SAID b.8 5 lobby bert one"]);
    play.come_back();
    play.expect(&["> @3 NAME anna"]);
    play.hear(&[
        "@3 OK b.20",
        "WELCOME b.20 5 * anna hello",
        "ROOM b.21 5 lobby 1000",
        "HISTORY lobby 2",
        "SAID b.8 5 lobby bert one",
        "SAID b.9 5 lobby Anna two",
        "END lobby",
        "CAME b.22 5 lobby anna",
    ]);
    play.expect(&[
        "= now, mine: WELCOME b.20 5 * anna hello",
        "= now, mine: ROOM b.21 5 lobby 1000",
        "= past, mine: SAID b.9 5 lobby Anna two",
        "= now, mine: CAME b.22 5 lobby anna",
    ]);
    play.type_in("/history 1");
    play.hear(&[
        "@4 HISTORY lobby 1",
        "@4 SAID b.8 5 lobby bert one",
        "@4 END lobby",
        "@4 OK",
    ]);
    play.expect(&[
        "> @4 HISTORY 1",
        "= past, others': SAID b.8 5 lobby bert one",
        "= settled 0: Done(None)",
    ]);
}

#[test]
fn a_history_block_ends_with_its_count_or_with_anything_else() {
    let mut play = Play::anna();
    play.hear(&[
        "HISTORY lobby 1",
        "SAID b.8 5 lobby bert a",
        "SAID b.9 5 lobby bert b",
    ]);
    play.hear(&[
        "HISTORY lobby 99",
        "CAME b.10 5 lobby carl",
        "SAID b.11 5 lobby bert c",
    ]);
    play.expect(&[
        "= past, others': SAID b.8 5 lobby bert a",
        "= now, others': SAID b.9 5 lobby bert b",
        "= now, others': CAME b.10 5 lobby carl",
        "= now, others': SAID b.11 5 lobby bert c",
    ]);
}

#[test]
fn the_people_of_the_room_are_kept() {
    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let mut play = Play::anna();
        play.hear(&[line]);
        let people = play.session.place().people().map(Name::as_str);
        assert_eq!(people.collect::<Vec<_>>(), expected, "{line}");
    }
    check("CAME b.9 5 lobby Carl", &["anna", "bert", "Carl"]);
    check("CAME b.9 5 maths carl", &["anna", "bert"]);
    check("LEFT b.9 5 lobby BERT quit", &["anna"]);
    check("LEFT b.9 5 lobby nobody quit", &["anna", "bert"]);
    check("RENAMED b.9 5 lobby bert Bert", &["anna", "Bert"]);
    check("RENAMED b.9 5 lobby nobody carl", &["anna", "bert", "carl"]);
    check("ROOM b.9 5 maths 300", &["anna"]);
}
