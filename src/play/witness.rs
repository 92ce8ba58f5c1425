//! What a run tells of itself while it goes on, for a picture; where nobody draws, there is none.
//!
//! Told before somebody sends and after something came: so what was caused stands behind what caused it, whichever thread
//! tells it. What our own server reads it says in its trace, which comes a little later and in another order than all
//! else; so a read is found again by the bytes that it brought and not by when it was told.

use super::picture::{Event, Kind};
use super::report::{Failure, brief};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is drawn of the beginning of a run, and of its end.
const EVENTS_MAX: usize = 200;
/// By so many bytes the server's connections are told apart.
const HEAD_BYTES_MAX: usize = 256;

/// Hears what happens in a run.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    first: Vec<Told>,
    last: VecDeque<Told>,
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

/// An event; and if somebody sends, over which connection and how many bytes.
#[derive(Debug)]
struct Told {
    event: Event,
    sent: Option<(usize, usize)>,
}

impl Witness {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run begins. Of several the first that fails is kept, else the last.
    pub fn begin(&self) {
        let mut seen = self.seen();
        if !seen.failed {
            *seen = Seen::default();
        }
    }

    /// A server is started whose trace is told from here on.
    pub fn server_starts(&self) {
        self.seen().servers += 1;
    }

    /// This happened.
    pub fn saw(&self, who: &str, kind: Kind, text: String) {
        let mut seen = self.seen();
        if kind == Kind::Connects {
            let connection = seen.sent.len();
            seen.connections.insert(who.to_owned(), connection);
            seen.sent.push(Vec::new());
        }
        seen.push(who, kind, text, None);
    }

    /// Somebody sends this.
    pub fn sends(&self, who: &str, bytes: &[u8], line_end: &[u8]) {
        let text = match bytes.strip_suffix(line_end) {
            Some([]) => "an empty line".to_owned(),
            Some(line) if !line.contains(&b'\n') => brief(line),
            Some(_) | None => format!("bytes: {}", brief(bytes)),
        };
        let mut seen = self.seen();
        let connection = seen.connections.get(who).copied();
        if let Some(head) = connection.and_then(|at| seen.sent.get_mut(at)) {
            let room = HEAD_BYTES_MAX.saturating_sub(head.len()).min(bytes.len());
            head.extend_from_slice(bytes.get(..room).unwrap_or_default());
        }
        let sent = connection.map(|connection| (connection, bytes.len()));
        seen.push(who, Kind::Sends, text, sent);
    }

    /// What somebody was told last is still to come.
    pub fn put_back(&self, who: &str) {
        let mut seen = self.seen();
        let seen = &mut *seen;
        let last = seen.last.iter().rposition(|told| told.event.who == who);
        match last {
            Some(at) => drop(seen.last.remove(at)),
            None => {
                let first = seen.first.iter().rposition(|told| told.event.who == who);
                first.map(|at| seen.first.remove(at));
            }
        }
    }

    /// The run has failed, by the last that happened to those whom the sentence names before its colon.
    pub fn failed(&self, failure: &Failure) {
        let mut seen = self.seen();
        let seen = &mut *seen;
        if std::mem::replace(&mut seen.failed, true) {
            return;
        }
        let sentence = failure.expected.lines().next().unwrap_or_default();
        let named = sentence.split(':').next().unwrap_or_default();
        let mut named: BTreeSet<&str> = named.split([' ', ',']).chain([sentence]).collect();
        for told in seen.first.iter_mut().chain(&mut seen.last).rev() {
            let event = &mut told.event;
            let subject = if event.kind == Kind::Note {
                &event.text
            } else {
                &event.who
            };
            event.failed = named.remove(subject.as_str());
        }
    }

    /// A line of a server's trace: true if it is one.
    pub fn heard(&self, line: &[u8]) -> bool {
        let line = String::from_utf8_lossy(line);
        let Some((number, did)) = traced(&line) else {
            return false;
        };
        let mut seen = self.seen();
        let server = seen.servers;
        if let Some((count, bytes)) = read(did) {
            let (head, counts) = seen.read.entry((server, number)).or_default();
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
        let mut seen = self.seen();
        let mut reads = seen.reads();
        let seen = &mut *seen;
        // What was left out was sent, too.
        if seen.left_out > 0 {
            reads.clear();
        }
        let mut events = Vec::new();
        for told in seen.first.iter().chain(&seen.last) {
            let mut event = told.event.clone();
            if let Some((connection, bytes)) = told.sent
                && let Some((left, counts)) = reads.get_mut(&connection)
            {
                *left += bytes;
                while let Some(after) = counts.front().and_then(|count| left.checked_sub(*count)) {
                    *left = after;
                    event.reads.extend(counts.pop_front());
                }
            }
            events.push(event);
        }
        if seen.left_out > 0 {
            let text = format!("… {} more, which are not drawn …", seen.left_out);
            events.insert(seen.first.len(), Event::new("", Kind::Note, text));
        }
        events
    }
}

impl Seen {
    fn push(&mut self, who: &str, kind: Kind, text: String, sent: Option<(usize, usize)>) {
        if self.failed {
            return;
        }
        let event = Event::new(who, kind, text);
        if self.first.len() < EVENTS_MAX {
            return self.first.push(Told { event, sent });
        }
        self.last.push_back(Told { event, sent });
        if self.last.len() > EVENTS_MAX {
            self.last.pop_front();
            self.left_out += 1;
        }
    }

