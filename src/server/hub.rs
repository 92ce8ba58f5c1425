//! The hub: who is here, under which name, in which room, and what follows from what they ask.
//!
//! A pure state machine: it is told what happened and when, and writes what is to be sent to [`Outgoing`]. It
//! knows no socket, thread, clock, file or chance, so the same calls give the same bytes, and every rule can be
//! tested with made-up addresses and made-up hours.
//!
//! This file holds the whole state, and everything a message runs through: its bytes are heard, its line is handled,
//! the rate is asked, the request is dispatched, said, made an event, written once for its room, remembered and
//! charged. The files of the folder add what else can be done with the state: `requests` the other verbs, `presence`
//! coming and going, `lifecycle` how connections begin and end, `admission` who may connect, `check` the invariants.
//!
//! Invariants, which [`Hub::check`] asserts: a connection is in `sessions` until it is gone, and its id is never used
//! again; a name belongs to one connection, and each named one is in exactly one room; a room other than the lobby
//! has somebody in it; sessions without a name are counted by address, and no others are.
//!
//! Ruled out: a lock for each room (two rooms could then number their events in one order and send them in another,
//! and moving would take two locks), and references from rooms to sessions in place of ids (an id that is gone is
//! simply not found; a reference keeps a dead session alive).

mod requests;
mod presence;
mod lifecycle;
mod admission;
mod note;
mod check;

pub use note::Note;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::limits::{Limits, Rate};
use super::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::wire::{
    Boot, Code, Event, EventKind, Fault, Folded, Id, Name, Phrase, Refusal, Request, Room,
    ServerLine, Tag, Tagged, Text, UnixMs,
};

/// The time of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since the server's start; never goes back.
    pub monotonic: Duration,
    /// As the clock on the wall has it; may jump.
    pub unix: UnixMs,
}

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

/// The whole state of the chat.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    boot: Boot,
    /// Events so far, which is the count in the id of the last one.
    events: u64,
    /// Connections so far, refused ones not counted.
    connections: u64,
    /// Rooms so far.
    rooms_begun: u64,
    sessions: BTreeMap<ConnectionId, Session>,
    /// Whose a name is. Folded: `Anna` and `anna` are one.
    names: BTreeMap<Folded, ConnectionId>,
    rooms: BTreeMap<RoomId, RoomState>,
    room_ids: BTreeMap<Folded, RoomId>,
    lobby: RoomId,
    admission: Admission,
    /// For the log. Mostly one at a time.
    notes: Vec<Note>,
    stopped: bool,
    /// When the clock last came by.
    ticked: Duration,
}

/// What is known of one connection.
#[derive(Debug)]
struct Session {
    address: IpAddr,
    login: Login,
    /// When something last came from it.
    heard: Duration,
    liveness: Liveness,
    /// The requests it has used of its rate.
    requests: Bucket,
    /// Since when its requests have had to wait without a break.
    debt_since: Option<Duration>,
    /// How many past events it wants to see on entering a room.
    replay: usize,
}

/// How far a connection has come.
#[derive(Debug)]
enum Login {
    /// It has not said who it is. What it has sent until now is counted.
    Unnamed {
        since: Duration,
        bytes: usize,
        lines: u32,
    },
    /// It is somebody, and somewhere.
    Named { name: Name, room: RoomId },
}

/// What is known of a connection's answers to PING.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Liveness {
    /// It was never asked, or has said something since.
    Unknown,
    /// It was asked and has said nothing since. It is not asked again: at `nc` a person would read it.
    Asked,
    /// It has answered before, so its silence means something.
    Answers,
    /// It has answered before, and was asked again.
    AskedAgain,
}

/// A room while it lasts.
#[derive(Debug)]
struct RoomState {
    /// As it was first written.
    name: Room,
    /// In order of name, as WHO lists them.
    members: BTreeMap<Folded, ConnectionId>,
    topic: Option<Phrase>,
    history: History,
}

/// The last events of a room, as the lines that were sent: to show them again is to copy them.
#[derive(Debug, Default)]
struct History {
    lines: VecDeque<Box<[u8]>>,
    bytes: usize,
}

