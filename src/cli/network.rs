//! What the chat has of finding others, in a build without it: nothing, and a word to who asks for it.
//!
//! Takes the place of `src/discovery/cli.rs`, so that no verb needs to know which of them is there.

use super::args::Args;
use super::failure::Failure;
use crate::client::Address;
use crate::server::Server;
use crate::wire::Mode;
use std::net::IpAddr;
use std::time::Instant;

/// A server that nobody finds. With braces, as its counterpart is no unit either: both are made by `default()`.
#[derive(Debug, Default)]
pub(super) struct Announce {}

impl Announce {
    /// Rejects an option that is of this kind; false where it is not.
    pub(super) fn set(&mut self, option: &str, _: &mut Args) -> Result<bool, Failure> {
        match option {
            "--hidden" | "--title" => Err(Failure::Usage(format!(
                "{option}: this build has no discovery"
            ))),
            _ => Ok(false),
        }
    }

    /// Answers nobody.
    pub(super) fn start(
        &self,
        _: &Server,
        _: Mode,
        _: &dyn Fn(&str) -> Option<String>,
    ) -> Option<()> {
        None
    }
}

/// A chat that was found: there is none.
pub(super) enum Found {}

impl Found {
    pub(super) fn address(&self) -> Address {
        match *self {}
    }

    pub(super) fn mode(&self) -> &Mode {
        match *self {}
    }
}

/// Stays here.
pub(super) fn choose<T: Send + 'static>(
    _: u16,
    _: impl Fn(&Found, Instant) -> Option<T> + Clone + Send + 'static,
) -> Result<Option<(Address, Option<T>)>, Failure> {
    Ok(None)
}

/// The networks of this machine are not looked at.
pub(super) fn own_address() -> Option<IpAddr> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_build_has_not_is_named() {
        let mut args = Args::new(Vec::new());
        for option in ["--hidden", "--title"] {
            let Err(Failure::Usage(sentence)) = Announce::default().set(option, &mut args) else {
                panic!("{option} is taken");
            };
            assert_eq!(sentence, format!("{option}: this build has no discovery"));
        }
        assert!(matches!(
            Announce::default().set("--lan", &mut args),
            Ok(false)
        ));
    }
}
