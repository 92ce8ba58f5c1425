//! BLAKE2s-256 (RFC 7693), unkeyed, with the HMAC and HKDF that Noise builds on it.
//!
//! A hash takes its input as parts, because every use here is a label and one or two values
//! side by side: no streaming state that could be left unfinished, no buffer to join them in.
//! BLAKE2's own keyed mode would make HMAC look needless; Noise asks for HMAC over whatever
//! hash it is given, so that is what stands here.
//!
//! Nothing branches on, or indexes by, the bytes hashed; only their number is seen.

/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;

/// The first words of the fractional parts of the square roots of the first eight primes.
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Which word of the message each step of each round takes (RFC 7693, section 2.7).
const ORDER: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Fan-out 1, depth 1, no key, 32 bytes of digest (RFC 7693, section 2.5).
const UNKEYED_256: u32 = 0x0101_0020;

/// The hash of all parts, one after the other.
#[must_use]
pub fn hash(parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    digest(UNKEYED_256, parts)
}

/// HMAC (RFC 2104) over this hash; the key is one of its digests, so never longer than a block.
#[must_use]
pub fn hmac(key: &[u8; HASH_BYTES], parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let padded = |with: u8| {
        let mut block = [with; BLOCK_BYTES];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let pad = padded(0x36);
    let mut inner: Vec<&[u8]> = vec![&pad];
    inner.extend_from_slice(parts);
    hash(&[&padded(0x5c), &hash(&inner)])
}

/// Noise's HKDF (its specification, section 4.3): as many outputs as the caller names, which
/// is two or three.
#[must_use]
pub fn hkdf<const N: usize>(
    chaining_key: &[u8; HASH_BYTES],
    material: &[u8],
) -> [[u8; HASH_BYTES]; N] {
    let key = hmac(chaining_key, &[material]);
    let mut outputs = [[0; HASH_BYTES]; N];
    let mut before: &[u8] = &[];
    for (number, output) in (1u8..).zip(&mut outputs) {
        *output = hmac(&key, &[before, &[number]]);
        before = output;
    }
    outputs
}

fn digest(parameters: u32, parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let mut state = START;
    state[0] ^= parameters;
    let mut block = [0u8; BLOCK_BYTES];
    let mut filled = 0;
    let mut total = 0u64;
    for byte_run in parts {
        let mut rest = *byte_run;
        while !rest.is_empty() {
            // A full block waits for the next byte: the last one is compressed otherwise.
            if filled == BLOCK_BYTES {
                compress(&mut state, &block, total, Last::No);
                filled = 0;
            }
            let (now, later) = rest.split_at(rest.len().min(BLOCK_BYTES - filled));
            block[filled..filled + now.len()].copy_from_slice(now);
            filled += now.len();
            total += now.len() as u64;
            rest = later;
        }
    }
    block[filled..].fill(0);
    compress(&mut state, &block, total, Last::Yes);
    let mut out = [0; HASH_BYTES];
    for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    No,
    Yes,
}

fn compress(state: &mut [u32; 8], block: &[u8; BLOCK_BYTES], total: u64, last: Last) {
    let mut message = [0u32; 16];
    for (word, bytes) in message.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let mut v = [0u32; 16];
    v[..8].copy_from_slice(state);
    v[8..].copy_from_slice(&START);
    let [t0, t1, t2, t3, t4, t5, t6, t7] = total.to_le_bytes();
    v[12] ^= u32::from_le_bytes([t0, t1, t2, t3]);
    v[13] ^= u32::from_le_bytes([t4, t5, t6, t7]);
    if last == Last::Yes {
        v[14] = !v[14];
    }
    for order in &ORDER {
        let word = |at: usize| message[order[at]];
        mix(&mut v, [0, 4, 8, 12], word(0), word(1));
        mix(&mut v, [1, 5, 9, 13], word(2), word(3));
        mix(&mut v, [2, 6, 10, 14], word(4), word(5));
        mix(&mut v, [3, 7, 11, 15], word(6), word(7));
        mix(&mut v, [0, 5, 10, 15], word(8), word(9));
        mix(&mut v, [1, 6, 11, 12], word(10), word(11));
        mix(&mut v, [2, 7, 8, 13], word(12), word(13));
        mix(&mut v, [3, 4, 9, 14], word(14), word(15));
    }
    for at in 0..8 {
        state[at] ^= v[at] ^ v[at + 8];
    }
}

#[inline(always)]
fn mix(v: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(12);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(8);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(7);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::hex;

    #[test]
    fn abc_hashes_as_in_rfc_7693_appendix_b() {
        assert_eq!(
            hash(&[b"abc"]),
            hex::fixed("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982")
        );
    }

    /// RFC 7693, appendix E: a hash over hashes of many lengths, keyed and not.
    #[test]
    fn the_self_test_of_rfc_7693_appendix_e_passes() {
        fn sequence(length: usize, seed: u32) -> Vec<u8> {
            let mut a = 0xDEAD_4BADu32.wrapping_mul(seed);
            let mut b = 1u32;
            (0..length)
                .map(|_| {
                    let t = a.wrapping_add(b);
                    (a, b) = (b, t);
                    t.to_be_bytes()[0]
                })
                .collect()
        }
        let mut all = Vec::new();
        for out in [16u8, 20, 28, 32] {
            for length in [0usize, 3, 64, 65, 255, 1024] {
                let (out_len, seed) = (usize::from(out), u32::try_from(length).unwrap());
                let input = sequence(length, seed);
                let plain = digest(0x0101_0000 | u32::from(out), &[&input]);
                all.extend_from_slice(&plain[..out_len]);
                let mut key = sequence(out_len, u32::from(out));
                key.resize(BLOCK_BYTES, 0);
                let parameters = 0x0101_0000 | u32::from(out) << 8 | u32::from(out);
                all.extend_from_slice(&digest(parameters, &[&key, &input])[..out_len]);
            }
        }
        assert_eq!(
            hash(&[&all]),
            hex::fixed("6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe")
        );
    }

    #[test]
    fn parts_hash_as_their_whole_wherever_they_are_cut() {
        let whole: Vec<u8> = (0..=200).collect();
        let expected = hash(&[&whole]);
        for cut in 0..=whole.len() {
            let (front, back) = whole.split_at(cut);
            assert_eq!(hash(&[front, &[], back]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn hmac_and_hkdf_give_what_another_implementation_gave() {
        // Python: hmac.new(key, message, hashlib.blake2s).
        let key: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(
            hmac(&key, &[b"chalk", b"talk"]),
            hex::fixed("ac44f64fa7a68fc10599cafc121b0593f2b07c10935cce8bbad667b2eac1b59d")
        );
        let [first, second, third] = hkdf::<3>(&key, b"material");
        assert_eq!(hkdf::<2>(&key, b"material"), [first, second]);
        assert_eq!(
            third,
            hex::fixed("fa763d076cae56b147dba40e932747422511ebe0aba8ae69a768c604483bc6b5")
        );
    }
}
