//! Lines that came together: decoded before the hub is entered, and handed in under its lock.

use super::hub::{Hub, Now, Verdict};
use super::outgoing::{ConnectionId, Outgoing};
use crate::transport::Trace;
use crate::wire::{Code, Fault, LineError, LineReader, Refusal, Request, Tagged};

/// Lines decoded at once: enough to enter the hub rarely under load.
const LINES: usize = 64;

type Asked = Result<Tagged<Request>, Refusal>;

/// See the module.
pub(super) struct Batch {
    asked: Vec<Asked>,
    /// So many of them have been handled.
    handled: usize,
    /// Bytes that came and of which the hub has yet to hear.
    bytes: usize,
    /// Does nothing wait behind it, in the reader or in the socket?
    drained: bool,
    /// What comes after it, where it is not simply more.
    pub(super) stop: Option<Stop>,
}

/// What stops a batch.
pub(super) enum Stop {
    /// No more whole lines.
    Drained,
    /// The connection has to be closed for this.
    Fault(Fault),
}

impl Batch {
    /// The next lines, of which so many bytes have just come.
    pub(super) fn decode(lines: &mut LineReader, bytes: usize) -> Batch {
        // Mostly one, and what a thread frees it keeps: a roomy start costs each quiet connection a third of a kilobyte.
        let mut asked = Vec::with_capacity(1);
        let mut stop = None;
        while asked.len() < LINES && stop.is_none() {
            match lines.next_line() {
                None => stop = Some(Stop::Drained),
                Some(Ok(line)) => asked.push(Request::decode(line)),
                Some(Err(LineError::TooLong)) => {
                    let fault = Fault::new(Code::LINE_TOO_LONG, LineError::TooLong.to_string());
                    stop = Some(Stop::Fault(fault));
                }
                Some(Err(LineError::NotUtf8 { column, tag })) => {
                    let fault =
                        Fault::at(Code::NOT_UTF8, column, "the line is not UTF-8 from here on");
                    asked.push(Err(Refusal { tag, fault }));
                }
            }
        }
        // A read that left room in its space has emptied the socket: nothing waits to be paid for.
        let drained = matches!(stop, Some(Stop::Drained)) && lines.is_drained();
        Batch {
            asked,
            handled: 0,
            bytes,
            drained,
            stop,
        }
    }

    /// Shows what the lines were taken for.
    pub(super) fn show(&self, trace: &Trace) {
        let Some((tap, connection)) = trace.get() else {
            return;
        };
        for asked in &self.asked {
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
    }

    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// Has the hub handled all of it?
    pub(super) fn is_done(&self) -> bool {
        self.handled == self.asked.len()
    }

    /// Hands in as many as there is room for in what waits to be sent.
    pub(super) fn hand_in(
        &mut self,
        id: ConnectionId,
        hub: &mut Hub,
        out: &mut Outgoing,
        now: Now,
    ) -> Verdict {
        hub.heard(id, std::mem::take(&mut self.bytes), now, out);
        while let Some(asked) = self.asked.get(self.handled) {
            if out.bytes() > hub.limits().outgoing_bytes_max {
                return Verdict::Handled;
            }
            match hub.handle(id, asked, now, out) {
                Verdict::Handled => {
                    out.handled(id);
                    self.handled += 1;
                }
                other => return other,
            }
        }
        if self.drained {
            hub.drained(id);
        }
        Verdict::Handled
    }
}
