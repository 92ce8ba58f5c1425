//! The operator, against a hub in memory: what is answered, what those see whom it is about, and the others; and that
//! nobody is back sooner than was said.

use chalktalk::server::Limits;
use chalktalk::server::operator::COMMANDS;
use chalktalk_tests::memory::Memory;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A chat that asks nobody whether they are there, with anna, from this machine, and bert, from elsewhere.
struct Class(Memory);

impl Class {
    fn new() -> Class {
        Class::of(Limits::default().bans_max)
    }

    fn of(bans_max: usize) -> Class {
        let mut class = Class(Memory::new(Limits {
            ping_after: MINUTE * 10_000,
            bans_max,
            ..Limits::default()
        }));
        class.0.goes_on("include parts/anna.chat\n");
        class.joins("bert", "192.0.2.5");
        class
    }

    /// Somebody comes from there, under the name of their connection. Names are used once in a test.
    #[track_caller]
    fn joins(&mut self, name: &str, from: &str) {
        self.connects(name, from, name);
        self.0.goes_on(&format!(
            "{name} skips to: CAME * * lobby {name}\nanna skips to: CAME * * lobby {name}\n"
        ));
    }

    /// A connection gives this name.
    #[track_caller]
    fn connects(&mut self, connection: &str, from: &str, name: &str) {
        self.0.from = from.parse().expect("an address");
        self.0.goes_on(&format!(
            "{connection} connects\n{connection} gets: CHALKTALK *\n{connection} sends: NAME {name}\n"
        ));
    }

    /// Is not let in, for this reason.
    #[track_caller]
    fn stays_out(&mut self, connection: &str, from: &str, name: &str, bye: &str) {
        self.connects(connection, from, name);
        self.0.goes_on(&format!(
            "{connection} gets: BYE {bye}\n{connection} gets the end\n"
        ));
    }

    #[track_caller]
    fn comes_in(&mut self, connection: &str, from: &str, name: &str) {
        self.connects(connection, from, name);
        self.0
            .goes_on(&format!("{connection} gets: WELCOME * * \\* {name} *\n"));
    }

    #[track_caller]
    fn obeys(&mut self, typed: &str, answer: &str) {
        assert_eq!(self.0.obeys(typed), answer, "{typed}");
    }
}

#[test]
fn who_is_kicked_is_kept_out_by_name_and_from_elsewhere_by_address() {
    let mut class = Class::new();
    class.joins("carl", "192.0.2.5");
    class.obeys(
        "kick Bert",
        "kept out for 10 minutes: bert, and everybody new from 192.0.2.5; thrown out: 1",
    );
    class.0.goes_on(
        "bert skips to: LEFT * * lobby bert kicked for 10 minutes
         bert gets: BYE kicked the operator has thrown you out for 10 minutes
         bert gets the end
         anna gets: LEFT * * lobby bert kicked for 10 minutes
         # Who shares the address and is inside stays.
         carl sends: SAY still here
         anna gets: SAID * * lobby carl still here
        ",
    );
    let out = "kicked the operator keeps you out of this chat for 10 minutes";
    class.stays_out("b1", "192.0.2.5", "BERT", out);
    class.stays_out("b2", "192.0.2.5", "innocent", out);
    class.stays_out("b3", "::ffff:192.0.2.5", "innocent", out);
    class.stays_out("b4", "192.0.2.6", "bert", out);
    class.comes_in("dora", "192.0.2.6", "dora");
    class.0.goes_on(
        "dora sends: NAME bert
         dora skips to: ERROR name-reserved nobody may be called bert for 10 minutes; *
        ",
    );
    class.0.waits(MINUTE * 10 - Duration::from_millis(1));
    class.obeys(
        "bans",
        "kept out for 1 minute: bert, and everybody new from 192.0.2.5",
    );
    let out = "kicked the operator keeps you out of this chat for 1 minute";
    class.stays_out("b5", "192.0.2.5", "innocent", out);
    class.0.waits(Duration::from_millis(1));
    class.comes_in("b6", "192.0.2.5", "bert");
    class.obeys("bans", "nobody is kept out or muted");
}

