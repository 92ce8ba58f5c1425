//! Messages, lines and bytes that nobody would think of, through the wire.

use chalktalk::wire::{Boot, Code, Id, Mode, Name, Phrase, Room, Tag, Text, UnixMs};
use chalktalk::wire::{PHRASE_BYTES_MAX, TEXT_BYTES_MAX};
use chalktalk_tests::properties::wire::lines::{
    a_flipped_bit_stays_in_its_line, chunks_make_no_difference,
};
use chalktalk_tests::properties::wire::parts::Parts;
use chalktalk_tests::properties::wire::{
    a_name_needs_no_care, any_text_can_be_said, every_message_comes_back,
    what_decodes_has_one_spelling,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Characters among which those that break lines, terminals and escapes are far more frequent than by chance.
fn nasty_char() -> impl Strategy<Value = char> {
    let special = "\\\\\\ntru{}@/:*# aJj0159dfAF.-é日😀\u{301}\u{202e}\u{200d}\u{feff}\u{fffd}";
    let special: Vec<char> = special.chars().collect();
    prop_oneof![
        4 => select(special),
        1 => proptest::char::range('\0', '\u{a0}'),
        1 => select(vec!['\u{2027}', '\u{2028}', '\u{2029}', '\u{202a}']),
        1 => any::<char>(),
    ]
}

/// One of the words between the bars.
fn one_of(words: &'static str) -> impl Strategy<Value = String> {
    select(words.split('|').collect::<Vec<_>>()).prop_map(str::to_owned)
}

/// Texts, some of which look as if they were written on the wire already.
fn nasty_text() -> impl Strategy<Value = String> {
    let written = one_of("\\n|\\\\|\\u{|\\u{0}|\\u{1b}|\\u{00}|\\u{01b}|\\u{2028}|\\u{41}|\\x1b");
    let piece = prop_oneof![6 => nasty_char().prop_map(String::from), 1 => written];
    vec(piece, 1..60).prop_map(|pieces| pieces.concat())
}

/// A text that is nasty, or as long as it may be.
fn text() -> impl Strategy<Value = Text> {
    let longest = (nasty_char(), 1..4_usize).prop_map(|(c, less)| {
        let text = String::from(c).repeat(TEXT_BYTES_MAX / less);
        Text::cut(&text)
    });
    prop_oneof![9 => nasty_text().prop_map(|text| Text::cut(&text)), 1 => longest]
}

fn phrase() -> impl Strategy<Value = Phrase> {
    let longest = nasty_char().prop_map(|c| Phrase::cut(&String::from(c).repeat(PHRASE_BYTES_MAX)));
    prop_oneof![9 => nasty_text().prop_map(|text| Phrase::cut(&text)), 1 => longest]
}

/// A word of one alphabet of many, up to the longest.
fn word() -> impl Strategy<Value = String> {
    let alphabet = one_of("anzAZß09-_.,!@é|αωΣς|дяЖ|日本語|😀👍|กน\u{e31}|हि\u{94d}|ıİiI");
    let alphabet = alphabet.prop_map(|letters| letters.chars().collect::<Vec<_>>());
    let word =
        alphabet.prop_flat_map(|letters| vec(select(letters), 1..=24).prop_map(String::from_iter));
    prop_oneof![4 => word, 1 => nasty_text()]
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_filter_map("a name", |word| Name::parse(&word).ok())
}

fn room() -> impl Strategy<Value = Room> {
    word().prop_filter_map("a room", |word| Room::parse(&word).ok())
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0..11_u64,
        (0..3_u64).prop_map(|less| u64::MAX - less)
    ]
}

fn id() -> impl Strategy<Value = Id> {
    ("[a-z0-9]{1,16}", number()).prop_map(|(boot, count)| Id {
        boot: Boot::parse(&boot).expect("a boot"),
        count,
    })
}

prop_compose! {
    fn parts()(
        tag in option::of("[A-Za-z0-9-]{1,32}"),
        (name, other, room) in (name(), name(), room()),
        (text, phrase) in (text(), phrase()),
        code in prop_oneof![select(Code::ALL.to_vec()), "[a-z0-9-]{1,32}".prop_filter_map("a code", |code| Code::parse(&code))],
        mode in "[a-z]{1,16}",
        (number, id, time) in (number(), id(), number()),
    ) -> Parts {
        Parts {
            tag: tag.and_then(|tag| Tag::parse(&tag)),
            name, other, room, text, phrase, code,
            mode: Mode::parse(&mode).expect("a mode"),
            number, id,
            time: UnixMs(time),
        }
    }
}

