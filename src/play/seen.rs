//! What happened in a run, for a picture.
//!
//! What our own server reads it says in its trace, which comes a little later than all else, and of several connections in
//! any order; so a read is found again by the bytes that it brought and not by when it was told.

use super::report::{Failure, brief};
use std::collections::BTreeMap;

/// What is kept of the beginning of a run, and of its end.
const EVENTS_MAX: usize = 200;
/// By so many bytes the server's connections are told apart.
const HEAD_BYTES_MAX: usize = 256;

/// What happens between somebody and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody connects.
    Connects,
    /// Somebody sends.
    Sends,
    /// Somebody sends no more.
    HalfCloses,
    /// Somebody closes.
    Closes,
    /// Somebody tears the connection away.
    Resets,
    /// Something comes.
    Comes,
    /// The server ends the connection.
    Ends,
    /// The server tears it away.
    Torn,
    /// Nothing comes.
    Nothing,
    /// What is about nobody alone.
    Note,
}

impl Kind {
    /// Whether it is done to the server, and does not come from it.
    #[must_use]
    pub fn is_done(self) -> bool {
        let is_end = matches!(self, Kind::HalfCloses | Kind::Closes | Kind::Resets);
        is_end || matches!(self, Kind::Connects | Kind::Sends)
    }

    /// Whether the connection is gone then.
    #[must_use]
    pub fn ends(self) -> bool {
        let for_us = matches!(self, Kind::Closes | Kind::Resets);
        for_us || matches!(self, Kind::Ends | Kind::Torn)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// To whom; nobody for a note.
    pub who: String,
    /// What.
    pub kind: Kind,
    /// What was said, or what happened.
    pub text: String,
    /// Over which connection of the run something was sent, and how many bytes.
    sent: Option<(usize, usize)>,
    /// The bytes of each read of the server that ended within what was sent, where they are known.
    pub reads: Vec<usize>,
    /// Whether it is what failed.
    pub failed: bool,
}

impl Event {
    /// What happened, all being well.
    #[must_use]
    pub fn new(who: &str, kind: Kind, text: String) -> Event {
        let (who, sent, reads, failed) = (who.to_owned(), None, Vec::new(), false);
        Event {
            who,
            kind,
            text,
            sent,
            reads,
            failed,
        }
    }
}

/// What was seen of a run.
#[derive(Debug, Default)]
pub struct Seen {
    events: Vec<Event>,
    left_out: usize,
    failed: bool,
    /// What was first sent over each connection that there was.
    sent: Vec<Vec<u8>>,
    /// Whose the connections are.
    connections: BTreeMap<String, usize>,
    /// How many servers were started.
    servers: usize,
    /// By the server and its number there: the bytes that came over each connection first, and those of each read.
    read: BTreeMap<(usize, u64), (String, Vec<usize>)>,
}

impl Seen {
    /// A run begins. Of several the first that fails is kept, else the last.
    pub fn begin(&mut self) {
        if !self.failed {
            *self = Seen::default();
        }
    }

    /// A server is started whose trace is told from here on.
    pub fn server_starts(&mut self) {
        self.servers += 1;
    }

    /// This happened.
    pub fn saw(&mut self, who: &str, kind: Kind, text: String) {
        if kind == Kind::Connects {
            self.connections.insert(who.to_owned(), self.sent.len());
            self.sent.push(Vec::new());
        }
        self.push(Event::new(who, kind, text));
    }

    /// Somebody sends this.
    pub fn sends(&mut self, who: &str, bytes: &[u8], line_end: &[u8]) {
        let text = match bytes.strip_suffix(line_end) {
            Some([]) => "an empty line".to_owned(),
            Some(line) if !line.contains(&b'\n') => brief(line),
            Some(_) | None => format!("bytes: {}", brief(bytes)),
        };
        let mut event = Event::new(who, Kind::Sends, text);
        let connection = self.connections.get(who).copied();
        if let Some(head) = connection.and_then(|at| self.sent.get_mut(at)) {
            let room = HEAD_BYTES_MAX.saturating_sub(head.len()).min(bytes.len());
            head.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        event.sent = connection.map(|connection| (connection, bytes.len()));
        self.push(event);
    }

    fn push(&mut self, event: Event) {
        if !self.failed {
            self.events.push(event);
        }
        if self.events.len() > 2 * EVENTS_MAX {
            self.events.remove(EVENTS_MAX);
            self.left_out += 1;
        }
    }

    /// The run has failed, by the last that happened to whom the sentence begins with.
    pub fn fail(&mut self, failure: &Failure) {
        if std::mem::replace(&mut self.failed, true) {
            return;
        }
        let of = |event: &&mut Event| match event.kind == Kind::Note {
            true => failure.expected.starts_with(&event.text),
            false => failure.expected.starts_with(&format!("{} ", event.who)),
        };
        if let Some(event) = self.events.iter_mut().rev().find(of) {
            event.failed = true;
        }
    }

    /// A line of a server's trace: true if it is one.
    pub fn heard(&mut self, line: &[u8]) -> bool {
        let line = String::from_utf8_lossy(line);
        let Some((number, did)) = traced(&line) else {
            return false;
        };
        if let Some((count, bytes)) = read(did) {
            let (head, counts) = self.read.entry((self.servers, number)).or_default();
            if head.len() < HEAD_BYTES_MAX {
                *head += bytes;
            }
            counts.push(count);
        }
        true
    }

    /// All that happened, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        if self.left_out > 0 {
            // Of what is left out the reads are not known.
            let text = format!("… {} more, which are not drawn …", self.left_out);
            events.insert(EVENTS_MAX, Event::new("", Kind::Note, text));
            return events;
        }
        let mut reads = self.reads();
        for event in &mut events {
            if let Some((connection, bytes)) = event.sent
                && let Some((left, counts)) = reads.get_mut(&connection)
            {
                *left += bytes;
                while let Some(after) = counts.first().and_then(|count| left.checked_sub(*count)) {
                    *left = after;
                    event.reads.push(counts.remove(0));
                }
            }
        }
        events
    }

