//! X25519 (RFC 7748): two sides, each with a private and the other's public key, compute the
//! same secret.
//!
//! A Montgomery ladder: every bit of the private key costs the same additions, multiplications
//! and one exchange under a mask. A table of multiples of the base point would make public keys
//! three times as fast, and is looked up by secret digits; here a server makes one for
//! each member that joins, so it is not worth its rules.
//!
//! Constant time: the only branches are on the bit's number and, after everything is computed,
//! on whether the result is zero, which the peer chose and learns. What safe Rust cannot
//! promise: that the optimiser keeps it so (the timing test looks), and that copies of keys in
//! memory and registers are wiped. Nothing here tries to wipe them.

use super::field::Field;

/// Bytes of a key of either kind, and of a shared secret.
pub const KEY_BYTES: usize = 32;

/// (486662 - 2) / 4, from the curve's equation.
const A24: u32 = 121_665;

/// The half of a pair that never leaves its owner. It has no `Debug`: nothing prints it.
#[derive(Clone)]
pub struct PrivateKey([u8; KEY_BYTES]);

/// The half of a pair that everybody may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl PrivateKey {
    /// Any 32 bytes are a private key; they must be random, and nobody else's.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes it was made of, for the key file.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; KEY_BYTES] {
        self.0
    }

    /// The public key that goes with it.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut base = [0; KEY_BYTES];
        base[0] = 9;
        PublicKey(scalar_multiplication(&self.0, &base))
    }

    /// The secret shared with the owner of `public`; `None` where it is all zeros, because the
    /// peer sent a point of low order (RFC 7748, section 6.1). Any other 32 bytes are taken for
    /// a key, also those that are not the least of their class.
    #[must_use]
    pub fn shared(&self, public: &PublicKey) -> Option<[u8; KEY_BYTES]> {
        let shared = scalar_multiplication(&self.0, &public.0);
        let any = shared.iter().fold(0, |found, byte| found | byte);
        (any != 0).then_some(shared)
    }
}

impl PublicKey {
    /// As a peer sent it; whether it is a good one shows when it is used.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

/// The function X25519 of RFC 7748, section 5, in its names.
fn scalar_multiplication(private: &[u8; KEY_BYTES], point: &[u8; KEY_BYTES]) -> [u8; KEY_BYTES] {
    let mut scalar = *private;
    scalar[0] &= 248;
    scalar[31] &= 127;
    scalar[31] |= 64;

    let x1 = Field::from_bytes(point);
    let (mut x2, mut z2) = (Field::ONE, Field::ZERO);
    let (mut x3, mut z3) = (x1, Field::ONE);
    let mut swapped = 0;
    for at in (0..255).rev() {
        let bit = u64::from(scalar[at / 8] >> (at % 8) & 1);
        // Exchanging by the difference of two bits saves exchanging back.
        Field::swap_if(swapped ^ bit, &mut x2, &mut x3);
        Field::swap_if(swapped ^ bit, &mut z2, &mut z3);
        swapped = bit;

        let a = x2.plus(&z2);
        let b = x2.minus(&z2);
        let da = x3.minus(&z3).times(&a);
        let cb = x3.plus(&z3).times(&b);
        let (aa, bb) = (a.squared(), b.squared());
        let e = aa.minus(&bb);
        x3 = da.plus(&cb).squared();
        z3 = da.minus(&cb).squared().times(&x1);
        x2 = aa.times(&bb);
        z2 = aa.plus(&e.times_small(A24)).times(&e);
    }
    Field::swap_if(swapped, &mut x2, &mut x3);
    Field::swap_if(swapped, &mut z2, &mut z3);
    x2.times(&z2.inverted()).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::hex;

    fn private(digits: &str) -> PrivateKey {
        PrivateKey::from_bytes(hex::fixed(digits))
    }

    fn public(digits: &str) -> PublicKey {
        PublicKey::from_bytes(hex::fixed(digits))
    }

    #[track_caller]
    fn check(scalar: &str, point: &str, expected: &str) {
        assert_eq!(
            private(scalar).shared(&public(point)),
            Some(hex::fixed(expected))
        );
    }

    #[test]
    fn the_two_products_of_rfc_7748_section_5_2() {
        check(
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        );
        check(
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        );
    }

    #[test]
    fn a_thousand_products_of_rfc_7748_section_5_2() {
        let mut base = [0; 32];
        base[0] = 9;
        let (mut scalar, mut point) = (base, base);
        for round in 1..=1000 {
            let product = scalar_multiplication(&scalar, &point);
            (scalar, point) = (product, scalar);
            if round == 1 {
                let once = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
                assert_eq!(scalar, hex::fixed(once));
            }
        }
        let after = "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51";
        assert_eq!(scalar, hex::fixed(after));
    }

    #[test]
    fn the_exchange_of_rfc_7748_section_6_1() {
        let alice = private("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = private("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let (alices, bobs) = (alice.public(), bob.public());
        let public_a = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        let public_b = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        assert_eq!((alices, bobs), (public(public_a), public(public_b)));
        let secret = hex::fixed("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!(alice.shared(&bobs), Some(secret));
        assert_eq!(bob.shared(&alices), Some(secret));
    }

    /// The points of small order, each in every spelling that 32 bytes allow without the
    /// highest bit: 0, 1, two of order eight, -1, and those plus the modulus.
    #[test]
    fn a_point_of_low_order_shares_nothing() {
        let key = PrivateKey::from_bytes([0x42; 32]);
        for point in [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ] {
            assert_eq!(key.shared(&public(point)), None, "{point}");
            let mut high: [u8; 32] = hex::fixed(point);
            high[31] |= 0x80;
            assert_eq!(key.shared(&PublicKey::from_bytes(high)), None, "{point}");
        }
    }
}
