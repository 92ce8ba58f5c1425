//! From the bytes that a terminal sends to the keys that somebody pressed.
//!
//! Holds: whatever the bytes, there is no panic, and nothing becomes text but what was typed
//! or pasted as text; a sequence nobody knows is [`Key::Unknown`]. Time is an argument: a
//! lone Esc and the start of a sequence are the same byte, and only a pause tells them apart.
//!
//! Ruled out: terminfo (the terminals send what it does not say, and the few spellings of
//! each key fit on a page), and the newer keyboard protocols (they would tell Esc from a
//! sequence at once, but few terminals have one, and this decoder would be needed all the same).

mod key;
mod paste;
mod sequence;

pub use key::Key;

use super::escape::{ESCAPE, PASTE_BEGINS};
use std::time::Duration;

/// A lone Esc is the Esc key if nothing follows for this long.
const LONE_ESCAPE: Duration = Duration::from_millis(50);
/// The rest of a begun sequence is awaited this long, then what came of it is dropped.
const SEQUENCE: Duration = Duration::from_millis(500);
/// A paste of which nothing more has come for this long has ended.
const PASTE: Duration = Duration::from_secs(1);

/// Turns chunks of bytes into keys; holds what is not yet decided.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The begun character or sequence.
    pending: Vec<u8>,
    /// The begun paste.
    paste: Option<Vec<u8>>,
    /// When `pending` began, or the newest bytes of a paste came.
    since: Duration,
    /// When an Enter came with which a read ended: a line feed behind it belongs to it.
    returned: Option<Duration>,
}

impl Decoder {
    /// Takes the bytes that one read gave, and the time since any fixed moment.
    pub fn feed(&mut self, chunk: &[u8], now: Duration, keys: &mut Vec<Key>) {
        self.tick(now, keys);
        let mut bytes = std::mem::take(&mut self.pending);
        let mut is_begun = !bytes.is_empty();
        bytes.extend_from_slice(chunk);
        let mut rest = bytes.as_slice();
        let returned = self.returned.take();
        if returned.is_some_and(|at| now <= at + SEQUENCE) {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while !rest.is_empty() {
            if self.paste.is_none()
                && let Some(pasted) = rest.strip_prefix(PASTE_BEGINS.as_bytes())
            {
                (self.paste, self.since, rest) = (Some(Vec::new()), now, pasted);
            } else if let Some(paste) = &mut self.paste {
                self.since = now;
                if paste::take(paste, rest) {
                    keys.push(Key::Paste(paste::text(paste)));
                    self.paste = None;
                }
                return;
            } else if let Some((used, key)) = sequence::first(rest) {
                keys.push(key);
                (rest, is_begun) = (rest.get(used..).unwrap_or_default(), false);
            } else {
                // Of a sequence longer than any key sends only this much is held.
                let held = rest.get(..sequence::BYTES_MAX).unwrap_or(rest);
                self.pending = held.to_vec();
                if !is_begun {
                    self.since = now;
                }
                return;
            }
        }
        let has_returned = keys.last() == Some(&Key::Enter) && bytes.ends_with(b"\r");
        self.returned = has_returned.then_some(now);
    }

    /// Decides what only the time can decide. To be called at [`Decoder::deadline`].
    pub fn tick(&mut self, now: Duration, keys: &mut Vec<Key>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if let Some(paste) = self.paste.take() {
            keys.push(Key::Paste(paste::text(&paste)));
        } else if self.pending == [ESCAPE] {
            keys.push(Key::Escape);
        }
        self.pending.clear();
    }

    /// When something is to be decided even if no more bytes come. A character cut in two
    /// waits for its rest for as long as it takes.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let wait = match self.pending.as_slice() {
            _ if self.paste.is_some() => PASTE,
            [ESCAPE] => LONE_ESCAPE,
            [ESCAPE, ..] => SEQUENCE,
            _ => return None,
        };
        Some(self.since + wait)
    }
}

#[cfg(test)]
mod tests;
