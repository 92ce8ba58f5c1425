//! The steps of the course: all of `lessons/`, without its answers, so that this program is the whole class room.
//!
//! The answers stay in the repository: whoever is graded by a program should not find them in it.

use super::parse::parse;
use super::script::Script;
use super::text::Vars;
use std::ops::RangeInclusive;

/// A step of the course: a folder, its page, and its other files with what they say.
pub(crate) struct Lesson {
    pub(crate) folder: &'static str,
    /// Its `README.md`.
    pub(crate) page: &'static str,
    pub(crate) files: &'static [(&'static str, &'static str)],
}

macro_rules! lessons {
    ($($folder:literal: $($file:literal)*;)*) => {
        &[$(Lesson {
            folder: $folder,
            page: include_str!(concat!("../../lessons/", $folder, "/README.md")),
            files: &[$((
                $file,
                include_str!(concat!("../../lessons/", $folder, "/", $file)),
            )),*],
        }),*]
    };
}

/// A step's number is its place here. Its checks are in the order in which they are tried: what is plainest first.
pub(crate) const LESSONS: &[Lesson] = lessons! {
    "00-right": "right.py" "right.rs" "start.chat" "wrong-first-again.py" "wrong-first-again.rs";
    "01-echo": "reads.py" "start.py" "start.rs" "what-is-sent-comes-back.chat" "the-end-of-input.chat";
    "02-two": "start.py" "start.rs" "two-at-once.chat";
    "03-lines": "a-length-in-bytes.chat" "a-line-in-pieces.chat" "lines-in-one-read.chat" "a-cr-before-the-lf.chat"
        "start.py" "start.rs";
    "04-names": "a-name-is-asked-for.chat" "a-taken-name.chat" "a-name-in-pieces.chat" "a-name-begins-like-another.chat"
        "illegal-names.chat" "nobody-waits-for-a-name.chat" "start.py" "start.rs" "two-with-one-name.chat";
    "05-everybody": "everybody-hears.chat" "three-people.chat" "nobody-hears-themselves.chat" "ten-people.chat"
        "one-read-is-not-one-message.chat" "a-cr-is-not-part-of-the-line.chat" "a-thousand-characters.chat"
        "who-has-a-name-keeps-it.chat" "who-has-no-name-is-not-there.chat" "a-refusal-is-heard-by-nobody.chat"
        "the-list-changes-while-it-is-walked.chat" "somebody-leaves-during-a-walk.chat" "client.py" "client.rs"
        "refused-unshared.rs" "start.py" "start.rs";
    "06-leaving": "a-name-is-free-after-a-disconnect.chat" "half-a-line-is-not-said.chat" "a-reset-is-an-end.chat"
        "a-torn-connection-costs-nobody-else.chat" "start.py" "start.rs";
    "07-last-words": "arrives.py" "start.py" "start.rs" "the-refused-get-the-end.chat";
    "08-queues": "a-slow-reader-stops-nobody.chat" "client.py" "client.rs" "start.py" "start.rs"
        "who-was-slow-misses-nothing.chat";
    "09-order": "one-order.chat" "start.py" "start.rs";
    "10-limits": "a-frozen-person-costs-little.chat" "a-line-without-an-end.chat"
        "three-hundred-come-and-go.chat" "more-than-there-is-room-for.chat" "start.py" "start.rs";
    "11-stopping": "everybody-is-told.chat" "start.py" "start.rs";
    "12-real": "measure.py" "start.py" "start.rs";
};

/// The steps that speak one protocol: what serves the last of them passes the checks of all.
pub(crate) const ECHO: RangeInclusive<usize> = 1..=3;
pub(crate) const CHAT: RangeInclusive<usize> = 4..=11;

/// What a step is checked by.
pub(crate) struct Check {
    pub(crate) step: usize,
    /// As in `03-lines/half-a-line.chat`.
    pub(crate) path: String,
    pub(crate) text: &'static str,
    pub(crate) script: Script,
}

/// The checks that the folders of these steps hold; with another mark before the chat's own lines than a star, if one
/// is set.
///
/// # Errors
/// Where there are none.
pub(crate) fn checks(steps: RangeInclusive<usize>, set: &Vars) -> Result<Vec<Check>, String> {
    let mark = set.get("mark").map_or(&b"*"[..], Vec::as_slice);
    let mark: String = mark.iter().map(|byte| format!(r"\x{byte:02x}")).collect();
    let mut checks = Vec::new();
    for (step, Lesson { folder, files, .. }) in LESSONS.iter().enumerate() {
        let marked = |text: &str| text.replace(r"\*", &mark);
        let mut beside = |path: &str| {
            let found = files.iter().find(|(file, _)| path.ends_with(file));
            found.map(|(_, text)| marked(text)).ok_or(String::new())
        };
        let files = files.iter().filter(|(file, _)| file.ends_with(".chat"));
        for (file, text) in files.filter(|_| steps.contains(&step)) {
            let path = format!("{folder}/{file}");
            let script = parse(&path, &marked(text), &mut beside, set);
            let script = script.map_err(|mistake| mistake.to_string())?;
            checks.push(Check {
                step,
                path,
                text,
                script,
            });
        }
    }
    match checks.is_empty() {
        true => Err("there are no such steps; chalktalk learn lists them".to_owned()),
        false => Ok(checks),
    }
}
