//! `chalktalk pipe`: standard input and output, connected to a server.
//!
//! What `join --over 'ssh HOST chalktalk pipe'` speaks to. It looks at no byte.

use super::args::{Arg, Args, unknown};
use super::failure::Failure;
use super::join::{server, variable};
use crate::client::Address;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;

const BYTES: usize = 16 * 1024;

pub(super) const USAGE: &str = "\
usage: chalktalk pipe [ADDR]

Connects its standard input and output to the server at ADDR; without it, at CHALKTALK_SERVER, else on
this machine. Made for the far end of: chalktalk join --over 'ssh HOST chalktalk pipe'
";

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let mut args = Args::new(args);
    let mut address = None;
    while let Some(arg) = args.next()? {
        match arg {
            Arg::Word(word) if address.is_none() => {
                let bad = |error| Failure::Usage(format!("{word}: {error}"));
                address = Some(Address::parse(&word).map_err(bad)?);
            }
            arg => return Err(unknown(&arg, "chalktalk pipe")),
        }
    }
    let address = match address {
        Some(address) => address,
        None => server(&variable)?.unwrap_or_else(Address::here),
    };
    let failed =
        |error: io::Error| Failure::Failed(format!("{address} cannot be reached: {error}"));
    let stream = TcpStream::connect((address.host.as_str(), address.port)).map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    let there = stream.try_clone().map_err(failed)?;
    let upward = move || {
        // However the input ends, the server is told that nothing follows.
        let _ = copy(&mut io::stdin().lock(), &mut &there);
        let _ = there.shutdown(Shutdown::Write);
    };
    let thread = thread::Builder::new().name("upward".into()).spawn(upward);
    thread.map_err(failed)?;
    // It ends with the server, or when nobody takes what comes.
    let _ = copy(&mut &stream, &mut io::stdout().lock());
    Ok(ExitCode::SUCCESS)
}

/// Each piece goes on at once: what is said must not wait in a buffer for more.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = vec![0; BYTES];
    loop {
        let bytes = match from.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if bytes == 0 {
            return Ok(());
        }
        to.write_all(piece.get(..bytes).unwrap_or_default())?;
        to.flush()?;
    }
}
