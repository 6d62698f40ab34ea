//! Points in time as the wire has them (ISO 8601, RFC 3339).

use std::time::{SystemTime, UNIX_EPOCH};

/// In UTC, to the millisecond: `2026-07-28T09:30:00.125Z`. What is before 1970 or after 9999 is the nearest that is not.
pub(crate) fn utc(time: SystemTime) -> String {
    /// The last second that has a year of four digits.
    const LAST: u64 = 253_402_300_799;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs().min(LAST), since.subsec_millis());
    let ((year, month, day), second) = (date(seconds / 86_400), seconds % 86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// The date so many days after 1 January 1970.
///
/// Years begin in March here, so that the day that only some of them have is their last one.
#[expect(clippy::arithmetic_side_effects, reason = "there are at most three million days up to the year 9999")]
fn date(days: u64) -> (u64, u64, u64) {
    /// From 1 March of the year 0 to 1 January 1970, in days.
    const BEFORE: u64 = 719_468;
    /// 400 years, after which everything repeats, in days.
    const CYCLE: u64 = 146_097;
    let (cycle, day) = ((days + BEFORE) / CYCLE, (days + BEFORE) % CYCLE);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (400 * cycle + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> String {
        utc(UNIX_EPOCH + Duration::from_millis(millis))
    }

    #[test]
    fn known_times() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000Z"),
            (1_785_231_000, "2026-07-28T09:30:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799, "9999-12-31T23:59:59.000Z"),
            (253_402_300_800, "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(at(seconds * 1000), expected, "{seconds}");
        }
        assert_eq!(at(1_785_231_000_125), "2026-07-28T09:30:00.125Z");
        assert_eq!(utc(UNIX_EPOCH - Duration::from_secs(1)), at(0));
    }

    /// How many days a month has, told from the rule and not from the formula.
    fn length(year: u64, month: u64) -> u64 {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1]
    }

    /// The whole calendar, day after day.
    #[test]
    fn each_day_follows_the_one_before() {
        let mut expected = (1970, 1, 1);
        for days in 0..2_932_897 {
            assert_eq!(date(days), expected, "day {days}");
            let (year, month, day) = expected;
            expected = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == length(year, month) => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    proptest! {
        #[test]
        fn later_times_are_later_texts(a in 0_u64..253_402_300_800_000, b in 0_u64..253_402_300_800_000) {
            prop_assert_eq!(a.cmp(&b), at(a).cmp(&at(b)));
        }
    }
}
