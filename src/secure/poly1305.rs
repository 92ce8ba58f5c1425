//! Poly1305 (RFC 8439, section 2.5): a one-time tag, as a polynomial over 2^130 - 5.
//!
//! The sum is held in two words of 64 bits and a small third; a block costs four wide
//! multiplications. Limbs of 26 or 44 bits, as most write it, need nine and more. Blocks come
//! whole: the construction above this one pads with zeros, so no partial block exists.
//!
//! Constant time: additions, multiplications and masks only; on the processors this is written
//! for a multiplication takes the same time for all operands.

/// Bytes of a block and of a tag.
pub(super) const BLOCK_BYTES: usize = 16;

/// A sum in progress, for one message under one key that is used for nothing else.
pub(super) struct Poly1305 {
    /// The point at which the polynomial is evaluated, clamped (RFC 8439, section 2.5): that
    /// leaves room for every carry below.
    r: [u64; 2],
    /// 5/4 of `r[1]`, whole because its two lowest bits are clear: what overflows 2^130 comes
    /// back five times.
    r1_folded: u64,
    sum: [u64; 3],
    pad: u128,
}

impl Poly1305 {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let (halves, _) = key.as_chunks::<16>();
        let r = u128::from_le_bytes(halves[0]) & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff;
        let r = [low(r), high(r)];
        Self {
            r,
            r1_folded: r[1] + (r[1] >> 2),
            sum: [0; 3],
            pad: u128::from_le_bytes(halves[1]),
        }
    }

    /// Takes bytes in, followed by as many zeros as fill the last block.
    pub(super) fn update_padded(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        for block in blocks {
            self.block(u128::from_le_bytes(*block), 1);
        }
        if !rest.is_empty() {
            let mut block = [0; BLOCK_BYTES];
            block[..rest.len()].copy_from_slice(rest);
            self.block(u128::from_le_bytes(block), 1);
        }
    }

    /// `sum = (sum + block) * r`, partly reduced: less than 2^130 + 2^68.
    #[inline(always)]
    fn block(&mut self, block: u128, top: u64) {
        let [h0, h1, h2] = self.sum;
        let [r0, r1] = self.r;
        let s1 = self.r1_folded;

        let t = wide(h0) + wide(low(block));
        let h0 = low(t);
        let t = wide(h1) + wide(high(block)) + wide(high(t));
        let h1 = low(t);
        let h2 = h2 + top + high(t);

        let d0 = wide(h0) * wide(r0) + wide(h1) * wide(s1);
        let d1 = wide(h0) * wide(r1) + wide(h1) * wide(r0) + wide(h2 * s1) + wide(high(d0));
        let d2 = h2 * r0 + high(d1);

        // What stands above bit 130, times five: once as it is, and four times.
        let back = (d2 >> 2) + (d2 & !3);
        let t = wide(low(d0)) + wide(back);
        let h0 = low(t);
        let t = wide(low(d1)) + wide(high(t));
        self.sum = [h0, low(t), (d2 & 3) + high(t)];
    }

    /// The tag.
    pub(super) fn finish(self) -> [u8; BLOCK_BYTES] {
        let [h0, h1, h2] = self.sum;
        // The sum is below twice the modulus. Whether the modulus is in it shows in bit 130
        // once 5 is added; taking it out adds 5 to the 128 bits that count.
        let t = wide(h0) + 5;
        let t = wide(h1) + wide(high(t));
        let over = (h2 + high(t)) >> 2;
        let least = (wide(h1) << 64 | wide(h0)).wrapping_add(5 * wide(over));
        least.wrapping_add(self.pad).to_le_bytes()
    }
}

fn wide(word: u64) -> u128 {
    u128::from(word)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is asked for"
)]
fn low(word: u128) -> u64 {
    word as u64
}

fn high(word: u128) -> u64 {
    (word >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::hex;

    /// RFC 8439 by itself ends a message that fills no block with a one bit; the construction
    /// that uses it never does, so only the vectors need this.
    fn tag(key: &[u8; 32], message: &[u8]) -> [u8; 16] {
        let mut poly = Poly1305::new(key);
        let (blocks, rest) = message.as_chunks::<BLOCK_BYTES>();
        poly.update_padded(blocks.as_flattened());
        if !rest.is_empty() {
            let mut block = [0; BLOCK_BYTES];
            block[..rest.len()].copy_from_slice(rest);
            block[rest.len()] = 1;
            poly.block(u128::from_le_bytes(block), 0);
        }
        poly.finish()
    }

    #[track_caller]
    fn check(key: &str, message: &[u8], expected: &str) {
        assert_eq!(tag(&hex::fixed(key), message), hex::fixed(expected));
    }

    #[test]
    fn the_tag_of_rfc_8439_section_2_5_2() {
        check(
            "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
            b"Cryptographic Forum Research Group",
            "a8061dc1305136c6c22b8baf0c0127a9",
        );
    }

    /// RFC 8439, appendix A.3, numbers 7 to 11: sums about 2^130 - 5 and 2^128.
    #[test]
    fn sums_that_just_reach_the_modulus_are_reduced() {
        let r = |digits: &str| format!("{digits}{}", "00".repeat(32 - digits.len() / 2));
        let ff = "ff".repeat(16);
        check(
            &r("02"),
            &hex::bytes(&ff),
            "03000000000000000000000000000000",
        );
        check(
            &format!("{}{ff}", r("02").get(..32).unwrap()),
            &hex::bytes("02000000000000000000000000000000"),
            "03000000000000000000000000000000",
        );
        check(
            &r("01"),
            &hex::bytes(&format!("{ff}f0{}11{}", "ff".repeat(15), "00".repeat(15))),
            "05000000000000000000000000000000",
        );
        check(
            &r("01"),
            &hex::bytes(&format!("{ff}fb{}{}", "fe".repeat(15), "01".repeat(16))),
            "00000000000000000000000000000000",
        );
        check(
            &r("02"),
            &hex::bytes(&format!("fd{}", "ff".repeat(15))),
            "faffffffffffffffffffffffffffffff",
        );
        check(
            &r("0100000000000000040000"),
            &hex::bytes(
                "e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000000000000000000000000000000000001000000000000000000000000000000",
            ),
            "14000000000000005500000000000000",
        );
    }
}