/// A token bucket that is one number: the moment at which all that was taken will have been earned.
///
/// That moment moves by an interval for each request; it may lie at most a burst in the future. So there is nothing to
/// refill, and a bucket that is not looked at costs nothing. (Known as GCRA, from ATM networks.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    /// In time since the server's start.
    earned_at: Duration,
}

/// The connections without a name, and how fast each address makes new ones.
#[derive(Debug, Default)]
struct Admission {
    /// Oldest first: ids rise.
    unnamed: BTreeSet<ConnectionId>,
    by_origin: BTreeMap<Origin, BTreeSet<ConnectionId>>,
    rates: BTreeMap<Origin, Bucket>,
    everyone_else: Bucket,
}

/// What limits per address count as one: an IPv4 address, or an IPv6 /64, since a household has at least that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Origin(IpAddr);

/// A request being answered.
struct Context<'a> {
    id: ConnectionId,
    tag: Option<&'a Tag>,
    now: Now,
    out: &'a mut Outgoing,
    /// What the answer has come to, in bytes: its sender pays for it.
    answer_bytes: usize,
}

/// A session that has a name, with what its requests are about. Looked up once: a verb that needs a name asks for one
/// of these, and cannot forget to look.
struct Named {
    name: Name,
    room: Room,
    room_id: RoomId,
}

/// What a handler leaves to be answered. There is no way to return without saying which, so no list has to know what
/// each verb does.
enum Reply {
    /// `OK` without an id, after the rows.
    Ok,
    /// `OK` has been said: it comes before the event that it names.
    Said,
}

impl Hub {
    /// A chat with an empty lobby. The boot has to be another for each start.
    pub fn new(boot: Boot, limits: Limits) -> Hub {
        let mut hub = Hub {
            limits,
            boot,
            events: 0,
            connections: 0,
            rooms_begun: 0,
            sessions: BTreeMap::new(),
            names: BTreeMap::new(),
            rooms: BTreeMap::new(),
            room_ids: BTreeMap::new(),
            lobby: RoomId(0),
            admission: Admission::default(),
            notes: Vec::new(),
            stopped: false,
            ticked: Duration::ZERO,
        };
        (hub.lobby, _) = hub.room(&Room::lobby());
        hub
    }

    /// Notes something for the log. What a thread frees it keeps, and room for four would cost each quiet reader a fifth
    /// of a kilobyte.
    fn note(&mut self, note: Note) {
        if self.notes.is_empty() {
            self.notes.reserve_exact(1);
        }
        self.notes.push(note);
    }

    /// Takes what happened since this was last asked, for the log.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// True if the connection has said who it is.
    pub fn is_named(&self, id: ConnectionId) -> bool {
        let session = self.sessions.get(&id);
        session.is_some_and(|session| matches!(session.login, Login::Named { .. }))
    }

