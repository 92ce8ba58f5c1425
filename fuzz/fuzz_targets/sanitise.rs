//! Any text at all, through the sanitiser.
#![no_main]

use chalktalk_tests::properties::sanitise::{shown_text_is_safe, shown_text_stays_as_it_is};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    shown_text_is_safe(&text);
    shown_text_stays_as_it_is(&text);
});
