//! The client's head: what to send, and what the user sees. Pure: it is handed lines, commands and the time, and
//! leaves [`Output`]s to be carried out; a test plays any server to it.
//!
//! What holds, whatever a server sends:
//!
//! - **One request is unanswered at a time**, and each has a tag. So answers need no guessing, a piped file of ten
//!   thousand lines never runs into a rate limit, and when the line breaks there is at most one message of which
//!   nobody knows whether it was said. Sending many at once would be faster by a round trip each, and lose all that.
//! - **Every command is settled once**, by its answer or by the end; the event of a message that was said carries
//!   the ticket of its command.
//! - Nothing is shown twice: an id that was seen before is not news.
//! - All that is kept is bounded. A line that makes no sense is skipped, like one of a newer server.
//!
//! When the line breaks it is opened again after growing pauses, and the session takes up its name and its room
//! again. The server may still hold the name for the broken connection, its *ghost*; then it is asked for again
//! until the ghost is gone. A line that breaks before the first welcome ends the session instead: whoever
//! mistyped the address wants to hear it.

mod asking;
mod ignored;
mod lines;
mod pause;
mod seen;

use super::command::Command;
use super::event::{Ending, Event, Line, Outcome, Ticket, Trouble};
use super::place::Place;
use crate::wire::{
    Boot, Code, Event as Happening, Folded, Id, Mode, Name, Refusal, Request, Room, ServerLine, Tag,
};
use pause::Pauses;
pub(crate) use seen::Seen;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

/// Silence before the server is asked whether it is there. It asks us after 20 s, so this is rare.
const SILENCE_BEFORE_PING: Duration = Duration::from_secs(45);
/// Time for it to answer that.
const PONG_PATIENCE: Duration = Duration::from_secs(15);
/// Between two attempts that a user hurries.
const HURRIED_PAUSE: Duration = Duration::from_millis(500);
/// A connection that has held so long begins the pauses anew.
const HELD_WELL: Duration = Duration::from_secs(30);

/// What is to be done for the session, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open a connection, then call [`Session::connected`] or [`Session::broken`].
    Connect,
    /// Send these bytes.
    Send(Vec<u8>),
    /// Close the connection. Nothing need be reported of it any more.
    Close,
    /// Tell the user.
    Tell(Event),
}

/// How far one has come. Times count from the session's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A connection is being opened.
    Connecting,
    /// It is open, and NAME is on its way. The greeting is not waited for: who greets was looked at as it was met.
    Naming,
    /// The ghost has the name; it is asked for again at this time.
    Haunted(Duration),
    /// The name was refused, and the user has to choose another.
    NameWanted,
    /// In, since this time.
    In(Duration),
    /// No connection; the next attempt is at this time, or when the user has chosen another name.
    Down(Option<Duration>),
    /// Over.
    Ended,
}

/// Where one is connected: this machine's own address, and which start of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Whereabouts {
    from: Option<IpAddr>,
    boot: Option<Boot>,
}

/// A request that is on its way, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    /// To be let in under the name.
    Name,
    /// To be in the room that one wants, or was in.
    Room(Room),
    /// To know who is here; those heard of so far.
    People(Room, Vec<Name>),
    /// The user wants it.
    Command(Ticket, Command),
}

