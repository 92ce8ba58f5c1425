//! Numbers modulo 2^255 - 19, the field of Curve25519: five limbs of 51 bits.
//!
//! A limb has 13 bits to spare, so additions and subtractions carry nothing, and a product of
//! two limbs, summed five times, fits 128 bits. Ten limbs of 25.5 bits would suit a machine
//! without a wide multiplication, and cost four times as many here.
//!
//! Bounds: what [`Field::times`] and the others that carry give is below 2^52 in every limb; a sum or
//! difference of two such is below 2^54; and that is what they take. In a debug build an
//! overflow would panic, and the tests run there.
//!
//! Constant time: nothing here branches on, or indexes by, a number's value.

const LIMB_BITS: u32 = 51;
const MASK: u64 = (1 << LIMB_BITS) - 1;

/// A number modulo 2^255 - 19, not always the least of its class.
#[derive(Clone, Copy)]
pub(super) struct Field([u64; 5]);

impl Field {
    pub(super) const ZERO: Self = Self([0; 5]);
    pub(super) const ONE: Self = Self([1, 0, 0, 0, 0]);

    /// From 32 bytes, the least first; the highest bit is ignored (RFC 7748, section 5), and a
    /// number that is not the least of its class is taken for what it is.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let (words, _) = bytes.as_chunks::<8>();
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| u64::from_le_bytes(words[at]));
        Self([
            a & MASK,
            (a >> 51 | b << 13) & MASK,
            (b >> 38 | c << 26) & MASK,
            (c >> 25 | d << 39) & MASK,
            (d >> 12) & MASK,
        ])
    }

    /// The least of its class, as 32 bytes.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut limbs = carried(self.0.map(u128::from)).0;
        // How often 2^255 - 19 is in it, which is 0 or 1: whether adding 19 reaches bit 255.
        let mut over = (limbs[0] + 19) >> LIMB_BITS;
        for limb in &limbs[1..] {
            over = (limb + over) >> LIMB_BITS;
        }
        let mut carry = 19 * over;
        for limb in &mut limbs {
            let sum = *limb + carry;
            *limb = sum & MASK;
            carry = sum >> LIMB_BITS;
        }
        let [a, b, c, d, e] = limbs;
        let words = [
            a | b << 51,
            b >> 13 | c << 38,
            c >> 26 | d << 25,
            d >> 39 | e << 12,
        ];
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        bytes
    }

    #[inline(always)]
    pub(super) fn plus(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }

    /// `self - other`, made positive by twice the modulus: `other` must be carried.
    #[inline(always)]
    pub(super) fn minus(&self, other: &Self) -> Self {
        const TWICE: [u64; 5] = [2 * (MASK - 18), 2 * MASK, 2 * MASK, 2 * MASK, 2 * MASK];
        Self(std::array::from_fn(|at| {
            self.0[at] + TWICE[at] - other.0[at]
        }))
    }

    #[inline(always)]
    pub(super) fn times(&self, other: &Self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let [b0, b1, b2, b3, b4] = other.0;
        // What lands on 2^255 and above comes back times 19.
        let [c1, c2, c3, c4] = [b1 * 19, b2 * 19, b3 * 19, b4 * 19];
        carried([
            mul(a0, b0) + mul(a1, c4) + mul(a2, c3) + mul(a3, c2) + mul(a4, c1),
            mul(a0, b1) + mul(a1, b0) + mul(a2, c4) + mul(a3, c3) + mul(a4, c2),
            mul(a0, b2) + mul(a1, b1) + mul(a2, b0) + mul(a3, c4) + mul(a4, c3),
            mul(a0, b3) + mul(a1, b2) + mul(a2, b1) + mul(a3, b0) + mul(a4, c4),
            mul(a0, b4) + mul(a1, b3) + mul(a2, b2) + mul(a3, b1) + mul(a4, b0),
        ])
    }

    #[inline(always)]
    pub(super) fn squared(&self) -> Self {
        let [a0, a1, a2, a3, a4] = self.0;
        let (d0, d1) = (2 * a0, 2 * a1);
        let (c3, c4) = (a3 * 19, a4 * 19);
        carried([
            mul(a0, a0) + mul(d1, c4) + mul(2 * a2, c3),
            mul(d0, a1) + mul(2 * a2, c4) + mul(a3, c3),
            mul(d0, a2) + mul(a1, a1) + mul(2 * a3, c4),
            mul(d0, a3) + mul(d1, a2) + mul(a4, c4),
            mul(d0, a4) + mul(d1, a3) + mul(a2, a2),
        ])
    }

    #[inline(always)]
    pub(super) fn times_small(&self, factor: u32) -> Self {
        carried(self.0.map(|limb| mul(limb, u64::from(factor))))
    }

    /// Its inverse, by Fermat: the power 2^255 - 21. Zero has none, and gives zero.
    pub(super) fn inverted(&self) -> Self {
        let to_2 = self.squared();
        let to_9 = to_2.squared_times(2).times(self);
        let to_11 = to_9.times(&to_2);
        // `ones(n)` is the power 2^n - 1.
        let ones_5 = to_11.squared().times(&to_9);
        let ones_10 = ones_5.squared_times(5).times(&ones_5);
        let ones_20 = ones_10.squared_times(10).times(&ones_10);
        let ones_40 = ones_20.squared_times(20).times(&ones_20);
        let ones_50 = ones_40.squared_times(10).times(&ones_10);
        let ones_100 = ones_50.squared_times(50).times(&ones_50);
        let ones_200 = ones_100.squared_times(100).times(&ones_100);
        let ones_250 = ones_200.squared_times(50).times(&ones_50);
        ones_250.squared_times(5).times(&to_11)
    }

    fn squared_times(&self, times: u32) -> Self {
        (0..times).fold(*self, |number, _| number.squared())
    }

    /// Exchanges the two if `choice` is 1, leaves them if it is 0, in the same time.
    #[inline(always)]
    pub(super) fn swap_if(choice: u64, left: &mut Self, right: &mut Self) {
        // Without the box the optimiser may see a mask of all or nothing and branch on it.
        let mask = std::hint::black_box(choice).wrapping_neg();
        for (left, right) in left.0.iter_mut().zip(&mut right.0) {
            let difference = mask & (*left ^ *right);
            *left ^= difference;
            *right ^= difference;
        }
    }
}

