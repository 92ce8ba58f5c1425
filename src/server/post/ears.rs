//! What readers lend to the postman while it is busy: to wake ten of them after each round costs more than the round.
//!
//! A reader that has handed its lines in while the postman's thread walks a round gives it what it reads with, its
//! *ear*, and waits to have it back. Between two rounds the postman looks, without waiting, into the sockets of the
//! ears it has, and hands in what came as their readers would have done. Whatever is not simply more lines is the
//! reader's again, with what was heard: the end, a fault, a debt to the rate, no room at the hub, two rounds of silence, a
//! peer that has become a courier's. The thread goes to sleep with no ear in its hands.
//!
//! Only plain connections lend, for a frame is read whole and that may wait; only those that nobody traces, for
//! a trace shows the thread that serves a connection; and only where it saves something, see [`ROUND_MAX`] and [`FEW`].

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use super::peer::Peer;
use crate::server::batch::{Batch, Stop};
use crate::server::hub::{Hub, Now, Verdict};
use crate::server::outgoing::{ConnectionId, Outgoing};
use crate::transport::Reader;
use crate::wire::LineReader;

/// After a longer round readers wake seldom enough, and decode beside the postman instead of after it.
const ROUND_MAX: Duration = Duration::from_millis(1);
/// Fewer speakers cost little to wake, and what gathers meanwhile makes the rounds longer.
const FEW: usize = 5;
/// Ears held at once: to look into so many sockets takes a small part of a round.
const LENT_MAX: usize = 32;
/// Rounds without a word, after which an ear is given back.
const SILENT_MAX: u8 = 2;
/// After so many bytes of one socket the next is looked into.
const READ_BYTES_MAX: usize = 16 * 1024;

/// What a reader reads with.
pub(in crate::server) struct Ear {
    pub(in crate::server) reader: Reader,
    pub(in crate::server) lines: LineReader,
}

/// What the postman heard and leaves to the reader.
pub(in crate::server) enum Heard {
    /// Nothing: it goes on reading.
    Nothing,
    /// This, as from its own read.
    Read(io::Result<usize>),
    /// These lines, of which some may be handled, and what its next read would have said, if that is an error: a
    /// socket says it once.
    Batch(Batch, Option<io::Error>),
}

/// What readers find when they come to lend; guarded by the hub's lock.
#[derive(Default)]
pub(super) struct Lending {
    /// Does the postman's thread take any?
    open: bool,
    /// What has been lent since it looked.
    fresh: Vec<Lent>,
    /// How many it has.
    held: usize,
    /// Who has come since it looked.
    came: Vec<ConnectionId>,
}

struct Lent {
    peer: Arc<Peer>,
    ear: Ear,
    heard: Heard,
    /// Whole lines are left that did not fit into the last batch.
    more: bool,
    silent: u8,
    /// Why nothing comes any more after what was heard.
    broken: Option<io::Error>,
    back: Sender<(Ear, Heard)>,
}

/// The ears in the postman's hands.
#[derive(Default)]
pub(super) struct Ears(Vec<Lent>);

impl Lending {
    /// Takes the ear of a reader that has handed in what it had, where the postman's thread has a use for it. The
    /// reader waits for what it gets, not under the lock, and then has its ear back.
    pub(super) fn lend(
        &mut self,
        peer: &Arc<Peer>,
        ear: Ear,
    ) -> Result<Receiver<(Ear, Heard)>, Ear> {
        if !self.takes(peer.id()) {
            return Err(ear);
        }
        let (back, returned) = channel();
        self.fresh.push(Lent {
            peer: Arc::clone(peer),
            ear,
            heard: Heard::Nothing,
            more: false,
            silent: 0,
            broken: None,
            back,
        });
        Ok(returned)
    }

    fn takes(&mut self, id: ConnectionId) -> bool {
        if !self.open || self.held + self.fresh.len() >= LENT_MAX {
            return false;
        }
        if !self.came.contains(&id) {
            self.came.push(id);
        }
        self.held + self.came.len() >= FEW
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.fresh.len()
    }
}

