//! Bytes as terminals send them, and as nobody should.

use super::*;
use crate::ui_term::frame::Position;

const LONG: Duration = Duration::from_secs(10);

fn keys_of(chunks: &[&[u8]]) -> Vec<Key> {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, Duration::ZERO, &mut keys);
    }
    keys
}

/// One chunk, and then a long pause.
#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &[Key]) {
    let bytes = bytes.as_ref();
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    decoder.feed(bytes, Duration::ZERO, &mut keys);
    decoder.tick(LONG, &mut keys);
    assert_eq!(keys, expected, "{:?}", String::from_utf8_lossy(bytes));
}

/// An escape character and a rest.
fn esc(rest: &str) -> Vec<u8> {
    [&[ESCAPE], rest.as_bytes()].concat()
}

fn chars(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

#[test]
fn typed_text_is_its_characters() {
    check("hi", &chars("hi"));
    check("é日😀", &chars("é日😀"));
    check("", &[]);
}

#[test]
fn control_characters_are_the_keys_that_type_them() {
    check([0], &[Key::Ctrl('@')]);
    check([1, 26], &[Key::Ctrl('a'), Key::Ctrl('z')]);
    check(
        [28, 29, 30, 31],
        &[
            Key::Ctrl('\\'),
            Key::Ctrl(']'),
            Key::Ctrl('^'),
            Key::Ctrl('_'),
        ],
    );
    check([b'\t', b'\r'], &[Key::Tab, Key::Enter]);
    check([8, 127], &[Key::Backspace, Key::Backspace]);
    check([b'\n'], &[Key::Ctrl('j')]);
    check(b"\r\r\n\r\n", &[Key::Enter, Key::Enter, Key::Enter]);
    assert_eq!(
        keys_of(&[b"\r", b"\n", b"\n"]),
        [Key::Enter, Key::Ctrl('j')]
    );
}

#[test]
fn every_spelling_of_a_key_is_known() {
    for (spellings, key) in [
        ("[A OA", Key::Up),
        ("[B OB", Key::Down),
        ("[C OC [1;2C", Key::Right),
        ("[D OD [1;2D", Key::Left),
        ("[H OH [1~ [7~", Key::Home),
        ("[F OF [4~ [8~", Key::End),
        ("[1;5C [1;3C Oc", Key::WordRight),
        ("[1;5D [1;3D Od", Key::WordLeft),
        ("[1;5A [1;2A [a Oa", Key::ScrollUp),
        ("[1;5B Ob", Key::ScrollDown),
        ("[1;5H [1;5~ [7;5~", Key::Top),
        ("[1;5F [4;5~", Key::Bottom),
        ("[5~", Key::PageUp),
        ("[6~ [6;2~", Key::PageDown),
        ("[3~", Key::Delete),
        ("[Z", Key::BackTab),
        ("OP [11~ [[A [P", Key::Function(1)),
        ("[19~ [19;2~", Key::Function(8)),
        ("OM", Key::Enter),
        ("b", Key::Meta('b')),
        ("ü", Key::Meta('ü')),
        ("\r \n", Key::MetaEnter),
        ("\x7f \x08", Key::MetaBackspace),
    ] {
        for spelling in spellings.split(' ') {
            check(esc(spelling), std::slice::from_ref(&key));
        }
    }
}

#[test]
fn what_no_key_sends_is_unknown_and_never_text() {
    for unknown in [
        "[",
        "[?1;2",
        "[99~",
        "[x",
        "[<0;3;4M",
        "[1;2;3;4m",
        "[$p",
        "[200;1~",
        "[201~",
        "[[Z",
        "[2~",
        "[[C",
        "[24~",
        "[I",
        "[O",
        "Ox",
        "]11;rgb:0/0/0\x07",
        "P1$r0m",
        "_x",
        "]8;;http://a",
        "\\",
        "\x01",
        "[99999999999999999999999999A",
        "[:A",
    ] {
        let mut keys = keys_of(&[&esc(unknown)]);
        keys.retain(|key| *key != Key::Unknown);
        assert_eq!(keys, [], "{unknown:?}");
    }
    let answer = esc("]11;rgb:0/0/0\x1b\\a");
    check(answer, &[Key::Unknown, Key::Unknown, Key::Char('a')]);
    check(esc("[1\x1b[A"), &[Key::Unknown, Key::Up]);
    check(
        esc(&format!("[{}ma", "1;".repeat(999))),
        &[Key::Unknown, Key::Char('a')],
    );
    check("\u{9b}31m".replace("31m", ""), &[Key::Unknown]);
    check(
        [0xff, b'a', 0xc3, b'b'],
        &[Key::Unknown, Key::Char('a'), Key::Unknown, Key::Char('b')],
    );
}

#[test]
fn a_sequence_without_end_never_becomes_text() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    for chunk in [&esc("[1")[..], &b"1;".repeat(999)[..], b"~", b"a"] {
        decoder.feed(chunk, Duration::ZERO, &mut keys);
    }
    assert_eq!(keys, [Key::Unknown, Key::Char('a')]);
}