/// The client's head; see the module.
#[derive(Debug)]
pub struct Session {
    /// The name that is asked for.
    name: Name,
    /// Whether its server proves who it is.
    mode: Mode,
    phase: Phase,
    place: Place,
    /// The name has been ours on this server, so a stranger who has it is most likely our ghost.
    held: Option<Name>,
    /// Who chose the name that is being asked for.
    named_by: Option<Ticket>,
    /// Where one was when one was last sure to be in the right chat.
    sure: Whereabouts,
    here: Whereabouts,
    /// Nothing that waits is sent: an open server on another network may be somebody else's.
    doubted: bool,
    /// The room that is to be entered.
    room_wanted: Option<Room>,
    /// The room whose people are to be asked for.
    people_wanted: Option<Room>,
    waiting: VecDeque<(Ticket, Command)>,
    flight: Option<Purpose>,
    /// The last tag, which is the one on its way.
    tags: u64,
    /// Own messages answered with OK whose event has not come.
    answered: VecDeque<(Id, Ticket)>,
    /// Events that the history block we are in may still hold.
    history_left: Option<u64>,
    seen: Seen,
    /// Whose words are not told, by what names are compared by.
    ignored: BTreeMap<Folded, Name>,
    /// When what a user hurried was tried, or will be.
    hurried: Duration,
    pauses: Pauses,
    haunted: Pauses,
    heard: Duration,
    pinged: Option<Duration>,
    /// When leaving has been asked for: by when to be gone.
    leave_by: Option<Duration>,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session that wants to be let in under this name, and into this room or the lobby, by a server that is met in
    /// this mode. The seed makes its pauses differ from those of others.
    pub fn new(name: Name, room: Option<Room>, mode: Mode, seed: u64) -> Session {
        let mut session = Session {
            name,
            room_wanted: room,
            mode,
            phase: Phase::Connecting,
            place: Place::default(),
            held: None,
            named_by: None,
            sure: Whereabouts::default(),
            here: Whereabouts::default(),
            doubted: false,
            people_wanted: None,
            waiting: VecDeque::new(),
            flight: None,
            tags: 0,
            answered: VecDeque::new(),
            history_left: None,
            seen: Seen::default(),
            ignored: BTreeMap::new(),
            hurried: Duration::ZERO,
            pauses: Pauses::new(seed),
            haunted: Pauses::new(seed.rotate_left(32)),
            heard: Duration::ZERO,
            pinged: None,
            leave_by: None,
            outputs: VecDeque::new(),
        };
        session.connect();
        session
    }

