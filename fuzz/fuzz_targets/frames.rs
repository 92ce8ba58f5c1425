//! Any bytes at all: as frames that nobody sealed, and sealed, in any pieces.
#![no_main]

use chalktalk_tests::properties::secure::{nothing_opens_by_chance, what_is_sealed_opens};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Up to four bytes say where the stream is cut, the fifth where the runs part.
    let (cuts, rest) = bytes.split_at(bytes.len().min(4));
    let (front, back) = match rest {
        [at, text @ ..] => text.split_at(usize::from(*at).min(text.len())),
        [] => (rest, rest),
    };
    what_is_sealed_opens(&[front, back], cuts);
    nothing_opens_by_chance(rest, cuts);
});
