//! What a session makes of the lines that come. Nothing is taken on trust: a line that fits nothing we wait for
//! is passed over.

use super::{Happening, Phase, Purpose, Session};
use crate::client::command::{Command, as_typed};
use crate::client::event::{Event, Happened, Line, Outcome, Row, When, Whose};
use crate::client::place::PEOPLE_MAX;
use crate::wire::{Boot, Code, EventKind, Id, Mode, Name, Request, ServerLine, Tag, Text};
use std::time::Duration;

/// Own messages answered with OK whose event has not come; more are forgotten, not waited for.
pub(super) const ANSWERED_MAX: usize = 64;
/// The largest room whose people are asked for on entering: beyond it the server does not tell who comes and goes.
const PEOPLE_ASKED_MAX: u64 = 200;

impl Session {
    /// Reads a line, where it can be read. An answer to us that cannot is the only one that will come.
    pub(super) fn decode(&mut self, line: &str) -> Option<(Option<Tag>, ServerLine)> {
        let fault = match ServerLine::decode(line) {
            Ok(line) => return Some((line.tag, line.body)),
            Err(fault) => fault,
        };
        let tagged = line.strip_prefix('@');
        let tag = tagged.and_then(|line| Tag::parse(line.split(' ').next()?));
        if fault.code != Code::UNKNOWN_VERB && tag.is_some_and(|tag| self.is_awaited(&tag)) {
            self.drop_flight();
        }
        None
    }

    pub(super) fn ask_for_name(&mut self) {
        self.phase = Phase::Naming;
        self.ask(&Request::Name(self.name.clone()), Purpose::Name);
    }

    /// Any line that could be read. The greeting means nothing any more.
    pub(super) fn understood(&mut self, tag: Option<&Tag>, line: ServerLine, now: Duration) {
        let asked = tag.is_some_and(|tag| self.is_awaited(tag));
        if tag.is_some() && !asked {
            // An answer to nothing.
            return;
        }
        match line {
            // Past events that the user asked to see, seen or not.
            ServerLine::Event(happening) if asked => self.happened(happening, When::Past),
            ServerLine::Event(happening) => self.event(happening, now),
            ServerLine::Ping(phrase) => self.send(&Request::Pong(phrase), None),
            ServerLine::Ok(id) if asked => self.answered(id),
            ServerLine::Error { code, sentence } if asked => self.refused(code, &sentence, now),
            ServerLine::Who(room, name) if asked => self.row(Row::Person(room, name)),
            ServerLine::Rooms(room, size, topic) if asked => self.row(Row::Room(room, size, topic)),
            ServerLine::HistoryBegins(_, count) if !asked => self.history_left = Some(count),
            ServerLine::HistoryEnds(_) if !asked => self.history_left = None,
            _ => {}
        }
    }

    fn is_awaited(&self, tag: &Tag) -> bool {
        self.flight.is_some() && self.tags.to_string() == tag.as_str()
    }

    /// What we asked for was done.
    fn answered(&mut self, id: Option<Id>) {
        match self.flight.take() {
            Some(Purpose::Name) => self.settle_name(Outcome::Done(id)),
            Some(Purpose::People(room, people)) => self.tell(Event::People(room, people)),
            Some(Purpose::Command(ticket, command)) => {
                if let (Command::ShowTopic, Some(room)) = (command, self.place.room().cloned()) {
                    let topic = self.place.topic().cloned();
                    self.tell(Event::Row(ticket, Row::Topic(room, topic)));
                }
                // The event with this id will be this command's.
                self.answered.extend(id.map(|id| (id, ticket)));
                if self.answered.len() > ANSWERED_MAX {
                    self.answered.pop_front();
                }
                self.settle(ticket, Outcome::Done(id));
            }
            Some(Purpose::Room(_)) | None => {}
        }
    }

    /// What we asked for was not done.
    fn refused(&mut self, code: Code, sentence: &Text, now: Duration) {
        match self.flight.take() {
            Some(Purpose::Name) => self.name_refused(code, as_typed(sentence), now),
            Some(Purpose::Command(ticket, _)) => {
                let sentence = as_typed(sentence);
                self.settle(ticket, Outcome::Refused { code, sentence });
            }
            Some(Purpose::Room(_) | Purpose::People(..)) | None => {}
        }
    }

