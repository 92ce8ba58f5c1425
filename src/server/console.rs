//! The operator's console: typed commands on the server's own terminal.

use std::fmt::Write as _;
use std::io::{BufRead, ErrorKind, Write};

use super::admission::Security;
use super::dispatcher::Dispatcher;
use crate::wire::{Name, Phrase, Text};

const HELP: &str = "who | say TEXT | kick NAME [REASON] | stop";

/// Obeys the lines of `input` and answers on `output`, until the input ends. True if the operator said stop.
pub(super) fn run(
    input: impl BufRead,
    mut output: impl Write,
    dispatcher: &Dispatcher,
    security: &Security,
) -> bool {
    let _ = writeln!(output, "commands: {HELP}");
    for line in input.lines() {
        match line.as_deref().map(str::trim) {
            Ok("") => {}
            Ok("stop") => return true,
            Ok(line) => {
                let answer = obey(line, dispatcher, security);
                let _ = writeln!(output, "{}", answer.unwrap_or_else(|sentence| sentence));
            }
            // Not UTF-8: nothing of ours.
            Err(error) if error.kind() == ErrorKind::InvalidData => {}
            Err(_) => return false,
        }
    }
    false
}

/// Does what was typed, and returns the answer.
///
/// # Errors
/// What is wrong with it.
fn obey(line: &str, dispatcher: &Dispatcher, security: &Security) -> Result<String, String> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match (verb, rest.trim()) {
        ("who", "") => {
            let mut list = String::new();
            dispatcher.enter(|hub, _, _| {
                for (name, room, address) in hub.everybody() {
                    let _ = writeln!(list, "{name} in {room} from {address}");
                }
                let _ = write!(list, "{} connections", hub.connections());
            });
            if let Security::Noise(noise) = security {
                // A number that runs up is somebody who guesses.
                let _ = write!(list, ", {} refused for a wrong code", noise.refused());
            }
            Ok(list)
        }
        ("say", text) => {
            let text = Text::new(text).map_err(|error| error.to_string())?;
            dispatcher.enter(|hub, out, now| hub.announce(&text, now, out));
            Ok("said".into())
        }
        ("kick", rest) => {
            let (name, reason) = rest.split_once(' ').unwrap_or((rest, ""));
            let name = Name::parse(name).map_err(|error| error.to_string())?;
            let reason = Phrase::new(reason.trim()).ok();
            let kicked = dispatcher.enter(|hub, out, now| hub.kick(&name, reason, now, out));
            let closed = kicked.then(|| format!("{name} is closed"));
            closed.ok_or_else(|| format!("{name} is not here; who lists who is"))
        }
        _ => Err(format!("commands: {HELP}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    use crate::server::hub::Hub;
    use crate::server::limits::Limits;
    use crate::server::log::Log;
    use crate::wire::{Boot, Request};

    #[test]
    fn commands_are_what_an_operator_types() {
        let hub = Hub::new(Boot::from_seed(1), Limits::default());
        let dispatcher = Dispatcher::new(hub, Log::silent());
        let obey = |line: &str| obey(line, &dispatcher, &Security::Open);
        assert_eq!(obey("who"), Ok("0 connections".into()));
        assert_eq!(obey("say  tea is ready"), Ok("said".into()));
        let not_here = "anna is not here; who lists who is";
        assert_eq!(obey("kick anna"), Err(not_here.into()));
        for kick in ["kick anna", "kick  anna  be kind"] {
            dispatcher.enter(|hub, out, now| {
                let id = hub.opened(Ipv4Addr::LOCALHOST.into(), now, out).unwrap();
                hub.handle(id, &Request::decode("NAME anna"), now, out);
            });
            assert_eq!(obey(kick), Ok("anna is closed".into()));
        }
        for bad in ["kick", "say", "who else", "restart", "stop it"] {
            assert!(obey(bad).is_err(), "{bad}");
        }
        for (typed, stopped) in [(" stop \n", true), ("\nwho\n", false)] {
            let mut answers = Vec::new();
            let end = run(typed.as_bytes(), &mut answers, &dispatcher, &Security::Open);
            assert_eq!(end, stopped, "{typed}");
        }
    }
}
