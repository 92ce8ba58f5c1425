//! Requests: what a client asks for.
//!
//! Each verb is one row of the table below; a variant of [`Request`] without its row does not compile. Verbs are read
//! in any case and written in capitals.
//!
//! Ruled out: an enum of verbs beside the one of requests, whose only use would be to lead from a spelling to its
//! row; and a hash map, since the table is short and nearly every comparison ends at the length.

use super::fault::{Code, Fault};
use super::fields::{Field, Fields, Read, verbs};
use super::line::{Refusal, Tag, Tagged, push_tag};
use super::name::{Name, Room};
use super::text::{Phrase, Text};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Come in under this name, or change to it.
    Name(Name),
    /// Say something to the room.
    Say(Text),
    /// Do something that the room sees.
    Do(Text),
    /// Say something to one person.
    Tell(Name, Text),
    /// Move to a room.
    Join(Room),
    /// Set the room's topic, or remove it.
    Topic(Option<Phrase>),
    /// List the people in this room, or in that one.
    Who(Option<Room>),
    /// List the rooms.
    Rooms,
    /// Show the room's last events: all, or so many.
    History(Option<u64>),
    /// On entering a room, show at most so many of its past events.
    Replay(u64),
    /// Answer with the same phrase: a fence.
    Ping(Option<Phrase>),
    /// The answer to the server's ping.
    Pong(Option<Phrase>),
    /// List the verbs.
    Help,
    /// Leave.
    Quit(Option<Phrase>),
}

/// Its spelling, what `HELP` says of it, and how its fields are read.
type Verb = (&'static str, &'static str, Read<Request>);

verbs! { Request: Verb;
    "NAME", "NAME name: come in under that name, or change it",
        |f| Request::Name(f.name()?), Request::Name(name) => [name];
    "SAY", "SAY text: say it to everyone in the room",
        |f| Request::Say(f.text("a text")?), Request::Say(text) => [text];
    "DO", "DO text: do it before everyone in the room, as in DO waves",
        |f| Request::Do(f.text("a text")?), Request::Do(text) => [text];
    "TELL", "TELL name text: say it to one person only",
        |f| Request::Tell(f.name()?, f.text("a text")?), Request::Tell(name, text) => [name, text];
    "JOIN", "JOIN room: move to another room; a new name begins one",
        |f| Request::Join(f.room()?), Request::Join(room) => [room];
    "TOPIC", "TOPIC [text]: set the room's topic, or remove it",
        |f| Request::Topic(f.if_more(|f| f.text("a topic"))?), Request::Topic(topic) => [topic];
    "WHO", "WHO [room]: who is here, or there",
        |f| Request::Who(f.if_more(Fields::room)?), Request::Who(room) => [room];
    "ROOMS", "ROOMS: which rooms there are, how many people, what topic",
        |_f| Request::Rooms, Request::Rooms => [];
    "HISTORY", "HISTORY [number]: what was said here last",
        |f| Request::History(f.if_more(Fields::number)?), Request::History(count) => [count];
    "REPLAY", "REPLAY number: how much history you want on entering a room",
        |f| Request::Replay(f.number()?), Request::Replay(count) => [count];
    "PING", "PING [text]: PONG comes back after all that was on its way",
        |f| Request::Ping(f.if_more(|f| f.text("a phrase"))?), Request::Ping(phrase) => [phrase];
    "PONG", "PONG [text]: the answer to the server's PING",
        |f| Request::Pong(f.if_more(|f| f.text("a phrase"))?), Request::Pong(phrase) => [phrase];
    "HELP", "HELP: these lines",
        |_f| Request::Help, Request::Help => [];
    "QUIT", "QUIT [text]: leave",
        |f| Request::Quit(f.if_more(|f| f.text("a phrase"))?), Request::Quit(phrase) => [phrase];
}

