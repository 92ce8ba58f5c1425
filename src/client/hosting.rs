//! What whoever hosts the chat can type besides: commands for the server in this very process, which never go over the
//! wire.

use std::fmt;
use std::sync::Arc;

/// Commands, and who obeys them.
#[derive(Clone)]
pub struct Hosting {
    /// As they are typed behind a slash, and what they do. The first word is the command.
    pub commands: &'static [(&'static str, &'static str)],
    /// Is given the line without the slash, and gives the answer, or what is wrong with it.
    pub obey: Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>,
}

impl fmt::Debug for Hosting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hosting")
    }
}

impl Hosting {
    /// Does what was typed, if it is one of these commands, and gives the answer.
    pub fn obeys(&self, typed: &str) -> Option<Result<String, String>> {
        let command = hosted(self.commands, typed)?;
        Some((self.obey)(command))
    }
}

/// What was typed, without its slash, if it is one of these commands.
pub fn hosted<'a>(commands: &[(&str, &str)], typed: &'a str) -> Option<&'a str> {
    let typed = typed.strip_prefix('/')?;
    let word = typed.split(char::is_whitespace).next()?.to_lowercase();
    let is_listed = |(usage, _): &(&str, &str)| usage.split(' ').next() == Some(&word);
    commands.iter().any(is_listed).then_some(typed)
}
