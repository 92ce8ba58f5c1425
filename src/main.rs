//! The thin binary: hands the arguments to [`chalktalk::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    chalktalk::cli::main(std::env::args_os().skip(1))
}
