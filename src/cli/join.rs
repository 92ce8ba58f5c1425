//! `chalktalk join`: who one is, where to, and in which manner.

use super::args::{Arg, Args, unknown};
use super::failure::Failure;
use super::watch::Trace;
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
use crate::transport::Taps;
use crate::ui_term::{self, Bell, Start};
use crate::wire::{Name, PORT, Room};
use std::env;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

pub(super) const USAGE: &str = "\
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

  anna: hi              anna said hi to the room
  @ anna -> bert: hi    anna said hi to bert alone
  * bert came           something happened
  : anna: hi            the past, told on entering a room
  # not sent: hi        from this program itself

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
    manner: Manner,
    at_end: AtEnd,
    trace: Trace,
}

/// How to show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Manner {
    /// In the whole window, where there is one.
    #[default]
    Screen,
    /// In lines.
    Plain,
}

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut options = Options::parse(args, "chalktalk join", Words::Address)?;
    let (address, code) = options.destination(&variable)?;
    let guest = Guest::new(options)?;
    let met = guest.meet(&address)?;
    let (pin, connection) = guest.trust(&address, met, code.as_ref())?;
    guest.talk(address, pin, connection, None)
}

/// What a word among the arguments is.
#[derive(Clone, Copy)]
pub(super) enum Words {
    Address,
    None,
}

impl Words {
    /// Do the arguments say where to go?
    fn take_a_place(self) -> bool {
        matches!(self, Words::Address)
    }
}

impl Options {
    pub(super) fn parse(args: Vec<String>, verb: &str, words: Words) -> Result<Options, Failure> {
        let mut args = Args::new(args);
        let mut options = Options::default();
        while let Some(arg) = args.next()? {
            match (&arg, words) {
                (Arg::Option(option), _) => match option.as_str() {
                    "--name" => options.name = Some(args.value(Name::parse)?),
                    "--room" => options.room = Some(args.value(Room::parse)?),
                    "--plain" => options.manner = Manner::Plain,
                    "--bell" => options.bell = Bell::On,
                    "--stay" => options.at_end = AtEnd::Stay,
                    "--open" if words.take_a_place() => options.open = Open::Meant,
                    "--trace" if words.take_a_place() => options.trace = Trace::On,
                    _ => return Err(unknown(&arg, verb)),
                },
                (Arg::Word(word), Words::Address) if options.address.is_none() => {
                    options.go_to(word)?;
                }
                (Arg::Word(_), _) => return Err(unknown(&arg, verb)),
            }
        }
        if options.trace == Trace::On
            && options.manner == Manner::Screen
            && io::stderr().is_terminal()
        {
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
    taps: Taps,
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
            Trace::On => Log::to(io::stderr(), Style::Text),
            Trace::Off => Log::silent(),
        };
        Ok(Guest {
            name,
            person,
            taps: options.trace.taps(&log),
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
    ) -> Result<(Pin, Connection), Failure> {
        let mut known = Known::load().map_err(Failure::Failed)?;
        let decision = decide(&Meeting {
            greeting: &met.greeting,
            places: &met.places,
            code,
            open: self.options.open,
            person: self.person,
            known: &known,
        });
        let pin = match decision {
            Decision::Go { pin, told } => {
                told.iter().for_each(|told| tell(told));
                pin
            }
            Decision::Refuse(why) => return Err(Failure::Failed(why)),
            Decision::Ask(question) => {
                let (input, output) = (&mut io::stdin().lock(), &mut io::stdout());
                let asked = prompt::ask(&question, &met.places, input, output);
                let unasked = |error| Failure::Failed(format!("nobody can be asked: {error}"));
                let pin = asked.map_err(unasked)?;
                let pin = pin.ok_or_else(|| Failure::Failed("not joined".into()))?;
                if !met.is_there() {
                    // It did not wait for the answer. The next one is bound to what was agreed to.
                    met = self.meet(address)?;
                }
                pin
            }
        };
        let places = met.places.clone();
        let connection = met.go_on(&pin, &self.taps, 1);
        let connection = connection.map_err(|trouble| failed(&trouble, address))?;
        remember(&mut known, &pin, &places);
        Ok((pin, connection))
    }

    /// Chats on this connection until the end, in the whole window where that is wanted and can be had.
    pub(super) fn talk(
        self,
        address: Address,
        pin: Pin,
        connection: Connection,
        greeting: Option<String>,
    ) -> Result<ExitCode, Failure> {
        let settings = Settings {
            address: address.clone(),
            pin,
            taps: self.taps,
            name: self.name,
            room: self.options.room,
        };
        let mut first = Some(connection);
        if self.options.manner == Manner::Screen && ui_term::is_prepared() {
            let start = Start {
                bell: self.options.bell,
                greeting: greeting.clone(),
                ..Start::at(address, settings.mode())
            };
            let (settings, first) = (settings.clone(), &mut first);
            match ui_term::run(start, settings, first, &mut ask_at_terminal) {
                Ok(closed) => {
                    self.log.flush();
                    closed
                        .unsent
                        .iter()
                        .for_each(|text| tell(&format!("not sent: {text}")));
                    return match closed.why {
                        Some(why) => Err(Failure::Failed(why)),
                        None => Ok(ExitCode::SUCCESS),
                    };
                }
                Err(unfit) => ui_term::tell(&unfit),
            }
        }
        greeting.iter().for_each(|greeting| tell(greeting));
        let manner = (self.person, self.options.at_end);
        let (ask, output) = (&mut ask_at_terminal, &mut io::stdout());
        let ended = plain::run(settings, first, manner, ask, io::stdin(), output);
        self.log.flush();
        ended.map_err(Failure::Failed)?;
        Ok(ExitCode::SUCCESS)
    }
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

/// A variable of the environment, where it says anything.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
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
