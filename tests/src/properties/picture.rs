//! What must be true of the picture of every run.

use chalktalk::play::picture::svg;
use chalktalk::play::piece::visible;
use chalktalk::play::report::{Failure, Outcome, Verdict};
use chalktalk::play::seen::{Kind, Seen};
use chalktalk::sanitise::shown_unchanged;

/// All that a picture is made of.
const ELEMENTS: [&str; 8] = [
    "svg", "title", "style", "defs", "marker", "rect", "path", "text",
];

/// Whatever was said, expected and told, the picture is well-formed, made of what pictures are made of, and shows nothing
/// that could do more than be seen.
pub fn a_picture_is_well_formed_whatever_was_said(said: &[u8]) {
    let mut seen = Seen::default();
    for (at, line) in said.split(|byte| *byte == b'\n').enumerate() {
        let who = ["anna", "ben", "carl"][at % 3];
        seen.sends(who, line, b"\n");
        seen.saw(who, Kind::Comes, String::from_utf8_lossy(line).into_owned());
        seen.heard(line);
    }
    let said = String::from_utf8_lossy(said).into_owned();
    seen.fail(&Failure::new(None, said.clone(), said.clone()));
    let outcome = Outcome {
        file: visible(&said),
        title: visible(&said),
        verdict: Verdict::Failed(Failure::new(None, said.clone(), said)),
        times: (1, 1),
        rewritten: Vec::new(),
    };
    expect_well_formed(&svg(&seen.events(), &outcome));
}

/// Elements that are opened are closed, attributes are quoted, and texts hold nothing that is not text.
#[track_caller]
pub fn expect_well_formed(picture: &str) {
    let mut open = Vec::new();
    for part in picture.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("the end of a tag");
        expect_text(text);
        let name = tag.split([' ', '/']).find(|word| !word.is_empty());
        let name = name.expect("a name");
        assert!(ELEMENTS.contains(&name), "{name}");
        let quoted: Vec<&str> = tag.split('"').collect();
        assert_eq!(quoted.len() % 2, 1, "{tag}");
        quoted
            .iter()
            .skip(1)
            .step_by(2)
            .for_each(|value| expect_text(value));
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!((open.as_slice(), picture.find('<')), (&[][..], Some(0)));
}

#[track_caller]
fn expect_text(text: &str) {
    for behind in text.split('&').skip(1) {
        let (entity, _) = behind.split_once(';').expect("an entity");
        assert!(["amp", "lt", "gt", "quot"].contains(&entity), "{entity}");
    }
    let harmless = |line: &str| line.is_empty() || shown_unchanged(line);
    assert!(text.split('\n').all(harmless), "{text:?}");
}
