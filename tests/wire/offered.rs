//! A server on which everything can change, and what its clients are told.

use std::time::Duration;

use mcp_runtime::{Changes, Item, Server, UnknownItem, items, prompt, resource, tool};
use serde_json::{Value, json};

use crate::common::{self, MODERN, Wire, request};

/// Longer than it takes until a change is told.
pub(crate) const TOLD: Duration = Duration::from_millis(250);

#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tool]
async fn nap(ms: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    ms
}

/// A plain function, on a thread for those that block.
#[tool]
fn heat(changes: &Changes) -> Result<&'static str, UnknownItem> {
    changes.updated("room://1")?;
    Ok("warmer")
}

#[resource("room://1", watch)]
async fn room() -> &'static str {
    "21"
}

#[resource("room://floor/{number}", watch)]
async fn floor(#[arg(complete = ["1", "2"])] number: u8) -> String {
    number.to_string()
}

#[resource("config://app")]
async fn config() -> &'static str {
    "{}"
}

#[resource("city://{name}")]
async fn city(#[arg(complete = ["Oslo"])] name: String) -> String {
    name
}

#[prompt]
async fn greet(#[arg(complete = ["Ada"])] name: String) -> String {
    name
}

#[prompt]
async fn part(name: String) -> String {
    name
}

pub(crate) fn items() -> [Item; 9] {
    items![add, nap, heat, room, floor, config, city, greet, part]
}

/// The server, and who can change it.
pub(crate) fn server() -> (Server, Changes) {
    of(&items())
}

pub(crate) fn of(items: &[Item]) -> (Server, Changes) {
    let server = Server::new("test", "1.0.0").items(items.iter().copied());
    let changes = server.changes();
    (server, changes)
}

/// That a list has changed: `tools`, `resources` or `prompts`.
pub(crate) fn list_changed(of: &str, subscription: Option<&Value>) -> Value {
    notification(&format!("notifications/{of}/list_changed"), subscription, json!({}))
}

/// That a resource was updated.
pub(crate) fn updated(uri: &str, subscription: Option<&Value>) -> Value {
    notification("notifications/resources/updated", subscription, json!({ "uri": uri }))
}

/// The first that a client is told who listens.
pub(crate) fn acknowledged(subscription: &Value, accepted: &Value) -> Value {
    let params = json!({ "notifications": accepted });
    notification("notifications/subscriptions/acknowledged", Some(subscription), params)
}

/// The last, when there is nothing more to tell.
pub(crate) fn closed(subscription: &Value) -> Value {
    let mut result = common::result(MODERN, &json!({}));
    result["_meta"]["io.modelcontextprotocol/subscriptionId"] = subscription.clone();
    json!({ "jsonrpc": "2.0", "id": subscription, "result": result })
}

fn notification(method: &str, subscription: Option<&Value>, mut params: Value) -> Value {
    if let Some(id) = subscription {
        params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": id });
    }
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// The request of a client that wants to hear of these.
pub(crate) fn listen(id: impl Into<Value>, notifications: Value) -> Value {
    request(MODERN, id, "subscriptions/listen", json!({ "notifications": notifications }))
}

/// Everything that a client can ask for.
pub(crate) fn everything(uris: &[&str]) -> Value {
    json!({ "toolsListChanged": true, "resourcesListChanged": true, "promptsListChanged": true, "resourceSubscriptions": uris })
}

/// The next messages, in an order that can be compared.
pub(crate) async fn hear(wire: &mut Wire, count: usize) -> Vec<Value> {
    let mut heard = Vec::new();
    for _ in 0..count {
        heard.push(wire.hear_json().await);
    }
    sorted(heard)
}

pub(crate) fn sorted(mut messages: Vec<Value>) -> Vec<Value> {
    messages.sort_by_key(Value::to_string);
    messages
}

/// Makes sure that nothing is told, however long one waits.
pub(crate) async fn stays_silent(wire: &mut Wire, case: &str) {
    tokio::time::sleep(TOLD).await;
    wire.is_silent(case).await;
}
