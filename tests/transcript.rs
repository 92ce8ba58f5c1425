//! Transcripts, patterns and lines that nobody would think of, and what is drawn of them.
#![forbid(unsafe_code)]

use chalktalk_tests::properties::picture::a_picture_is_well_formed_whatever_was_said;
use chalktalk_tests::properties::transcript::{
    a_line_fits_the_pattern_made_of_it, a_match_holds_for_what_it_found,
    a_recording_is_a_transcript, a_script_reads_back_as_it_prints,
    stars_decide_as_trying_every_way_does,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// One of the words between the bars.
fn one_of(words: &'static str) -> impl Strategy<Value = String> {
    select(words.split('|').collect::<Vec<_>>()).prop_map(str::to_owned)
}

/// What may pass through a proxy, as the property wants it.
fn passed() -> impl Strategy<Value = Vec<u8>> {
    let words = one_of(
        "NAME anna\n|and\n|SAY |abcdefgh.7 |1763816400250 |\r\n|\n|\u{3000}|x y|*$#\\| |PING\n",
    );
    let bytes = prop_oneof![6 => words.prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..6)];
    let part = (any::<u8>(), vec(bytes, 0..5))
        .prop_map(|(what, bytes)| [&[what], &bytes.concat()[..], b"|"].concat());
    vec(part, 0..30).prop_map(|parts| parts.concat())
}

/// Texts most of which are transcripts, and some of which nearly are.
fn script() -> impl Strategy<Value = String> {
    let head = "# title\nfence sends: PING\nfence gets: PONG\nanna, ben and carl connect\n\
                anna gets: $x $y\n";
    let broken = prop_oneof![8 => Just(String::new()), 1 => any::<String>(), 1 => written()];
    (vec(sentence(), 0..8), broken)
        .prop_map(move |(sentences, broken)| format!("{head}{}{broken}", sentences.concat()))
}

fn sentence() -> impl Strategy<Value = String> {
    let alone = one_of(
        "# a comment||flags: --a  #b|deadline 1500 ms|deadline 3 s|lines end with \\r\\n|\
         restart the server|anna sends an empty line|anna gets nothing|ben gets an empty line|\
         ben gets the end\nben connects|carl skips to the end\ncarl connects|\
         anna and ben half-close\nanna and ben close\nanna, ben connect|carl resets\ncarl connects",
    );
    let alone = alone.prop_map(|sentence| sentence + "\n");
    let verbs = one_of(
        "anna sends|ben gets|anna, ben and carl send bytes|carl gets part|ben gets nothing until|\
         carl skips to",
    );
    let said = (verbs, written()).prop_map(|(verb, text)| format!("{verb}: {text}\n"));
    let above = one_of("ben gets in any order|anna and ben send|carl gets");
    let below = (above, vec(written(), 1..4))
        .prop_map(|(above, texts)| format!("{above}:\n  {}\n", texts.join("\n  ")));
    prop_oneof![1 => alone, 2 => said, 2 => below].prop_recursive(3, 12, 3, |inner| {
        vec(inner, 1..3).prop_map(|inner| {
            let lines = inner.concat();
            let lines = lines.lines().map(|line| format!("    {line}\n"));
            format!(
                "repeat 2 times\n{}    anna gets: $round\n",
                lines.collect::<String>()
            )
        })
    })
}

/// What may stand behind a colon.
fn written() -> impl Strategy<Value = String> {
    let piece = one_of(
        "a|b| |*|$x|${y}|$round|.|é|日|\\\\|\\*|\\$|\\#|#|\\x00|\\xc3|\\u{202e}|\\{a*50}|\
         \\{é\\\\*3}|\\{\\**2}|\u{1b}|}|{|:",
    );
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Few different bytes, so that patterns nearly fit.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![8 => select(b"ab .\\$*#{}".to_vec()), 1 => any::<u8>()];
    let run = (byte, prop_oneof![9 => Just(1), 1 => 30..60_usize])
        .prop_map(|(byte, times)| vec![byte; times]);
    vec(run, 0..12).prop_map(|runs| runs.concat())
}

/// What would do something in a picture if it were let.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let known = one_of(
        "\n|<script>|</text>|]]>|<!--|&|&#0;|\"|'|\u{202e}|\u{200d}|\u{fe0f}|\u{301}|\u{ffff}|\u{1b}|\
         \u{9b}|日|👩|[r] #1 read 3: \"|anna gets: | ",
    );
    let known = known.prop_map(String::into_bytes);
    let piece = prop_oneof![4 => known, 1 => any::<u8>().prop_map(|byte| vec![byte]), 1 => bytes()];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn whatever_is_said_the_picture_is_well_formed(said in hostile()) {
        a_picture_is_well_formed_whatever_was_said(&said);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn recordings_are_transcripts(bytes in passed()) {
        a_recording_is_a_transcript(&bytes);
    }

    #[test]
    fn a_script_that_is_read_prints_as_one_that_means_the_same(text in script()) {
        a_script_reads_back_as_it_prints(&text);
    }

    #[test]
    fn any_line_can_be_expected_and_shown(line in bytes()) {
        a_line_fits_the_pattern_made_of_it(&line);
    }

    #[test]
    fn what_a_variable_has_got_it_gets_again(written in written(), line in "[ab .é]{0,8}") {
        a_match_holds_for_what_it_found(&written, line.as_bytes());
    }

    #[test]
    fn stars_find_every_way_there_is(parts in vec("[ab]{0,3}", 1..4), line in "[ab]{0,12}") {
        let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
        stars_decide_as_trying_every_way_does(&parts, line.as_bytes());
    }
}
