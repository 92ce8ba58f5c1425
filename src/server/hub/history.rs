//! What a room remembers: its last events as they were sent, so that showing them again is copying.

use std::collections::VecDeque;

use crate::server::limits::Limits;

/// The last events of a room.
#[derive(Debug, Default)]
pub(super) struct History {
    lines: VecDeque<Box<[u8]>>,
    bytes: usize,
}

impl History {
    /// One more line, its LF included; the oldest go.
    pub(super) fn push(&mut self, line: &[u8], limits: &Limits) {
        self.bytes += line.len();
        self.lines.push_back(line.into());
        while self.lines.len() > limits.history_events_max || self.bytes > limits.history_bytes_max
        {
            let Some(oldest) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
    }

    /// The last lines, at most so many, oldest first.
    pub(super) fn last(&self, at_most: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let skipped = self.lines.len().saturating_sub(at_most);
        self.lines.range(skipped..).map(|line| &**line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_hold_and_the_oldest_go() {
        let limits = Limits {
            history_events_max: 3,
            history_bytes_max: 10,
            ..Limits::default()
        };
        let mut history = History::default();
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            history.push(line.as_bytes(), &limits);
        }
        assert_eq!(
            history.last(10).collect::<Vec<_>>(),
            [b"b\n", b"c\n", b"d\n"]
        );
        assert_eq!(history.last(1).collect::<Vec<_>>(), [b"d\n"]);
        assert_eq!(history.last(0).len(), 0);
        history.push(b"seven\n", &limits);
        assert_eq!(
            history.last(10).collect::<Vec<_>>(),
            [b"c\n".as_slice(), b"d\n", b"seven\n"]
        );
        history.push(b"more than ten\n", &limits);
        assert_eq!(history.last(10).len(), 0);
    }
}
