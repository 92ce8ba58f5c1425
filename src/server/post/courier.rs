//! The courier: a thread that alone writes to one slow peer until it has caught up.
//!
//! What it may hold is bounded for each peer and for all together. It ends when nothing is left, when the peer has
//! taken not a byte for as long as the limit says, or when the connection is cut.

use std::io::{ErrorKind, IoSlice};

use super::means::{Failed, Means};
use super::outbox::{Batch, Ending, Outbox, Right};
use super::peer::{PATIENCE, Peer};
use crate::server::outgoing::Unread;
use crate::transport::Writer;
use crate::wire::Code;

impl Peer {
    /// Takes the right to write, writes all that waits, and gives it back.
    pub(super) fn carry(&self, means: &Means) {
        let taken = std::mem::replace(&mut self.outbox().right, Right::Courier);
        let Right::Handed(mut writer) = taken else {
            return;
        };
        let _ = self.stream.set_write_timeout(Some(means.limits.stall_max));
        let mut complained = false;
        while let Some((batch, right)) = self.next(writer, means) {
            writer = right;
            match writer.write(&self.stream, &[IoSlice::new(batch.rest())]) {
                Ok(bytes) => self.outbox().written(bytes, &self.waiting, means),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && !complained => {
                    // The hub closes it; until then, and for the last line, it may still begin to read.
                    complained = true;
                    (means.report)(Failed {
                        id: self.id(),
                        code: Code::TOO_SLOW,
                    });
                }
                Err(_) => {
                    self.break_off(&mut self.outbox(), means);
                    return (means.report)(Failed {
                        id: self.id(),
                        code: Code::LOST,
                    });
                }
            }
        }
    }

    /// What to write next; `None` where nothing is left, and the right is given back in the same step.
    fn next(&self, writer: Writer, means: &Means) -> Option<(Batch, Writer)> {
        let mut outbox = self.outbox();
        self.begin_the_end(&mut outbox, means);
        if let Some(first) = outbox.first() {
            return Some((first, writer));
        }
        if !writer.is_clear() {
            return Some((Batch::empty(), writer));
        }
        if let Ending::Last = outbox.ending {
            self.close_write(&mut outbox, writer);
        } else {
            let _ = self.stream.set_write_timeout(Some(PATIENCE));
            outbox.right = Right::Postman(writer);
        }
        None
    }

    /// If the connection is to end: drops what is not to be sent, and puts the last line behind the rest.
    fn begin_the_end(&self, outbox: &mut Outbox, means: &Means) {
        if !matches!(outbox.ending, Ending::Asked { .. }) {
            return;
        }
        if let Ending::Asked { last, unread } = std::mem::replace(&mut outbox.ending, Ending::Last)
        {
            if unread == Unread::Dropped {
                outbox.keep_begun_line(&self.waiting, means);
            }
            outbox.queue_last(last, 0);
        }
    }
}
