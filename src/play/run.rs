//! Plays one transcript against one server.
//!
//! One thread, one step after the other: the order of the file is the order of what happens, and
//! whoever is waited for is the only one who reads. Threads for each person would look more like
//! life, and a transcript would then mean something else each time.

mod wait;

use super::connection::{Came, Connection};
use super::pattern::Pattern;
use super::piece::is_name;
use super::process::Stderr;
use super::report::{Failure, Received, Verdict, brief};
use super::script::{Act, Deed, Place, Script, Step, spell_time};
use super::server::{Server, Which};
use super::text::{ROUND, Text, Vars};
use super::through::Disturbance;
use crate::proxy::pump::Ended;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// How long a step waits unless the transcript says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// How often somebody who waits looks whether another was cut.
const CUT_SHOWS: Duration = Duration::from_millis(100);

/// How to play.
#[derive(Debug, Clone)]
pub struct How {
    /// Against which server.
    pub server: Which,
    /// What becomes of its stderr.
    pub stderr: Stderr,
    /// With what between everybody and it.
    pub through: Option<Disturbance>,
}

/// Plays it, with a server of its own where it is one to be started.
#[must_use]
pub fn play(script: &Script, how: &How) -> Verdict {
    if matches!(how.server, Which::At(_))
        && let Some(place) = restart_in(&script.steps)
    {
        return Verdict::Skipped(format!(
            "{place} restarts the server, which only a run can that starts it"
        ));
    }
    let server = match Server::start(&how.server, &script.flags, how.stderr) {
        Ok(server) => server,
        Err(error) => return Verdict::Failed(Box::new(no_server(&error))),
    };
    let mut run = Run {
        script,
        how,
        server,
        people: Vec::new(),
        vars: Vars::new(),
        deadline: DEADLINE,
        line_end: b"\n".to_vec(),
        fence: (None, None),
        ends: Vec::new(),
    };
    match run.steps(&script.steps) {
        Ok(()) => Verdict::Passed,
        Err(_) if run.was_cut() => match run.the_rest_holds() {
            Ok(()) => Verdict::Passed,
            Err(stop) => run.fail(stop),
        },
        Err(stop) => run.fail(stop),
    }
}

fn no_server(error: &str) -> Failure {
    let mut lines = error.lines().map(str::to_owned);
    Failure {
        place: None,
        expected: "a server to play against".to_owned(),
        got: lines.next().unwrap_or_default(),
        received: Vec::new(),
        through: None,
        last_words: lines.collect(),
    }
}

/// Where the steps restart the server, if they do.
fn restart_in(steps: &[Step]) -> Option<&Place> {
    steps.iter().find_map(|step| match &step.act {
        Act::Restart => Some(&step.place),
        Act::Repeat(_, steps) => restart_in(steps),
        _ => None,
    })
}

/// Why it goes no further.
#[derive(Debug)]
struct Stop {
    place: Option<Place>,
    expected: String,
    got: String,
}

/// Somebody, connected or not any more.
#[derive(Debug)]
struct Person {
    name: String,
    connection: Option<Connection>,
    /// Over connections before this one.
    received: Received,
}

struct Run<'a> {
    script: &'a Script,
    how: &'a How,
    server: Server,
    /// In order of their first coming.
    people: Vec<Person>,
    vars: Vars,
    deadline: Duration,
    line_end: Vec<u8>,
    fence: (Option<&'a Text>, Option<&'a Pattern>),
    /// Of every connection there was, whether its plan has ended it.
    ends: Vec<Ended>,
}

