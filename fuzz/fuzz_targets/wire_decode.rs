//! Any text at all as lines, names and things to be said.
#![no_main]

use chalktalk_tests::properties::wire::{
    a_name_needs_no_care, any_text_can_be_said, what_decodes_has_one_spelling,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for line in text.split('\n') {
        what_decodes_has_one_spelling(line);
        a_name_needs_no_care(line);
    }
    any_text_can_be_said(&text);
});
