//! Local times out of the server's, for people.
//!
//! The standard library knows no time zones, so `date` is asked for the offset from UTC, and now and then again: clocks
//! change. Where there is no `date`, times are those of UTC, and say so.

use crate::wire::UnixMs;
use std::process::Command;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// So long an offset is believed: clocks change.
pub const OFFSET_HOLDS: Duration = Duration::from_secs(60);

const MS_PER_MINUTE: u64 = 60_000;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// Minutes by which the local time is ahead of UTC; negative west of Greenwich, and 0 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offset(i16);

/// A local day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(i64);

/// A local minute, counted from the start of 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Minute(i64);

/// The time of day.
#[must_use]
pub fn now() -> UnixMs {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or_default())
}

/// What was asked for, and when: it is asked for again once it may have changed.
#[derive(Debug, Default)]
pub struct Asked<T>(Option<(Instant, T)>);

impl<T: Copy> Asked<T> {
    /// What it is, or was a shorter time ago than it holds.
    pub fn get(&mut self, holds: Duration, ask: impl FnOnce() -> T) -> T {
        let known = self.0.filter(|(asked, _)| asked.elapsed() < holds);
        self.0
            .insert(known.unwrap_or_else(|| (Instant::now(), ask())))
            .1
    }
}

impl Offset {
    /// Asks `date`, which has no use for the code of a chat.
    #[must_use]
    pub fn ask() -> Self {
        let mut date = Command::new("date");
        let asked = date.arg("+%z").env_remove("CHALKTALK_CODE").output();
        let told = asked.map(|asked| String::from_utf8_lossy(&asked.stdout).into_owned());
        told.ok()
            .and_then(|told| Self::parse(&told))
            .unwrap_or_default()
    }

    /// A time as ISO 8601 writes it, with the offset: `2026-11-22T19:45:07+05:45`.
    #[must_use]
    pub fn stamp(self, time: UnixMs) -> String {
        let minute = self.minute(time);
        let (year, month, day) = minute.day().civil();
        let (seconds, ahead) = (time.0 / 1000 % 60, self.0.unsigned_abs());
        let sign = if self.0 < 0 { '-' } else { '+' };
        let (hours, minutes) = (ahead / 60, ahead % 60);
        let clock = minute.shown();
        format!("{year:04}-{month:02}-{day:02}T{clock}:{seconds:02}{sign}{hours:02}:{minutes:02}")
    }

    /// Reads what `date +%z` says, such as `+0530`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let is_number = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
        let number: i16 = digits.parse().ok().filter(|_| is_number)?;
        let (hours, minutes) = (number / 100, number % 100);
        (hours <= 14 && minutes < 60).then_some(Self(sign * (hours * 60 + minutes)))
    }

    /// The minute in which something happened.
    pub(crate) fn minute(self, time: UnixMs) -> Minute {
        // A time is at most u64::MAX, of which the minutes fit.
        let minutes = i64::try_from(time.0 / MS_PER_MINUTE).unwrap_or_default();
        Minute(minutes.saturating_add(i64::from(self.0)))
    }
}

impl Minute {
    pub(crate) fn day(self) -> Day {
        Day(self.0.div_euclid(MINUTES_PER_DAY))
    }

    /// As on a clock: `09:05`.
    pub(crate) fn shown(self) -> String {
        let minute = self.0.rem_euclid(MINUTES_PER_DAY);
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
}

impl Day {
    /// As in a letter: `Sunday, 22 November 2026`.
    pub(crate) fn shown(self) -> String {
        const WEEKDAYS: &str = "Thursday Friday Saturday Sunday Monday Tuesday Wednesday";
        const MONTHS: &str =
            "January February March April May June July August September October November December";
        let named = |names: &'static str, at: i64| {
            let at = usize::try_from(at).unwrap_or_default();
            names.split(' ').nth(at).unwrap_or_default()
        };
        let (year, month, day) = self.civil();
        let weekday = named(WEEKDAYS, self.0.rem_euclid(7));
        format!("{weekday}, {day} {} {year}", named(MONTHS, month - 1))
    }

    /// Year, month and day of the Gregorian calendar. A year begins in March here, so that the
    /// leap day is its last; 400 years are 146,097 days, and five months 153.
    fn civil(self) -> (i64, i64, i64) {
        const DAYS_TO_MARCH_0000: i64 = 719_468;
        let days = self.0.saturating_add(DAYS_TO_MARCH_0000);
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = (from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        (year, month, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ms: u64, offset: &str, day: &str, minute: &str) {
        let at = Offset::parse(offset).unwrap().minute(UnixMs(ms));
        assert_eq!(
            (at.day().shown().as_str(), at.shown().as_str()),
            (day, minute)
        );
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        check(0, "+0000", "Thursday, 1 January 1970", "00:00");
        check(0, "-0330", "Wednesday, 31 December 1969", "20:30");
        check(
            951_782_400_000,
            "+0000",
            "Tuesday, 29 February 2000",
            "00:00",
        );
        check(951_868_799_999, "+0001", "Wednesday, 1 March 2000", "00:00");
        check(
            1_795_356_000_000,
            "+0545",
            "Sunday, 22 November 2026",
            "19:45",
        );
        check(4_107_542_400_000, "+0000", "Monday, 1 March 2100", "00:00");
    }

    #[test]
    fn a_stamp_is_the_same_moment_at_any_offset() {
        #[track_caller]
        fn check(ms: u64, offset: &str, expected: &str) {
            let offset = Offset::parse(offset).unwrap();
            assert_eq!(offset.stamp(UnixMs(ms)), expected);
        }
        check(0, "+0000", "1970-01-01T00:00:00+00:00");
        check(0, "-0330", "1969-12-31T20:30:00-03:30");
        check(1_795_356_007_999, "+0545", "2026-11-22T19:45:07+05:45");
        let _ = Offset(840).stamp(UnixMs(u64::MAX));
    }

    #[test]
    fn an_absurd_time_is_told_without_a_panic() {
        let _ = Offset(840).minute(UnixMs(u64::MAX)).day().shown();
    }

    #[test]
    fn only_an_offset_is_an_offset() {
        assert_eq!(Offset::parse("-1130\n"), Some(Offset(-690)));
        for bad in [
            "", "+", "0100", "+1", "+1500", "+0160", "+01:0", "é", "+-100",
        ] {
            assert_eq!(Offset::parse(bad), None, "{bad}");
        }
    }
}
