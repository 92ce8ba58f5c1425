//! What holds of the client whatever a server sends, and of whatever is typed.

use chalktalk::client::plain::line;
use chalktalk::client::session::{Output, Session};
use chalktalk::client::{
    Command, Event, Happened, Outcome, PEOPLE_MAX, Place, Ticket, Trouble, When, Whose,
};
use chalktalk::wire::{
    Code, EventKind, Id, LINE_BYTES_MAX, LineReader, Mode, Name, Request, ServerLine,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// What one step may cause: all that waits is settled, and a little more.
const OUTPUTS_MAX: usize = 300;
/// More than a session with the longest names and texts ever takes to be written out.
const HELD_CHARS_MAX: usize = 8 * 1024 * 1024;

/// A session plays against any server and any user, told by lines:
/// `+` the connection is open, `-` it broke, `~` time passes to the next deadline, `>` something is typed.
/// All else is a line from the server, in which `@?` stands for the tag last asked with.
pub fn a_session_bears_any_server(play: &[u8]) {
    let mut watch = Watch::new();
    for line in play.split(|&byte| byte == b'\n') {
        match line {
            b"+" => watch.session.connected(None, watch.now),
            b"-" => watch.session.broken(Trouble::Broken, watch.now),
            b"~" => watch.pass_time(),
            [b'>', typed @ ..] => watch.type_in(&String::from_utf8_lossy(typed)),
            line => watch.hear(line),
        }
        watch.look();
    }
    assert!(format!("{:?}", watch.session).len() < HELD_CHARS_MAX);
    watch.type_in("/quit");
    watch.type_in("/quit");
    watch.look();
    assert!(
        watch.session.is_ended() && watch.unsettled.is_empty(),
        "{:?}",
        watch.unsettled
    );
}

/// A session, and what it has promised so far.
struct Watch {
    session: Session,
    now: Duration,
    tickets: u64,
    unsettled: BTreeSet<Ticket>,
    tag: u64,
    news: Option<Id>,
    ended: bool,
    place: Place,
}

impl Watch {
    fn new() -> Watch {
        let name = Name::parse("anna").expect("a name");
        Watch {
            session: Session::new(name, None, Mode::open(), 1),
            now: Duration::ZERO,
            tickets: 0,
            unsettled: BTreeSet::new(),
            tag: 0,
            news: None,
            ended: false,
            place: Place::default(),
        }
    }

    fn hear(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).replace("@?", &format!("@{}", self.tag));
        let mut reader = LineReader::default();
        let session = &mut self.session;
        reader.push(format!("{line}\n").as_bytes(), |line| {
            session.line(&line, self.now);
        });
    }

    fn type_in(&mut self, typed: &str) {
        if let Ok(Some(command)) = Command::parse(typed) {
            let ticket = Ticket(self.tickets);
            self.tickets += 1;
            self.unsettled.insert(ticket);
            self.session.command(ticket, command, self.now);
        }
    }

    /// Once something was due it is done: a loop that waits for deadlines never spins.
    fn pass_time(&mut self) {
        if let Some(deadline) = self.session.deadline() {
            self.now = self.now.max(deadline);
            self.session.tick(self.now);
            let next = self.session.deadline();
            assert!(
                next.is_none_or(|next| next > self.now),
                "{next:?} {:?}",
                self.session
            );
        }
    }

    fn look(&mut self) {
        let mut outputs = 0;
        while let Some(output) = self.session.next_output() {
            outputs += 1;
            match output {
                Output::Send(bytes) => self.sent(&bytes),
                Output::Tell(event) => self.told(&event),
                Output::Connect | Output::Close => {}
            }
        }
        assert!(outputs <= OUTPUTS_MAX, "{outputs}");
        assert_eq!(&self.place, self.session.place());
        assert!(self.place.people().count() <= PEOPLE_MAX);
    }

    fn sent(&mut self, bytes: &[u8]) {
        assert!(bytes.len() <= LINE_BYTES_MAX);
        let text = str::from_utf8(bytes).expect("UTF-8");
        let line = text.strip_suffix('\n').expect("a whole line");
        let request = Request::decode(line).expect("a request");
        if let Some(tag) = request.tag {
            let tag = tag.as_str().parse().expect("a number");
            assert!(tag > self.tag, "{tag} again");
            self.tag = tag;
        }
    }

    fn told(&mut self, event: &Event) {
        self.place.apply(event);
        match event {
            Event::Settled(ticket, outcome) => {
                assert!(self.unsettled.remove(ticket), "{ticket:?} is settled twice");
                let too_late = *outcome == Outcome::Unsent;
                assert!(!self.ended || too_late, "{outcome:?} after the end");
                return;
            }
            Event::Row(ticket, _) => assert!(self.unsettled.contains(ticket)),
            Event::Happened(happened) if happened.when == When::Now => {
                let same_boot = self.news.filter(|last| last.boot == happened.id.boot);
                assert!(same_boot.is_none_or(|last| last.count < happened.id.count));
                self.news = Some(happened.id);
            }
            _ => {}
        }
        assert!(!self.ended, "{event:?} after the end");
        self.ended = matches!(event, Event::Ended(_));
    }
}

/// Whatever is typed wants something, or nothing, or is told what is wrong with it, in words fit to be shown.
pub fn anything_may_be_typed(typed: &str) {
    match Command::parse(typed) {
        Ok(Some(_)) => {}
        Ok(None) => assert!(typed.trim().is_empty()),
        Err(error) => assert!(!error.contains(char::is_control), "{error}"),
    }
}

/// Whatever happens is one line in plain mode, without control characters; and its first character tells what it
/// is, whatever people call themselves and say.
pub fn a_plain_line_cannot_be_forged(server_line: &str) {
    let Ok(line_said) = ServerLine::decode(server_line) else {
        return;
    };
    let ServerLine::Event(event) = line_said.body else {
        return;
    };
    let said_by = match &event.what {
        EventKind::Said(_, name, _) => Some(name.clone()),
        _ => None,
    };
    for when in [When::Now, When::Past] {
        let happened = Happened {
            id: event.id,
            time: event.time,
            what: event.what.clone(),
            when,
            whose: Whose::Others,
        };
        let shown = line(&Event::Happened(happened), "here").expect("a line");
        assert!(!shown.contains(char::is_control), "{shown:?}");
        let present = match when {
            When::Now => Some(shown.as_str()),
            When::Past => shown.strip_prefix(": "),
        };
        let present = present.expect("the mark of the past");
        match &said_by {
            Some(name) => {
                assert!(present.starts_with(&format!("{name}: ")), "{shown:?}");
                assert!(!present.starts_with(['*', '@', ':', '#']), "{shown:?}");
            }
            None => assert!(
                present.starts_with("* ") || present.starts_with("@ "),
                "{shown:?}"
            ),
        }
    }
}

/// Any chunks of bytes as what a server sends from the start: whole lines of it reach the session, or none.
pub fn a_session_bears_any_bytes(chunks: &[&[u8]]) {
    let mut watch = Watch::new();
    watch.session.connected(None, watch.now);
    let mut reader = LineReader::default();
    for chunk in chunks {
        let mut endless = 0;
        let (session, now) = (&mut watch.session, watch.now);
        reader.push(chunk, |line| {
            let code = line.as_ref().map_err(|refusal| &refusal.fault.code).err();
            endless += usize::from(code == Some(&Code::LINE_TOO_LONG));
            session.line(&line, now);
        });
        assert!(endless <= 1);
        watch.look();
    }
}
