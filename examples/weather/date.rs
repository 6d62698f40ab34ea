//! A day of the calendar. Knows leap years, and neither time zones nor the time of day.

#![expect(clippy::arithmetic_side_effects, reason = "nothing overflows in the years 1 to 9999")]

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day of the Gregorian calendar, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// A text that is no day, or a day that the calendar does not have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoSuchDate(String);

impl Date {
    /// The day, if the calendar has it.
    pub(crate) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists =
            (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Today in UTC, or the day in `WEATHER_DATE`, so that a test sees the same weather every day.
    pub(crate) fn today() -> Result<Self, NoSuchDate> {
        match std::env::var("WEATHER_DATE") {
            Ok(pretended) => pretended.parse(),
            Err(_) => Ok(Self::by_the_clock()),
        }
    }

    fn by_the_clock() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::numbered(i64::try_from(since_epoch.as_secs() / 86_400).unwrap_or_default())
    }

    /// The day after so many days, or before if they are negative.
    pub(crate) fn plus(self, days: i64) -> Self {
        Self::numbered(self.number().saturating_add(days))
    }

    /// January is 0, so that it can choose from twelve values.
    pub(crate) fn month_index(self) -> usize {
        usize::try_from(self.month - 1).unwrap_or_default()
    }

    /// How much of its month is over at noon: more than 0, less than 1.
    pub(crate) fn share_of_month(self) -> f64 {
        (self.day as f64 - 0.5) / days_in(self.year, self.month) as f64
    }

    /// Days since 1970-01-01.
    ///
    /// Years are counted from March here, which puts the leap day at the end of its year.
    pub(crate) fn number(self) -> i64 {
        let january_or_february = i64::from(self.month <= 2);
        let year = self.year - january_or_february;
        let months_since_march = self.month - 3 + 12 * january_or_february;
        let day_of_year = (153 * months_since_march + 2) / 5 + self.day - 1;
        365 * year + year / 4 - year / 100 + year / 400 + day_of_year - EPOCH
    }

    /// The other way round; a number outside of the calendar gives its first or last day.
    fn numbered(number: i64) -> Self {
        let days = number.clamp(FIRST.number(), LAST.number()) + EPOCH;
        let (era, day_of_era) = (days / DAYS_IN_ERA, days % DAYS_IN_ERA);
        let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let months_since_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
        let january_or_february = i64::from(months_since_march >= 10);
        Self {
            year: 400 * era + year_of_era + january_or_february,
            month: months_since_march + 3 - 12 * january_or_february,
            day,
        }
    }
}

const FIRST: Date = Date { year: 1, month: 1, day: 1 };
const LAST: Date = Date { year: 9999, month: 12, day: 31 };

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// The calendar repeats itself after 400 years.
const DAYS_IN_ERA: i64 = 146_097;

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = NoSuchDate;

    fn from_str(text: &str) -> Result<Self, NoSuchDate> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse().ok());
        let mut next = || parts.next().flatten();
        let date = next().zip(next()).zip(next()).and_then(|((y, m), d)| Self::new(y, m, d));
        date.ok_or_else(|| NoSuchDate(text.to_owned()))
    }
}

impl fmt::Display for NoSuchDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no date: write YYYY-MM-DD", self.0)
    }
}

impl std::error::Error for NoSuchDate {}

#[cfg(test)]
mod tests {
    use super::Date;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn counts_from_1970() {
        assert_eq!(date("1970-01-01").number(), 0);
        assert_eq!(date("2000-03-01").number(), 11_017);
        assert_eq!(date("1969-12-31").number(), -1);
        assert_eq!(date("9999-12-31").number() - date("0001-01-01").number() + 1, 3_652_059);
    }

    #[test]
    fn every_day_of_four_centuries_is_followed_by_the_next() {
        let mut day = date("1970-01-01");
        while day != date("2370-01-01") {
            let next = day.plus(1);
            assert!(next > day && next.number() == day.number() + 1, "{day} {next}");
            assert_eq!(next.plus(-1), day);
            assert_eq!(Date::new(next.year, next.month, next.day), Some(next));
            day = next;
        }
        assert_eq!(day.number(), super::DAYS_IN_ERA);
    }

    #[test]
    fn leap_days_and_year_ends() {
        assert_eq!(date("2028-02-28").plus(1), date("2028-02-29"));
        assert_eq!(date("2027-02-28").plus(1), date("2027-03-01"));
        assert_eq!(date("2100-02-28").plus(1), date("2100-03-01"));
        assert_eq!(date("2026-12-31").plus(1), date("2027-01-01"));
    }

    #[test]
    fn ends_where_the_calendar_ends() {
        assert_eq!(date("9999-12-31").plus(1), date("9999-12-31"));
        assert_eq!(date("0001-01-01").plus(i64::MIN), date("0001-01-01"));
    }

    #[test]
    fn what_is_no_date() {
        for text in ["", "2026", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026-01-01-01", "today"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }
}
