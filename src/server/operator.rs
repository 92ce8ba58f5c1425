//! The operator's commands, as they are typed at the console of `serve`, and behind a slash by whoever hosts a chat
//! and is in it. They never come over the wire, so there is no password for them and nothing to guess.
//!
//! Pure: a line in, a sentence out, and what follows from it in the hub. Each is answered, for an operator in a hurry
//! must not have to look whether it worked.

use std::net::IpAddr;
use std::time::Duration;

use super::hub::{Hub, Now};
use super::moderation::{Ban, Origin};
use super::outgoing::Outgoing;
use crate::wire::{Name, Phrase, Room, Text};
use crate::words::did_you_mean;

/// What can be typed, and what it does. The first word is the command.
pub const COMMANDS: &[(&str, &str)] = &[
    (
        "kick NAME [MINUTES]",
        "throw out, and keep out for 10 minutes",
    ),
    (
        "ban NAME|ADDR",
        "the same for good; of an address, everybody",
    ),
    ("unban NAME|ADDR", "let them come in again"),
    ("bans", "who is kept out, and who is muted"),
    ("mute NAME", "let nobody hear them"),
    ("unmute NAME", "let them be heard again"),
    ("lock", "let nobody new come in"),
    ("unlock", "let everybody come in again"),
    ("say TEXT", "tell everybody, in every room"),
    (
        "topic [ROOM] TEXT",
        "set a room's topic, or the lobby's; - for none",
    ),
    ("who", "who is here, and from where"),
    ("help", "these lines"),
    ("stop", "end the chat"),
];

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
        let (verb, rest) = cut_word(line.trim());
        let verb = verb.to_lowercase();
        let mut usages = COMMANDS.iter().map(|(usage, _)| *usage);
        let Some(usage) = usages.find(|usage| cut_word(usage).0 == verb) else {
            let words = COMMANDS.iter().map(|(usage, _)| cut_word(usage).0);
            let hint = did_you_mean(&verb, "", words);
            return Err(format!(
                "there is no {verb:.40};{hint} help lists what there is"
            ));
        };
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
        let (name, minutes) = cut_word(rest);
        let minutes = if minutes.is_empty() { "10" } else { minutes };
        let bad = |_| "how many minutes is a number, as in kick bert 30";
        let seconds = 60 * u64::from(minutes.parse::<u32>().map_err(bad)?);
        let mut ban = self.ban_of(name)?;
        ban.until = Some(self.now.monotonic + Duration::from_secs(seconds));
        self.keep_out(ban)
    }

    fn ban(&mut self, rest: &str) -> Result<String, String> {
        if rest.parse().is_ok_and(self.is_own) {
            let sentence = format!("{rest} is this machine's own, and yours; ban a name");
            return Err(sentence);
        }
        let ban = self.ban_of(rest).or_else(|_| self.ban_of_absent(rest))?;
        self.keep_out(ban)
    }

    /// The ban of an address, or of somebody who is not here: with the address that an earlier kick keeps out.
    fn ban_of_absent(&self, text: &str) -> Result<Ban, String> {
        let mut ban = Ban::parse(text).map_err(|fault| fault.to_string())?;
        let is_of_address = |c: char| c.is_ascii_hexdigit() || ".:[]/-*x".contains(c);
        let looks_like_one = text.contains(['.', ':']) && text.chars().all(is_of_address);
        if ban.name.is_some() && looks_like_one {
            return Err(format!(
                "{text} is no address, and nobody here is called so; an address is typed as who shows it"
            ));
        }
        if let Some(name) = &ban.name {
            let mut bans = self.hub.moderation.bans.iter().rev();
            let earlier = bans.find(|earlier| earlier.is_about(Some(name), None));
            ban.origin = earlier.and_then(|earlier| earlier.origin);
        }
        Ok(ban)
    }

    /// Throws out somebody, or without a name everybody from there, and lets them in no more.
    fn keep_out(&mut self, ban: Ban) -> Result<String, String> {
        self.has_space()?;
        let closed = self.hub.throw_out(&ban, self.now, self.out);
        let rest = ban.rest(self.now.monotonic);
        let answer = format!("kept out {rest}: {ban}; thrown out: {closed}");
        let bans = &mut self.hub.moderation.bans;
        if !bans.iter().any(|old| old.covers(&ban)) {
            bans.retain(|old| !ban.covers(old));
            bans.push(ban);
        }
        Ok(answer)
    }

    /// The ban of somebody who is here: by address too, where others of this machine do not share it.
    fn ban_of(&self, name: &str) -> Result<Ban, String> {
        let (name, address) = self.here(name)?;
        let foreign = Some(address).filter(|address| !(self.is_own)(*address));
        Ok(Ban {
            name: Some(name),
            origin: foreign.map(Origin::exact),
            until: None,
        })
    }

    fn has_space(&self) -> Result<(), String> {
        let (all, most) = (&self.hub.moderation, self.hub.limits().bans_max);
        let full = all.bans.len() + all.muted.len() >= most;
        let sentence = || format!("no more than {most} are kept out or muted; unban some first");
        if full { Err(sentence()) } else { Ok(()) }
    }

    fn unban(&mut self, rest: &str) -> Result<String, String> {
        let meant = Ban::parse(rest).map_err(|fault| fault.to_string())?;
        let bans = &mut self.hub.moderation.bans;
        let lifted: Vec<Ban> = bans.extract_if(.., |ban| ban.overlaps(&meant)).collect();
        if lifted.is_empty() {
            return Err(format!("{rest} is not kept out; bans lists who is"));
        }
        let named: Vec<String> = lifted.iter().map(Ban::to_string).collect();
        let mut rows = vec![format!("may come in again: {}", named.join("; "))];
        // What else holds is no news that can wait: they stand before the door.
        let still = self.ban_rows(|ban| lifted.iter().any(|was| ban.overlaps(was)));
        rows.extend(still.map(|row| format!("but still {row}")));
        if self.hub.moderation.inside.is_some() {
            rows.push("but the chat is locked: nobody new comes in".to_owned());
        }
        Ok(rows.join("\n"))
    }

    /// A row for each ban that holds and is as wanted.
    fn ban_rows(&self, wanted: impl Fn(&Ban) -> bool) -> impl Iterator<Item = String> {
        let now = self.now.monotonic;
        let bans = self.hub.moderation.bans.iter();
        let bans = bans.filter(move |ban| ban.holds(now) && wanted(ban));
        bans.map(move |ban| format!("kept out {}: {ban}", ban.rest(now)))
    }

    fn bans(&self) -> String {
        let all = &self.hub.moderation;
        let mut rows: Vec<String> = self.ban_rows(|_| true).collect();
        rows.extend(all.muted.values().map(|name| format!("muted: {name}")));
        if all.inside.is_some() {
            rows.push("locked: nobody new comes in".to_owned());
        }
        if rows.is_empty() {
            rows.push("nobody is kept out or muted".to_owned());
        }
        rows.join("\n")
    }

    fn mute(&mut self, rest: &str) -> Result<String, String> {
        let (name, _) = self.here(rest)?;
        self.has_space()?;
        let muted = &mut self.hub.moderation.muted;
        muted.insert(name.folded(), name.clone());
        Ok(self.tell_all(format!("the operator has muted {name}")))
    }

    fn unmute(&mut self, rest: &str) -> Result<String, String> {
        let name = self.hub.moderation.muted.remove(&parsed(rest)?.folded());
        let name = name.ok_or_else(|| format!("{rest} is not muted; bans lists who is"))?;
        Ok(self.tell_all(format!("{name} may speak again")))
    }

    fn lock(&mut self) -> String {
        self.hub.lock();
        self.tell_all("the operator has locked the chat: nobody new comes in".into())
    }

    fn unlock(&mut self) -> String {
        self.hub.moderation.inside = None;
        self.tell_all("the operator has unlocked the chat".into())
    }

    /// Tells everybody what is the operator's answer too.
    fn tell_all(&mut self, sentence: String) -> String {
        self.hub.announce(&Text::cut(&sentence), self.now, self.out);
        sentence
    }

    fn say(&mut self, rest: &str) -> Result<String, String> {
        let text = Text::new(rest).map_err(|fault| fault.to_string())?;
        self.hub.announce(&text, self.now, self.out);
        Ok("said to everybody".to_owned())
    }

    /// The first word is the room if there is one of that name and a text behind it.
    fn topic(&mut self, rest: &str) -> Result<String, String> {
        let (word, text) = cut_word(rest);
        let word = Room::parse(word).ok().map(|room| room.folded());
        let is_meant = |there: &&Room| Some(there.folded()) == word && !text.is_empty();
        let rooms = self.hub.everybody().map(|(_, there, _)| there);
        let room = rooms.filter(is_meant).last().cloned();
        let text = if room.is_some() { text } else { rest };
        let room = room.unwrap_or_else(Room::lobby);
        let topic = Phrase::new(text).map_err(|fault| fault.to_string())?;
        let topic = (text != "-").then_some(topic);
        let by = parsed("operator")?;
        self.hub.set_topic(&room, by, topic, self.now, self.out);
        Ok(format!("the topic of {room} is set"))
    }

    fn who(&self) -> String {
        let row = |(name, room, from)| format!("{name} in {room} from {from}\n");
        let people: String = self.hub.everybody().map(row).collect();
        let count = self.hub.connections();
        let plural = if count == 1 { "" } else { "s" };
        format!("{people}{count} connection{plural}")
    }

    /// Somebody who is here: the name as they write it, and where they come from.
    fn here(&self, name: &str) -> Result<(Name, IpAddr), String> {
        let wanted = parsed(name)?.folded();
        let mut all = self.hub.everybody();
        let found = all.find(|(name, ..)| name.folded() == wanted);
        let found = found.map(|(name, _, address)| (name.clone(), address));
        found.ok_or_else(|| format!("{name} is not here; who lists who is"))
    }
}

fn cut_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn parsed(name: &str) -> Result<Name, String> {
    Name::parse(name).map_err(|fault| fault.to_string())
}

fn help() -> String {
    let row = |(usage, about): &(&str, &str)| format!("{usage}: {about}");
    let rows: Vec<String> = COMMANDS.iter().map(row).collect();
    rows.join("\n")
}
