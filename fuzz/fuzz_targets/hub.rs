//! Any history of the hub, written as `properties::hub::step` says.
#![no_main]

use chalktalk_tests::properties::hub::any_history_keeps_the_promises;
use chalktalk_tests::properties::hub::step::Step;

/// More steps show nothing new, and the checks after each step would take the fuzzer's time.
const STEPS_MAX: usize = 300;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut steps = Step::all_of(bytes);
    steps.truncate(STEPS_MAX);
    any_history_keeps_the_promises(&steps);
});
