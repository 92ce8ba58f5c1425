//! The read half of one connection: reads bytes, cuts them into lines, decodes the lines, and hands the requests to the
//! hub, which decides everything.
//!
//! A read is not a message. TCP carries a stream of bytes and keeps no boundaries: one `read` may return half a line,
//! or forty. [`LineReader`] keeps the half until the rest arrives.
//!
//! Each connection has a thread that does this and may block in `read`. While the dispatcher polls
//! ([`super::polling`]), it owns the [`Inbound`] in the reader's place and reads without blocking. Everything that was
//! read and is not handled yet lives in this one value, so nothing is lost when it changes owners.
//!
//! Ruled out: decoding under the hub's lock, where every other connection would wait for it.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use super::hub::{Hub, Now, Verdict};
use super::outbox::Peer;
use super::outgoing::{ConnectionId, Outgoing};
use crate::transport::{self, Reader, is_pause};
use crate::wire::{Code, Fault, LineReader, Refusal, Request, Tagged, foreign_protocol};

/// Lines decoded and handled in one turn: enough that a busy reader seldom has to take the hub's lock.
const TURN_LINES_MAX: usize = 64;
/// What the lines of one turn may cost to deliver, in bytes; then the next reader gets its turn.
const TURN_DELIVERY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes polled from one socket before the next socket is polled.
const POLL_BYTES_MAX: usize = 16 * 1024;
/// The most that a light turn costs to deliver, in bytes: a line of a hundred bytes to six hundred people.
const LIGHT_DELIVERY_BYTES_MAX: usize = 64 * 1024;

/// The read half of a connection, with what was read and is not handled yet.
pub(super) struct Inbound {
    peer: Arc<Peer>,
    reader: Reader,
    lines: LineReader,
    /// Decoded lines that have not been handled.
    requests: VecDeque<Result<Tagged<Request>, Refusal>>,
    /// Bytes read that the hub has not been told of.
    bytes: usize,
    /// Bytes read and not handled yet, from which the cost of the turn is estimated.
    input: usize,
    /// True if whole lines may be left that did not fit into `requests`.
    more: bool,
    /// Why no input follows, once the requests above are handled.
    end: Option<End>,
    /// True until the first whole line.
    first: bool,
}

/// Why the input ended.
enum End {
    /// The peer closed its side, or the connection broke.
    Gone(Code),
    /// The server closes the connection for this reason.
    Fault(Fault),
}

