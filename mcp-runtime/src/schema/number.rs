//! Numbers as they are written, compared digit by digit: nothing is rounded and nothing overflows.

use std::cmp::Ordering;

/// A decimal number that borrows its digits: `whole` followed by `fraction`, times ten to the `exponent`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    /// The power of ten of the last digit, counted as if there were no trailing zeros.
    exponent: i64,
}

impl<'t> Decimal<'t> {
    /// Reads the text of a JSON number, which the caller knows to be one.
    pub(crate) fn new(text: &'t str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        Self::normal(negative, whole, fraction, power(exponent))
    }

    /// Without zeros at either end, so that equal numbers have equal digits.
    fn normal(negative: bool, whole: &'t str, fraction: &'t str, exponent: i64) -> Self {
        let fraction = fraction.trim_end_matches('0');
        let kept = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
        let dropped = length(whole.len()).saturating_sub(length(kept.len()));
        let whole = kept.trim_start_matches('0');
        let fraction_digits = if whole.is_empty() { fraction.trim_start_matches('0') } else { fraction };
        let exponent = exponent.saturating_sub(length(fraction.len())).saturating_add(dropped);
        let zero = whole.is_empty() && fraction.is_empty();
        Self {
            negative: negative && !zero,
            whole: whole.as_bytes(),
            fraction: fraction_digits.as_bytes(),
            exponent: if zero { 0 } else { exponent },
        }
    }

    pub(crate) fn is_integer(self) -> bool {
        self.exponent >= 0
    }

    pub(crate) fn is_zero(self) -> bool {
        self.count() == 0
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self.sign(), other.sign()) {
            (mine, theirs) if mine != theirs => mine.cmp(&theirs),
            (-1, _) => other.magnitude(self),
            (_, _) => self.magnitude(other),
        }
    }

    /// Whether this is a whole multiple of `unit`; nothing but zero is one of zero.
    pub(crate) fn is_multiple_of(self, unit: Self) -> bool {
        let shift = self.exponent.saturating_sub(unit.exponent);
        if self.is_zero() {
            return true;
        }
        // Neither has a trailing zero, so that fewer decimals than the unit has are needed.
        match (unit.small(), u64::try_from(shift)) {
            (Some(unit), Ok(shift)) if unit > 0 => self.remainder(unit, shift) == 0,
            (Some(_) | None, Ok(_) | Err(_)) => false,
        }
    }

    /// The number as plain digits, if it is an integer of at most twenty of them.
    pub(crate) fn plain(self) -> Option<String> {
        let zeros = usize::try_from(self.exponent).ok()?;
        let fits = self.count().saturating_add(zeros) <= 20;
        fits.then(|| {
            let digits: String = self.digits().map(char::from).chain(std::iter::repeat_n('0', zeros)).collect();
            match (digits.as_str(), self.negative) {
                ("", _) => "0".to_owned(),
                (_, true) => format!("-{digits}"),
                (_, false) => digits,
            }
        })
    }

    /// A text that all spellings of this number share.
    pub(crate) fn canonical(self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits: String = self.digits().map(char::from).collect();
        format!("{sign}{digits}e{}", self.exponent)
    }

    fn digits(self) -> impl Iterator<Item = u8> + 't {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn count(self) -> usize {
        self.whole.len().saturating_add(self.fraction.len())
    }

    fn sign(self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares sizes without signs: where the first digit stands decides, then the digits.
    fn magnitude(self, other: Self) -> Ordering {
        let top = |number: Self| number.exponent.saturating_add(length(number.count()));
        top(self).cmp(&top(other)).then_with(|| self.digits().cmp(other.digits()))
    }

    fn small(self) -> Option<u64> {
        self.digits().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(value(digit)))
    }

    fn remainder(self, unit: u64, shift: u64) -> u64 {
        let digits = self.digits().fold(0, |rest, digit| {
            modulo(u128::from(rest).saturating_mul(10).saturating_add(value(digit).into()), unit)
        });
        times(digits, power_of_ten(shift, unit), unit)
    }
}

/// What a digit stands for.
fn value(digit: u8) -> u64 {
    digit.saturating_sub(b'0').into()
}

/// `a * b` modulo `unit`.
fn times(a: u64, b: u64, unit: u64) -> u64 {
    modulo(u128::from(a).saturating_mul(b.into()), unit)
}

fn modulo(number: u128, unit: u64) -> u64 {
    number.checked_rem(unit.into()).and_then(|rest| rest.try_into().ok()).unwrap_or_default()
}

/// Ten to the `shift` modulo `unit`, by squaring.
fn power_of_ten(mut shift: u64, unit: u64) -> u64 {
    let (mut result, mut base) = (modulo(1, unit), modulo(10, unit));
    while shift > 0 {
        if shift % 2 == 1 {
            result = times(result, base, unit);
        }
        base = times(base, base, unit);
        shift /= 2;
    }
    result
}

