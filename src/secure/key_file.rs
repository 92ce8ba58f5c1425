//! The file in which a server keeps its keys, so that its code outlives a restart.
//!
//! Three lines of text, mode 0600, in a directory of mode 0700. It is never written in place: a
//! new one is made whole beside it and takes its name, so that a crash leaves the old or the
//! new one. Two servers that start at once do not overwrite each other: the first file stays,
//! and the second server ends.
//!
//! A file that others can read is refused instead of repaired: whoever could read it may have.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::code::Secret;
use super::hex;
use super::identity::Keys;
use super::x25519::PrivateKey;

const TITLE: &str = "chalktalk key 1";
/// A key file has 107 bytes; what is longer is none.
const FILE_BYTES_MAX: u64 = 1024;

/// Why there are no keys to be had from a file, or none to be put there.
#[derive(Debug)]
pub enum KeyFileError {
    /// Neither `XDG_STATE_HOME` nor `HOME` says where.
    NoPlace,
    /// Others than its owner may read or write it.
    Exposed(PathBuf),
    /// It does not hold keys as this version writes them.
    Malformed(PathBuf),
    /// The system says no.
    Io(PathBuf, io::Error),
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlace => write!(f, "there is no place for it: set HOME"),
            Self::Exposed(path) => write!(
                f,
                "others can read {0}: if nobody has, chmod 600 {0}",
                path.display()
            ),
            Self::Malformed(path) => write!(f, "{} is no file of this version", path.display()),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for KeyFileError {}

/// Where the key file stands unless the user says otherwise: `$XDG_STATE_HOME/chalktalk/key`,
/// else `~/.local/state/chalktalk/key`, else, as on Windows, in `%LOCALAPPDATA%`. The caller looks up the variables.
///
/// # Errors
/// [`KeyFileError::NoPlace`] if none is an absolute path.
pub fn default_path(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, KeyFileError> {
    // The XDG base directory specification: a relative path is as good as none.
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .or_else(|| absolute("LOCALAPPDATA"))
        .map(|state| state.join("chalktalk").join("key"))
        .ok_or(KeyFileError::NoPlace)
}

/// The keys in the file; `None` if there is no file.
///
/// # Errors
/// A [`KeyFileError`] for a file that is there and cannot be trusted or read.
pub fn load(path: &Path) -> Result<Option<Keys>, KeyFileError> {
    let malformed = || KeyFileError::Malformed(path.to_owned());
    let bytes = read_private(path, FILE_BYTES_MAX)?;
    bytes
        .map(|bytes| parse(&bytes).ok_or_else(malformed))
        .transpose()
}

/// The first bytes of a file that only its owner may read; `None` if there is no file.
///
/// # Errors
/// A [`KeyFileError`] for a file that is there and cannot be trusted or read.
pub fn read_private(path: &Path, bytes_max: u64) -> Result<Option<Vec<u8>>, KeyFileError> {
    let failed = |error| KeyFileError::Io(path.to_owned(), error);
    let malformed = || KeyFileError::Malformed(path.to_owned());
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
        // Before it is opened: opening a pipe would wait for a writer.
        Ok(metadata) if !metadata.is_file() => return Err(malformed()),
        Ok(_) => {}
    }
    let file = File::open(path).map_err(failed)?;
    if is_exposed(&file).map_err(failed)? {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(bytes_max)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(Some(bytes))
}

/// Puts the keys into a file that is not there yet.
///
/// # Errors
/// [`KeyFileError::Io`] if it cannot be written, or another server was quicker.
pub fn create(path: &Path, keys: &Keys) -> Result<(), KeyFileError> {
    // Unlike a rename, a link does not replace what is there. Some systems, on phones above all, forbid links: the
    // last to rename decides there.
    write(path, &format(keys), |fresh| {
        match fs::hard_link(fresh, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(fresh, path),
            linked => linked.and_then(|()| fs::remove_file(fresh)),
        }
    })
}

/// Puts the keys in the place of those that may be there, all at once.
///
/// # Errors
/// [`KeyFileError::Io`]; the old file is then still there.
pub fn replace(path: &Path, keys: &Keys) -> Result<(), KeyFileError> {
    replace_private(path, &format(keys))
}

/// Puts a text that nobody else may read in the place of what may be there, all at once.
///
/// # Errors
/// [`KeyFileError::Io`]; the old file is then still there.
pub fn replace_private(path: &Path, text: &str) -> Result<(), KeyFileError> {
    write(path, text, |fresh| fs::rename(fresh, path))
}

/// Waits for a lock: until what is returned is dropped, whoever asks for it waits. The file stays. One that is to be
/// replaced cannot be locked itself, for another takes its place.
///
/// # Errors
/// From making or opening that file.
pub fn lock(path: &Path) -> io::Result<File> {
    private_directory(directory_of(path))?;
    let file = create_private(path).or_else(|_| File::options().write(true).open(path))?;
    // Some networks' file systems have no locks; there the last who writes wins.
    let _ = file.lock();
    Ok(file)
}

fn format(keys: &Keys) -> String {
    let private = hex::encode(&keys.private.to_bytes());
    let secret = hex::encode(keys.secret.as_bytes());
    format!("{TITLE}\nprivate {private}\nsecret {secret}\n")
}

fn parse(bytes: &[u8]) -> Option<Keys> {
    let text = str::from_utf8(bytes).ok()?;
    let rest = text.strip_prefix(TITLE)?.strip_prefix("\nprivate ")?;
    let (private, rest) = rest.split_once("\nsecret ")?;
    let secret = rest.strip_suffix('\n')?;
    Some(Keys {
        private: PrivateKey::from_bytes(hex::decode(private.as_bytes())?),
        secret: Secret::from_bytes(hex::decode(secret.as_bytes())?),
    })
}

/// Writes a whole file, on the disk and not only on its way there, under a name of its own, which `give` changes to the
/// one it is to have. Where something fails nothing stays, no folder either that was made for it.
fn write(
    path: &Path,
    text: &str,
    give: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), KeyFileError> {
    let failed = |error| KeyFileError::Io(path.to_owned(), error);
    let directory = directory_of(path);
    let missing = directory.ancestors().take_while(|above| !above.exists());
    let missing: Vec<&Path> = missing
        .filter(|above| !above.as_os_str().is_empty())
        .collect();
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename);
    let mut name = name.map_err(|kind| failed(kind.into()))?.to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let fresh = directory.join(name);
    let written = private_directory(directory)
        .and_then(|()| write_private(&fresh, text))
        .and_then(|()| give(&fresh))
        .and_then(|()| sync_directory(path));
    written.map_err(|error| {
        let _ = fs::remove_file(&fresh);
        missing.iter().for_each(|made| drop(fs::remove_dir(made)));
        failed(error)
    })
}

fn write_private(fresh: &Path, text: &str) -> io::Result<()> {
    // One that is there was left by a process of the same number that did not live to use it.
    match fs::remove_file(fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Without this a power cut may undo the file's new name.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

#[cfg(unix)]
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    // `create_new` follows no link that somebody may have laid there.
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;

    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere the standard library cannot say who may read a file, and there is no randomness
/// for keys either.
#[cfg(not(unix))]
fn private_directory(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn create_private(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}