impl<'a> Run<'a> {
    fn steps(&mut self, steps: &'a [Step]) -> Result<(), Stop> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &'a Step) -> Result<(), Stop> {
        let done = match &step.act {
            Act::Person(name, deed) => self.deed(name, deed),
            Act::Repeat(times, steps) => return self.repeat(*times, steps),
            Act::Restart => self.restart(),
            Act::LinesEnd(end) => self.lines_end(end),
            Act::Deadline(time) => {
                self.deadline = *time;
                Ok(())
            }
            Act::FenceSends(text) => {
                self.fence.0 = Some(text);
                Ok(())
            }
            Act::FenceGets(pattern) => {
                self.fence.1 = Some(pattern);
                Ok(())
            }
        };
        done.map_err(|got| Stop {
            place: Some(step.place.clone()),
            expected: self.expected(&step.act),
            got,
        })
    }

    /// The step as it is written, and what its variables stand for.
    fn expected(&self, act: &Act) -> String {
        let written = act.to_string();
        let names = written.split('$').skip(1).map(|after| {
            let after = after.strip_prefix('{').unwrap_or(after);
            after.split(|c| !is_name(c)).next().unwrap_or_default()
        });
        let names: Vec<&str> = names.chain([ROUND]).collect();
        let used = |name: &str| names.contains(&name);
        let known = self.vars.iter().filter(|(name, _)| used(name));
        let known = known.map(|(name, value)| format!("\n  where ${name} is {}", brief(value)));
        let known: String = known.collect();
        format!("{written}{known}")
    }

    fn repeat(&mut self, times: u32, steps: &'a [Step]) -> Result<(), Stop> {
        let before = self.vars.clone();
        for round in 1..=times {
            self.vars
                .insert(ROUND.to_owned(), round.to_string().into_bytes());
            self.steps(steps)?;
            self.vars.clone_from(&before);
        }
        Ok(())
    }

    fn lines_end(&mut self, end: &Text) -> Result<(), String> {
        self.line_end = self.bytes(end)?;
        let connections = self
            .people
            .iter_mut()
            .filter_map(|person| person.connection.as_mut());
        connections.for_each(Connection::search_anew);
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.server.stop();
        self.server = Server::start(&self.how.server, &self.script.flags, self.how.stderr)?;
        Ok(())
    }

    fn deed(&mut self, name: &str, deed: &'a Deed) -> Result<(), String> {
        match deed {
            Deed::Connect => self.connect(name),
            Deed::Send(text) => self.send_line(name, text),
            Deed::SendBytes(text) => {
                let bytes = self.bytes(text)?;
                self.send(name, &bytes)
            }
            Deed::Get(pattern) | Deed::GetNothingUntil(pattern) => self.get(name, pattern),
            Deed::GetSet(patterns) => self.get_set(name, patterns),
            Deed::GetPart(pattern) => self.get_part(name, pattern),
            Deed::GetNothing => self.get_nothing(name),
            Deed::GetNothingFor(time) => self.get_nothing_for(name, *time),
            Deed::GetEnd => self.get_end(name),
            Deed::SkipTo(pattern) => self.skip_to(name, pattern),
            Deed::SkipToEnd => self.skip_to_end(name),
            Deed::Close => {
                self.taken(name)?.close();
                Ok(())
            }
            Deed::HalfClose => self.of(name)?.half_close().map_err(|_| GONE.to_owned()),
            Deed::Reset => match self.taken(name)?.reset(self.deadline) {
                true => Ok(()),
                false => Err(format!(
                    "nothing came to {name} for {} that could be left unread, and only over an \
                     unread byte can a connection be reset from here",
                    spell_time(self.deadline)
                )),
            },
        }
    }

