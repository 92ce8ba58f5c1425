//! Who may connect: limits per address, for connections that have not given a name, and for all when the server is full.
//!
//! Before a name nothing but its address is known of a peer. After it the address says little, since a whole class may
//! sit behind one; so a connection with a name counts only where a newcomer from elsewhere finds no seat.
//!
//! When the places without a name are full, the oldest is closed and not the newcomer rejected. Otherwise somebody who
//! opens connections and says nothing could lock everybody out, at no cost.
//!
//! Ruled out: forgetting the rate of some address when too many are remembered. Somebody with a million addresses would
//! choose which.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::{Admission, Hub, Origin};
use crate::server::limits::Limits;
use crate::server::outgoing::ConnectionId;
use crate::wire::{Code, Fault};

/// Addresses whose rate is remembered; any more share one.
const ADDRESSES_MAX: usize = 4096;

impl Hub {
    /// Finds the connection that has to make room for a newcomer from there when all seats are taken: of the address
    /// with the most seats, the one that has been silent the longest. `None` unless it still has more than the
    /// newcomer's when both have changed: so an address never displaces its own, none is left with less than its share,
    /// and two that are even do not displace each other for ever.
    ///
    /// Looks at all sessions, but only for a newcomer whom its rate has let pass and who finds no seat.
    pub(super) fn crowding(&self, newcomer: Origin) -> Option<ConnectionId> {
        let mut seats = BTreeMap::new();
        for (&id, session) in &self.sessions {
            let silent = Reverse((session.heard, id));
            let (count, longest) = seats
                .entry(Origin::of(session.address))
                .or_insert((0_usize, silent));
            (*count, *longest) = (*count + 1, silent.max(*longest));
        }
        let own = seats.get(&newcomer).map_or(0, |&(count, _)| count);
        let (most, Reverse((_, silent))) = seats.into_values().max()?;
        (most > own + 1).then_some(silent)
    }
}

impl Admission {
    /// Charges a new connection to its address.
    ///
    /// # Errors
    /// If connections from there come too fast.
    pub(super) fn connect(
        &mut self,
        origin: Origin,
        limits: &Limits,
        now: Duration,
    ) -> Result<(), Fault> {
        let Some(rate) = limits.connects else {
            return Ok(());
        };
        let has_space = self.rates.len() < ADDRESSES_MAX;
        let bucket = match self.rates.get_mut(&origin) {
            Some(bucket) => bucket,
            None if has_space => self.rates.entry(origin).or_default(),
            None => &mut self.everyone_else,
        };
        let wait = bucket.wait(rate, now);
        if wait > Duration::ZERO {
            let sentence =
                "too many new connections from this address; wait a moment and try again";
            return Err(Fault::new(Code::TOO_MANY_CONNECTS, sentence));
        }
        bucket.take(1, rate, now);
        Ok(())
    }

    /// Adds a connection without a name. Returns the oldest, if it has to be closed to make room.
    pub(super) fn enter(
        &mut self,
        id: ConnectionId,
        origin: Origin,
        limits: &Limits,
    ) -> Option<ConnectionId> {
        let same = self.by_origin.entry(origin).or_default();
        let there = (same.len() >= limits.unnamed_per_address_max).then_some(&*same);
        let all = (self.unnamed.len() >= limits.unnamed_max).then_some(&self.unnamed);
        let displaced = there.or(all).and_then(|full| full.first().copied());
        same.insert(id);
        self.unnamed.insert(id);
        displaced
    }

    /// Removes a connection that has a name now, or has ended.
    pub(super) fn leave(&mut self, id: ConnectionId, origin: Origin) {
        self.unnamed.remove(&id);
        if let Some(same) = self.by_origin.get_mut(&origin) {
            same.remove(&id);
            if same.is_empty() {
                self.by_origin.remove(&origin);
            }
        }
    }

    /// How many connections have no name.
    pub(super) fn unnamed(&self) -> usize {
        self.unnamed.len()
    }

    /// Forgets addresses whose bucket is full: a new one would be the same.
    pub(super) fn tick(&mut self, now: Duration) {
        self.rates.retain(|_, bucket| !bucket.is_full(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv6Addr};

    fn origin(text: &str) -> Origin {
        Origin::of(text.parse().unwrap())
    }

    #[test]
    fn an_ipv6_network_counts_as_one_and_a_mapped_address_as_ipv4() {
        assert_eq!(origin("2001:db8::1"), origin("2001:db8::ffff:1"));
        assert_ne!(origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
    }

    #[test]
    fn a_burst_of_connects_then_ten_a_second_for_each_address() {
        let (limits, mut admission) = (Limits::default(), Admission::default());
        let now = Duration::from_secs(5);
        for _ in 0..100 {
            assert!(admission.connect(origin("192.0.2.1"), &limits, now).is_ok());
        }
        let fault = admission
            .connect(origin("192.0.2.1"), &limits, now)
            .expect_err("the 101st");
        assert_eq!(fault.code, Code::TOO_MANY_CONNECTS);
        assert!(admission.connect(origin("192.0.2.2"), &limits, now).is_ok());
        let later = now + Duration::from_millis(100);
        assert!(
            admission
                .connect(origin("192.0.2.1"), &limits, later)
                .is_ok()
        );
        assert!(
            admission
                .connect(origin("192.0.2.1"), &limits, later)
                .is_err()
        );
        admission.tick(now + Duration::from_secs(60));
        assert!(admission.rates.is_empty());
    }

    #[test]
    fn a_million_addresses_cost_bounded_memory() {
        let (limits, mut admission) = (Limits::default(), Admission::default());
        let mut refused = 0;
        for n in 0..10_000 {
            let address = IpAddr::from(Ipv6Addr::from_bits(n << 64));
            refused += u32::from(
                admission
                    .connect(Origin::of(address), &limits, Duration::ZERO)
                    .is_err(),
            );
        }
        assert_eq!(admission.rates.len(), ADDRESSES_MAX);
        assert_eq!(refused, 10_000 - 4096 - 100);
    }

    #[test]
    fn when_the_places_are_full_the_oldest_goes() {
        let limits = Limits {
            unnamed_max: 3,
            unnamed_per_address_max: 2,
            ..Limits::default()
        };
        let mut admission = Admission::default();
        let (a, b) = (origin("192.0.2.1"), origin("192.0.2.2"));
        assert_eq!(admission.enter(ConnectionId(1), a, &limits), None);
        assert_eq!(admission.enter(ConnectionId(2), b, &limits), None);
        assert_eq!(admission.enter(ConnectionId(3), b, &limits), None);
        assert_eq!(
            admission.enter(ConnectionId(4), b, &limits),
            Some(ConnectionId(2))
        );
        admission.leave(ConnectionId(2), b);
        assert_eq!(
            admission.enter(ConnectionId(5), a, &limits),
            Some(ConnectionId(1))
        );
    }
}
