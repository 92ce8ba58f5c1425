//! `chalktalk find`: the chats on this network; and what the other verbs have of that.
//!
//! [`choose`] looks for a chat to join before one is hosted, [`Announce`] lets a server be found. The program builds
//! without them: `src/cli/unfound.rs` stands in for it.

mod choose;

pub(crate) use super::Found;
pub(crate) use super::finder::own_address;
pub(crate) use choose::choose;

use super::finder::{nonce, targets};
use super::{Answer, ChatName, Question, Responder, Search, find};
use crate::cli::args::{Arg, Args, Verb, unknown, variable};
use crate::cli::failure::Failure;
use crate::cli::limits::whole;
use crate::client::Address;
use crate::sanitise::{plain_line, width::width_of};
use crate::server::{Log, Server};
use crate::wire::{Mode, PORT};
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::process::ExitCode;

/// The verb of this wing.
pub(crate) const VERB: Verb = ("find", "list the chats on this network", USAGE, run);

const USAGE: &str = "\
usage: chalktalk find [OPTION…]

Lists the chats on this network: where, how many people, open or noise (encrypted), and what the chat is
called. Nothing of it is proven: anybody can answer. The exit code is 1 where none was found.

  --port PORT  ask at this port (24255)
  --explain    say where it was asked, and what to do where nothing is found
";

/// When it is asked again, after the start, and until when answers are taken. Packets get lost, most of all on a
/// wireless network.
const ROUNDS_MS: [u64; 3] = [300, 800, 2000];
/// What a list shows of a chat's name: a longer one would push the others off the screen.
const NAME_CELLS_MAX: usize = 40;

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut args = Args::new(args);
    let (mut port, mut explain) = (PORT, false);
    while let Some(arg) = args.next()? {
        match &arg {
            Arg::Option(option) if option == "--port" => port = args.value(whole)?,
            Arg::Option(option) if option == "--explain" => explain = true,
            _ => return Err(unknown(&arg, "chalktalk find")),
        }
    }
    let search = find(port, &targets(), &ROUNDS_MS, |_| false)
        .map_err(|error| Failure::Failed(format!("the network cannot be asked: {error}")))?;
    let (mut text, mut hint) = (
        String::new(),
        "; chalktalk find --explain says where it was asked",
    );
    if explain {
        (text, hint) = (explained(&search, port), "");
    }
    text.extend(search.found.iter().map(row));
    // Where nobody reads it, the exit code says it.
    let _ = io::stdout().write_all(text.as_bytes());
    if !search.found.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let sentence = format!("no chat was found on this network{hint}");
    Err(Failure::Failed(sentence))
}

impl Found {
    /// Where it can be joined.
    pub(crate) fn address(&self) -> Address {
        Address {
            host: self.addresses[0].ip().to_string(),
            port: self.addresses[0].port(),
        }
    }

    /// What its answer says of encryption; that the greeting says the same is for who meets it to see.
    pub(crate) fn mode(&self) -> &Mode {
        &self.answer.mode
    }
}

/// A line for a chat that was found.
fn row(found: &Found) -> String {
    let places: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
    let (places, mode) = (places.join(" or "), found.mode().as_str());
    let people = match found.answer.people {
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    };
    let name = short(plain_line(&found.answer.name.to_string()));
    format!("{places:<22} {people:<11} {mode:<6} {name}\n")
}

/// As much of a shown text as a list has room for.
fn short(mut text: String) -> String {
    if width_of(&text) <= NAME_CELLS_MAX {
        return text;
    }
    while width_of(&text) >= NAME_CELLS_MAX {
        text.pop();
    }
    // Shown again, for what joined the last character to the next is without use now.
    plain_line(&text) + "…"
}

fn explained(search: &Search, port: u16) -> String {
    let mut text = format!("# asked at UDP port {port} of\n");
    for (target, sent) in &search.tried {
        let result = sent
            .as_ref()
            .map_or_else(ToString::to_string, |()| "sent".to_owned());
        text += &format!("#   {target}: {result}\n");
    }
    text += "# a network can keep its members apart, and a firewall can drop questions (UDP) and answers\n\
             # by hand: on the host's machine type chalktalk serve --lan, and here the line it prints\n";
    text
}

