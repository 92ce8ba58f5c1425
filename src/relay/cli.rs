//! `chalktalk relay`: which engine, which rooms, and what this server is called elsewhere.

use super::engine::{Engine, say};
use super::{Desk, message, nats};
use crate::cli::args::{Arg, Args, Verb, unknown, variable};
use crate::cli::failure::Failure;
use crate::cli::join;
use crate::client::session::Seen;
use crate::client::{Client, own_name, own_room};
use crate::wire::{Name, Room};
use std::process::{self, ExitCode};
use std::sync::Arc;

/// The verb of this wing.
pub(crate) const VERB: Verb = ("relay", "let rooms span servers, by NATS", USAGE, run);

const USAGE: &str = "\
usage: chalktalk relay nats://[USER:PASSWORD@]HOST[:PORT] --name NAME [OPTION…]

Passes on what is said in a room here to that room at every server that relays to the same engine, and back, as
anna@north: hi. It runs on its server's machine, and joins each room as ~ROOM. The engine may stand in CHALKTALK_RELAY.

  --name NAME     what this server is called elsewhere
  --room ROOM     relay this room and not the lobby; may be given several times
  --join ADDR     the server, as chalktalk join takes it
  --open          as chalktalk join takes it
  --subject WORD  the same for all who relay to each other (chalk)
";

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let (mut args, mut engine, mut here) = (Args::new(args), variable("CHALKTALK_RELAY"), None);
    let (mut rooms, mut subject, mut server) = (Vec::new(), String::from("chalk"), Vec::new());
    while let Some(arg) = args.next()? {
        let (Arg::Option(text) | Arg::Word(text)) = &arg;
        match text.as_str() {
            "--name" => here = Some(args.value(own_name)?),
            "--room" => rooms.push(args.value(own_room)?),
            "--subject" => subject = args.value(own_room)?.to_string(),
            "--join" => server.push(args.value(str::parse::<String>)?),
            "--open" => server.push(text.clone()),
            text if text.starts_with("nats://") => engine = Some(text.to_owned()),
            _ => return Err(unknown(&arg, "chalktalk relay")),
        }
    }
    let usage = |what: &str| Failure::Usage(format!("{what}; chalktalk relay --help says more"));
    let engine = engine.as_deref().and_then(nats::place);
    let (at, login) = engine.ok_or_else(|| usage("where is the engine? say nats://HOST"))?;
    let here = here.ok_or_else(|| usage("what is this server called elsewhere? say --name"))?;
    if rooms.is_empty() {
        rooms.push(Room::lobby());
    }
    // Who the server is, and whether it is to be trusted, is asked once: for the first room.
    server.extend(["--name".into(), format!("~{}", rooms[0])]);
    let (guest, joined) = join::enter(server)?;
    let no_thread = |error| Failure::Failed(format!("this machine gives no thread: {error}"));
    let engine = Arc::<Engine>::default();
    let (mut first, mut desks) = (Some(joined.connection), Vec::new());
    for room in rooms {
        let name = Name::parse(&format!("~{room}"));
        let mut settings = guest.settings.clone().pinned(joined.pin.clone());
        settings.name = name.map_err(|fault| usage(&format!("{room}: {fault}")))?;
        settings.room = Some(room.clone());
        let desk = Arc::new(Desk {
            here: here.clone(),
            subject: message::subject(&subject, &room),
            room,
            engine: Arc::clone(&engine),
            waiting: 0.into(),
        });
        let listening = Arc::clone(&desk);
        let client = Client::connect_into(settings, first.take(), move |event| {
            if let Err(why) = listening.hear(event) {
                say(&why);
                process::exit(1);
            }
        });
        desks.push((desk, client.map_err(no_thread)?, Seen::default()));
    }
    let hello = nats::hello(&login, desks.iter().map(|(desk, ..)| &*desk.subject));
    engine.run(&at, &hello, |number, payload| {
        if let Some((desk, client, seen)) = desks.get_mut(number) {
            desk.take(client, seen, payload);
        }
    })
}
