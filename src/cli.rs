//! Arguments, then one call: the first argument is a verb, and each verb has its file.
//!
//! Parsed by hand: it is a screenful, and every error can say what to type instead.

pub(crate) mod args;
mod chat;
pub(crate) mod failure;
#[cfg_attr(not(feature = "discovery"), path = "cli/unfound.rs")]
mod found;
pub(crate) mod join;
mod keyboard;
pub(crate) mod limits;
mod serve;

#[cfg(any(feature = "play", test))]
pub use limits::limits_of;

use crate::client::plain::MARKS;
use crate::sanitise::plain_line;
use crate::secure::code::hide_codes;
use crate::ui_term;
use crate::wire::VERSION;
use crate::words::did_you_mean;
use args::Verb;
use failure::Failure;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

const VERBS: &[Verb] = &[
    join::VERB,
    serve::VERB,
    #[cfg(feature = "discovery")]
    crate::discovery::cli::VERB,
    #[cfg(feature = "play")]
    crate::play::cli::VERB,
    #[cfg(feature = "play")]
    crate::proxy::cli::VERB,
    #[cfg(feature = "play")]
    crate::play::learn::VERB,
    #[cfg(feature = "play")]
    crate::play::grade::VERB,
    #[cfg(feature = "relay")]
    crate::relay::cli::VERB,
];

/// Runs the program with these arguments, its own name left out. The exit code is 0 for fine, 1
/// for failed, 2 for arguments that say nothing.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let (code, sentence) = match texts(args).and_then(run) {
        Ok(code) => return code,
        Err(Failure::Usage(sentence)) => (2, sentence),
        Err(Failure::Failed(sentence)) => (1, sentence),
    };
    // Where stderr is closed too, the exit code has to do.
    let sentence = plain_line(&sentence);
    let _ = writeln!(io::stderr(), "chalktalk: {}", hide_codes(&sentence));
    ExitCode::from(code)
}

fn texts(args: impl IntoIterator<Item = OsString>) -> Result<Vec<String>, Failure> {
    let text = |(index, arg): (usize, OsString)| {
        arg.into_string()
            .map_err(|_| Failure::Usage(format!("argument {} is not UTF-8", index + 1)))
    };
    args.into_iter().enumerate().map(text).collect()
}

fn run(mut args: Vec<String>) -> Result<ExitCode, Failure> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    // First of all: on the way to a screen this process becomes another one.
    ui_term::prepare(&words);
    match words[..] {
        ["--help" | "-h" | "help"] => tell(chat::USAGE),
        ["--help" | "-h" | "help", name, ..] => tell(verb(name)?.2),
        ["--version" | "-V", ..] => {
            let release = env!("CARGO_PKG_VERSION");
            tell(&format!("chalktalk {release} (protocol {VERSION})\n"))
        }
        [name, ..] if !name.starts_with('-') => {
            let (.., usage, run) = verb(name)?;
            if words.contains(&"--help") || words.contains(&"-h") {
                return tell(usage);
            }
            run(args.split_off(1))
        }
        _ => chat::run(args),
    }
}

fn verb(name: &str) -> Result<&'static Verb, Failure> {
    let found = VERBS.iter().find(|(verb, ..)| *verb == name);
    found.ok_or_else(|| {
        let verbs: Vec<&str> = VERBS.iter().map(|(verb, ..)| *verb).collect();
        let meant = did_you_mean(name, "", verbs.iter().copied().chain(["help"]));
        Failure::Usage(format!(
            "there is no verb {name};{meant} there are {}; to join a server at an address: chalktalk join ADDR",
            verbs.join(", ")
        ))
    })
}

/// Help and version go to stdout. That nobody reads it is no failure: `--help | head` is common.
fn tell(text: &str) -> Result<ExitCode, Failure> {
    let verb = |(name, about, ..): &Verb| format!("  {name:<8}{about}\n");
    let verbs: String = VERBS.iter().map(verb).collect();
    let text = text.replace("{marks}", MARKS).replace("{verbs}\n", &verbs);
    let _ = io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verbs_say_how_they_are_used() {
        for (name, about, usage, _) in VERBS {
            let opening = format!("usage: chalktalk {name}");
            assert!(usage.starts_with(&opening), "{name}");
            assert!(about.len() < 60 && !about.ends_with('.'), "{name}");
        }
    }

    #[test]
    fn an_unknown_verb_is_told_what_there_is() {
        let words = [
            ("10.0.0.7", "10.0.0.7; there are join"),
            ("hlep", "mean help?"),
        ];
        for (typed, told) in words {
            let Err(Failure::Usage(sentence)) = run(vec![typed.into()]) else {
                panic!("no such verb");
            };
            assert!(sentence.contains(told), "{sentence}");
        }
    }
}
