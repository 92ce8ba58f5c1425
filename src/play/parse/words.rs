//! The words of transcripts: who, and how a sentence looks that was not understood.

use crate::play::piece::visible;
use crate::play::script::{Act, Deed, Demand, Note};
use crate::play::sentence::{example, is_known_by, key};
use crate::sanitise::shown_unchanged;

/// A person's name, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// In a name below `repeat`, the number of the round.
pub(super) const COUNTED: &str = "$round";

/// Those that say nobody.
const SENTENCES: [&[&str]; 3] = [Demand::SENTENCES, Act::SENTENCES, Note::SENTENCES];

/// Who, and what comes behind.
pub(super) fn names(said: &str, round: Option<u32>) -> Result<(Vec<String>, &str), String> {
    let (mut names, mut rest) = (Vec::new(), said);
    loop {
        let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let name = word.strip_suffix(',').unwrap_or(word);
        names.push(person(name, round)?);
        rest = behind.trim_start();
        match rest.strip_prefix("and ") {
            Some(behind) => rest = behind.trim_start(),
            None if name != word => {}
            None => return Ok((names, rest)),
        }
    }
}

/// What counts the rounds, with the number of this one.
pub(super) fn counted(said: &str, round: Option<u32>) -> String {
    let round = round.map(|round| round.to_string());
    said.replace(COUNTED, round.as_deref().unwrap_or(COUNTED))
}

fn person(name: &str, round: Option<u32>) -> Result<String, String> {
    // Who that is, `one of …` says when it is played.
    if ["$one", "$other"].contains(&name) {
        return Ok(name.to_owned());
    }
    let name = &*counted(name, round);
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_good = name.chars().all(good) && name.len() <= NAME_BYTES_MAX;
    match name {
        "" => Err("who does what? as in `anna connects`".to_owned()),
        // There are letters that nobody sees.
        _ if !is_good || !shown_unchanged(name) => {
            let name = visible(name);
            Err(format!(
                "`{name}` is no name; a name is letters, digits, - and _"
            ))
        }
        _ if name == "and" || !known_by(name).is_empty() => Err(format!(
            "nobody can be called `{name}`, which is a word of transcripts"
        )),
        _ => Ok(name.to_owned()),
    }
}

/// The sentences of people, and then the others, that are known by this word.
fn known_by(word: &str) -> Vec<&'static str> {
    let word = key(word);
    let all = [Deed::SENTENCES].into_iter().chain(SENTENCES);
    let all = all.flat_map(|these| these.iter().copied());
    all.filter(|sentence| is_known_by(sentence, word)).collect()
}

/// Whether this is no sentence about somebody.
pub(super) fn is_of_nobody(said: &str) -> bool {
    let mut all = SENTENCES.iter().flat_map(|these| these.iter());
    all.any(|sentence| !sentence.starts_with('{') && is_known_by(sentence, key(said)))
}

/// How a sentence with this word looks.
pub(super) fn shape_of(said: &str) -> String {
    let known = known_by(said);
    let is_of_people = |sentence: &&str| Deed::SENTENCES.contains(sentence);
    let who = known
        .first()
        .filter(|first| is_of_people(first))
        .map_or("", |_| "anna ");
    let examples: Vec<String> = known.iter().map(|sentence| example(sentence)).collect();
    let has_time = known.iter().any(|sentence| sentence.contains(" s}"));
    let times = match has_time {
        true => "; a time is in s or ms, at most an hour",
        false => "",
    };
    match &examples[..] {
        [] => format!("no such sentence: a person {}", verbs()),
        all => format!("as in `{who}{}`{times}", all.join("`, `")),
    }
}

fn verbs() -> String {
    let verbs = Deed::SENTENCES.iter().map(|s| format!("{}s", key(s)));
    let mut verbs: Vec<String> = verbs.collect();
    verbs.dedup();
    let last = verbs.pop().unwrap_or_default();
    format!("{} or {last}", verbs.join(", "))
}
