//! The operator's console: typed commands on the server's own terminal.

use std::fmt::Write as _;
use std::io::{BufRead, Write};

use super::admission::Security;
use super::dispatcher::Dispatcher;
use crate::wire::{Name, Phrase, Text};

const HELP: &str = "who | say TEXT | kick NAME [REASON] | stop";

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Who,
    Say(Text),
    Kick(Name, Option<Phrase>),
    Stop,
}

fn parse(line: &str) -> Result<Command, String> {
    let (verb, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    match (verb, rest) {
        ("who", "") => Ok(Command::Who),
        ("stop", "") => Ok(Command::Stop),
        ("say", text) => Text::new(text)
            .map(Command::Say)
            .map_err(|error| error.to_string()),
        ("kick", rest) => {
            let (name, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = Name::parse(name).map_err(|error| error.to_string())?;
            Ok(Command::Kick(name, Phrase::new(reason.trim()).ok()))
        }
        _ => Err(format!("commands: {HELP}")),
    }
}

/// Why the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The operator said stop.
    Stop,
    /// There is no more input; the server goes on.
    Input,
}

/// Obeys the lines of `input` and answers on `output`.
pub(super) fn run(
    mut input: impl BufRead,
    mut output: impl Write,
    dispatcher: &Dispatcher,
    security: &Security,
) -> End {
    let _ = writeln!(output, "commands: {HELP}");
    let mut line = String::new();
    loop {
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => return End::Input,
            // Not UTF-8: nothing of ours.
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => continue,
            Err(_) => return End::Input,
            Ok(_) => {}
        }
        let answer = match parse(&line) {
            Ok(Command::Stop) => return End::Stop,
            Ok(command) => obey(command, dispatcher, security),
            Err(_) if line.trim().is_empty() => continue,
            Err(sentence) => sentence,
        };
        let _ = writeln!(output, "{answer}");
    }
}

fn obey(command: Command, dispatcher: &Dispatcher, security: &Security) -> String {
    match command {
        Command::Who => format!("{}{}", who(dispatcher), refusals(security)),
        Command::Say(text) => {
            dispatcher.enter(|hub, out, now| hub.announce(&text, now, out));
            "said".into()
        }
        Command::Kick(name, reason) => {
            match dispatcher.enter(|hub, out, now| hub.kick(&name, reason, now, out)) {
                true => format!("{name} is closed"),
                false => format!("{name} is not here; who lists who is"),
            }
        }
        Command::Stop => String::new(),
    }
}

/// How many came with a wrong code: a number that runs up is somebody who guesses.
fn refusals(security: &Security) -> String {
    match security {
        Security::Open => String::new(),
        Security::Noise(noise) => format!(", {} refused for a wrong code", noise.refused()),
    }
}

fn who(dispatcher: &Dispatcher) -> String {
    dispatcher.enter(|hub, _, _| {
        let mut list = String::new();
        for (name, room, address) in hub.everybody() {
            let _ = writeln!(list, "{name} in {room} from {address}");
        }
        let _ = write!(list, "{} connections", hub.connections());
        list
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_what_an_operator_types() {
        assert_eq!(parse(" who \n"), Ok(Command::Who));
        assert_eq!(parse("stop\n"), Ok(Command::Stop));
        assert_eq!(
            parse("say tea is ready\n"),
            Ok(Command::Say(Text::cut("tea is ready")))
        );
        let anna = Name::parse("anna").unwrap();
        assert_eq!(parse("kick anna\n"), Ok(Command::Kick(anna.clone(), None)));
        assert_eq!(
            parse("kick anna be kind\n"),
            Ok(Command::Kick(anna, Phrase::new("be kind").ok()))
        );
        for bad in ["", "kick", "say", "who else", "restart"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
