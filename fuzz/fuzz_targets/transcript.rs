//! Any text at all as a transcript, as a pattern above a line, and as what was said in a picture.
#![no_main]

use chalktalk_tests::properties::picture::a_picture_is_well_formed_whatever_was_said;
use chalktalk_tests::properties::transcript::{
    a_line_fits_the_pattern_made_of_it, a_match_holds_for_what_it_found,
    a_recording_is_a_transcript, a_script_reads_back_as_it_prints,
    stars_decide_as_trying_every_way_does,
};

/// Trying every way takes long for more.
const TRIED_BYTES_MAX: usize = 64;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    a_script_reads_back_as_it_prints(&text);
    a_line_fits_the_pattern_made_of_it(bytes);
    a_recording_is_a_transcript(bytes);
    a_picture_is_well_formed_whatever_was_said(bytes);
    let (pattern, line) = text.split_once('\n').unwrap_or((&text, ""));
    a_match_holds_for_what_it_found(pattern, line.as_bytes());
    if bytes.len() <= TRIED_BYTES_MAX {
        let parts: Vec<&[u8]> = pattern.split('*').map(str::as_bytes).take(4).collect();
        stars_decide_as_trying_every_way_does(&parts, line.as_bytes());
    }
});
