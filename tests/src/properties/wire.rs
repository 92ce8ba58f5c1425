//! What holds of every line: one spelling for each value, one value for each spelling, and a
//! fault that can be shown to anybody.

pub mod lines;
pub mod parts;

use chalktalk::wire::{
    Fault, LINE_BYTES_MAX, Name, Phrase, Request, ServerLine, Tag, Tagged, Text, escape, unescape,
};
use parts::Parts;

/// A character that works on a line or on a terminal, written anew from the grammar's page.
fn is_control(c: char) -> bool {
    let code = u32::from(c);
    code < 0x20 || (0x7f..0xa0).contains(&code) || code == 0x2028 || code == 0x2029
}

/// Every message that can be made of these parts comes back from its line as it was.
pub fn every_message_comes_back(parts: &Parts) {
    for body in parts.requests() {
        let asked = Tagged {
            tag: parts.tag.clone(),
            body,
        };
        let line = line_of(|out| asked.body.encode(asked.tag.as_ref(), out));
        assert_eq!(Request::decode(&line), Ok(asked), "{line:?}");
    }
    for body in parts.server_lines() {
        let tag = Parts::may_be_tagged(&body)
            .then(|| parts.tag.clone())
            .flatten();
        let sent = Tagged { tag, body };
        let line = line_of(|out| sent.body.encode(sent.tag.as_ref(), out));
        assert_eq!(ServerLine::decode(&line), Ok(sent), "{line:?}");
    }
}

/// What was encoded, without its end: one line, in bounds, with no control character in it.
fn line_of(encode: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    encode(&mut out);
    assert!(out.len() <= LINE_BYTES_MAX, "{} bytes", out.len());
    assert_eq!(out.pop(), Some(b'\n'));
    let line = String::from_utf8(out).expect("UTF-8");
    assert!(!line.contains(is_control), "{line:?}");
    line
}

/// Whatever is taken for a message has one spelling, which means the same; and the line of a server is that
/// spelling already, since only the verbs of requests may be written in any case.
pub fn what_decodes_has_one_spelling(line: &str) {
    match Request::decode(line) {
        Ok(asked) => {
            let spelling = line_of(|out| asked.body.encode(asked.tag.as_ref(), out));
            assert!(spelling.eq_ignore_ascii_case(line), "{spelling:?}");
            assert_eq!(Request::decode(&spelling), Ok(asked));
        }
        Err(refusal) => {
            fault_can_be_shown(&refusal.fault, line);
            assert_eq!(refusal.tag, tag_of(line), "{line:?}");
        }
    }
    match ServerLine::decode(line) {
        Ok(sent) => {
            let spelling = line_of(|out| sent.body.encode(sent.tag.as_ref(), out));
            assert_eq!(spelling, line);
        }
        Err(fault) => fault_can_be_shown(&fault, line),
    }
}

/// The tag of a line, whatever follows it: a client waits for the answer that carries it.
fn tag_of(line: &str) -> Option<Tag> {
    let (tag, _) = line.strip_prefix('@')?.split_once(' ')?;
    Tag::parse(tag)
}

/// A fault tells nothing that harms, points into the line or to where it ends, and can be sent.
fn fault_can_be_shown(fault: &Fault, line: &str) {
    let told = fault.to_string();
    assert!(!told.is_empty());
    assert!(!told.contains(is_control), "{told:?}");
    if let Some(column) = fault.column {
        let columns = 1..=line.chars().count() + 1;
        assert!(columns.contains(&column), "{told:?} of {line:?}");
    }
    let error = ServerLine::Error {
        code: fault.code.clone(),
        sentence: Text::cut(&told),
    };
    let sent = line_of(|out| error.encode(None, out));
    assert_eq!(
        ServerLine::decode(&sent),
        Ok(Tagged {
            tag: None,
            body: error
        })
    );
}

/// Any string at all can be said, in one spelling.
pub fn any_text_can_be_said(text: &str) {
    let mut written = String::new();
    escape(text, &mut written);
    assert!(!written.contains(is_control), "{written:?}");
    assert_eq!(unescape(&written).as_deref(), Ok(text));
    if let Ok(spelled) = Text::new(text) {
        assert_eq!(spelled.to_string(), text);
        assert_eq!(spelled.written(), written);
    }
    let cut = Phrase::cut(text);
    assert_eq!(unescape(cut.written()).as_deref(), Ok(&*cut.to_string()));
    if !text.is_empty() {
        assert!(text.starts_with(&cut.to_string()), "{cut:?}");
    }
    if let Ok(other) = unescape(text) {
        let mut again = String::new();
        escape(&other, &mut again);
        assert_eq!(again, text, "a text has one spelling");
    }
}

/// A name stands in a line as it is, is shown as it is, and is the same name in capitals.
pub fn a_name_needs_no_care(text: &str) {
    let Ok(name) = Name::parse(text) else {
        return;
    };
    assert_eq!(name.as_str(), text);
    assert!(chalktalk::sanitise::shown_unchanged(text), "{text:?}");
    let bad = |c: char| is_control(c) || c.is_whitespace() || c == '\\';
    assert!(!text.contains(bad), "{text:?}");
    assert!(text.len() <= 64 && (1..=24).contains(&text.chars().count()));
    for other in [text.to_uppercase(), text.to_lowercase()] {
        if let Ok(other) = Name::parse(&other) {
            assert_eq!(other.folded(), name.folded(), "{name} and {other}");
        }
    }
}