    /// For each connection that the server is found to have read from: the reads. They are told apart by what came first.
    fn reads(&self) -> BTreeMap<usize, (usize, VecDeque<usize>)> {
        let mut read = self.read.clone();
        let mut found = BTreeMap::new();
        for (connection, sent) in self.sent.iter().enumerate() {
            let sent = sent.escape_ascii().to_string();
            let same = |(head, _): &(String, Vec<usize>)| {
                let len = head.len().min(sent.len());
                len > 0 && head.as_bytes().get(..len) == sent.as_bytes().get(..len)
            };
            let at = read.iter().find(|(_, read)| same(read)).map(|(at, _)| *at);
            if let Some((_, counts)) = at.and_then(|at| read.remove(&at)) {
                found.insert(connection, (0, counts.into()));
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
    use super::{EVENTS_MAX, Kind, Witness};
    use crate::play::picture::Event;
    use crate::play::report::Failure;

    fn connected(names: &[&str]) -> Witness {
        let witness = Witness::default();
        for name in names {
            witness.saw(name, Kind::Connects, String::new());
        }
        witness
    }

    #[track_caller]
    fn check_reads(witness: &Witness, expected: &[&[usize]]) {
        let events = witness.events();
        let sent = events.iter().filter(|event| event.kind == Kind::Sends);
        let reads: Vec<&[usize]> = sent.map(|event| &event.reads[..]).collect();
        assert_eq!(reads, expected);
    }

    #[test]
    fn a_read_stands_where_its_last_byte_was_sent() {
        let witness = connected(&["anna"]);
        for part in [&b"NAME an"[..], b"na\nSAY hi\n", b"QUIT\n"] {
            witness.sends("anna", part, b"\n");
        }
        check_reads(&witness, &[&[], &[], &[]]);
        for line in [
            r#"T [reader 1] #1 read 8: "NAME ann""#,
            r#"T [reader 1] #1 a line: NAME anna"#,
            r#"T [reader 1] #1 read 1: "a""#,
            r#"T [reader 1] #1 read 13: "\nSAY hi\nQUIT\n""#,
            "T [reader 1] #1 read: the end",
        ] {
            assert!(witness.heard(line.as_bytes()), "{line}");
        }
        check_reads(&witness, &[&[], &[8, 1], &[13]]);
        assert!(!witness.heard(b"panicked at #1 read 9"));
    }

    #[test]
    fn whose_a_read_is_its_bytes_say_and_not_its_number() {
        let witness = connected(&["anna", "ben"]);
        witness.sends("anna", b"NAME anna\n", b"\n");
        witness.sends("ben", b"NAME ben\n", b"\n");
        assert!(witness.heard(br#"[r] #1 read 9: "NAME ben\n""#));
        assert!(witness.heard(br#"[r] #2 read 10: "NAME anna\n""#));
        // A server that is started again counts from 1.
        witness.server_starts();
        witness.saw("anna", Kind::Connects, String::new());
        witness.sends("anna", b"PING\n", b"\n");
        assert!(witness.heard(br#"[r] #1 read 5: "PING\n""#));
        check_reads(&witness, &[&[10], &[9], &[5]]);
    }

    #[test]
    fn of_a_long_run_the_beginning_and_the_end_are_kept() {
        let witness = connected(&["anna"]);
        for n in 0..2 * EVENTS_MAX + 2 {
            witness.sends("anna", format!("{n}\n").as_bytes(), b"\n");
        }
        let events = witness.events();
        assert_eq!(events.len(), 2 * EVENTS_MAX + 1);
        let text = |at: usize| events[at].text.as_str();
        assert_eq!(text(EVENTS_MAX - 1), (EVENTS_MAX - 2).to_string());
        assert_eq!(text(EVENTS_MAX), "… 3 more, which are not drawn …");
        assert_eq!(text(2 * EVENTS_MAX), (2 * EVENTS_MAX + 1).to_string());
    }

    #[test]
    fn the_first_run_that_fails_is_kept_with_the_last_of_those_it_is_about() {
        let witness = connected(&["anna", "ben", "carl"]);
        let expected = "anna and carl get the same 2 lines".to_owned();
        witness.failed(&Failure::new(None, expected, String::new()));
        witness.begin();
        witness.saw("dora", Kind::Connects, String::new());
        let red = |event: &Event| event.failed.then(|| event.who.clone());
        let red: Vec<String> = witness.events().iter().filter_map(red).collect();
        assert_eq!(red, ["anna", "carl"]);
    }
}
