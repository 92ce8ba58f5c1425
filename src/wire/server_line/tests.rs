//! Lines of a server, each in its one spelling.

use super::*;

#[track_caller]
fn check(line: &str) {
    let decoded = ServerLine::decode(line).unwrap();
    let mut out = Vec::new();
    decoded.body.encode(decoded.tag.as_ref(), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), format!("{line}\n"));
}

#[test]
fn every_verb_stands_on_the_page_in_its_grammar_and_each_event_in_its_table() {
    let page = include_str!("../../../docs/PROTOCOL.md");
    let events = EventKind::VERBS.iter().map(|(verb, _)| *verb);
    for verb in events
        .clone()
        .chain(ServerLine::VERBS.iter().map(|(verb, _)| *verb))
    {
        assert!(page.contains(&format!("%s\"{verb}\"")), "{verb}");
    }
    for verb in events {
        assert!(page.contains(&format!("\n| `{verb} id time ")), "{verb}");
    }
}

#[test]
fn every_line_has_one_spelling() {
    let lines = [
        "CHALKTALK 1 open Welcome.",
        "OK",
        "@7 OK",
        "@7 OK b.17",
        "ERROR name-taken anna is taken",
        "@7 ERROR some-newer-code words",
        "PING",
        "PING 17",
        "PONG",
        "@x PONG a  b ",
        "BYE quit until next time",
        "WHO lobby anna",
        "@7 ROOMS maths 3",
        "ROOMS maths 3 prime numbers",
        "HELP SAY text: say it",
        "HISTORY lobby 0",
        "@7 END lobby",
        "WELCOME b.1 0 * anna hello",
        "ROOM b.2 1763816400250 lobby 3",
        "ROOM b.2 1 lobby 3 tea\\n",
        "SAID b.3 1 lobby anna  hi ",
        "@7 SAID b.3 1 lobby anna hi",
        "DID b.3 1 lobby anna waves",
        "TOLD b.4 1 * anna bert psst",
        "CAME b.5 1 lobby anna",
        "LEFT b.6 1 lobby anna lost",
        "LEFT b.6 1 lobby anna moved maths",
        "RENAMED b.7 1 lobby anna Anna",
        "TOPIC b.8 1 lobby anna",
        "TOPIC b.8 1 lobby anna tea",
        "NOTICE b.9 1 * the server stops at five",
        "NOTICE b.9 1 lobby quiet now",
    ];
    lines.iter().for_each(|line| check(line));
    let replies = ServerLine::VERBS.iter().map(|(verb, _)| verb);
    for verb in replies.chain(EventKind::VERBS.iter().map(|(verb, _)| verb)) {
        let tried = lines
            .iter()
            .any(|line| line.split(' ').any(|word| word == *verb));
        assert!(tried, "{verb}");
    }
}

#[test]
fn a_client_can_tell_news_from_nonsense() {
    #[track_caller]
    fn refused(line: &str, code: &Code) {
        assert_eq!(
            &ServerLine::decode(line).expect_err(line).code,
            code,
            "{line}"
        );
    }
    refused("SHOUTED b.1 whatever", &Code::UNKNOWN_VERB);
    refused("said b.1 1 lobby anna hi", &Code::UNKNOWN_VERB);
    refused("SAID b 1 lobby anna hi", &Code::BAD_ID);
    refused("SAID b.1 x lobby anna hi", &Code::BAD_NUMBER);
    refused("SAID b.1 1 * anna hi", &Code::BAD_ROOM);
    refused("TOLD b.1 1 lobby anna bert hi", &Code::BAD_ROOM);
    refused("SAID b.1 1 lobby anna", &Code::MISSING_FIELD);
    refused("CAME b.1 1 lobby anna x", &Code::EXTRA_FIELD);
    refused("@7 PING x", &Code::BAD_TAG);
    refused("ERROR Bad words", &Code::BAD_CODE);
    refused("", &Code::MISSING_FIELD);
    refused("SAID b.1 1 lobby anna \x1b[2J", &Code::CONTROL_CHARACTER);
}

#[test]
fn a_code_need_not_be_known() {
    assert_eq!(Code::parse("quit"), Some(Code::QUIT));
    assert_eq!(
        Code::parse("some-newer-code")
            .map(|code| code.to_string())
            .as_deref(),
        Some("some-newer-code")
    );
}
