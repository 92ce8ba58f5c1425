//! Plays one transcript against one server.
//!
//! One thread, one step after the other: the order of the file is the order of what happens, and
//! whoever is waited for is the only one who reads. Threads for each person would look more like
//! life, and a transcript would then mean something else each time; so there are some only where a transcript says
//! `at once`, and nothing goes on before all of them are done.

mod at_once;
mod connect;
mod demand;
mod revise;
mod wait;

use super::connection::Connection;
use super::piece::is_name;
use super::process::{Stderr, until};
use super::report::{Failure, Received, Verdict, brief};
use super::script::{Act, Deed, Demand, Location, Script, Step, all, demanded, spell_time};
use super::seen::{Kind, Seen};
use super::server::{READY_MAX, Server, Which};
use super::text::{ROUND, Text, Vars};
use super::through::Disturbance;
use super::update::Changes;
use super::witness::Witness;
use crate::proxy::network::Network;
use crate::proxy::pump::Ended;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::mem::take;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a step waits unless the transcript says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// How long a check of the course may take: a server that keeps each line waiting for a while would need an hour.
pub const CHECK_MAX: Duration = Duration::from_secs(60);

/// What is done to a connection, as it is drawn; what goes over it tells of itself.
const DONE: [(Deed, Kind); 4] = [
    (Deed::Connect, Kind::Connects),
    (Deed::Close, Kind::Closes),
    (Deed::HalfClose, Kind::HalfCloses),
    (Deed::Reset, Kind::Resets),
];

/// How to play.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// Against which server.
    pub server: Which,
    /// What becomes of its stderr.
    pub stderr: Stderr,
    /// With what between everybody and it.
    pub through: Option<Disturbance>,
    /// What names stand for from the start.
    pub set: Vars,
    /// Where it is kept what came in place of what was expected, if that is to be expected from then on.
    pub update: Option<Arc<Mutex<Changes>>>,
    /// Who draws it.
    pub witness: Option<Witness>,
    /// When the last step may begin, for a check of the course.
    pub until: Option<Instant>,
    /// Of all servers that were started so, the longest that one took to be ready, in milliseconds; 0 where none was.
    pub(super) slowest_start: Arc<AtomicU64>,
}

impl How {
    /// A check of the course, from now on, of such a server.
    pub(super) fn check(command: Vec<String>, ready: Duration, set: &Vars) -> How {
        How {
            server: Which::Command(command, ready),
            set: set.clone(),
            until: Some(Instant::now() + CHECK_MAX),
            ..How::default()
        }
    }

    /// How many milliseconds the slowest server took to be ready, if one was started.
    pub(crate) fn slowest_start(&self) -> Option<u64> {
        Some(self.slowest_start.load(Ordering::Relaxed)).filter(|millis| *millis > 0)
    }

    /// Starts the server, and looks what it uses where the script wants to know what it uses more later.
    fn start(&self, script: &Script) -> Result<Server, String> {
        let stderr = match (&self.witness, &self.stderr) {
            (Some(witness), Stderr::Kept) => Stderr::Traced(witness.clone()),
            (_, stderr) => stderr.clone(),
        };
        let begun = Instant::now();
        let mut server = Server::start(&self.server, &script.flags, stderr)?;
        if !matches!(self.server, Which::At(_)) {
            let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.slowest_start
                .fetch_max(millis.max(1), Ordering::Relaxed);
        }
        if demanded(&script.steps, Demand::is_of_usage).is_some() {
            server.at_first = server.usage();
        }
        Ok(server)
    }

    /// Tells whoever draws.
    fn see(&self, what: impl FnOnce(&mut Seen)) {
        if let Some(witness) = &self.witness {
            what(&mut witness.seen());
        }
    }

    /// Lets a server that is traced tell the rest.
    fn end(&self, server: &Mutex<Server>) {
        if let (Some(_), Which::Ours) = (&self.witness, &self.server) {
            let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
            server.ask_to_stop();
            until(Instant::now() + READY_MAX, || server.ended());
        }
    }
}

