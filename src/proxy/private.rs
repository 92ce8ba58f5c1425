//! What people say, kept out of a recording: text by text, the same in what is sent and in what comes, so that it plays.
//!
//! What of a line is a text, only its protocol knows. Ours is known, and those verbs of other chats that are written in
//! capitals; any other line is all text. So too much is hidden rather than too little. Names of people and rooms stay: a
//! server may refuse others, or sort them.

use std::collections::BTreeMap;

/// How many words of what is sent with this verb are no text.
fn of_sent(verb: &str) -> Option<usize> {
    Some(match verb {
        "SAY" | "DO" | "TOPIC" | "QUIT" | "ROOMS" | "HELP" | "LIST" | "OK" => 1,
        "TELL" | "PRIVMSG" | "NOTICE" | "PART" | "NAME" | "NICK" | "JOIN" | "WHO" => 2,
        "NAMES" | "HISTORY" | "REPLAY" | "PING" | "PONG" | "CAP" => 2,
        "MODE" => 3,
        "USER" => 5,
        _ => return None,
    })
}

/// And of what comes.
fn of_came(verb: &str) -> Option<usize> {
    Some(match verb {
        "ROOMS" => 3,
        "SAID" | "DID" | "TOPIC" | "ROOM" => 5,
        "TOLD" | "LEFT" => 6,
        _ => return None,
    })
}

/// What each text stands for.
#[derive(Debug, Default)]
pub(super) struct Texts(BTreeMap<Vec<u8>, String>);

impl Texts {
    /// A line that is sent, without its text.
    pub(super) fn hide_sent(&mut self, line: &[u8]) -> Vec<u8> {
        let (begin, text, end) = cut(line, of_sent).unwrap_or_else(|| {
            let (text, end) = ended(line);
            (b"", text, end)
        });
        self.hidden(begin, text, end)
    }

    /// A line that comes, without its text: where that stands, or is one that was sent.
    pub(super) fn hide_came(&mut self, line: &[u8]) -> Vec<u8> {
        if let Some((begin, text, end)) = cut(line, of_came) {
            return match begin.ends_with(b" moved ") {
                true => line.to_vec(),
                false => self.hidden(begin, text, end),
            };
        }
        let (said, end) = ended(line);
        let is_verb = |word: &[u8]| word.len() > 1 && word.iter().all(u8::is_ascii_uppercase);
        let verb = without_tag(said).split(|byte| *byte == b' ').next();
        let stands_at_the_end = |text: &&Vec<u8>| {
            let begin = said.strip_suffix(&text[..]);
            begin.is_some_and(|begin| {
                begin.is_empty() || begin.ends_with(b" ") || begin.ends_with(b":")
            })
        };
        match self
            .0
            .keys()
            .filter(stands_at_the_end)
            .max_by_key(|text| text.len())
            .cloned()
        {
            Some(text) if !verb.is_some_and(is_verb) => {
                let begin = said.strip_suffix(&text[..]).unwrap_or_default();
                self.hidden(begin, &text, end)
            }
            _ => line.to_vec(),
        }
    }

    fn hidden(&mut self, begin: &[u8], text: &[u8], end: &[u8]) -> Vec<u8> {
        // In other chats a text begins behind a colon.
        let (colon, text) = match text.strip_prefix(b":") {
            Some(text) => (&b":"[..], text),
            None => (&b""[..], text),
        };
        if text.is_empty() {
            return [begin, colon, end].concat();
        }
        let next = format!("text{}", self.0.len() + 1);
        let name = self.0.entry(text.to_vec()).or_insert(next);
        [begin, colon, name.as_bytes(), end].concat()
    }
}

/// A line, and what ends it.
fn ended(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().rposition(|byte| !b"\r\n".contains(byte));
    line.split_at(end.map_or(0, |end| end + 1))
}

fn without_tag(line: &[u8]) -> &[u8] {
    let tag = line.starts_with(b"@");
    let end = line.iter().position(|byte| *byte == b' ').filter(|_| tag);
    line.get(end.map_or(0, |end| end + 1)..).unwrap_or_default()
}

/// What stands before its text, the text and the end of a line that begins with a verb that is known.
fn cut(line: &[u8], kept: fn(&str) -> Option<usize>) -> Option<(&[u8], &[u8], &[u8])> {
    let (said, end) = ended(line);
    let behind = without_tag(said);
    let verb = behind.split(|byte| *byte == b' ').next()?;
    let words = kept(std::str::from_utf8(verb).ok()?)?;
    let mut spaces = (1..).zip(behind).filter(|(_, byte)| **byte == b' ');
    let last = spaces.nth(words - 1).map_or(behind.len(), |(at, _)| at);
    let (begin, text) = said.split_at(said.len() - behind.len() + last);
    Some((begin, text, end))
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn a_text_is_the_same_wherever_it_stands_and_names_stay() {
        let mut texts = Texts::default();
        let mut sent = |line: &str, expected: &str| {
            assert_eq!(texts.hide_sent(line.as_bytes()), expected.as_bytes());
        };
        sent("@7 SAY the key is 1234\n", "@7 SAY text1\n");
        sent("TELL ben psst\n", "TELL ben text2\n");
        sent("JOIN maths\n", "JOIN maths\n");
        sent("JOIN maths is fun\n", "JOIN maths text3\n");
        sent("TOPIC\n", "TOPIC\n");
        sent(
            "PRIVMSG #room :the key is 1234\r\n",
            "PRIVMSG #room :text1\r\n",
        );
        sent("say it\n", "text4\n");
        sent("maths\n", "text5\n");
        sent("\n", "\n");
        let mut came = |line: &str, expected: &str| {
            assert_eq!(texts.hide_came(line.as_bytes()), expected.as_bytes());
        };
        came(
            "SAID b.1 5 lobby anna the key is 1234\n",
            "SAID b.1 5 lobby anna text1\n",
        );
        came(
            "@7 TOPIC b.1 5 lobby anna of before\n",
            "@7 TOPIC b.1 5 lobby anna text6\n",
        );
        came(
            "LEFT b.1 5 lobby anna moved maths\n",
            "LEFT b.1 5 lobby anna moved maths\n",
        );
        came(
            "LEFT b.1 5 lobby anna quit psst\n",
            "LEFT b.1 5 lobby anna quit text2\n",
        );
        came("ROOM b.1 5 maths 1\n", "ROOM b.1 5 maths 1\n");
        came("CAME b.1 5 lobby maths\n", "CAME b.1 5 lobby maths\n");
        came("[anna] say it\r\n", "[anna] text4\r\n");
        came("* maths has come\n", "* maths has come\n");
        came(
            ":anna!a@b PRIVMSG #room :the key is 1234\r\n",
            ":anna!a@b PRIVMSG #room :text1\r\n",
        );
        came("maths", "text5");
    }
}
