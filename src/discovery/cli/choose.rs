//! A chat on the network to join, before one is hosted here.
//!
//! All that were found are met at the same time, under one deadline: one after the other, a few that accept and are
//! silent would keep a person waiting for half a minute.

use super::{Found, ROUNDS_MS, find, row, targets};
use crate::cli::failure::Failure;
use crate::client::Address;
use crate::secure::prompt;
use std::io::{self, BufRead, Write};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Chats met, each by a thread; the others are listed.
const MET_MAX: usize = 32;
/// Time for all meetings together.
const MEETING: Duration = Duration::from_secs(2);

/// The one chat at this port that is proved, with its proof; else one that a person chooses from those found; `None`
/// to stay on this machine.
///
/// `meet` returns the connection on which a chat has proved a remembered key. It is given until when that counts: what
/// it returns later is dropped.
pub(crate) fn choose<T: Send + 'static>(
    port: u16,
    meet: impl Fn(&Found, Instant) -> Option<T> + Clone + Send + 'static,
) -> Result<Option<(Address, Option<T>)>, Failure> {
    // Somebody waits for it to end: two questions have to do. A search that fails stops nothing: then a chat is hosted.
    let search = find(port, &targets(), &ROUNDS_MS[..2], |_| false);
    let found = search.map_or_else(|_| Vec::new(), |search| search.found);
    if found.is_empty() {
        return Ok(None);
    }
    let deadline = Instant::now() + MEETING;
    let left = || deadline.saturating_duration_since(Instant::now());
    if let Some((address, proved)) = only_proved(&found, left, move |one| meet(one, deadline)) {
        return Ok(Some((address, Some(proved))));
    }
    let picked = pick(&found, &mut io::stdin().lock(), &mut io::stdout())?;
    Ok(picked.map(|address| (address, None)))
}

/// The chat that has proved its key in the time that is left; `None` where several have, for which of them is meant
/// only a person can say.
fn only_proved<T: Send + 'static>(
    found: &[Found],
    mut left: impl FnMut() -> Duration,
    meet: impl Fn(&Found) -> Option<T> + Clone + Send + 'static,
) -> Option<(Address, T)> {
    let (sender, proved) = mpsc::channel();
    for one in found.iter().take(MET_MAX) {
        let (one, sender, meet) = (one.clone(), sender.clone(), meet.clone());
        // A chat for which there is no thread is listed.
        let _ = thread::Builder::new().spawn(move || {
            if let Some(proof) = meet(&one) {
                let _ = sender.send((one.address(), proof));
            }
        });
    }
    // The channel ends with the last meeting.
    drop(sender);
    let first = proved.recv_timeout(left()).ok()?;
    proved.recv_timeout(left()).is_err().then_some(first)
}

/// Lets a person choose.
fn pick(
    found: &[Found],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Option<Address>, Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("cannot ask which chat: {error}"));
    let caption = "# chats on this network; that they are what they say is not proven";
    let shown = |(number, one): (usize, &Found)| format!("  {number} {}", row(one));
    let list: String = (1..).zip(found).map(shown).collect();
    write!(output, "{caption}\n{list}").map_err(failed)?;
    loop {
        let wanted = "which one? a number, or Enter to host one here: ";
        let line = prompt::line(input, output, wanted).map_err(failed)?;
        let line = line.ok_or_else(|| Failure::Failed("no chat was chosen".into()))?;
        if line.trim().is_empty() {
            return Ok(None);
        }
        // Zero is before the first, as what is no number.
        let number: usize = line.trim().parse().unwrap_or_default();
        if let Some(chosen) = found.get(number.wrapping_sub(1)) {
            return Ok(Some(chosen.address()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Longer than any test may take.
    const LONG: Duration = Duration::from_secs(60);

    /// Chats that never say a word.
    fn silent(count: u16) -> Vec<Found> {
        (1..=count).map(|port| found(port, "silent")).collect()
    }

    /// Whoever is at these ports proves a key at once; all others are waited for until the sender is dropped.
    fn meet<T: Clone>(
        proves: &'static [u16],
        proof: T,
    ) -> (
        mpsc::Sender<()>,
        impl Fn(&Found) -> Option<T> + Clone + use<T>,
    ) {
        let (silence, broken) = mpsc::channel();
        let broken = Arc::new(Mutex::new(broken));
        let meet = move |found: &Found| {
            if !proves.contains(&found.addresses[0].port()) {
                let _ = broken.lock().unwrap().recv();
            }
            Some(proof.clone())
        };
        (silence, meet)
    }

    /// The time that is left each time when it is asked; at last there is none.
    fn left<const N: usize>(times: [Duration; N]) -> impl FnMut() -> Duration {
        let mut times = times.into_iter();
        move || times.next().unwrap_or_default()
    }

    #[test]
    fn the_only_proved_is_chosen_however_many_are_silent() {
        let mut all = silent(8);
        all.insert(5, found(24255, "proved"));
        let (_silence, meet) = meet(&[24255], "proof");
        let (address, proof) = only_proved(&all, left([LONG]), meet).unwrap();
        assert_eq!(
            (address.to_string().as_str(), proof),
            ("127.0.0.1:24255", "proof")
        );
    }

    #[test]
    fn the_only_proved_is_chosen_before_the_time_is_up_where_nobody_is_silent() {
        let begun = Instant::now();
        let all = [found(1, "proved"), found(2, "other")];
        let meet = |found: &Found| (found.addresses[0].port() == 1).then_some(());
        assert!(only_proved(&all, left([LONG, LONG]), meet).is_some());
        assert!(only_proved(&all[1..], left([LONG]), meet).is_none());
        assert!(begun.elapsed() < LONG);
    }

    #[test]
    fn between_several_that_are_proved_a_person_chooses() {
        let mut all = silent(8);
        all.extend([found(24255, "proved"), found(24256, "proved")]);
        let (_silence, meet) = meet(&[24255, 24256], ());
        assert!(only_proved(&all, left([LONG, LONG]), meet).is_none());
    }

    #[test]
    fn a_proof_that_comes_too_late_is_dropped() {
        let (proof, dropped) = mpsc::channel::<()>();
        let (silence, meet) = meet(&[], proof);
        assert!(only_proved(&silent(8), left([]), meet).is_none());
        drop(silence);
        // Ends when the last of them is gone.
        assert!(
            dropped
                .recv_timeout(LONG)
                .is_err_and(|error| error == mpsc::RecvTimeoutError::Disconnected)
        );
    }

    #[test]
    fn a_flood_of_answers_is_met_in_part() {
        let all: Vec<Found> = (1..=64).map(|port| found(port, "flood")).collect();
        let (sender, met) = mpsc::channel();
        let meet = move |found: &Found| sender.send(found.addresses[0].port()).err().map(drop);
        assert!(only_proved(&all, left([LONG]), meet).is_none());
        assert_eq!(met.iter().count(), MET_MAX);
    }

    #[test]
    fn whom_to_join_is_chosen_by_a_person() {
        #[track_caller]
        fn check(typed: &str, expected: &str) {
            let all = [found(5, "class"), found(6, "class")];
            let picked = match pick(&all, &mut typed.as_bytes(), &mut Vec::new()) {
                Ok(picked) => picked.map_or("here".into(), |address| address.to_string()),
                Err(Failure::Usage(sentence) | Failure::Failed(sentence)) => sentence,
            };
            assert_eq!(picked, expected, "{typed:?}");
        }
        check("2\n", "127.0.0.1:6");
        check("0\n3\nx\n-1\n 1 \n", "127.0.0.1:5");
        check("\n", "here");
        check("", "no chat was chosen");
    }
}
