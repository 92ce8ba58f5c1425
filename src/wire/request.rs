//! What a client asks for.

use super::fault::{Code, Fault};
use super::fields::{Fields, Tag, Tagged, push, push_tag, push_with};
use super::number;
use super::text::{Phrase, Text};
use super::{Name, Room};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Come in under this name, or change to it.
    Name(Name),
    /// Say something to the room.
    Say(Text),
    /// Say something to one person.
    Tell(Name, Text),
    /// Move to a room.
    Join(Room),
    /// Set the room's topic, or remove it.
    Topic(Option<Phrase>),
    /// Who is in this room, or in that one?
    Who(Option<Room>),
    /// Which rooms are there?
    Rooms,
    /// The room's last events: all, or so many.
    History(Option<u64>),
    /// On entering a room show me so many of its past events.
    Replay(u64),
    /// Answer with the same phrase: a fence.
    Ping(Option<Phrase>),
    /// The answer to the server's ping.
    Pong(Option<Phrase>),
    /// Which verbs are there?
    Help,
    /// Leave.
    Quit(Option<Phrase>),
}

/// The verb of a request: its first word, and one line of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// See [`Request::Name`].
    Name,
    /// See [`Request::Say`].
    Say,
    /// See [`Request::Tell`].
    Tell,
    /// See [`Request::Join`].
    Join,
    /// See [`Request::Topic`].
    Topic,
    /// See [`Request::Who`].
    Who,
    /// See [`Request::Rooms`].
    Rooms,
    /// See [`Request::History`].
    History,
    /// See [`Request::Replay`].
    Replay,
    /// See [`Request::Ping`].
    Ping,
    /// See [`Request::Pong`].
    Pong,
    /// See [`Request::Help`].
    Help,
    /// See [`Request::Quit`].
    Quit,
}

impl Verb {
    /// Every verb, its spelling, and what `HELP` says of it.
    pub const ALL: &'static [(Verb, &'static str, &'static str)] = &[
        (
            Verb::Name,
            "NAME",
            "NAME name: come in under that name, or change it",
        ),
        (Verb::Say, "SAY", "SAY text: say it to everyone in the room"),
        (
            Verb::Tell,
            "TELL",
            "TELL name text: say it to one person only",
        ),
        (
            Verb::Join,
            "JOIN",
            "JOIN room: move to another room; a new name begins one",
        ),
        (
            Verb::Topic,
            "TOPIC",
            "TOPIC [text]: set the room's topic, or remove it",
        ),
        (Verb::Who, "WHO", "WHO [room]: who is here, or there"),
        (
            Verb::Rooms,
            "ROOMS",
            "ROOMS: which rooms there are, how many people, what topic",
        ),
        (
            Verb::History,
            "HISTORY",
            "HISTORY [number]: what was said here last",
        ),
        (
            Verb::Replay,
            "REPLAY",
            "REPLAY number: how much history you want on entering a room",
        ),
        (
            Verb::Ping,
            "PING",
            "PING [text]: PONG comes back after all that was on its way",
        ),
        (
            Verb::Pong,
            "PONG",
            "PONG [text]: the answer to the server's PING",
        ),
        (Verb::Help, "HELP", "HELP: these lines"),
        (Verb::Quit, "QUIT", "QUIT [text]: leave"),
    ];

    /// The verb of this spelling, in any case.
    pub fn parse(text: &str) -> Option<Verb> {
        Verb::ALL
            .iter()
            .find(|(_, spelling, _)| spelling.eq_ignore_ascii_case(text))
            .map(|(verb, ..)| *verb)
    }
}

/// A line that is no request, and the tag to answer it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its tag, where that much could be read.
    pub tag: Option<Tag>,
    /// What is wrong.
    pub fault: Fault,
}

impl Request {
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
        let verb = Verb::parse(word).ok_or_else(|| unknown(line, said, word))?;
        let request = match verb {
            Verb::Name => Request::Name(fields.name()?),
            Verb::Say => Request::Say(fields.text("a text")?),
            Verb::Tell => Request::Tell(fields.name()?, fields.text("a text")?),
            Verb::Join => Request::Join(fields.room()?),
            Verb::Topic => Request::Topic(fields.text_if_more("a topic")?),
            Verb::Who => Request::Who(if fields.more() {
                Some(fields.room()?)
            } else {
                None
            }),
            Verb::Rooms => Request::Rooms,
            Verb::History => Request::History(if fields.more() {
                Some(fields.number()?)
            } else {
                None
            }),
            Verb::Replay => Request::Replay(fields.number()?),
            Verb::Ping => Request::Ping(fields.text_if_more("a phrase")?),
            Verb::Pong => Request::Pong(fields.text_if_more("a phrase")?),
            Verb::Help => Request::Help,
            Verb::Quit => Request::Quit(fields.text_if_more("a phrase")?),
        };
        fields.end()?;
        Ok(request)
    }

    /// Appends the line, its LF included.
    pub fn encode(&self, tag: Option<&Tag>, out: &mut Vec<u8>) {
        push_tag(tag, out);
        match self {
            Request::Name(name) => push(out, "NAME", &[name.as_str()]),
            Request::Say(text) => push(out, "SAY", &[text.written()]),
            Request::Tell(name, text) => push(out, "TELL", &[name.as_str(), text.written()]),
            Request::Join(room) => push(out, "JOIN", &[room.as_str()]),
            Request::Topic(topic) => push_with(out, "TOPIC", &[], topic.as_ref()),
            Request::Who(room) => push(out, "WHO", room.as_ref().map(Room::as_str).as_slice()),
            Request::Rooms => push(out, "ROOMS", &[]),
            Request::History(count) => push_count(out, "HISTORY", *count),
            Request::Replay(count) => push_count(out, "REPLAY", Some(*count)),
            Request::Ping(phrase) => push_with(out, "PING", &[], phrase.as_ref()),
            Request::Pong(phrase) => push_with(out, "PONG", &[], phrase.as_ref()),
            Request::Help => push(out, "HELP", &[]),
            Request::Quit(phrase) => push_with(out, "QUIT", &[], phrase.as_ref()),
        }
        out.push(b'\n');
    }
}

fn push_count(out: &mut Vec<u8>, verb: &str, count: Option<u64>) {
    out.extend_from_slice(verb.as_bytes());
    if let Some(count) = count {
        out.push(b' ');
        number::push(count, out);
    }
}

/// Most unknown verbs are the first word of something to be said.
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
    fn every_verb_has_one_spelling() {
        check("name anna", "NAME anna");
        check("SAY  hello  world ", "SAY  hello  world ");
        check("@7 Say a\\nb", "@7 SAY a\\nb");
        check("TELL anna hi there", "TELL anna hi there");
        check("JOIN maths", "JOIN maths");
        for bare in [
            "TOPIC", "WHO", "ROOMS", "HISTORY", "PING", "PONG", "HELP", "QUIT",
        ] {
            check(&bare.to_ascii_lowercase(), bare);
        }
        for more in [
            "TOPIC tea",
            "WHO maths",
            "HISTORY 10",
            "REPLAY 0",
            "PING a b",
            "PONG 1",
            "QUIT see you",
        ] {
            check(more, more);
        }
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
