//! What has been said and has happened, as it is read: the oldest first, and bounded.
//!
//! Holds: entries have rising numbers that stay theirs, so a place in the log outlives what is
//! added behind it and dropped before it. Texts are kept as they came; whoever shows them
//! sends them through the sanitiser.

use crate::client::{Ticket, When};
use crate::wire::{Name, UnixMs};
use std::collections::VecDeque;

/// Entries kept; the oldest go.
const ENTRIES_MAX: usize = 10_000;
/// Bytes of text kept; the oldest go.
const TEXT_BYTES_MAX: usize = 16 << 20;
/// Comings and goings that one line holds.
const MOVES_PER_LINE_MAX: usize = 64;

/// Names an entry for as long as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seq(u64);

/// Something to be read.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) seq: Seq,
    pub(crate) time: UnixMs,
    pub(crate) body: Body,
}

/// What an entry says.
#[derive(Debug, PartialEq)]
pub(crate) enum Body {
    /// Said to the room, or done in it.
    Said {
        did: bool,
        name: Name,
        text: String,
        sort: Sort,
        when: When,
    },
    /// Said to one person; `from` or `to` is oneself.
    Told {
        from: Name,
        to: Name,
        text: String,
        sort: Sort,
    },
    /// One's own message, of which the server has not told yet; to one person, or to all.
    Pending {
        ticket: Ticket,
        to: Option<Name>,
        text: String,
    },
    /// One's own message that was not said, or nobody knows, and why.
    Unsaid { text: String, why: String },
    /// Who came and went, one after the other.
    Moves(Vec<Move>),
    /// Something else that happened, or an answer.
    Note(String),
}

/// Why one would look at a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It is there.
    Plain,
    /// It holds one's name.
    Mention,
    /// It is one's own.
    Mine,
}

/// A coming or going.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) name: Name,
    /// What they did, in words.
    pub(crate) how: String,
}

/// All entries that are kept.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    next: u64,
    text_bytes: usize,
}

impl Log {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The place of an entry, or of the one after it if it is gone.
    pub(crate) fn index_of(&self, seq: Seq) -> usize {
        self.entries.partition_point(|entry| entry.seq < seq)
    }

    pub(crate) fn push(&mut self, time: UnixMs, body: Body) -> Seq {
        let seq = Seq(self.next);
        self.next += 1;
        self.text_bytes += body.text_bytes();
        self.entries.push_back(Entry { seq, time, body });
        while self.entries.len() > ENTRIES_MAX || self.text_bytes > TEXT_BYTES_MAX {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.text_bytes -= oldest.body.text_bytes();
        }
        seq
    }

    /// Adds a coming or going, to the line of those before it if that is the last.
    pub(crate) fn push_move(&mut self, time: UnixMs, name: &Name, how: String) {
        let name = name.clone();
        let moved = Move { name, how };
        match self.entries.back_mut().map(|entry| &mut entry.body) {
            Some(Body::Moves(moves)) if moves.len() < MOVES_PER_LINE_MAX => moves.push(moved),
            _ => {
                self.push(time, Body::Moves(vec![moved]));
            }
        }
    }

    /// Takes out the pending message of a ticket.
    pub(crate) fn take_pending(&mut self, of: Ticket) -> Option<(Option<Name>, String)> {
        let is_it =
            |entry: &Entry| matches!(&entry.body, Body::Pending { ticket, .. } if *ticket == of);
        let at = self.entries.iter().rposition(is_it)?;
        let body = self.entries.remove(at)?.body;
        self.text_bytes -= body.text_bytes();
        match body {
            Body::Pending { to, text, .. } => Some((to, text)),
            _ => None,
        }
    }

    /// Who was the last to whisper, answered or not.
    pub(crate) fn last_whisperer(&self) -> Option<&Name> {
        self.iter().rev().find_map(|entry| match &entry.body {
            Body::Told { from, sort, .. } if *sort != Sort::Mine => Some(from),
            _ => None,
        })
    }

    /// One's own messages that are on their way, and those at the end that came back.
    pub(crate) fn unsent(&self) -> Vec<String> {
        let mut at_the_end = true;
        let unsent = |entry: &Entry| match &entry.body {
            Body::Unsaid { text, .. } if at_the_end => Some(text.clone()),
            Body::Pending { text, .. } => Some(text.clone()),
            _ => {
                at_the_end = false;
                None
            }
        };
        let mut unsent: Vec<String> = self.iter().rev().filter_map(unsent).collect();
        unsent.reverse();
        unsent
    }

    /// The newest entry before a place that is as wanted.
    pub(crate) fn find_before(
        &self,
        end: usize,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Option<&Entry> {
        let end = end.min(self.entries.len());
        self.entries.range(..end).rfind(|entry| wanted(entry))
    }
}

impl Body {
    /// Why one would look at it, if somebody has said it.
    pub(crate) fn sort(&self) -> Option<Sort> {
        match self {
            Self::Said { sort, .. } | Self::Told { sort, .. } => Some(*sort),
            _ => None,
        }
    }

    fn text_bytes(&self) -> usize {
        match self {
            Self::Said { text, .. }
            | Self::Told { text, .. }
            | Self::Pending { text, .. }
            | Self::Note(text) => text.len(),
            Self::Unsaid { text, why } => text.len() + why.len(),
            // Bounded by their number.
            Self::Moves(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str) -> Body {
        Body::Note(text.to_owned())
    }

    #[test]
    fn the_oldest_go_and_the_others_keep_their_numbers() {
        let mut log = Log::default();
        let first = log.push(UnixMs(0), note("first"));
        let mut last = first;
        for _ in 0..ENTRIES_MAX {
            last = log.push(UnixMs(0), note("x"));
        }
        assert_eq!(log.len(), ENTRIES_MAX);
        assert_eq!(
            (log.index_of(first), log.index_of(last)),
            (0, ENTRIES_MAX - 1)
        );
        log.push(UnixMs(0), note(&"x".repeat(TEXT_BYTES_MAX)));
        assert_eq!(log.len(), 1);
    }

    #[test]
    fn a_pending_message_is_found_behind_what_came_after_it() {
        let mut log = Log::default();
        let pending = |ticket| Body::Pending {
            ticket: Ticket(ticket),
            to: None,
            text: ticket.to_string(),
        };
        log.push(UnixMs(0), pending(1));
        log.push(UnixMs(0), pending(2));
        log.push(UnixMs(0), note("x"));
        assert_eq!(log.take_pending(Ticket(1)), Some((None, "1".to_owned())));
        assert_eq!(log.take_pending(Ticket(1)), None);
        assert_eq!(log.len(), 2);
    }
}
