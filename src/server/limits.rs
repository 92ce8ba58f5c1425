//! Every limit of the server, in one table. What is longer than a line is bounded in [`crate::wire`].
//!
//! Before a name is given limits count per address, and generously, because a whole class may sit behind one;
//! after it, per connection and never per address.

use std::time::Duration;

/// So many at once, then so many a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once, after a rest.
    pub burst: u32,
    /// The time that earns one more.
    pub interval: Duration,
}

impl Rate {
    const fn new(burst: u32, interval: Duration) -> Rate {
        Rate { burst, interval }
    }
}

/// Requests of one connection.
pub(crate) const REQUESTS: Rate = Rate::new(30, Duration::from_millis(200));
/// New connections of one address.
pub(crate) const CONNECTS: Rate = Rate::new(100, Duration::from_millis(100));

/// What the server bears. `Limits::default()` is the table in `docs/PROTOCOL.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections, named or not.
    pub connections_max: usize,
    /// Connections without a name; when they are full the oldest goes.
    pub unnamed_max: usize,
    /// Connections without a name from one address (IPv6: from one /64).
    pub unnamed_per_address_max: usize,
    /// How long a connection may be without a name.
    pub name_deadline: Duration,
    /// Bytes that a connection may send before its name.
    pub unnamed_bytes_max: usize,
    /// Lines that a connection may send before its name.
    pub unnamed_lines_max: u32,
    /// New connections from one address; `None` for any number.
    pub connects: Option<Rate>,
    /// Requests of one connection; `None` for any number.
    pub requests: Option<Rate>,
    /// A request costs one more for each so many bytes of its answer.
    pub answer_bytes_per_request: usize,
    /// How long a connection may be in debt to its rate.
    pub debt_max: Duration,
    /// Bytes that wait for one peer that does not read.
    pub slow_bytes_max: usize,
    /// Bytes that wait for all such peers.
    pub slow_bytes_all_max: usize,
    /// How long a peer that waits may take not a single byte.
    pub stall_max: Duration,
    /// Silence after which a peer is asked whether it is there.
    pub ping_after: Duration,
    /// Silence after which one that has answered before is taken for gone.
    pub silence_max: Duration,
    /// Events that a room remembers.
    pub history_events_max: usize,
    /// Bytes that a room remembers.
    pub history_bytes_max: usize,
    /// Rooms, the lobby included.
    pub rooms_max: usize,
    /// Bans and mutes that are kept.
    pub bans_max: usize,
    /// People in a room up to which each coming and going is told to all of it, counted after it.
    pub announced_people_max: usize,
    /// Bytes that wait to be delivered; whoever would add more waits.
    pub outgoing_bytes_max: usize,
    /// What they cost to deliver, each line times those who get it, where more than one room has people in it: it
    /// bounds how long those in the others wait. Turns that cost much may take half of it.
    pub delivery_bytes_max: usize,
    /// How long a closed connection is read to its end, so that the reason arrives.
    pub linger_max: Duration,
    /// How much of a closed connection's input is read.
    pub linger_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: 1000,
            unnamed_max: 128,
            unnamed_per_address_max: 64,
            name_deadline: Duration::from_secs(60),
            unnamed_bytes_max: 4 * 1024,
            unnamed_lines_max: 8,
            connects: Some(CONNECTS),
            requests: Some(REQUESTS),
            answer_bytes_per_request: 4 * 1024,
            debt_max: Duration::from_secs(60),
            slow_bytes_max: 1024 * 1024,
            slow_bytes_all_max: 64 * 1024 * 1024,
            stall_max: Duration::from_secs(10),
            ping_after: Duration::from_secs(20),
            silence_max: Duration::from_secs(60),
            history_events_max: 200,
            history_bytes_max: 256 * 1024,
            rooms_max: 256,
            bans_max: 1000,
            announced_people_max: 200,
            outgoing_bytes_max: 256 * 1024,
            delivery_bytes_max: 16 * 1024 * 1024,
            linger_max: Duration::from_secs(2),
            linger_bytes_max: 1024 * 1024,
        }
    }
}

impl Limits {
    /// Without rates and counts. What a slow peer may cost and the deadlines stay: they protect the others.
    #[must_use]
    pub fn lifted(self) -> Limits {
        Limits {
            connections_max: usize::MAX,
            unnamed_max: usize::MAX,
            unnamed_per_address_max: usize::MAX,
            connects: None,
            requests: None,
            rooms_max: usize::MAX,
            ..self
        }
    }

    /// How often the clock has to look, so that no deadline is missed by more than a quarter of itself.
    pub fn tick(&self) -> Duration {
        let before_a_name = self.name_deadline.min(self.linger_max);
        let shortest = before_a_name.min(self.debt_max).min(self.ping_after);
        let shortest = shortest.min(self.silence_max);
        (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(1))
    }
}
