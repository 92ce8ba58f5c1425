//! `chalktalk` alone: join the chat on this machine, or host one and join it.
//!
//! Two that are started at once must end up in one chat. Which of them hosts is decided by the system, which
//! gives a port to one of them; the other finds it taken and joins. Asking first whether somebody listens is
//! needed too: not every system refuses a port of one address where all addresses are listened on already.

use super::failure::Failure;
use super::join::{Options, Words, server, talk, variable};
use crate::client::Address;
use crate::server::{Config, Server};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

pub(super) const USAGE: &str = "\
usage: chalktalk [OPTION…]
       chalktalk VERB …

Chats now: joins the chat on this machine, or hosts one here and joins it. Whoever hosts ends it by
leaving.

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
    let options = Options::parse(args, "chalktalk", Words::None)?;
    let address = server(&variable)?.unwrap_or_else(Address::here);
    let hosted = match on_this_machine(&address) {
        Some(here) => host_unless_hosted(here)?,
        None => None,
    };
    if hosted.is_some() {
        let told = "# nobody was here: this chat is yours, and ends when you leave; in another window, chalktalk joins it";
        // A closed stdout is noticed soon enough.
        let _ = writeln!(io::stdout(), "{told}");
    }
    let ended = talk(&options, address);
    if let Some(server) = hosted {
        server.stop("the host has left, and the chat with it");
    }
    ended.map(|()| ExitCode::SUCCESS)
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
