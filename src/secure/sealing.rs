//! How `chalktalk serve` keeps others from reading along: its keys, and what the arguments say of them.

use super::key_file::{self, KeyFileError};
use super::{Entropy, EntropyError, Identity, JoinCode, Keys};
use crate::cli::args::Args;
use crate::cli::failure::Failure;
use crate::server::{Noise, Security};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What the options say. Where they say nothing, the lines are sealed if others than this machine reach the server.
#[derive(Debug, Default)]
pub(crate) struct Sealing {
    is_open: bool,
    file: Option<PathBuf>,
    code: Code,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Code {
    #[default]
    Kept,
    New,
}

/// What the server is started with.
#[derive(Default)]
pub(crate) struct Sealed {
    pub(crate) security: Security,
    pub(crate) code: Option<JoinCode>,
    /// Keys that are to be written once the server listens.
    unsaved: Option<(Code, PathBuf, Keys)>,
}

impl Sealing {
    /// Takes an option that is of this kind; false where it is not.
    pub(crate) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        match option {
            "--open" => self.is_open = true,
            "--key" => self.file = Some(args.value(str::parse)?),
            "--new-code" => self.code = Code::New,
            _ => return Ok(false),
        }
        if self.is_open && self.is_asked_for() {
            let sentence =
                "an open server has no code: --open does not go with --key and --new-code";
            return Err(Failure::Usage(sentence.into()));
        }
        Ok(true)
    }

    fn is_asked_for(&self) -> bool {
        self.file.is_some() || self.code == Code::New
    }

    /// Gets the keys ready, for a server that listens there. New ones are not kept before [`save`](Sealed::save):
    /// where the server cannot start, all stays as it was.
    pub(crate) fn ready(&self, listen: &[SocketAddr]) -> Result<Sealed, Failure> {
        let alone = listen.iter().all(|address| address.ip().is_loopback());
        if self.is_open || alone && !self.is_asked_for() {
            return Ok(Sealed::default());
        }
        // First what cannot be mended: without randomness a place for the keys is of no use.
        let no_entropy = |error: EntropyError| Failure::Failed(error.to_string());
        let (entropy, mut unsaved) = (Entropy::open().map_err(no_entropy)?, None);
        let path = match &self.file {
            Some(path) => path.clone(),
            None => key_file::default_path(|name| std::env::var_os(name))?,
        };
        let kept = match self.code {
            Code::Kept => key_file::load(&path)?,
            Code::New => None,
        };
        let keys = match kept {
            Some(keys) => keys,
            None => {
                let keys = Keys::from_random(&entropy.bytes().map_err(no_entropy)?);
                unsaved = Some((self.code, path, keys.clone()));
                keys
            }
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
    /// The server listens: its keys are written, a new code in the old one's place.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        match self.unsaved.take() {
            Some((Code::New, path, keys)) => key_file::replace(&path, &keys)?,
            Some((Code::Kept, path, keys)) => key_file::create(&path, &keys)?,
            None => {}
        }
        Ok(())
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Failure {
        let hint = match error {
            KeyFileError::NoPlace => ", or name a key file with --key",
            KeyFileError::Exposed(_) => ", else make a new code with --new-code",
            KeyFileError::Malformed(_) => {
                "; name another with --key, or make a new code with --new-code"
            }
            KeyFileError::Io(..) => "; name another key file with --key, or serve --open",
        };
        Failure::Failed(format!("{error}{hint}"))
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
            sealing.file = (!is_open).then_some(file);
            let sealed = sealing.ready(&[listen.parse().unwrap()]).ok().unwrap();
            assert_eq!(sealed.code.is_none(), is_open, "{args:?} {listen}");
            assert!(
                !folder.exists(),
                "nothing is written before the server listens"
            );
        }
        check(&[], "127.0.0.1:1", true);
        check(&[], "[::1]:1", true);
        check(&["--open"], "[::]:1", true);
        if cfg!(windows) {
            // Said first, and whatever else is lacking.
            let refused = Sealing::default().ready(&["[::]:1".parse().unwrap()]).err();
            let sentence = EntropyError::Unsupported.to_string();
            assert!(matches!(refused, Some(Failure::Failed(why)) if why == sentence));
            return;
        }
        check(&[], "[::]:1", false);
        check(&[], "10.0.0.7:1", false);
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
