//! What the network does now to whose bytes: said at any time, from any thread.

use super::cue::{Cue, What};
use super::plan::Direction;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All that was said and still holds: the last that concerns a byte.
#[derive(Debug, Default)]
pub struct Network {
    said: Mutex<Vec<Said>>,
    changed: Condvar,
}

/// With its number, and when it was said.
type Said = (u64, Instant, Cue);

/// One direction of a connection over this network.
#[derive(Debug)]
pub(super) struct Flow {
    network: Arc<Network>,
    /// Who has that connection, as a cue names them.
    who: String,
    pub(super) direction: Direction,
    /// The number of the cue that holds, and how many bytes have passed under it.
    cue: u64,
    passed: u64,
    /// When more may pass, where that is slow.
    due: Instant,
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
}

impl Flow {
    pub(super) fn of(network: &Arc<Network>, who: &str, direction: Direction) -> Flow {
        Flow {
            network: Arc::clone(network),
            who: who.to_owned(),
            direction,
            cue: 0,
            passed: 0,
            due: Instant::now(),
        }
    }

    /// Whether the next byte tears the connection away from who sends it.
    pub(super) fn resets(&self) -> bool {
        let said = self.network.said();
        self.latest(&said)
            .is_some_and(|(.., cue)| cue.what == What::Resets)
    }

    /// Waits until some of `count` bytes may pass; none are the end of a direction.
    pub(super) fn leave(&mut self, count: usize) -> Leave {
        let network = Arc::clone(&self.network);
        let mut said = network.said();
        loop {
            let Some((number, since, cue)) = self.latest(&said) else {
                return Leave::Pass(count);
            };
            let now = Instant::now();
            if self.cue != *number {
                (self.cue, self.passed, self.due) = (*number, 0, now);
            }
            let left = match cue.what {
                What::IsWhole => return Leave::Pass(count),
                What::Resets => return Leave::Lose,
                What::Splits => return Leave::Pass(count.min(1)),
                What::CutsAfter(most) => return self.pass_of(count, most),
                What::Stalls(time) => time.saturating_sub(now.saturating_duration_since(*since)),
                What::Passes(_) => self.due.saturating_duration_since(now),
            };
            if left.is_zero() {
                let What::Passes(bytes) = cue.what else {
                    return Leave::Pass(count);
                };
                let piece = (bytes / PIECES).max(1).min(count as u64);
                self.due = now + Duration::from_micros(piece * 1_000_000 / bytes);
                return Leave::Pass(usize::try_from(piece).unwrap_or(count));
            }
            let waited = network.changed.wait_timeout(said, left);
            said = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What holds for these bytes.
    fn latest<'a>(&self, said: &'a [Said]) -> Option<&'a Said> {
        let mut latest = said.iter().rev();
        latest.find(|(.., cue)| cue.concerns(&self.who, self.direction))
    }

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
    use super::{Arc, Cue, Direction, Duration, Flow, Instant, Leave, Network};

    #[test]
    fn so_many_bytes_pass_as_was_said_last() {
        let network = Arc::<Network>::default();
        let mut flow = Flow::of(&network, "anna", Direction::ToServer);
        let mut leave = |cue: &str, count| {
            if !cue.is_empty() {
                let words: Vec<&str> = cue.split(' ').collect();
                network.say(Cue::parse(&words).unwrap());
            }
            flow.leave(count)
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
