//! A log: what happens in a room, each line with its time, until the server sends the log away.
//!
//! `cargo run --example log -- NAME [ADDR] >> chat.log`, beside a chat that runs.
#![forbid(unsafe_code)]

use chalktalk::client::{Address, Client, Ending, Event, Line, Settings, When, plain};
use chalktalk::clock::{Asked, OFFSET_HOLDS, Offset};
use chalktalk::sanitise::plain_line;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Err(error) = log(std::env::args().skip(1)) else {
        return ExitCode::SUCCESS;
    };
    // A server may have written it.
    let _ = writeln!(io::stderr(), "log: {}", plain_line(&error.to_string()));
    ExitCode::FAILURE
}

pub(crate) fn log(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let name = args.next().unwrap_or("log".into());
    let address = args.next().map(|address| Address::parse(&address));
    let address = address.transpose()?.unwrap_or_else(Address::here);
    let place = address.to_string();
    // It is connected for as long as the client is held.
    let (_client, events) = Client::connect(Settings::new(&name)?.at(address))?;
    let mut offset = Asked::default();
    for event in events {
        // As plain mode shows it: no byte of what others wrote reaches a terminal unfiltered.
        let line = plain::line(&event, &place).unwrap_or_default();
        match event {
            Event::Happened(happened) if happened.when == When::Now && !line.is_empty() => {
                let offset = offset.get(OFFSET_HOLDS, Offset::ask);
                writeln!(io::stdout(), "{} {line}", offset.stamp(happened.time))?;
            }
            // Another name would have to be chosen, and nobody is there to choose one.
            Event::Line(Line::NameRefused { .. }) => return Err(line.into()),
            Event::Ended(Ending::Failed(trouble)) => return Err(trouble.sentence(&place).into()),
            _ => {}
        }
    }
    Ok(())
}
