//! What the operator has decided: who is kept out, who is muted, and whether anybody new may come in.
//!
//! Somebody who is thrown out is back a moment later under another name. So the address is kept out with the name,
//! unless it is this machine's own, from which others come too. It is asked when a name is given and not when a
//! connection is made: then an encrypted connection is through its handshake, and the reason is sent sealed.
//!
//! Ruled out: throwing out everybody at the address of one (a class may sit behind it); muting an address, for the same
//! reason; and keeping any of it in a file, since a chat lasts as long as its server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::wire::{Code, Fault, Folded, Name};

/// Where somebody comes from, as it is counted and kept out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(IpAddr);

/// Who is kept out: by name, and everybody new by address.
#[derive(Clone, Debug)]
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
    /// Oldest first.
    pub bans: Vec<Ban>,
    /// Those who may only read, by the name that they have.
    pub muted: BTreeMap<Folded, Name>,
    /// While the chat is locked: who was inside then, by the name of now, and where they came from.
    /// A name may be there twice: somebody whose line is lost is not displaced by who takes the name meanwhile.
    pub inside: Option<BTreeSet<(Folded, Origin)>>,
}

impl Origin {
    /// Who shares a limit: an IPv4 address, or an IPv6 /64, since a household has at least that.
    pub fn of(address: IpAddr) -> Origin {
        Origin(match Origin::exact(address).0 {
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (!0 << 64))),
            v4 => v4,
        })
    }

    /// The one address, for those who are kept out: of one network all have the same /64, this machine too. An IPv4
    /// address that is written as IPv6 is IPv4, and this machine is one, however it is called.
    pub fn exact(address: IpAddr) -> Origin {
        Origin(match address.to_canonical() {
            IpAddr::V6(Ipv6Addr::LOCALHOST) => Ipv4Addr::LOCALHOST.into(),
            canonical => canonical,
        })
    }
}

impl Ban {
    /// Reads what an operator types: an address, as `who` or `bans` shows it, or else a name.
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Ban, Fault> {
        let address: Option<IpAddr> = text.parse().ok();
        Ok(Ban {
            name: address.map_or_else(|| Name::parse(text).map(Some), |_| Ok(None))?,
            origin: address.map(Origin::exact),
            until: None,
        })
    }

    /// True if both are about one name, or about one address.
    pub fn overlaps(&self, other: &Ban) -> bool {
        self.is_about(other.name.as_ref(), other.origin)
    }

    /// True if it is about this name, or about this address.
    pub fn is_about(&self, name: Option<&Name>, origin: Option<Origin>) -> bool {
        let folded = self.name.as_ref().map(Name::folded);
        (folded.is_some() && folded == name.map(Name::folded))
            || (self.origin.is_some() && self.origin == origin)
    }

    /// True if it keeps out all that the other does, and as long.
    pub fn covers(&self, other: &Ban) -> bool {
        let end = |ban: &Ban| ban.until.unwrap_or(Duration::MAX);
        let name = |ban: &Ban| ban.name.as_ref().map(Name::folded);
        name(self) == name(other) && self.origin == other.origin && end(self) >= end(other)
    }

    /// True if it has not run out.
    pub fn holds(&self, now: Duration) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// How long it holds from now on: `for 9 minutes`, or `for good`.
    pub fn rest(&self, now: Duration) -> String {
        let minutes = |until: Duration| until.saturating_sub(now).as_millis().div_ceil(60_000);
        match self.until.map(minutes) {
            None => "for good".to_owned(),
            Some(1) => "for 1 minute".to_owned(),
            Some(minutes) => format!("for {minutes} minutes"),
        }
    }
}

/// Who or what is kept out.
impl fmt::Display for Ban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, self.origin) {
            (Some(name), Some(Origin(ip))) => write!(f, "{name}, and everybody new from {ip}"),
            (None, Some(Origin(ip))) => write!(f, "everybody from {ip}"),
            (Some(name), None) => write!(f, "{name}, by name alone"),
            (None, None) => f.write_str("nobody"),
        }
    }
}

impl Moderation {
    /// For how long this name or everybody from this address is kept out; `None` if neither is.
    pub fn kept_out(&self, name: &Name, from: Option<Origin>, now: Duration) -> Option<String> {
        let bars = |ban: &&Ban| ban.holds(now) && ban.is_about(Some(name), from);
        let bans = self.bans.iter().filter(bars);
        // What they are told is when the last of them ends.
        let last = bans.max_by_key(|ban| ban.until.unwrap_or(Duration::MAX))?;
        Some(last.rest(now))
    }

    /// True if somebody new from there may come in at all. Whoever may not is told so when their name is known, and
    /// displaces nobody before.
    pub fn lets_in_from(&self, from: Origin, now: Duration) -> bool {
        let bars = |ban: &Ban| ban.holds(now) && ban.is_about(None, Some(from));
        self.inside.is_none() && !self.bans.iter().any(bars)
    }

    /// Why somebody from there does not come in under this name; `None` if they do.
    pub fn turns_away(&self, name: &Name, from: Origin, now: Duration) -> Option<Fault> {
        if let Some(rest) = self.kept_out(name, Some(from), now) {
            let sentence = format!("the operator keeps you out of this chat {rest}");
            return Some(Fault::new(Code::KICKED, sentence));
        }
        let sentence = "the chat is locked: the operator lets nobody new in";
        let was_inside = self.inside.as_ref()?.contains(&(name.folded(), from));
        (!was_inside).then(|| Fault::new(Code::LOCKED, sentence))
    }

    /// Records that somebody has another name, or was thrown out and is inside no more.
    pub fn renamed(&mut self, old: &Name, new: Option<&Name>, from: Origin) {
        if let Some(inside) = &mut self.inside
            && inside.remove(&(old.folded(), from))
        {
            inside.extend(new.map(|new| (new.folded(), from)));
        }
    }
}
