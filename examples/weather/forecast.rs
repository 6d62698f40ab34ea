//! Weather made up from the climate: the same for everybody who asks about the same city and day.

use std::f64::consts::E;

use mcp_runtime::model;

use crate::climate::{City, Month};
use crate::date::Date;

/// What a day is like. Temperatures are in °C.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weather {
    pub date: Date,
    pub condition: Condition,
    pub mean_c: f64,
    pub low_c: f64,
    pub high_c: f64,
    pub precipitation_mm: f64,
    pub humidity_percent: f64,
    pub wind_kmh: f64,
}

/// The sky in one word.
#[model]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Condition {
    Clear,
    PartlyCloudy,
    Cloudy,
    Rain,
    Snow,
    Thunderstorm,
}

impl City {
    /// The weather of so many days, beginning with `from`.
    pub(crate) fn forecast(&self, from: Date, days: u8) -> Vec<Weather> {
        (0..i64::from(days)).map(|day| self.weather_on(from.plus(day))).collect()
    }

    /// The weather of a day: what is usual at that time of the year, and some chance, which the city and the day decide.
    pub(crate) fn weather_on(&self, date: Date) -> Weather {
        let usual = self.usual_on(date);
        let precipitation = self.precipitation_on(date, usual);
        let mean = usual.temperature_c + self.spread() * self.swing_on(date);
        // Clouds keep the day cool and the night warm.
        let (evenness, moisture) = if precipitation > 0.0 { (0.6, 10.0) } else { (1.0, -3.0) };
        let half_range = (2.5 + (100.0 - usual.humidity_percent) * 0.06) * evenness;
        let humidity = usual.humidity_percent + moisture + 10.0 * (self.chance("humidity", date) - 0.5);
        Weather {
            date,
            condition: self.condition_on(date, mean, precipitation, usual),
            mean_c: tenths(mean),
            low_c: tenths(mean - half_range),
            high_c: tenths(mean + half_range),
            precipitation_mm: tenths(precipitation),
            humidity_percent: humidity.clamp(5.0, 100.0).round(),
            wind_kmh: (self.wind_kmh * (0.4 + 1.2 * self.chance("wind", date))).round(),
        }
    }

    /// Between the middles of two months, what lies between their means.
    fn usual_on(&self, date: Date) -> Month {
        let mut months = self.months;
        months.rotate_left(date.month_index());
        let [this, next, .., last] = months;
        match date.share_of_month() {
            share @ ..0.5 => last.towards(this, share + 0.5),
            share => this.towards(next, share - 0.5),
        }
    }

    /// Degrees by which a day may differ from what is usual: more where summer and winter differ more.
    fn spread(&self) -> f64 {
        let temperatures = || self.months.iter().map(|month| month.temperature_c);
        let range = temperatures().fold(f64::MIN, f64::max) - temperatures().fold(f64::MAX, f64::min);
        (1.5 + range * 0.12).min(5.0)
    }

    /// From -1 (much colder than usual) to 1. Half of it is left over from the day before, as with real weather.
    fn swing_on(&self, date: Date) -> f64 {
        self.chance("swing", date.plus(-1)) + self.chance("swing", date) - 1.0
    }

    /// As many days of a month are wet as usual, and together they bring about the usual amount.
    fn precipitation_on(&self, date: Date, usual: Month) -> f64 {
        const DAYS_IN_MONTH: f64 = 30.4;
        let is_wet = self.chance("wet", date) < usual.wet_days / DAYS_IN_MONTH;
        if !is_wet {
            return 0.0;
        }
        let of_a_wet_day = usual.precipitation_mm / usual.wet_days;
        // Most wet days bring little and a few bring much. The mean of the logarithm is 1.
        let share = -self.chance("amount", date).max(E.powi(-4)).ln();
        1.0 + (of_a_wet_day - 1.0).max(0.0) * share
    }

    fn condition_on(&self, date: Date, mean: f64, precipitation: f64, usual: Month) -> Condition {
        let chance = self.chance("sky", date);
        if precipitation == 0.0 {
            return dry_sky(chance + (usual.humidity_percent - 60.0) / 100.0);
        }
        match mean {
            ..=0.5 => Condition::Snow,
            18.0.. if precipitation > 5.0 && chance < 0.5 => Condition::Thunderstorm,
            _ => Condition::Rain,
        }
    }

    /// A number from 0 up to 1 that depends on nothing but the city, the day and what it is for.
    fn chance(&self, purpose: &str, date: Date) -> f64 {
        let day = date.number().to_le_bytes();
        let bytes = self.name.bytes().chain(purpose.bytes()).chain(day);
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        (mixed(hash) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl Month {
    /// What lies between two months, 0 being `self` and 1 `other`.
    fn towards(self, other: Self, share: f64) -> Self {
        let between = |from: f64, to: f64| from + (to - from) * share;
        Self {
            temperature_c: between(self.temperature_c, other.temperature_c),
            precipitation_mm: between(self.precipitation_mm, other.precipitation_mm),
            wet_days: between(self.wet_days, other.wet_days),
            humidity_percent: between(self.humidity_percent, other.humidity_percent),
        }
    }
}

impl Condition {
    /// As one would say it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::PartlyCloudy => "partly cloudy",
            Self::Cloudy => "cloudy",
            Self::Rain => "rain",
            Self::Snow => "snow",
            Self::Thunderstorm => "thunderstorm",
        }
    }
}

/// The same temperature for those who count in Fahrenheit.
pub(crate) fn fahrenheit(celsius: f64) -> f64 {
    tenths(celsius * 1.8 + 32.0)
}

fn dry_sky(cloudiness: f64) -> Condition {
    match cloudiness {
        ..0.4 => Condition::Clear,
        0.4..0.8 => Condition::PartlyCloudy,
        _ => Condition::Cloudy,
    }
}

/// One decimal, and no negative zero.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0 + 0.0
}

