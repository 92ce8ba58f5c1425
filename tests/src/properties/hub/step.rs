//! One thing that may happen to the hub, and how it is written in a corpus.
//!
//! ```text
//! +1             somebody opens a connection from address 1; the first to come is `a`, the next `b`
//! a> NAME anna   the first sends a line
//! a~500          500 bytes of a line that does not end
//! a-  a!         the input of the first ends, the connection breaks
//! a#             the first is closed, for not reading
//! a.             all that the first has sent was handled
//! kick anna 1    the operator; and any other of their commands
//! @1500          1500 ms pass
//! wall 7         the clock on the wall jumps
//! =              what waits is delivered
//! stop           the server ends
//! ```

use chalktalk::server::operator::COMMANDS;

/// See the module. People are numbered in the order of their coming.
#[derive(Clone, Debug)]
pub enum Step {
    /// Somebody comes, from this address.
    Opens(u8),
    /// A line, without its end.
    Sends(u8, Vec<u8>),
    /// So many bytes of a line that does not end.
    SendsSome(u8, u16),
    /// Its input ends.
    Ends(u8),
    /// The connection breaks.
    Breaks(u8),
    /// Closed by the server, for not reading.
    IsClosed(u8),
    /// All that it sent was handled.
    HasNoMore(u8),
    /// What the operator types.
    Orders(String),
    /// So many milliseconds.
    Passes(u32),
    /// The clock on the wall shows so many milliseconds.
    WallJumps(u64),
    /// What waits is delivered.
    Delivers,
    /// The server ends.
    Stops,
}

impl Step {
    /// The steps of a text; a line that is none is skipped.
    pub fn all_of(text: &[u8]) -> Vec<Step> {
        let lines = text.split(|byte| *byte == b'\n');
        lines.filter_map(Step::of).collect()
    }

    fn of(line: &[u8]) -> Option<Step> {
        if let [who @ b'a'..=b'z', b'>', b' ', said @ ..] = line {
            return Some(Step::Sends(who - b'a', said.to_vec()));
        }
        let text = std::str::from_utf8(line).ok()?;
        let first = text.split(' ').next();
        if let Some(ms) = text.strip_prefix("wall ") {
            return Some(Step::WallJumps(ms.parse().ok()?));
        }
        let is_order = |(usage, _): &(&str, &str)| usage.split(' ').next() == first;
        if text != "stop" && COMMANDS.iter().any(is_order) {
            return Some(Step::Orders(text.to_owned()));
        }
        Some(match line {
            b"=" => Step::Delivers,
            b"stop" => Step::Stops,
            [b'+', ..] => Step::Opens(text.get(1..)?.parse().ok()?),
            [b'@', ..] => Step::Passes(text.get(1..)?.parse().ok()?),
            [who @ b'a'..=b'z', b'~', ..] => {
                Step::SendsSome(who - b'a', text.get(2..)?.parse().ok()?)
            }
            [who @ b'a'..=b'z', b'-'] => Step::Ends(who - b'a'),
            [who @ b'a'..=b'z', b'!'] => Step::Breaks(who - b'a'),
            [who @ b'a'..=b'z', b'#'] => Step::IsClosed(who - b'a'),
            [who @ b'a'..=b'z', b'.'] => Step::HasNoMore(who - b'a'),
            _ => return None,
        })
    }
}
