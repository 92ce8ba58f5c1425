//! Arguments, then one call: the first argument is a verb, and each verb has its file.

use crate::{play, proxy};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs the program with these arguments, its own name left out. The exit code is 0 for fine, 1
/// for failed, 2 for arguments that say nothing.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args
        .into_iter()
        .map(|arg| arg.to_string_lossy().into_owned());
    match args.next().as_deref() {
        Some("play") => play::cli(args),
        Some("proxy") => proxy::cli(args),
        _ => {
            let _ = io::stderr().write_all(b"chalktalk: which verb? play or proxy\n");
            ExitCode::from(2)
        }
    }
}
