//! What holds of whatever a keyboard, or a clipboard, sends.

use chalktalk::ui_term::editor::Editor;
use chalktalk::ui_term::keys::{Decoder, Key};
use std::time::Duration;

/// Longer than anything waits for its rest.
const LONG: Duration = Duration::from_secs(10);

/// Any bytes become keys, and nothing that is not text becomes text. A chunk comes with the
/// milliseconds that passed before it.
pub fn only_text_becomes_text(chunks: &[(u16, Vec<u8>)]) {
    let mut decoder = Decoder::default();
    let mut editor = Editor::default();
    let mut keys = Vec::new();
    let mut now = Duration::ZERO;
    for (pause, chunk) in chunks {
        now += Duration::from_millis(u64::from(*pause));
        decoder.feed(chunk, now, &mut keys);
        assert!(decoder.deadline().is_none_or(|deadline| deadline > now));
    }
    decoder.tick(now + LONG, &mut keys);
    assert_eq!(decoder.deadline(), None);
    for key in &keys {
        match key {
            Key::Char(c) | Key::Meta(c) | Key::Ctrl(c) => assert!(!c.is_control(), "{key:?}"),
            Key::Paste(text) => assert!(!text.contains(is_no_text), "{text:?}"),
            Key::Function(number) => assert!((1..=12).contains(number)),
            _ => {}
        }
        let _ = editor.key(key);
        assert!(!editor.text().contains(is_no_text));
        assert!(editor.text().is_char_boundary(editor.cursor()));
    }
}

/// It makes no difference where a read ends: but for pastes, which are told by their chunks.
pub fn chunks_make_no_difference(bytes: &[u8], cut: usize) {
    if bytes.contains(&b'~') {
        return;
    }
    let (head, tail) = bytes.split_at(cut.min(bytes.len()));
    let singles: Vec<&[u8]> = bytes.chunks(1).collect();
    let whole = keys_of(&[bytes]);
    assert_eq!(keys_of(&[head, tail]), whole);
    assert_eq!(keys_of(&singles), whole);
}

/// A control sequence with any parameters is never text, not even in part.
pub fn no_sequence_is_text(parameters: &[u8], last: u8) {
    let parameters = parameters.iter().map(|byte| b' ' + byte % 32);
    let mut bytes = b"\x1b[".to_vec();
    bytes.extend(parameters);
    bytes.push(b'@' + last % 63);
    let mut keys = keys_of(&[&bytes]);
    keys.retain(|key| matches!(key, Key::Char(_) | Key::Meta(_) | Key::Paste(_)));
    assert_eq!(keys, [], "{:?}", String::from_utf8_lossy(&bytes));
}

fn keys_of(chunks: &[&[u8]]) -> Vec<Key> {
    let mut decoder = Decoder::default();
    let mut keys = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, Duration::ZERO, &mut keys);
    }
    decoder.tick(LONG, &mut keys);
    keys
}

fn is_no_text(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}
