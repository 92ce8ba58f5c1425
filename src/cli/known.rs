//! The servers that have been joined with a code: the next time their whole key is known, and no code is needed.
//!
//! A text file, mode 0600, a server a line: its public key, the secret of its code, where it was last. It is read
//! and written whole. What goes wrong with it stops nobody: then the code is asked for again.

use crate::client::Address;
use crate::secure::key_file::{self, KeyFileError};
use crate::secure::{PublicKey, Secret, Trust, hex};
use std::path::PathBuf;

const TITLE: &str = "chalktalk known 1";
/// Servers kept; the one joined longest ago goes first.
const KNOWN_MAX: usize = 200;
const FILE_BYTES_MAX: u64 = 128 * 1024;

/// A server that has proved to have its key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) key: PublicKey,
    pub(super) secret: Secret,
    /// Where it was.
    pub(super) address: String,
}

/// Those that are known, and where that is kept.
pub(super) struct Known {
    path: Option<PathBuf>,
    servers: Vec<Server>,
}

impl Known {
    /// What the file says; nobody is known where it says nothing that can be trusted, and then the sentence says why.
    pub(super) fn load() -> (Known, Option<String>) {
        let path = key_file::default_path(|name| std::env::var_os(name)).ok();
        Known::kept_at(path.map(|key| key.with_file_name("known")))
    }

    fn kept_at(path: Option<PathBuf>) -> (Known, Option<String>) {
        let read = match &path {
            Some(path) => key_file::read_private(path, FILE_BYTES_MAX),
            None => Ok(None),
        };
        let (servers, trouble) = match read {
            Ok(bytes) => (parse(&bytes.unwrap_or_default()), None),
            Err(error) => (Vec::new(), Some(sentence(&error))),
        };
        // Not written over what could not be read.
        let path = path.filter(|_| trouble.is_none());
        (Known { path, servers }, trouble)
    }

    /// The server with this key.
    pub(super) fn by_key(&self, key: &PublicKey) -> Option<Trust> {
        self.trust(|server| server.key == *key)
    }

    /// The server that was at this address.
    pub(super) fn at(&self, address: &Address) -> Option<Trust> {
        let address = address.to_string();
        self.trust(|server| server.address == address)
    }

    fn trust(&self, is_it: impl Fn(&Server) -> bool) -> Option<Trust> {
        let server = self.servers.iter().find(|server| is_it(server))?;
        Some(Trust::Remembered {
            server: server.key,
            secret: server.secret.clone(),
        })
    }

    /// Keeps a server, last of all.
    pub(super) fn keep(&mut self, server: Server) -> Result<(), String> {
        // At one address there is one server: another that was there has gone, or has a new code.
        self.servers
            .retain(|other| other.key != server.key && other.address != server.address);
        self.servers.push(server);
        let surplus = self.servers.len().saturating_sub(KNOWN_MAX);
        self.servers.drain(..surplus);
        let Some(path) = &self.path else {
            return Ok(());
        };
        key_file::replace_private(path, &format(&self.servers)).map_err(|error| sentence(&error))
    }
}

fn sentence(error: &KeyFileError) -> String {
    match error {
        KeyFileError::NoPlace => "no place to remember servers at: set HOME".into(),
        KeyFileError::Exposed(path) | KeyFileError::Malformed(path) => format!(
            "{} can be read by others, or is no file: remove it, and servers are remembered again",
            path.display()
        ),
        KeyFileError::Io(path, error) => format!("{}: {error}", path.display()),
    }
}

fn format(servers: &[Server]) -> String {
    let line = |server: &Server| {
        let key = hex::encode(server.key.as_bytes());
        let secret = hex::encode(server.secret.as_bytes());
        format!("{key} {secret} {}\n", server.address)
    };
    format!("{TITLE}\n{}", servers.iter().map(line).collect::<String>())
}

/// A line that makes no sense is passed over: at worst a code is asked for once more.
fn parse(bytes: &[u8]) -> Vec<Server> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    if lines.next() != Some(TITLE) {
        return Vec::new();
    }
    let server = |line: &str| {
        let mut fields = line.splitn(3, ' ');
        let (key, secret) = (fields.next()?, fields.next()?);
        Some(Server {
            key: PublicKey::from_bytes(hex::decode(key.as_bytes())?),
            secret: Secret::from_bytes(hex::decode(secret.as_bytes())?),
            address: fields.next()?.to_owned(),
        })
    };
    lines.filter_map(server).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(number: u8, address: &str) -> Server {
        Server {
            key: PublicKey::from_bytes([number; 32]),
            secret: Secret::from_bytes([number; 5]),
            address: address.into(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = std::env::temp_dir().join(format!("chalktalk-known-{}", std::process::id()));
        let path = Some(folder.join("state").join("known"));
        let (mut known, trouble) = Known::kept_at(path.clone());
        assert!(trouble.is_none() && known.servers.is_empty());
        for number in [1, 2] {
            known
                .keep(server(number, &format!("10.0.0.{number}:1")))
                .unwrap();
        }
        known.keep(server(1, "10.0.0.3:1")).unwrap();
        known.keep(server(4, "10.0.0.2:1")).unwrap();
        let (known, _) = Known::kept_at(path);
        let _ = std::fs::remove_dir_all(folder);
        assert!(known.servers == [server(1, "10.0.0.3:1"), server(4, "10.0.0.2:1")]);
        assert!(known.by_key(&PublicKey::from_bytes([1; 32])).is_some());
        assert!(known.by_key(&PublicKey::from_bytes([2; 32])).is_none());
        assert!(known.at(&Address::parse("10.0.0.2:1").unwrap()).is_some());
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        let good = format(&[server(1, "a:1")]);
        assert!(parse(good.as_bytes()) == [server(1, "a:1")]);
        let odd = format!("{good}\nx y z\n{}\n\u{0}", "0".repeat(64));
        assert!(parse(odd.as_bytes()) == [server(1, "a:1")]);
        assert!(parse(&good.as_bytes()[1..]).is_empty());
    }
}
