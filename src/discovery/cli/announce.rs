//! A server that is found: what `chalktalk serve` takes for that, and the start of its answers.

use super::super::{ChatName, Presence, Responder};
use super::nonce;
use crate::cli::args::Args;
use crate::cli::failure::Failure;
use crate::server::Server;
use crate::wire::Mode;
use std::io::{self, Write};

/// Whether a server is found, and under which name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Announce {
    /// It is, under this name or the usual one.
    Found(Option<ChatName>),
    /// It does not answer.
    Hidden,
}

impl Default for Announce {
    fn default() -> Announce {
        Announce::Found(None)
    }
}

impl Announce {
    /// Takes an option that is of this kind; false where it is not.
    pub(crate) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        match option {
            "--hidden" => *self = Announce::Hidden,
            "--title" => *self = Announce::Found(Some(args.value(ChatName::new)?)),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Answers those who look for chats, as long as what is returned lives. That this fails stops nothing.
    pub(crate) fn start(
        &self,
        server: &Server,
        mode: Mode,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Responder> {
        let Announce::Found(name) = self else {
            return None;
        };
        // Where only this machine reaches it, nobody looks for it.
        let mut reached = server.addresses().iter();
        let address = *reached.find(|at| !at.ip().is_loopback())?;
        let name = name.clone().unwrap_or_else(|| usual_name(variable));
        let people = server.people();
        let describe = move || Presence {
            people: u16::try_from(people()).unwrap_or(u16::MAX),
            mode: mode.clone(),
            name: name.clone(),
        };
        Responder::start(address, nonce(), describe)
            .inspect_err(|error| {
                let told = format!("those who look for chats will not find this one: {error}\n");
                let _ = io::stderr().write_all(told.as_bytes());
            })
            .ok()
    }
}

/// What a chat is called unless its host says otherwise.
fn usual_name(variable: &dyn Fn(&str) -> Option<String>) -> ChatName {
    let host = ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(variable);
    let name = host.map_or("a chat".to_owned(), |host| format!("{host}'s chat"));
    ChatName::cut(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_is_named_after_its_host() {
        assert_eq!(usual_name(&|_| None).to_string(), "a chat");
        let anna = |name: &str| (name == "LOGNAME").then(|| "anna".to_owned());
        assert_eq!(usual_name(&anna).to_string(), "anna's chat");
    }
}
