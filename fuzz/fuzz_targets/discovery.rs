//! Any bytes at all as a packet, and any text as the kernel's.
#![no_main]

use chalktalk_tests::properties::discovery::{a_packet_has_one_spelling, networks_are_listed_once};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    a_packet_has_one_spelling(bytes);
    networks_are_listed_once(&String::from_utf8_lossy(bytes));
});
