//! The servers that were joined with a code: their keys, the secrets of their codes, and where they were.
//!
//! A text file, mode 0600, written whole and all at once. A server is a line,
//! `KEY SECRET place place…`, the one joined last at the end. Nothing is forgotten that warns: a key never takes
//! another's place from it, and of what has to give way it stays written that it was `encrypted`.
//! A file that makes no sense stops its reader: to go on with half of it would be to forget.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::addresses::{self, Addresses};
use super::code::Secret;
use super::hex;
use super::key_file;
use super::x25519::PublicKey;

const TITLE: &str = "chalktalk known 1";
/// Begins a line of places of which only this is still known.
const ENCRYPTED: &str = "encrypted";
/// Servers kept with their keys; the one joined longest ago gives way.
const SERVERS_MAX: usize = 200;
/// Addresses kept with a server.
const PLACES_MAX: usize = 16;
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// A server that has proved to have its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Its public key.
    pub key: PublicKey,
    /// The secret of its code.
    pub secret: Secret,
    /// Where it was, in all spellings, the latest last.
    places: Vec<String>,
}

impl Server {
    /// Where it was last.
    #[must_use]
    pub fn last_place(&self) -> &str {
        self.places.last().map_or("", String::as_str)
    }
}

/// What is known of a key at a place. In rising order: of several spellings the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No encrypted server was there.
    New,
    /// One was, but not which.
    Forgotten,
    /// The server with this key was there.
    Same,
    /// Another was.
    Other,
}

/// All that are known.
#[derive(Clone, Default)]
pub struct Known {
    path: Option<PathBuf>,
    servers: Vec<Server>,
    encrypted: BTreeSet<String>,
}

impl Known {
    /// Reads `known` beside the usual key file. Without a home, nobody is known.
    ///
    /// # Errors
    /// A sentence that says why the file cannot be relied on, and what to do.
    pub fn load() -> Result<Self, String> {
        let key = key_file::default_path(|name| std::env::var_os(name)).ok();
        key.map_or(Ok(Self::default()), |key| {
            Self::load_from(&key.with_file_name("known"))
        })
    }