    fn name_refused(&mut self, code: Code, sentence: Text, now: Duration) {
        let name = self.name.clone();
        let was_ours = self.held.as_ref().map(Name::folded) == Some(name.folded());
        if was_ours && code == Code::NAME_TAKEN {
            let retry_in = self.haunted.next();
            self.phase = Phase::Haunted(now + retry_in);
            return self.tell(Event::Line(Line::NameHeld { name, retry_in }));
        }
        self.phase = Phase::NameWanted;
        let event = Event::Line(Line::NameRefused {
            name,
            code: code.clone(),
            sentence: sentence.clone(),
        });
        self.tell(event);
        self.settle_name(Outcome::Refused { code, sentence });
    }

    fn row(&mut self, row: Row) {
        match (&mut self.flight, row) {
            (Some(Purpose::People(room, people)), Row::Person(row_room, name))
                if row_room == *room && people.len() < PEOPLE_MAX =>
            {
                people.push(name);
            }
            (&mut Some(Purpose::Command(ticket, _)), row) => self.tell(Event::Row(ticket, row)),
            _ => {}
        }
    }

    fn event(&mut self, happening: Happening, now: Duration) {
        let kept_in = happening.what.kept_in();
        let when = match (&mut self.history_left, kept_in) {
            (Some(left @ 1..), Some(_)) => {
                *left -= 1;
                When::Past
            }
            // Whatever else comes, the block is over, ended or not.
            _ => {
                self.history_left = None;
                When::Now
            }
        };
        let is_new = match (when, kept_in) {
            (When::Past, Some(room)) => self.seen.past(happening.id, room),
            _ => self.seen.news(happening.id, kept_in),
        };
        if !is_new {
            return;
        }
        let (boot, what) = (happening.id.boot, happening.what.clone());
        self.happened(happening, when);
        if when == When::Now {
            self.follow(boot, what, now);
        }
    }

    fn happened(&mut self, happening: Happening, when: When) {
        let whose = self.whose(&happening);
        if let Some(what) = self.heard(happening.what, whose) {
            self.tell(Event::Happened(Happened {
                id: happening.id,
                time: happening.time,
                what,
                when,
                whose,
            }));
        }
    }

    /// By the id, where we know of which command it is; else by the name.
    fn whose(&mut self, happening: &Happening) -> Whose {
        let known = self.answered.iter().position(|(id, _)| *id == happening.id);
        if let Some((_, ticket)) = known.and_then(|at| self.answered.remove(at)) {
            return Whose::Mine(Some(ticket));
        }
        let is_mine = match &happening.what {
            EventKind::Welcome(..) | EventKind::Room(..) => true,
            what => what.doer().is_some_and(|name| self.place.is_me(name)),
        };
        match is_mine {
            true => Whose::Mine(None),
            false => Whose::Others,
        }
    }

    /// What news make us do.
    fn follow(&mut self, boot: Boot, what: EventKind, now: Duration) {
        match what {
            EventKind::Welcome(name, _) => {
                self.here.boot = Some(boot);
                self.doubt();
                self.held = Some(name);
                self.haunted.begin_anew();
            }
            EventKind::Renamed(_, _, new) if self.place.is_me(&new) => {
                self.name = new.clone();
                self.held = Some(new);
            }
            EventKind::Room(room, people, _) => {
                if self.phase == Phase::Naming && self.here.boot.is_some() {
                    self.phase = Phase::In(now);
                    // So that its silence means something from now on: a line that falls silent before the first PING
                    // would else hold the name for ever.
                    self.send(&Request::Pong(None), None);
                }
                self.people_wanted = (people <= PEOPLE_ASKED_MAX).then_some(room);
            }
            _ => {}
        }
    }

    /// The same start of a server is the same server, wherever it is met; and a sealed one has proved who it is.
    fn doubt(&mut self) {
        let is_elsewhere = self.sure.from != self.here.from && self.sure.boot != self.here.boot;
        if self.held.is_some() && self.mode == Mode::open() && is_elsewhere {
            self.doubted = true;
            self.tell(Event::Line(Line::Doubted));
        } else {
            self.believe();
        }
    }

    /// This is the right chat.
    pub(super) fn believe(&mut self) {
        self.doubted = false;
        self.sure = self.here.clone();
    }
}
