//! How connections come, are listened for, and end.

use std::net::IpAddr;

use super::admission::Origin;
use super::note::Note;
use super::person::{Person, Stage};
use super::state::{Hub, Now};
use crate::server::outgoing::{ConnectionId, Outgoing, Unread};
use crate::wire::{Code, Fault, Mode, Phrase, ServerLine, Text, VERSION};

impl Hub {
    /// A connection has come. It is greeted, with [`greet`](Hub::greet), once the two sides know how to talk.
    ///
    /// # Errors
    /// Why it cannot stay; nothing is known of it then.
    pub fn opened(
        &mut self,
        address: IpAddr,
        now: Now,
        out: &mut Outgoing,
    ) -> Result<ConnectionId, Fault> {
        let origin = Origin::of(address);
        let admitted = self.admission.knock(origin, &self.limits, now.monotonic);
        let admitted = admitted.and_then(|()| self.has_room());
        if let Err(fault) = admitted {
            self.notes.push(Note::Refused {
                address,
                code: fault.code.clone(),
            });
            return Err(fault);
        }
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let displaced = self.admission.enter(id, origin, &self.limits);
        self.people.insert(id, Person::new(address, now.monotonic));
        if let Some(oldest) = displaced {
            self.close(
                oldest,
                Code::DISPLACED,
                "no name was given, and the place is needed",
                now,
                out,
            );
        }
        Ok(id)
    }

    /// The first line to a connection: in which mode they talk, and what to do next.
    pub fn greet(&self, id: ConnectionId, mode: Mode, out: &mut Outgoing) {
        let sentence =
            "Welcome. Say who you are: NAME and your name, as in NAME anna. HELP lists the rest.";
        let greeting = ServerLine::Greeting {
            version: VERSION,
            mode,
            sentence: Text::cut(sentence),
        };
        out.to_one(id, |line| greeting.encode(None, line));
    }

    fn has_room(&self) -> Result<(), Fault> {
        if self.stopped {
            return Err(Fault::new(Code::STOPPING, "the server ends"));
        }
        if self.people.len() < self.limits.connections_max {
            return Ok(());
        }
        Err(Fault::new(
            Code::SERVER_FULL,
            "the server has as many connections as it takes; try again later",
        ))
    }

    /// Bytes have come from the connection, whole lines or not.
    pub fn heard(&mut self, id: ConnectionId, bytes: usize, now: Now, out: &mut Outgoing) {
        let Some(person) = self.people.get_mut(&id) else {
            return;
        };
        person.hear(now.monotonic);
        if let Stage::Unnamed { bytes: before, .. } = &mut person.stage {
            *before += bytes;
            if *before > self.limits.unnamed_bytes_max {
                self.close(
                    id,
                    Code::TOO_MUCH_UNNAMED,
                    "too many bytes before a name",
                    now,
                    out,
                );
            }
        }
    }

    /// The connection is at its end, or broken: its person leaves. May be said more than once.
    pub fn gone(&mut self, id: ConnectionId, code: Code, now: Now, out: &mut Outgoing) {
        let sentence = if code == Code::QUIT {
            "until next time"
        } else {
            "the connection broke"
        };
        self.end(id, code, None, sentence, now, out);
    }

    /// Closes a connection for a reason of the server's. May be said more than once.
    pub fn close(
        &mut self,
        id: ConnectionId,
        code: Code,
        sentence: &str,
        now: Now,
        out: &mut Outgoing,
    ) {
        self.end(id, code, None, sentence, now, out);
    }

    /// The one way out: the person leaves, the name is free, and then the last line is written.
    pub(super) fn end(
        &mut self,
        id: ConnectionId,
        code: Code,
        words: Option<Phrase>,
        sentence: &str,
        now: Now,
        out: &mut Outgoing,
    ) {
        let Some(address) = self.people.get(&id).map(|person| person.address) else {
            return;
        };
        let name = self.person_name(id).cloned();
        self.go(id, &code, words, now, out);
        if let Some(person) = self.people.remove(&id) {
            match &person.stage {
                Stage::Unnamed { .. } => self.admission.leave(id, Origin::of(address)),
                Stage::Named { name, .. } => drop(self.names.remove(&name.folded())),
            }
        }
        self.notes.push(Note::Ended {
            address,
            name,
            code: code.clone(),
        });
        let unread = if code == Code::QUIT {
            Unread::Sent
        } else {
            Unread::Dropped
        };
        let bye = ServerLine::Bye {
            code,
            sentence: Text::cut(sentence),
        };
        out.closed(id, unread, |line| bye.encode(None, line));
    }

    /// Time has passed: deadlines and pings.
    pub fn tick(&mut self, now: Now, out: &mut Outgoing) {
        self.admission.tick(now.monotonic);
        let at = now.monotonic;
        let mut late: Vec<(ConnectionId, Code, &str)> = Vec::new();
        let mut silent = Vec::new();
        for (&id, person) in &mut self.people {
            let silence = at.saturating_sub(person.heard);
            match person.stage {
                Stage::Unnamed { since, .. } => {
                    if at.saturating_sub(since) >= self.limits.name_deadline {
                        late.push((id, Code::NAME_LATE, "no name was given in time"));
                    }
                }
                Stage::Named { .. } => {
                    if person.has_answered() && silence >= self.limits.silence_max {
                        late.push((id, Code::TIMED_OUT, "nothing was heard of you"));
                    } else if person.is_due_a_ping(silence, self.limits.ping_after) {
                        silent.push(id);
                    }
                }
            }
        }
        for (id, code, sentence) in late {
            self.close(id, code, sentence, now, out);
        }
        for id in silent {
            let ping = ServerLine::Ping(Phrase::new(&at.as_secs().to_string()).ok());
            out.to_one(id, |line| ping.encode(None, line));
        }
    }
}