/// Plays it, with a server of its own where it is one to be started.
#[must_use]
pub fn play(script: &Script, how: &How) -> Verdict {
    if matches!(how.server, Which::At(_))
        && let Some(place) = demanded(&script.steps, Demand::is_of_process)
    {
        return Verdict::Skipped(format!(
            "{place} restarts or stops the server, which only a run can that starts it"
        ));
    }
    how.see(Seen::begin);
    let server = match how.start(script) {
        Ok(server) => Mutex::new(server),
        Err(error) => {
            let server = "a server to play against".to_owned();
            return Verdict::Failed(Failure::new(None, server, error));
        }
    };
    let mut run = Run {
        script,
        how,
        server: &server,
        people: BTreeMap::new(),
        only: None,
        cut: false,
        not_looked: None,
        place: None,
        vars: how.set.clone(),
        deadline: DEADLINE,
        line_end: b"\n".to_vec(),
        fence: (None, None),
        network: (all(&script.steps).iter())
            .any(|step| matches!(step.act, Act::Network(_)))
            .then(Arc::default),
    };
    let mut done = run.steps(&script.steps);
    if done.is_err() && run.was_cut() {
        done = run.the_rest_holds();
    }
    let verdict = match (done, run.not_looked) {
        (Err(failure), _) => run.fail(failure),
        (Ok(()), None) => Verdict::Passed,
        (Ok(()), Some(place)) => Verdict::Skipped(format!(
            "{place}: not looked: what the server uses can be told on Linux, of one that the run has started"
        )),
    };
    how.end(&server);
    verdict
}

/// Somebody, connected or not any more.
#[derive(Debug, Default)]
struct Person {
    connection: Option<Connection>,
    /// Of each connection she had, whether its plan has ended it.
    ends: Vec<Ended>,
    /// What she has taken, over all connections.
    received: Received,
}

struct Run<'a> {
    script: &'a Script,
    how: &'a How,
    server: &'a Mutex<Server>,
    people: BTreeMap<String, Person>,
    /// Inside `at once`: who does something in this thread.
    only: Option<&'a str>,
    /// Somebody was cut before what is done at once here.
    cut: bool,
    /// A step that could not be looked at.
    not_looked: Option<&'a Location>,
    /// Where the step stands that is played.
    place: Option<&'a Location>,
    vars: Vars,
    deadline: Duration,
    line_end: Vec<u8>,
    fence: (Option<&'a Text>, Option<&'a Text>),
    /// What is between everybody and the server, where the transcript says what it does.
    network: Option<Arc<Network>>,
}

impl<'a> Run<'a> {
    fn steps(&mut self, steps: &'a [Step]) -> Result<(), Box<Failure>> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &'a Step) -> Result<(), Box<Failure>> {
        match &step.act {
            Act::Person(name, _) if self.only.is_some_and(|only| only != name) => Ok(()),
            Act::Repeat(times, steps) => self.repeat(*times, steps),
            Act::AtOnce(steps) => self.at_once(steps),
            act => {
                self.place = Some(&step.place);
                let done = self.act(act);
                done.map_err(|got| Failure::new(self.place, self.expected(act), got))
            }
        }
    }

    fn act(&mut self, act: &'a Act) -> Result<(), String> {
        if self.how.until.is_some_and(|until| until < Instant::now()) {
            return Err(format!("too little in {}", spell_time(CHECK_MAX)));
        }
        if matches!(act, Act::Server(_) | Act::Network(_)) {
            self.note(&act.to_string());
        }
        match act {
            Act::Person(name, deed) => {
                for name in self.who(slice::from_ref(name)) {
                    self.deed(&name, deed)?;
                }
            }
            Act::OneOf(names, pattern) => self.one_of(&self.who(names), pattern)?,
            Act::GetSame(names, count) => self.get_same(&self.who(names), *count)?,
            Act::Server(demand) => self.demand(*demand)?,
            Act::Network(cue) => {
                let network = self.network.iter();
                network.for_each(|network| network.say(cue.clone()));
            }
            Act::LinesEnd(end) => self.line_end = self.bytes(end)?,
            Act::Deadline(time) => self.deadline = *time,
            Act::FenceSends(text) => self.fence.0 = Some(text),
            Act::FenceGets(pattern) => self.fence.1 = Some(pattern),
            Act::Repeat(..) | Act::AtOnce(_) => {}
        }
        Ok(())
    }

