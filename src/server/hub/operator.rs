//! What the operator may do, and see.

use std::net::IpAddr;

use super::admission::Admission;
use super::person::Stage;
use super::state::{Hub, Now};
use crate::server::outgoing::{Outgoing, Unread};
use crate::wire::{Code, Name, Phrase, Room, ServerLine, Text, What};

impl Hub {
    /// The operator says something to everyone.
    pub fn announce(&mut self, text: &Text, now: Now, out: &mut Outgoing) {
        let notice = self.event(now, What::Notice(None, text.clone()));
        for &room in self.places.keys() {
            out.to_room(room, |line| notice.encode(line));
        }
    }

    /// The operator closes a person's connection. False where there is no such person.
    pub fn kick(
        &mut self,
        name: &Name,
        words: Option<Phrase>,
        now: Now,
        out: &mut Outgoing,
    ) -> bool {
        let Some(&id) = self.names.get(&name.folded()) else {
            return false;
        };
        let sentence = words
            .as_ref()
            .map_or_else(|| "by the operator".to_owned(), ToString::to_string);
        self.end(id, Code::KICKED, words, &sentence, now, out);
        true
    }

    /// The server ends: everybody is told, and nobody comes in any more.
    pub fn stop(&mut self, sentence: &str, out: &mut Outgoing) {
        self.stopped = true;
        // Nobody is told of the others' leaving: all are.
        for (id, _) in std::mem::take(&mut self.people) {
            let bye = ServerLine::Bye {
                code: Code::STOPPING,
                sentence: Text::cut(sentence),
            };
            out.closed(id, Unread::Sent, |line| bye.encode(None, line));
        }
        self.names.clear();
        self.admission = Admission::default();
        self.places.retain(|id, _| *id == self.lobby);
        self.by_room.retain(|_, id| *id == self.lobby);
        self.places
            .values_mut()
            .for_each(|lobby| lobby.members.clear());
    }

    /// Everybody who has a name, in order of name: where they are and where they come from.
    pub fn everybody(&self) -> impl Iterator<Item = (&Name, &Room, IpAddr)> {
        self.names.values().filter_map(|id| {
            let person = self.people.get(id)?;
            let Stage::Named { name, room } = &person.stage else {
                return None;
            };
            Some((name, &self.places.get(room)?.room, person.address))
        })
    }

    /// How many connections there are, named or not.
    pub fn connections(&self) -> usize {
        self.people.len()
    }
}
