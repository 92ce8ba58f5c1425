//! A reader: the one thread that a connection has. It reads what is there, cuts it into lines, decodes them, and
//! hands them to the hub, which decides everything.

use std::io::ErrorKind;
use std::sync::Arc;

use super::hub::{Hub, Now, Verdict};
use super::outgoing::Outgoing;
use super::post::Post;
use super::post::peer::Peer;
use super::transport::{self, Noise, NotIn, Reader, Security, Watch};
use crate::wire::{
    Code, Fault, LineError, LineReader, Mode, Refusal, Request, ServerLine, Tagged, Text,
    foreign_protocol,
};

/// Lines decoded at once: enough to enter the hub rarely under load.
const BATCH_LINES: usize = 64;

type Asked = Result<Tagged<Request>, Refusal>;

/// What stops a batch.
enum Stop {
    /// No more whole lines.
    Drained,
    /// The connection has to be closed for this.
    Fault(Fault),
}

/// Serves one connection to its end.
pub(super) fn run(peer: &Arc<Peer>, mut reader: Reader, security: &Security, post: &Arc<Post>) {
    if let Security::Noise(noise) = security {
        match agree(peer, &reader, noise, post) {
            Some(sealed) => reader = sealed,
            None => return,
        }
    }
    let mut lines = LineReader::new();
    let mut first = true;
    loop {
        let bytes = match read(peer, &mut reader, lines.space()) {
            Ok(0) => break leave(peer, post, Code::QUIT),
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() == ErrorKind::InvalidData {
                    // Forged: whoever did it is told nothing.
                    peer.cut();
                }
                break leave(peer, post, Code::LOST);
            }
        };
        lines.filled(bytes);
        let foreign = first.then(|| foreign_protocol(lines.rest())).flatten();
        let stays = match foreign {
            None => take(peer, &mut lines, reader.watch(), bytes, &mut first, post),
            Some(fault) => close(peer, &fault, post),
        };
        if !stays {
            discard(peer, &mut reader, post);
            break;
        }
    }
}

/// Agrees with the peer on how to talk. `None` where it is not let in.
fn agree(peer: &Arc<Peer>, reader: &Reader, noise: &Noise, post: &Arc<Post>) -> Option<Reader> {
    match transport::agree(noise, &peer.stream, reader.watch()) {
        Ok((reader, writer)) => {
            // Or it was closed while it tried.
            if peer.admit(writer) {
                post.enter(|hub, out, _| hub.greet(peer.id(), Mode::noise(), out));
                return Some(reader);
            }
        }
        Err(NotIn::Gone) => leave(peer, post, Code::LOST),
        Err(NotIn::Silently) => {
            leave(peer, post, Code::NOT_ADMITTED);
            peer.cut();
        }
        Err(NotIn::Told(sentence)) => {
            leave(peer, post, Code::ENCRYPTED);
            peer.tell(&ServerLine::Bye {
                code: Code::ENCRYPTED,
                sentence: Text::cut(sentence),
            });
            discard(peer, &mut transport::plain(reader.watch()).0, post);
        }
    }
    None
}

/// Reads; waits where somebody has the socket without blocking for a moment.
fn read(peer: &Peer, reader: &mut Reader, space: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(&peer.stream, space) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => peer.pass_gate(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Handles what has come. False where the connection is closed.
fn take(
    peer: &Peer,
    lines: &mut LineReader,
    watch: &Watch,
    mut bytes: usize,
    first: &mut bool,
    post: &Arc<Post>,
) -> bool {
    loop {
        let (batch, stop) = decode(lines);
        show(&batch, watch);
        *first &= batch.is_empty();
        // A read that left room in its space has emptied the socket: nothing waits to be paid for.
        let drained = matches!(stop, Some(Stop::Drained)) && lines.is_drained();
        if !hand_in(peer, std::mem::take(&mut bytes), &batch, drained, post) {
            return false;
        }
        match stop {
            None => {}
            Some(Stop::Fault(fault)) => return close(peer, &fault, post),
            Some(Stop::Drained) => return true,
        }
    }
}

fn decode(lines: &mut LineReader) -> (Vec<Asked>, Option<Stop>) {
    // Mostly one, and what a thread frees it keeps: a roomy start costs each quiet connection a third of a kilobyte.
    let mut batch = Vec::with_capacity(1);
    while batch.len() < BATCH_LINES {
        match lines.next_line() {
            None => return (batch, Some(Stop::Drained)),
            Some(Ok(line)) => batch.push(Request::decode(line)),
            Some(Err(LineError::TooLong)) => {
                let fault = Fault::new(Code::LINE_TOO_LONG, LineError::TooLong.to_string());
                return (batch, Some(Stop::Fault(fault)));
            }
            Some(Err(LineError::NotUtf8 { column, tag })) => {
                let fault = Fault::at(Code::NOT_UTF8, column, "the line is not UTF-8 from here on");
                batch.push(Err(Refusal { tag, fault }));
            }
        }
    }
    (batch, None)
}

/// Shows what the lines were taken for.
fn show(batch: &[Asked], watch: &Watch) {
    let Some((tap, connection)) = watch.get() else {
        return;
    };
    for asked in batch {
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

/// Hands the requests in, in order, paying for the rate on the way. False where the connection is closed.
fn hand_in(
    peer: &Peer,
    mut bytes: usize,
    mut batch: &[Asked],
    drained: bool,
    post: &Arc<Post>,
) -> bool {
    loop {
        let (handled, verdict) = post.enter_when_clear(|hub, out, now| {
            hub.heard(peer.id(), std::mem::take(&mut bytes), now, out);
            let (handled, verdict) = some(hub, peer, batch, out, now);
            if drained && handled == batch.len() {
                hub.drained(peer.id());
            }
            (handled, verdict)
        });
        batch = &batch[handled..];
        match verdict {
            Verdict::Gone => return false,
            Verdict::Owes(time) => peer.pay(time),
            Verdict::Handled if batch.is_empty() => return true,
            Verdict::Handled => {}
        }
    }
}

/// As many as there is room for in what waits to be sent.
fn some(
    hub: &mut Hub,
    peer: &Peer,
    batch: &[Asked],
    out: &mut Outgoing,
    now: Now,
) -> (usize, Verdict) {
    for (index, asked) in batch.iter().enumerate() {
        if out.bytes() > hub.limits().outgoing_bytes_max {
            return (index, Verdict::Handled);
        }
        match hub.handle(peer.id(), asked, now, out) {
            Verdict::Handled => out.handled(peer.id()),
            other => return (index, other),
        }
    }
    (batch.len(), Verdict::Handled)
}

fn leave(peer: &Peer, post: &Arc<Post>, code: Code) {
    post.enter(|hub, out, now| hub.gone(peer.id(), code, now, out));
}

fn close(peer: &Peer, fault: &Fault, post: &Arc<Post>) -> bool {
    post.enter(|hub, out, now| hub.close(peer.id(), fault.code.clone(), &fault.sentence, now, out));
    false
}

/// Reads on for a while without looking: a socket closed with unread input would take the last line back. The clock
/// cuts the connection when it has taken too long.
fn discard(peer: &Peer, reader: &mut Reader, post: &Post) {
    let mut nowhere = [0; 512];
    let mut left = post.limits().linger_bytes_max;
    while left > 0 {
        match read(peer, reader, &mut nowhere) {
            Ok(0) | Err(_) => return,
            Ok(bytes) => left = left.saturating_sub(bytes),
        }
    }
    peer.cut();
}
