//! How `chalktalk serve` keeps others from reading along: its keys, and what the arguments say of them.

use super::args::Args;
use super::failure::Failure;
use crate::secure::key_file::{self, KeyFileError};
use crate::secure::{Entropy, EntropyError, Identity, JoinCode, Keys};
use crate::server::{Noise, Security};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Sealing {
    choice: Choice,
    file: Option<PathBuf>,
    code: Code,
}

/// Are the lines sealed?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Choice {
    /// If others than this machine reach the server.
    #[default]
    Usual,
    Open,
    Sealed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Code {
    #[default]
    Kept,
    New,
}

/// What the server is started with.
pub(super) struct Sealed {
    pub(super) security: Security,
    pub(super) code: Option<JoinCode>,
    /// Keys that are to take the place of others once the server listens.
    unsaved: Option<(PathBuf, Keys)>,
}

impl Sealing {
    /// Takes an option that is of this kind; false where it is not.
    pub(super) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        let choice = match option {
            "--open" => Choice::Open,
            "--key" => {
                self.file = Some(args.value(|path| Ok::<_, String>(path.into()))?);
                Choice::Sealed
            }
            "--new-code" => {
                self.code = Code::New;
                Choice::Sealed
            }
            _ => return Ok(false),
        };
        if self.choice != Choice::Usual && self.choice != choice {
            let sentence =
                "an open server has no code: --open does not go with --key and --new-code";
            return Err(Failure::Usage(sentence.into()));
        }
        self.choice = choice;
        Ok(true)
    }

    /// Gets the keys ready, for a server that listens there. A new code is not kept before
    /// [`save`](Sealed::save): where the server cannot start, the old one stays.
    pub(super) fn ready(&self, listen: &[SocketAddr]) -> Result<Sealed, Failure> {
        let alone = listen.iter().all(|address| address.ip().is_loopback());
        let open = match self.choice {
            Choice::Usual => alone,
            Choice::Open => true,
            Choice::Sealed => false,
        };
        if open {
            return Ok(Sealed {
                security: Security::Open,
                code: None,
                unsaved: None,
            });
        }
        let path = match &self.file {
            Some(path) => path.clone(),
            None => key_file::default_path(|name| std::env::var_os(name))?,
        };
        let entropy = Entropy::open()?;
        let fresh = || {
            let bytes = entropy.bytes();
            bytes.map(|bytes| Keys::from_random(&bytes))
        };
        let (keys, unsaved) = match self.code {
            Code::New => {
                let keys = fresh()?;
                (keys.clone(), Some((path, keys)))
            }
            Code::Kept => match key_file::load(&path)? {
                Some(keys) => (keys, None),
                None => (key_file::create(&path, fresh()?)?, None),
            },
        };
        let identity = Arc::new(Identity::new(keys));
        Ok(Sealed {
            code: Some(identity.code().clone()),
            security: Security::Noise(Arc::new(Noise::new(identity, entropy))),
            unsaved,
        })
    }
}

impl Sealed {
    /// The server listens: a new code takes the old one's place.
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        if let Some((path, keys)) = self.unsaved.take() {
            key_file::replace(&path, &keys)?;
        }
        Ok(())
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Failure {
        let hint = match error {
            KeyFileError::Io(..) => "; name another with --key FILE, or serve --open",
            _ => "",
        };
        Failure::Failed(format!("{error}{hint}"))
    }
}

impl From<EntropyError> for Failure {
    fn from(error: EntropyError) -> Failure {
        Failure::Failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Arg;

    fn read(args: &[&str]) -> Result<Sealing, Failure> {
        let mut args = Args::new(args.iter().map(|&arg| arg.to_owned()).collect());
        let mut sealing = Sealing::default();
        while let Some(Arg::Option(option)) = args.next()? {
            assert!(sealing.set(&option, &mut args)?, "{option}");
            let line = format!("\n  {option} ");
            assert!(crate::cli::serve::USAGE.contains(&line), "{option}");
        }
        Ok(sealing)
    }

    #[test]
    fn only_this_machine_is_served_in_the_open_unasked() {
        #[track_caller]
        fn check(args: &[&str], listen: &str, is_open: bool) {
            let folder = std::env::temp_dir().join(format!("chalktalk-{}", std::process::id()));
            let file = folder.join("key");
            let mut sealing = read(args).ok().unwrap();
            sealing.file = Some(file);
            let sealed = sealing.ready(&[listen.parse().unwrap()]).ok().unwrap();
            assert_eq!(sealed.code.is_none(), is_open, "{args:?} {listen}");
            let _ = std::fs::remove_dir_all(folder);
        }
        check(&[], "127.0.0.1:1", true);
        check(&[], "[::1]:1", true);
        check(&[], "[::]:1", false);
        check(&[], "10.0.0.7:1", false);
        check(&["--open"], "[::]:1", true);
        check(&["--new-code"], "127.0.0.1:1", false);
        check(&["--key=f"], "127.0.0.1:1", false);
    }

    #[test]
    fn an_open_server_has_no_code() {
        for args in [["--open", "--new-code"], ["--key=f", "--open"]] {
            assert!(matches!(read(&args), Err(Failure::Usage(_))), "{args:?}");
        }
    }
}