#[test]
fn an_overlong_sequence_is_unknown_wherever_a_read_ends() {
    let bytes = esc(&format!("[1;{}5D", "0".repeat(99)));
    check(&bytes, &[Key::Unknown]);
    let singles: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(keys_of(&singles), [Key::Unknown]);
}

#[test]
fn answers_of_the_terminal_are_told_from_keys() {
    check(esc("[24;80R"), &[Key::CursorAt(Position::at(23, 79))]);
    check(esc("[?64;1;2c"), &[Key::Device]);
}

#[test]
fn a_lone_escape_is_the_key_after_a_pause() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    let at = Duration::from_millis;
    decoder.feed(&[ESCAPE], at(1000), &mut keys);
    assert_eq!(decoder.deadline(), Some(at(1050)));
    decoder.tick(at(1049), &mut keys);
    assert_eq!(keys, []);
    decoder.feed(b"b", at(1050), &mut keys);
    assert_eq!(keys, [Key::Escape, Key::Char('b')]);
    assert_eq!(decoder.deadline(), None);
}

#[test]
fn escape_and_a_letter_soon_after_are_one_key() {
    assert_eq!(keys_of(&[&[ESCAPE], b"b"]), [Key::Meta('b')]);
    assert_eq!(
        keys_of(&[&[ESCAPE], &[ESCAPE], b"[A"]),
        [Key::Escape, Key::Up]
    );
}

#[test]
fn half_a_sequence_is_awaited_and_then_dropped() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    let at = Duration::from_millis;
    decoder.feed(&esc("["), at(0), &mut keys);
    decoder.feed(b"1;", at(300), &mut keys);
    decoder.feed(b"5", at(499), &mut keys);
    assert_eq!(decoder.deadline(), Some(at(500)));
    decoder.tick(at(500), &mut keys);
    assert_eq!(keys, []);
    assert_eq!(decoder.deadline(), None);
}

#[test]
fn a_character_cut_in_two_is_put_together() {
    let bytes = "😀".as_bytes();
    for cut in 1..bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(keys_of(&[head, tail]), [Key::Char('😀')]);
    }
    assert_eq!(
        keys_of(&[&bytes[..2], b"a"]),
        [Key::Unknown, Key::Char('a')]
    );
}

fn paste(text: &str) -> Vec<Key> {
    vec![Key::Paste(text.to_owned())]
}

#[test]
fn a_bracketed_paste_is_one_key() {
    check(esc("[200~a\rb\r\nc\td\x1b[201~"), &paste("a\nb\nc\td"));
    let whole = esc("[200~one\rtwo\x1b[201~");
    for cut in 1..whole.len() {
        let (head, tail) = whole.split_at(cut);
        assert_eq!(keys_of(&[head, tail]), paste("one\ntwo"), "cut at {cut}");
    }
}

#[test]
fn an_enter_in_the_chunk_of_the_paste_s_end_belongs_to_the_paste() {
    check(esc("[200~rm\x1b[201~\r"), &paste("rm"));
    check(esc("[200~rm\r\n\x1b[201~\r\n"), &paste("rm\n"));
    check(esc("[200~a\x1b[201~\r/b\r"), &paste("a\n/b"));
    check(esc("[200~a\x1b[201~\x1b[200~b\x1b[201~c"), &paste("abc"));
}

#[test]
fn a_paste_that_begins_where_another_ends_has_not_ended() {
    let chunks: [&[u8]; 2] = [&esc("[200~a\x1b[201~\x1b[200~b"), &esc("[201~")];
    assert_eq!(keys_of(&chunks), paste("ab"));
}

#[test]
fn nothing_in_a_paste_is_a_key() {
    check(esc("[200~\x03\x1b[A\x1b\u{9b}x\x1b[201~"), &paste("[Ax"));
}

#[test]
fn a_paste_without_an_end_stops_a_second_after_its_last_bytes() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    let at = Duration::from_millis;
    decoder.feed(&esc("[200~a"), at(0), &mut keys);
    decoder.feed(b"b\r", at(900), &mut keys);
    assert_eq!(decoder.deadline(), Some(at(1900)));
    decoder.feed(b"c", at(1900), &mut keys);
    assert_eq!(keys, [Key::Paste("ab\n".into()), Key::Char('c')]);
}

#[test]
fn what_is_not_bracketed_was_typed_however_much_comes_at_once() {
    let enters = |text: &str| {
        let key = |c| match c {
            '\r' => Key::Enter,
            c => Key::Char(c),
        };
        text.chars().map(key).collect::<Vec<Key>>()
    };
    for text in ["abc\rd", "hi all\r/msg anna my secret\r", "a\rb\rc"] {
        check(text, &enters(text));
    }
}

#[test]
fn an_enormous_paste_is_cut_and_still_ends() {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    decoder.feed(&esc("[200~"), Duration::ZERO, &mut keys);
    for _ in 0..3 {
        decoder.feed(&vec![b'a'; 1 << 20], Duration::ZERO, &mut keys);
    }
    decoder.feed(&esc("[201~"), Duration::ZERO, &mut keys);
    let [Key::Paste(text)] = keys.as_slice() else {
        panic!("{} keys", keys.len());
    };
    assert_eq!(text.len(), 1 << 20);
}
