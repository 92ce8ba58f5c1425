//! `chalktalk join`: who one is, where to, and in which manner.

use super::args::{Arg, Args, Verb, unknown, variable};
use super::failure::Failure;
use crate::client::plain::{self, Asking, Manner};
use crate::client::{Address, Connection, Met, Settings, Trouble, own_name, own_room};
use crate::sanitise::plain_line;
use crate::secure::addresses::Addresses;
use crate::secure::known::Known;
use crate::secure::prompt;
use crate::secure::trust::{Decision, Meeting, Open, Person, Pin, decide};
use crate::secure::{JoinCode, Link};
use crate::server::{Log, Style};
use crate::trace;
use crate::transport::{Tap, Trace};
use crate::ui_term::{self, Bell, Plain, Start};
use crate::wire::{Name, PORT, Room};
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

pub(super) const VERB: Verb = ("join", "join a chat", USAGE, run);

const USAGE: &str = "\
usage: chalktalk join [ADDR] [OPTION…]

Joins the chat at ADDR: HOST, HOST:PORT, [IPV6]:PORT or a link; else at CHALKTALK_SERVER, else on this machine.
An encrypted chat asks for its code the first time, unless CHALKTALK_CODE has it.

  --open        join though it is open, where an encrypted chat was before
  --name NAME   be called so; else CHALKTALK_NAME, else your login name
  --room ROOM   enter this room instead of the lobby
  --bell        ring when your name is said or somebody whispers
  --plain       lines in, lines out, as without a terminal, or with TERM=dumb
  --times       plain lines, each with its time
  --quiet       plain lines; nothing of the past, nor of who is here, comes or goes
  --stay        at the end of the input go on listening, instead of leaving
  --trace       show on stderr each read and each write, and what a line was taken for

In a terminal it takes the whole window: F1 there lists the keys. In plain lines, type to speak; /help lists
the commands. Each line of the output is one event, and its first character tells what it is:

{marks}

Where the input is not a terminal, the exit code is 1 if any line of it was not done.
";

/// Where a server is, and its code where a link has named that.
pub(super) type Destination = (Address, Option<JoinCode>);

/// Where and as whom, as the arguments say it.
#[derive(Debug, Default)]
pub(super) struct Options {
    place: Option<Destination>,
    open: Open,
    name: Option<Name>,
    room: Option<Room>,
    bell: Bell,
    plain: bool,
    manner: Manner,
    trace: bool,
}

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let (guest, joined) = enter(args)?;
    guest.talk(joined, None)
}

/// Joins, up to where the chat begins.
pub(crate) fn enter(args: Vec<String>) -> Result<(Guest, Joined), Failure> {
    let guest = Guest::new(Options::parse(args, "chalktalk join")?)?;
    let joined = guest.trust(guest.meet()?)?;
    Ok((guest, joined))
}

