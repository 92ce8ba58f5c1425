//! Files that others read at any time.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::Path;

/// A reader sees all of it or no file: it is written beside, and then takes its name. Nobody can lay a link beside it,
/// for nobody knows how that will be called; and `create_new` follows none.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{:x}", RandomState::new().hash_one(0)));
    let mut file = File::create_new(&beside)?;
    file.write_all(text.as_bytes())
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_was_laid_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("chalktalk-laid-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let (path, precious) = (folder.join("port"), folder.join("precious"));
        fs::write(&precious, "kept").unwrap();
        let laid = [
            path.clone(),
            folder.join(format!("port.{}", std::process::id())),
        ];
        for laid in &laid {
            std::os::unix::fs::symlink(&precious, laid).unwrap();
        }
        write_whole(&path, "7\n").unwrap();
        let read = |path| fs::read_to_string(path).unwrap();
        assert_eq!(
            (read(&path), read(&precious)),
            ("7\n".into(), "kept".into())
        );
        assert!(!path.is_symlink(), "it is a file of its own");
        // Where it cannot take its name, nothing stays.
        fs::create_dir(folder.join("taken")).unwrap();
        let before = fs::read_dir(&folder).unwrap().count();
        assert!(write_whole(&folder.join("taken"), "7\n").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), before);
        fs::remove_dir_all(folder).unwrap();
    }
}
