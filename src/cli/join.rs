//! `chalktalk join`: who one is, where to, and in which manner.

use super::args::{Arg, Args, Verb, unknown, variable};
use super::failure::Failure;
use crate::client::plain::{self, AtEnd};
use crate::client::{Address, Connection, Met, Settings, Trouble};
use crate::sanitise::plain_line;
use crate::secure::code::looks_like_code;
use crate::secure::known::Known;
use crate::secure::places::Places;
use crate::secure::prompt;
use crate::secure::trust::{Decision, Meeting, Open, Person, Pin, decide};
use crate::secure::{JoinCode, Link};
use crate::server::{Log, Style};
use crate::trace;
use crate::transport::{Tap, Trace};
use crate::ui_term::{self, Bell, Closed, Start};
use crate::wire::{Name, PORT, Room};
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

pub(super) const VERB: Verb = ("join", "join a chat", USAGE, run);

const USAGE: &str = "\
usage: chalktalk join [ADDR] [OPTION…]

Joins the chat at ADDR: HOST, HOST:PORT or [IPV6]:PORT, or the link that its host was given. Without it, at
CHALKTALK_SERVER, else on this machine. The port is 24255 where none is given. An encrypted chat asks for its
code the first time, unless CHALKTALK_CODE has it.

  --open        join though it is open, where an encrypted chat was before
  --name NAME   be called so; else CHALKTALK_NAME, else your login name
  --room ROOM   enter this room instead of the lobby
  --bell        ring when your name is said or somebody whispers
  --plain       lines in, lines out, as without a terminal, or with TERM=dumb
  --stay        at the end of the input go on listening, instead of leaving
  --trace       show on stderr each read and each write, and what a line was taken for

In a terminal it takes the whole window: F1 there lists the keys. In plain lines, type to speak; /help lists
the commands. Each line of the output is one event, and its first character tells what it is:

{marks}

A name that is taken is asked for again at a terminal, and is an error elsewhere. A connection that breaks
is opened again after growing pauses. Where the input is not a terminal, the exit code is 1 if any line
of it was not done.
";

/// Where and as whom, as the arguments say it.
#[derive(Debug, Default)]
pub(super) struct Options {
    address: Option<Address>,
    code: Option<JoinCode>,
    open: Open,
    name: Option<Name>,
    room: Option<Room>,
    bell: Bell,
    plain: bool,
    at_end: AtEnd,
    trace: bool,
}

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut options = Options::parse(args, "chalktalk join")?;
    let (address, code) = options.destination(&variable)?;
    let guest = Guest::new(options)?;
    let met = guest.meet(&address)?;
    let joined = guest.trust(&address, met, code.as_ref())?;
    guest.talk(address, joined)
}

impl Options {
    /// The verb that says where to go is `chalktalk join`.
    pub(super) fn parse(args: Vec<String>, verb: &str) -> Result<Options, Failure> {
        let goes = verb == "chalktalk join";
        let mut args = Args::new(args);
        let mut options = Options::default();
        while let Some(arg) = args.next()? {
            match &arg {
                Arg::Word(word) if goes && options.address.is_none() => options.go_to(word)?,
                Arg::Word(_) => return Err(unknown(&arg, verb)),
                Arg::Option(option) => match option.as_str() {
                    "--name" => options.name = Some(args.value(Name::parse)?),
                    "--room" => options.room = Some(args.value(Room::parse)?),
                    "--plain" => options.plain = true,
                    "--bell" => options.bell = Bell::On,
                    "--stay" => options.at_end = AtEnd::Stay,
                    "--open" if goes => options.open = Open::Meant,
                    "--trace" if goes => options.trace = true,
                    _ => return Err(unknown(&arg, verb)),
                },
            }
        }
        if options.trace && !options.plain && io::stderr().is_terminal() {
            let sentence = "--trace writes over the screen: add --plain, or 2>FILE";
            return Err(Failure::Usage(sentence.into()));
        }
        Ok(options)
    }

    fn go_to(&mut self, word: &str) -> Result<(), Failure> {
        let (address, code) = place(word).map_err(Failure::Usage)?;
        (self.address, self.code) = (Some(address), code);
        Ok(())
    }

