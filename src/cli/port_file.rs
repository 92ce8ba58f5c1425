//! The file in which `chalktalk serve` tells its port to the program that started it.

use super::failure::Failure;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Tells a program that waits for it the port.
pub(super) fn tell(path: &Path, port: u16) -> Result<(), Failure> {
    let failed = |error| format!("cannot write the port to {}: {error}", path.display());
    write_whole(path, &format!("{port}\n")).map_err(|error| Failure::Failed(failed(error)))
}

/// A reader sees all of it or no file: it is written beside, and then takes its name.
pub(crate) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    // One that is there was left by a process of the same number, or is a link that somebody laid: `create_new`
    // follows none, and refuses what could not be removed.
    let _ = fs::remove_file(&beside);
    File::create_new(&beside)?.write_all(text.as_bytes())?;
    fs::rename(&beside, path).inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_that_was_laid_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("chalktalk-laid-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let (path, precious) = (folder.join("port"), folder.join("precious"));
        fs::write(&precious, "kept").unwrap();
        let laid = folder.join(format!("port.{}", std::process::id()));
        std::os::unix::fs::symlink(&precious, laid).unwrap();
        write_whole(&path, "7\n").unwrap();
        let read = |path| fs::read_to_string(path).unwrap();
        assert_eq!(
            (read(&path), read(&precious)),
            ("7\n".into(), "kept".into())
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
