//! Transcripts: a conversation of several people with a server, as a file that runs.
//!
//! One file is the lesson, the test and the bug report. It speaks the level of the wire, lines and
//! bytes, and knows nothing of our own protocol, so it runs against any server that speaks in
//! lines, in any language. `docs/TRANSCRIPTS.md` is its manual.
//!
//! Reading ([`mod@parse`], into a [`script`]) and deciding whether a line fits ([`pattern`]) are
//! pure. [`run`] plays one file over one [`connection`] for each person, with a [`server`] of its
//! own where it is one that a run starts: files that shared one would see each other.

pub mod piece;
pub mod text;
pub mod pattern;
mod sentence;
pub mod script;
mod check;
pub mod parse;
pub mod report;
pub mod ci;
pub mod seen;
pub mod picture;
pub mod witness;
pub mod markdown;
mod files;
pub mod connection;
pub mod port;
pub mod process;
pub mod usage;
pub mod server;
pub mod through;
pub mod update;
pub mod run;
mod lessons;
pub(crate) mod cli;
pub(crate) mod learn;
pub(crate) mod grade;

use piece::visible;
use report::{Failure, Outcome, Verdict};
use run::{How, play};
use script::Script;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Plays it so often. What failed once has failed.
fn outcome(file: &str, script: &Script, how: &How, times: u32) -> Outcome {
    let (mut first, mut skipped, mut failed) = (None, None, 0);
    for _ in 0..times {
        match play(script, how) {
            Verdict::Failed(failure) => {
                failed += 1;
                first.get_or_insert(Verdict::Failed(failure));
            }
            Verdict::Skipped(why) => skipped = Some(Verdict::Skipped(why)),
            Verdict::Passed | Verdict::Known(_) | Verdict::NotSeen(_) => {}
        }
    }
    let held = match script.race {
        true => Verdict::NotSeen(times),
        false => Verdict::Passed,
    };
    let verdict = match (first.or(skipped).unwrap_or(held), &script.known) {
        // One without a place is of the run, as that the server could not be started, and no transcript knows that.
        (Verdict::Failed(failure), Some((_, why))) if failure.place.is_some() => {
            Verdict::Known(visible(why))
        }
        (Verdict::Passed, Some((place, why))) => {
            failed = times;
            let known = format!("known to fail: {}", visible(why));
            let all = "all of it, as written; take this line out".to_owned();
            Verdict::Failed(Failure::new(Some(place), known, all))
        }
        (verdict, _) => verdict,
    };
    Outcome {
        file: visible(file),
        title: visible(&script.title),
        verdict,
        times: (times, failed),
        rewritten: Vec::new(),
    }
}

/// How many servers run at a time unless said otherwise.
fn usual_jobs() -> usize {
    2 * thread::available_parallelism().map_or(1, usize::from)
}

/// Does this with several at a time and shows each result when those before it are shown.
fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    what: impl Fn(&T) -> R + Sync,
    show: impl Fn(&R),
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let (tell, told): (Vec<_>, Vec<_>) = items.iter().map(|_| mpsc::channel()).unzip();
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).zip(tell.get(index))
    };
    let job = || {
        while let Some((item, tell)) = take()
            && tell.send(what(item)).is_ok()
        {}
    };
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()).max(1) {
            scope.spawn(job);
        }
        let results = told.into_iter().map_while(|told| told.recv().ok());
        results.inspect(show).collect()
    })
}