    /// Bytes have come from the connection, whole lines or not.
    pub fn heard(&mut self, id: ConnectionId, bytes: usize, now: Now, out: &mut Outgoing) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.hear(now.monotonic);
        if let Login::Unnamed { bytes: before, .. } = &mut session.login {
            *before += bytes;
            if *before > self.limits.unnamed_bytes_max {
                let sentence = "too many bytes before a name";
                let fault = Fault::new(Code::TOO_MUCH_UNNAMED, sentence);
                self.close(id, fault, now, out);
            }
        }
    }

    /// A line has come from the connection. A verdict other than [`Verdict::Handled`] means that nothing was done.
    pub fn handle(
        &mut self,
        id: ConnectionId,
        line: &Result<Tagged<Request>, Refusal>,
        now: Now,
        out: &mut Outgoing,
    ) -> Verdict {
        let Some(session) = self.sessions.get_mut(&id) else {
            return Verdict::Gone;
        };
        let wait = session.owes(&self.limits, now.monotonic);
        if wait > Duration::ZERO {
            if !session.is_in_debt_too_long(&self.limits, now.monotonic) {
                return Verdict::Owes(wait);
            }
            let fault = Fault::new(Code::TOO_FAST, "more requests than the server bears");
            self.close(id, fault, now, out);
            return Verdict::Gone;
        }
        if let Login::Unnamed { lines, .. } = &mut session.login {
            *lines += 1;
            if *lines > self.limits.unnamed_lines_max {
                let sentence = "too many lines before a name";
                let fault = Fault::new(Code::TOO_MUCH_UNNAMED, sentence);
                self.close(id, fault, now, out);
                return Verdict::Gone;
            }
        }
        let answer_bytes = self.answer(id, line, now, out);
        // Charged when it is done, for the length of its answer. After QUIT nobody is there to pay.
        if let Some(session) = self.sessions.get_mut(&id) {
            session.charge(answer_bytes, &self.limits, now.monotonic);
        }
        Verdict::Handled
    }

    /// The reader of this connection has handled all that was sent to it: it is in debt no longer.
    pub fn drained(&mut self, id: ConnectionId) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.debt_since = None;
        }
    }

    /// Answers a line, good or bad. Every `ERROR` is written here, and every `OK` that comes last. Returns the bytes
    /// of the answer.
    fn answer(
        &mut self,
        id: ConnectionId,
        line: &Result<Tagged<Request>, Refusal>,
        now: Now,
        out: &mut Outgoing,
    ) -> usize {
        let (Ok(Tagged { tag, .. }) | Err(Refusal { tag, .. })) = line;
        let mut context = Context {
            id,
            tag: tag.as_ref(),
            now,
            out,
            answer_bytes: 0,
        };
        let reply = match line {
            Ok(Tagged { body, .. }) => self.dispatch(body, &mut context),
            Err(Refusal { fault, .. }) => Err(fault.clone()),
        };
        match reply {
            Ok(Reply::Ok) => context.ok(None),
            Ok(Reply::Said) => {}
            Err(fault) => context.row(&ServerLine::Error {
                sentence: Text::cut(&fault.to_string()),
                code: fault.code,
            }),
        }
        context.answer_bytes
    }

    /// Does what was asked for. Verbs that work before a name stand first; all others say `asker` and hand on who that
    /// is.
    fn dispatch(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Reply, Fault> {
        match request {
            Request::Name(name) => self.name(name, context),
            Request::Replay(count) => Ok(self.set_replay(*count, context)),
            Request::Ping(phrase) => Ok(self.ping(phrase.clone(), context)),
            Request::Pong(_) => Ok(self.pong(context)),
            Request::Help => Ok(self.help(context)),
            Request::Quit(words) => Ok(self.quit(words.clone(), context)),
            Request::Say(text) => self.say(EventKind::Said, text, context),
            Request::Do(text) => self.say(EventKind::Did, text, context),
            Request::Tell(to, text) => self.tell(self.asker(context)?, to, text, context),
            Request::Join(room) => self.join(self.asker(context)?, room, context),
            Request::Topic(topic) => self.topic(self.asker(context)?, topic.clone(), context),
            Request::Who(room) => self.who(&self.asker(context)?, room.as_ref(), context),
            Request::History(count) => Ok(self.history(&self.asker(context)?, *count, context)),
            Request::Rooms => {
                self.asker(context)?;
                Ok(self.list_rooms(context))
            }
        }
    }

    /// Whose request it is, which has to be somebody's.
    fn asker(&self, context: &Context<'_>) -> Result<Named, Fault> {
        self.named(context.id).ok_or_else(|| {
            let sentence = "first say who you are: NAME and your name";
            Fault::new(Code::NAME_FIRST, sentence)
        })
    }

    /// The name of a connection, and where it is; `None` while it has none.
    fn named(&self, id: ConnectionId) -> Option<Named> {
        let Login::Named { name, room } = &self.sessions.get(&id)?.login else {
            return None;
        };
        Some(Named {
            name: name.clone(),
            room: self.rooms.get(room)?.name.clone(),
            room_id: *room,
        })
    }

    /// SAY and DO: `OK` with the id of the event first, so that a program knows its own message when it comes back.
    fn say(
        &mut self,
        event: fn(Room, Name, Text) -> EventKind,
        text: &Text,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let me = self.asker(context)?;
        let reply = self.ok_with_next_id(context);
        self.tell_room(me.room_id, event(me.room, me.name, text.clone()), context);
        Ok(reply)
    }

    /// `OK` with the id of the next event, which has to be the first that the request causes.
    fn ok_with_next_id(&self, context: &mut Context<'_>) -> Reply {
        let (boot, count) = (self.boot, self.events + 1);
        context.ok(Some(Id { boot, count }));
        Reply::Said
    }

    /// An event for the whole room, which remembers it. It is encoded once, however many get it, and its line is what
    /// history keeps.
    fn tell_room(&mut self, room: RoomId, what: EventKind, context: &mut Context<'_>) {
        let event = self.event(context.now, what);
        let line = context.out.to_room(room, |line| event.encode(line));
        if let Some(room) = self.rooms.get_mut(&room) {
            room.history.push(line, &self.limits);
        }
    }

    /// The next event.
    fn event(&mut self, now: Now, what: EventKind) -> Event {
        self.events += 1;
        let (boot, count) = (self.boot, self.events);
        Event {
            id: Id { boot, count },
            time: now.unix,
            what,
        }
    }
}

