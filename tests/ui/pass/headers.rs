//! Arguments that clients repeat in headers.
#![deny(warnings)]

use std::borrow::Cow;

use mcp_runtime::serde_json::{Value, json};
use mcp_runtime::{Server, items, model, tool};

#[model]
#[serde(rename_all = "lowercase")]
enum Unit {
    /// Meters and kilograms.
    Metric,
    /// Feet and pounds.
    Imperial,
}

/// Measures.
#[tool]
#[allow(clippy::too_many_arguments)]
fn measure(
    #[arg(header = "Region", length = 1..=9)] region: String,
    #[arg(header = "tenant_id")] tenant: Option<u32>,
    #[arg(header = "Dry-Run", default)] dry_run: bool,
    #[arg(header = "Unit", default = Unit::Metric)] unit: Unit,
    #[arg(header = "Other")] other: Option<Unit>,
    #[arg(header = "Zone", name = "the-zone", description = "Z")] zone: Cow<'static, str>,
    #[arg(header = "Letter")] letter: char,
    #[arg(header = "Level")]
    #[serde(default)]
    #[schemars(range(max = 3))]
    level: i64,
) -> String {
    let metric = matches!((&unit, &other), (Unit::Metric, None));
    format!("{region}{tenant:?}{dry_run}{metric}{zone}{letter}{level}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> mcp_runtime::Result<()> {
    let client = Server::new("test", "1.0.0").items(items![measure]).client().await?;
    let tools = client.list("tools").await?;
    let properties = &tools[0]["inputSchema"]["properties"];
    let said = |name: &str| (properties[name]["x-mcp-header"].clone(), properties[name]["type"].clone());
    let expected = |header: &str, kind: &str| (Value::from(header), Value::from(kind));
    assert_eq!(said("region"), expected("Region", "string"));
    assert_eq!(said("tenant"), expected("tenant_id", "integer"));
    assert_eq!(said("dry_run"), expected("Dry-Run", "boolean"));
    assert_eq!(said("unit"), expected("Unit", "string"));
    assert_eq!(said("other"), expected("Other", "string"));
    assert_eq!(said("the-zone"), expected("Zone", "string"));
    assert_eq!(said("letter"), expected("Letter", "string"));
    assert_eq!(said("level"), expected("Level", "integer"));

    // Without HTTP there are no headers, and nobody asks for them.
    let called = client.call("measure", json!({ "region": "eu", "the-zone": "a", "letter": "x", "tenant": 7 })).await?;
    assert_eq!(called.text(), "euSome(7)falsetrueax0");
    client.close().await
}