#[test]
fn on_this_machine_a_name_is_all_that_is_kept_out() {
    let mut class = Class::new();
    class.joins("carl", "127.0.0.1");
    class.obeys(
        "kick carl 3",
        "kept out for 3 minutes: carl, by name alone; thrown out: 1",
    );
    let out = "kicked the operator keeps you out of this chat for 3 minutes";
    class.stays_out("c1", "127.0.0.1", "carl", out);
    class.comes_in("c2", "127.0.0.1", "karl");
    class.obeys("unban carl", "may come in again: carl, by name alone");
    class.comes_in("c3", "127.0.0.1", "carl");
    class.obeys(
        "kick carl 0",
        "kept out for 0 minutes: carl, by name alone; thrown out: 1",
    );
    class.comes_in("c4", "127.0.0.1", "carl");
}

#[test]
fn a_ban_is_for_good_and_of_an_address_for_all_who_are_there() {
    let mut class = Class::new();
    class.joins("carl", "2001:db8::1");
    class.joins("dora", "2001:db8::1");
    class.connects("nameless", "2001:db8::1", "*");
    class.joins("gina", "2001:db8::2");
    class.obeys(
        "ban 2001:DB8:0::1",
        "kept out for good: everybody from 2001:db8::1; thrown out: 3",
    );
    class.0.goes_on(
        "nameless skips to: BYE kicked the operator has thrown you out for good
         carl skips to: BYE kicked *
         dora skips to: BYE kicked *
         anna gets:
           LEFT * * lobby carl kicked for good
           LEFT * * lobby dora kicked for good
        ",
    );
    class.0.waits(MINUTE * 100_000);
    let out = "kicked the operator keeps you out of this chat for good";
    class.stays_out("c1", "2001:db8::1", "innocent", out);
    class.comes_in("c2", "2001:db8::4", "innocent");
    class.obeys(
        "ban bert",
        "kept out for good: bert, and everybody new from 192.0.2.5; thrown out: 1",
    );
    class.obeys(
        "ban emil",
        "kept out for good: emil, by name alone; thrown out: 0",
    );
    class.stays_out("e1", "192.0.2.9", "Emil", out);
    class.obeys(
        "bans",
        "kept out for good: everybody from 2001:db8::1\nkept out for good: bert, and everybody new from 192.0.2.5\nkept out for good: emil, by name alone",
    );
    class.obeys(
        "ban 127.0.0.1",
        "127.0.0.1 is this machine's own, and yours; ban a name",
    );
    class.obeys(
        "unban 2001:db8::1",
        "may come in again: everybody from 2001:db8::1",
    );
    class.obeys(
        "unban 192.0.2.5",
        "may come in again: bert, and everybody new from 192.0.2.5",
    );
    class.comes_in("b1", "192.0.2.5", "bert");
    class.obeys("unban bert", "bert is not kept out; bans lists who is");
}

#[test]
fn what_is_lifted_is_told_with_what_still_holds() {
    let mut class = Class::new();
    class.joins("carl", "192.0.2.5");
    for name in ["bert", "carl"] {
        let all = format!("{name}, and everybody new from 192.0.2.5; thrown out: 1");
        class.obeys(
            &format!("kick {name}"),
            &format!("kept out for 10 minutes: {all}"),
        );
    }
    class.obeys(
        "unban bert",
        "may come in again: bert, and everybody new from 192.0.2.5\n\
         but still kept out for 10 minutes: carl, and everybody new from 192.0.2.5",
    );
    // For good is longer than a minute, whatever came first; and a kick is made a ban with all that it kept out.
    class.obeys(
        "ban carl",
        "kept out for good: carl, and everybody new from 192.0.2.5; thrown out: 0",
    );
    let out = "kicked the operator keeps you out of this chat for good";
    class.stays_out("c1", "192.0.2.5", "carl", out);
    class.0.waits(MINUTE * 11);
    class.stays_out("c2", "192.0.2.5", "innocent", out);
    class.obeys(
        "lock",
        "the operator has locked the chat: nobody new comes in",
    );
    class.obeys(
        "unban 192.0.2.5",
        "may come in again: carl, and everybody new from 192.0.2.5\n\
         but the chat is locked: nobody new comes in",
    );
}

