//! Schemas that schemars derives: lean, compiled, and in agreement with what serde reads.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{Check, Direction, lean};

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>().to_value()
}

fn input<T: JsonSchema>() -> Value {
    lean(schema::<T>(), Direction::Input)
}

fn wrong<T: JsonSchema>(json: &Value) -> String {
    let problems = Check::compile(&input::<T>()).unwrap().problems(&json.to_string());
    let lines: Vec<String> =
        problems.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
    lines.join("\n")
}

/// A unit of temperature.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// As in Europe.
    Celsius,
    Fahrenheit,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Square(Square),
    Nothing,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Square {
    side: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
enum External {
    Point,
    Line { length: i64 },
    Pair(i8, i8),
    Tree(Box<Tree>),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Number(i64),
    Many(Vec<String>),
    Named { name: String },
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    children: Vec<Tree>,
    parent: Option<Box<Tree>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Page {
    limit: Option<u8>,
    cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Trip {
    /// How many days.
    #[schemars(range(min = 1, max = 7))]
    days: u8,
    #[serde(default)]
    #[schemars(length(min = 1), inner(length(max = 5)))]
    stops: Vec<String>,
    unit: Option<Unit>,
    #[schemars(email)]
    contact: Option<String>,
    weights: BTreeMap<u8, f32>,
    tags: BTreeSet<String>,
    nonzero: std::num::NonZeroI32,
    pair: (u8, String),
    four: [bool; 4],
    letter: char,
    anything: Value,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Search {
    query: String,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    shape: Shape,
}

fn trip() -> Value {
    json!({
        "days": 3, "stops": ["Bonn"], "unit": "celsius", "contact": "a@example.com", "weights": {"1": 0.5}, "tags": ["x"],
        "nonzero": -1, "pair": [1, "a"], "four": [true, true, false, false], "letter": "ä", "anything": [null],
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut trip = trip();
    trip[field] = value;
    trip
}

#[test]
fn every_derived_schema_is_checked() {
    for schema in [
        schema::<Trip>(),
        schema::<Shape>(),
        schema::<External>(),
        schema::<Either>(),
        schema::<Tree>(),
        schema::<Search>(),
        schema::<Unit>(),
    ] {
        for direction in [Direction::Input, Direction::Output] {
            assert!(Check::compile(&lean(schema.clone(), direction)).is_ok(), "{schema}");
        }
    }
}

#[test]
fn a_right_value_is_right() {
    assert_eq!(wrong::<Trip>(&trip()), "");
    assert!(serde_json::from_value::<Trip>(trip()).is_ok());
    for shape in
        [json!({"kind": "circle", "radius": 1.5}), json!({"kind": "square", "side": 2}), json!({"kind": "nothing"})]
    {
        assert_eq!(wrong::<Shape>(&shape), "");
        assert!(serde_json::from_value::<Shape>(shape).is_ok());
    }
    for value in [
        json!("Point"),
        json!({"Line": {"length": 1}}),
        json!({"Pair": [1, 2]}),
        json!({"Tree": {"name": "a", "children": []}}),
    ] {
        assert_eq!(wrong::<External>(&value), "");
        assert!(serde_json::from_value::<External>(value).is_ok());
    }
    for value in [json!(1), json!(["a"]), json!({"name": "a"})] {
        assert_eq!(wrong::<Either>(&value), "");
    }
    assert_eq!(wrong::<Search>(&json!({"query": "x", "limit": 3, "kind": "circle", "radius": 1})), "");
}

#[test]
fn a_wrong_value_is_named() {
    for (field, value, message) in [
        ("days", json!(9), "days: must be at most 7, got 9"),
        ("stops", json!([]), "stops: must have at least 1 item, got 0"),
        ("stops", json!(["Bonn", "Berlin"]), "stops[1]: must be at most 5 characters long, got 6"),
        (
            "unit",
            json!("celcius"),
            "unit: must be one of `fahrenheit`, `celsius`, got `celcius`; did you mean `celsius`?",
        ),
        ("contact", json!("nobody"), "contact: must be an email address, got the string \"nobody\""),
        ("tags", json!(["a", "a"]), "tags[1]: is in the list twice; all items must be different"),
        ("nonzero", json!(0), "nonzero: must not be 0"),
        ("pair", json!([1]), "pair: must have at least 2 items, got 1"),
        ("letter", json!("ab"), "letter: must be at most 1 character long, got 2"),
        ("dasy", json!(3), "dasy: is not a known field"),
    ] {
        let said = wrong::<Trip>(&with(field, value));
        assert!(said.starts_with(message), "{said}");
    }
    assert_eq!(wrong::<Shape>(&json!({"kind": "square"})), "side: is required");
    assert_eq!(
        wrong::<Shape>(&json!({"kind": "cube"})),
        "kind: must be one of `circle`, `square`, `nothing`, got `cube`"
    );
    assert_eq!(wrong::<External>(&json!({"Line": {}})), "Line.length: is required");
    assert_eq!(wrong::<Either>(&json!({})), "name: is required");
    assert_eq!(wrong::<Either>(&json!(true)), ": must be an integer, a list or an object, got true");
    assert_eq!(
        wrong::<Tree>(&json!({"name": "a", "children": [{"name": 1, "children": []}]})),
        "children[0].name: must be a string, got 1"
    );
}

#[test]
fn an_input_has_no_noise() {
    for schema in [input::<Trip>(), input::<Shape>(), input::<External>(), input::<Search>(), input::<Tree>()] {
        let text = schema.to_string();
        for noise in ["$schema", "\"null\"", "uint8", "int64", "\"title\"", "default\":null"] {
            assert!(!text.contains(noise), "{noise} in {text}");
        }
    }
    assert!(!input::<Trip>().to_string().contains("$ref"));
}

#[test]
fn a_written_value_fits_its_output_schema() {
    let tree = Tree { name: "a".to_owned(), children: Vec::new(), parent: None };
    let check = Check::compile(&lean(schema::<Tree>(), Direction::Output)).unwrap();
    assert_eq!(check.problems(&serde_json::to_string(&tree).unwrap()), []);
    let page = Page { limit: None, cursor: None };
    let check = Check::compile(&lean(schema::<Page>(), Direction::Output)).unwrap();
    assert_eq!(check.problems(&serde_json::to_string(&page).unwrap()), []);
}

#[test]
fn a_sloppy_trip_is_repaired() {
    let sloppy = json!({"days": "3", "stops": "[\"Bonn\"]", "unit": null, "weights": {"1": "0.5"}, "tags": ["1"], "nonzero": "-1", "pair": ["1", "2"], "four": ["true", true, false, false], "letter": "1", "anything": "1"});
    let check = Check::compile(&input::<Trip>()).unwrap();
    let better = check.root().coerce(&sloppy.to_string()).unwrap();
    assert_eq!(check.problems(&better), []);
    let trip: Trip = serde_json::from_str(&better).unwrap();
    assert_eq!((trip.days, trip.stops, trip.pair), (3, vec!["Bonn".to_owned()], (1, "2".to_owned())));
    assert_eq!(trip.anything, json!("1"));
}
