//! Anything that can happen to a screen: 0xFE ends an act, whose first byte says which it is.
#![no_main]

use chalktalk_tests::properties::render::{acts, any_screen_is_harmless};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| any_screen_is_harmless(&acts(bytes)));