#[inline(always)]
fn mul(left: u64, right: u64) -> u128 {
    u128::from(left) * u128::from(right)
}

/// Carries every limb into the next, and the last, times 19, into the first.
#[inline(always)]
fn carried(sums: [u128; 5]) -> Field {
    let [s0, s1, s2, s3, s4] = sums;
    let s1 = s1 + (s0 >> LIMB_BITS);
    let s2 = s2 + (s1 >> LIMB_BITS);
    let s3 = s3 + (s2 >> LIMB_BITS);
    let s4 = s4 + (s3 >> LIMB_BITS);
    let first = u128::from(limb(s0)) + (s4 >> LIMB_BITS) * 19;
    let second = limb(s1) + whole(first >> LIMB_BITS);
    Field([limb(first), second, limb(s2), limb(s3), limb(s4)])
}

#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lowest 51 bits are what is asked for"
)]
fn limb(sum: u128) -> u64 {
    sum as u64 & MASK
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a carry is far below 2^64")]
fn whole(carry: u128) -> u64 {
    carry as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(low: u8) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[0] = low;
        bytes
    }

    /// 2^255 - 19 + `more`, which fits as long as `more` is below 19.
    fn modulus_and(more: u8) -> [u8; 32] {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + more;
        bytes[31] = 0x7f;
        bytes
    }

    #[test]
    fn every_class_has_one_least_number() {
        for small in 0..19 {
            let read = Field::from_bytes(&modulus_and(small));
            assert_eq!(read.to_bytes(), number(small));
        }
        let mut largest = modulus_and(0);
        largest[0] -= 1;
        assert_eq!(Field::from_bytes(&largest).to_bytes(), largest);
    }

    #[test]
    fn the_highest_bit_is_ignored() {
        let mut bytes = number(9);
        bytes[31] = 0x80;
        assert_eq!(Field::from_bytes(&bytes).to_bytes(), number(9));
    }

    #[test]
    fn the_laws_of_a_field_hold_at_its_edges() {
        let mut largest = modulus_and(0);
        largest[0] -= 1;
        let samples = [
            number(0),
            number(1),
            number(19),
            [0x55; 32],
            largest,
            [0xff; 32],
        ];
        for a in samples.map(|bytes| Field::from_bytes(&bytes)) {
            assert_eq!(a.squared().to_bytes(), a.times(&a).to_bytes());
            assert_eq!(a.minus(&a).to_bytes(), Field::ZERO.to_bytes());
            assert_eq!(a.times_small(3).to_bytes(), a.plus(&a).plus(&a).to_bytes());
            for b in samples.map(|bytes| Field::from_bytes(&bytes)) {
                assert_eq!(a.times(&b).to_bytes(), b.times(&a).to_bytes());
                let (sum, difference) = (a.plus(&b), a.minus(&b));
                assert_eq!(
                    sum.times(&difference).to_bytes(),
                    a.squared().minus(&b.squared()).to_bytes(),
                );
            }
        }
    }

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for bytes in [number(1), number(2), [0x77; 32], modulus_and(5)] {
            let number = Field::from_bytes(&bytes);
            assert_eq!(
                number.times(&number.inverted()).to_bytes(),
                Field::ONE.to_bytes()
            );
        }
        assert_eq!(Field::ZERO.inverted().to_bytes(), Field::ZERO.to_bytes());
    }

    #[test]
    fn numbers_change_places_only_when_told_to() {
        let (mut a, mut b) = (Field::ZERO, Field::ONE);
        Field::swap_if(0, &mut a, &mut b);
        assert_eq!((a.to_bytes(), b.to_bytes()), (number(0), number(1)));
        Field::swap_if(1, &mut a, &mut b);
        assert_eq!((a.to_bytes(), b.to_bytes()), (number(1), number(0)));
    }
}
