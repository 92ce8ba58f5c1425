//! `chalktalk join`: who one is, where to, and in which manner.

use super::args::{Arg, Args, unknown};
use super::failure::Failure;
use crate::client::plain::{self, AtEnd, Typist};
use crate::client::{Address, Settings, Way, Wish};
use crate::wire::{Name, Room};
use std::env;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::ExitCode;

pub(super) const USAGE: &str = "\
usage: chalktalk join [ADDR] [OPTION…]

Joins the chat at ADDR: HOST, HOST:PORT or [IPV6]:PORT. Without it, at CHALKTALK_SERVER, else on this
machine. The port is 24255 where none is given.

  --name NAME   be called so; else CHALKTALK_NAME, else your login name
  --room ROOM   enter this room instead of the lobby
  --plain       lines in, lines out
  --stay        at the end of the input go on listening, instead of leaving

Type to speak; /help lists the commands. Each line of the output is one event, and its first character
tells what it is:

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
    name: Option<Name>,
    room: Option<Room>,
    at_end: AtEnd,
}

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let options = Options::parse(args, "chalktalk join", Words::Address)?;
    let address = match &options.address {
        Some(address) => address.clone(),
        None => server(&variable)?.unwrap_or_else(Address::here),
    };
    talk(&options, address)?;
    Ok(ExitCode::SUCCESS)
}

/// What a word among the arguments is.
#[derive(Clone, Copy)]
pub(super) enum Words {
    Address,
    None,
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
                    "--plain" => {}
                    "--stay" => options.at_end = AtEnd::Stay,
                    _ => return Err(unknown(&arg, verb)),
                },
                (Arg::Word(word), Words::Address) if options.address.is_none() => {
                    let address = Address::parse(word);
                    let bad = |error| Failure::Usage(format!("{word}: {error}"));
                    options.address = Some(address.map_err(bad)?);
                }
                (Arg::Word(_), _) => return Err(unknown(&arg, verb)),
            }
        }
        Ok(options)
    }
}

/// Chats at this address until the end.
pub(super) fn talk(options: &Options, address: Address) -> Result<(), Failure> {
    let typist = if io::stdin().is_terminal() {
        Typist::Person
    } else {
        Typist::Script
    };
    let name = match name(options.name.clone(), &variable)? {
        Some(name) => name,
        None if typist == Typist::Person => ask(&mut io::stdin().lock(), &mut io::stdout())?,
        None => {
            let sentence = "who are you? say it with --name NAME or CHALKTALK_NAME";
            return Err(Failure::Usage(sentence.into()));
        }
    };
    let wish = Wish {
        name,
        room: options.room.clone(),
        replay: None,
    };
    let settings = Settings {
        address,
        way: Way::default(),
        wish,
    };
    plain::run(
        settings,
        typist,
        options.at_end,
        io::stdin(),
        &mut io::stdout(),
    )?;
    Ok(())
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

/// The name that is known without asking. A login name that nobody may have here is passed over.
fn name(
    given: Option<Name>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Name>, Failure> {
    if given.is_some() {
        return Ok(given);
    }
    if let Some(text) = variable("CHALKTALK_NAME") {
        let bad = |error| Failure::Usage(format!("CHALKTALK_NAME {text}: {error}"));
        return Name::parse(&text).map(Some).map_err(bad);
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
mod tests {
    use super::*;

    fn told(failure: Failure) -> String {
        match failure {
            Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
        }
    }

    #[track_caller]
    fn named(
        given: Option<&str>,
        environment: &[(&str, &str)],
        expected: Result<Option<&str>, &str>,
    ) {
        let variable = |name: &str| {
            let found = environment.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let given = given.map(|name| Name::parse(name).unwrap());
        let name = name(given, &variable).map_err(told);
        let shown = name.as_ref().map(|name| name.as_ref().map(Name::as_str));
        assert_eq!(shown.map_err(String::as_str), expected);
    }

    #[test]
    fn a_name_is_looked_for_where_people_put_it() {
        named(
            Some("anna"),
            &[("CHALKTALK_NAME", "bert")],
            Ok(Some("anna")),
        );
        named(
            None,
            &[("CHALKTALK_NAME", "bert"), ("USER", "carl")],
            Ok(Some("bert")),
        );
        named(None, &[("LOGNAME", "carl")], Ok(Some("carl")));
        named(
            None,
            &[("USER", "two words"), ("LOGNAME", "carl")],
            Ok(Some("carl")),
        );
        named(None, &[("USER", "system")], Ok(None));
        named(None, &[], Ok(None));
        let bad = "CHALKTALK_NAME @x: a name does not begin with @";
        named(
            None,
            &[("CHALKTALK_NAME", "@x"), ("USER", "carl")],
            Err(bad),
        );
    }

    #[test]
    fn a_name_is_asked_for_until_it_is_one() {
        let mut output = Vec::new();
        let name = ask(&mut &b"\n@x\n anna \n"[..], &mut output).map_err(told);
        assert_eq!(name.as_ref().map(Name::as_str), Ok("anna"));
        assert_eq!(output.iter().filter(|&&byte| byte == b'\n').count(), 2);
        assert!(ask(&mut &b"\n"[..], &mut output).is_err());
    }

    #[test]
    fn arguments_that_make_no_sense_are_named() {
        #[track_caller]
        fn check(args: &[&str], expected: &str) {
            let args = args.iter().map(|&arg| arg.to_owned()).collect();
            let failure = Options::parse(args, "chalktalk join", Words::Address);
            let sentence = told(failure.expect_err(expected));
            assert!(sentence.starts_with(expected), "{sentence}");
        }
        check(&["--nmae", "x"], "chalktalk join does not take --nmae");
        check(&["here", "there"], "chalktalk join does not take there");
        check(
            &["--name", "two words"],
            "--name two words: a name holds no space",
        );
        check(&["--name"], "--name wants a value");
        check(&["host:x"], "host:x: a port is a number");
        check(&["--stay=yes"], "--stay takes no value");
    }
}
