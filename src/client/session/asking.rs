//! What a session makes of what the user wants: commands wait in line, and one at a time is on its way.

use super::{Phase, Purpose, Session};
use crate::client::command::Command;
use crate::client::event::{Event, Outcome, Ticket};
use crate::wire::{Name, Request, Tag};
use std::time::Duration;

/// Commands that may wait to be sent.
pub(super) const WAITING_MAX: usize = 256;
/// Time for what was asked before leaving to be answered: a server makes one wait who asked for much.
const LAST_PATIENCE: Duration = Duration::from_secs(30);
/// Time for the goodbye to be answered.
pub(super) const GOODBYE_PATIENCE: Duration = Duration::from_secs(5);

impl Session {
    /// The user wants something.
    pub fn command(&mut self, ticket: Ticket, command: Command, now: Duration) {
        if self.phase == Phase::Ended {
            return self.settle(ticket, Outcome::Unsent);
        }
        match command {
            Command::Quit(_) => self.quit(ticket, command, now),
            Command::Yes => {
                self.believe();
                self.settle(ticket, Outcome::Done(None));
            }
            Command::Ignore(name) => self.ignore(ticket, name),
            Command::Unignore(name) => self.unignore(ticket, &name),
            Command::Name(name) if !matches!(self.phase, Phase::In(_) | Phase::Naming) => {
                self.choose(ticket, name);
            }
            _ if self.waiting.len() >= WAITING_MAX => self.settle(ticket, Outcome::Unsent),
            _ => self.waiting.push_back((ticket, command)),
        }
        self.send_next(now);
    }

    /// Leaves after all that was asked before; at once where there is no line, or where it is asked for twice.
    fn quit(&mut self, ticket: Ticket, command: Command, now: Duration) {
        self.waiting.push_back((ticket, command));
        let may_come_in = matches!(self.phase, Phase::Connecting | Phase::Naming | Phase::In(_));
        if self.leave_by.is_some() || !may_come_in || self.doubted {
            return self.leave();
        }
        self.leave_by = Some(now + LAST_PATIENCE);
    }

    /// The user has chosen a name before being in.
    fn choose(&mut self, ticket: Ticket, name: Name) {
        self.name = name;
        self.settle_name(Outcome::Unsent);
        self.named_by = Some(ticket);
        match self.phase {
            Phase::NameWanted | Phase::Haunted(_) => self.ask_for_name(),
            Phase::Down(None) => self.connect(),
            _ => {}
        }
    }

    /// Sends what is next, where nothing is on its way.
    pub(super) fn send_next(&mut self, now: Duration) {
        while matches!(self.phase, Phase::In(_)) && self.flight.is_none() && !self.doubted {
            if let Some(room) = self.room_wanted.take() {
                if !self.place.is_here(&room) {
                    self.ask(&Request::Join(room.clone()), Purpose::Room(room));
                }
            } else if let Some(room) = self.people_wanted.take() {
                self.ask(&Request::Who(None), Purpose::People(room, Vec::new()));
            } else if let Some((ticket, command)) = self.waiting.pop_front() {
                self.send_command(ticket, command, now);
            } else {
                return;
            }
        }
    }

    fn send_command(&mut self, ticket: Ticket, command: Command, now: Duration) {
        let Some(request) = command.request() else {
            self.tell(Event::Help);
            return self.settle(ticket, Outcome::Done(None));
        };
        if self.leave_by.is_some() {
            let patience = match command {
                Command::Quit(_) => GOODBYE_PATIENCE,
                _ => LAST_PATIENCE,
            };
            self.leave_by = Some(now + patience);
        }
        self.ask(&request, Purpose::Command(ticket, command));
    }

    /// Sends a request whose answer is waited for.
    pub(super) fn ask(&mut self, request: &Request, purpose: Purpose) {
        if matches!(request, Request::Join(_)) {
            // Who is here will be asked there.
            self.people_wanted = None;
        }
        self.tags += 1;
        self.flight = Some(purpose);
        self.send(request, Tag::parse(&self.tags.to_string()).as_ref());
    }
}
