//! The hub: who is here, under which name, in which room, and what follows from what they ask.
//!
//! A pure state machine: it is told what happened and when, and writes what is to be sent to [`Outgoing`]. It
//! knows no socket, thread, clock, file or randomness, so the same calls give the same bytes, and every rule can be
//! tested with made-up addresses and times.
//!
//! This file holds the whole state and the way of a message through it: `heard` counts its bytes, `handle` checks the
//! rate and charges for it, `dispatch` finds its verb, `say` makes it an event, and `tell_room` writes that once for
//! the room and keeps it. The files of the folder add what else can be done with the state: `requests` the other
//! verbs, `presence` rooms and who enters and leaves them, `lifecycle` how connections begin and end, `admission` who
//! may connect, `operator` what its host does, `check` the invariants.
//!
//! Invariants, which [`Hub::check`] asserts: a connection is in `sessions` until it ends, and its id is never used
//! again; a name belongs to one connection, and each named connection is in exactly one room; every room but the lobby
//! has somebody in it; sessions without a name are counted by address, and no others are.
//!
//! Ruled out: a lock for each room (two rooms could then number their events in one order and send them in another,
//! and moving would take two locks), and references from rooms to sessions in place of ids (the id of a dead session is
//! simply not found; a reference would keep it alive).

mod requests;
mod presence;
mod lifecycle;
mod admission;
mod operator;
mod note;
mod check;

pub use note::Note;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::limits::{Limits, Rate};
use super::moderation::{Moderation, Origin};
use super::outgoing::{ConnectionId, Outgoing, RoomId};
use crate::wire::{
    Boot, Code, Event, EventKind, Fault, Folded, Id, Name, Phrase, Refusal, Request, Room,
    ServerLine, Tag, Tagged, Text, UnixMs,
};

/// Those who whisper to one that says nothing and are remembered; any more are not told if it turns out dead.
const WHISPERERS_MAX: usize = 64;

/// The time of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since the server's start; never goes back.
    pub monotonic: Duration,
    /// Wall-clock time, for people to read; may jump, so no deadline uses it.
    pub unix: UnixMs,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was handled.
    Handled,
    /// Nothing was done: the sender is in debt to its rate, and may try again after this time.
    Owes(Duration),
    /// Nothing was done: the connection is closed, and what it still sends is ignored.
    Gone,
}

/// The whole state of the chat.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    boot: Boot,
    /// Events so far: the count in the id of the last one.
    events: u64,
    /// Connections so far, refused ones not counted.
    connections: u64,
    /// Rooms so far.
    rooms_begun: u64,
    /// Boxed, for the map keeps room for as many again as it has.
    sessions: BTreeMap<ConnectionId, Box<Session>>,
    /// The owner of each name. Folded: `Anna` and `anna` are one name.
    names: BTreeMap<Folded, ConnectionId>,
    rooms: BTreeMap<RoomId, RoomState>,
    room_ids: BTreeMap<Folded, RoomId>,
    lobby: RoomId,
    admission: Admission,
    /// What the operator has decided.
    pub(super) moderation: Moderation,
    /// For the log; mostly one at a time.
    notes: Vec<Note>,
    /// Connections that ended before a name and were not told to the log yet, by why: how many, and where the last of
    /// them came from. A thousand a second may come, and each must not cost a line.
    nameless: BTreeMap<Code, (u64, IpAddr)>,
    /// When they were last told.
    nameless_told: Duration,
    stopped: bool,
    /// When `tick` was last called.
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
    /// Those who have whispered to it since then.
    whispers: BTreeSet<ConnectionId>,
    /// The requests it has used of its rate.
    requests: Bucket,
    /// Since when its requests have had to wait without a break.
    debt_since: Option<Duration>,
    /// How many past events it wants to see on entering a room.
    replay: usize,
}

/// Whether a connection has given a name.
#[derive(Debug)]
enum Login {
    /// Not yet. What it has sent until now is counted.
    Unnamed {
        since: Duration,
        bytes: usize,
        lines: u32,
    },
    /// It has, and is in a room.
    Named { name: Name, room: RoomId },
}

/// What is known of a connection's answers to PING.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Liveness {
    /// It was never asked, or has said something since.
    Unknown,
    /// It was asked and has said nothing since. It is not asked again: a person at `nc` would see each PING.
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

