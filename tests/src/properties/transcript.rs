//! What must be true of every transcript, and of every pattern and line.

use chalktalk::play::parse::parse;
use chalktalk::play::piece::visible;
use chalktalk::play::script::{Act, Location, Script, Step};
use chalktalk::play::text::{Room, Text, Vars};
use chalktalk::proxy::plan::Direction;
use chalktalk::proxy::record::{Passed, Recording};
use std::sync::Arc;
use std::time::Duration;

/// Nothing is included: that would be another text.
fn read(text: &str) -> Option<Script> {
    parse(
        "a.chat",
        text,
        &mut |_| Err("no file".to_owned()),
        &Vars::new(),
    )
    .ok()
}

/// The steps as if all were written in one place.
fn placeless(steps: &[Step]) -> Vec<Step> {
    let place = Location {
        file: Arc::from(""),
        line: 0,
    };
    let act = |act: &Act| match act {
        Act::Repeat(times, steps) => Act::Repeat(*times, placeless(steps)),
        Act::AtOnce(steps) => Act::AtOnce(placeless(steps)),
        other => other.clone(),
    };
    let placeless = |step: &Step| Step {
        place: place.clone(),
        act: act(&step.act),
    };
    steps.iter().map(placeless).collect()
}

fn printed(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("{}\n", step.act)).collect()
}

/// Any text is read or refused; the steps that were read print as a transcript that means the same, and
/// that one prints as itself.
pub fn a_script_reads_back_as_it_prints(text: &str) {
    let Some(script) = read(text) else { return };
    let text = printed(&script.steps);
    let again = read(&text).unwrap_or_else(|| panic!("{text:?} is refused"));
    assert_eq!(placeless(&again.steps), placeless(&script.steps));
    assert_eq!(printed(&again.steps), text);
}

/// Whatever passes, a recording of it is a transcript, with texts and without. A byte says who does what; where
/// that is to send, up to the next `|` is what.
pub fn a_recording_is_a_transcript(bytes: &[u8]) {
    let [mut told, mut without] = [Recording::default(), Recording::without_texts()];
    let mut come = [false; 4];
    for part in bytes.split(|byte| *byte == b'|') {
        let Some((what, bytes)) = part.split_first() else {
            continue;
        };
        let who = usize::from(what % 4);
        let [there, back] = Direction::ALL;
        let passed = match what / 4 % 16 {
            _ if !come[who] => Passed::Connects,
            0 => Passed::Ends(there),
            1 => Passed::Ends(back),
            2 => Passed::Torn(there),
            3 => Passed::Torn(back),
            4..10 => Passed::Bytes(there, bytes.to_vec()),
            _ => Passed::Bytes(back, bytes.to_vec()),
        };
        come[who] = true;
        for recording in [&mut told, &mut without] {
            let at = Duration::from_millis(u64::from(*what));
            recording.hear(who as u64, at, passed.clone());
        }
    }
    for recording in [told, without] {
        let text = recording.to_string();
        let none = &mut |_: &str| Err(String::new());
        if let Err(mistake) = parse("a.chat", &text, none, &Vars::new()) {
            panic!("{mistake}\n{text}");
        }
    }
}

/// A line fits the pattern that was made of it, and that pattern and what a report shows of the
/// line can be pasted into a transcript.
pub fn a_line_fits_the_pattern_made_of_it(line: &[u8]) {
    let exactly = Text::exactly(line);
    assert_eq!(exactly.matches(line, &Vars::new()), Some(Vars::new()));
    let pasted = Text::parse_pattern(&exactly.to_string(), &mut Room::default());
    assert_eq!(pasted, Ok(exactly));
    let sent = Text::exactly(line);
    assert_eq!(
        Text::parse(&sent.to_string(), &mut Room::default()),
        Ok(sent)
    );
    let shown = visible(line);
    assert!(shown.chars().all(|c| !c.is_control()), "{shown:?}");
    // Variables are the one thing in which a text differs from what is shown.
    if !line.contains(&b'$') {
        let text = Text::parse(&shown, &mut Room::default());
        assert_eq!(
            text.and_then(|text| text.bytes(&Vars::new())).as_deref(),
            Ok(line)
        );
    }
}

/// What a line gave the variables of a pattern, it gives them again; and a pattern without
/// stars, filled in, is the line.
pub fn a_match_holds_for_what_it_found(written: &str, line: &[u8]) {
    let Ok(pattern) = Text::parse_pattern(written, &mut Room::default()) else {
        return;
    };
    let Some(found) = pattern.matches(line, &Vars::new()) else {
        return;
    };
    for name in pattern.variables() {
        assert!(found.contains_key(name), "{name} was not found");
    }
    assert_eq!(
        pattern.matches(line, &found),
        Some(Vars::new()),
        "{found:?}"
    );
    let spelled = pattern.to_string();
    if !spelled.contains('*') {
        let text = Text::parse(&spelled, &mut Room::default()).expect("a pattern is a text");
        assert_eq!(text.bytes(&found).as_deref(), Ok(line));
    }
}

/// A pattern of stars and plain bytes decides as trying every way does.
pub fn stars_decide_as_trying_every_way_does(parts: &[&[u8]], line: &[u8]) {
    let spell = |part: &&[u8]| match part.is_empty() {
        true => String::new(),
        false => Text::exactly(part).to_string(),
    };
    let written = parts.iter().map(spell).collect::<Vec<_>>().join("*");
    let Ok(pattern) = Text::parse_pattern(&written, &mut Room::default()) else {
        panic!("{written:?} is refused")
    };
    assert_eq!(
        pattern.matches(line, &Vars::new()).is_some(),
        fits(parts, line),
        "{written:?}"
    );
}

/// The slow way: what stands before the first star, and then the rest from every place.
fn fits(parts: &[&[u8]], line: &[u8]) -> bool {
    let [first, rest @ ..] = parts else {
        return line.is_empty();
    };
    let Some(after) = line.strip_prefix(*first) else {
        return false;
    };
    match rest {
        [] => after.is_empty(),
        rest => (0..=after.len()).any(|at| fits(rest, &after[at..])),
    }
}
