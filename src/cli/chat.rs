//! `chalktalk` alone: join the chat on this machine, or one on the network, or host one and join it.
//!
//! Of the chats on the network only one whose key has been proved before is joined unasked: anybody can announce
//! an open one under the class's name. With a code, it is the chat of that code. Without a terminal nobody can be
//! asked, and the network is not searched.
//!
//! Two that are started at once must end up in one chat. Which of them hosts is decided by the system, which
//! gives a port to one of them; the other finds it taken and joins. Asking first whether somebody listens is
//! needed too: not every system refuses a port of one address where all addresses are listened on already.

use super::args::variable;
use super::failure::Failure;
use super::found;
use super::join::{Guest, Options};
use super::serve::number;
use crate::client::{Address, Met, Trouble};
use crate::secure::trust::{Person, Pin};
use crate::server::{Config, Server};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

pub(super) const USAGE: &str = "\
usage: chalktalk [OPTION…]
       chalktalk VERB …

Chats now: joins the chat on this machine; else lists the chats on this network to choose from; else hosts
one here and joins it. Whoever hosts ends it by leaving, and is asked once where others are here.

  --name NAME   be called so; else CHALKTALK_NAME, else your login name
  --room ROOM   enter this room instead of the lobby
  --plain       lines in, lines out
  --times       plain lines, each with its time
  --quiet       plain lines; nothing of the past, nor of who is here, comes or goes
  --stay        at the end of the input go on listening, instead of leaving
  --help        these lines
  --version     which release this is

CHALKTALK_SERVER is joined instead, where it is set. With a code in CHALKTALK_CODE the chat of that
code is joined, and none is hosted. NO_COLOR is honoured.

verbs, each with a --help of its own:

{verbs}

The exit code is 0 if all went well, 1 if not, 2 for arguments that make no sense.
";

/// Each way round the loop somebody else has begun to listen, or has stopped, in between.
const ATTEMPTS: usize = 10;

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut guest = Guest::new(Options::parse(args, "chalktalk")?)?;
    let here = &guest.settings.address;
    let met = on_this_machine(here).and_then(|_| Met::at(here, None).ok());
    let to = (here.clone(), guest.code.clone());
    let is_named = variable("CHALKTALK_SERVER").is_some();
    let searches = met.is_none() && !is_named && guest.person == Person::Present;
    if searches && let Some((chosen, joined)) = found::choose(&to)? {
        guest.settings.address = chosen;
        if let Some(joined) = joined {
            return guest.talk(joined, None);
        }
    }
    let (met, hosted) = match met {
        Some(met) => (met, None),
        None => meet_or_host(&guest)?,
    };
    let Some(server) = hosted else {
        let joined = guest.trust(met)?;
        return guest.talk(joined, None);
    };
    // Hosted here, it is open, and whose it is need not be asked.
    let told = "nobody was here: this chat is yours, and ends when you leave; in another window, chalktalk joins it";
    let joined = guest.join(met, Pin::Open, Some(told.into()))?;
    guest.settings.operator = Some(Arc::new(server.operator()));
    let people = server.people();
    let others = || people().saturating_sub(1);
    let ended = guest.talk(joined, Some(&others));
    server.stop("the host has left, and the chat with it");
    ended
}

/// Where to host for this address, which only this machine can reach.
fn on_this_machine(address: &Address) -> Option<SocketAddr> {
    number(address).filter(|here| here.ip().is_loopback())
}

/// Meets the chat there. Where that is this machine and nobody hosts one, hosts one and meets that; but whoever has a
/// code means another, and a code never ends in an open chat.
fn meet_or_host(guest: &Guest) -> Result<(Met, Option<Server>), Failure> {
    let address = &guest.settings.address;
    let here = on_this_machine(address).filter(|_| guest.code.is_none());
    let mut hosted = None;
    for _ in 0..ATTEMPTS {
        let Some(here) = here else { break };
        match Met::at(address, None) {
            Ok(met) => return Ok((met, hosted)),
            Err(Trouble::NobodyListens) => {}
            Err(trouble) => return Err(guest.failed(&trouble)),
        }
        let config = Config {
            listen: vec![here],
            ..Config::default()
        };
        match Server::start(config) {
            Ok(server) => hosted = Some(server),
            Err(error) if error.is_in_use() => {}
            Err(error) => return Err(Failure::Failed(error.to_string())),
        }
    }
    // Elsewhere; or taken, and yet nobody answers: joining will say what is wrong, where it still is.
    Ok((guest.meet()?, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_hosted_on() {
        #[track_caller]
        fn check(address: &str, expected: Option<&str>) {
            let here = on_this_machine(&Address::parse(address).unwrap());
            assert_eq!(here.map(|here| here.to_string()).as_deref(), expected);
        }
        check("localhost", Some("127.0.0.1:24255"));
        check("127.0.0.1:1", Some("127.0.0.1:1"));
        check("::1", Some("[::1]:24255"));
        check("10.0.0.7", None);
        check("example.org", None);
        check("0.0.0.0", None);
    }
}
