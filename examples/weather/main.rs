//! A weather server: tools, resources, a template, prompts, completion and shared state on one page.
//!
//! Run it with `cargo run --example weather`. The weather is made up from the climate of each city, so it asks no network.

mod climate;
mod date;
mod forecast;
mod names;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcp_runtime::{Filled, Json, PromptMessage, Server, State, ToolError, model, prompt, resource, tool};

use climate::{City, Climate};
use date::{Date, NoSuchDate};
use forecast::{Condition, Weather, fahrenheit};

fn main() -> mcp_runtime::Result<()> {
    server().run()
}

fn server() -> Server {
    Server::new("weather", "1.0.0")
        .instructions("Weather of well-known cities, made up from their climate. `docs://weather/guide` says how far to trust it.")
        .state(Climate::built_in())
        .state(Requests::default())
        .on_start(greet)
        .on_shutdown(take_leave)
}

/// Says in the log what there is. A `WEATHER_DATE` that is no date ends the program here.
async fn greet(state: Arc<State>) -> Result<(), NoSuchDate> {
    let cities = state.of().map_or(0, |climate: &Climate| climate.cities().len());
    eprintln!("weather: {cities} cities, and today is {}", Date::today()?);
    Ok(())
}

async fn take_leave(state: Arc<State>) {
    eprintln!("weather: questions answered: {}", state.of().map_or(0, Requests::count));
}

/// Questions about the weather since the start.
#[derive(Default)]
struct Requests(AtomicU64);

impl Requests {
    fn count_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

// Tools

/// How temperatures are given.
#[model]
#[derive(Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
enum Units {
    #[default]
    Celsius,
    Fahrenheit,
}

impl Units {
    fn of(self, celsius: f64) -> f64 {
        match self {
            Self::Celsius => celsius,
            Self::Fahrenheit => fahrenheit(celsius),
        }
    }
}

/// The weather of a city today.
#[model]
struct CurrentWeather {
    city: String,
    country: String,
    /// The date in UTC, as YYYY-MM-DD.
    date: String,
    condition: Condition,
    units: Units,
    /// Mean of the day.
    temperature: f64,
    low: f64,
    high: f64,
    precipitation_mm: f64,
    humidity_percent: f64,
    wind_kmh: f64,
}

/// The weather of a city on the days to come, in °C.
#[model]
struct Forecast {
    city: String,
    country: String,
    days: Vec<Day>,
}

/// One day of a forecast.
#[model]
struct Day {
    /// As YYYY-MM-DD.
    date: String,
    condition: Condition,
    low_c: f64,
    high_c: f64,
    precipitation_mm: f64,
    wind_kmh: f64,
}

impl From<Weather> for Day {
    fn from(day: Weather) -> Self {
        Self {
            date: day.date.to_string(),
            condition: day.condition,
            low_c: day.low_c,
            high_c: day.high_c,
            precipitation_mm: day.precipitation_mm,
            wind_kmh: day.wind_kmh,
        }
    }
}

/// What a program can make of an unknown city.
#[model]
struct UnknownCity<'a> {
    city: &'a str,
    suggestions: Vec<&'a str>,
}

/// Gets the weather of a city today.
#[tool(read_only, idempotent, open_world = false)]
fn get_weather(
    /// Name of the city, in any spelling: `weather://supported-cities` lists them.
    #[arg(length = 1..=100)]
    city: String,
    /// The unit of the temperatures.
    #[arg(default)]
    units: Units,
    climate: &Climate,
    requests: &Requests,
) -> Result<CurrentWeather, ToolError> {
    requests.count_one();
    let city = find(climate, &city)?;
    let today = city.weather_on(Date::today()?);
    Ok(CurrentWeather {
        city: city.name.clone(),
        country: city.country.clone(),
        date: today.date.to_string(),
        condition: today.condition,
        units,
        temperature: units.of(today.mean_c),
        low: units.of(today.low_c),
        high: units.of(today.high_c),
        precipitation_mm: today.precipitation_mm,
        humidity_percent: today.humidity_percent,
        wind_kmh: today.wind_kmh,
    })
}

/// Forecasts the weather of a city, beginning with today.
#[tool(read_only, idempotent, open_world = false)]
fn get_forecast(
    /// Name of the city, in any spelling: `weather://supported-cities` lists them.
    #[arg(length = 1..=100)]
    city: String,
    /// How many days, today included.
    #[arg(default = 3, range = 1..=7)]
    days: u8,
    climate: &Climate,
    requests: &Requests,
) -> Result<Forecast, ToolError> {
    requests.count_one();
    let city = find(climate, &city)?;
    let days = city.forecast(Date::today()?, days).into_iter().map(Day::from).collect();
    Ok(Forecast { city: city.name.clone(), country: city.country.clone(), days })
}

