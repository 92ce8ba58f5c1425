//! What comes from one connection: bytes are read, cut into lines, decoded, and handed to the hub, which decides
//! everything.
//!
//! A thread for each connection does that, and may wait in `read`. While the dispatcher polls ([`super::polling`]) the
//! same value is in its hands, and is read from without waiting. Whoever holds the [`Inbound`] drives it, and all
//! that was read and is not handled yet stays in it, so nothing is lost when it changes hands.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use super::hub::{Hub, Now, Verdict};
use super::outbox::Peer;
use super::outgoing::{ConnectionId, Outgoing};
use crate::transport::{self, Reader, is_pause};
use crate::wire::{Code, Fault, LineReader, Refusal, Request, Tagged, foreign_protocol};

/// Lines decoded and handled at once: enough to enter the hub rarely under load.
const TURN_LINES_MAX: usize = 64;
/// What the lines of one turn may cost to deliver, in bytes; then it is the next reader's turn.
const TURN_DELIVERY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// After so many bytes of one socket the next is polled.
const POLL_BYTES_MAX: usize = 16 * 1024;
/// What costs less to deliver does not wait for what costs more: a line of a hundred bytes to six hundred people.
const LIGHT_DELIVERY_BYTES_MAX: usize = 64 * 1024;

/// The read half of a connection, with what was read and is not handled yet.
pub(super) struct Inbound {
    peer: Arc<Peer>,
    reader: Reader,
    lines: LineReader,
    /// Decoded lines that have not been handled.
    requests: VecDeque<Result<Tagged<Request>, Refusal>>,
    /// Bytes of which the hub has yet to hear.
    bytes: usize,
    /// Bytes read since all that was read was handled.
    input: usize,
    /// True if there may be whole lines that are not decoded yet.
    more: bool,
    /// Why nothing comes behind the lines.
    end: Option<End>,
    /// True until there was a whole line.
    first: bool,
}

/// Why nothing comes any more.
enum End {
    /// The peer is gone, or has broken off.
    Gone(Code),
    /// The connection has to be closed for this.
    Fault(Fault),
}

/// What came of handing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// All that was read is handled.
    Done,
    /// There is more, for the next turn.
    More,
    /// Its sender owes this time to the rate.
    Owes(Duration),
    /// The hub has closed the connection, and there is a last line that the peer should get.
    Closed,
    /// The peer is gone.
    Gone,
}

impl Inbound {
    pub(super) fn new(peer: Arc<Peer>, reader: Reader) -> Inbound {
        Inbound {
            peer,
            reader,
            lines: LineReader::default(),
            requests: VecDeque::new(),
            bytes: 0,
            input: 0,
            more: false,
            end: None,
            first: true,
        }
    }

    /// Takes it out of its reader's hands, which keep an empty one. Not inlined, for what is moved would be part of the
    /// reader's frame, and cost each connection a page for as long as it lives.
    #[inline(never)]
    pub(super) fn take_out(&mut self) -> Box<Inbound> {
        let plain = transport::plain(self.reader.trace()).0;
        let empty = Inbound::new(Arc::clone(&self.peer), plain);
        Box::new(std::mem::replace(self, empty))
    }

    /// Puts it back.
    #[inline(never)]
    pub(super) fn put_back(&mut self, inbound: Box<Inbound>) {
        *self = *inbound;
    }

    /// True if all that was read costs little to deliver.
    pub(super) fn is_light(&self, out: &Outgoing) -> bool {
        self.input.saturating_mul(out.audience(self.id())) <= LIGHT_DELIVERY_BYTES_MAX
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.peer.id()
    }

    /// Waits so long, in debt to the rate. One whose peer breaks it off meanwhile will not read the answers: what it
    /// still asked for is of no use.
    pub(super) fn pay(&mut self, time: Duration) {
        if self.peer.pay(time).is_err() {
            (self.requests, self.more) = (VecDeque::new(), false);
            self.end = Some(End::Gone(Code::LOST));
        }
    }

    /// Reads on for a while without looking.
    pub(super) fn discard(&mut self, bytes_max: usize) {
        discard(&self.peer, &mut self.reader, bytes_max);
    }

    /// Decodes the lines that did not fit into the last turn. True if there is something to hand in.
    fn decode(&mut self) -> bool {
        if self.requests.is_empty() && std::mem::take(&mut self.more) {
            self.decode_lines();
        }
        !self.requests.is_empty() || self.end.is_some()
    }

    /// Waits for input, unless there is something to hand in already. True if there is now: a whole line, or the end.
    pub(super) fn read(&mut self) -> bool {
        // Where there was room for no more in the last turn, and there is no more, the turn is still to be ended.
        let more = self.more;
        if !self.decode() && !more {
            let came = self.peer.read(&mut self.reader, self.lines.space());
            self.take(came);
        }
        self.decode()
    }

