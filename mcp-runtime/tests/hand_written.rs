//! Tools whose schema was written by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail in any way")]

use mcp_runtime::serde_json::{Map, Value, json};
use mcp_runtime::{Server, items, tool};

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": { "phone": { "type": "string" }, "email": { "type": "string" } },
        "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }],
        "additionalProperties": false
    })
}

/// Finds somebody.
#[tool(input_schema = schema())]
fn find(arguments: Map<String, Value>) -> String {
    arguments.keys().cloned().collect::<Vec<_>>().join(" ")
}

fn server() -> Server {
    Server::new("test", "1.0.0").items(items![find])
}

#[cfg(feature = "jsonschema")]
#[tokio::test]
async fn it_is_published_as_it_is_and_enforced() {
    let client = server().client().await.unwrap();
    assert_eq!(client.list("tools").await.unwrap()[0]["inputSchema"], schema());
    assert_eq!(client.call("find", json!({ "phone": "1", "email": "2" })).await.unwrap().text(), "email phone");
    for (wrong, told) in [
        (json!({}), "the arguments must obey the schema: "),
        (json!({ "phone": 1 }), "`phone` must obey the schema: "),
        (json!({ "phone": "1", "fax": "2" }), "the arguments must obey the schema: "),
    ] {
        let called = client.call("find", wrong).await.unwrap();
        assert!(called.is_error());
        assert!(called.text().contains(told), "{}", called.text());
    }
}

#[cfg(not(feature = "jsonschema"))]
#[test]
fn it_takes_the_feature() {
    let report = server().check().unwrap_err().to_string();
    assert!(report.contains("switch on the feature `jsonschema` of `mcp-runtime`"), "{report}");
}

/// Counts.
#[tool(input_schema = json!({ "type": "object", "properties": { "a": { "type": "string", "x-mcp-header": "A" } } }))]
fn routed(arguments: Map<String, Value>) -> usize {
    arguments.len()
}

/// Counts.
#[tool(input_schema = json!({ "type": "object", "properties": {
    "a": { "type": "string", "x-mcp-header": "A B" },
    "b": { "items": { "type": "string", "x-mcp-header": "B" } }
} }))]
fn misrouted(arguments: Map<String, Value>) -> usize {
    arguments.len()
}

#[cfg(feature = "jsonschema")]
#[test]
fn headers_are_checked_at_start() {
    let server = |item| Server::new("test", "1.0.0").items(item);
    server(items![routed]).check().unwrap();
    let report = server(items![misrouted]).check().unwrap_err().to_string();
    for fault in [
        "`misrouted`: the `x-mcp-header` of `a` is \"A B\", which cannot be the name of a header",
        "`misrouted`: `x-mcp-header` stands at `#/properties/b/items`, where no client can look for it",
        "hand_written.rs",
    ] {
        assert!(report.contains(fault), "{report}");
    }
}
