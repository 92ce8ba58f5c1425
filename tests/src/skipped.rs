//! What could not be tested on this machine, said where it is seen: at once, past the runner that keeps a passing
//! test's output to itself, and again in the last lines of a run.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

/// Beside the test programs, where nothing else is kept.
fn file() -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("skipped"))
}

/// What all test programs of one run have in common: who started them.
#[cfg(unix)]
fn run() -> String {
    std::os::unix::process::parent_id().to_string()
}

#[cfg(not(unix))]
fn run() -> String {
    "0".into()
}

/// Says that something was not tested here, and why.
pub fn say(why: &str) {
    let _ = writeln!(io::stderr(), "\n!!! SKIPPED: {why} !!!\n");
    let keep = || {
        let mut file = OpenOptions::new().create(true).append(true).open(file()?)?;
        file.write_all(format!("{} {}\n", run(), why.replace('\n', " ")).as_bytes())
    };
    keep().expect("the folder of the test programs can be written");
}

/// What this run has said so far, each once; what an earlier one has left is dropped.
///
/// # Errors
/// The list cannot be read or removed.
pub fn take() -> io::Result<Vec<String>> {
    let text = match fs::read_to_string(file()?) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    fs::remove_file(file()?)?;
    let own = format!("{} ", run());
    let own = text.lines().filter_map(|line| line.strip_prefix(&own));
    let mut all: Vec<String> = own.map(str::to_owned).collect();
    all.sort();
    all.dedup();
    Ok(all)
}