    /// Takes what a read has brought.
    fn take(&mut self, came: io::Result<usize>) {
        match came {
            Ok(0) => self.end = Some(End::Gone(Code::QUIT)),
            Ok(bytes) => {
                self.lines.filled(bytes);
                self.bytes += bytes;
                self.input += bytes;
                let foreign = self.first.then(|| foreign_protocol(self.lines.rest()));
                self.end = foreign.flatten().map(End::Fault);
                if self.end.is_none() {
                    self.decode_lines();
                }
            }
            Err(error) => {
                if error.kind() == ErrorKind::InvalidData {
                    // Forged: whoever did it is told nothing.
                    self.peer.cut();
                }
                self.end = Some(End::Gone(Code::LOST));
            }
        }
    }

    fn decode_lines(&mut self) {
        while self.requests.len() < TURN_LINES_MAX {
            let asked = match self.lines.next_line() {
                None => break,
                Some(Err(refusal)) if refusal.fault.code == Code::LINE_TOO_LONG => {
                    self.end = Some(End::Fault(refusal.fault));
                    break;
                }
                Some(line) => line.and_then(Request::decode),
            };
            if self.requests.is_empty() {
                // Mostly one, and what a thread frees it keeps: a roomy start costs each quiet connection a third of a
                // kilobyte.
                self.requests.reserve_exact(1);
            }
            self.show(&asked);
            self.requests.push_back(asked);
        }
        self.more = self.requests.len() == TURN_LINES_MAX;
        self.first &= self.requests.is_empty();
    }

    /// Shows what a line was taken for.
    fn show(&self, asked: &Result<Tagged<Request>, Refusal>) {
        let Some((tap, connection)) = self.reader.trace().get() else {
            return;
        };
        match asked {
            Ok(Tagged { tag, body }) => {
                let mut line = Vec::new();
                body.encode(tag.as_ref(), &mut line);
                tap.decoded(connection, Ok(String::from_utf8_lossy(&line).trim_end()));
            }
            Err(Refusal { fault, .. }) => {
                tap.decoded(connection, Err(&format!("{}: {fault}", fault.code)));
            }
        }
    }

    /// Hands in as many lines as a turn has room for, at least one.
    pub(super) fn hand_in(&mut self, hub: &mut Hub, out: &mut Outgoing, now: Now) -> Turn {
        let id = self.peer.id();
        hub.heard(id, std::mem::take(&mut self.bytes), now, out);
        let before = out.delivery_bytes();
        while let Some(asked) = self.requests.front() {
            match hub.handle(id, asked, now, out) {
                Verdict::Handled => self.requests.pop_front(),
                Verdict::Owes(time) => return Turn::Owes(time),
                Verdict::Gone => return Turn::Closed,
            };
            let is_long = out.delivery_bytes() - before > TURN_DELIVERY_BYTES_MAX;
            if !self.requests.is_empty() && (is_long || out.is_full(hub.limits())) {
                return Turn::More;
            }
        }
        self.requests = VecDeque::new();
        if self.more {
            return Turn::More;
        }
        self.input = self.lines.rest().len();
        match self.end.take() {
            Some(End::Gone(code)) => {
                hub.gone(id, code, now, out);
                Turn::Gone
            }
            Some(End::Fault(fault)) => {
                hub.close(id, fault, now, out);
                Turn::Closed
            }
            None => {
                // A read that left room in its space has emptied the socket: nothing waits to be paid for.
                if self.lines.is_drained() {
                    hub.drained(id);
                }
                Turn::Done
            }
        }
    }

    /// True if the dispatcher may read from it: a frame is read whole, which may wait, and a trace shows the thread that
    /// serves a connection.
    pub(super) fn may_be_polled(&self) -> bool {
        self.reader.is_plain_and_untraced()
    }

    /// Reads what is there, without waiting, unless there is something to hand in already. True if there is now.
    pub(super) fn poll(&mut self) -> bool {
        let more = self.more;
        if self.decode() || more {
            return true;
        }
        let before = self.input;
        while !self.more && self.end.is_none() && self.input - before < POLL_BYTES_MAX {
            match self.peer.read_now(&mut self.reader, self.lines.space()) {
                Err(error) if is_pause(&error) => break,
                came => self.take(came),
            }
            if self.lines.is_drained() {
                break;
            }
        }
        self.input > before || self.end.is_some()
    }
}

/// Reads on for a while without looking: a socket closed with unread input would take the last line back. The clock
/// cuts the connection when it has taken too long.
#[inline(never)]
pub(super) fn discard(peer: &Peer, reader: &mut Reader, mut bytes_max: usize) {
    let mut nowhere = [0; 512];
    while bytes_max > 0 {
        match peer.read(reader, &mut nowhere) {
            Ok(0) | Err(_) => return,
            Ok(bytes) => bytes_max = bytes_max.saturating_sub(bytes),
        }
    }
    peer.cut();
}
