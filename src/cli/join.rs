//! `chalktalk join`: who one is, where to, and in which manner.

use super::args::{Arg, Args, unknown};
use super::door::{self, Downgrade, Given};
use super::failure::Failure;
use super::watch::Trace;
use crate::client::plain::{self, AtEnd, Typist};
use crate::client::{Address, Settings, Way, Wish};
use crate::secure::{JoinCode, Link};
use crate::server::{Log, Style};
use crate::ui_term::{self, Bell, Start, Unfit};
use crate::wire::{Name, Room};
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
    downgrade: Downgrade,
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
    let address = match options.address.take() {
        Some(address) => address,
        None => server(&variable)?.unwrap_or_else(Address::here),
    };
    let given = options.given(&variable)?;
    talk(options, address, given, None)
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
                    "--open" if words.take_a_place() => options.downgrade = Downgrade::Meant,
                    "--trace" if words.take_a_place() => options.trace = Trace::On,
                    _ => return Err(unknown(&arg, verb)),
                },
                (Arg::Word(word), Words::Address) if options.address.is_none() => {
                    options.go_to(word)?;
                }
                (Arg::Word(_), _) => return Err(unknown(&arg, verb)),
            }
        }
        if options.traces() && options.manner == Manner::Screen && io::stderr().is_terminal() {
            let sentence = "--trace writes over the screen: add --plain, or 2>FILE";
            return Err(Failure::Usage(sentence.into()));
        }
        Ok(options)
    }

    fn traces(&self) -> bool {
        self.trace == Trace::On
    }

    fn go_to(&mut self, word: &str) -> Result<(), Failure> {
        if Link::is_meant_by(word) {
            // The link is not repeated: it holds the code.
            let link = Link::parse(word).map_err(|error| Failure::Usage(error.to_string()))?;
            let (address, code) = door::follow(link);
            (self.address, self.code) = (Some(address), Some(code));
            return Ok(());
        }
        if JoinCode::parse(word).is_ok() {
            // Nor is a code, and nobody's name server hears of it.
            let sentence = "that is a code, not an address: chalktalk join ADDR asks for the code";
            return Err(Failure::Usage(sentence.into()));
        }
        let bad = |error| Failure::Usage(format!("{word}: {error}"));
        self.address = Some(Address::parse(word).map_err(bad)?);
        Ok(())
    }

    /// What was said of the code: by a link, else by the environment.
    pub(super) fn given(
        &mut self,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Given, Failure> {
        let code = match self.code.take() {
            Some(code) => Some(code),
            None => door::from_environment(variable)?,
        };
        Ok(Given {
            code,
            downgrade: self.downgrade,
        })
    }
}

/// Whether there is to be a screen, and there can be. To be asked before anything is begun: on
/// the way to it this process becomes another one.
pub(super) fn has_screen(options: &Options) -> bool {
    if options.manner == Manner::Plain {
        return false;
    }
    match ui_term::prepare() {
        Ok(()) => true,
        Err(Unfit::NoTerminal) => false,
        Err(unfit) => {
            tell_unfit(&unfit);
            false
        }
    }
}

fn tell_unfit(unfit: &Unfit) {
    // Where stderr is closed, plain lines explain themselves.
    let _ = writeln!(io::stderr(), "chalktalk: {unfit}; plain lines instead");
}

/// Chats at this address until the end, in the manner that is wanted and can be had.
pub(super) fn talk(
    options: Options,
    address: Address,
    given: Given,
    greeting: Option<String>,
) -> Result<ExitCode, Failure> {
    let has_screen = has_screen(&options);
    let log = match options.traces() {
        true => Log::to(io::stderr(), Style::Text),
        false => Log::silent(),
    };
    let way = Way {
        seal: door::trust(&address, given)?,
        taps: options.trace.taps(&log),
    };
    if has_screen {
        let known = options.name.clone().or(named(&variable)?);
        let start = Start {
            address: Some(address.clone()),
            way: way.clone(),
            guide: door::guide(),
            suggestion: name(known.clone(), &variable)?,
            name: known,
            room: options.room.clone(),
            bell: options.bell,
            greeting: greeting.clone(),
            ..Start::default()
        };
        match ui_term::run(start) {
            Ok(code) => {
                log.flush();
                return Ok(code);
            }
            Err(unfit) => tell_unfit(&unfit),
        }
    }
    if let Some(greeting) = greeting {
        // A closed stdout is noticed soon enough.
        let _ = writeln!(io::stdout(), "# {greeting}");
    }
    let typist = if io::stdin().is_terminal() {
        Typist::Person
    } else {
        Typist::Script
    };
    let name = match name(options.name, &variable)? {
        Some(name) => name,
        None if typist == Typist::Person => ask(&mut io::stdin().lock(), &mut io::stdout())?,
        None => {
            let sentence = "who are you? say it with --name NAME or CHALKTALK_NAME";
            return Err(Failure::Usage(sentence.into()));
        }
    };
    let wish = Wish {
        name,
        room: options.room,
        replay: None,
    };
    let settings = Settings { address, way, wish };
    let ended = plain::run(
        settings,
        typist,
        options.at_end,
        io::stdin(),
        &mut io::stdout(),
    );
    log.flush();
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// A variable of the environment, where it says anything.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The server that the environment names.
pub(super) fn server(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Address>, Failure> {
    let parse = |text: String| {
        Address::parse(&text)
            .map_err(|error| Failure::Usage(format!("CHALKTALK_SERVER {text}: {error}")))
    };
    variable("CHALKTALK_SERVER").map(parse).transpose()
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

/// Asks until there is a name.
fn ask(input: &mut impl BufRead, output: &mut impl Write) -> Result<Name, Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("cannot ask for a name: {error}"));
    loop {
        write!(output, "your name: ").map_err(failed)?;
        output.flush().map_err(failed)?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(failed)? == 0 {
            return Err(Failure::Failed("no name was given".into()));
        }
        match Name::parse(line.trim()) {
            Ok(name) => return Ok(name),
            Err(error) => writeln!(output, "{error}").map_err(failed)?,
        }
    }
}

#[cfg(test)]
mod tests;
