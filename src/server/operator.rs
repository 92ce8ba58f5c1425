//! The operator's commands, as they are typed at the console of `serve`, and behind a slash by whoever hosts a chat
//! and is in it. They never come over the wire, so there is no password for them and nothing to guess.
//!
//! Pure: a line in, a sentence out, and what follows from it in the hub. Each is answered, for an operator in a hurry
//! must not have to look whether it worked.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::hub::{Hub, Now};
use super::moderation::{Ban, Origin, Whom};
use super::outgoing::Outgoing;
use crate::wire::{Name, Phrase, Room, Text};
use crate::words::did_you_mean;

/// For how long a kick keeps out, where nothing else is said.
const KICK_MINUTES: u32 = 10;

/// What can be typed, and what it does. The first word is the command.
pub const COMMANDS: &[(&str, &str)] = &[
    (
        "kick NAME [MINUTES]",
        "throw somebody out, and keep them out for 10 minutes, or so many",
    ),
    (
        "ban NAME|ADDR",
        "the same for good; of an address, everybody",
    ),
    ("unban NAME|ADDR", "let them come in again"),
    ("bans", "who is kept out, and who is muted"),
    ("mute NAME", "let nobody hear what they say"),
    ("unmute NAME", "let them be heard again"),
    ("lock", "let nobody new come in"),
    ("unlock", "let everybody come in again"),
    ("say TEXT", "tell everybody"),
    (
        "topic [ROOM] TEXT",
        "set the topic of a room, or of the lobby; - removes it",
    ),
    ("who", "who is here, and from where"),
    ("help", "these lines"),
    ("stop", "end the chat"),
];

/// Those that a client does not have for everybody: of use to whoever hosts a chat and is in it.
pub const HOSTED: &[(&str, &str)] = COMMANDS.split_at(9).0;

/// What the commands need.
pub struct Operator<'a> {
    /// What they act on.
    pub hub: &'a mut Hub,
    /// Where that is sent.
    pub out: &'a mut Outgoing,
    /// The time.
    pub now: Now,
    /// True for the addresses of this machine, which are never kept out.
    pub is_own: fn(IpAddr) -> bool,
}

