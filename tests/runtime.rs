//! Functions and the runtime: what blocks, what is called in the wrong place, and what a default may hold.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test is allowed to fail")]

use std::time::Duration;

use mcp_runtime::{Error, Server, items, model, tool};
use serde_json::json;

/// Blocks the runtime.
#[tool(timeout = "50ms")]
async fn block() -> &'static str {
    std::thread::sleep(Duration::from_millis(120));
    "done"
}

/// Blocks the runtime later.
#[tool(timeout = "50ms")]
async fn block_later() -> &'static str {
    tokio::task::yield_now().await;
    std::thread::sleep(Duration::from_millis(120));
    "done"
}

/// Blocks the runtime for others, within its own time.
#[tool]
async fn hold() -> &'static str {
    tokio::task::yield_now().await;
    std::thread::sleep(Duration::from_millis(120));
    "held"
}

/// Is ready in time.
#[tool(timeout = "50ms")]
async fn nap() -> &'static str {
    tokio::time::sleep(Duration::from_millis(20)).await;
    "done"
}

/// Does not block.
#[tool(timeout = "50ms")]
async fn pass() -> &'static str {
    "done"
}

/// A place, perhaps with a height.
#[model]
#[derive(Debug, PartialEq)]
struct Place {
    x: i64,
    height: Option<i64>,
}

/// Goes to a place.
#[tool]
fn go(#[arg(default = Place { x: 3, height: None })] place: Place) -> String {
    format!("{place:?}")
}

fn server() -> Server {
    Server::new("runtime", "1.0.0").items(items![block, block_later, hold, nap, pass, go])
}

#[tokio::test]
async fn the_time_of_a_function_that_blocks_is_over_too() {
    let client = server().client().await.unwrap();
    assert_eq!(client.call("pass", json!({})).await.unwrap().text(), "done");
    for tool in ["block", "block_later"] {
        match client.call(tool, json!({})).await {
            Err(Error::Refused { code: -32603, message, .. }) => {
                assert_eq!(message, format!("tool `{tool}` timed out after 0.05 s"));
            }
            other => panic!("{tool}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_function_is_not_late_because_another_one_blocks() {
    let client = server().client().await.unwrap();
    let (nap, hold) = tokio::join!(client.call("nap", json!({})), client.call("hold", json!({})));
    assert_eq!((nap.unwrap().text().as_str(), hold.unwrap().text().as_str()), ("done", "held"));
}

#[tokio::test]
async fn run_within_a_runtime_is_explained() {
    let text = server().run_stdio().unwrap_err().to_string();
    assert!(text.starts_with("`run` starts a runtime of its own, so it cannot be called within one"), "{text}");
}

#[tokio::test]
async fn a_default_may_hold_none() {
    let client = server().client().await.unwrap();
    let tools = client.list("tools").await.unwrap();
    let go = tools.iter().find(|tool| tool["name"] == "go").unwrap();
    assert_eq!(go["inputSchema"]["properties"]["place"]["default"], json!({ "x": 3 }));
    assert_eq!(client.call("go", json!({})).await.unwrap().text(), "Place { x: 3, height: None }");
    assert_eq!(client.call("go", json!({ "place": { "x": 3 } })).await.unwrap().text(), "Place { x: 3, height: None }");
}