/// How a turn at the hub ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// All that was read is handled.
    Done,
    /// Requests are left for the next turn.
    More,
    /// The sender is over its rate and has to wait this long.
    Owes(Duration),
    /// The hub has closed the connection; the peer should still get its last line.
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

    /// Moves it out, for the dispatcher to poll, and leaves an empty one. Not inlined: the moved value would be part of
    /// the reader's stack frame and cost each connection a page for as long as it lives.
    #[inline(never)]
    pub(super) fn take_out(&mut self) -> Box<Inbound> {
        let plain = transport::plain(self.reader.trace()).0;
        let empty = Inbound::new(Arc::clone(&self.peer), plain);
        Box::new(std::mem::replace(self, empty))
    }

    /// Moves it back when the dispatcher returns it.
    #[inline(never)]
    pub(super) fn put_back(&mut self, inbound: Box<Inbound>) {
        *self = *inbound;
    }

    /// Estimates whether the turn is light: the bytes read, times the members who would get them.
    pub(super) fn is_light(&self, out: &Outgoing) -> bool {
        self.input.saturating_mul(out.audience(self.id())) <= LIGHT_DELIVERY_BYTES_MAX
    }

    pub(super) fn id(&self) -> ConnectionId {
        self.peer.id()
    }

    /// Sleeps off a debt to the rate. Meanwhile nothing is read, so the socket's buffer fills and TCP slows the sender
    /// down: that is backpressure without a line of code. If the peer resets the connection meanwhile, nobody will read
    /// the answers, so its requests are dropped.
    pub(super) fn pay(&mut self, time: Duration) {
        if self.peer.pay(time).is_err() {
            (self.requests, self.more) = (VecDeque::new(), false);
            self.end = Some(End::Gone(Code::LOST));
        }
    }

    /// Reads and drops input until the end; see [`discard()`].
    pub(super) fn discard(&mut self, bytes_max: usize) {
        discard(&self.peer, &mut self.reader, bytes_max);
    }

    /// Decodes lines that did not fit into the last turn. True if there is something to hand in.
    fn decode(&mut self) -> bool {
        if self.requests.is_empty() && std::mem::take(&mut self.more) {
            self.decode_lines();
        }
        !self.requests.is_empty() || self.end.is_some()
    }

    /// Blocks in one `read`, unless there is something to hand in already. True if there is now: a line, or the end.
    pub(super) fn read(&mut self) -> bool {
        // The last turn was exactly full and nothing is left. Do not block: `hand_in` has yet to say that it is done.
        let more = self.more;
        if !self.decode() && !more {
            let read = self.peer.read(&mut self.reader, self.lines.space());
            self.take(read);
        }
        self.decode()
    }

    /// Takes the result of a read. `Ok(0)` is how a socket says that the peer has finished sending.
    fn take(&mut self, read: io::Result<usize>) {
        match read {
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
                    // A forged frame: close without telling the forger why.
                    self.peer.cut();
                }
                self.end = Some(End::Gone(Code::LOST));
            }
        }
    }

    fn decode_lines(&mut self) {
        while self.requests.len() < TURN_LINES_MAX {
            let request = match self.lines.next_line() {
                None => break,
                Some(Ok(line)) => Request::decode(line),
                Some(Err(refusal)) if refusal.fault.code == Code::LINE_TOO_LONG => {
                    self.end = Some(End::Fault(refusal.fault));
                    break;
                }
                Some(Err(refusal)) => Err(refusal),
            };
            if self.requests.is_empty() {
                // Mostly there is one. The allocator keeps what a thread frees for that thread, so the default of four
                // would cost each quiet connection a third of a kilobyte.
                self.requests.reserve_exact(1);
            }
            self.show(&request);
            self.requests.push_back(request);
        }
        self.more = self.requests.len() == TURN_LINES_MAX;
        self.first &= self.requests.is_empty();
    }

    /// Shows the decoded line to the tap, if there is one.
    fn show(&self, request: &Result<Tagged<Request>, Refusal>) {
        let Some((tap, connection)) = self.reader.trace().get() else {
            return;
        };
        match request {
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

    /// Has the hub handle as many requests as a turn has room for, at least one. The caller holds the hub's lock.
    pub(super) fn hand_in(&mut self, hub: &mut Hub, out: &mut Outgoing, now: Now) -> Turn {
        let id = self.peer.id();
        hub.heard(id, std::mem::take(&mut self.bytes), now, out);
        let (before, light) = (out.delivery_bytes(), self.is_light(out));
        while let Some(request) = self.requests.front() {
            // Stays in front until it is handled: a sender in debt tries the same request again.
            match hub.handle(id, request, now, out) {
                Verdict::Handled => self.requests.pop_front(),
                Verdict::Owes(time) => return Turn::Owes(time),
                Verdict::Gone => return Turn::Closed,
            };
            // A turn is bounded, so that one who floods cannot keep the others out of the hub.
            let is_long = out.delivery_bytes() - before > TURN_DELIVERY_BYTES_MAX;
            if !self.requests.is_empty() && (is_long || out.is_full(light, hub.limits())) {
                return Turn::More;
            }
        }
        // A new one, which frees the memory that a burst has needed.
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
                // The last read left room in its buffer, so the socket is empty: no request waits for the rate.
                if self.lines.is_drained() {
                    hub.drained(id);
                }
                Turn::Done
            }
        }
    }

    /// True if the dispatcher may read from it. Not if it is sealed, since reading a whole frame may block; nor if it
    /// is traced, since a trace shows the connection's own thread.
    pub(super) fn may_be_polled(&self) -> bool {
        self.reader.is_plain_and_untraced()
    }

    /// Reads what is there without blocking, unless there is something to hand in already. True if there is now.
    pub(super) fn poll(&mut self) -> bool {
        let more = self.more;
        if self.decode() || more {
            return true;
        }
        let before = self.input;
        while !self.more && self.end.is_none() && self.input - before < POLL_BYTES_MAX {
            match self.peer.read_now(&mut self.reader, self.lines.space()) {
                // `WouldBlock` is no failure: it says that nothing has arrived.
                Err(error) if is_pause(&error) => break,
                read => self.take(read),
            }
            // A short read emptied the socket; another one would only return `WouldBlock`.
            if self.lines.is_drained() {
                break;
            }
        }
        self.input > before || self.end.is_some()
    }
}

/// Reads and drops what the peer still sends. If a socket is closed with unread input, the kernel answers with a reset,
/// and a reset may destroy our last line before the peer has read it. The clock cuts the connection if this takes too
/// long.
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
