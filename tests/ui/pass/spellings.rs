//! What may be written, and what comes of it.
#![deny(warnings)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use mcp_runtime::{items, model, tool};

#[model]
#[derive(Default)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[default]
    Metric,
    Imperial,
}

/// Does many things.
///
/// In two
/// paragraphs.
///
/// # Arguments
///
/// * `a` - The first,
///   and more about it
/// - b: the second
///
/// # Errors
///
/// Never.
#[tool(name = "many.things-2", title = "Things", read_only = true, destructive = false, idempotent, open_world = false)]
#[allow(clippy::too_many_arguments)]
fn many_things(
    a: u64,
    b: std::option::Option<Vec<String>>,
    /** A block comment. */
    c: HashMap<String, u8>,
    #[arg(default = "x")] d: String,
    #[arg(default = ["x", "y"])] e: Vec<String>,
    #[arg(default = -1, range = -5..=5)] f: i32,
    #[arg(default = Unit::Imperial)] g: Unit,
    #[arg(range = 0.0..1.0, default = 0.5)] h: f64,
    #[arg(default = BTreeMap::from([("k".to_owned(), 1)]))] i: BTreeMap<String, u8>,
    #[arg(name = "the-j", description = "J", length = ..5)] j: Cow<'static, str>,
    #[arg(default)] k: bool,
    #[serde(deserialize_with = "doubled")] l: u8,
    #[schemars(range(min = 3))] m: Option<u8>,
) -> Result<BTreeMap<String, String>, Box<dyn std::error::Error + Send + Sync>> {
    let unit = if matches!(g, Unit::Metric) { "m" } else { "i" };
    let all = format!("{a}{b:?}{c:?}{d}{e:?}{f}{unit}{h}{i:?}{j}{k}{l}{m:?}");
    Ok(BTreeMap::from([("all".to_owned(), all)]))
}

fn doubled<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    <u8 as serde::Deserialize>::deserialize(deserializer).map(|value| value.saturating_mul(2))
}

fn main() {
    let [item] = items![many_things];
    let about = item.about();
    assert_eq!((about.name, about.title), ("many.things-2", "Things"));
    assert_eq!(about.description, "Does many things.\n\nIn two\nparagraphs.");
    let described: Vec<_> = about.params.iter().map(|param| (param.name, param.description)).take(4).collect();
    let expected = [("a", "The first, and more about it"), ("b", "the second"), ("c", "A block comment."), ("d", "")];
    assert_eq!(described, expected);
    assert_eq!(about.params[9].name, "the-j");
}
