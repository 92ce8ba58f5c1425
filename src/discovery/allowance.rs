//! How often a server answers: ten times a second for an address, two hundred for all.
//!
//! The addresses are those the questions came from, which anybody can invent: without the first
//! limit a server could be made to pester a third party, without the second the table of
//! addresses could be made to grow. It is emptied every second, and so never holds more than two
//! hundred. A bucket for each address would even out the bursts, and have to be kept.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Answers to one address in one second.
pub const ANSWERS_PER_SECOND_MAX: u32 = 10;
/// Answers to all addresses in one second.
pub const TOTAL_PER_SECOND_MAX: u32 = 200;

/// What was answered in the second that runs.
#[derive(Debug, Default)]
pub struct Allowance {
    second: u64,
    total: u32,
    answers: BTreeMap<IpAddr, u32>,
}

impl Allowance {
    /// Whether a question from that address, so long after the start, is answered; if so, it
    /// is counted.
    pub fn admit(&mut self, address: IpAddr, now: Duration) -> bool {
        if self.second != now.as_secs() {
            *self = Self {
                second: now.as_secs(),
                ..Self::default()
            };
        }
        if self.total >= TOTAL_PER_SECOND_MAX {
            return false;
        }
        let answers = self.answers.entry(address).or_default();
        if *answers >= ANSWERS_PER_SECOND_MAX {
            return false;
        }
        *answers += 1;
        self.total += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn admitted(allowance: &mut Allowance, last: u8, millis: u64) -> u32 {
        let now = Duration::from_millis(millis);
        let asked = (0..1000).filter(|_| allowance.admit(address(last), now));
        u32::try_from(asked.count()).unwrap()
    }

    #[test]
    fn an_address_gets_ten_answers_a_second() {
        let mut allowance = Allowance::default();
        assert_eq!(admitted(&mut allowance, 1, 0), ANSWERS_PER_SECOND_MAX);
        assert_eq!(admitted(&mut allowance, 1, 999), 0);
        assert_eq!(admitted(&mut allowance, 2, 999), ANSWERS_PER_SECOND_MAX);
        assert_eq!(admitted(&mut allowance, 1, 1000), ANSWERS_PER_SECOND_MAX);
    }

    #[test]
    fn a_thousand_invented_addresses_get_two_hundred_answers_together() {
        let mut allowance = Allowance::default();
        let now = Duration::from_secs(5);
        let invented = (0..1000_u32).map(|number| IpAddr::from(number.to_be_bytes()));
        let admitted = invented.filter(|address| allowance.admit(*address, now));
        assert_eq!(admitted.count(), 200);
        assert_eq!(allowance.answers.len(), 200);
    }
}