impl Request {
    /// Every verb: its spelling, and what `HELP` says of it.
    pub fn verbs() -> impl Iterator<Item = (&'static str, &'static str)> {
        Request::VERBS.iter().map(|&(verb, help, _)| (verb, help))
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// What is wrong with it, with its tag.
    pub fn decode(line: &str) -> Result<Tagged<Request>, Refusal> {
        let untagged = |fault| Refusal { tag: None, fault };
        if line.is_empty() {
            return Err(untagged(Fault::new(
                Code::EMPTY_LINE,
                "nothing to do; HELP lists what there is",
            )));
        }
        let mut fields = Fields::of(line).map_err(|fault| Refusal {
            tag: Tag::leading(line),
            fault,
        })?;
        let tag = fields.tag().map_err(untagged)?;
        match Request::body(line, &mut fields) {
            Ok(body) => Ok(Tagged { tag, body }),
            Err(fault) => Err(Refusal { tag, fault }),
        }
    }

    fn body(line: &str, fields: &mut Fields<'_>) -> Result<Request, Fault> {
        let said = fields.rest();
        let word = fields.word("a verb")?;
        let (.., read) = Request::VERBS
            .iter()
            .find(|(verb, ..)| verb.eq_ignore_ascii_case(word))
            .ok_or_else(|| unknown(line, said, word))?;
        let request = read(fields)?;
        fields.end()?;
        Ok(request)
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, tag: Option<&Tag>, out: &mut Vec<u8>) {
        push_tag(tag, out);
        self.push_line(&[], out);
    }
}

/// The fault of an unknown verb. Most of them are the first word of something that was meant to be said.
fn unknown(line: &str, said: &str, word: &str) -> Fault {
    let shorten = |text: &str| text.chars().take(40).collect::<String>();
    let to_say = if line.starts_with('@') { line } else { said };
    Fault::new(
        Code::UNKNOWN_VERB,
        format!(
            "no verb {}; to say it, SAY {}; HELP lists the verbs",
            shorten(word),
            shorten(to_say)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, spelling: &str) {
        let decoded = Request::decode(line).unwrap();
        let mut out = Vec::new();
        decoded.body.encode(decoded.tag.as_ref(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("{spelling}\n"));
        assert_eq!(Request::decode(spelling), Ok(decoded));
    }

    #[track_caller]
    fn refused(line: &str, code: &Code, sentence: &str) {
        let refusal = Request::decode(line).expect_err(line);
        assert_eq!(&refusal.fault.code, code, "{line:?}: {}", refusal.fault);
        assert!(
            refusal.fault.to_string().contains(sentence),
            "{line:?}: {}",
            refusal.fault
        );
    }

    #[test]
    fn every_verb_is_read_and_written_as_its_help_shows() {
        for (verb, help) in Request::verbs() {
            let form = help.split(':').next().unwrap_or_default();
            let line = form.replace(['[', ']'], "").replace("number", "7");
            assert_eq!(line.split(' ').next(), Some(verb));
            check(&line, &line);
        }
    }

    #[test]
    fn every_verb_stands_on_the_page_in_its_grammar_and_in_its_table() {
        let page = include_str!("../../docs/PROTOCOL.md");
        for (verb, _) in Request::verbs() {
            assert!(page.contains(&format!(" \"{verb}\"")), "{verb}");
            assert!(page.contains(&format!("\n| `{verb}")), "{verb}");
        }
    }

    #[test]
    fn a_line_that_ends_before_its_verb_lacks_a_field() {
        #[track_caller]
        fn no_verb(line: &str, tag: Option<&Tag>, column: usize) {
            let refusal = Request::decode(line).expect_err(line);
            let fault = &refusal.fault;
            assert_eq!(
                (&fault.code, fault.column),
                (&Code::MISSING_FIELD, Some(column))
            );
            assert_eq!(refusal.tag.as_ref(), tag);
        }
        no_verb(" ", None, 1);
        no_verb("@1 ", Tag::parse("1").as_ref(), 4);
    }

    #[test]
    fn every_verb_has_one_spelling() {
        check("name anna", "NAME anna");
        check("SAY  hello  world ", "SAY  hello  world ");
        check("@7 Say a\\nb", "@7 SAY a\\nb");
        check("quit", "QUIT");
        check(
            &format!("@{} HELP", "a".repeat(32)),
            &format!("@{} HELP", "a".repeat(32)),
        );
    }

    #[test]
    fn a_bad_line_is_told_what_is_wrong_and_where() {
        refused("", &Code::EMPTY_LINE, "HELP");
        refused(
            "hello world",
            &Code::UNKNOWN_VERB,
            "to say it, SAY hello world;",
        );
        refused("@anna hi", &Code::UNKNOWN_VERB, "to say it, SAY @anna hi;");
        refused("@anna", &Code::BAD_TAG, "SAY @anna");
        refused("@ SAY hi", &Code::BAD_TAG, "column 2");
        refused(&format!("@{} HELP", "a".repeat(33)), &Code::BAD_TAG, "32");
        refused("@7  SAY hi", &Code::MISSING_FIELD, "column 4");
        refused("SAY", &Code::MISSING_FIELD, "a text is missing here");
        refused("SAY ", &Code::MISSING_FIELD, "column 5");
        refused(" SAY hi", &Code::MISSING_FIELD, "column 1");
        refused("TELL anna", &Code::MISSING_FIELD, "column 10");
        refused("TELL  anna hi", &Code::MISSING_FIELD, "column 6");
        refused("WHO ", &Code::MISSING_FIELD, "column 5");
        refused("WHO maths now", &Code::EXTRA_FIELD, "column 11");
        refused("ROOMS ", &Code::EXTRA_FIELD, "column 7");
        refused("NAME an na", &Code::EXTRA_FIELD, "column 9");
        refused(
            "NAME *",
            &Code::BAD_NAME,
            "a name does not begin with * (column 6)",
        );
        refused(
            "JOIN #maths",
            &Code::BAD_ROOM,
            "a room's name does not begin with # (column 6)",
        );
        refused("HISTORY -1", &Code::BAD_NUMBER, "column 9");
        refused("REPLAY 01", &Code::BAD_NUMBER, "column 8");
        refused(
            "SAY C:\\dir",
            &Code::BAD_ESCAPE,
            "write \\ for a backslash (column 7)",
        );
        refused("SAY é\u{9b}", &Code::CONTROL_CHARACTER, "(column 6)");
        refused(
            &format!("SAY {}", "a".repeat(15 * 1024 + 1)),
            &Code::TEXT_TOO_LONG,
            "15360 is the most",
        );
        refused(
            &format!("QUIT {}", "a".repeat(513)),
            &Code::TEXT_TOO_LONG,
            "512 is the most",
        );
    }

    #[test]
    fn a_refusal_keeps_the_tag_it_can_read() {
        assert_eq!(
            Request::decode("@7 SAY").expect_err("no text").tag,
            Tag::parse("7")
        );
        assert_eq!(
            Request::decode("@anna hi").expect_err("no verb").tag,
            Tag::parse("anna")
        );
        assert_eq!(
            Request::decode("@7 SAY \x1b")
                .expect_err("a raw control")
                .tag,
            Tag::parse("7")
        );
        assert_eq!(Request::decode("@? hi").expect_err("no tag").tag, None);
    }
}
