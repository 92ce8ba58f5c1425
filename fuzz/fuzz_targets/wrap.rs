//! Any text in a pane of any width: the first three bytes say which.
#![no_main]

use chalktalk_tests::properties::wrap::{pane, wrapping_loses_nothing};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let [columns, first, indent, text @ ..] = bytes {
        let pane = pane(*columns, *first, *indent);
        wrapping_loses_nothing(&String::from_utf8_lossy(text), pane);
    }
});
