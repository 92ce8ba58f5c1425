//! Trouble on cue: what the network does from now on, as a transcript says it, and who keeps a proxy.

use super::plan::Direction;
use std::fmt;
use std::time::Duration;

/// What can be said; behind it, where it is not for everybody, stands for whom.
pub const SENTENCES: &str = "`the network splits every byte`, `stalls`, `stalls 2 s`, `cuts after 100 bytes`, `resets`, \
                             `passes 1 KB a second` or `is whole again`, and behind it `of anna`, `to anna` or `from anna`";

/// What the network does to the bytes that come from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Each travels alone.
    Splits,
    /// They wait, for so long at most, or until something else is said.
    Stalls(Duration),
    /// So many pass in a direction; then the connection ends, in order.
    CutsAfter(u64),
    /// The first of them tears the connection away from who sends it.
    Resets,
    /// So many pass in a second.
    Passes(u64),
    /// They pass.
    IsWhole,
}

/// What happens, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// What.
    pub what: What,
    /// To whose bytes; to everybody's if nobody is named.
    pub whom: Option<String>,
    /// In one direction.
    pub direction: Option<Direction>,
    /// All of that, as it is said.
    sentence: String,
}

impl Cue {
    /// Reads a sentence, of which the first two words may be left out; `None` if there is none such.
    #[must_use]
    pub fn parse(said: &str) -> Option<Cue> {
        let words: Vec<&str> = said.split_whitespace().collect();
        let words = words.strip_prefix(&["the", "network"]).unwrap_or(&words);
        let sentence = words.join(" ");
        let (words, whom, direction) = match words {
            [words @ .., "of", whom] => (words, Some(*whom), None),
            [words @ .., "to", whom] => (words, Some(*whom), Some(Direction::ToClient)),
            [words @ .., "from", whom] => (words, Some(*whom), Some(Direction::ToServer)),
            words => (words, None, None),
        };
        let above_0 = |number: &str| number.parse().ok().filter(|number| *number > 0);
        let what = match words {
            ["splits", "every", "byte"] => What::Splits,
            ["stalls"] => What::Stalls(Duration::MAX),
            ["stalls", number, "s"] => What::Stalls(Duration::from_secs(above_0(number)?)),
            ["stalls", number, "ms"] => What::Stalls(Duration::from_millis(above_0(number)?)),
            ["cuts", "after", number, "bytes" | "byte"] => What::CutsAfter(above_0(number)?),
            ["resets"] => What::Resets,
            ["passes", number, "KB", "a", "second"] => {
                What::Passes(above_0(number)?.checked_mul(1000)?)
            }
            ["is", "whole", "again"] => What::IsWhole,
            _ => return None,
        };
        let whom = whom.map(str::to_owned);
        Some(Cue {
            what,
            whom,
            direction,
            sentence,
        })
    }

    /// Whether it is said of what this person, or whoever it is, sends or gets.
    #[must_use]
    pub fn concerns(&self, who: &str, direction: Direction) -> bool {
        let of_both = self.what == What::Resets || self.direction.is_none();
        self.whom.as_deref().is_none_or(|whom| whom == who)
            && (of_both || self.direction == Some(direction))
    }
}

impl fmt::Display for Cue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cue, Direction};

    #[track_caller]
    fn check(sentence: &str, expected: Option<&str>) {
        let printed = Cue::parse(sentence).map(|cue| cue.to_string());
        assert_eq!(printed.as_deref(), expected);
    }

    #[test]
    fn every_cue_is_read_and_printed() {
        for what in [
            "splits every byte",
            "stalls",
            "stalls 2 s",
            "stalls 1500 ms",
            "cuts after 100 bytes",
            "resets",
            "passes 1 KB a second",
            "is whole again",
        ] {
            for whom in ["", " of anna", " to anna", " from anna"] {
                let sentence = format!("{what}{whom}");
                check(&sentence, Some(&sentence));
                check(&format!("the network {sentence}"), Some(&sentence));
            }
        }
        for other in [
            "",
            "the network",
            "stalls 0 s",
            "stalls for 2 s",
            "cuts after -1 bytes",
            "resets of",
            "resets to a b",
            "passes 99999999999999999 KB a second",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn a_cue_concerns_whom_it_names_and_in_the_direction_it_names() {
        let concerned = |sentence: &str| {
            let cue = Cue::parse(sentence).unwrap();
            [
                ("anna", Direction::ToServer),
                ("anna", Direction::ToClient),
                ("ben", Direction::ToServer),
            ]
            .map(|(who, direction)| cue.concerns(who, direction))
        };
        assert_eq!(concerned("stalls"), [true; 3]);
        assert_eq!(concerned("stalls of anna"), [true, true, false]);
        assert_eq!(concerned("stalls to anna"), [false, true, false]);
        assert_eq!(concerned("stalls from anna"), [true, false, false]);
        assert_eq!(concerned("resets from anna"), [true, true, false]);
    }
}
