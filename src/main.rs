//! The thin binary: hands the arguments to [`chalktalk::cli`].
#![forbid(unsafe_code)]

fn main() {}
