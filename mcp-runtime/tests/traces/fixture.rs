//! The server of these tests, and ways to ask it.

use std::pin::Pin;
use std::time::Duration;

use http_body::Body as _;
use mcp_runtime::serde_json::{self, Value, json};
use mcp_runtime::{CallToolResult, Context, HttpService, Server, items, prompt, resource, tool};
use tower_service::Service as _;

pub(crate) const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
pub(crate) const OTHER: &str = "00-11111111111111111111111111111111-2222222222222222-01";

/// Says something before and after it has waited.
#[tool]
async fn waits() -> &'static str {
    tracing::info!("before");
    tokio::time::sleep(Duration::from_millis(5)).await;
    tracing::info!("after");
    "done"
}

/// Says something on a thread of its own.
#[tool]
fn blocks() -> String {
    tracing::info!("on a thread");
    let inner = tracing::info_span!("inner");
    inner.in_scope(|| tracing::info!("further in"));
    #[cfg(feature = "opentelemetry")]
    return crate::opentelemetry::baggage();
    #[cfg(not(feature = "opentelemetry"))]
    String::new()
}

/// Fails.
#[tool]
async fn fails() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("no"))
}

/// Says that it failed.
#[tool]
async fn regrets() -> CallToolResult {
    CallToolResult::new().with("no").error()
}

/// Panics.
#[tool]
async fn panics() -> String {
    panic!("as it should")
}

/// Takes too long.
#[tool(timeout = "20ms")]
async fn lingers() {
    std::future::pending::<()>().await;
}

/// Adds.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Tells an entry of `_meta`.
#[tool]
async fn meta(context: &Context, key: String) -> String {
    context.meta(&key).unwrap_or_default().to_string()
}

/// A page.
#[resource("page://{number}")]
async fn page(number: u32) -> Option<String> {
    tracing::info!("a page");
    (number < 3).then(|| number.to_string())
}

/// Reviews.
#[prompt]
async fn review(#[arg(complete = ["rust", "ruby"])] language: String) -> String {
    tracing::info!("a review");
    language
}

pub(crate) fn server() -> Server {
    crate::seen::look();
    let items = items![waits, blocks, fails, regrets, panics, lingers, add, meta, page, review];
    Server::new("test", "1.0.0").items(items)
}

fn message(id: &str, method: &str, params: Value) -> Value {
    let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
    message["params"] = params;
    message
}

/// A request of 2026-07-28.
pub(crate) fn modern(id: &str, method: &str, mut params: Value) -> Value {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    message(id, method, params)
}

/// A request from before.
pub(crate) fn legacy(id: &str, method: &str, params: Value) -> Value {
    message(id, method, params)
}

fn initialize(id: &str, revision: &str) -> Value {
    let client = json!({ "name": "test", "version": "1.0.0" });
    message(id, "initialize", json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": client }))
}

/// A call without arguments.
pub(crate) fn call(tool: &str) -> Value {
    json!({ "name": tool })
}

/// The answers to requests over a pipe, in the order of the answers.
pub(crate) async fn lines(requests: &[Value]) -> Vec<Value> {
    let input: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let mut output = Vec::new();
    server().serve(input.as_bytes(), &mut output).await.unwrap();
    let text = String::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The answer to one request of 2026-07-28 over a pipe.
pub(crate) async fn ask(request: Value) -> Value {
    lines(&[request]).await.remove(0)
}

/// The answer to one request in a session over a pipe.
pub(crate) async fn ask_in(revision: &str, request: Value) -> Value {
    lines(&[initialize("open", revision), request]).await.remove(1)
}

/// The answer over HTTP, with the id of the session if that is new.
pub(crate) async fn post(service: &mut HttpService, headers: &[(&str, &str)], body: &Value) -> (Option<String>, Value) {
    let request = http::Request::post("/mcp").header("host", "localhost").header("content-type", "application/json");
    let request = request.header("accept", "application/json, text/event-stream");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = service.call(request.body(body.to_string()).unwrap()).await.unwrap();
    let session = response.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        bytes.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    let text = String::from_utf8(bytes).unwrap();
    (session, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// The answer to a call of 2026-07-28 over HTTP.
pub(crate) async fn post_modern(id: &str, tool: &str, params: Value, headers: &[(&str, &str)]) -> Value {
    let own = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", tool)];
    let mut service = server().into_service().await.unwrap();
    post(&mut service, &[&own, headers].concat(), &modern(id, "tools/call", params)).await.1
}

/// The answer to a call in a session over HTTP, and the id of the session.
pub(crate) async fn post_legacy(id: &str, params: Value, headers: &[(&str, &str)]) -> (String, Value) {
    let mut service = server().into_service().await.unwrap();
    let opened = post(&mut service, &[], &initialize(&format!("open {id}"), "2025-11-25")).await;
    let session = opened.0.unwrap();
    let own = [("mcp-session-id", &*session)];
    let (_, answer) = post(&mut service, &[&own, headers].concat(), &legacy(id, "tools/call", params)).await;
    (session, answer)
}
