//! A token bucket that is one number: the moment at which all that was taken will have been earned.

use std::time::Duration;

use crate::server::limits::Rate;

/// How much of a [`Rate`] was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    /// In time since the server's start.
    earned_at: Duration,
}

impl Bucket {
    /// Takes so many at once, in debt if need be.
    pub(super) fn take(&mut self, many: u32, rate: Rate, now: Duration) {
        self.earned_at = self.earned_at.max(now) + rate.interval * many;
    }

    /// How long until one more may be taken; zero where it may be now.
    pub(super) fn wait(&self, rate: Rate, now: Duration) -> Duration {
        let one_more = self.earned_at.max(now) + rate.interval;
        one_more.saturating_sub(now + rate.interval * rate.burst)
    }

    /// Is it as good as new?
    pub(super) fn is_full(&self, now: Duration) -> bool {
        self.earned_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_an_interval() {
        let rate = Rate {
            burst: 3,
            interval: Duration::from_millis(200),
        };
        let mut bucket = Bucket::default();
        let start = Duration::from_secs(100);
        for _ in 0..3 {
            assert_eq!(bucket.wait(rate, start), Duration::ZERO);
            bucket.take(1, rate, start);
        }
        assert_eq!(bucket.wait(rate, start), Duration::from_millis(200));
        assert_eq!(
            bucket.wait(rate, start + Duration::from_millis(150)),
            Duration::from_millis(50)
        );
        bucket.take(5, rate, start);
        assert_eq!(bucket.wait(rate, start), Duration::from_millis(1200));
        assert!(bucket.is_full(start + Duration::from_millis(1600)));
        assert!(!bucket.is_full(start + Duration::from_millis(1599)));
    }
}
