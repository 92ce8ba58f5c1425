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

use super::escape::ESCAPE;
use paste::Paste;
use sequence::{Meaning, SEQUENCE_BYTES_MAX, Step};
use std::time::Duration;

/// A lone Esc is the Esc key if nothing follows for this long.
const LONE_ESCAPE: Duration = Duration::from_millis(50);
/// The rest of a begun sequence is awaited this long, then what came of it is dropped.
const SEQUENCE: Duration = Duration::from_millis(500);
/// A paste of which nothing more has come for this long has ended.
const PASTE: Duration = Duration::from_secs(1);
/// A chunk without brackets that goes on after an Enter was typed, if it is no longer than this.
const TYPED_CHUNK_BYTES_MAX: usize = 3;
/// The bytes that say what kind of sequence it is.
const SEQUENCE_HEAD_BYTES: usize = 2;

/// Turns chunks of bytes into keys; holds what is not yet decided.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The begun character or sequence.
    pending: Vec<u8>,
    paste: Option<Paste>,
    /// When `pending` began, or the newest bytes of a paste came.
    since: Duration,
    /// When the newest bytes came.
    now: Duration,
    /// Whether this terminal has bracketed a paste, and so will bracket the others.
    brackets: bool,
}

impl Decoder {
    /// Takes the bytes that one read gave, and the time since any fixed moment.
    pub fn feed(&mut self, chunk: &[u8], now: Duration, keys: &mut Vec<Key>) {
        self.tick(now, keys);
        self.now = now;
        if self.pending.is_empty() || self.paste.is_some() {
            self.since = now;
        }
        if self.is_unbracketed_paste(chunk) {
            self.pending.extend_from_slice(chunk);
            let cut = self
                .pending
                .split_off(paste::whole_characters(&self.pending));
            let pasted = std::mem::replace(&mut self.pending, cut);
            keys.push(Key::Paste(paste::text(&pasted)));
            return;
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            rest = match &mut self.paste {
                Some(paste) => {
                    paste.take(rest);
                    self.end_paste(keys);
                    &[]
                }
                None if self.pending.is_empty() => self.begin(rest, keys),
                None => self.carry_on(rest, keys),
            };
        }
    }

    /// Decides what only the time can decide. To be called at [`Decoder::deadline`].
    pub fn tick(&mut self, now: Duration, keys: &mut Vec<Key>) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        if let Some(paste) = self.paste.take() {
            keys.push(Key::Paste(paste.text()));
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

    /// Whether a chunk was pasted, in a terminal that does not say so. Nobody goes on typing
    /// after an Enter between two reads; a whole line with its Enter at the end does come in
    /// one, over a slow line or on a busy machine.
    fn is_unbracketed_paste(&self, chunk: &[u8]) -> bool {
        !self.brackets
            && !self.pending.contains(&ESCAPE)
            && chunk.len() > TYPED_CHUNK_BYTES_MAX
            && goes_on_after_enter(chunk)
            && !chunk.contains(&ESCAPE)
    }

    /// Takes the bytes of one key, or begins to wait for its rest; gives back what is left.
    fn begin<'a>(&mut self, bytes: &'a [u8], keys: &mut Vec<Key>) -> &'a [u8] {
        match sequence::first(bytes) {
            Step::Incomplete => {
                self.pending = bytes.to_vec();
                self.since = self.now;
                &[]
            }
            Step::Done(used, meaning) => {
                self.act(meaning, keys);
                bytes.get(used..).unwrap_or_default()
            }
        }
    }

    /// Takes one byte more of what has begun. If it turns out not to belong to it, it is
    /// given back; an Esc right before it stays begun.
    fn carry_on<'a>(&mut self, bytes: &'a [u8], keys: &mut Vec<Key>) -> &'a [u8] {
        let Some((&byte, rest)) = bytes.split_first() else {
            return &[];
        };
        self.pending.push(byte);
        let Step::Done(used, meaning) = sequence::first(&self.pending) else {
            if self.pending.len() > SEQUENCE_BYTES_MAX {
                self.pending.remove(SEQUENCE_HEAD_BYTES);
            }
            return rest;
        };
        self.pending.drain(..used);
        self.act(meaning, keys);
        if self.pending.pop().is_some() {
            bytes
        } else {
            rest
        }
    }

    fn act(&mut self, meaning: Meaning, keys: &mut Vec<Key>) {
        match meaning {
            Meaning::Key(key) => keys.push(key),
            Meaning::PasteBegins => {
                self.brackets = true;
                self.since = self.now;
                self.paste = Some(Paste::default());
            }
        }
    }

    fn end_paste(&mut self, keys: &mut Vec<Key>) {
        if let Some(paste) = self.paste.take_if(|paste| paste.has_ended()) {
            keys.push(Key::Paste(paste.text()));
        }
    }
}

fn goes_on_after_enter(chunk: &[u8]) -> bool {
    let all_but_last = chunk.split_last().map_or(chunk, |(_, before)| before);
    all_but_last.contains(&b'\r')
}

#[cfg(test)]
mod tests;