/// Tells the weather of a city in one sentence.
#[tool(read_only)]
#[deprecated(note = "use get_weather")]
fn weather(city: String, climate: &Climate) -> Result<String, ToolError> {
    let city = find(climate, &city)?;
    let today = city.weather_on(Date::today()?);
    Ok(format!("{}: {}, {} °C", city.name, today.condition.words(), today.mean_c))
}

fn find<'a>(climate: &'a Climate, name: &str) -> Result<&'a City, ToolError> {
    climate.city(name).ok_or_else(|| {
        let suggestions = climate.similar(name);
        let advice = match suggestions.first() {
            Some(likeliest) => format!("did you mean `{likeliest}`?"),
            None => "`weather://supported-cities` lists those that are known".to_owned(),
        };
        ToolError::new(format!("unknown city `{name}`: {advice}")).detail(UnknownCity { city: name, suggestions })
    })
}

/// Where a version may run.
#[model]
#[derive(Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Environment {
    Development,
    Staging,
    Production,
}

/// What became of a request to deploy.
#[model]
#[serde(tag = "status", rename_all = "snake_case")]
enum Deployment {
    /// It will happen.
    Accepted { environment: Environment, sha: String },
    /// It will not happen.
    Denied { reason: String },
}

/// Deploys a version of this server. It only says whether it would: nothing is deployed.
#[tool(destructive = false, idempotent)]
fn deploy(
    /// Where to.
    env: Environment,
    /// The commit, abbreviated or in full.
    #[arg(pattern = "^[0-9a-f]{7,40}$")]
    sha: String,
) -> Deployment {
    match env {
        Environment::Development | Environment::Staging => Deployment::Accepted { environment: env, sha },
        Environment::Production => {
            Deployment::Denied { reason: "production is deployed by people, after a review".to_owned() }
        }
    }
}

// Resources

/// The names of all cities.
#[resource("weather://supported-cities", mime = "application/json")]
fn supported_cities(climate: &Climate) -> Json<Vec<&str>> {
    Json(climate.cities().iter().map(|city| city.name.as_str()).collect())
}

/// What the server assumes when a caller does not say.
#[model]
struct Settings {
    units: Units,
    forecast_days: u8,
    most_forecast_days: u8,
}

/// How the server is set up.
#[resource("config://app/settings", mime = "application/json")]
fn settings() -> Json<Settings> {
    Json(Settings { units: Units::default(), forecast_days: 3, most_forecast_days: 7 })
}

/// How to read the weather of this server, and how it is made.
#[resource("docs://weather/guide", mime = "text/markdown")]
fn guide() -> &'static str {
    include_str!("guide.md")
}

/// A sun.
#[resource("weather://icon", mime = "image/png")]
fn icon() -> &'static [u8] {
    include_bytes!("icon.png")
}

/// The climate of a city: means of the twelve months.
#[resource("weather://climate/{city}", mime = "application/json")]
fn city_climate(#[arg(complete = cities)] city: String, climate: &Climate) -> Option<Json<&City>> {
    climate.city(&city).map(Json)
}

/// Completes the name of a city.
fn cities(typed: &str, filled: &Filled<'_>) -> Vec<String> {
    filled.state::<Climate>().map(|climate| climate.beginning(typed)).unwrap_or_default()
}

// Prompts

/// Briefs somebody who is about to travel to a city.
#[prompt]
fn weather_briefing(
    /// The city to travel to.
    #[arg(complete = cities)]
    city: String,
    climate: &Climate,
) -> Result<String, ToolError> {
    let city = &find(climate, &city)?.name;
    Ok(format!(
        "Call `get_forecast` for {city} and brief me in three sentences: what to expect, what to wear, and which of the \
         days is best to be outdoors. The weather is made up, so say that it is no real forecast."
    ))
}

/// Analyses how the weather of a city develops, compared with what is usual there.
#[prompt]
fn analyze_weather_trend(
    /// The city to look at.
    #[arg(complete = cities)]
    city: String,
    /// What to look at most closely; everything if it is left out.
    #[arg(complete = ["temperature", "precipitation", "wind", "humidity"])]
    focus: Option<String>,
    climate: &Climate,
) -> Result<[PromptMessage; 2], ToolError> {
    let city = &find(climate, &city)?.name;
    let focus = focus.unwrap_or_else(|| "temperature, precipitation and wind".to_owned());
    Ok([
        PromptMessage::user(format!(
            "Compare the forecast of seven days for {city} (`get_forecast`) with its climate \
             (`weather://climate/{city}`). Look at {focus}. Is it unusual for the season, and where does it go?"
        )),
        PromptMessage::assistant(format!("I will read the climate of {city} first, and then compare day by day.")),
    ])
}