    /// For each connection that the server is found to have read from: the reads. They are told apart by what came first.
    fn reads(&self) -> BTreeMap<usize, (usize, Vec<usize>)> {
        let (mut read, mut found) = (self.read.clone(), BTreeMap::new());
        for (connection, sent) in self.sent.iter().enumerate() {
            let sent = sent.escape_ascii().to_string();
            let same = |(_, (head, _)): &(&(usize, u64), &(String, Vec<usize>))| {
                let mut both = head.bytes().zip(sent.bytes());
                !head.is_empty() && !sent.is_empty() && both.all(|(a, b)| a == b)
            };
            let at = read.iter().find(same).map(|(at, _)| *at);
            if let Some((_, counts)) = at.and_then(|at| read.remove(&at)) {
                found.insert(connection, (0, counts));
            }
        }
        found
    }
}

/// The connection that a line of the trace is about, and what happened there.
fn traced(line: &str) -> Option<(u64, &str)> {
    let (_, rest) = line.split_once("] #")?;
    let (number, did) = rest.split_once(' ')?;
    Some((number.parse().ok()?, did))
}

/// How many bytes a read brought, and which, as far as the line holds them.
fn read(did: &str) -> Option<(usize, &str)> {
    let (count, bytes) = did.strip_prefix("read ")?.split_once(": \"")?;
    Some((
        count.parse().ok()?,
        bytes.strip_suffix('"').unwrap_or(bytes),
    ))
}

#[cfg(test)]
mod tests {
    use super::{EVENTS_MAX, Event, Kind, Seen};
    use crate::play::report::Failure;

    fn connected(names: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for name in names {
            seen.saw(name, Kind::Connects, String::new());
        }
        seen
    }

    #[track_caller]
    fn check_reads(seen: &Seen, expected: &[&[usize]]) {
        let events = seen.events();
        let sent = events.iter().filter(|event| event.kind == Kind::Sends);
        let reads: Vec<&[usize]> = sent.map(|event| &event.reads[..]).collect();
        assert_eq!(reads, expected);
    }

    #[test]
    fn a_read_stands_where_its_last_byte_was_sent() {
        let mut seen = connected(&["anna"]);
        for part in [&b"NAME an"[..], b"na\nSAY hi\n", b"QUIT\n"] {
            seen.sends("anna", part, b"\n");
        }
        check_reads(&seen, &[&[], &[], &[]]);
        for line in [
            r#"T [reader 1] #1 read 8: "NAME ann""#,
            r#"T [reader 1] #1 a line: NAME anna"#,
            r#"T [reader 1] #1 read 1: "a""#,
            r#"T [reader 1] #1 read 13: "\nSAY hi\nQUIT\n""#,
            "T [reader 1] #1 read: the end",
        ] {
            assert!(seen.heard(line.as_bytes()), "{line}");
        }
        check_reads(&seen, &[&[], &[8, 1], &[13]]);
        assert!(!seen.heard(b"panicked at #1 read 9"));
    }

    #[test]
    fn whose_a_read_is_its_bytes_say_and_not_its_number() {
        let mut seen = connected(&["anna", "ben"]);
        seen.sends("anna", b"NAME anna\n", b"\n");
        seen.sends("ben", b"NAME ben\n", b"\n");
        assert!(seen.heard(br#"[r] #1 read 9: "NAME ben\n""#));
        assert!(seen.heard(br#"[r] #2 read 10: "NAME anna\n""#));
        // A server that is started again counts from 1.
        seen.server_starts();
        seen.saw("anna", Kind::Connects, String::new());
        seen.sends("anna", b"PING\n", b"\n");
        assert!(seen.heard(br#"[r] #1 read 5: "PING\n""#));
        check_reads(&seen, &[&[10], &[9], &[5]]);
    }

    #[test]
    fn of_a_long_run_the_beginning_and_the_end_are_kept() {
        let mut seen = connected(&["anna"]);
        for n in 0..2 * EVENTS_MAX + 2 {
            seen.sends("anna", format!("{n}\n").as_bytes(), b"\n");
        }
        let events = seen.events();
        assert_eq!(events.len(), 2 * EVENTS_MAX + 1);
        let text = |at: usize| events[at].text.as_str();
        assert_eq!(text(EVENTS_MAX - 1), (EVENTS_MAX - 2).to_string());
        assert_eq!(text(EVENTS_MAX), "… 3 more, which are not drawn …");
        assert_eq!(text(2 * EVENTS_MAX), (2 * EVENTS_MAX + 1).to_string());
    }

    #[test]
    fn the_first_run_that_fails_is_kept_with_the_last_of_whom_it_is_about() {
        let mut seen = connected(&["anna", "ben", "carl"]);
        let expected = "anna and carl get the same 2 lines".to_owned();
        seen.fail(&Failure::new(None, expected, String::new()));
        seen.begin();
        seen.saw("dora", Kind::Connects, String::new());
        let red = |event: &Event| event.failed.then(|| event.who.clone());
        let red: Vec<String> = seen.events().iter().filter_map(red).collect();
        assert_eq!(red, ["anna"]);
    }
}