/// Spreads every bit of a hash over all of them: without it, two days in a row are nearly alike.
fn mixed(mut hash: u64) -> u64 {
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        hash = (hash ^ (hash >> 30)).wrapping_mul(factor);
    }
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::climate::Climate;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn two_years() -> impl Iterator<Item = Date> {
        (0..731).map(|day| date("2027-01-01").plus(day))
    }

    fn mean(values: impl Iterator<Item = f64>) -> f64 {
        let values: Vec<_> = values.collect();
        values.iter().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn every_day_is_plausible() {
        for city in Climate::built_in().cities() {
            for day in two_years().map(|date| city.weather_on(date)) {
                assert!(-60.0 <= day.low_c && day.high_c <= 50.0, "{} {day:?}", city.name);
                assert!(day.low_c < day.mean_c && day.mean_c < day.high_c, "{} {day:?}", city.name);
                assert!((0.0..=250.0).contains(&day.precipitation_mm), "{} {day:?}", city.name);
                assert!((5.0..=100.0).contains(&day.humidity_percent), "{} {day:?}", city.name);
                assert!((0.0..=50.0).contains(&day.wind_kmh), "{} {day:?}", city.name);
            }
        }
    }

    #[test]
    fn a_wet_sky_is_wet_and_snow_is_cold() {
        for city in Climate::built_in().cities() {
            for day in two_years().map(|date| city.weather_on(date)) {
                let is_wet = match day.condition {
                    Condition::Clear | Condition::PartlyCloudy | Condition::Cloudy => false,
                    Condition::Rain | Condition::Snow | Condition::Thunderstorm => true,
                };
                assert_eq!(is_wet, day.precipitation_mm > 0.0, "{} {day:?}", city.name);
                assert!(day.condition != Condition::Snow || day.mean_c <= 0.5, "{} {day:?}", city.name);
            }
        }
    }

    #[test]
    fn days_add_up_to_the_climate() {
        for city in Climate::built_in().cities() {
            let usual = mean(city.months.iter().map(|month| month.temperature_c));
            let made = mean(two_years().map(|date| city.weather_on(date).mean_c));
            assert!((usual - made).abs() < 0.6, "{}: {usual} {made}", city.name);
            let usual = city.months.iter().map(|month| month.wet_days).sum::<f64>() / 365.0;
            let made = mean(two_years().map(|date| f64::from(city.weather_on(date).precipitation_mm > 0.0)));
            assert!((usual - made).abs() < 0.07, "{}: {usual} {made}", city.name);
        }
    }

    #[test]
    fn rain_adds_up_over_many_years() {
        let climate = Climate::built_in();
        let vancouver = climate.city("Vancouver").unwrap();
        let usual = vancouver.months.iter().map(|month| month.precipitation_mm).sum::<f64>() / 365.25;
        let days = (0..36_525).map(|day| date("2000-01-01").plus(day));
        let made = mean(days.map(|date| vancouver.weather_on(date).precipitation_mm));
        assert!((0.9..1.1).contains(&(made / usual)), "{usual} {made}");
    }

    #[test]
    fn the_same_day_is_the_same_and_others_differ() {
        let (climate, again) = (Climate::built_in(), Climate::built_in());
        let (oslo, paris) = (climate.city("Oslo").unwrap(), climate.city("Paris").unwrap());
        let day = date("2026-07-28");
        assert_eq!(oslo.weather_on(day), again.city("oslo").unwrap().weather_on(day));
        assert_ne!(oslo.weather_on(day).mean_c, oslo.weather_on(day.plus(1)).mean_c);
        assert_ne!(oslo.swing_on(day), paris.swing_on(day));
    }

    #[test]
    fn weather_never_changes_with_a_release() {
        let climate = Climate::built_in();
        let day = climate.city("Oslo").unwrap().weather_on(date("2026-07-28"));
        assert_eq!(
            format!("{} {} {} {}", day.condition.words(), day.low_c, day.mean_c, day.high_c),
            "partly cloudy 15.5 19.8 24.1"
        );
    }

    #[test]
    fn the_usual_has_no_steps() {
        for city in Climate::built_in().cities() {
            for day in two_years() {
                let step = city.usual_on(day).temperature_c - city.usual_on(day.plus(1)).temperature_c;
                assert!(step.abs() < 0.8, "{} {day}: {step}", city.name);
            }
        }
    }

    #[test]
    fn a_forecast_passes_the_leap_day_and_the_year_end() {
        let climate = Climate::built_in();
        let oslo = climate.city("Oslo").unwrap();
        let dates = |from: &str, days| -> Vec<_> {
            oslo.forecast(date(from), days).iter().map(|day| day.date.to_string()).collect()
        };
        assert_eq!(dates("2028-02-28", 3), ["2028-02-28", "2028-02-29", "2028-03-01"]);
        assert_eq!(dates("2026-12-31", 2), ["2026-12-31", "2027-01-01"]);
        assert_eq!(oslo.forecast(date("2028-02-28"), 2)[1], oslo.weather_on(date("2028-02-29")));
    }

    #[test]
    fn fahrenheit_is_right() {
        assert_eq!(fahrenheit(0.0), 32.0);
        assert_eq!(fahrenheit(100.0), 212.0);
        assert_eq!(fahrenheit(-40.0), -40.0);
        assert_eq!(fahrenheit(36.6), 97.9);
    }
}