impl Options {
    /// The verb that says where to go is `chalktalk join`.
    pub(super) fn parse(args: Vec<String>, verb: &str) -> Result<Options, Failure> {
        let goes = verb == "chalktalk join";
        let mut args = Args::new(args);
        let mut options = Options::default();
        while let Some(arg) = args.next()? {
            match &arg {
                Arg::Word(word) if goes && options.place.is_none() => {
                    options.place = Some(place(word).map_err(Failure::Usage)?);
                }
                Arg::Word(_) => return Err(unknown(&arg, verb)),
                Arg::Option(option) => match option.as_str() {
                    "--name" => options.name = Some(args.value(own_name)?),
                    "--room" => options.room = Some(args.value(own_room)?),
                    "--plain" => options.plain = true,
                    "--times" => (options.plain, options.manner.times) = (true, true),
                    "--quiet" => (options.plain, options.manner.quiet) = (true, true),
                    "--bell" => options.bell = Bell::On,
                    "--stay" => options.manner.stay = true,
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

    /// Where to, and the code for it: from a link, else from the environment.
    fn destination(&mut self) -> Result<Destination, Failure> {
        let bad = |name: &str, why: String| Failure::Usage(format!("{name}: {why}"));
        let mut place = self.place.take();
        if let (None, Some(text)) = (&place, variable("CHALKTALK_SERVER")) {
            place = Some(self::place(&text).map_err(|why| bad("CHALKTALK_SERVER", why))?);
        }
        let (address, code) = place.unzip();
        match (code.flatten(), variable("CHALKTALK_CODE")) {
            (None, Some(text)) => coded(address, &text).map_err(|why| bad("CHALKTALK_CODE", why)),
            (code, _) => Ok((address.unwrap_or_else(Address::here), code)),
        }
    }
}

/// Where to with a code, or with a link, which has to lead there.
fn coded(address: Option<Address>, text: &str) -> Result<Destination, String> {
    if !Link::is_meant_by(text) {
        let code = JoinCode::parse(text).map_err(|error| error.to_string())?;
        return Ok((address.unwrap_or_else(Address::here), Some(code)));
    }
    let (linked, code) = place(text)?;
    if let Some(address) = address.filter(|address| *address != linked) {
        return Err(format!("the link is for {linked}, and not for {address}"));
    }
    Ok((linked, code))
}

/// A link, or an address as people write it. A code is neither, and nobody's name server hears of it.
fn place(word: &str) -> Result<Destination, String> {
    if Link::is_meant_by(word) {
        let link = Link::parse(word).map_err(|error| error.to_string())?;
        let (host, port) = (link.host, link.port.unwrap_or(PORT));
        return Ok((Address { host, port }, Some(link.code)));
    }
    let address = Address::parse(word).map_err(|error| format!("{word}: {error}"))?;
    Ok((address, None))
}

/// Somebody who is about to join.
pub(crate) struct Guest {
    options: Options,
    /// Where to and as whom. Whom it is bound to is known once that is trusted.
    pub(crate) settings: Settings,
    pub(super) code: Option<JoinCode>,
    pub(super) person: Person,
    log: Log,
}

impl Guest {
    /// Asks for a name where none is known.
    pub(super) fn new(mut options: Options) -> Result<Guest, Failure> {
        let (address, code) = options.destination()?;
        let person = match io::stdin().is_terminal() {
            true => Person::Present,
            false => Person::Absent,
        };
        let ask = || match person {
            Person::Present => ask(&mut io::stdin().lock(), &mut io::stdout())
                .ok_or_else(|| Failure::Failed("no name was given".into())),
            Person::Absent => {
                let sentence = "who are you? say it with --name NAME or CHALKTALK_NAME";
                Err(Failure::Usage(sentence.into()))
            }
        };
        let name = name(options.name.take(), &variable)?.map_or_else(ask, Ok)?;
        let log = options.trace.then(|| Log::to(io::stderr(), Style::Text));
        let log = log.unwrap_or_default();
        let settings = Settings {
            address,
            pin: Pin::Open,
            tap: trace::to(&log, options.trace),
            name,
            room: options.room.take(),
            operator: None,
        };
        Ok(Guest {
            options,
            settings,
            code,
            person,
            log,
        })
    }

    /// Reads what the server there says first.
    pub(super) fn meet(&self) -> Result<Met, Failure> {
        let address = &self.settings.address;
        if self.person == Person::Present {
            tell(&format!("connecting to {address}"));
        }
        Met::at(address, None).map_err(|trouble| self.failed(&trouble))
    }

    /// Decides on the connection that was met. A server that has proved who it is is remembered.
    pub(super) fn trust(&self, mut met: Met) -> Result<Joined, Failure> {
        let mut known = Known::load().map_err(Failure::Failed)?;
        let decision = decide(&Meeting {
            greeting: &met.greeting,
            addresses: &met.addresses,
            code: self.code.as_ref(),
            open: self.options.open,
            person: self.person,
            known: &known,
        });
        let (pin, told) = match decision {
            Decision::Go { pin, told } => (pin, told),
            Decision::Refuse(why) => return Err(Failure::Failed(why)),
            Decision::Ask(question) => {
                let (input, output) = (&mut io::stdin().lock(), &mut io::stdout());
                let pin = prompt::ask(&question, &met.addresses, input, output);
                let pin = pin.ok().flatten();
                let pin = pin.ok_or_else(|| Failure::Failed("not joined".into()))?;
                if !met.is_there() {
                    // It did not wait for the answer. The next one is bound to what was agreed to.
                    met = self.meet()?;
                }
                (pin, None)
            }
        };
        let joined = self.join(met, pin, told)?;
        joined.remember(&mut known);
        Ok(joined)
    }

    /// Goes on with the connection that was met.
    pub(super) fn join(&self, met: Met, pin: Pin, told: Option<String>) -> Result<Joined, Failure> {
        let joined = Joined::on(met, pin, told, self.settings.tap.clone());
        joined.map_err(|trouble| self.failed(&trouble))
    }

    pub(super) fn failed(&self, trouble: &Trouble) -> Failure {
        Failure::Failed(trouble.sentence(&self.settings.address))
    }

    /// Chats until the end, in the whole window where that is wanted and can be had. A host leaves others behind.
    pub(super) fn talk(
        self,
        joined: Joined,
        others: Option<&dyn Fn() -> usize>,
    ) -> Result<ExitCode, Failure> {
        let settings = self.settings.pinned(joined.pin);
        let mut first = Some(joined.connection);
        if !self.options.plain && ui_term::is_prepared() {
            let start = Start {
                bell: self.options.bell,
                greeting: joined.told.clone(),
                ..Start::at(settings.address.clone(), settings.mode())
            };
            let asking: Asking<'_> = (&mut ask_at_terminal, others);
            if let Some(closed) = ui_term::run(start, settings.clone(), &mut first, asking) {
                self.log.flush();
                for text in closed.unsent {
                    tell(&format!("not sent: {text}"));
                }
                let failed = |why| Err(Failure::Failed(why));
                return closed.why.map_or(Ok(ExitCode::SUCCESS), failed);
            }
        }
        joined.told.iter().for_each(|told| tell(told));
        let manner = (self.person, self.options.manner);
        let asking: Asking<'_> = (&mut ask_at_terminal, others);
        let output = &mut Plain::default();
        let ended = plain::run(settings, first, manner, asking, io::stdin(), output);
        self.log.flush();
        ended.map(|()| ExitCode::SUCCESS).map_err(Failure::Failed)
    }
}

/// A connection that goes on.
pub(crate) struct Joined {
    pub(crate) pin: Pin,
    pub(crate) connection: Connection,
    addresses: Addresses,
    /// What is to be told first of all.
    told: Option<String>,
}

impl Joined {
    /// Goes on with the connection that was met.
    pub(super) fn on(
        met: Met,
        pin: Pin,
        told: Option<String>,
        tap: Option<Arc<dyn Tap>>,
    ) -> Result<Joined, Trouble> {
        let addresses = met.addresses.clone();
        Ok(Joined {
            connection: met.go_on(&pin, &Trace { tap, connection: 1 })?,
            addresses,
            pin,
            told,
        })
    }

    /// A server that has proved who it is, for the next time. That it cannot be kept is no reason not to chat.
    pub(super) fn remember(&self, known: &mut Known) {
        if let Pin::Key { server, secret } = &self.pin
            && let Err(sentence) = known.keep(server, secret, &self.addresses)
        {
            let _ = writeln!(io::stderr(), "chalktalk: {}", plain_line(&sentence));
        }
    }
}

/// A line of the program's own, before the chat or behind it. A closed stdout is noticed soon enough.
pub(super) fn tell(sentence: &str) {
    let _ = writeln!(io::stdout(), "# {}", plain_line(sentence));
}

/// The name that is known without asking. A login name that nobody may have here is passed over.
fn name(
    given: Option<Name>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Name>, Failure> {
    if let (None, Some(text)) = (&given, variable("CHALKTALK_NAME")) {
        let bad = |error| Failure::Usage(format!("CHALKTALK_NAME {text}: {error}"));
        return own_name(&text).map(Some).map_err(bad);
    }
    let logins = ["USER", "LOGNAME", "USERNAME"].into_iter();
    let mut names = logins.filter_map(|login| own_name(&variable(login)?).ok());
    Ok(given.or_else(|| names.find(|name| !name.is_reserved())))
}

/// Asks a person, where there is one, for another name, and says why one is wanted.
fn ask_at_terminal(why: &str) -> Option<Name> {
    if !io::stdin().is_terminal() {
        return None;
    }
    tell(why);
    ask(&mut io::stdin().lock(), &mut io::stdout())
}

/// Asks until there is a name; none at the end of the input.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> Option<Name> {
    loop {
        let line = prompt::line(input, output, "your name: ").ok()??;
        match own_name(line.trim()) {
            Ok(name) => return Some(name),
            Err(error) => writeln!(output, "{error}").ok()?,
        }
    }
}

#[cfg(test)]
mod tests;
