//! One end of a connection and the other: what a person has sent that is not handled yet, and what came for it.

use crate::properties::hub::letters::Letters;
use chalktalk::server::hub::{Hub, Now, Verdict};
use chalktalk::server::outgoing::{ConnectionId, Outgoing};
use chalktalk::wire::{Code, Fault, LineReader, Refusal, Request, Tagged, foreign_protocol};
use std::collections::VecDeque;
use std::time::Duration;

/// Somebody who is connected.
#[derive(Default)]
pub(super) struct Person {
    /// `None` where the hub knows nothing of the connection.
    id: Option<ConnectionId>,
    lines: LineReader,
    begun: bool,
    bytes: usize,
    requests: VecDeque<Result<Tagged<Request>, Refusal>>,
    end: Option<Fault>,
    /// When it may go on, if it has asked too much.
    pays_at: Option<Duration>,
    stream: Vec<u8>,
    /// How much of the stream the transcript has looked at.
    taken: usize,
    pub(super) is_over: bool,
}

impl Person {
    pub(super) fn new(id: ConnectionId) -> Person {
        Person {
            id: Some(id),
            ..Person::default()
        }
    }

    /// It was not let in, and told so.
    pub(super) fn refused(line: Vec<u8>) -> Person {
        Person {
            stream: line,
            is_over: true,
            ..Person::default()
        }
    }

    /// The server is no more.
    pub(super) fn is_cut(&mut self) {
        (self.id, self.is_over) = (None, true);
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.stream[self.taken..]
    }

    /// The next line, if it has come whole.
    pub(super) fn take_line(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let unread = self.unread();
        let at = unread.windows(end.len()).position(|bytes| bytes == end)?;
        let line = unread[..at].to_vec();
        self.taken += at + end.len();
        Some(line)
    }

    pub(super) fn take_all(&mut self) {
        self.taken = self.stream.len();
    }

    pub(super) fn is_given(&mut self, letters: &mut Letters) {
        if let Some(id) = self.id {
            let stream = letters.streams.get_mut(&id);
            self.stream.append(stream.unwrap_or(&mut Vec::new()));
            self.is_over |= letters.closed.contains(&id);
        }
    }

    /// Cuts what comes into lines, as the server does.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len();
        while !bytes.is_empty() && self.end.is_none() {
            let space = self.lines.space();
            let (now, later) = bytes.split_at(space.len().min(bytes.len()));
            space[..now.len()].copy_from_slice(now);
            self.lines.filled(now.len());
            bytes = later;
            if !self.begun {
                self.end = foreign_protocol(self.lines.rest());
            }
            while self.end.is_none() {
                let asked = match self.lines.next_line() {
                    None => break,
                    Some(Err(refusal)) if refusal.fault.code == Code::LINE_TOO_LONG => {
                        self.end = Some(refusal.fault);
                        break;
                    }
                    Some(line) => line.and_then(Request::decode),
                };
                self.begun = true;
                self.requests.push_back(asked);
            }
        }
    }

    /// Nothing more comes.
    pub(super) fn ends(&mut self, code: Code) {
        self.end.get_or_insert(Fault::new(code, ""));
    }

    pub(super) fn pays_at(&self) -> Option<Duration> {
        self.pays_at
    }

    /// Hands in all that may be handled now.
    pub(super) fn hand_in(&mut self, hub: &mut Hub, out: &mut Outgoing, now: Now) {
        let Some(id) = self.id else { return };
        hub.heard(id, std::mem::take(&mut self.bytes), now, out);
        self.pays_at = None;
        while let Some(asked) = self.requests.front() {
            match hub.handle(id, asked, now, out) {
                Verdict::Handled => drop(self.requests.pop_front()),
                Verdict::Gone => self.requests.clear(),
                Verdict::Owes(time) => {
                    self.pays_at = Some(now.monotonic + time);
                    return;
                }
            }
        }
        let Some(end) = self.end.take() else {
            return hub.drained(id);
        };
        if [Code::QUIT, Code::LOST].contains(&end.code) {
            hub.gone(id, end.code, now, out);
        } else {
            hub.close(id, end, now, out);
        }
    }
}
