//! Pauses before the next attempt: each about twice the last, up to half a minute.
//!
//! Each is drawn from the upper half of its range, so that a class whose server restarts does not come back in
//! the same instant; drawing from the whole range would let some knock at once, again and again.

use std::time::Duration;

const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 30_000;

/// A growing sequence of pauses.
#[derive(Debug)]
pub(super) struct Pauses {
    seed: u64,
    longest_ms: u64,
}

impl Pauses {
    pub(super) fn new(seed: u64) -> Pauses {
        Pauses {
            seed,
            longest_ms: FIRST_MS,
        }
    }

    pub(super) fn begin_anew(&mut self) {
        self.longest_ms = FIRST_MS;
    }

    pub(super) fn next(&mut self) -> Duration {
        // Knuth's generator for MMIX, of whose bits the upper ones are the better.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005);
        self.seed = self.seed.wrapping_add(1_442_695_040_888_963_407);
        let half = self.longest_ms / 2;
        let pause = half + (self.seed >> 32) % (half + 1);
        self.longest_ms = (self.longest_ms * 2).min(LONGEST_MS);
        Duration::from_millis(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_within_their_range() {
        for seed in 0..100 {
            let mut pauses = Pauses::new(seed);
            for longest in [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
                let pause = pauses.next().as_millis();
                assert!((longest / 2..=longest).contains(&pause), "{pause}");
            }
            pauses.begin_anew();
            assert!(pauses.next().as_millis() <= 500);
        }
    }

    #[test]
    fn two_seeds_give_two_sequences() {
        let draw = |seed| {
            let mut pauses = Pauses::new(seed);
            [(); 8].map(|()| pauses.next())
        };
        assert_ne!(draw(1), draw(2));
        assert_eq!(draw(1), draw(1));
    }
}
