//! Conversations as a server sees them, and what is written of them.

use super::story::Story;
use crate::play::parse::parse;
use crate::tap::Decision::{self, *};

/// Two people in a room: what was written of their coming is of no interest any more.
fn anna_and_ben() -> Story {
    let mut story = Story::default();
    for (id, name) in [(1, "anna"), (2, "ben")] {
        let greeting = ToOne(id, b"CHALKTALK 1 open Welcome.\n");
        tell(&mut story, &[Opened(id), greeting, Done]);
        story.read(id, format!("NAME {name}\n").as_bytes());
        let coming = [
            Entered(id, 1),
            ToRoom(1, b"CAME b.1 5 lobby somebody\n"),
            Handled(id),
            Done,
        ];
        if id == 1 {
            tell(&mut story, &coming);
            continue;
        }
        let written = tell(&mut story, &coming);
        assert!(
            written.starts_with("\nben connects\nben gets: CHALKTALK 1 *\n"),
            "{written}"
        );
    }
    story
}

fn tell(story: &mut Story, decisions: &[Decision<'_>]) -> String {
    decisions
        .iter()
        .map(|&decision| story.decided(decision))
        .collect()
}

/// Anna and ben are there; this is decided, and this is written of it, which can be read.
#[track_caller]
fn check(sent: &[(u64, &str)], decisions: &[Decision<'_>], expected: &str) {
    let mut story = anna_and_ben();
    for (id, bytes) in sent {
        story.read(*id, bytes.as_bytes());
    }
    let written = tell(&mut story, decisions);
    assert_eq!(written.trim_start_matches('\n'), expected);
    let text = format!("anna and ben connect\nben gets: $e1\n{written}");
    parse("a.chat", &text, &mut |_| Err(String::new())).unwrap();
}

#[test]
fn what_is_sent_stands_before_what_all_get_for_it() {
    let said = b"SAID b.7 5 lobby anna 2*3\n";
    check(
        &[(1, "SAY 2*3\n")],
        &[ToRoom(1, said), Handled(1), Done],
        "anna sends: SAY 2*3\nanna and ben get: SAID $e7 * lobby anna 2\\*3\n",
    );
}

#[test]
fn lines_of_one_turn_are_sent_together_and_whoever_asked_gets_first() {
    let said = b"SAID b.7 5 lobby ben x\n";
    check(
        &[(2, "SAY x\n@t PI"), (2, "NG\n\n")],
        &[
            ToRoom(1, said),
            Handled(2),
            ToOne(2, b"@t PONG\n@t OK\n"),
            Handled(2),
            ToOne(2, b"ERROR empty-line say something\n"),
            Handled(2),
            Done,
        ],
        "ben sends: SAY x\nben sends: @t PING\nben sends an empty line\nben gets:\n    \
         SAID $e7 * lobby ben x\n    @t PONG\n    @t OK\n    ERROR empty-line *\n\
         anna gets: SAID $e7 * lobby ben x\n",
    );
}

#[test]
fn a_line_that_causes_nothing_is_written_with_the_next() {
    check(
        &[(1, "PONG\nPING\n")],
        &[Handled(1), Done, ToOne(1, b"PONG\n"), Handled(1), Done],
        "anna sends: PONG\nanna sends: PING\nanna gets: PONG\n",
    );
}

#[test]
fn an_end_of_the_input_is_half_a_close() {
    let left = b"LEFT b.7 5 lobby anna quit\n";
    check(
        &[(1, "SAY hal")],
        &[
            ToRoom(1, left),
            Left(1),
            Closed(1, b"BYE quit until next time\n"),
            Done,
        ],
        "anna sends bytes: SAY hal\nanna half-closes\n\
         anna gets:\n    LEFT $e7 * lobby anna quit\n    BYE quit *\n\
         ben gets: LEFT $e7 * lobby anna quit\nanna gets the end\n",
    );
}

#[test]
fn a_connection_that_is_lost_is_reset_where_somebody_sees_it() {
    let left = b"LEFT b.7 5 lobby anna lost\n";
    let lost = Closed(1, b"BYE lost the connection broke\n");
    check(
        &[(1, "SAY hal")],
        &[ToRoom(1, left), Left(1), lost, Done],
        "anna sends: PING unread\nanna sends bytes: SAY hal\nanna resets\n\
         ben gets: LEFT $e7 * lobby anna *\n",
    );
    check(
        &[(1, "SAY hal")],
        &[Left(1), lost, Done],
        "anna sends bytes: SAY hal\nanna half-closes\nanna skips to the end\n",
    );
}

#[test]
fn whoever_is_closed_for_what_was_sent_sends_it_again() {
    let long = "x".repeat(16_384);
    check(
        &[(1, &long)],
        &[Left(1), Closed(1, b"BYE line-too-long 16384 bytes\n"), Done],
        "anna sends bytes: \\{x*16384}\nanna gets: BYE line-too-long *\nanna gets the end\n",
    );
}

#[test]
fn whoever_is_made_to_leave_leaves_by_herself() {
    let left = b"LEFT b.7 5 lobby anna kicked be kind\n";
    check(
        &[(1, "SAY hal")],
        &[
            ToRoom(1, left),
            Left(1),
            Closed(1, b"BYE kicked be kind\n"),
            Done,
        ],
        "# anna was closed, kicked; here she leaves by herself.\nanna half-closes\n\
         anna gets:\n    LEFT $e7 * lobby anna *\n    BYE *\n\
         ben gets: LEFT $e7 * lobby anna *\nanna gets the end\n",
    );
}

#[test]
fn what_nobody_here_caused_is_a_comment_and_the_servers_pings_are_nothing() {
    check(
        &[],
        &[
            ToRoom(1, b"NOTICE b.7 5 * lunch\n"),
            Done,
            ToOne(1, b"PING 20\n"),
            Done,
        ],
        "# By nobody here, so it does not come again:\n\
         # anna and ben get: NOTICE $e7 * \\* lunch\n",
    );
}

#[test]
fn the_end_of_the_server_is_the_end_of_the_record() {
    let bye = b"BYE stopping the server ends\n";
    check(
        &[],
        &[Closed(1, bye), Closed(2, bye), Done, Opened(3), Done],
        "# The server was stopped.\n",
    );
}

#[test]
fn people_are_called_by_the_name_they_ask_for_as_far_as_they_can_be() {
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let mut story = anna_and_ben();
        tell(
            &mut story,
            &[Opened(3), ToOne(3, b"CHALKTALK 1 open x\n"), Done],
        );
        story.read(3, line.as_bytes());
        let error = ToOne(3, b"ERROR x y\n");
        let written = tell(&mut story, &[error, Handled(3), Done]);
        assert!(
            written.starts_with(&format!("\n{expected} connects\n")),
            "{written}"
        );
    }
    check("NAME carl\n", "carl");
    check("@1 name carl\r\n", "carl");
    check("NAME anna\n", "anna-2");
    check("NAME anna\nNAME carl\n", "carl");
    check("NAME and\n", "guest");
    check("NAME x.y\n", "guest");
    check("WHO\n", "guest");
}

#[test]
fn nobody_who_never_came_in_is_written_of() {
    let mut story = Story::default();
    let refused = [Opened(1), Done, Closed(1, b"BYE not-admitted x\n"), Done];
    assert_eq!(tell(&mut story, &refused), "");
}

#[test]
fn lines_that_cause_nothing_are_not_kept_for_ever() {
    let mut story = anna_and_ben();
    let mut written = String::new();
    for _ in 0..65 {
        story.read(1, b"PONG\n");
        written += &tell(&mut story, &[Handled(1), Done]);
    }
    assert_eq!(written.matches("anna sends: PONG\n").count(), 65);
}

#[test]
fn who_asks_for_a_name_that_would_be_a_comment_is_called_otherwise() {
    let mut story = Story::default();
    let greeting = ToOne(1, b"CHALKTALK 1 open Welcome.\n");
    tell(&mut story, &[Opened(1), greeting, Done]);
    story.read(1, b"NAME #anna\n");
    let refused = ToOne(1, b"ERROR bad-name no\n");
    let written = tell(&mut story, &[refused, Handled(1), Done]);
    assert!(written.starts_with("\nguest connects\n"), "{written}");
}
