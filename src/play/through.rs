//! Trouble between everybody and the server: which, the seed decides.

use crate::proxy::plan::Trouble::{self, Cut, Delay, HalfClose, Merge, Split, Stall};
use crate::proxy::plan::{Plan, plans};
use crate::proxy::seed::Seed;
use std::fmt;

/// The kinds of trouble a seed picks one of for a transcript. Pauses are short, so that many
/// runs are quick and no deadline runs out.
const KINDS: [&[Trouble]; 9] = [
    &[Split],
    &[Merge],
    &[Delay(3)],
    &[Stall],
    &[Split, Merge],
    &[Split, Merge, Delay(3), Stall],
    &[Cut],
    &[HalfClose],
    &[Split, Delay(3), Cut],
];

/// What is done to the connections of one transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disturbance {
    number: u64,
    seed: Seed,
    troubles: &'static [Trouble],
}

impl Disturbance {
    /// What this seed does to the transcript of this file, whatever else is played with it. Only
    /// the last part of the path counts, so that it is the same from any folder.
    #[must_use]
    pub fn of(number: u64, file: &str) -> Disturbance {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let mut seed = Seed::new(number).fork(name);
        let troubles = seed.pick(&KINDS).copied().unwrap_or_default();
        Disturbance {
            number,
            seed,
            troubles,
        }
    }

    /// What it does to somebody's connection, whoever else comes and when: to the one before which there were so many.
    pub(crate) fn plans(&self, who: &str, before: usize) -> [Plan; 2] {
        plans(self.seed.fork(&format!("{who} {before}")), self.troubles)
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--seed {}:", self.number)?;
        let mut troubles = self.troubles.iter();
        troubles.try_for_each(|trouble| write!(f, " {trouble}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Disturbance, KINDS, Trouble};

    #[test]
    fn a_seed_picks_the_same_kind_for_the_same_file_in_any_folder() {
        assert_eq!(Disturbance::of(7, "a/b.chat"), Disturbance::of(7, "b.chat"));
        assert_ne!(
            Disturbance::of(7, "b.chat").seed,
            Disturbance::of(8, "b.chat").seed
        );
    }

    #[test]
    fn every_kind_is_picked_sooner_or_later() {
        let picked = |kind: &&[Trouble]| {
            (0..200).any(|seed| Disturbance::of(seed, "a.chat").troubles == *kind)
        };
        assert!(KINDS.iter().all(picked));
        let shown = Disturbance::of(0, "a.chat").to_string();
        assert!(shown.starts_with("--seed 0: --"), "{shown}");
    }
}
