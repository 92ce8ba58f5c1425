//! Whose words are not told: the client's own business, of which the server never hears.
//!
//! A name is ignored in any case of letters, and nothing else is: whoever takes another name is heard again, and so
//! is whoever takes an ignored one not heard. To follow a person from name to name would need a list of what
//! everybody was called, and still be left behind by a reconnection.

use super::Session;
use crate::client::event::{Event, Outcome, Row, Ticket, Whose};
use crate::wire::{Code, EventKind, Name};

/// Names that can be ignored at once.
const IGNORED_MAX: usize = 256;

impl Session {
    /// Ignores this name too, and tells which are ignored.
    pub(super) fn ignore(&mut self, ticket: Ticket, name: Option<Name>) {
        if name.is_some() && self.ignored.len() >= IGNORED_MAX {
            return self.settle(ticket, Outcome::Unsent);
        }
        self.ignored.extend(name.map(|name| (name.folded(), name)));
        let names = self.ignored.values().cloned().collect();
        self.tell(Event::Row(ticket, Row::Ignored(names)));
        self.settle(ticket, Outcome::Done(None));
    }

    pub(super) fn unignore(&mut self, ticket: Ticket, name: &Name) {
        self.ignored.remove(&name.folded());
        self.ignore(ticket, None);
    }

    /// What may be told of it: nothing of an ignored name's words, those at parting among them.
    pub(super) fn heard(&self, what: EventKind, whose: Whose) -> Option<EventKind> {
        let is_ignored = |name: &Name| self.ignored.contains_key(&name.folded());
        if whose != Whose::Others || !what.doer().is_some_and(is_ignored) {
            return Some(what);
        }
        use EventKind::*;
        Some(match what {
            Said(..) | Did(..) | Told(..) => return None,
            Left(room, name, code, _) if code == Code::QUIT => Left(room, name, code, None),
            Came(..) | Left(..) | Renamed(..) | Topic(..) => what,
            Welcome(..) | Room(..) | Notice(..) => what,
        })
    }
}
