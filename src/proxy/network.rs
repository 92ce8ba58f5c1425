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
    /// The number of the cue that holds, and after how many more bytes it cuts.
    cue: u64,
    left: Option<u64>,
    /// When bytes have passed last, and how many at once.
    last: (Instant, u64),
}

/// As many bytes as there are.
const ALL: u64 = u64::MAX;
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
            left: None,
            last: (Instant::now(), 0),
        }
    }

    /// Waits until some of the next `count` bytes may pass, none being the end of the direction, and says how many in
    /// one piece; `None` if the first of them tears the connection away from who sends it.
    pub(super) fn leave(&mut self, count: usize) -> Option<usize> {
        let network = Arc::clone(&self.network);
        let mut said = network.said();
        loop {
            let concerns = |(.., cue): &&Said| cue.concerns(&self.who, self.direction);
            let Some((number, since, cue)) = said.iter().rev().find(concerns) else {
                return Some(count);
            };
            if self.cue != *number {
                (self.cue, self.left, self.last) = (*number, None, (*since, 0));
                if let What::CutsAfter(bytes) = cue.what {
                    self.left = Some(bytes);
                }
            }
            let (wait, most) = match cue.what {
                What::Resets => return None,
                What::Splits => (Duration::ZERO, 1),
                What::IsWhole | What::CutsAfter(_) => (Duration::ZERO, self.left.unwrap_or(ALL)),
                What::Stalls(time) => (time.saturating_sub(since.elapsed()), ALL),
                What::Passes(bytes) => {
                    let (last, passed) = self.last;
                    let time = Duration::from_micros(passed * 1_000_000 / bytes);
                    (time.saturating_sub(last.elapsed()), bytes / PIECES)
                }
            };
            if wait.is_zero() {
                return Some(usize::try_from(most).unwrap_or(count).min(count));
            }
            let waited = network.changed.wait_timeout(said, wait);
            said = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// So many of them have passed now. Whether the connection ends with them.
    pub(super) fn passed(&mut self, count: usize) -> bool {
        self.last = (Instant::now(), count as u64);
        let left = self.left.map(|left| left.saturating_sub(count as u64));
        self.left = left.filter(|left| *left > 0);
        left == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Cue, Direction, Duration, Flow, Instant, Network};

    #[test]
    fn so_many_bytes_pass_as_was_said_last() {
        let network = Arc::<Network>::default();
        let mut flow = Flow::of(&network, "anna", Direction::ToServer);
        let mut leave = |cue: &str, count| {
            if !cue.is_empty() {
                let words: Vec<&str> = cue.split(' ').collect();
                network.say(Cue::parse(&words).unwrap());
            }
            let passes = flow.leave(count)?;
            Some((passes, flow.passed(passes)))
        };
        let pass = |count| Some((count, false));
        assert_eq!(leave("", 9), pass(9));
        assert_eq!(leave("stalls of ben", 9), pass(9));
        assert_eq!(leave("splits every byte", 9), pass(1));
        assert_eq!(leave("cuts after 5 bytes to anna", 9), pass(1));
        assert_eq!(leave("cuts after 5 bytes of anna", 3), pass(3));
        assert_eq!(leave("", 9), Some((2, true)));
        assert_eq!(leave("", 9), pass(9));
        assert_eq!(leave("resets of anna", 9), None);
        assert_eq!(leave("is whole again of anna", 9), pass(9));
        let begun = Instant::now();
        assert_eq!(leave("passes 1 KB a second", 900), pass(50));
        assert_eq!(leave("", 20), pass(20));
        assert!(begun.elapsed() >= Duration::from_millis(50));
        assert_eq!(leave("stalls 30 ms", 900), pass(900));
        assert!(begun.elapsed() >= Duration::from_millis(80));
    }
}
