//! The log, and where in it one reads.

use super::log::{Log, Seq};
use crate::clock::Offset;

/// The log, what of it is seen, and what has not been read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) log: Log,
    /// How far the times shown are from UTC.
    pub(crate) offset: Offset,
    pub(crate) scroll: Scroll,
    /// The entry that was jumped to or found.
    pub(crate) pointed: Option<Seq>,
    /// The long message that is shown whole.
    pub(crate) opened: Option<Seq>,
    /// The first entry that nobody has looked at.
    pub(crate) first_unread: Option<Seq>,
    /// Messages from it on, of others.
    pub(crate) unread: usize,
}

/// Which part of the log is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scroll {
    #[default]
    Bottom,
    /// The lowest row seen is of this entry, of which so many rows are below it.
    At { seq: Seq, below: usize },
}

impl Reading {
    pub(crate) fn is_at_bottom(&self) -> bool {
        self.scroll == Scroll::Bottom
    }

    /// Sees this part, and points at nothing.
    pub(crate) fn go(&mut self, scroll: Scroll) {
        (self.scroll, self.pointed) = (scroll, None);
    }

    /// Takes all for read, and goes to the newest.
    pub(crate) fn finish(&mut self) {
        self.go(Scroll::Bottom);
        (self.first_unread, self.unread) = (None, 0);
    }

    /// Counts a message that nobody has looked at.
    pub(crate) fn leave_unread(&mut self, seq: Seq) {
        if self.unread == 0 {
            self.first_unread = Some(seq);
        }
        self.unread += 1;
    }

    /// The place of what was jumped to, or the end.
    pub(crate) fn pointed_at(&self) -> usize {
        let pointed = self.pointed.map(|seq| self.log.index_of(seq));
        pointed.unwrap_or(self.log.len())
    }

    /// Entries below what is seen.
    pub(crate) fn entries_below(&self) -> usize {
        match self.scroll {
            Scroll::Bottom => 0,
            Scroll::At { seq, .. } => self.log.len().saturating_sub(self.log.index_of(seq) + 1),
        }
    }
}
