//! `chalktalk find`: the chats on this network; and what the other verbs have of that.
//!
//! [`choose`] looks for a chat to join before one is hosted, [`Announce`] lets a server be found. The program builds
//! without them: `src/cli/network.rs` has what stands there instead.

mod announce;
mod choose;

pub(crate) use super::own_address;
pub(crate) use announce::Announce;
pub(crate) use choose::choose;

use super::{Found, Nonce, Search};
use crate::cli::args::{Arg, Args, unknown};
use crate::cli::failure::Failure;
use crate::cli::limits::whole;
use crate::client::Address;
use crate::sanitise::plain_line;
use crate::wire::PORT;
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

pub(crate) const USAGE: &str = "\
usage: chalktalk find [OPTION…]

Lists the chats on this network: where, how many people, open or noise (encrypted), and what the chat is
called. Nothing of it is proven: anybody can answer. The exit code is 1 where none was found.

  --port PORT  ask at this port (24255)
  --explain    say where it was asked, and what to do where nothing is found
";

/// Until when answers are taken; the last question is asked after one second.
const PATIENCE: Duration = Duration::from_millis(2000);

pub(crate) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
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
fn search(port: u16, patience: Duration) -> Result<Search, Failure> {
    super::find(port, nonce(), super::targets(), patience, |_| false)
        .map_err(|error| Failure::Failed(format!("the network cannot be asked: {error}")))
}

/// Where a chat that was found can be joined.
fn address(found: &Found) -> Option<Address> {
    let first = found.addresses.first()?;
    Some(Address {
        host: first.ip().to_string(),
        port: first.port(),
    })
}

/// A line for a chat that was found.
fn row(found: &Found) -> String {
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

/// Tells questions apart and servers apart. No secret depends on it, so it needs no more than to differ.
fn nonce() -> Nonce {
    Nonce(RandomState::new().hash_one(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::super::ChatName;
    use super::*;
    use crate::wire::Mode;

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
}
