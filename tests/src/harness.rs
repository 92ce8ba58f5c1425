//! The program from outside: processes, connections, and what is expected of their lines.
//!
//! Nothing here waits for time to pass. Whatever is waited for has a deadline that only a hung
//! program reaches, every port is chosen by the system, and whatever was started is killed when
//! its value is dropped. A test that fails shows what the processes said on stderr.
//!
//! ```no_run
//! use chalktalk_tests::harness::{Lines, Server};
//!
//! const PROGRAM: &str = "chalktalk"; // In a test: env!("CARGO_BIN_EXE_chalktalk")
//! let server = Server::start(PROGRAM, &[]);
//! let mut anna = server.join("anna");
//! let mut bert = server.join("bert");
//! anna.skip_to("CAME * * lobby bert");
//! anna.send("SAY good morning");
//! anna.expect("SAID * * lobby anna good morning");
//! anna.fence();
//! assert_eq!(bert.fence().len(), 1);
//! ```

mod client;
mod folder;
mod lines;
mod output;
// The same file, and not the module: the harness works with a program that has no transcripts.
#[path = "../../src/play/port.rs"]
pub mod port;
mod process;
mod server;

pub use client::Client;
pub use folder::Folder;
pub use lines::{Lines, matches};
pub use output::Output;
pub use process::{Process, Program};
pub use server::{Server, serve_here};

use std::time::Duration;

/// How long anything may take before the test is given up.
pub const DEADLINE: Duration = Duration::from_secs(30);
