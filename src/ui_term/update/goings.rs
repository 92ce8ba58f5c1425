//! Comings and goings in words.

use crate::sanitise::plain_line;
use crate::wire::{Code, Phrase};

/// How somebody went, after the name.
pub(super) fn how(code: &Code, words: Option<&Phrase>) -> String {
    let words = words.map(|words| plain_line(&words.to_string()));
    match (code.as_str(), words) {
        ("moved", Some(room)) => format!("went to {room}"),
        ("quit", Some(words)) => format!("left ({words})"),
        ("quit" | "moved", None) => "left".to_owned(),
        ("lost", _) => "lost the connection".to_owned(),
        ("kicked", Some(words)) => format!("was sent away ({words})"),
        ("kicked", None) => "was sent away".to_owned(),
        (code, _) => format!("left ({code})"),
    }
}
