//! Any bytes at all as a server's, as a play of server and user, and as what is typed.
#![no_main]

use chalktalk_tests::properties::client::{
    a_plain_line_cannot_be_forged, a_session_bears_any_bytes, a_session_bears_any_server,
    anything_may_be_typed,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    a_session_bears_any_server(bytes);
    a_session_bears_any_bytes(&bytes.chunks(7).collect::<Vec<_>>());
    for line in String::from_utf8_lossy(bytes).lines() {
        anything_may_be_typed(line);
        a_plain_line_cannot_be_forged(line);
    }
});
