//! Any bytes in any chunks: the first two bytes say how long the chunks are and which bit is flipped. FE stands
//! for a third of the longest line, so that short inputs reach its limit.
#![no_main]

use chalktalk_tests::properties::wire::lines::{
    a_flipped_bit_stays_in_its_line, chunks_make_no_difference,
};

const THIRD: [u8; 5461] = [b'a'; 5461];
/// Two of the longest lines, and more.
const SENT_BYTES_MAX: usize = 40_000;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let [long, short, rest @ ..] = bytes else {
        return;
    };
    let (long, short) = (usize::from(*long), usize::from(*short));
    let mut sent = Vec::new();
    for byte in rest {
        match byte {
            0xfe => sent.extend(THIRD),
            byte => sent.push(*byte),
        }
    }
    sent.truncate(SENT_BYTES_MAX);
    chunks_make_no_difference(&sent, &[1 + long * long, 1 + short]);
    a_flipped_bit_stays_in_its_line(&sent, long * 256 + short);
});