    /// Where to, and the code for it: from a link, else from the environment.
    pub(super) fn destination(
        &mut self,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Address, Option<JoinCode>), Failure> {
        let (mut address, mut code) = (self.address.take(), self.code.take());
        if let (None, Some(text)) = (&address, variable("CHALKTALK_SERVER")) {
            let bad = |why| Failure::Usage(format!("CHALKTALK_SERVER: {why}"));
            let (at, linked) = place(&text).map_err(bad)?;
            (address, code) = (Some(at), linked);
        }
        let Some(text) = variable("CHALKTALK_CODE").filter(|_| code.is_none()) else {
            return Ok((address.unwrap_or_else(Address::here), code));
        };
        let bad = |why: String| Failure::Usage(format!("CHALKTALK_CODE: {why}"));
        if !Link::is_meant_by(&text) {
            let code = JoinCode::parse(&text).map_err(|why| bad(why.to_string()))?;
            return Ok((address.unwrap_or_else(Address::here), Some(code)));
        }
        let (linked, code) = place(&text).map_err(bad)?;
        match address {
            Some(address) if address != linked => Err(bad(format!(
                "the link is for {linked}, and not for {address}"
            ))),
            _ => Ok((linked, code)),
        }
    }
}

/// A link, or an address as people write it. A code is neither, and nobody's name server hears of it.
fn place(word: &str) -> Result<(Address, Option<JoinCode>), String> {
    if Link::is_meant_by(word) {
        let link = Link::parse(word).map_err(|error| error.to_string())?;
        let port = link.port.unwrap_or(PORT);
        let host = link.host;
        return Ok((Address { host, port }, Some(link.code)));
    }
    if looks_like_code(word) {
        let what = match JoinCode::parse(word) {
            Ok(_) => "that is a code, not an address".to_owned(),
            Err(error) => format!("that looks like a code ({error}), not like an address"),
        };
        return Err(format!("{what}: chalktalk join ADDR asks for the code"));
    }
    let address = Address::parse(word).map_err(|error| format!("{word}: {error}"))?;
    Ok((address, None))
}

/// Somebody who is about to join, and is called something.
pub(super) struct Guest {
    options: Options,
    name: Name,
    pub(super) person: Person,
    log: Log,
    tap: Option<Arc<dyn Tap>>,
}

impl Guest {
    /// Asks for a name where none is known.
    pub(super) fn new(options: Options) -> Result<Guest, Failure> {
        let person = match io::stdin().is_terminal() {
            true => Person::Present,
            false => Person::Absent,
        };
        let name = match (name(options.name.clone(), &variable)?, person) {
            (Some(name), _) => name,
            (None, Person::Present) => {
                ask_at_terminal("").ok_or_else(|| Failure::Failed("no name was given".into()))?
            }
            (None, Person::Absent) => {
                let sentence = "who are you? say it with --name NAME or CHALKTALK_NAME";
                return Err(Failure::Usage(sentence.into()));
            }
        };
        let log = match options.trace {
            true => Log::to(io::stderr(), Style::Text),
            false => Log::silent(),
        };
        Ok(Guest {
            name,
            person,
            tap: trace::to(&log, options.trace),
            log,
            options,
        })
    }

    /// Reads what the server there says first.
    pub(super) fn meet(&self, address: &Address) -> Result<Met, Failure> {
        if self.person == Person::Present {
            tell(&format!("connecting to {address}"));
        }
        Met::at(address, None).map_err(|trouble| failed(&trouble, address))
    }

    /// Decides on the connection that was met, and goes on with it. A server that has proved who it is is remembered.
    pub(super) fn trust(
        &self,
        address: &Address,
        mut met: Met,
        code: Option<&JoinCode>,
    ) -> Result<Joined, Failure> {
        let mut known = Known::load().map_err(Failure::Failed)?;
        let decision = decide(&Meeting {
            greeting: &met.greeting,
            places: &met.places,
            code,
            open: self.options.open,
            person: self.person,
            known: &known,
        });
        let (pin, told) = match decision {
            Decision::Go { pin, told } => (pin, told),
            Decision::Refuse(why) => return Err(Failure::Failed(why)),
            Decision::Ask(question) => {
                let (input, output) = (&mut io::stdin().lock(), &mut io::stdout());
                let pin = prompt::ask(&question, &met.places, input, output);
                let pin = pin.ok().flatten();
                let pin = pin.ok_or_else(|| Failure::Failed("not joined".into()))?;
                if !met.is_there() {
                    // It did not wait for the answer. The next one is bound to what was agreed to.
                    met = self.meet(address)?;
                }
                (pin, None)
            }
        };
        let places = met.places.clone();
        let tap = self.tap.clone();
        let connection = met.go_on(&pin, &Trace { tap, connection: 1 });
        let connection = connection.map_err(|trouble| failed(&trouble, address))?;
        remember(&mut known, &pin, &places);
        Ok(Joined {
            pin,
            connection,
            told,
        })
    }

