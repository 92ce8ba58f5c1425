//! The words of transcripts: who, does what, and how a sentence looks that was not understood.

use super::lines::Line;
use crate::play::piece::visible;
use crate::play::script::Mistake;
use crate::sanitise::shown_unchanged;

/// A person's name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Words that begin a sentence of their own or join names, so nobody is called so.
pub(super) const KEYWORDS: [&str; 13] = [
    "include", "flags", "lines", "deadline", "repeat", "restart", "fence", "and", "at", "one",
    "the", "this", "known",
];

/// In a name below `repeat`, the number of the round.
pub(super) const COUNTED: &str = "$round";

/// Who, and the words that are left.
pub(super) fn names<'a>(
    line: &Line<'_>,
    words: &'a [&'a str],
    round: Option<u32>,
) -> Result<(Vec<String>, &'a [&'a str]), Mistake> {
    let mut names = Vec::new();
    let mut rest = words;
    loop {
        let Some((word, after)) = rest.split_first() else {
            return Err(line.mistake("who does what? as in `anna connects`"));
        };
        let name = word.strip_suffix(',').unwrap_or(word);
        names.push(person(line, name, round)?);
        rest = after;
        match rest.split_first() {
            Some((&"and", after)) => rest = after,
            _ if word.ends_with(',') => {}
            _ => return Ok((names, rest)),
        }
    }
}

fn person(line: &Line<'_>, name: &str, round: Option<u32>) -> Result<String, Mistake> {
    // Who that is, `one of …` says when it is played.
    if ["$one", "$other"].contains(&name) {
        return Ok(name.to_owned());
    }
    let counted = round.map(|round| name.replace(COUNTED, &round.to_string()));
    let name = counted.as_deref().unwrap_or(name);
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_good = name.chars().all(good) && name.len() <= NAME_BYTES_MAX;
    // There are letters that nobody sees.
    if !is_good || !shown_unchanged(name) {
        let name = visible(name);
        return Err(line.mistake(format!(
            "`{name}` is no name; a name is letters, digits, - and _"
        )));
    }
    if KEYWORDS.contains(&name) || shape_of(stem(name)) != VERBS {
        return Err(line.mistake(format!(
            "nobody can be called `{name}`, which is a word of transcripts"
        )));
    }
    Ok(name.to_owned())
}

/// `anna gets`, but `anna and ben get`: the first is meant by both.
pub(super) fn stem(verb: &str) -> &str {
    verb.strip_suffix('s').unwrap_or(verb)
}

const VERBS: &str =
    "no such sentence: a person connects, sends, gets, skips, closes, half-closes or resets";

/// How a sentence with this word looks.
pub(super) fn shape_of(word: &str) -> &'static str {
    match word {
        "include" => "as in `include settings.chat`",
        "flags" => "as in `flags: --no-limits`",
        "lines" => "as in `lines end with \\r\\n`",
        "deadline" => "as in `deadline 5 s` or `deadline 500 ms`, at most an hour",
        "repeat" => "as in `repeat 10 times`, at most 1000000",
        "restart" => "as in `restart the server`",
        "fence" => "as in `fence sends: PING x` and `fence gets: PONG x`",
        "at" => "as in `at once:`, with the sentences indented under it",
        "one" => "as in `one of anna and ben gets: line`",
        "the" => {
            "as in `the server is asked to stop`, `the server has ended with 0`, \
             `the server's memory has grown by at most 16 MB`, \
             `the server has at most 5 descriptors more than when ready`"
        }
        "this" => "as in `this is a race`",
        "known" => "as in `known to fail: it greets too late`, before all that is done",
        "connect" | "close" | "half-close" | "reset" => {
            "this verb stands alone, as in `anna closes`"
        }
        "send" => {
            "as in `anna sends: text`, `anna sends bytes: text`, `anna sends an empty line`, \
             `anna sends, as far as it is taken: text`"
        }
        "get" => {
            "as in `anna gets: line`, `gets in any order:`, `gets part: text`, `gets nothing`, \
             `gets nothing for 2 s`, `gets nothing until: line`, `gets the end`, `gets an empty line`, \
             `gets only: line to the end`, `anna and ben get the same 40 lines`"
        }
        "skip" => "as in `anna skips to: line` or `anna skips to the end`",
        _ => VERBS,
    }
}