    /// Tells whoever draws what is about nobody alone.
    fn note(&self, what: &str) {
        self.how
            .see(|seen| seen.saw("", Kind::Note, what.to_owned()));
    }

    /// The step as it is written, and what its variables stand for.
    fn expected(&self, act: &Act) -> String {
        let written = act.to_string();
        let names = written.split('$').skip(1).map(|after| {
            let after = after.trim_start_matches('{');
            after.split(|c| !is_name(c)).next().unwrap_or_default()
        });
        let names: Vec<&str> = names.chain([ROUND]).collect();
        let known = (self.vars.iter()).filter(|(name, _)| names.contains(&name.as_str()));
        let known = known.map(|(name, value)| format!("\n  where ${name} is {}", brief(value)));
        format!("{written}{}", known.collect::<String>())
    }

    fn repeat(&mut self, times: u32, steps: &'a [Step]) -> Result<(), Box<Failure>> {
        let before = self.vars.clone();
        for round in 1..=times {
            // A block of one round may be any of several, and holds its number.
            if times > 1 {
                let round = round.to_string().into_bytes();
                self.vars.insert(ROUND.to_owned(), round);
            }
            self.steps(steps)?;
            self.vars.clone_from(&before);
        }
        Ok(())
    }

    fn server(&self) -> MutexGuard<'a, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who they are; `$one` and `$other` are whom they stand for.
    fn who(&self, names: &[String]) -> Vec<String> {
        let value = |name: &str| self.vars.get(name.strip_prefix('$')?);
        let who = |name: &String| match value(name) {
            None => vec![name.clone()],
            Some(value) => {
                let names = String::from_utf8_lossy(value);
                names.split(AND).map(str::to_owned).collect()
            }
        };
        names.iter().flat_map(who).collect()
    }

    fn deed(&mut self, name: &str, deed: &'a Deed) -> Result<(), String> {
        if let Some((_, kind)) = DONE.iter().find(|(done, _)| done == deed) {
            self.how.see(|seen| seen.saw(name, *kind, deed.to_string()));
        }
        match deed {
            Deed::Connect => self.connect(name),
            Deed::Send(text) => self.send_line(name, text),
            Deed::SendBytes(text) => self.send(name, &self.bytes(text)?),
            Deed::SendAsTaken(text) => self.send_line(name, text).or(Ok(())),
            Deed::SendBytesAsTaken(text) => self.send(name, &self.bytes(text)?).or(Ok(())),
            Deed::Get(pattern) | Deed::GetNothingUntil(pattern) => self.get(name, pattern),
            Deed::GetSet(patterns) => self.get_set(name, patterns),
            Deed::GetPart(pattern) => self.get_part(name, pattern),
            Deed::GetNothing => self.get_nothing(name),
            Deed::GetNothingFor(time) => self.get_nothing_for(name, *time),
            Deed::GetOnly(pattern) => self.up_to_end(name, Some(slice::from_ref(pattern))),
            Deed::GetEnd => self.up_to_end(name, Some(&[])),
            Deed::SkipTo(pattern) => self.skip_to(name, pattern),
            Deed::SkipToEnd => self.up_to_end(name, None),
            Deed::Close => self.taken(name).map(Connection::close),
            Deed::HalfClose => self.of(name)?.half_close().map_err(|_| GONE.to_owned()),
            Deed::Reset => self.taken(name)?.reset(self.deadline).ok_or_else(|| {
                format!(
                    "nothing came to {name} for {} that could be left unread, and only over an \
                     unread byte can a connection be reset from here",
                    spell_time(self.deadline)
                )
            }),
        }
    }

    fn bytes(&self, text: &Text) -> Result<Vec<u8>, String> {
        text.bytes(&self.vars)
            .map_err(|name| format!("nothing to send: ${name} stands for nothing"))
    }

    fn send_line(&mut self, name: &str, text: &Text) -> Result<(), String> {
        let mut bytes = self.bytes(text)?;
        bytes.extend_from_slice(&self.line_end);
        self.send(name, &bytes)
    }

