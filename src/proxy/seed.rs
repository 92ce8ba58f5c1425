//! A small generator of numbers that are the same for the same seed, everywhere.
//!
//! It is splitmix64 (Steele, Lea and Flood, 2014): one addition and a mixing of bits, every
//! seed good, zero too. It drives disturbances and choices, never secrets: whoever sees two
//! numbers knows all that follow. The standard library's hasher would have been at hand, but
//! its numbers are promised to nobody and may change with the compiler.

/// A generator, started by a seed. Copies of it go on alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The generator of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Seed {
        Seed(seed)
    }

    /// A generator of its own for a thing with this name, so that what is drawn for one thing
    /// does not depend on how much was drawn for another.
    #[must_use]
    pub fn fork(self, name: &str) -> Seed {
        let mut forked = self;
        for byte in name.bytes() {
            forked.0 ^= u64::from(byte);
            forked.0 = forked.draw();
        }
        forked
    }

    /// The next number, any of 2^64.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `limit`, 0 where the limit is 0. The lean of a remainder is of
    /// no matter here: limits are small.
    pub const fn below(&mut self, limit: u64) -> u64 {
        match limit {
            0 => 0,
            _ => self.draw() % limit,
        }
    }

    /// One of these, `None` of an empty list.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut seed = Seed::new(0);
        assert_eq!(seed.draw(), 0xe220_a839_7b1d_cdaf);
        let mut seed = Seed::new(1_234_567);
        assert_eq!(
            [seed.draw(), seed.draw(), seed.draw()],
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn forks_of_other_names_draw_other_numbers() {
        let seed = Seed::new(7);
        assert_eq!(seed.fork("anna").draw(), seed.fork("anna").draw());
        assert_ne!(seed.fork("anna").draw(), seed.fork("anne").draw());
        assert_ne!(seed.fork("ab").draw(), seed.fork("ba").draw());
    }

    #[test]
    fn what_is_drawn_below_a_limit_stays_below_it() {
        let mut seed = Seed::new(1);
        assert_eq!(seed.below(0), 0);
        assert!((0..1000).all(|_| seed.below(3) < 3));
        assert_eq!(seed.pick::<u8>(&[]), None);
    }
}
