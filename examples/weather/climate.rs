//! The cities and their climate, month by month, and how a city is found by its name.

use serde::Serialize;

use crate::names::{distance, folded};

/// The cities and their months, as they lie beside this file.
const TABLE: &str = include_str!("cities.csv");

/// A longer name is no misspelling of any city, and not worth the time to compare.
const LONGEST_NAME: usize = 60;

/// All cities that the application knows. This is its shared state.
pub(crate) struct Climate {
    cities: Vec<City>,
}

/// A city and what its year is like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct City {
    pub name: String,
    pub country: String,
    pub latitude: f64,
    pub longitude: f64,
    /// Mean of the year.
    pub wind_kmh: f64,
    /// January to December.
    pub months: [Month; 12],
}

/// Means of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Month {
    pub temperature_c: f64,
    pub precipitation_mm: f64,
    /// Days with 1 mm of rain or snow or more.
    pub wet_days: f64,
    pub humidity_percent: f64,
}

impl Climate {
    /// The cities that come with the program.
    pub(crate) fn built_in() -> Self {
        Self::parse(TABLE).expect("the built-in table is well-formed, which a test proves")
    }

    /// Reads a table of the same form; the error names the line.
    fn parse(table: &str) -> Result<Self, String> {
        let lines = (1..).zip(table.lines()).filter(|(_, line)| !line.starts_with('#'));
        let cities =
            lines.map(|(number, line)| City::parse(line).ok_or_else(|| format!("line {number}: `{line}` is no city")));
        Ok(Self { cities: cities.collect::<Result<_, _>>()? })
    }

    /// Every city, by continent.
    pub(crate) fn cities(&self) -> &[City] {
        &self.cities
    }

    /// The city of that name; neither case nor accents nor punctuation matter.
    pub(crate) fn city(&self, name: &str) -> Option<&City> {
        let name = folded(name);
        self.cities.iter().find(|city| folded(&city.name) == name)
    }

    /// Names that somebody who wrote `name` may have meant, the likeliest first.
    pub(crate) fn similar(&self, name: &str) -> Vec<&str> {
        let name = folded(name);
        if !(3..=LONGEST_NAME).contains(&name.len()) {
            return Vec::new();
        }
        let mistakes = 1_usize.saturating_add(name.len() / 4);
        let distances = self.cities.iter().map(|city| (city.distance_from(&name), city));
        let mut near: Vec<_> = distances.filter(|(distance, _)| *distance <= mistakes).collect();
        near.sort_by_key(|(distance, _)| *distance);
        near.into_iter().map(|(_, city)| city.name.as_str()).take(3).collect()
    }

    /// Names that begin like that, or have a word that does: "yo" finds "New York".
    pub(crate) fn beginning(&self, start: &str) -> Vec<String> {
        let start = folded(start);
        let begins = |city: &&City| city.spellings().any(|name| name.starts_with(&start));
        self.cities.iter().filter(begins).map(|city| city.name.clone()).collect()
    }
}

impl City {
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<_> = line.split(',').collect();
        let &[name, country, latitude, longitude, wind, temperature, precipitation, wet_days, humidity] =
            fields.as_slice()
        else {
            return None;
        };
        let mut months = [Month::default(); 12];
        fill(&mut months, temperature, |month| &mut month.temperature_c)?;
        fill(&mut months, precipitation, |month| &mut month.precipitation_mm)?;
        fill(&mut months, wet_days, |month| &mut month.wet_days)?;
        fill(&mut months, humidity, |month| &mut month.humidity_percent)?;
        Some(Self {
            name: name.to_owned(),
            country: country.to_owned(),
            latitude: latitude.parse().ok()?,
            longitude: longitude.parse().ok()?,
            wind_kmh: wind.parse().ok()?,
            months,
        })
    }

    /// The whole name and each word of it, folded.
    fn spellings(&self) -> impl Iterator<Item = String> {
        std::iter::once(folded(&self.name)).chain(self.name.split(' ').map(folded))
    }

    fn distance_from(&self, name: &str) -> usize {
        self.spellings().map(|spelling| distance(name, &spelling)).min().unwrap_or(usize::MAX)
    }
}

