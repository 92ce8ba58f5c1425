//! Texts that nobody would think of, through the sanitiser.

use chalktalk_tests::properties::sanitise::{shown_text_is_safe, shown_text_stays_as_it_is};
use proptest::prelude::*;

/// Texts in which the special cases meet far more often than by chance.
fn hostile_text() -> impl Strategy<Value = String> {
    let special = "a1# \t\r\n\u{85}\u{1b}[\u{7f}\u{9b}\u{2028}\u{202e}\u{2069}\u{200b}\u{200c}\
                   \u{200d}\u{200e}\u{fe0f}\u{fe0e}\u{301}\u{302}\u{20e3}\u{3164}\u{e0a0}\u{ffff}\
                   \u{e0041}日ا♥👩🏽🇩क\u{94d}\u{1160}";
    let special: Vec<char> = special.chars().collect();
    let c = prop_oneof![4 => proptest::sample::select(special), 1 => any::<char>()];
    let times = prop_oneof![4 => Just(1), 1 => 2..9_usize];
    let run = (c, times).prop_map(|(c, times)| String::from(c).repeat(times));
    proptest::collection::vec(run, 0..40).prop_map(|runs| runs.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn whatever_is_shown_is_safe(text in hostile_text()) {
        shown_text_is_safe(&text);
    }

    #[test]
    fn what_was_shown_once_is_shown_the_same_again(text in hostile_text()) {
        shown_text_stays_as_it_is(&text);
    }
}
