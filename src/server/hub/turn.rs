//! Whose turn it is: one request after another, at the rate that each connection may ask.

use std::time::Duration;

use super::person::Stage;
use super::state::{Hub, Now};
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::wire::{Code, Refusal, Request, Tagged};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was handled.
    Handled,
    /// It was not: its sender is in debt to the rate, and may try again after this time.
    Owes(Duration),
    /// It was not: the connection is closed, and what it still sends is nobody's.
    Gone,
}

impl Hub {
    /// A line has come from the connection.
    pub fn handle(
        &mut self,
        id: ConnectionId,
        line: &Result<Tagged<Request>, Refusal>,
        now: Now,
        out: &mut Outgoing,
    ) -> Verdict {
        let wait = self.owes(id, now.monotonic);
        match wait {
            None => return Verdict::Gone,
            Some(Duration::ZERO) => {}
            Some(wait) if self.in_debt_too_long(id, now) => {
                debug_assert!(wait > Duration::ZERO);
                self.close(
                    id,
                    Code::TOO_FAST,
                    "more requests than the server bears",
                    now,
                    out,
                );
                return Verdict::Gone;
            }
            Some(wait) => return Verdict::Owes(wait),
        }
        if self.counts_line_before_name(id) {
            self.close(
                id,
                Code::TOO_MUCH_UNNAMED,
                "too many lines before a name",
                now,
                out,
            );
            return Verdict::Gone;
        }
        let bytes = match line {
            Ok(Tagged { tag, body }) => self.request(id, tag.as_ref(), body, now, out),
            Err(Refusal { tag, fault }) => self.refuse(id, tag.as_ref(), fault, out),
        };
        self.charge(id, bytes, now.monotonic);
        Verdict::Handled
    }

    /// The reader of this connection has handled all that was sent to it: it is in debt no longer.
    pub fn drained(&mut self, id: ConnectionId) {
        if let Some(person) = self.people.get_mut(&id) {
            person.debt_since = None;
        }
    }

    /// How long the connection has to wait; `None` where it is gone.
    fn owes(&mut self, id: ConnectionId, now: Duration) -> Option<Duration> {
        let person = self.people.get_mut(&id)?;
        let Some(rate) = self.limits.requests else {
            return Some(Duration::ZERO);
        };
        let wait = person.spent.wait(rate, now);
        if person.spent.is_full(now) {
            // Paid in full, though its reader never found the socket empty.
            person.debt_since = None;
        }
        if wait > Duration::ZERO {
            person.debt_since.get_or_insert(now);
            // Who waits for us is not silent.
            person.hear(now + wait);
        }
        Some(wait)
    }

    fn in_debt_too_long(&self, id: ConnectionId, now: Now) -> bool {
        let since = self.people.get(&id).and_then(|person| person.debt_since);
        since.is_some_and(|since| now.monotonic.saturating_sub(since) >= self.limits.debt_max)
    }

    /// Counts a line of one without a name, and says whether it was one too many.
    fn counts_line_before_name(&mut self, id: ConnectionId) -> bool {
        match self.people.get_mut(&id).map(|person| &mut person.stage) {
            Some(Stage::Unnamed { lines, .. }) => {
                *lines += 1;
                *lines > self.limits.unnamed_lines_max
            }
            _ => false,
        }
    }

    fn charge(&mut self, id: ConnectionId, answer_bytes: usize, now: Duration) {
        if let (Some(rate), Some(person)) = (self.limits.requests, self.people.get_mut(&id)) {
            let more = answer_bytes / self.limits.answer_bytes_per_request.max(1);
            person
                .spent
                .take(1 + u32::try_from(more).unwrap_or(u32::MAX / 2), rate, now);
        }
    }
}