impl Operator<'_> {
    /// Does what was typed, and returns the answer.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn obey(&mut self, line: &str) -> Result<String, String> {
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (verb, rest) = (verb.to_lowercase(), rest.trim());
        let words = || COMMANDS.iter().map(|(usage, _)| first_word(usage));
        let Some(at) = words().position(|word| word == verb) else {
            let meant = did_you_mean(&verb, words());
            let hint = if meant.is_empty() {
                "help lists the commands".into()
            } else {
                meant
            };
            return Err(format!("there is no command {verb:.40}; {hint}"));
        };
        let usage = COMMANDS[at].0;
        if usage.contains(' ') == rest.is_empty() {
            return Err(format!("it is typed so: {usage}"));
        }
        match &*verb {
            "kick" => self.kick(rest),
            "ban" => self.ban(rest),
            "unban" => self.unban(rest),
            "bans" => Ok(self.bans()),
            "mute" => self.mute(rest),
            "unmute" => self.unmute(rest),
            "lock" => Ok(self.lock()),
            "unlock" => Ok(self.unlock()),
            "say" => self.say(rest),
            "topic" => self.topic(rest),
            "who" => Ok(self.who()),
            "help" => Ok(help()),
            _ => Err(format!("{verb} is not for here")),
        }
    }

    fn kick(&mut self, rest: &str) -> Result<String, String> {
        let (name, minutes) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let is_number = minutes.trim().bytes().all(|byte| byte.is_ascii_digit());
        let minutes = match minutes.trim() {
            "" => Some(KICK_MINUTES),
            minutes => minutes.parse().ok().filter(|_| is_number),
        };
        let minutes = minutes.ok_or("how many minutes is a number, as in kick bert 30")?;
        let (name, address) = self.here(&parsed(name)?)?;
        if minutes == 0 {
            self.throw_out(&Whom::Name(name.clone()), "");
            return Ok(format!("{name} is thrown out, and may come back"));
        }
        let until = self.now.monotonic + Duration::from_secs(60) * minutes;
        self.keep_out(name, Some(address), Some(until))
    }

    fn ban(&mut self, rest: &str) -> Result<String, String> {
        let here = Name::parse(rest)
            .ok()
            .and_then(|name| self.here(&name).ok());
        if let Some((name, address)) = here {
            return self.keep_out(name, Some(address), None);
        }
        let address = match Whom::parse(rest).map_err(|fault| fault.to_string())? {
            Whom::Address(address) => address,
            Whom::Name(name) => return self.keep_out(name, None, None),
        };
        if (self.is_own)(address) {
            return Err(format!(
                "{address} is this machine's own, and yours; ban a name"
            ));
        }
        let origin = Origin::of(address);
        self.add(Ban {
            name: None,
            origin: Some(origin),
            until: None,
        })?;
        let closed = self.throw_out(&Whom::Address(address), "for good");
        Ok(format!(
            "{origin} is kept out for good; {closed} from there thrown out"
        ))
    }

    /// Keeps out a name, and where it is foreign the address too, and throws out who has that name.
    fn keep_out(
        &mut self,
        name: Name,
        address: Option<IpAddr>,
        until: Option<Duration>,
    ) -> Result<String, String> {
        let origin = address.filter(|address| !(self.is_own)(*address));
        let origin = origin.map(Origin::of);
        let ban = Ban {
            name: Some(name.clone()),
            origin,
            until,
        };
        let rest = ban.rest(self.now.monotonic);
        self.add(ban)?;
        let closed = self.throw_out(&Whom::Name(name.clone()), &rest);
        let done = if closed > 0 {
            "thrown out and kept out"
        } else {
            "kept out"
        };
        let by = match (address, origin) {
            (_, Some(origin)) => format!("and with them everybody new from {origin}"),
            (Some(address), None) => {
                format!("by that name alone: {address} is this machine's own")
            }
            (None, None) => "by that name alone: nobody here is called so".to_owned(),
        };
        Ok(format!("{name} is {done} {rest}, {by}"))
    }

    fn add(&mut self, ban: Ban) -> Result<(), String> {
        self.has_space()?;
        self.hub.moderation().ban(ban);
        Ok(())
    }

    fn has_space(&mut self) -> Result<(), String> {
        let most = self.hub.limits().bans_max;
        match self.hub.moderation().len() < most {
            true => Ok(()),
            false => Err(format!(
                "there are {most} bans and mutes, and no more are kept; unban some first"
            )),
        }
    }

    fn throw_out(&mut self, whom: &Whom, rest: &str) -> usize {
        self.hub.throw_out(whom, rest, self.now, self.out)
    }

    fn unban(&mut self, rest: &str) -> Result<String, String> {
        let lifted = self.hub.moderation().unban(rest);
        let lifted: Vec<String> = lifted.iter().map(banned).collect();
        match lifted.is_empty() {
            true => Err(format!("{rest} is not kept out; bans lists who is")),
            false => Ok(format!("{} may come in again", lifted.join(", "))),
        }
    }

    fn bans(&mut self) -> String {
        let now = self.now.monotonic;
        let all = self.hub.moderation();
        let out = all.bans().iter();
        let out = out.map(|ban| format!("kept out {}: {}", ban.rest(now), banned(ban)));
        let muted = all.muted().map(|name| format!("muted: {name}"));
        let locked = all
            .is_locked()
            .then(|| "nobody new comes in: unlock".into());
        let lines: Vec<String> = out.chain(muted).chain(locked).collect();
        match lines.is_empty() {
            true => "nobody is kept out, and nobody is muted".to_owned(),
            false => lines.join("\n"),
        }
    }

    fn mute(&mut self, rest: &str) -> Result<String, String> {
        let (name, _) = self.here(&parsed(rest)?)?;
        self.has_space()?;
        self.hub.moderation().mute(name.clone());
        let sentence = format!("the operator has muted {name}");
        self.hub.tell_of(&name, &sentence, self.now, self.out);
        Ok(format!("{name} is muted; unmute {name} ends it"))
    }

    fn unmute(&mut self, rest: &str) -> Result<String, String> {
        let name = parsed(rest)?;
        if !self.hub.moderation().unmute(&name) {
            return Err(format!("{name} is not muted; bans lists who is"));
        }
        let sentence = format!("{name} may speak again");
        self.hub.tell_of(&name, &sentence, self.now, self.out);
        Ok(sentence)
    }

    fn lock(&mut self) -> String {
        self.hub.lock();
        self.tell_all("the operator has locked the chat: nobody new comes in");
        "nobody new comes in; who is here may come back after a lost connection".to_owned()
    }

    fn unlock(&mut self) -> String {
        self.hub.moderation().unlock();
        self.tell_all("the operator has unlocked the chat");
        "everybody may come in".to_owned()
    }

    fn say(&mut self, rest: &str) -> Result<String, String> {
        let text = Text::new(rest).map_err(|fault| fault.to_string())?;
        self.hub.announce(&text, self.now, self.out);
        Ok("said to everybody".to_owned())
    }

    fn tell_all(&mut self, sentence: &str) {
        self.hub.announce(&Text::cut(sentence), self.now, self.out);
    }

    /// The first word is the room if there is one of that name and a text behind it.
    fn topic(&mut self, rest: &str) -> Result<String, String> {
        let words = rest.split_once(char::is_whitespace);
        let named = words.and_then(|(room, text)| Some((Room::parse(room).ok()?, text.trim())));
        let named = named.filter(|(room, _)| self.hub.has_room(room));
        let (room, text) = named.unwrap_or((Room::lobby(), rest));
        let topic = Phrase::new(text).map_err(|fault| fault.to_string())?;
        let topic = (text != "-").then_some(topic);
        self.hub.set_topic(&room, topic, self.now, self.out);
        Ok(format!("the topic of {room} is set"))
    }

    fn who(&self) -> String {
        let mut list = String::new();
        for (name, room, address) in self.hub.everybody() {
            let _ = writeln!(list, "{name} in {room} from {address}");
        }
        let _ = write!(list, "{} connections", self.hub.connections());
        list
    }

    /// Somebody who is here: the name as they write it, and where they come from.
    fn here(&self, name: &Name) -> Result<(Name, IpAddr), String> {
        let folded = name.folded();
        let mut all = self.hub.everybody();
        all.find(|(name, ..)| name.folded() == folded)
            .map(|(name, _, address)| (name.clone(), address))
            .ok_or_else(|| format!("{name} is not here; who lists who is"))
    }
}

fn first_word(usage: &str) -> &str {
    usage.split(' ').next().unwrap_or(usage)
}

fn parsed(name: &str) -> Result<Name, String> {
    Name::parse(name).map_err(|fault| fault.to_string())
}

/// Who or what is kept out.
fn banned(ban: &Ban) -> String {
    match (&ban.name, ban.origin) {
        (Some(name), Some(origin)) => format!("{name} and {origin}"),
        (Some(name), None) => name.to_string(),
        (None, origin) => origin.map_or_else(String::new, |origin| origin.to_string()),
    }
}

fn help() -> String {
    let row = |(usage, about): &(&str, &str)| format!("{usage}: {about}");
    COMMANDS.iter().map(row).collect::<Vec<_>>().join("\n")
}