    /// Reads this file; nobody is known where there is none.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_from(path: &Path) -> Result<Self, String> {
        let read = key_file::read_private(path, FILE_BYTES_MAX as u64 + 1).map_err(unusable)?;
        let known = read.map_or_else(|| Ok(Self::default()), |bytes| parse(&bytes));
        let mut known = known.map_err(|what| unusable(format!("{}: {what}", path.display())))?;
        known.path = Some(path.to_owned());
        Ok(known)
    }

    /// The server with this key.
    #[must_use]
    pub fn by_key(&self, key: &PublicKey) -> Option<&Server> {
        self.servers.iter().find(|server| server.key == *key)
    }

    /// What this key is at this place. The word that was typed decides, if anything is known of it: what it resolves
    /// to is only claimed.
    #[must_use]
    pub fn standing(&self, here: &Addresses, key: &PublicKey) -> Standing {
        let mut all = here.iter().map(|place| self.standing_at(place, key));
        match all.next() {
            Some(Standing::New) | None => all.max().unwrap_or(Standing::New),
            Some(typed) => typed,
        }
    }

    fn standing_at(&self, place: &str, key: &PublicKey) -> Standing {
        let there = |server: &&Server| server.places.iter().any(|other| other == place);
        let mut there = self.servers.iter().filter(there);
        match there.clone().next() {
            None if self.encrypted.contains(place) => Standing::Forgotten,
            None => Standing::New,
            Some(_) if there.any(|server| server.key == *key) => Standing::Same,
            Some(_) => Standing::Other,
        }
    }

    /// Whether any spelling of this place was ever that of an encrypted server.
    #[must_use]
    pub fn was_encrypted(&self, here: &Addresses) -> bool {
        here.iter()
            .any(|place| self.places().any(|other| other == place))
    }

    /// Where an encrypted server was, at another port of this host.
    #[must_use]
    pub fn beside(&self, here: &Addresses) -> Option<&str> {
        let same = |place: &&str| {
            here.iter()
                .any(|here| addresses::host_of(here) == addresses::host_of(place))
        };
        self.places().find(same)
    }

    fn places(&self) -> impl Iterator<Item = &str> {
        let servers = self.servers.iter().flat_map(|server| &server.places);
        servers.chain(&self.encrypted).map(String::as_str)
    }

    /// Notes that the server with this key is here, and takes this secret, without writing it down. Only the word
    /// and the address that answered become its places: of the others it is only claimed.
    pub fn learn(&mut self, key: &PublicKey, secret: &Secret, here: &Addresses) {
        let mut here = here.iter().map(str::to_owned);
        let fresh: Vec<String> = here.by_ref().take(2).collect();
        self.encrypted.extend(here);
        let old = self.servers.iter().position(|server| server.key == *key);
        let mut places = old.map_or_else(Vec::new, |at| self.servers.remove(at).places);
        places.retain(|place| !fresh.contains(place));
        // The word that was typed last: it is the one to be shown.
        places.extend(fresh.into_iter().rev());
        let surplus = places.len().saturating_sub(PLACES_MAX);
        self.encrypted.extend(places.drain(..surplus));
        self.servers.push(Server {
            key: *key,
            secret: secret.clone(),
            places,
        });
        let surplus = self.servers.len().saturating_sub(SERVERS_MAX);
        let gone = self.servers.drain(..surplus);
        self.encrypted.extend(gone.flat_map(|server| server.places));
    }

    /// Notes it as [`learn`](Self::learn) does, in the file too, and with what others have written there meanwhile.
    ///
    /// # Errors
    /// A sentence that says why it is not kept in the file, which stays as it was then.
    pub fn keep(&mut self, key: &PublicKey, secret: &Secret, at: &Addresses) -> Result<(), String> {
        let path = self.path.clone();
        let path = path.ok_or("there is no place to remember this server at: set HOME")?;
        // Whoever else wants to write waits, up to the end.
        let lock = path.with_extension("lock");
        let unlocked =
            |error| format!("this server is not remembered: {}: {error}", lock.display());
        let _lock = key_file::lock(&lock).map_err(unlocked)?;
        *self = Self::load_from(&path)?;
        self.learn(key, secret, at);
        let text = self.format();
        if text.len() > FILE_BYTES_MAX {
            return Err(format!(
                "{} is full: remove lines of chats that you no longer join",
                path.display()
            ));
        }
        key_file::replace_private(&path, &text).map_err(unusable)
    }

    /// As it is written.
    #[must_use]
    pub fn format(&self) -> String {
        let mut text = format!("{TITLE}\n");
        for server in &self.servers {
            text += &hex::encode(server.key.as_bytes());
            text += &format!(" {}", hex::encode(server.secret.as_bytes()));
            text += &format!(" {}\n", server.places.join(" "));
        }
        for place in &self.encrypted {
            text += &format!("{ENCRYPTED} {place}\n");
        }
        text
    }
}

fn unusable(what: impl fmt::Display) -> String {
    format!(
        "{what}; the chats that you joined are remembered there: mend it, or move it away, and their codes are asked for again"
    )
}

/// What is wrong with it, if anything is.
fn parse(bytes: &[u8]) -> Result<Known, String> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err("it is too long".into());
    }
    let text = str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let mut lines = text.lines();
    if lines.next() != Some(TITLE) {
        return Err(format!("its first line is not \"{TITLE}\""));
    }
    // A place that is cut off is another place.
    if !text.ends_with('\n') {
        return Err("its last line is cut off".into());
    }
    let mut known = Known::default();
    for (line, number) in lines.zip(2..) {
        read_line(&mut known, line).ok_or_else(|| format!("line {number}"))?;
    }
    Ok(known)
}

fn read_line(known: &mut Known, line: &str) -> Option<()> {
    let (first, rest) = line.split_once(' ')?;
    if first == ENCRYPTED {
        known.encrypted.extend(places_in(rest)?);
        return Some(());
    }
    let (secret, rest) = rest.split_once(' ')?;
    known.servers.push(Server {
        key: PublicKey::from_bytes(hex::decode(first.as_bytes())?),
        secret: Secret::from_bytes(hex::decode(secret.as_bytes())?),
        places: places_in(rest)?,
    });
    Some(())
}

fn places_in(text: &str) -> Option<Vec<String>> {
    text.split(' ').map(addresses::read).collect()
}
