//! The server as a client sees it, and its functions as anybody may call them.

use mcp_runtime::{Client, Error, Revision};
use serde_json::{Value, json};

use super::*;

async fn client() -> Client {
    server().client().await.unwrap()
}

/// What `weather://climate` and the tools must agree with.
fn expected(city: &str, date: &str) -> Weather {
    Climate::built_in().city(city).unwrap().weather_on(date.parse().unwrap())
}

#[test]
fn a_tool_is_an_ordinary_function() {
    let (climate, requests) = (Climate::built_in(), Requests::default());
    let oslo = get_weather("oslo".into(), Units::Fahrenheit, &climate, &requests).unwrap();
    assert_eq!(oslo.high, fahrenheit(expected("Oslo", &oslo.date).high_c));
    let error = get_forecast("Olso".into(), 3, &climate, &requests).err().unwrap();
    assert_eq!(error.to_string(), "unknown city `Olso`: did you mean `Oslo`?");
    assert_eq!(requests.count(), 2);
}

#[tokio::test]
async fn the_weather_is_that_of_the_city_in_the_unit_asked_for() {
    let client = client().await;
    let today: CurrentWeather = client.call("get_weather", json!({ "city": "são paulo" })).await.unwrap().structured();
    let expected = expected("São Paulo", &today.date);
    assert_eq!((today.city.as_str(), today.country.as_str()), ("São Paulo", "Brazil"));
    assert_eq!((today.condition, today.temperature), (expected.condition, expected.mean_c));
    let arguments = json!({ "city": "Sao Paulo", "units": "fahrenheit" });
    let warmer: CurrentWeather = client.call("get_weather", arguments).await.unwrap().structured();
    assert_eq!(warmer.temperature, fahrenheit(today.temperature));
}

#[tokio::test]
async fn a_forecast_has_three_days_unless_it_is_told() {
    let client = client().await;
    for (arguments, days) in [(json!({ "city": "Oslo" }), 3), (json!({ "city": "Oslo", "days": 7 }), 7)] {
        let forecast: Forecast = client.call("get_forecast", arguments).await.unwrap().structured();
        assert_eq!(forecast.days.len(), days);
        for day in forecast.days {
            assert_eq!(day.high_c, expected("Oslo", &day.date).high_c);
        }
    }
    for days in [0, 8] {
        client.call("get_forecast", json!({ "city": "Oslo", "days": days })).await.unwrap().assert_error("`days`");
    }
}

#[tokio::test]
async fn an_unknown_city_comes_with_a_suggestion() {
    let answer = client().await.call("get_weather", json!({ "city": "Olso" })).await.unwrap();
    answer.assert_error("unknown city `Olso`: did you mean `Oslo`?\n");
    let text = answer.text();
    let (_, detail) = text.split_once('\n').unwrap();
    assert_eq!(serde_json::from_str::<Value>(detail).unwrap(), json!({ "city": "Olso", "suggestions": ["Oslo"] }));
}

#[tokio::test]
async fn nothing_is_deployed_to_production() {
    let client = client().await;
    let deploy = async |env, sha| client.call("deploy", json!({ "env": env, "sha": sha })).await.unwrap();
    let denied: Value = deploy("production", "0123abc").await.structured();
    assert_eq!((&denied["status"], denied["reason"].is_string()), (&json!("denied"), true));
    let accepted = json!({ "status": "accepted", "environment": "staging", "sha": "0123abc" });
    deploy("staging", "0123abc").await.assert_structured(accepted);
    for (env, sha) in [("moon", "0123abc"), ("staging", "0123ab"), ("staging", "0123ABC"), ("staging", &"0".repeat(41))]
    {
        assert!(deploy(env, sha).await.is_error(), "{env} {sha}");
    }
}

#[tokio::test]
async fn the_old_tool_says_what_to_use_instead() {
    let client = client().await;
    let tools = client.list("tools").await.unwrap();
    let old = tools.iter().find(|tool| tool["name"] == "weather").unwrap();
    assert!(old["description"].as_str().unwrap().starts_with("[DEPRECATED] use get_weather"), "{old}");
    assert!(client.call("weather", json!({ "city": "lima" })).await.unwrap().text().starts_with("Lima: "));
}

#[tokio::test]
async fn every_resource_can_be_read() {
    let client = client().await;
    for resource in client.list("resources").await.unwrap() {
        let contents = client.read(resource["uri"].as_str().unwrap()).await.unwrap();
        assert_eq!(contents.json()["contents"][0]["mimeType"], resource["mimeType"], "{resource}");
        assert!(!contents.bytes().is_empty(), "{resource}");
    }
}

#[tokio::test]
async fn the_climate_of_a_city_has_twelve_months() {
    let client = client().await;
    let city: Value = client.read("weather://climate/Z%C3%BCrich").await.unwrap().structured();
    assert_eq!((&city["name"], city["months"].as_array().unwrap().len()), (&json!("Zürich"), 12));
    let unknown = client.read("weather://climate/Atlantis").await.err().unwrap();
    assert!(matches!(unknown, Error::Refused { code: -32602, .. }), "{unknown}");
}

#[tokio::test]
async fn prompts_name_the_city_as_it_is_written() {
    let client = client().await;
    let briefing = client.prompt("weather_briefing", json!({ "city": "ZURICH" })).await.unwrap();
    assert!(briefing.text().contains("Zürich"), "{}", briefing.text());
    let trend = client.prompt("analyze_weather_trend", json!({ "city": "oslo", "focus": "wind" })).await.unwrap();
    assert!(trend.text().contains("wind"), "{}", trend.text());
    assert_eq!(trend.json()["messages"][1]["role"], "assistant");
}

#[tokio::test]
async fn arguments_are_completed() {
    let client = client().await;
    for (of, argument, typed, expected) in [
        ("weather_briefing", "city", "tro", "Tromsø"),
        ("analyze_weather_trend", "city", "york", "New York"),
        ("analyze_weather_trend", "focus", "wi", "wind"),
        ("weather://climate/{city}", "city", "zu", "Zürich"),
    ] {
        assert_eq!(client.complete(of, argument, typed).await.unwrap(), [expected]);
    }
}

#[tokio::test]
async fn every_revision_is_served() {
    for revision in Revision::ALL {
        let client = Client::builder().revision(revision).connect(server()).await.unwrap();
        let answer = client.call("get_weather", json!({ "city": "Oslo" })).await.unwrap();
        assert!(!answer.is_error() && answer.text().contains("Norway"), "{revision:?}: {}", answer.text());
        client.close().await.unwrap();
    }
}
