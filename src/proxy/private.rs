//! What people say, kept out of a recording: text by text, the same in what is sent and in what comes, so that it plays.
//!
//! What of a line is a text, only its protocol knows. Ours is known, and those verbs of other chats that are written in
//! capitals; any other line is all text. A server may say a part of a text again, or frame it: so no word of one is told
//! wherever it comes. So too much is hidden rather than too little. Names of people and rooms stay: a server may refuse
//! others, or sort them.

use super::plan::Direction::{self, ToClient, ToServer};
use std::collections::{BTreeMap, BTreeSet};

/// How many words of a line with this verb are no text.
fn words_kept(direction: Direction, verb: &str) -> Option<usize> {
    Some(match (direction, verb) {
        (ToServer, "SAY" | "DO" | "TOPIC" | "QUIT" | "ROOMS" | "HELP" | "LIST" | "OK") => 1,
        (ToServer, "TELL" | "PRIVMSG" | "NOTICE" | "PART" | "NAME" | "NICK" | "JOIN" | "WHO") => 2,
        (ToServer, "NAMES" | "HISTORY" | "REPLAY" | "PING" | "PONG" | "CAP") => 2,
        (ToServer, "MODE") | (ToClient, "ROOMS") => 3,
        (ToServer, "USER") | (ToClient, "SAID" | "DID" | "TOPIC" | "ROOM") => 5,
        (ToClient, "TOLD" | "LEFT") => 6,
        _ => return None,
    })
}

/// All texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// What stands for each.
    names: BTreeMap<Vec<u8>, String>,
    words: BTreeSet<Vec<u8>>,
}

impl Texts {
    /// A line without its text: all behind what its verb keeps. Where no verb is known, that is all of what is sent, and of
    /// what comes what was sent before.
    pub(super) fn hide(&mut self, direction: Direction, line: &[u8]) -> Vec<u8> {
        let end = line.iter().rposition(|byte| !b"\r\n".contains(byte));
        let (said, end) = line.split_at(end.map_or(0, |end| end + 1));
        let at = match (text_at(direction, said), direction) {
            (Some(at), _) if said[..at].ends_with(b" moved ") => said.len(),
            (Some(at), _) => at,
            (None, ToServer) => 0,
            (None, ToClient) => self.sent_before(said),
        };
        // In other chats a text begins behind a colon.
        let colon = usize::from(said[at..].starts_with(b":"));
        let (begin, text) = said.split_at(at + colon);
        if text.is_empty() {
            return line.to_vec();
        }
        self.words.extend(words(text).map(<[u8]>::to_vec));
        let next = format!("text{}", self.names.len() + 1);
        let name = self.names.entry(text.to_vec()).or_insert(next);
        [begin, name.as_bytes(), end].concat()
    }

    /// Whether a word of a text stands in this.
    pub(super) fn hold(&self, said: &[u8]) -> bool {
        words(said).any(|word| self.words.contains(word))
    }

    /// Where the text begins that this line ends with and that was sent before.
    fn sent_before(&self, said: &[u8]) -> usize {
        let verb = verb(said).1;
        let is_ours = verb.len() > 1 && verb.iter().all(u8::is_ascii_uppercase);
        let begins = |at: &usize| *at == 0 || b" :".contains(&said[at - 1]);
        let mut begins = (0..said.len()).filter(begins).filter(|_| !is_ours);
        let sent = begins.find(|at| self.names.contains_key(&said[*at..]));
        sent.unwrap_or(said.len())
    }
}

/// What stands behind the tag of a line, and its first word.
fn verb(line: &[u8]) -> (&[u8], &[u8]) {
    let is_space = |byte: &u8| *byte == b' ';
    let behind = match line.iter().position(is_space) {
        Some(end) if line.starts_with(b"@") => &line[end + 1..],
        _ => line,
    };
    let end = behind.iter().position(is_space).unwrap_or(behind.len());
    (behind, &behind[..end])
}

/// Where the text of this line begins, if its verb is known.
fn text_at(direction: Direction, line: &[u8]) -> Option<usize> {
    let (behind, verb) = verb(line);
    let words = words_kept(direction, std::str::from_utf8(verb).ok()?)?;
    let kept = behind.split_inclusive(|byte| *byte == b' ').take(words);
    Some(line.len() - behind.len() + kept.map(<[u8]>::len).sum::<usize>())
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Texts, ToClient, ToServer};

    #[test]
    fn a_text_is_the_same_wherever_it_stands_and_names_stay() {
        let mut texts = Texts::default();
        let mut sent = |line: &str, expected: &str| {
            assert_eq!(texts.hide(ToServer, line.as_bytes()), expected.as_bytes());
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
            assert_eq!(texts.hide(ToClient, line.as_bytes()), expected.as_bytes());
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
