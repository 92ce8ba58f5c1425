//! What holds of whatever the sanitiser lets through.

use chalktalk::sanitise::width::{is_emoji, width};
use chalktalk::sanitise::{Kind, Part, parts, plain_line, shown_unchanged};

/// The few invisible characters that may stay, where they change a shape.
const SHAPING: [char; 3] = ['\u{200c}', '\u{200d}', '\u{fe0f}'];
/// A picture selector, and four marks.
const ZERO_WIDTH_RUN_MAX: usize = 5;

/// Any text is shown without a character that could harm, in a message and in a line.
pub fn shown_text_is_safe(text: &str) {
    for kind in [Kind::Message, Kind::Inline] {
        let parts = parts(text, kind);
        assert!(!parts.is_empty());
        for part in &parts {
            part_is_safe(part, kind);
        }
        let graphic = |text: &str| text.replace(|c: char| !c.is_ascii_graphic(), "");
        let letters: String = parts.iter().filter_map(as_text).map(graphic).collect();
        assert_eq!(letters, graphic(text), "ASCII is untouched");
    }
}

/// What was shown once is shown the same again, and `shown_unchanged` tells the truth.
pub fn shown_text_stays_as_it_is(text: &str) {
    let plain = plain_line(text);
    assert_eq!(plain_line(&plain), plain);
    assert!(shown_unchanged(&plain), "{plain:?}");
    if shown_unchanged(text) {
        assert_eq!(plain, text);
        assert_eq!(parts(text, Kind::Message), [Part::Text(text.into())]);
    }
}

fn as_text<'a>(part: &'a Part<'_>) -> Option<&'a str> {
    match part {
        Part::Text(text) => Some(text),
        Part::Marked(_) | Part::Break => None,
    }
}

fn part_is_safe(part: &Part<'_>, kind: Kind) {
    match part {
        Part::Text(text) => text_is_safe(text),
        Part::Marked(name) => assert!(name.bytes().all(|byte| byte.is_ascii_graphic())),
        Part::Break => assert_eq!(kind, Kind::Message),
    }
}

fn text_is_safe(text: &str) {
    assert!(!text.is_empty());
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(!text.contains(is_private_or_ignorable), "{text:?}");
    assert!(!text.starts_with(|c| width(c) == 0), "{text:?}");
    let mut run = 0;
    let mut last = ' ';
    for c in text.chars() {
        run = if width(c) == 0 { run + 1 } else { 0 };
        assert!(run <= ZERO_WIDTH_RUN_MAX, "{text:?}");
        if SHAPING.contains(&c) {
            assert!(
                !last.is_ascii_alphabetic() && !SHAPING[..2].contains(&last),
                "{text:?}"
            );
            assert!(
                c != '\u{fe0f}' || !last.is_alphabetic() || is_emoji(last),
                "{text:?}"
            );
        }
        last = c;
    }
}

/// Written anew from the standard's lists, not from the sanitiser's.
fn is_private_or_ignorable(c: char) -> bool {
    let code = u32::from(c);
    let hidden = match code {
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xfeff | 0xffa0 => true,
        0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f => true,
        0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfff0..=0xfffb => true,
        0x1d173..=0x1d17a | 0xe0000..=0xe0fff | 0xf0000..=0x10_ffff => true,
        _ => code & 0xfffe == 0xfffe,
    };
    hidden && !SHAPING.contains(&c)
}