    fn send(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let (by, whole) = (self.by(), bytes.ends_with(&self.line_end));
        let end = &self.line_end;
        self.how.see(|seen| seen.sends(name, bytes, end));
        let connection = self.of(name)?;
        connection.between_lines = whole;
        connection
            .send(bytes, by)
            .map_err(|error| match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    format!("the server took no more for {}", spell_time(self.deadline))
                }
                _ => GONE.to_owned(),
            })
    }

    /// Until when a step may wait that begins now.
    fn by(&self) -> Instant {
        Instant::now() + self.deadline
    }

    fn of(&mut self, name: &str) -> Result<&mut Connection, String> {
        let connection = self.person(name).connection.as_mut();
        connection.ok_or_else(|| GONE.to_owned())
    }

    /// The person's connection, which she then has no more.
    fn taken(&mut self, name: &str) -> Result<Connection, String> {
        let connection = self.person(name).connection.take();
        connection.ok_or_else(|| GONE.to_owned())
    }

    fn person(&mut self, name: &str) -> &mut Person {
        self.people.entry(name.to_owned()).or_default()
    }

    fn was_cut(&self) -> bool {
        let mut ends = self.people.values().flat_map(|person| &person.ends);
        self.cut || ends.any(Ended::by_plan)
    }

    /// Where connections were cut, all the others must still be served: whoever stands between
    /// two lines asks the fence and is answered, and who is new can connect.
    fn the_rest_holds(&mut self) -> Result<(), Box<Failure>> {
        let between_lines = |connection: &Connection| connection.between_lines;
        let mut asked = Vec::new();
        for (name, person) in &mut self.people {
            // As long as nobody counts as cut, all is waited for up to the deadline.
            let is_whole = !take(&mut person.ends).last().is_some_and(Ended::by_plan);
            if is_whole && person.connection.as_ref().is_some_and(between_lines) {
                asked.push(name.clone());
            }
        }
        if let (Some(ask), Some(answer)) = self.fence {
            for name in asked {
                let heard = self.send_line(&name, ask).is_ok();
                // An end has a reason from before.
                if heard && self.skip_to(&name, answer).is_err() && !self.is_over(&name) {
                    let expected = format!("after another's cut {name} still gets: {answer}");
                    let got = format!("nothing for {}", spell_time(self.deadline));
                    return Err(Failure::new(None, expected, got));
                }
            }
        }
        let connected = Server::connect(self.server, self.deadline);
        connected.map(drop).map_err(|error| {
            let expected = "after a cut others can still connect".to_owned();
            Failure::new(None, expected, no_connection(&error))
        })
    }

    fn fail(self, mut failure: Box<Failure>) -> Verdict {
        self.how.see(|seen| seen.fail(&failure));
        failure.through = self.how.through.as_ref().map(ToString::to_string);
        failure.last_words = self.server().last_words().unwrap_or_default();
        let received = |(name, person): (String, Person)| (name, person.received);
        failure.received = self.people.into_iter().map(received).collect();
        Verdict::Failed(failure)
    }
}

fn no_connection(error: &io::Error) -> String {
    format!("no connection: {}", error.kind())
}

/// What stands between the names of several, where a variable stands for them.
const AND: &str = " and ";
/// What came of a connection that is not there.
const GONE: &str = "the connection was gone";

#[cfg(test)]
mod tests {
    use super::{How, Instant, READY_MAX, Verdict, Which, play};
    use crate::play::parse::parse;
    use crate::play::text::Vars;
    use std::net::TcpListener;

    #[test]
    fn a_check_whose_time_is_over_fails_where_it_stands() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Which::At(listener.local_addr().unwrap().to_string());
        let text = "anna connects\n";
        let script = parse("a.chat", text, &mut |_| Err(String::new()), &Vars::new()).unwrap();
        let mut how = How::check(Vec::new(), READY_MAX, &Vars::new());
        how.server = server;
        assert_eq!(play(&script, &how), Verdict::Passed);
        how.until = Some(Instant::now());
        let Verdict::Failed(failure) = play(&script, &how) else {
            panic!("it had no time");
        };
        assert_eq!(failure.place.unwrap().to_string(), "a.chat:1");
        assert_eq!(failure.got, "too little in 60 s");
    }
}
