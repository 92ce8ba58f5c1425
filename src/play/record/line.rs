//! What of a server's line comes again when a conversation is played: all but ids, times, and sentences for people.

use crate::play::piece::{Piece, Star, spell};

/// The pattern that this line fits, and fits again. An id becomes a variable, so that one event must have one id
/// wherever it is seen.
pub(super) fn pattern(line: &[u8]) -> String {
    let mut pieces = Vec::new();
    let mut rest = line;
    if rest.starts_with(b"@") {
        keep(&mut pieces, &mut rest);
    }
    match keep(&mut pieces, &mut rest) {
        b"CHALKTALK" => {
            keep(&mut pieces, &mut rest);
            any(&mut pieces, &mut rest);
        }
        b"ERROR" | b"BYE" => {
            keep(&mut pieces, &mut rest);
            any(&mut pieces, &mut rest);
        }
        b"HELP" => any(&mut pieces, &mut rest),
        b"OK" => id(&mut pieces, &mut rest),
        b"WELCOME" => {
            id(&mut pieces, &mut rest);
            any_word(&mut pieces, &mut rest);
            keep(&mut pieces, &mut rest);
            keep(&mut pieces, &mut rest);
            any(&mut pieces, &mut rest);
        }
        b"ROOM" | b"CAME" | b"LEFT" | b"SAID" | b"TOLD" | b"RENAMED" | b"TOPIC" | b"NOTICE" => {
            id(&mut pieces, &mut rest);
            any_word(&mut pieces, &mut rest);
        }
        _ => {}
    }
    bytes(&mut pieces, rest);
    spell(&pieces, Star::Anything)
}

/// The same where somebody will leave for another reason.
pub(super) fn pattern_but_why(line: &[u8]) -> String {
    if line.starts_with(b"BYE ") {
        return "BYE *".to_owned();
    }
    let mut words = line.splitn(6, |&byte| byte == b' ');
    let head: Vec<&[u8]> = words.by_ref().take(5).collect();
    if head.first() != Some(&&b"LEFT"[..]) {
        return pattern(line);
    }
    pattern(&head.join(&b' ')) + " *"
}

/// The next word and the space behind it.
fn word<'a>(rest: &mut &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let end = rest.iter().position(|&byte| byte == b' ');
    let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
    let (space, after) = after.split_at(after.len().min(1));
    *rest = after;
    (word, space)
}

fn bytes(pieces: &mut Vec<Piece>, more: &[u8]) {
    match pieces.last_mut() {
        _ if more.is_empty() => {}
        Some(Piece::Bytes(bytes)) => bytes.extend_from_slice(more),
        _ => pieces.push(Piece::Bytes(more.to_vec())),
    }
}

fn keep<'a>(pieces: &mut Vec<Piece>, rest: &mut &'a [u8]) -> &'a [u8] {
    let (word, space) = word(rest);
    bytes(pieces, word);
    bytes(pieces, space);
    word
}

/// Of `boot.count` the count names the variable.
fn id(pieces: &mut Vec<Piece>, rest: &mut &[u8]) {
    let (word, space) = word(rest);
    if word.is_empty() {
        return;
    }
    let dot = word.iter().rposition(|&byte| byte == b'.');
    let count = dot.and_then(|dot| word.get(dot + 1..)).unwrap_or(word);
    let count: String = count.iter().copied().map(char::from).collect();
    pieces.push(Piece::Variable(format!("e{count}")));
    bytes(pieces, space);
}

fn any_word(pieces: &mut Vec<Piece>, rest: &mut &[u8]) {
    let (_, space) = word(rest);
    pieces.push(Piece::Any);
    bytes(pieces, space);
}

fn any(pieces: &mut Vec<Piece>, rest: &mut &[u8]) {
    pieces.push(Piece::Any);
    *rest = &[];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(pattern(line.as_bytes()), expected);
    }

    #[test]
    fn what_another_run_says_otherwise_is_left_open() {
        check("CHALKTALK 1 open Welcome.", "CHALKTALK 1 *");
        check(
            "SAID b.4 1763 lobby anna 2*3 = $6",
            r"SAID $e4 * lobby anna 2\*3 = \$6",
        );
        check("@a OK b.4", "@a OK $e4");
        check("@a OK", "@a OK");
        check("@a ERROR bad-name a name is short", "@a ERROR bad-name *");
        check(
            "WELCOME b.4 1763 * anna To speak",
            r"WELCOME $e4 * \* anna *",
        );
        check("@j TOPIC b.3 1763 lobby bert", "@j TOPIC $e3 * lobby bert");
        check("PONG b.4 1763", "PONG b.4 1763");
        check("WHO lobby anna", "WHO lobby anna");
        check("BYE quit until next time", "BYE quit *");
        check("", "");
    }

    #[test]
    fn why_somebody_left_can_be_left_open() {
        let line = b"LEFT b.4 1763 lobby anna kicked be kind";
        assert_eq!(pattern_but_why(line), "LEFT $e4 * lobby anna *");
        assert_eq!(pattern_but_why(b"BYE kicked be kind"), "BYE *");
        assert_eq!(pattern_but_why(b"WHO lobby anna"), "WHO lobby anna");
    }
}
