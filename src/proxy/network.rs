//! What the network does now to whose bytes: said at any time, from any thread.

use super::cue::{Cue, What};
use super::plan::Direction;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All that was said and still holds: the last that concerns a byte.
#[derive(Debug, Default)]
pub struct Network {
    said: Mutex<Vec<Said>>,
    changed: Condvar,
}

/// With its number, and when it was said.
type Said = (u64, Instant, Cue);

/// How far the bytes of a direction have come under a cue.
#[derive(Debug, Default)]
pub(super) struct Progress {
    cue: u64,
    passed: u64,
    /// When more may pass, where that is slow.
    due: Option<Instant>,
}

/// What is to be done with bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// So many may pass, in one piece.
    Pass(usize),
    /// The same, and then the connection ends.
    Last(usize),
    /// None ever will.
    Lose,
}

/// In how many pieces the bytes of a second pass.
const PIECES: u64 = 20;

impl Network {
    /// From now on this holds.
    pub fn say(&self, cue: Cue) {
        let mut said = self.said();
        let number = said.last().map_or(1, |(number, ..)| number + 1);
        // What is said of everybody ends what was said before.
        said.retain(|(_, _, before)| {
            let ends = cue.direction.is_none() || before.direction == cue.direction;
            cue.whom.is_some() && !(before.whom == cue.whom && ends)
        });
        said.push((number, Instant::now(), cue));
        self.changed.notify_all();
    }

    fn said(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the next byte tears the connection away from who sends it.
    pub(super) fn resets(&self, who: &str, direction: Direction) -> bool {
        let said = self.said();
        latest(&said, who, direction).is_some_and(|(.., cue)| cue.what == What::Resets)
    }

    /// Waits until some of `count` bytes may pass; none are the end of a direction.
    pub(super) fn leave(
        &self,
        who: &str,
        direction: Direction,
        count: usize,
        progress: &mut Progress,
    ) -> Leave {
        let mut said = self.said();
        loop {
            let Some((number, since, cue)) = latest(&said, who, direction) else {
                return Leave::Pass(count);
            };
            if progress.cue != *number {
                *progress = Progress {
                    cue: *number,
                    ..Progress::default()
                };
            }
            let now = Instant::now();
            let left = match cue.what {
                What::IsWhole => return Leave::Pass(count),
                What::Resets => return Leave::Lose,
                What::Splits => return Leave::Pass(count.min(1)),
                What::CutsAfter(most) => return progress.pass_of(count, most),
                What::Stalls(time) => time.saturating_sub(now.saturating_duration_since(*since)),
                What::Passes(_) => progress
                    .due
                    .map_or(Duration::ZERO, |due| due.saturating_duration_since(now)),
            };
            if left.is_zero() {
                let What::Passes(bytes) = cue.what else {
                    return Leave::Pass(count);
                };
                let piece = (bytes / PIECES).max(1).min(count as u64);
                progress.due = Some(now + Duration::from_micros(piece * 1_000_000 / bytes));
                return Leave::Pass(usize::try_from(piece).unwrap_or(count));
            }
            let waited = self.changed.wait_timeout(said, left);
            said = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What holds for these bytes.
fn latest<'a>(said: &'a [Said], who: &str, direction: Direction) -> Option<&'a Said> {
    let mut latest = said.iter().rev();
    latest.find(|(.., cue)| cue.concerns(who, direction))
}

impl Progress {
    fn pass_of(&mut self, count: usize, most: u64) -> Leave {
        let left = usize::try_from(most.saturating_sub(self.passed)).unwrap_or(usize::MAX);
        self.passed += count.min(left) as u64;
        match count >= left {
            true => Leave::Last(left),
            false => Leave::Pass(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cue, Direction, Duration, Instant, Leave, Network, Progress};

    #[test]
    fn so_many_bytes_pass_as_was_said_last() {
        let (network, mut progress) = (Network::default(), Progress::default());
        let mut leave = |cue: &str, count| {
            if !cue.is_empty() {
                let words: Vec<&str> = cue.split(' ').collect();
                network.say(Cue::parse(&words).unwrap());
            }
            network.leave("anna", Direction::ToServer, count, &mut progress)
        };
        assert_eq!(leave("", 9), Leave::Pass(9));
        assert_eq!(leave("stalls of ben", 9), Leave::Pass(9));
        assert_eq!(leave("splits every byte", 9), Leave::Pass(1));
        assert_eq!(leave("cuts after 5 bytes to anna", 9), Leave::Pass(1));
        assert_eq!(leave("cuts after 5 bytes of anna", 3), Leave::Pass(3));
        assert_eq!(leave("", 9), Leave::Last(2));
        assert_eq!(leave("resets of anna", 9), Leave::Lose);
        assert_eq!(leave("is whole again of anna", 9), Leave::Pass(9));
        let begun = Instant::now();
        assert_eq!(leave("passes 1 KB a second", 900), Leave::Pass(50));
        assert_eq!(leave("", 20), Leave::Pass(20));
        assert!(begun.elapsed() >= Duration::from_millis(50));
        assert_eq!(leave("stalls 30 ms", 900), Leave::Pass(900));
        assert!(begun.elapsed() >= Duration::from_millis(80));
    }
}