/// Whether a server is found, and under which name.
#[derive(Debug, Default)]
pub(crate) enum Announce {
    /// It is, under the usual name.
    #[default]
    Usual,
    /// It is, under this name.
    Titled(ChatName),
    /// It does not answer.
    Hidden,
}

impl Announce {
    /// Takes an option that is of this kind; false where it is not.
    pub(crate) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        *self = match option {
            "--hidden" => Announce::Hidden,
            "--title" => Announce::Titled(args.value(ChatName::new)?),
            _ => return Ok(false),
        };
        Ok(true)
    }

    /// Answers those who look for chats, as long as what is returned lives. That this fails stops nothing.
    pub(crate) fn start(&self, server: &Server, mode: Mode, log: &Log) -> Option<Responder> {
        let name = match self {
            Announce::Usual => usual_name(&variable),
            Announce::Titled(name) => name.clone(),
            Announce::Hidden => return None,
        };
        // Where only this machine reaches it, nobody looks for it.
        let address = *server
            .addresses()
            .iter()
            .find(|at| !at.ip().is_loopback())?;
        let (port, instance) = (NonZeroU16::new(address.port())?, nonce());
        let people = server.people();
        let answer = move |Question(nonce)| Answer {
            nonce,
            port,
            instance,
            people: u16::try_from(people()).unwrap_or(u16::MAX),
            mode: mode.clone(),
            name: name.clone(),
        };
        let responder = Responder::start(address, answer);
        if let Err(error) = &responder {
            log.say(format!(
                "those who look for chats will not find this one: {error}"
            ));
        }
        responder.ok()
    }
}

/// What a chat is called unless its host says otherwise.
fn usual_name(read: &dyn Fn(&str) -> Option<String>) -> ChatName {
    let host = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(read);
    let name = host.map_or("a chat".to_owned(), |host| format!("{host}'s chat"));
    ChatName::cut(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chat of that name on this machine, at that port.
    pub(super) fn found(port: u16, name: &str) -> Found {
        let answer = Answer {
            nonce: 1,
            port: NonZeroU16::new(port).unwrap(),
            instance: 1,
            people: 1,
            mode: Mode::noise(),
            name: ChatName::new(name).unwrap(),
        };
        Found {
            addresses: vec![([127, 0, 0, 1], port).into()],
            answer,
        }
    }

    #[test]
    fn a_chat_that_was_found_is_one_line_without_controls() {
        let mut found = found(24255, "evil\u{1b}[2J\nname");
        found.addresses.push("10.1.0.7:24255".parse().unwrap());
        assert_eq!(
            row(&found),
            "127.0.0.1:24255 or 10.1.0.7:24255 1 person    noise  evil^[[2J / name\n"
        );
        assert_eq!(found.address().to_string(), "127.0.0.1:24255");
    }

    #[test]
    fn a_long_name_is_cut_where_its_column_ends() {
        #[track_caller]
        fn check(name: &str, expected: &str) {
            let row = row(&found(1, name));
            assert!(row.ends_with(&format!(" noise  {expected}\n")), "{row}");
        }
        check(&"m".repeat(40), &"m".repeat(40));
        check(&"m".repeat(41), &("m".repeat(39) + "…"));
        check(&"日".repeat(20), &"日".repeat(20));
        check(&"日".repeat(21), &("日".repeat(19) + "…"));
        let marked = "e\u{301}".repeat(40);
        check(&marked, &marked);
        check(&"\u{1b}".repeat(21), &("^[".repeat(19) + "^…"));
        let joined = "👩\u{200d}".repeat(2) + "👩";
        check(&("m".repeat(37) + &joined), &("m".repeat(37) + "👩…"));
    }

    #[test]
    fn a_chat_is_named_after_its_host() {
        assert_eq!(usual_name(&|_| None).to_string(), "a chat");
        let anna = |name: &str| (name == "LOGNAME").then(|| "anna".to_owned());
        assert_eq!(usual_name(&anna).to_string(), "anna's chat");
    }
}