/// The last events of a room, kept as the lines that were sent, so that a replay is a copy.
#[derive(Debug, Default)]
struct History {
    lines: VecDeque<Box<[u8]>>,
    bytes: usize,
}

/// A token bucket that is one number: the time at which everything taken will have been earned.
///
/// Each request moves that time by an interval, and it may lie at most a burst in the future. Nothing has to be
/// refilled, so an idle bucket costs nothing. (Known as GCRA, from ATM networks.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    /// As time since the server's start.
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

/// A request being answered.
struct Context<'a> {
    id: ConnectionId,
    tag: Option<&'a Tag>,
    now: Now,
    out: &'a mut Outgoing,
    /// The size of the answer so far, in bytes: the sender pays for it.
    answer_bytes: usize,
}

/// A session that has a name, and what its requests are about. A verb that needs a name takes one of these, so it
/// cannot forget to check.
struct Named {
    name: Name,
    room: Room,
    room_id: RoomId,
}

/// What is left to answer after a handler. Each handler has to return one, so that none forgets its `OK`.
enum Reply {
    /// `OK` without an id, after the rows.
    Ok,
    /// Nothing: the handler has sent its `OK`, which comes before the event that it names.
    Said,
}

impl Hub {
    /// Makes a chat with an empty lobby. Each start needs another boot.
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
            moderation: Moderation::default(),
            notes: Vec::new(),
            nameless: BTreeMap::new(),
            nameless_told: Duration::ZERO,
            stopped: false,
            ticked: Duration::ZERO,
        };
        (hub.lobby, _) = hub.room(&Room::lobby());
        hub
    }

    /// Notes something for the log. Reserves for one: the allocator keeps what a thread frees for that thread, and a
    /// vector of four, the default, would cost each quiet reader a fifth of a kilobyte.
    fn note(&mut self, note: Note) {
        if self.notes.is_empty() {
            self.notes.reserve_exact(1);
        }
        self.notes.push(note);
    }

    /// Takes the notes since the last call, for the log.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// The limits it enforces.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// True if the connection has given a name.
    pub fn is_named(&self, id: ConnectionId) -> bool {
        let session = self.sessions.get(&id);
        session.is_some_and(|session| matches!(session.login, Login::Named { .. }))
    }

    /// Records that bytes have arrived, whole lines or not: a peer that sends is alive.
    pub fn heard(&mut self, id: ConnectionId, bytes: usize, now: Now, out: &mut Outgoing) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.hear(now.monotonic);
        if bytes > 0 {
            // It is there, and so is what was told to it.
            session.whispers.clear();
        }
        if let Login::Unnamed { bytes: before, .. } = &mut session.login {
            *before += bytes;
            if *before > self.limits.unnamed_bytes_max {
                let sentence = "too many bytes before a name";
                let fault = Fault::new(Code::TOO_MUCH_UNNAMED, sentence);
                self.close(id, fault, now, out);
            }
        }
    }

    /// Handles one line of a connection, good or bad.
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
        // Asked before anything is done, so that the caller can come again with the same line.
        let wait = session.owes(&self.limits, now.monotonic);
        if wait > Duration::ZERO {
            // A burst is slowed down, which a person hardly notices; a flood that does not end is closed.
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
        if let Ok(Tagged { body, .. }) = line
            && let Some(fault) = self.turns_away(id, body, now)
        {
            self.close(id, fault, now, out);
            return Verdict::Gone;
        }
        let answer_bytes = self.answer(id, line, now, out);
        // Charged afterwards, since only then the length of the answer is known. After QUIT there is no session.
        if let Some(session) = self.sessions.get_mut(&id) {
            session.charge(answer_bytes, &self.limits, now.monotonic);
        }
        Verdict::Handled
    }

    /// Records that nothing this connection has sent is waiting: its debt, if any, ends.
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
        // A line that could not be decoded is answered with its tag too: the client waits for it.
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

    /// Calls the handler of a verb. Those that work before a name stand first; all others need the `asker`.
    fn dispatch(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Reply, Fault> {
        self.hears(request, context)?;
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

    /// The session behind a request that needs a name.
    fn asker(&self, context: &Context<'_>) -> Result<Named, Fault> {
        self.named(context.id).ok_or_else(|| {
            let sentence = "first say who you are: NAME and your name";
            Fault::new(Code::NAME_FIRST, sentence)
        })
    }

    /// The name and the room of a connection; `None` while it has no name.
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

    /// SAY and DO. The `OK` comes first and has the id of the event, so that a program recognises its own message.
    fn say(
        &mut self,
        event: fn(Room, Name, Text) -> EventKind,
        text: &Text,
        context: &mut Context<'_>,
    ) -> Result<Reply, Fault> {
        let me = self.asker(context)?;
        let reply = self.ok_with_next_id(context);
        let event = event(me.room, me.name, text.clone());
        self.tell_room(me.room_id, event, context.now, context.out);
        Ok(reply)
    }

    /// Sends `OK` with the id of the next event, which must be the first that the request causes.
    fn ok_with_next_id(&self, context: &mut Context<'_>) -> Reply {
        let (boot, count) = (self.boot, self.events + 1);
        context.ok(Some(Id { boot, count }));
        Reply::Said
    }

    /// Sends an event to the whole room and keeps it in the room's history. It is encoded once, however many get it,
    /// and history keeps that line.
    fn tell_room(&mut self, room: RoomId, what: EventKind, now: Now, out: &mut Outgoing) {
        let event = self.event(now, what);
        let line = out.to_room(room, |line| event.encode(line));
        if let Some(room) = self.rooms.get_mut(&room) {
            room.history.push(line, &self.limits);
        }
    }

    /// Makes the next event. Ids come from one counter under one lock: that is the one order for everybody.
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
    /// Sends a line of the answer, with the tag of the request.
    fn row(&mut self, row: &ServerLine) {
        let tag = self.tag;
        self.answer_bytes += self.out.to_one(self.id, |line| row.encode(tag, line));
    }

    /// Sends `OK`, if the request has a tag. A person at `nc` sends none, and sees no `OK` behind each line.
    fn ok(&mut self, id: Option<Id>) {
        if self.tag.is_some() {
            self.row(&ServerLine::Ok(id));
        }
    }
}

impl Session {
    /// Records a sign of life.
    fn hear(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
        self.liveness = match self.liveness {
            Liveness::Unknown | Liveness::Asked => Liveness::Unknown,
            Liveness::Answers | Liveness::AskedAgain => Liveness::Answers,
        };
    }

    /// How long its next request has to wait for the rate; zero if it need not.
    fn owes(&mut self, limits: &Limits, now: Duration) -> Duration {
        let Some(rate) = limits.requests else {
            return Duration::ZERO;
        };
        if self.requests.is_full(now) {
            // Its debt is paid, though its reader has never found the socket empty.
            self.debt_since = None;
        }
        let wait = self.requests.wait(rate, now);
        if wait > Duration::ZERO {
            self.debt_since.get_or_insert(now);
            // Until then we do not read from it, so its silence is our doing.
            self.hear(now + wait);
        }
        wait
    }

    /// True if its requests have had to wait for longer than the limit.
    fn is_in_debt_too_long(&self, limits: &Limits, now: Duration) -> bool {
        let since = self.debt_since;
        since.is_some_and(|since| now.saturating_sub(since) >= limits.debt_max)
    }

    /// Charges for a request, and more for a long answer.
    fn charge(&mut self, answer_bytes: usize, limits: &Limits, now: Duration) {
        if let Some(rate) = limits.requests {
            let more = answer_bytes / limits.answer_bytes_per_request.max(1);
            let more = u32::try_from(more).unwrap_or(u32::MAX / 2);
            self.requests.take(1 + more, rate, now);
        }
    }
}

impl Bucket {
    /// Takes so many at once, going into debt if need be.
    fn take(&mut self, many: u32, rate: Rate, now: Duration) {
        self.earned_at = self.earned_at.max(now) + rate.interval * many;
    }

    /// How long until one more may be taken; zero if it may be now.
    fn wait(&self, rate: Rate, now: Duration) -> Duration {
        // At most a burst of intervals may lie ahead of now.
        let one_more = self.earned_at.max(now) + rate.interval;
        one_more.saturating_sub(now + rate.interval * rate.burst)
    }

    /// True if it has nothing left to earn.
    fn is_full(&self, now: Duration) -> bool {
        self.earned_at <= now
    }
}

impl History {
    /// Adds a line, its LF included, and drops the oldest that no longer fit.
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
