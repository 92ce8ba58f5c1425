//! What the operator has decided: who is kept out, who is muted, and whether anybody new may come in.
//!
//! Somebody who is thrown out is back a moment later under another name. So the address is kept out with the name,
//! unless it is this machine's own, from which others come too. It is asked when a name is given and not when a
//! connection is made: then an encrypted connection is through its handshake, and the reason is sent sealed.
//!
//! Ruled out: throwing out everybody at the address of one (a class may sit behind it); muting an address for the same
//! reason; and keeping any of it in a file, since a chat lasts as long as its server.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use crate::wire::{Code, Fault, Folded, Name};

/// What counts as one address: an IPv4 address, or an IPv6 /64, since a household has at least that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(IpAddr);

/// Whom a decision is about.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Somebody of this name.
    Name(Name),
    /// Everybody from there.
    Address(IpAddr),
}

/// One that is kept out, by a name or by an address or by both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Nobody may be called so.
    pub name: Option<Name>,
    /// Nobody new comes in from there.
    pub origin: Option<Origin>,
    /// Since the server's start; `None` for good.
    pub until: Option<Duration>,
}

/// All that was decided and still holds.
#[derive(Debug, Default)]
pub struct Moderation {
    bans: Vec<Ban>,
    muted: BTreeMap<Folded, Name>,
    /// While the chat is locked: who was inside then, by the name of now.
    inside: Option<BTreeMap<Folded, Origin>>,
}

impl Origin {
    /// Where an address belongs. An IPv4 address that is written as IPv6 is IPv4.
    pub fn of(address: IpAddr) -> Origin {
        Origin(match address.to_canonical() {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (!0 << 64))),
            v4 => v4,
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.0.is_ipv6() { "/64" } else { "" };
        write!(f, "{}{bits}", self.0)
    }
}

impl Whom {
    /// Reads an address, or else a name. An address with its `/64` behind it is one too, as `bans` shows it.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Whom, Fault> {
        match text.strip_suffix("/64").unwrap_or(text).parse() {
            Ok(address) => Ok(Whom::Address(address)),
            Err(_) => Name::parse(text).map(Whom::Name),
        }
    }
}

impl Ban {
    /// How long it holds from now on: `for 9 minutes`, or `for good`.
    pub fn rest(&self, now: Duration) -> String {
        let Some(until) = self.until else {
            return "for good".to_owned();
        };
        match until.saturating_sub(now).as_millis().div_ceil(60_000) {
            1 => "for 1 minute".to_owned(),
            minutes => format!("for {minutes} minutes"),
        }
    }

    fn holds(&self, now: Duration) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    fn is_called(&self, name: &Name) -> bool {
        let banned = self.name.as_ref();
        banned.is_some_and(|banned| banned.folded() == name.folded())
    }
}

impl Moderation {
    /// How many bans and mutes are kept.
    pub fn len(&self) -> usize {
        self.bans.len() + self.muted.len()
    }

    /// Adds a ban, in place of an older one of the same.
    pub fn ban(&mut self, ban: Ban) {
        self.bans
            .retain(|old| (&old.name, old.origin) != (&ban.name, ban.origin));
        self.bans.push(ban);
    }

    /// Lifts the bans of a name or an address, and what was banned with it. Returns them.
    pub fn unban(&mut self, text: &str) -> Vec<Ban> {
        // A name may look like an address.
        let name = Name::parse(text).ok();
        let origin = match Whom::parse(text) {
            Ok(Whom::Address(address)) => Some(Origin::of(address)),
            Ok(Whom::Name(_)) | Err(_) => None,
        };
        let is_meant = |ban: &mut Ban| {
            let is_called = name.as_ref().is_some_and(|name| ban.is_called(name));
            is_called || (origin.is_some() && ban.origin == origin)
        };
        self.bans.extract_if(.., is_meant).collect()
    }

    /// The bans, oldest first.
    pub fn bans(&self) -> &[Ban] {
        &self.bans
    }

    /// Forgets what no longer holds.
    pub fn tick(&mut self, now: Duration) {
        self.bans.retain(|ban| ban.holds(now));
    }

    /// Lets nobody hear this person, under this name.
    pub fn mute(&mut self, name: Name) {
        self.muted.insert(name.folded(), name);
    }

    /// Lets them be heard again. False if they were.
    pub fn unmute(&mut self, name: &Name) -> bool {
        self.muted.remove(&name.folded()).is_some()
    }

    /// The muted, in order of name.
    pub fn muted(&self) -> impl Iterator<Item = &Name> {
        self.muted.values()
    }

    /// Rejects what a muted person wants others to see.
    ///
    /// # Errors
    /// This person is muted.
    pub fn hears(&self, name: &Name) -> Result<(), Fault> {
        // Mostly nobody is, and this is asked for each line that is said.
        if self.muted.is_empty() || !self.muted.contains_key(&name.folded()) {
            return Ok(());
        }
        let sentence = "the operator has muted you: nobody is told what you say";
        Err(Fault::new(Code::MUTED, sentence))
    }

    /// Lets nobody new come in; these are inside, and may come back.
    pub fn lock(&mut self, inside: BTreeMap<Folded, Origin>) {
        self.inside = Some(inside);
    }

    /// Lets everybody in again.
    pub fn unlock(&mut self) {
        self.inside = None;
    }

    /// True while nobody new comes in.
    pub fn is_locked(&self) -> bool {
        self.inside.is_some()
    }

    /// Records that somebody has another name now, or was thrown out.
    pub fn renamed(&mut self, old: &Name, new: Option<&Name>) {
        if let Some(inside) = &mut self.inside
            && let Some(origin) = inside.remove(&old.folded())
        {
            inside.extend(new.map(|new| (new.folded(), origin)));
        }
    }

    /// Rejects a name that is banned, for somebody who is inside.
    ///
    /// # Errors
    /// Nobody may have it.
    pub fn allows(&self, name: &Name, now: Duration) -> Result<(), Fault> {
        let of_name = |ban: &&Ban| ban.is_called(name) && ban.holds(now);
        self.bans.iter().find(of_name).map_or(Ok(()), |ban| {
            let rest = ban.rest(now);
            let sentence = format!("nobody may be called {name} {rest}; choose another name");
            Err(Fault::new(Code::NAME_RESERVED, sentence))
        })
    }

    /// Why somebody from there does not come in under this name; `None` if they do.
    pub fn turns_away(&self, name: &Name, origin: Origin, now: Duration) -> Option<Fault> {
        let is_meant = |ban: &&Ban| ban.is_called(name) || ban.origin == Some(origin);
        let mut bans = self.bans.iter().filter(is_meant);
        if let Some(ban) = bans.find(|ban| ban.holds(now)) {
            let sentence = format!("the operator keeps you out of this chat {}", ban.rest(now));
            return Some(Fault::new(Code::KICKED, sentence));
        }
        let inside = self.inside.as_ref()?;
        let sentence = "the chat is locked: the operator lets nobody new in";
        let locked = || Fault::new(Code::LOCKED, sentence);
        (inside.get(&name.folded()) != Some(&origin)).then(locked)
    }
}
