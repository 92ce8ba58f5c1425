//! `play --picture`: what is drawn of a run, and that the pictures of the pages are drawn of real ones.

use crate::{CLASSROOM, Folder, PROGRAM, Played, project};
use chalktalk_tests::properties::picture::expect_well_formed;
use std::fs;
use std::process::Command;

/// The largest that a page should have to load.
const BYTES_MAX: usize = 30_000;

/// The texts of a picture, from top to bottom.
fn texts(picture: &str) -> Vec<&str> {
    let texts = picture.split("</text>");
    let texts = texts.filter_map(|part| part.rsplit_once('>'));
    texts.map(|(_, text)| text).collect()
}

/// What is drawn of this transcript, and what `play` says.
#[track_caller]
fn drawn(script: &str, arguments: &[&str]) -> (String, Played) {
    let folder = Folder::new();
    folder.write("example.chat", script);
    let arguments = [&["example.chat", "--picture", "a.svg"], arguments].concat();
    let played = folder.play(&arguments);
    let picture = folder.read("a.svg");
    expect_well_formed(&picture);
    (picture, played)
}

const COME: &str = "# <Why> & \"how\".\nanna and ben connect\nanna and ben get: Welcome*\n\
    anna sends: anna\nanna gets: \\* here:*\nben sends: ben\nben gets: \\* here: anna\n\
    anna gets: \\* ben has come\n";

#[test]
fn a_run_is_drawn_in_its_order_and_what_failed_in_red() {
    let script =
        format!("{COME}anna sends: <b>&\nben gets: [anna] <b>&\nben closes\nanna gets: no");
    let (picture, played) = drawn(&script, &["--server-command", CLASSROOM]);
    assert_eq!(played.code, 1, "{played:?}");
    let expected = [
        "FAIL  example.chat",
        "&lt;Why&gt; &amp; &quot;how&quot;.",
        "anna",
        "server",
        "ben",
        "connects",
        "connects",
    ];
    let texts = texts(&picture);
    assert_eq!(texts[..expected.len()], expected);
    let at = |text: &str| texts.iter().position(|other| *other == text);
    let said = [
        "* ben has come",
        "&lt;b&gt;&amp;",
        "[anna] &lt;b&gt;&amp;",
        "closes",
        "* ben has left",
    ];
    let places = said.map(|text| at(text).unwrap_or_else(|| panic!("{text} in {texts:?}")));
    assert!(places.is_sorted(), "{texts:?}");
    assert!(
        texts.contains(&"example.chat:12") && texts.contains(&"anna gets: no"),
        "{texts:?}"
    );
    assert!(picture.contains(">* ben has left<"), "{picture}");
    let red = picture
        .lines()
        .filter(|line| line.contains(" failed\"") || line.contains("\"failed\""));
    assert_eq!(
        red.filter(|line| line.contains(">* ben has left<")).count(),
        2,
        "{picture}"
    );
}

#[test]
fn what_several_do_at_once_is_drawn_as_it_happened() {
    // Ben's line can only come when anna's is there.
    let script = format!(
        "{COME}at once:\n    ben gets: [anna] 1\n    anna sends: 1\n    ben sends: 2\n    anna gets: [ben] 2\n"
    );
    let (picture, played) = drawn(&script, &["--server-command", CLASSROOM]);
    assert_eq!(played.code, 0, "{played:?}");
    let texts = texts(&picture);
    let begins = texts
        .iter()
        .position(|text| *text == "all at once:")
        .expect("it");
    let expected = ["1", "[anna] 1", "2", "[ben] 2", "all are done"];
    assert_eq!(texts[begins + 1..][..5], expected);
}

#[test]
fn what_our_server_has_read_is_shown_where_it_was_sent() {
    let script = "anna connects\nanna gets: *\nanna sends bytes: NAME anna\\nPI\nanna skips to: CAME *\n\
                  anna sends bytes: NG 1\\nPING 2\\n\nanna skips to: PONG 2";
    let (picture, played) = drawn(script, &[]);
    assert_eq!(played.code, 0, "{played:?}");
    let texts = texts(&picture);
    let read = |sent: &str| {
        let at = texts.iter().position(|text| *text == sent);
        texts[at.expect("what was sent") + 1]
    };
    assert_eq!(read(r"bytes: NAME anna\nPI"), "read 12", "{texts:?}");
    assert_eq!(read(r"bytes: NG 1\nPING 2\n"), "read 12", "{texts:?}");
}

#[test]
fn a_picture_is_of_one_transcript() {
    let folder = Folder::new();
    folder.write("a.chat", "anna connects\n");
    folder.write("b.chat", "anna connects\n");
    let Played { code, err, .. } = folder.play(&["a.chat", "b.chat", "--picture", "a.svg"]);
    let said = "chalktalk play: --picture draws one transcript, so name one; the others need pictures of their own\n";
    assert_eq!((code, err.as_str()), (2, said));
    assert!(!folder.0.join("a.svg").exists());
}

/// A picture but for what differs from run to run: what our server calls its events, and their times.
fn comparable(picture: &str) -> String {
    let is_event = |word: &str| {
        let (boot, count) = word.split_once('.').unwrap_or_default();
        boot.len() == 8 && !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
    };
    // Whole or cut.
    let is_time = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    let words = picture.split_inclusive([' ', '<', '…']);
    let word = |word: &str| {
        let bare = word.trim_end_matches([' ', '<', '…']);
        match is_event(bare) || is_time(bare) {
            true => word.replace(bare, "*"),
            false => word.to_owned(),
        }
    };
    words.map(word).collect()
}

/// What several do at once comes in another order each time, so not all are looked at.
#[test]
fn the_pictures_of_the_pages_are_what_comes() {
    let folder = Folder::new();
    let mut draw = Command::new(project("lessons/pictures/draw"));
    let draw = draw
        .arg(PROGRAM)
        .arg(&folder.0)
        .args(["00", "02", "05", "06", "readme"]);
    let output = draw.output().expect("the script runs");
    let out = String::from_utf8_lossy(&output.stdout);
    let pictures: Vec<&str> = out
        .lines()
        .filter_map(|line| line.strip_prefix("drawn: "))
        .collect();
    assert_eq!(pictures.len(), 5, "{output:?}");
    for picture in pictures {
        let kept = fs::read_to_string(project(picture)).expect("it was drawn before");
        let again = "lessons/pictures/draw draws another one";
        assert_eq!(
            comparable(&folder.read(picture)),
            comparable(&kept),
            "{picture}: {again}"
        );
    }
}

#[test]
fn each_page_has_its_picture() {
    let entries = fs::read_dir(project("lessons")).expect("the lessons");
    let folders = entries.map(|entry| entry.expect("a file").path());
    let steps = folders.filter(|path| path.join("README.md").is_file());
    let pages = steps.map(|step| {
        (
            step.join("README.md"),
            "picture.svg",
            step.join("picture.svg"),
        )
    });
    let readme = (
        project("README.md"),
        "docs/screenshot/play.svg",
        project("docs/screenshot/play.svg"),
    );
    for (page, link, picture) in pages.chain([readme]) {
        let text = fs::read_to_string(&page).expect("a page");
        assert!(text.contains(&format!("]({link})")), "{}", page.display());
        let picture = fs::read_to_string(&picture).expect("a picture");
        assert!(picture.len() <= BYTES_MAX, "{}", page.display());
        expect_well_formed(&picture);
    }
}