/// A line with the form of a message, in which something may be wrong anywhere.
fn crooked_line() -> impl Strategy<Value = String> {
    let verbs = "NAME|SAY|DO|TELL|JOIN|TOPIC|WHO|ROOMS|HISTORY|REPLAY|PING|PONG|HELP|QUIT|say|Name|\
                 CHALKTALK|OK|ERROR|DID|BYE|END|WELCOME|ROOM|SAID|TOLD|CAME|LEFT|RENAMED|NOTICE|GET";
    let fields = r"anna|lobby|*|b.1|0|17|01|-1|18446744073709551616|quit|open||\n|\u{0}|\u{41}";
    let field = prop_oneof![
        2 => one_of(verbs),
        2 => one_of(fields),
        2 => word(),
        1 => nasty_text(),
    ];
    let tag = prop_oneof![3 => Just(String::new()), 1 => "@[a-z0-9-]{0,34} ", 1 => "@[ @a]{0,3}"];
    (tag, vec(field, 0..6)).prop_map(|(tag, fields)| tag + &fields.join(" "))
}

/// Bytes with the ends, marks and faults that lines can have.
fn crooked_bytes() -> impl Strategy<Value = Vec<u8>> {
    let special = b"\n|\r\n|\n\r|\r|\xef\xbb\xbf|\xef\xbb|\xff|\xc3|\xa9|\xf0\x9f\x98\x80|\xed\xa0\x80|\xc0\x80|\
                    \0|SAY hello| |J";
    let special: Vec<&[u8]> = special.split(|byte| *byte == b'|').collect();
    let long = (16_381..16_386_usize, select(vec!["", "\n", "\r\n"]));
    let long = long.prop_map(|(length, end)| ("a".repeat(length) + end).into_bytes());
    let begun =
        select(vec!["", "\n", "\u{feff}", "x\n", "x\n"]).prop_map(|text| text.as_bytes().to_vec());
    let piece = prop_oneof![
        20 => select(special).prop_map(<[u8]>::to_vec),
        2 => vec(any::<u8>(), 0..9),
        1 => (begun, long).prop_map(|(begun, long)| [begun, long].concat()),
    ];
    vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn chunks() -> impl Strategy<Value = Vec<usize>> {
    vec(
        prop_oneof![3 => 1..9_usize, 1 => 1000..40_000_usize, 1 => Just(40_000)],
        1..6,
    )
}

/// What a client or a server says in a row.
fn sent() -> impl Strategy<Value = Vec<u8>> {
    vec(parts(), 1..3).prop_map(|all| {
        let mut bytes = Vec::new();
        for parts in all {
            parts
                .requests()
                .iter()
                .for_each(|request| request.encode(parts.tag.as_ref(), &mut bytes));
            parts
                .server_lines()
                .iter()
                .for_each(|line| line.encode(None, &mut bytes));
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_message_comes_back_from_its_line(parts in parts()) {
        every_message_comes_back(&parts);
    }

    #[test]
    fn every_text_can_be_said(text in nasty_text()) {
        any_text_can_be_said(&text);
    }

    #[test]
    fn every_name_stands_in_a_line_and_on_a_screen_as_it_is(text in word()) {
        a_name_needs_no_care(&text);
    }

    #[test]
    fn what_decodes_has_one_spelling_and_what_does_not_is_told_why(line in crooked_line()) {
        what_decodes_has_one_spelling(&line);
    }

    #[test]
    fn any_chunking_gives_the_same_lines(bytes in crooked_bytes(), chunks in chunks()) {
        chunks_make_no_difference(&bytes, &chunks);
    }

    #[test]
    fn one_flipped_bit_stays_in_its_line(bytes in sent(), bit in any::<usize>()) {
        a_flipped_bit_stays_in_its_line(&bytes, bit);
    }

    #[test]
    fn one_flipped_bit_stays_in_its_line_of_any_bytes(bytes in crooked_bytes(), bit in any::<usize>()) {
        a_flipped_bit_stays_in_its_line(&bytes, bit);
    }
}
