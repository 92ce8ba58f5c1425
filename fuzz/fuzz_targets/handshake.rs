//! Any bytes at all as what comes before both sides are through, and any change to what should.
#![no_main]

use chalktalk_tests::properties::secure::{
    an_altered_handshake_fails, no_false_server_is_joined, no_stranger_is_answered, unvisited,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    no_stranger_is_answered(bytes);
    no_false_server_is_joined(bytes);
    no_false_server_is_joined(&[unvisited().line(), bytes].concat());
    an_altered_handshake_fails(bytes);
});
