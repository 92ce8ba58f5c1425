//! Every message that can be made of the words of the input, which FF parts: tag, name, another name, room, text,
//! phrase, code, mode, number, id, time.
#![no_main]

use chalktalk_tests::properties::wire::every_message_comes_back;
use chalktalk_tests::properties::wire::parts::Parts;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let words = bytes.split(|byte| *byte == 0xff);
    let words: Vec<_> = words.map(String::from_utf8_lossy).collect();
    let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
    every_message_comes_back(&Parts::of(&words));
});
