//! ChaCha20-Poly1305 (RFC 8439, section 2.8): seals bytes under a key and a number used once.
//!
//! Both directions work in place. Opening checks the tag first and leaves the bytes as they
//! came when it is wrong: nobody can ask for plain text that nobody vouches for.
//!
//! The first four blocks are computed together. One of them keys the tag, the other three seal
//! the first 192 bytes, so that a line of a chat costs a single pass.
//!
//! The tag's comparison must not tell how much of a guess was right: [`same`] looks at all of
//! it, whatever it finds. Safe Rust cannot forbid the optimiser to find a shorter way; the
//! timing test among the benches looks for one.

use super::chacha20::{BLOCK_BYTES, ChaCha20, LANES};
use super::poly1305::Poly1305;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 12;
/// Bytes of a tag: what sealing adds.
pub const TAG_BYTES: usize = 16;

/// Bytes that the pass which keys the tag seals along with it.
const FIRST_BYTES: usize = BLOCK_BYTES * (LANES - 1);

/// What came is not what was sealed under this key, nonce and additional data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadTag;

/// Seals `text` in place and gives its tag. A nonce must not be used twice under one key.
///
/// `text` is shorter than 2^32 blocks of 64 bytes; a frame has 16 KiB.
#[must_use = "without its tag nothing sealed can be opened"]
pub fn seal(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    additional: &[u8],
    text: &mut [u8],
) -> [u8; TAG_BYTES] {
    let cipher = ChaCha20::new(key, nonce);
    let first = cipher.blocks(0);
    apply(&cipher, &first, text);
    tag(&first, additional, text)
}

/// Opens `text` in place.
///
/// # Errors
/// [`BadTag`] if anything differs from what was sealed; `text` is then as it was.
pub fn open(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    additional: &[u8],
    text: &mut [u8],
    expected: &[u8; TAG_BYTES],
) -> Result<(), BadTag> {
    let cipher = ChaCha20::new(key, nonce);
    let first = cipher.blocks(0);
    if !same(&tag(&first, additional, text), expected) {
        return Err(BadTag);
    }
    apply(&cipher, &first, text);
    Ok(())
}

/// Whether two values are equal, looking at every byte: the OR of all XORs.
#[must_use]
pub fn same<const N: usize>(left: &[u8; N], right: &[u8; N]) -> bool {
    let difference = left
        .iter()
        .zip(right)
        .fold(0, |found, (left, right)| found | left ^ right);
    std::hint::black_box(difference) == 0
}

/// XORs the key stream from block 1 on over the text.
fn apply(cipher: &ChaCha20, first: &[[u8; BLOCK_BYTES]; LANES], text: &mut [u8]) {
    let (start, rest) = text.split_at_mut(text.len().min(FIRST_BYTES));
    xor(start, first[1..].as_flattened());
    let counters = (4u32..).step_by(LANES);
    for (counter, run) in counters.zip(rest.chunks_mut(BLOCK_BYTES * LANES)) {
        xor(run, cipher.blocks(counter).as_flattened());
    }
}

fn xor(text: &mut [u8], stream: &[u8]) {
    for (byte, key) in text.iter_mut().zip(stream) {
        *byte ^= key;
    }
}

fn tag(first: &[[u8; BLOCK_BYTES]; LANES], additional: &[u8], sealed: &[u8]) -> [u8; TAG_BYTES] {
    let (halves, _) = first[0].as_chunks::<KEY_BYTES>();
    let mut poly = Poly1305::new(&halves[0]);
    poly.update_padded(additional);
    poly.update_padded(sealed);
    let lengths = [additional.len() as u64, sealed.len() as u64];
    poly.update_padded(lengths.map(u64::to_le_bytes).as_flattened());
    poly.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::hex;

    #[test]
    fn the_example_of_rfc_8439_section_2_8_2() {
        let key = std::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap());
        let nonce = hex::fixed("070000004041424344454647");
        let additional = hex::bytes("50515253c0c1c2c3c4c5c6c7");
        let plain = b"Ladies and Gentlemen of the class of '99: \
            If I could offer you only one tip for the future, sunscreen would be it.";
        let mut text = plain.to_vec();
        let tag = seal(&key, &nonce, &additional, &mut text);
        assert_eq!(
            text,
            hex::bytes(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
                 3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
                 92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
                 3ff4def08e4b7a9de576d26586cec64b6116"
            )
        );
        assert_eq!(tag, hex::fixed("1ae10b594f09e26a7e902ecbd0600691"));
        assert_eq!(open(&key, &nonce, &additional, &mut text, &tag), Ok(()));
        assert_eq!(text, plain);
    }

    /// RFC 8439, appendix A.5.
    #[test]
    fn the_example_of_rfc_8439_appendix_a_5_opens() {
        let key = hex::fixed("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
        let nonce = hex::fixed("000000000102030405060708");
        let additional = hex::bytes("f33388860000000000004e91");
        let mut text = hex::bytes(
            "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2
             4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf
             332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855
             9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4
             b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e
             af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a
             0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10
             49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29
             a6ad5cb4022b02709b",
        );
        let tag = hex::fixed("eead9d67890cbb22392336fea1851f38");
        assert_eq!(open(&key, &nonce, &additional, &mut text, &tag), Ok(()));
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("Internet-Drafts are draft documents valid for a maximum of six"));
        assert!(text.ends_with("/\u{201c}work in progress./\u{201d}"));
    }

    #[test]
    fn what_does_not_open_is_left_as_it_came() {
        let (key, nonce) = ([1; 32], [2; 12]);
        let mut text = vec![7; 300];
        let tag = seal(&key, &nonce, b"", &mut text);
        let sealed = text.clone();
        assert_eq!(open(&key, &nonce, b"x", &mut text, &tag), Err(BadTag));
        assert_eq!(text, sealed);
    }

    #[test]
    fn every_difference_is_seen() {
        for at in 0..16 {
            for bit in 0..8 {
                let mut other = [0x55; 16];
                other[at] ^= 1 << bit;
                assert!(!same(&[0x55; 16], &other));
            }
        }
        assert!(same(&[0x55; 16], &[0x55; 16]));
    }
}