/// An exponent; one that does not fit is as good as infinite.
fn power(text: &str) -> i64 {
    const ENDLESS: i64 = i64::MAX / 4;
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.trim_start_matches('+')), |rest| (true, rest));
    let size = digits.parse::<i64>().map_or(ENDLESS, |size| size.min(ENDLESS));
    if negative { size.saturating_neg() } else { size }
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

    use super::*;
    use crate::json::scan::number_length;
    use proptest::prelude::*;

    fn compare(a: &str, b: &str) -> Ordering {
        Decimal::new(a).compare(Decimal::new(b))
    }

    fn multiple(a: &str, b: &str) -> bool {
        Decimal::new(a).is_multiple_of(Decimal::new(b))
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (a, b) in [
            ("1", "1.0"),
            ("0", "-0.00"),
            ("100", "1e2"),
            ("0.001", "1E-3"),
            ("0.10", "0.1"),
            ("120", "0.12e3"),
            ("0", "0e99"),
        ] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
            assert_eq!(Decimal::new(a).canonical(), Decimal::new(b).canonical(), "{a} {b}");
        }
    }

    #[test]
    fn order_has_no_limits() {
        let ascending = [
            "-1e400",
            "-99999999999999999999",
            "-1",
            "-0.5",
            "0",
            "1e-400",
            "0.1",
            "9",
            "10",
            "9007199254740993",
            "99999999999999999998",
            "99999999999999999999",
            "1e400",
            "1e99999999999999999999",
        ];
        for pair in ascending.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn integers_are_what_has_no_fraction() {
        for text in ["1", "1.0", "1e400", "0.5e1", "-0", "10", "100.50e2"] {
            assert!(Decimal::new(text).is_integer(), "{text}");
        }
        for text in ["0.5", "1e-1", "10.01", "123e-2", "1e-99999999999999999999"] {
            assert!(!Decimal::new(text).is_integer(), "{text}");
        }
    }

    #[test]
    fn multiples_are_exact() {
        for (a, b) in [
            ("0.0075", "0.0001"),
            ("10", "2"),
            ("0", "3"),
            ("1e308", "0.5"),
            ("4.5", "1.5"),
            ("-6", "3"),
            ("1e400", "10"),
            ("18446744073709551615", "5"),
            ("9007199254740995", "2.5"),
        ] {
            assert!(multiple(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("0.00751", "0.0001"),
            ("7", "2"),
            ("1", "10"),
            ("1e-400", "1"),
            ("1e308", "0.123456789"),
            ("18446744073709551616", "5"),
            ("32932572275108981", "2.5"),
        ] {
            assert!(!multiple(a, b), "{a} {b}");
        }
    }

    #[test]
    fn plain_digits_are_lossless() {
        assert_eq!(Decimal::new("3.0").plain().as_deref(), Some("3"));
        assert_eq!(Decimal::new("-1.5e3").plain().as_deref(), Some("-1500"));
        assert_eq!(Decimal::new("0.0").plain().as_deref(), Some("0"));
        assert_eq!(Decimal::new("3.5").plain(), None);
        assert_eq!(Decimal::new("1e400").plain(), None);
    }

    proptest! {
        #[test]
        fn order_is_that_of_integers(a: i64, b: i64) {
            prop_assert_eq!(compare(&a.to_string(), &b.to_string()), a.cmp(&b));
        }

        #[test]
        fn order_is_that_of_scaled_integers(a in -100_000_i64..100_000, b in -100_000_i64..100_000, decimals in 1_usize..6) {
            let scaled = |number: i64| {
                let digits = format!("{:0>8}", number.abs());
                let (whole, fraction) = digits.split_at(8 - decimals);
                format!("{}{}.{fraction}", if number < 0 { "-" } else { "" }, whole.parse::<i64>().unwrap())
            };
            prop_assert_eq!(compare(&scaled(a), &scaled(b)), a.cmp(&b));
        }

        /// What a number is spelled like does not matter, and its digits are written back as they are meant.
        #[test]
        fn digits_are_those_of_integers(whole: i32, zeros in 0_usize..6, power in 0_u32..6) {
            let spelled = format!("{whole}.{}", "0".repeat(zeros.max(1)));
            prop_assert_eq!(Decimal::new(&spelled).plain(), Some(whole.to_string()));
            let raised = format!("{whole}e{power}");
            let meant = (i128::from(whole) * 10_i128.pow(power)).to_string();
            prop_assert_eq!(Decimal::new(&raised).plain(), Some(meant.clone()));
            prop_assert_eq!(Decimal::new(&raised).canonical(), Decimal::new(&meant).canonical());
            prop_assert_eq!(compare(&raised, &meant), Ordering::Equal);
        }

        /// Whatever is a number has plain digits exactly if it is whole and not too long, and they say the same.
        #[test]
        fn plain_digits_say_the_same(text in "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?") {
            let number = Decimal::new(&text);
            prop_assert_eq!(number_length(text.as_bytes()), Some(text.len()));
            match number.plain() {
                Some(plain) => {
                    prop_assert!(plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'), "{}", plain);
                    prop_assert!(plain == "0" || !plain.trim_start_matches('-').starts_with('0'), "{}", plain);
                    prop_assert_eq!(compare(&plain, &text), Ordering::Equal, "{}", plain);
                    prop_assert_eq!(Decimal::new(&plain).canonical(), number.canonical());
                }
                None => prop_assert!(!number.is_integer() || text.contains(['e', 'E'])),
            }
        }

        #[test]
        fn multiples_are_those_of_integers(a: i64, b in 1_i64..1_000_000) {
            prop_assert_eq!(multiple(&a.to_string(), &b.to_string()), a % b == 0);
        }
    }
}