/// Puts twelve numbers where `field` says; `None` unless they are twelve numbers.
fn fill(months: &mut [Month; 12], numbers: &str, field: fn(&mut Month) -> &mut f64) -> Option<()> {
    let numbers: Vec<f64> = numbers.split(' ').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let twelve: [f64; 12] = numbers.try_into().ok()?;
    for (month, number) in months.iter_mut().zip(twelve) {
        *field(month) = number;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cities_each_once_on_the_globe() {
        let climate = Climate::built_in();
        assert!(climate.cities().len() >= 60);
        for city in climate.cities() {
            assert_eq!(climate.city(&city.name), Some(city));
            assert!((-90.0..=90.0).contains(&city.latitude), "{}", city.name);
            assert!((-180.0..=180.0).contains(&city.longitude), "{}", city.name);
            assert!((3.0..=40.0).contains(&city.wind_kmh), "{}", city.name);
        }
    }

    #[test]
    fn twelve_plausible_months_each() {
        for city in Climate::built_in().cities() {
            for month in city.months {
                assert!((-45.0..=40.0).contains(&month.temperature_c), "{}", city.name);
                assert!((0.0..=900.0).contains(&month.precipitation_mm), "{}", city.name);
                assert!((0.0..=26.0).contains(&month.wet_days), "{}", city.name);
                assert!(month.precipitation_mm >= month.wet_days, "a wet day has 1 mm in {}", city.name);
                assert!((10.0..=95.0).contains(&month.humidity_percent), "{}", city.name);
            }
        }
    }

    #[test]
    fn july_is_summer_in_the_north_and_winter_in_the_south() {
        for city in Climate::built_in().cities() {
            let (january, july) = (city.months[0].temperature_c, city.months[6].temperature_c);
            match city.latitude {
                ..-15.0 => assert!(july < january, "{}", city.name),
                15.0.. => assert!(july > january, "{}", city.name),
                _ => assert!((july - january).abs() <= 7.0, "{}", city.name),
            }
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let climate = Climate::built_in();
        let found = |name| climate.city(name).map(|city| city.name.as_str());
        for name in ["Zürich", "zurich", "ZÜRICH", "zu\u{308}rich", " Zürich "] {
            assert_eq!(found(name), Some("Zürich"));
        }
        assert_eq!(found("sao paulo"), Some("São Paulo"));
        assert_eq!(found("sao-paulo"), Some("São Paulo"));
        assert_eq!(found("reykjavik"), Some("Reykjavík"));
        assert_eq!(found("TROMSO"), Some("Tromsø"));
        assert_eq!(found("Atlantis"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn misspelt_names_are_recognised() {
        let climate = Climate::built_in();
        let likeliest = |name| climate.similar(name).first().copied();
        assert_eq!(likeliest("Olso"), Some("Oslo"));
        assert_eq!(likeliest("Zuerich"), Some("Zürich"));
        assert_eq!(likeliest("Sydny"), Some("Sydney"));
        assert_eq!(likeliest("Buenos Ares"), Some("Buenos Aires"));
        assert_eq!(likeliest("York"), Some("New York"));
        assert_eq!(likeliest("Rio"), Some("Rio de Janeiro"));
        assert_eq!(likeliest("Xyzzy"), None);
        assert_eq!(likeliest(&"o".repeat(1_000_000)), None);
    }

    #[test]
    fn names_are_completed_at_every_word() {
        let climate = Climate::built_in();
        assert_eq!(climate.beginning("yo"), ["New York"]);
        assert_eq!(climate.beginning("são p"), ["São Paulo"]);
        assert_eq!(climate.beginning("").len(), climate.cities().len());
    }

    #[test]
    fn a_bad_table_names_the_line() {
        assert!(Climate::parse("# heading\nOslo,Norway,59.91").err().unwrap().starts_with("line 2"));
    }
}
