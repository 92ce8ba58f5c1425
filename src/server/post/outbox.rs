//! What one connection has waiting, and who may write to it.
//!
//! Invariant: at any time exactly one thread has the right to write, which is to hold the [`Writer`]: the postman, or
//! the connection's courier. It changes hands only under the outbox's lock, and "the queue is empty" and "the right
//! is given back" are one step there, so that nothing overtakes anything.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::letters::{Letters, Piece};
use super::means::Means;
use crate::server::outgoing::Unread;
use crate::transport::Writer;

/// See the module.
pub(super) struct Outbox {
    pub(super) right: Right,
    pub(super) ending: Ending,
    pub(super) stalled_before: bool,
    queue: VecDeque<Batch>,
    /// More waited than may: the hub has been told, and nothing more is sent but the last line.
    pub(super) given_up: bool,
}

/// Who may write?
pub(super) enum Right {
    /// Its reader, which has yet to agree with the peer on how they talk.
    Reader,
    Postman(Writer),
    /// A courier that has yet to begin.
    Handed(Writer),
    Courier,
    /// Nobody any more: the last line is written, or the connection is broken.
    Nobody,
}

/// How far its end has come.
pub(super) enum Ending {
    Open,
    /// The courier is to end it with this last line.
    Asked {
        last: Vec<u8>,
        unread: Unread,
    },
    /// What is queued is the end.
    Last,
}

/// Bytes that wait with a courier.
pub(super) struct Batch {
    bytes: Arc<Vec<u8>>,
    at: usize,
    end: usize,
    /// What it counts for: all that it pins, unless the batch before it pins the same.
    cost: usize,
}

impl Batch {
    /// Nothing, for what is sealed already and has yet to leave.
    pub(super) fn empty() -> Batch {
        Batch {
            bytes: Arc::default(),
            at: 0,
            end: 0,
            cost: 0,
        }
    }

    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..self.end]
    }

    /// Cuts it to the rest of a line that was begun; to nothing where none was.
    fn keep_begun_line(&mut self) {
        let begun = self.at > 0 && self.bytes[self.at - 1] != b'\n';
        let line = self
            .rest()
            .iter()
            .position(|&b| b == b'\n')
            .map_or(self.end, |lf| self.at + lf + 1);
        self.end = if begun { line } else { self.at };
    }
}

/// More waits than may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Overfull;

impl Outbox {
    pub(super) fn new(right: Right) -> Outbox {
        Outbox {
            right,
            ending: Ending::Open,
            stalled_before: false,
            queue: VecDeque::new(),
            given_up: false,
        }
    }

    /// From now on nothing more is kept. What waits is dropped when the hub has closed the connection.
    pub(super) fn give_up(&mut self) {
        self.given_up = true;
    }

    /// Adds pieces to what waits; the first `skipped` bytes of them are written already. Where more waits than may
    /// nothing more is kept, but a piece that was begun is: its line must be finished before the last one.
    pub(super) fn queue(
        &mut self,
        pieces: &[Piece],
        mut skipped: usize,
        letters: &Letters,
        waiting: &AtomicUsize,
        means: &Means,
    ) -> Result<(), Overfull> {
        if self.given_up || matches!(self.right, Right::Reader | Right::Nobody) {
            return Ok(());
        }
        for piece in pieces {
            let (bytes, range) = letters.kept(piece);
            let same = self
                .queue
                .back()
                .is_some_and(|before| Arc::ptr_eq(&before.bytes, &bytes));
            let cost = if same { 0 } else { bytes.capacity() };
            let overfull = waiting.load(Ordering::Relaxed) + cost > means.limits.slow_bytes_max;
            if !overfull || skipped > 0 {
                waiting.fetch_add(cost, Ordering::Relaxed);
                means.couriered.fetch_add(cost, Ordering::Relaxed);
                let at = range.start + std::mem::take(&mut skipped);
                self.queue.push_back(Batch {
                    bytes,
                    at,
                    end: range.end,
                    cost,
                });
            }
            if overfull {
                self.give_up();
                return Err(Overfull);
            }
        }
        Ok(())
    }

    /// The last line, which no limit stops, from this byte on.
    pub(super) fn queue_last(&mut self, last: Vec<u8>, at: usize) {
        self.queue.push_back(Batch {
            at,
            end: last.len(),
            bytes: Arc::new(last),
            cost: 0,
        });
    }

    /// The first of what waits, in a second handle: to be written from while the outbox is not locked.
    pub(super) fn first(&self) -> Option<Batch> {
        self.queue.front().map(|first| Batch {
            bytes: Arc::clone(&first.bytes),
            ..*first
        })
    }

    /// So many bytes of the first are written; it goes where nothing of it is left.
    pub(super) fn written(&mut self, bytes: usize, waiting: &AtomicUsize, means: &Means) {
        let Some(first) = self.queue.front_mut() else {
            return;
        };
        first.at += bytes;
        if first.at >= first.end {
            self.drop_first(waiting, means);
        }
    }

    fn drop_first(&mut self, waiting: &AtomicUsize, means: &Means) {
        let Some(first) = self.queue.pop_front() else {
            return;
        };
        let mut freed = first.cost;
        if let Some(next) = self.queue.front_mut()
            && Arc::ptr_eq(&next.bytes, &first.bytes)
        {
            // It still pins what the first had paid for.
            next.cost += std::mem::take(&mut freed);
        }
        waiting.fetch_sub(freed, Ordering::Relaxed);
        means.couriered.fetch_sub(freed, Ordering::Relaxed);
    }

    /// Of what waits only the rest of a line that was begun is still to be sent.
    pub(super) fn keep_begun_line(&mut self, waiting: &AtomicUsize, means: &Means) {
        let begun = self.queue.pop_front();
        self.drop_all(waiting, means);
        self.queue.extend(begun);
        self.queue.iter_mut().for_each(Batch::keep_begun_line);
        self.written(0, waiting, means);
    }

    /// Of what waits only the first is still to be sent: a courier may be writing it.
    pub(super) fn keep_first(&mut self, waiting: &AtomicUsize, means: &Means) {
        for dropped in self.queue.drain(1.min(self.queue.len())..) {
            waiting.fetch_sub(dropped.cost, Ordering::Relaxed);
            means.couriered.fetch_sub(dropped.cost, Ordering::Relaxed);
        }
    }

    /// Nothing of what waits is to be sent.
    pub(super) fn drop_all(&mut self, waiting: &AtomicUsize, means: &Means) {
        while !self.queue.is_empty() {
            self.drop_first(waiting, means);
        }
    }
}
