//! Any bytes at all, as if a terminal had sent them: 0xFE ends a chunk, and the byte behind
//! it says how long the next one keeps one waiting.
#![no_main]

use chalktalk_tests::properties::keys::{chunks_make_no_difference, only_text_becomes_text};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut chunks = Vec::new();
    for part in bytes.split(|byte| *byte == 0xfe) {
        let Some((pause, chunk)) = part.split_first() else {
            continue;
        };
        chunks.push((u16::from(*pause) * 8, chunk.to_vec()));
        chunks_make_no_difference(chunk, usize::from(*pause));
    }
    only_text_becomes_text(&chunks);
});
