//! A bot to extend: greets who comes, and counts what is said when asked `!count`.
//!
//! `cargo run --example bot -- NAME [ADDR]`, beside a chat that runs.
#![forbid(unsafe_code)]

use chalktalk::client::{
    Address, Client, Command, Ending, Event, Happened, Line, Settings, When, Whose, plain,
};
use chalktalk::sanitise::plain_line;
use chalktalk::wire::{EventKind, Text};
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Err(error) = bot(std::env::args().skip(1)) else {
        return ExitCode::SUCCESS;
    };
    // A server may have written it.
    let _ = writeln!(io::stderr(), "bot: {}", plain_line(&error.to_string()));
    ExitCode::FAILURE
}

pub(crate) fn bot(mut args: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let name = args.next().unwrap_or("countess".into());
    let address = args.next().map(|address| Address::parse(&address));
    let address = address.transpose()?.unwrap_or_else(Address::here);
    let place = address.to_string();
    let (client, events) = Client::connect(Settings::new(&name)?.at(address))?;
    let mut count = 0;
    for event in events {
        match event {
            // Others' doings only: a bot that answers itself never stops.
            Event::Happened(Happened {
                what,
                when: When::Now,
                whose: Whose::Others,
                ..
            }) => {
                count += u32::from(matches!(what, EventKind::Said(..)));
                if let Some(answer) = answer(&what, count) {
                    client.send(Command::Say(Text::new(&answer)?));
                }
            }
            // Without another name the server would wait for one for ever.
            Event::Line(Line::NameRefused { .. }) => {
                return Err(plain::line(&event, &place).unwrap_or_default().into());
            }
            Event::Ended(Ending::Failed(trouble)) => return Err(trouble.sentence(&place).into()),
            _ => {}
        }
    }
    Ok(())
}

/// What the bot says to what happened. Here is the place for more.
fn answer(what: &EventKind, count: u32) -> Option<String> {
    match what {
        EventKind::Came(_, name) => Some(format!("welcome, {name}!")),
        EventKind::Said(_, name, text) if text.to_string() == "!count" => {
            Some(format!("{name}: {count} so far"))
        }
        _ => None,
    }
}
