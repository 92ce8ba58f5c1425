//! `chalktalk` alone: join the chat on this machine, or one on the network, or host one and join it.
//!
//! Of the chats on the network only one whose key has been proved before is joined unasked: anybody can announce
//! an open one under the class's name. Without a terminal nobody can be asked, and the network is not searched.
//!
//! Two that are started at once must end up in one chat. Which of them hosts is decided by the system, which
//! gives a port to one of them; the other finds it taken and joins. Asking first whether somebody listens is
//! needed too: not every system refuses a port of one address where all addresses are listened on already.

use super::door::{self, Given, Met};
use super::failure::Failure;
use super::join::{Options, Words, has_screen, server, talk, variable};
use super::known::Known;
use super::network::{self, Choice};
use crate::client::Address;
use crate::server::{Config, Server};
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

pub(super) const USAGE: &str = "\
usage: chalktalk [OPTION…]
       chalktalk VERB …

Chats now: joins the chat on this machine; else lists the chats on this network to choose from; else hosts
one here and joins it. Whoever hosts ends it by leaving.

  --name NAME   be called so; else CHALKTALK_NAME, else your login name
  --room ROOM   enter this room instead of the lobby
  --plain       lines in, lines out
  --stay        at the end of the input go on listening, instead of leaving
  --help        these lines
  --version     which release this is

CHALKTALK_SERVER is joined instead, where it is set. NO_COLOR is honoured.
";

/// Each way round the loop somebody else has begun to listen, or has stopped, in between.
const ATTEMPTS: usize = 10;
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut options = Options::parse(args, "chalktalk", Words::None)?;
    // First of all: whatever is begun before is lost on the way to a screen.
    has_screen(&options);
    let named = server(&variable)?;
    let address = match named {
        Some(address) => Some(address),
        None => choose(&Address::here())?,
    };
    let mut given = options.given(&variable)?;
    let address = address.unwrap_or_else(Address::here);
    let hosted = match on_this_machine(&address) {
        Some(here) => host_unless_hosted(here)?,
        None => None,
    };
    let greeting = hosted.as_ref().map(|_| {
        "nobody was here: this chat is yours, and ends when you leave; in another window, chalktalk joins it".to_owned()
    });
    if hosted.is_some() {
        // Hosted here, it is open: a code is for another.
        given = Given::default();
    }
    let ended = talk(options, address, given, greeting);
    if let Some(server) = hosted {
        server.stop("the host has left, and the chat with it");
    }
    ended
}

/// A chat on the network, where there is none here and somebody can be asked; `None` to stay here.
fn choose(here: &Address) -> Result<Option<Address>, Failure> {
    let is_here = on_this_machine(here)
        .is_some_and(|here| TcpStream::connect_timeout(&here, PROBE_PATIENCE).is_ok());
    if is_here || !io::stdin().is_terminal() {
        return Ok(None);
    }
    let meet = |found: &network::Found, _| is_known(&found.address()).then_some(());
    Ok(match network::choose(here.port, meet)? {
        Choice::Here => None,
        Choice::At(address) | Choice::Proved(address, ()) => Some(address),
    })
}

/// Does the server there have a key that was proved before?
fn is_known(at: &Address) -> bool {
    matches!(door::meet(at), Met::Encrypted(key) if Known::load().0.by_key(&key).is_some())
}

/// Where to host for this address, which only this machine can reach.
fn on_this_machine(address: &Address) -> Option<SocketAddr> {
    let ip = match address.host.as_str() {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse::<IpAddr>().ok()?,
    };
    ip.is_loopback().then(|| SocketAddr::new(ip, address.port))
}

fn host_unless_hosted(here: SocketAddr) -> Result<Option<Server>, Failure> {
    for _ in 0..ATTEMPTS {
        if TcpStream::connect_timeout(&here, PROBE_PATIENCE).is_ok() {
            return Ok(None);
        }
        let config = Config {
            listen: vec![here],
            ..Config::default()
        };
        match Server::start(config) {
            Ok(server) => return Ok(Some(server)),
            Err(error) if error.is_in_use() => {}
            Err(error) => return Err(Failure::Failed(error.to_string())),
        }
    }
    // Taken, and yet nobody answers: joining will say what is wrong, where it still is.
    Ok(None)
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
