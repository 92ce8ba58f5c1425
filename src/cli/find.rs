//! `chalktalk find`: the chats on this network; and what `chalktalk` alone and `serve` need for that.

use super::args::{Arg, Args, unknown};
use super::failure::Failure;
use super::limits::whole;
use crate::client::Address;
use crate::discovery::{self, ChatName, Found, Nonce, Presence, Responder, Search};
use crate::sanitise::plain_line;
use crate::server::Server;
use crate::wire::{Mode, PORT};
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

pub(super) const USAGE: &str = "\
usage: chalktalk find [OPTION…]

Lists the chats on this network: where, how many people, open or noise (encrypted), and what the chat is
called. Nothing of it is proven: anybody can answer. The exit code is 1 where none was found.

  --port PORT  ask at this port (24255)
  --explain    say where it was asked, and what to do where nothing is found
";

/// Until when answers are taken; the last question is asked after one second.
const PATIENCE: Duration = Duration::from_millis(2000);

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut args = Args::new(args);
    let (mut port, mut explain) = (PORT, false);
    while let Some(arg) = args.next()? {
        match &arg {
            Arg::Option(option) if option == "--port" => port = args.value(whole)?,
            Arg::Option(option) if option == "--explain" => explain = true,
            _ => return Err(unknown(&arg, "chalktalk find")),
        }
    }
    let search = search(port, PATIENCE)?;
    let mut text = String::new();
    if explain {
        text += &explained(&search, port);
    }
    for found in &search.found {
        text += &row(found);
    }
    // Where nobody reads it, the exit code says it.
    let _ = io::stdout().write_all(text.as_bytes());
    if search.found.is_empty() {
        let hint = if explain {
            ""
        } else {
            "; chalktalk find --explain says where it was asked"
        };
        return Err(Failure::Failed(format!(
            "no chat was found on this network{hint}"
        )));
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the network for chats.
pub(super) fn search(port: u16, patience: Duration) -> Result<Search, Failure> {
    discovery::find(port, nonce(), discovery::targets(), patience, |_| false)
        .map_err(|error| Failure::Failed(format!("the network cannot be asked: {error}")))
}

/// Where a chat that was found can be joined.
pub(super) fn address(found: &Found) -> Option<Address> {
    let first = found.addresses.first()?;
    Some(Address {
        host: first.ip().to_string(),
        port: first.port(),
    })
}

/// A line for a chat that was found.
pub(super) fn row(found: &Found) -> String {
    let places: Vec<String> = found.addresses.iter().map(SocketAddr::to_string).collect();
    let people = match found.people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    };
    let name = plain_line(&found.name.to_string());
    format!(
        "{:<22} {people:<11} {:<6} {name}\n",
        places.join(" or "),
        found.mode.as_str(),
    )
}

fn explained(search: &Search, port: u16) -> String {
    let mut text = format!("# asked at UDP port {port} of\n");
    for attempt in &search.tried {
        let result = match &attempt.sent {
            Ok(()) => "sent".to_owned(),
            Err(error) => error.to_string(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "#   {}: {}", attempt.target, plain_line(&result));
    }
    text += "# a network can keep its members apart, and a firewall can drop questions (UDP) and answers\n\
             # by hand: on the host's machine type chalktalk serve --lan, and here the line it prints\n";
    text
}

/// Answers for this server on the network, as long as what is returned lives; else says why not.
pub(super) fn answer(server: &Server, mode: Mode, name: ChatName) -> Result<Responder, String> {
    let reached = server.addresses().iter();
    let address = reached.copied().find(|address| !address.ip().is_loopback());
    let address = address.ok_or("only this machine reaches it")?;
    let people = server.people();
    let describe = move || Presence {
        people: u16::try_from(people()).unwrap_or(u16::MAX),
        mode: mode.clone(),
        name: name.clone(),
    };
    Responder::start(address, nonce(), describe).map_err(|error| error.to_string())
}

/// What a chat is called unless its host says otherwise.
pub(super) fn usual_name(variable: &dyn Fn(&str) -> Option<String>) -> ChatName {
    let host = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(variable);
    let name = host.map_or("a chat".to_owned(), |host| format!("{host}'s chat"));
    ChatName::cut(&name)
}

/// Tells questions apart and servers apart. No secret depends on it, so it needs no more than to differ.
fn nonce() -> Nonce {
    Nonce(RandomState::new().hash_one(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_that_was_found_is_one_line_without_controls() {
        let found = Found {
            addresses: vec![
                "10.0.0.7:24255".parse().unwrap(),
                "10.1.0.7:24255".parse().unwrap(),
            ],
            instance: Nonce(1),
            people: 1,
            mode: Mode::noise(),
            name: ChatName::new("evil\u{1b}[2J\nname").unwrap(),
        };
        assert_eq!(
            row(&found),
            "10.0.0.7:24255 or 10.1.0.7:24255 1 person    noise  evil^[[2J / name\n"
        );
        assert_eq!(address(&found).unwrap().to_string(), "10.0.0.7:24255");
    }

    #[test]
    fn a_chat_is_named_after_its_host() {
        assert_eq!(usual_name(&|_| None).to_string(), "a chat");
        let anna = |name: &str| (name == "LOGNAME").then(|| "anna".to_owned());
        assert_eq!(usual_name(&anna).to_string(), "anna's chat");
    }
}