impl Context<'_> {
    /// A line of the answer, with the tag of the request.
    fn row(&mut self, row: &ServerLine) {
        let tag = self.tag;
        self.answer_bytes += self.out.to_one(self.id, |line| row.encode(tag, line));
    }

    /// `OK`, if a tag asks for one.
    fn ok(&mut self, id: Option<Id>) {
        if self.tag.is_some() {
            self.row(&ServerLine::Ok(id));
        }
    }
}

impl Session {
    /// Something came from it.
    fn hear(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
        self.liveness = match self.liveness {
            Liveness::Unknown | Liveness::Asked => Liveness::Unknown,
            Liveness::Answers | Liveness::AskedAgain => Liveness::Answers,
        };
    }

    /// How long it has to wait for its next request; zero if it need not.
    fn owes(&mut self, limits: &Limits, now: Duration) -> Duration {
        let Some(rate) = limits.requests else {
            return Duration::ZERO;
        };
        if self.requests.is_full(now) {
            // Paid in full, though its reader never found the socket empty.
            self.debt_since = None;
        }
        let wait = self.requests.wait(rate, now);
        if wait > Duration::ZERO {
            self.debt_since.get_or_insert(now);
            // It waits for us, so until then its silence is ours.
            self.hear(now + wait);
        }
        wait
    }

    /// True if its requests have had to wait for longer than is borne.
    fn is_in_debt_too_long(&self, limits: &Limits, now: Duration) -> bool {
        let since = self.debt_since;
        since.is_some_and(|since| now.saturating_sub(since) >= limits.debt_max)
    }

    /// Pays for a request, and more for a long answer.
    fn charge(&mut self, answer_bytes: usize, limits: &Limits, now: Duration) {
        if let Some(rate) = limits.requests {
            let more = answer_bytes / limits.answer_bytes_per_request.max(1);
            let more = u32::try_from(more).unwrap_or(u32::MAX / 2);
            self.requests.take(1 + more, rate, now);
        }
    }
}

impl Bucket {
    /// Takes so many at once, in debt if need be.
    fn take(&mut self, many: u32, rate: Rate, now: Duration) {
        self.earned_at = self.earned_at.max(now) + rate.interval * many;
    }

    /// How long until one more may be taken; zero if it may be now.
    fn wait(&self, rate: Rate, now: Duration) -> Duration {
        let one_more = self.earned_at.max(now) + rate.interval;
        one_more.saturating_sub(now + rate.interval * rate.burst)
    }

    /// True if it is as good as new.
    fn is_full(&self, now: Duration) -> bool {
        self.earned_at <= now
    }
}

impl History {
    /// One more line, its LF included; the oldest go.
    fn push(&mut self, line: &[u8], limits: &Limits) {
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
    fn last(&self, at_most: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let skipped = self.lines.len().saturating_sub(at_most);
        self.lines.range(skipped..).map(|line| &**line)
    }
}