#[test]
fn who_is_kept_out_twice_is_listed_once() {
    let mut class = Class::new();
    let all = "everybody from 192.0.2.7";
    for typed in [
        "ban mallory",
        "ban 192.0.2.7",
        "ban MALLORY",
        "ban 192.0.2.7",
    ] {
        let answer = class.0.obeys(typed);
        assert!(answer.starts_with("kept out for good: "), "{answer}");
    }
    let bans = format!("kept out for good: mallory, by name alone\nkept out for good: {all}");
    class.obeys("bans", &bans);
    class.joins("carl", "127.0.0.1");
    class.obeys(
        "kick carl 3",
        "kept out for 3 minutes: carl, by name alone; thrown out: 1",
    );
    class.obeys(
        "ban carl",
        "kept out for good: carl, by name alone; thrown out: 0",
    );
    let bans = class.0.obeys("bans");
    assert_eq!(bans.matches("carl").count(), 1, "{bans}");
}

#[test]
fn what_is_nearly_an_address_is_no_name() {
    let mut class = Class::new();
    let ranges = ["192.0.2.0/24", "192.0.2.1-9", "192.0.2.*", "192.0.2.x"];
    let others = ["192.0.2.5:1234", "[2001:db8::1]", "192.0.2"];
    for typed in ranges.into_iter().chain(others) {
        let refused = format!("{typed} is no address, and nobody here is called so; *");
        let answer = class.0.obeys(&format!("ban {typed}"));
        assert!(
            answer.starts_with(refused.trim_end_matches('*')),
            "{answer}"
        );
    }
    class.obeys("bans", "nobody is kept out or muted");
}

#[test]
fn nobody_is_told_what_the_muted_say() {
    let mut class = Class::new();
    class.obeys("mute BERT", "the operator has muted bert");
    class.0.goes_on(
        "anna gets: NOTICE * * \\* the operator has muted bert
         bert gets: NOTICE * * \\* the operator has muted bert
         bert sends:
           SAY rude
           DO is rude
           TELL anna rude
           TOPIC rude
           NAME rude
           JOIN rude
         repeat 6 times
           bert gets: ERROR muted the operator has muted you: *
         bert sends:
           QUIT rude
           WHO
           QUIT
         bert gets: ERROR muted *
         bert gets: WHO lobby anna
         bert gets: WHO lobby bert
         bert gets: LEFT * * lobby bert quit
         bert gets: BYE quit *
         anna gets: LEFT * * lobby bert quit
        ",
    );
    class.obeys("bans", "muted: bert");
    // Who comes back is muted still.
    class.comes_in("b1", "192.0.2.5", "Bert");
    class.0.goes_on(
        "b1 skips to: CAME *
         b1 sends: SAY rude
         b1 gets: ERROR muted *
        ",
    );
    // They may follow the others to read.
    class.0.goes_on(
        "anna sends: JOIN maths
         anna skips to: ROOM * * maths 1
         b1 sends: JOIN maths
         b1 skips to: ROOM * * maths 2
         b1 sends: JOIN lobby
         b1 skips to: ROOM * * lobby 1
         anna sends: JOIN lobby
         anna skips to: ROOM * * lobby 2
        ",
    );
    class.obeys("unmute bert", "bert may speak again");
    class.0.goes_on(
        "b1 skips to: NOTICE * * \\* bert may speak again
         b1 sends: SAY sorry
         anna skips to: SAID * * lobby Bert sorry
        ",
    );
    class.obeys("unmute bert", "bert is not muted; bans lists who is");
    class.obeys("mute emil", "emil is not here; who lists who is");
}

