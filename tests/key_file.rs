//! The key file: what is found there again, and what is not trusted.
#![cfg(unix)]

use chalktalk::secure::identity::{Identity, Keys};
use chalktalk::secure::key_file::{KeyFileError, create, default_path, load, replace};
use chalktalk_tests::harness::Folder;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where the key is to be: in a folder that is not there yet.
fn key(folder: &Folder) -> PathBuf {
    folder.join("state").join("key")
}

fn files(folder: &Folder) -> usize {
    fs::read_dir(folder.join("state")).unwrap().count()
}

fn keys(byte: u8) -> Keys {
    Keys::from_random(&[byte; 37])
}

fn same(left: &Keys, right: &Keys) -> bool {
    left.private.to_bytes() == right.private.to_bytes() && left.secret == right.secret
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_place_follows_the_environment() {
    #[track_caller]
    fn check(state: Option<&str>, home: Option<&str>, expected: Option<&str>) {
        let path = default_path(|name| {
            let value = match name {
                "XDG_STATE_HOME" => state,
                "HOME" => home,
                _ => None,
            };
            value.map(OsString::from)
        });
        assert_eq!(path.ok(), expected.map(PathBuf::from));
    }
    check(Some("/s"), Some("/h"), Some("/s/chalktalk/key"));
    check(None, Some("/h"), Some("/h/.local/state/chalktalk/key"));
    check(
        Some("relative"),
        Some("/h"),
        Some("/h/.local/state/chalktalk/key"),
    );
    check(Some(""), None, None);
    check(None, None, None);
    let windows = |name: &str| (name == "LOCALAPPDATA").then(|| OsString::from("/l"));
    assert_eq!(default_path(windows).ok(), Some("/l/chalktalk/key".into()));
}

#[test]
fn keys_are_found_again() {
    let folder = Folder::make();
    let path = key(&folder);
    assert!(load(&path).unwrap().is_none());
    create(&path, &keys(1)).unwrap();
    let found = load(&path).unwrap().unwrap();
    let code = |keys: Keys| Identity::new(keys).code().to_string();
    assert_eq!(code(found), code(keys(1)));
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(files(&folder), 1, "nothing is left beside it");
}

#[test]
fn the_first_of_two_servers_decides() {
    let folder = Folder::make();
    create(&key(&folder), &keys(1)).unwrap();
    let error = create(&key(&folder), &keys(2)).unwrap_err();
    assert!(
        matches!(error, KeyFileError::Io(_, error) if error.kind() == ErrorKind::AlreadyExists)
    );
    assert!(same(&load(&key(&folder)).unwrap().unwrap(), &keys(1)));
    assert_eq!(files(&folder), 1);
}

#[test]
fn a_new_code_replaces_the_old_one_whatever_it_was() {
    let folder = Folder::make();
    let path = key(&folder);
    replace(&path, &keys(1)).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    replace(&path, &keys(2)).unwrap();
    assert!(same(&load(&path).unwrap().unwrap(), &keys(2)));
    assert_eq!((mode(&path), files(&folder)), (0o600, 1));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = Folder::make();
    let path = key(&folder);
    create(&path, &keys(1)).unwrap();
    for exposed in [0o640, 0o604, 0o620, 0o602, 0o666, 0o610] {
        fs::set_permissions(&path, Permissions::from_mode(exposed)).unwrap();
        let error = load(&path).err().unwrap();
        assert!(
            matches!(error, KeyFileError::Exposed(_)),
            "{exposed:o}: {error}"
        );
        assert!(error.to_string().contains("chmod 600"));
    }
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(load(&path).unwrap().is_some());
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = Folder::make();
    let path = key(&folder);
    create(&path, &keys(1)).unwrap();
    let whole = fs::read(&path).unwrap();
    let damaged = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        matches!(load(&path), Err(KeyFileError::Malformed(_)))
    };
    for length in 0..whole.len() {
        assert!(damaged(&whole[..length]), "cut at {length}");
    }
    assert!(damaged(&[&whole[..], b"\n"].concat()));
    assert!(damaged(&whole.to_ascii_uppercase()));
    assert!(damaged(&[0xff; 107]));
    assert!(damaged(&vec![b'a'; 1 << 20]));
    assert!(!damaged(&whole));
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = Folder::make();
    let path = key(&folder);
    fs::create_dir_all(&path).unwrap();
    assert!(matches!(load(&path), Err(KeyFileError::Malformed(_))));
    assert!(replace(&path, &keys(1)).is_err());
    assert_eq!(files(&folder), 1, "nothing is left beside it");
}