    /// The next thing to be done.
    pub fn next_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`tick`](Session::tick) is to be called, at the latest.
    pub fn deadline(&self) -> Option<Duration> {
        let phase = match self.phase {
            Phase::Haunted(until) => Some(until),
            Phase::Down(until) => until,
            _ => None,
        };
        let silence = match self.pinged {
            Some(pinged) => pinged + PONG_PATIENCE,
            None => self.heard + SILENCE_BEFORE_PING,
        };
        let silence = self.is_connected().then_some(silence);
        [phase, silence, self.leave_by].into_iter().flatten().min()
    }

    /// Is it over?
    pub fn is_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Where one is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The connection is open, to the server that is meant; this machine has that address on it.
    pub fn connected(&mut self, from: Option<IpAddr>, now: Duration) {
        if self.phase == Phase::Connecting {
            // Which start of the server it is, its welcome says.
            self.here = Whereabouts { from, boot: None };
            self.heard = now;
            self.ask_for_name();
        }
    }

    /// A line has come, or what is not one.
    pub fn line(&mut self, line: &Result<&str, Refusal>, now: Duration) {
        if !self.is_connected() {
            return;
        }
        self.heard = now;
        self.pinged = None;
        let decoded = match line {
            Ok(line) => self.decode(line),
            Err(Refusal { fault, .. }) if fault.code == Code::LINE_TOO_LONG => {
                return self.give_up(Trouble::EndlessLine, now);
            }
            Err(_) => None,
        };
        match decoded {
            Some((_, ServerLine::Bye { code, sentence })) => {
                self.give_up(Trouble::Closed { code, sentence }, now);
            }
            Some((tag, line)) => self.understood(tag.as_ref(), line, now),
            None => {}
        }
        self.send_next(now);
    }

    /// The connection could not be made, or is gone.
    pub fn broken(&mut self, trouble: Trouble, now: Duration) {
        if matches!(self.phase, Phase::Down(_) | Phase::Ended) {
            return;
        }
        self.drop_flight();
        self.history_left = None;
        self.pinged = None;
        self.people_wanted = None;
        self.doubted = false;
        if self.leave_by.is_some() {
            return self.end(Ending::Left);
        }
        if self.phase == Phase::NameWanted {
            self.phase = Phase::Down(None);
            return;
        }
        if self.held.is_none() || trouble.is_final() {
            return self.end(Ending::Failed(trouble));
        }
        if matches!(self.phase, Phase::In(since) if now.saturating_sub(since) >= HELD_WELL) {
            self.pauses.begin_anew();
        }
        if self.room_wanted.is_none() {
            self.room_wanted = self.place.room().cloned();
        }
        let retry_in = self.pauses.next();
        self.phase = Phase::Down(Some(now + retry_in));
        self.tell(Event::Line(Line::Lost { trouble, retry_in }));
    }

    /// Somebody waits: what a pause puts off is done at the next [`tick`](Session::tick), or soon after it was last hurried.
    pub fn hurry(&mut self, now: Duration) {
        if let Phase::Down(Some(until)) | Phase::Haunted(until) = &mut self.phase {
            *until = now.max(self.hurried + HURRIED_PAUSE).min(*until);
            self.hurried = *until;
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) {
        if self.leave_by.is_some_and(|by| now >= by) {
            return self.leave();
        }
        match self.phase {
            Phase::Down(Some(until)) if now >= until => self.connect(),
            Phase::Haunted(until) if now >= until => self.ask_for_name(),
            _ => {}
        }
        // Counts from the question, not from the last line: after a machine's sleep both are long ago.
        match self.pinged {
            _ if !self.is_connected() => {}
            Some(pinged) if now >= pinged + PONG_PATIENCE => self.give_up(Trouble::Silent, now),
            None if now >= self.heard + SILENCE_BEFORE_PING => {
                self.pinged = Some(now);
                self.send(&Request::Ping(None), None);
            }
            _ => {}
        }
    }

    fn is_connected(&self) -> bool {
        matches!(
            self.phase,
            Phase::Naming | Phase::Haunted(_) | Phase::NameWanted | Phase::In(_)
        )
    }

    fn tell(&mut self, event: Event) {
        self.place.apply(&event);
        self.outputs.push_back(Output::Tell(event));
    }

    fn settle(&mut self, ticket: Ticket, outcome: Outcome) {
        self.tell(Event::Settled(ticket, outcome));
    }

    /// What became of the command that chose the name.
    fn settle_name(&mut self, outcome: Outcome) {
        if let Some(ticket) = self.named_by.take() {
            self.settle(ticket, outcome);
        }
    }

    fn send(&mut self, request: &Request, tag: Option<&Tag>) {
        let mut bytes = Vec::new();
        request.encode(tag, &mut bytes);
        self.outputs.push_back(Output::Send(bytes));
    }

    fn connect(&mut self) {
        self.phase = Phase::Connecting;
        self.tell(Event::Line(Line::Connecting));
        self.outputs.push_back(Output::Connect);
    }

    /// Closes the connection from this side.
    fn give_up(&mut self, trouble: Trouble, now: Duration) {
        self.outputs.push_back(Output::Close);
        self.broken(trouble, now);
    }

    /// The same, because the user wants it.
    fn leave(&mut self) {
        self.outputs.push_back(Output::Close);
        self.end(Ending::Left);
    }

    fn end(&mut self, ending: Ending) {
        self.drop_flight();
        for (ticket, command) in std::mem::take(&mut self.waiting) {
            self.forsake(ticket, &command, Outcome::Unsent);
        }
        self.settle_name(Outcome::Unsent);
        self.phase = Phase::Ended;
        self.leave_by = None;
        self.tell(Event::Ended(ending));
    }

    /// No answer will come. Whoever wants to leave has left without.
    fn forsake(&mut self, ticket: Ticket, command: &Command, outcome: Outcome) {
        match command {
            Command::Quit(_) => self.settle(ticket, Outcome::Done(None)),
            _ => self.settle(ticket, outcome),
        }
    }

    /// The request on its way will not be answered.
    fn drop_flight(&mut self) {
        match self.flight.take() {
            Some(Purpose::Command(ticket, command)) => {
                self.forsake(ticket, &command, Outcome::Unsure);
            }
            Some(Purpose::Room(room)) => self.room_wanted = Some(room),
            Some(Purpose::Name | Purpose::People(..)) | None => {}
        }
    }
}

#[cfg(test)]
mod tests;