    /// Chats until the end, in the whole window where that is wanted and can be had.
    pub(super) fn talk(self, address: Address, joined: Joined) -> Result<ExitCode, Failure> {
        let Options { room, bell, .. } = self.options;
        let settings = Settings {
            address: address.clone(),
            pin: joined.pin,
            tap: self.tap,
            name: self.name,
            room,
        };
        let mut first = Some(joined.connection);
        if !self.options.plain && ui_term::is_prepared() {
            let start = Start {
                bell,
                greeting: joined.told.clone(),
                ..Start::at(address, settings.mode())
            };
            match ui_term::run(start, settings.clone(), &mut first, &mut ask_at_terminal) {
                Ok(Closed { why, unsent }) => {
                    self.log.flush();
                    unsent
                        .iter()
                        .for_each(|text| tell(&format!("not sent: {text}")));
                    return why.map_or(Ok(ExitCode::SUCCESS), |why| Err(Failure::Failed(why)));
                }
                Err(unfit) => ui_term::tell(&unfit),
            }
        }
        joined.told.iter().for_each(|told| tell(told));
        let manner = (self.person, self.options.at_end);
        let (ask, output) = (&mut ask_at_terminal, &mut io::stdout());
        let ended = plain::run(settings, first, manner, ask, io::stdin(), output);
        self.log.flush();
        ended.map(|()| ExitCode::SUCCESS).map_err(Failure::Failed)
    }
}

/// A connection that goes on.
pub(super) struct Joined {
    pub(super) pin: Pin,
    pub(super) connection: Connection,
    /// What is to be told first of all.
    pub(super) told: Option<String>,
}

/// A server that has proved who it is, for the next time. That it cannot be kept is no reason not to chat.
pub(super) fn remember(known: &mut Known, pin: &Pin, places: &Places) {
    if let Pin::Key { server, secret } = pin
        && let Err(sentence) = known.keep(server, secret, places)
    {
        let _ = writeln!(io::stderr(), "chalktalk: {}", plain_line(&sentence));
    }
}

pub(super) fn failed(trouble: &Trouble, address: &Address) -> Failure {
    Failure::Failed(trouble.sentence(address))
}

/// A line of the program's own, before the chat or behind it. A closed stdout is noticed soon enough.
pub(super) fn tell(sentence: &str) {
    let _ = writeln!(io::stdout(), "# {}", plain_line(sentence));
}

/// The name that the environment gives.
fn named(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Name>, Failure> {
    let parse = |text: String| {
        Name::parse(&text)
            .map_err(|error| Failure::Usage(format!("CHALKTALK_NAME {text}: {error}")))
    };
    variable("CHALKTALK_NAME").map(parse).transpose()
}

/// The name that is known without asking. A login name that nobody may have here is passed over.
fn name(
    given: Option<Name>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Name>, Failure> {
    if given.is_some() {
        return Ok(given);
    }
    if let Some(named) = named(variable)? {
        return Ok(Some(named));
    }
    let logins = ["USER", "LOGNAME", "USERNAME"].into_iter();
    Ok(logins
        .filter_map(variable)
        .filter_map(|text| Name::parse(&text).ok())
        .find(|name| !name.is_reserved()))
}

/// Asks a person for a name, and says why one is wanted.
fn ask_at_terminal(why: &str) -> Option<Name> {
    if !why.is_empty() {
        tell(why);
    }
    ask(&mut io::stdin().lock(), &mut io::stdout())
}

/// Asks until there is a name; none at the end of the input.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> Option<Name> {
    loop {
        write!(output, "your name: ").ok()?;
        output.flush().ok()?;
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match Name::parse(line.trim()) {
            Ok(name) => return Some(name),
            Err(error) => writeln!(output, "{error}").ok()?,
        }
    }
}

#[cfg(test)]
mod tests;
