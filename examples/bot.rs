//! A bot to extend: greets who comes, and counts what is said when asked `!count`.
//!
//! `cargo run --example bot -- NAME [ADDR]`, beside a chat that runs.
#![forbid(unsafe_code)]

use chalktalk::client::{Address, Client, Command, Event, Happened, Settings, When, Whose};
use chalktalk::wire::{EventKind, Text};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or("countess".into());
    let address = args
        .next()
        .map_or(Ok(Address::here()), |address| Address::parse(&address))?;
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
            Event::Ended(ending) => return Err(format!("{ending:?}").into()),
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