    fn connect(&mut self, name: &str) -> Result<(), String> {
        let refused = |kind: ErrorKind| format!("no connection: {kind}");
        let mut stream = self
            .server
            .connect(self.deadline)
            .map_err(|error| refused(error.kind()))?;
        let mut ended = Ended::default();
        if let Some(disturbance) = &self.how.through {
            let between = disturbance.between(&stream, self.ends.len());
            (stream, ended) = between.map_err(|error| refused(error.kind()))?;
        }
        self.ends.push(ended.clone());
        let connection = Connection::new(stream, ended).map_err(|error| refused(error.kind()))?;
        match self.people.iter_mut().find(|person| person.name == name) {
            Some(person) => person.connection = Some(connection),
            None => {
                let (name, connection) = (name.to_owned(), Some(connection));
                self.people.push(Person {
                    name,
                    connection,
                    received: Received::default(),
                });
            }
        }
        Ok(())
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
        let (deadline, whole) = (self.deadline, bytes.ends_with(&self.line_end));
        let connection = self.of(name)?;
        connection.between_lines = whole;
        connection
            .send(bytes, deadline)
            .map_err(|error| match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    format!("the server took no more for {}", spell_time(deadline))
                }
                _ => GONE.to_owned(),
            })
    }

    /// What comes next to this person. Once a connection was cut, what is missing may be for
    /// that: it is not waited for to the end.
    fn next(&mut self, name: &str, by: Instant) -> Result<Came, String> {
        let end = self.line_end.clone();
        loop {
            let look = match self.how.through {
                Some(_) => by.min(Instant::now() + CUT_SHOWS),
                None => by,
            };
            match self.of(name)?.line(&end, look) {
                Came::Nothing(_) if Instant::now() < by && !self.was_cut() => {}
                came => return Ok(came),
            }
        }
    }

    /// Until when a step may wait that begins now.
    fn by(&self) -> Instant {
        Instant::now() + self.deadline
    }

    fn of(&mut self, name: &str) -> Result<&mut Connection, String> {
        let person = self.people.iter_mut().find(|person| person.name == name);
        person
            .and_then(|person| person.connection.as_mut())
            .ok_or_else(|| GONE.to_owned())
    }

    /// The person's connection, which she then has no more.
    fn taken(&mut self, name: &str) -> Result<Connection, String> {
        let person = self.people.iter_mut().find(|person| person.name == name);
        let person = person.ok_or_else(|| GONE.to_owned())?;
        let connection = person.connection.take().ok_or_else(|| GONE.to_owned())?;
        person.received.append(&connection.received);
        Ok(connection)
    }

    fn gone(&mut self, name: &str) -> Result<(), String> {
        self.taken(name).map(drop)
    }

    fn was_cut(&self) -> bool {
        self.ends.iter().any(Ended::by_plan)
    }

    /// Where connections were cut, all the others must still be served: whoever stands between
    /// two lines asks the fence and is answered, and who is new can connect.
    fn the_rest_holds(&mut self) -> Result<(), Stop> {
        let stop = |expected: String, got| Stop {
            place: None,
            expected,
            got,
        };
        if let (Some(ask), Some(answer)) = self.fence {
            let fit = |c: &Connection| c.between_lines && !c.ended.by_plan();
            let asked = self
                .people
                .iter()
                .filter(|p| p.connection.as_ref().is_some_and(fit));
            let asked: Vec<String> = asked.map(|person| person.name.clone()).collect();
            for name in asked {
                if self.send_line(&name, ask).is_ok() && self.is_mute(&name, answer) {
                    let expected = format!("after another's cut {name} still gets: {answer}");
                    return Err(stop(
                        expected,
                        format!("nothing for {}", spell_time(self.deadline)),
                    ));
                }
            }
        }
        let refused = |error: std::io::Error| format!("no connection: {}", error.kind());
        let connected = self.server.connect(self.deadline).map_err(refused);
        connected
            .map(drop)
            .map_err(|got| stop("after a cut others can still connect".to_owned(), got))
    }

    fn fail(mut self, stop: Stop) -> Verdict {
        for person in &mut self.people {
            if let Some(connection) = &person.connection {
                person.received.append(&connection.received);
            }
        }
        Verdict::Failed(Box::new(Failure {
            place: stop.place,
            expected: stop.expected,
            got: stop.got,
            received: self
                .people
                .into_iter()
                .map(|person| (person.name, person.received))
                .collect(),
            through: self.how.through.as_ref().map(ToString::to_string),
            last_words: self.server.last_words().unwrap_or_default(),
        }))
    }
}

/// What came of a connection that is not there.
const GONE: &str = "the connection was gone";
