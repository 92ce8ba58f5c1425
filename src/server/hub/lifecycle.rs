//! How connections begin and end: on their own, by the clock, or with the server.
//!
//! Every session ends in [`Hub::end`], and ending it twice is no mistake: a reader that sees the end of its input and a
//! delivery that fails may both report the same connection. The order there is what the protocol promises: the room is
//! told, the name is free, and then the last line is sent.
//!
//! Deadlines are checked in [`Hub::tick`] and nowhere else. Time in which the server itself did not run is nobody's
//! silence.
//!
//! Ruled out: a timer for each connection, which would have to be moved each time something arrives. To look at every
//! session once a tick needs no bookkeeping.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::{Admission, Bucket, Hub, Liveness, Login, Note, Now, Origin, Session};
use crate::server::outgoing::{ConnectionId, Outgoing, Unread};
use crate::wire::{Code, EventKind, Fault, Mode, Phrase, ServerLine, Text, VERSION};

/// How a connection ends of which nobody knows what its peer has received.
const UNHEARD: [Code; 3] = [Code::LOST, Code::TIMED_OUT, Code::TOO_SLOW];

/// How often the log is told of those who had no name.
const NAMELESS_TOLD_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// Admits a connection. It is greeted with [`greet`](Hub::greet) once the two sides have agreed on encryption.
    ///
    /// # Errors
    /// Why it is rejected; the hub keeps nothing of it.
    pub fn opened(
        &mut self,
        address: IpAddr,
        now: Now,
        out: &mut Outgoing,
    ) -> Result<ConnectionId, Fault> {
        let origin = Origin::of(address);
        let admitted = self.admission.connect(origin, &self.limits, now.monotonic);
        if let Err(fault) = admitted.and_then(|()| self.make_room(address, now, out)) {
            self.count_nameless(address, &fault.code);
            return Err(fault);
        }
        // Counted up and never reused, so a late report about an old connection cannot hit a new one.
        self.connections += 1;
        let id = ConnectionId(self.connections);
        let displaced = self.admission.enter(id, origin, &self.limits);
        let session = Session {
            address,
            login: Login::Unnamed {
                since: now.monotonic,
                bytes: 0,
                lines: 0,
            },
            heard: now.monotonic,
            liveness: Liveness::Unknown,
            whispers: BTreeSet::new(),
            requests: Bucket::default(),
            debt_since: None,
            replay: usize::MAX,
        };
        self.sessions.insert(id, Box::new(session));
        if let Some(oldest) = displaced {
            let sentence = "no name was given, and the place is needed";
            self.close(oldest, Fault::new(Code::DISPLACED, sentence), now, out);
        }
        Ok(id)
    }

    /// Makes room for one more from there, if there is none.
    fn make_room(&mut self, address: IpAddr, now: Now, out: &mut Outgoing) -> Result<(), Fault> {
        if self.stopped {
            return Err(Fault::new(Code::STOPPING, "the server ends"));
        }
        if self.sessions.len() < self.limits.connections_max {
            return Ok(());
        }
        let exact = Origin::exact(address);
        let may_come = self.moderation.lets_in_from(exact, now.monotonic);
        let crowding = self.crowding(Origin::of(address));
        let Some(silent) = crowding.filter(|_| may_come) else {
            let sentence = "the server has as many connections as it takes; try again later";
            return Err(Fault::new(Code::SERVER_FULL, sentence));
        };
        let sentence = "the server is full; of the address with the most connections, yours was silent the longest";
        self.close(silent, Fault::new(Code::DISPLACED, sentence), now, out);
        Ok(())
    }

    /// Sends the first line to a connection: the mode, and what to do next.
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

    /// Ends the session of a connection that has ended or broken. May be called more than once.
    pub fn gone(&mut self, id: ConnectionId, code: Code, now: Now, out: &mut Outgoing) {
        let sentence = match code == Code::QUIT {
            true => "until next time",
            false => "the connection broke",
        };
        self.close(id, Fault::new(code, sentence), now, out);
    }

    /// Closes a connection for this reason. May be called more than once.
    pub fn close(&mut self, id: ConnectionId, fault: Fault, now: Now, out: &mut Outgoing) {
        self.end(id, fault, None, now, out);
    }

    /// Ends a session: it leaves its room, its name is free, and then its last line is sent.
    pub(super) fn end(
        &mut self,
        id: ConnectionId,
        Fault { code, sentence, .. }: Fault,
        words: Option<Phrase>,
        now: Now,
        out: &mut Outgoing,
    ) {
        self.leave_room(id, &code, words, now, out);
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        let (address, login) = (session.address, session.login);
        match login {
            Login::Named { name, .. } => {
                self.names.remove(&name.folded());
                if UNHEARD.contains(&code) && !session.whispers.is_empty() {
                    let sentence = format!(
                        "what you whispered to {name} may not have arrived: nothing was heard of {name} since"
                    );
                    let notice = EventKind::Notice(None, Text::cut(&sentence));
                    let notice = self.event(now, notice);
                    for &who in session.whispers.iter().filter(|who| self.is_named(**who)) {
                        out.to_one(who, |line| notice.encode(line));
                    }
                }
                self.note(Note::Ended(name, address, code.clone()));
            }
            Login::Unnamed { .. } => {
                self.admission.leave(id, Origin::of(address));
                self.count_nameless(address, &code);
            }
        }
        // A peer that quits has asked for what it has not read yet. For all others it is dropped, up to this line.
        let unread = match code == Code::QUIT {
            true => Unread::Sent,
            false => Unread::Dropped,
        };
        let bye = ServerLine::bye(code, &sentence);
        out.closed(id, unread, |line| bye.encode(None, line));
    }

    /// Counts a connection from there that ended before a name, for the log.
    fn count_nameless(&mut self, address: IpAddr, code: &Code) {
        let (count, last) = self.nameless.entry(code.clone()).or_insert((0, address));
        (*count, *last) = (*count + 1, address);
    }

    /// Tells the log of them.
    fn tell_nameless(&mut self) {
        for (code, (count, last)) in std::mem::take(&mut self.nameless) {
            self.note(Note::Nameless(count, last, code));
        }
    }

    /// Checks deadlines: closes those who are late, and asks those who are silent for a sign of life. TCP itself does
    /// not tell: a peer whose cable was pulled looks just like one that has nothing to say.
    pub fn tick(&mut self, now: Now, out: &mut Outgoing) {
        let at = now.monotonic;
        self.excuse_absence(at);
        self.admission.tick(at);
        self.moderation.bans.retain(|ban| ban.holds(at));
        if at.saturating_sub(self.nameless_told) >= NAMELESS_TOLD_EVERY {
            self.nameless_told = at;
            self.tell_nameless();
        }
        let mut late = Vec::new();
        let mut silent = Vec::new();
        for (&id, session) in &mut self.sessions {
            let silence = at.saturating_sub(session.heard);
            match session.login {
                Login::Unnamed { since, .. } => {
                    if at.saturating_sub(since) >= self.limits.name_deadline {
                        late.push((id, Fault::new(Code::NAME_LATE, "no name was given in time")));
                    }
                }
                Login::Named { .. } => {
                    if session.has_answered() && silence >= self.limits.silence_max {
                        late.push((id, Fault::new(Code::TIMED_OUT, "nothing was heard of you")));
                    } else if silence >= self.limits.ping_after && session.ask_once() {
                        silent.push(id);
                    }
                }
            }
        }
        for (id, fault) in late {
            self.close(id, fault, now, out);
        }
        for id in silent {
            let ping = ServerLine::Ping(Phrase::new(&at.as_secs().to_string()).ok());
            out.to_one(id, |line| ping.encode(None, line));
        }
    }

    /// Forgives everybody the time by which this tick is late. The process was stopped, or the machine was asleep or
    /// overloaded; nobody has read what peers sent meanwhile, so it would be wrong to call them silent. A tick that is
    /// late by less than half an interval is an ordinary tick.
    fn excuse_absence(&mut self, at: Duration) {
        let interval = self.limits.tick();
        let passed = at.saturating_sub(self.ticked);
        self.ticked = at;
        if passed <= interval * 3 / 2 {
            return;
        }
        let away = passed - interval;
        // Never beyond now, and never back: for a session in debt the last sign of life lies in the future.
        let forgive = |moment: &mut Duration| *moment = (*moment + away).min(at).max(*moment);
        for session in self.sessions.values_mut() {
            forgive(&mut session.heard);
            session.debt_since.as_mut().map(forgive);
            if let Login::Unnamed { since, .. } = &mut session.login {
                forgive(since);
            }
        }
    }

    /// Closes every connection, and admits none from now on.
    pub fn stop(&mut self, sentence: &str, out: &mut Outgoing) {
        self.stopped = true;
        self.tell_nameless();
        // Without a LEFT for each of the others: a thousand lines to each of a thousand would be a million.
        for (id, _) in std::mem::take(&mut self.sessions) {
            let bye = ServerLine::bye(Code::STOPPING, sentence);
            out.closed(id, Unread::Sent, |line| bye.encode(None, line));
        }
        self.names.clear();
        self.admission = Admission::default();
        self.rooms.retain(|id, _| *id == self.lobby);
        self.room_ids.retain(|_, id| *id == self.lobby);
        for lobby in self.rooms.values_mut() {
            lobby.members.clear();
        }
    }
}

impl Session {
    fn has_answered(&self) -> bool {
        matches!(self.liveness, Liveness::Answers | Liveness::AskedAgain)
    }

    /// True if it should be sent a PING, and then counts as asked. Once for each silence.
    fn ask_once(&mut self) -> bool {
        let asked = match self.liveness {
            Liveness::Unknown => Liveness::Asked,
            Liveness::Answers => Liveness::AskedAgain,
            Liveness::Asked | Liveness::AskedAgain => return false,
        };
        self.liveness = asked;
        true
    }
}