#[test]
fn while_the_chat_is_locked_only_those_come_back_who_were_inside() {
    let mut class = Class::new();
    class.joins("carl", "192.0.2.7");
    class.connects("early", "192.0.2.8", "*");
    class.obeys(
        "lock",
        "the operator has locked the chat: nobody new comes in",
    );
    class.0.goes_on(
        "anna gets: NOTICE * * \\* the operator has locked the chat: nobody new comes in
         early sends: NAME early
         early skips to: BYE locked the chat is locked: *
         bert sends: NAME ben
         bert skips to: RENAMED * * lobby bert ben
         bert closes
         carl closes
         # Nobody shuts out another by having had their name.
         anna sends: NAME carl
         anna skips to: RENAMED * * lobby anna carl
         anna sends: NAME anna
         anna skips to: RENAMED * * lobby carl anna
        ",
    );
    let out = "locked the chat is locked: the operator lets nobody new in";
    class.stays_out("n1", "192.0.2.9", "new", out);
    class.stays_out("n2", "192.0.2.5", "bert", out);
    class.stays_out("n3", "192.0.2.9", "ben", out);
    class.comes_in("b1", "192.0.2.5", "ben");
    class.comes_in("c1", "192.0.2.7", "carl");
    class.obeys(
        "kick carl 0",
        "kept out for 0 minutes: carl, and everybody new from 192.0.2.7; thrown out: 1",
    );
    class.stays_out("c2", "192.0.2.7", "carl", out);
    class.obeys("unlock", "the operator has unlocked the chat");
    class.comes_in("n4", "192.0.2.9", "new");
}

#[test]
fn the_operator_speaks_sets_topics_and_sees_who_is_where() {
    let mut class = Class::new();
    class
        .0
        .goes_on("bert sends: JOIN maths\nbert skips to: CAME *\n");
    class.obeys("say  tea is ready", "said to everybody");
    class.obeys("topic maths primes", "the topic of maths is set");
    class.obeys("topic tea time", "the topic of lobby is set");
    class.obeys("topic -", "the topic of lobby is set");
    class.0.goes_on(
        "bert gets:
           NOTICE * * \\* tea is ready
           TOPIC * * maths operator primes
         anna gets:
           LEFT *
           NOTICE * * \\* tea is ready
           TOPIC * * lobby operator tea time
           TOPIC * * lobby operator
        ",
    );
    class.obeys(
        "who",
        "anna in lobby from 127.0.0.1\nbert in maths from 192.0.2.5\n2 connections",
    );
}

#[test]
fn what_cannot_be_done_says_how_it_is_typed() {
    let mut class = Class::of(1);
    class.obeys(
        "kik bert",
        "there is no kik; did you mean kick? help lists what there is",
    );
    class.obeys("restart", "there is no restart; help lists what there is");
    class.obeys("kick", "it is typed so: kick NAME [MINUTES]");
    class.obeys("lock bert", "it is typed so: lock");
    class.obeys(
        "kick bert soon",
        "how many minutes is a number, as in kick bert 30",
    );
    class.obeys(
        "kick bert -1",
        "how many minutes is a number, as in kick bert 30",
    );
    class.obeys("kick emil", "emil is not here; who lists who is");
    class.obeys(
        "ban emil",
        "kept out for good: emil, by name alone; thrown out: 0",
    );
    let full = "no more than 1 are kept out or muted; unban some first";
    class.obeys("kick bert", full);
    class.obeys("mute bert", full);
    class
        .0
        .goes_on("bert sends: SAY here\nanna gets: SAID * * lobby bert here\n");
    let help = class.0.obeys("help");
    assert_eq!(help.lines().count(), COMMANDS.len());
    for (usage, about) in COMMANDS {
        assert!(help.contains(&format!("{usage}: {about}")), "{usage}");
    }
}