impl Ears {
    /// After a round, not under the hub's lock: gives back what is to be given back, and listens with the others.
    pub(super) fn listen(&mut self) {
        self.0 = std::mem::take(&mut self.0)
            .into_iter()
            .filter_map(Lent::listen)
            .collect();
    }

    /// Under the hub's lock, with the time that the round took: hands in what was heard, and takes what was lent.
    pub(super) fn hand_in(
        &mut self,
        lending: &mut Lending,
        round: Duration,
        hub: &mut Hub,
        out: &mut Outgoing,
        now: Now,
    ) {
        for lent in &mut self.0 {
            lent.hand_in(hub, out, now);
        }
        self.0.append(&mut lending.fresh);
        lending.open = round < ROUND_MAX;
        lending.held = self.0.len();
        lending.came.clear();
    }

    /// Under the hub's lock, before the thread sleeps: takes no more.
    pub(super) fn close(&mut self, lending: &mut Lending) {
        self.0.append(&mut lending.fresh);
        *lending = Lending::default();
    }

    /// Gives all back.
    pub(super) fn give_back(self) {
        self.0.into_iter().for_each(Lent::give_back);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Lent {
    /// `None` where it was given back.
    fn listen(mut self) -> Option<Lent> {
        let kept = matches!(self.heard, Heard::Nothing) && self.hear();
        if kept {
            return Some(self);
        }
        self.give_back();
        None
    }

    /// Reads what there is. False where the reader is to go on.
    fn hear(&mut self) -> bool {
        if !self.more
            && let Some(error) = self.broken.take()
        {
            self.heard = Heard::Read(Err(error));
            return false;
        }
        let mut bytes = 0;
        while !self.more {
            let lines = &mut self.ear.lines;
            match self.peer.poll(&mut self.ear.reader, lines.space()) {
                Some(Ok(read)) if read > 0 => {
                    lines.filled(read);
                    bytes += read;
                    if lines.is_drained() || bytes >= READ_BYTES_MAX {
                        break;
                    }
                }
                Some(Err(error))
                    if bytes > 0
                        && !matches!(
                            error.kind(),
                            ErrorKind::WouldBlock | ErrorKind::Interrupted
                        ) =>
                {
                    // For after what came before it.
                    self.broken = Some(error);
                    break;
                }
                // An end is told as often as one asks.
                _ if bytes > 0 => break,
                None => return false,
                Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => {
                    self.silent += 1;
                    return self.silent < SILENT_MAX;
                }
                Some(Err(error)) if error.kind() == ErrorKind::Interrupted => return true,
                Some(end) => {
                    self.heard = Heard::Read(end);
                    return false;
                }
            }
        }
        self.silent = 0;
        self.heard = Heard::Batch(Batch::decode(&mut self.ear.lines, bytes), None);
        true
    }

    fn hand_in(&mut self, hub: &mut Hub, out: &mut Outgoing, now: Now) {
        let Heard::Batch(batch, _) = &mut self.heard else {
            return;
        };
        let verdict = batch.hand_in(self.peer.id(), hub, out, now);
        let fault = matches!(batch.stop, Some(Stop::Fault(_)));
        if matches!(verdict, Verdict::Handled) && batch.is_done() && !fault {
            self.more = batch.stop.is_none();
            self.heard = Heard::Nothing;
        }
    }

    fn give_back(mut self) {
        let broken = self.broken.take();
        let heard = match self.heard {
            // The reader looks into the socket for lines, and these have come out of it.
            Heard::Nothing if self.more => {
                Heard::Batch(Batch::decode(&mut self.ear.lines, 0), broken)
            }
            Heard::Nothing => broken.map_or(Heard::Nothing, |error| Heard::Read(Err(error))),
            Heard::Batch(batch, _) => Heard::Batch(batch, broken),
            read @ Heard::Read(_) => read,
        };
        // Only a reader that died does not take it, and then the process dies.
        let _ = self.back.send((self.ear, heard));
    }
}
